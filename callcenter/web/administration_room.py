"""The services behind the administrator's and the supervisor's screens, handed over as one value."""

from dataclasses import dataclass
from typing import Self

from callcenter.ports.administration import LetterPress
from callcenter.ports.outside import AttachmentFiles
from callcenter.services.audit_reading import AuditReading
from callcenter.services.catalogue import Catalogue
from callcenter.services.client_register import ClientRegister
from callcenter.services.desk import Desk
from callcenter.services.erasure import ClientErasure
from callcenter.services.letter_desk import LetterDesk
from callcenter.services.sign_in_letters import SignInLetters
from callcenter.services.staffing import Staff
from callcenter.services.status_links import PublicLinks
from callcenter.services.targets import TargetDesk
from callcenter.services.topic_tree import TopicTree


@dataclass(frozen=True, kw_only=True, slots=True)
class AdministrationRoom:
    """What is set up rarely and checked often."""

    staff: Staff
    topics: TopicTree
    catalogue: Catalogue
    targets: TargetDesk
    letters: LetterDesk
    audit: AuditReading
    erasure: ClientErasure
    sign_in_letters: SignInLetters
    clients: ClientRegister

    @classmethod
    def on(cls, desk: Desk, links: PublicLinks, files: AttachmentFiles, press: LetterPress) -> Self:
        """Every service over one desk."""
        opened, clock = desk.open_uow, desk.clock
        return cls(
            staff=Staff(desk),
            topics=TopicTree(desk),
            catalogue=Catalogue(opened, clock),
            targets=TargetDesk(desk),
            letters=LetterDesk(opened, clock, press, links.new_token),
            audit=AuditReading(opened, clock),
            erasure=ClientErasure(opened, clock, files),
            sign_in_letters=SignInLetters(opened, clock, links),
            clients=ClientRegister(opened, clock),
        )
