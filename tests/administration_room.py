"""The administration of any help desk, as tests build it."""

from zoneinfo import ZoneInfo

from callcenter.domain.signing import Signer
from callcenter.mail.letters import Letters
from callcenter.mail.press import Press
from callcenter.mail.settings import LetterSettings
from callcenter.ports.outside import AttachmentFiles
from callcenter.services.desk import Desk
from callcenter.services.status_links import PublicLinks
from callcenter.web.administration_room import AdministrationRoom
from tests.fakes.forms import FakeAttachmentFiles
from tests.fakes.tokens import FakeTokens

BASE_URL = "https://h.example.ru"


def letters_of(base_url: str = BASE_URL) -> tuple[Letters, PublicLinks]:
    """Letters of a hotline with a known key."""
    links = PublicLinks(signer=Signer(key=b"k" * 32), base_url=base_url, new_token=FakeTokens())
    settings = LetterSettings(
        sender="hotline@example.ru", hotline_number="8 (800) 555-06-40", base_url=base_url
    )
    return Letters(settings, links, ZoneInfo("Europe/Moscow")), links


def administration_of(desk: Desk, files: AttachmentFiles | None = None) -> AdministrationRoom:
    """Every service of the administration over a desk."""
    letters, links = letters_of()
    return AdministrationRoom.on(desk, links, files or FakeAttachmentFiles(), Press(letters))
