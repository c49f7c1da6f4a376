"""Parts of the program built from the settings: the help desk, its letters, the public pages."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from callcenter.calendars import build_calendar
from callcenter.clock import SystemClock
from callcenter.domain.errors import Misconfigured
from callcenter.domain.numbers import display, parse_number
from callcenter.domain.remote import DEFAULT_TOOLS, RemoteTool
from callcenter.domain.signing import Signer
from callcenter.mail.letters import Letters
from callcenter.mail.press import Press
from callcenter.mail.settings import LetterSettings
from callcenter.services.api_answers import keyed
from callcenter.services.desk import Desk, DeskRules
from callcenter.services.notices import MailNotices
from callcenter.services.status_links import PublicLinks
from callcenter.store import Database
from callcenter.store.attachment_files import AttachmentFiles
from callcenter.web.administration_room import AdministrationRoom
from callcenter.web.public.room import PublicRoom
from callcenter.web.services import new_token
from config.settings import Settings
from sla.clock import Terms
from sla.targets import Targets

KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class HelpDesk:
    """The desk with what it sends out and what comes in from outside."""

    desk: Desk
    public: PublicRoom
    administration: AdministrationRoom
    letters: Letters
    files: AttachmentFiles


def build_help_desk(database: Database, settings: Settings) -> HelpDesk:
    """Everything of the help desk on one database.

    Raises:
        Misconfigured: the calendar makes no sense, or the public key cannot be read or made.
    """
    clock, zone = SystemClock(), ZoneInfo(settings.calendar.zone)
    signer = Signer(key=public_key(settings.public.key_file))
    links = PublicLinks(signer=signer, base_url=settings.web.address, new_token=new_token)
    notices = MailNotices(clock=clock, links=links, zone=zone)
    files = AttachmentFiles(settings.public.attachments_dir)
    desk = Desk(open_uow=keyed(database.uow), clock=clock, rules=desk_rules(settings, zone), notices=notices)
    letters = _letters(settings, links, zone)
    return HelpDesk(
        desk=desk,
        public=PublicRoom.on(desk, links, files, notices),
        administration=AdministrationRoom.on(desk, links, files, Press(letters)),
        letters=letters,
        files=files,
    )


def desk_rules(settings: Settings, zone: ZoneInfo) -> DeskRules:
    """The desk's rules as configured; Misconfigured when the calendar makes no sense."""
    minutes = {
        "place": settings.targets.place,
        "assign": settings.targets.assign,
        "resolve.reference": settings.targets.reference,
        "resolve.outage": settings.targets.outage,
        "resolve.vendor": settings.targets.vendor,
    }
    times = {name: timedelta(minutes=value) for name, value in minutes.items()}
    targets = replace(Targets(), times=tuple(sorted(times.items())))
    return DeskRules(
        terms=Terms(targets=targets, calendar=build_calendar(settings.calendar)),
        zone=zone,
        address=f"{settings.web.address}/f/hotline",
        auto_assign=settings.desk.auto_assign,
        mail_warnings=settings.desk.mail_warnings,
        vendor_time=timedelta(hours=settings.desk.vendor_hours),
        close_after_days=settings.desk.close_after_days,
        tools=remote_tools(settings),
    )


def remote_tools(settings: Settings) -> Sequence[RemoteTool]:
    """The programs for remote administration: the configured ones, else the first four."""
    named = settings.desk.remote_tools.items()
    return [RemoteTool(code=code, name=each.name, url=each.url) for code, each in named] or DEFAULT_TOOLS


def _letters(settings: Settings, links: PublicLinks, zone: ZoneInfo) -> Letters:
    about = LetterSettings(
        sender=settings.mail.sender,
        hotline_number=_as_read(next(iter(settings.hotline.values())).dids[0]),
        base_url=settings.web.address,
    )
    return Letters(about, links, zone)


def _as_read(did: str) -> str:
    """A number as people read it."""
    e164 = parse_number(did).e164
    return did if e164 is None else display(e164)


def public_key(path: Path) -> bytes:
    """The installation's key for public addresses, made once, readable by its owner only.

    Raises:
        Misconfigured: it cannot be read or made, or it is too short to be ours.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = path.read_bytes()
        else:
            with os.fdopen(descriptor, "wb") as file:
                key = secrets.token_bytes(KEY_BYTES)
                file.write(key)
    except OSError as error:
        raise Misconfigured(f"public.key_file: {path}: {error.strerror}") from error
    if len(key) < KEY_BYTES:
        raise Misconfigured(
            f"public.key_file: {path} is too short to be a key; remove it to have a new one made"
        )
    return key
