"""The services behind public pages, handed over as one value by the composition root."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from callcenter.domain.forms import SubmissionLimits
from callcenter.ports.outside import AttachmentFiles
from callcenter.services.desk import Desk
from callcenter.services.forms import PublicForms
from callcenter.services.notices import MailNotices
from callcenter.services.outbox import OutboxDesk
from callcenter.services.sites import SiteAdmin
from callcenter.services.status_links import PublicLinks
from callcenter.services.status_page import StatusPages
from callcenter.services.unsubscribe import Unsubscribing
from callcenter.services.webhooks import WebhookAdmin

CONSENT: Mapping[str, str] = {
    "ru": (
        "Согласен на обработку персональных данных из этой формы, чтобы рассмотреть обращение и ответить на него. "
        "Согласие можно отозвать на странице заявки."
    ),
    "en": (
        "I consent to the processing of the personal data in this form in order to handle my request and to answer "
        "it. I can withdraw the consent on the page of the request."
    ),
}
"""Stored with each consent as it was shown; another text is another version by itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicRoom:
    """Everything that comes in through public pages and what the administrator sees of what leaves."""

    forms: PublicForms
    status_pages: StatusPages
    sites: SiteAdmin
    unsubscribing: Unsubscribing
    outbox: OutboxDesk
    webhooks: WebhookAdmin
    files: AttachmentFiles
    consent: Mapping[str, str] = field(default_factory=lambda: dict(CONSENT))

    @classmethod
    def on(
        cls,
        desk: Desk,
        links: PublicLinks,
        files: AttachmentFiles,
        notices: MailNotices,
        *,
        limits: SubmissionLimits | None = None,
    ) -> Self:
        """Every service over one desk."""
        return cls(
            forms=PublicForms(desk, links, files, notices=notices, limits=limits),
            status_pages=StatusPages(desk, files),
            sites=SiteAdmin(desk.open_uow, files, desk.clock),
            unsubscribing=Unsubscribing(desk.open_uow, desk.clock),
            outbox=OutboxDesk(desk.open_uow, desk.clock),
            webhooks=WebhookAdmin(desk.open_uow, links.new_token, desk.clock),
            files=files,
        )
