"""From a row of the outbox to a letter: words from the template's folder, values from the row.

No header holds anything a client typed: the subject is constant ASCII with the ticket number, attached files get
names of ours. (A subject with an encoded word could inject further headers on Python 3.11.7 and 3.12.1.)
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime as say_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined

from callcenter.domain.notices import OutboxItem
from callcenter.mail.settings import LetterSettings
from callcenter.services.status_links import PublicLinks

LOCALES = ("ru", "en")
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}", re.ASCII
)
_SUBJECT = re.compile(r"[ -~]{1,120}", re.ASCII)
_ENDINGS = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/zip": ".zip",
    "text/plain": ".txt",
}


class UnusableAddress(Exception):
    """The receiver's address cannot stand in a header; trying again would not help."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Enclosure:
    """A file to send along; `name` is what its owner called it and is told in the text only."""

    name: str
    kind: str
    body: bytes = field(repr=False)


class Letters:
    """Writes letters; holds no state of a letter."""

    def __init__(self, settings: LetterSettings, links: PublicLinks, zone: ZoneInfo) -> None:
        self._settings = settings
        self._links = links
        self._zone = zone
        self._texts = self._environment(autoescape=False)
        self._pages = self._environment(autoescape=True)

    def _environment(self, *, autoescape: bool) -> Environment:
        environment = Environment(
            loader=PackageLoader("callcenter.mail", "templates"),
            autoescape=autoescape,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            auto_reload=False,
        )
        environment.filters["moment"] = self._moment
        return environment

    def _moment(self, at: str) -> str:
        """An instant as a letter says it: whole, because nobody knows when it is read."""
        local = datetime.fromisoformat(at).astimezone(self._zone)
        return say_datetime(local, "dd.MM.y HH:mm", locale="ru")

    def write(self, item: OutboxItem, enclosures: Sequence[Enclosure] = ()) -> EmailMessage:
        """The letter, the same at every attempt: one row, one message id, one date.

        Raises:
            UnusableAddress: nobody can get it.
            jinja2.TemplateError: the row lacks what its template needs.
        """
        if not _ADDRESS.fullmatch(item.to) or len(item.to) > 254:
            raise UnusableAddress(f"not a usable address ({len(item.to)} characters)")
        locale = str(item.payload.get("locale", LOCALES[0]))
        folder = f"{locale if locale in LOCALES else LOCALES[0]}/{item.name}"
        values = self._values(item, locale, enclosures)
        letter = EmailMessage(policy=SMTP)
        self._head(
            letter, item, self._texts.get_template(f"{folder}/subject.txt").render(number=values["number"])
        )
        letter.set_content(self._texts.get_template(f"{folder}/body.txt").render(values))
        letter.add_alternative(self._pages.get_template(f"{folder}/body.html").render(values), subtype="html")
        for place, each in enumerate(enclosures, start=1):
            main, _, sub = each.kind.partition("/")
            letter.add_attachment(each.body, maintype=main, subtype=sub, filename=_sent_as(place, each))
        return letter

    def _values(self, item: OutboxItem, locale: str, enclosures: Sequence[Enclosure]) -> Mapping[str, Any]:
        nonce = item.payload.get("nonce")
        wants_link = nonce is not None and item.ticket_id is not None
        unsubscribing = bool(item.payload.get("unsubscribe"))
        about = item.payload.get("about")
        return {
            "locale": locale if locale in LOCALES else LOCALES[0],
            "number": str(item.payload.get("number", "")),
            "about": {"due_at": None, **(about if isinstance(about, dict) else {})},
            "status_url": self._links.status_url(item.ticket_id or 0, str(nonce)) if wants_link else "",
            "desk_url": f"{self._settings.base_url}/tickets/{item.ticket_id}" if item.ticket_id else "",
            "unsubscribe_url": self._links.unsubscribe_url(item.to) if unsubscribing else "",
            "hotline_number": self._settings.hotline_number,
            "attachments": [
                {"sent_as": _sent_as(place, each), "name": each.name}
                for place, each in enumerate(enclosures, start=1)
            ],
        }

    def _head(self, letter: EmailMessage, item: OutboxItem, subject: str) -> None:
        if not _SUBJECT.fullmatch(subject):
            raise ValueError("a subject must be short ASCII")
        name, address = parseaddr(self._settings.sender)
        letter["From"] = Address(display_name=name, addr_spec=address)
        letter["To"] = Address(addr_spec=item.to)
        letter["Subject"] = subject
        letter["Date"] = format_datetime(item.created_at)
        letter["Message-ID"] = f"<outbox-{item.id}@{self._settings.domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter["X-Auto-Response-Suppress"] = "All"
        if item.payload.get("unsubscribe"):
            letter["List-Unsubscribe"] = f"<{self._links.unsubscribe_url(item.to)}>"
            letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _sent_as(place: int, enclosure: Enclosure) -> str:
    return f"attachment-{place}{_ENDINGS.get(enclosure.kind, '.bin')}"
