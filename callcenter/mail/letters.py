"""From a row of the outbox to a letter: words from the template's folder, values from the row.

No header holds anything a client typed: the subject is constant ASCII with the ticket number, attached files get
names of ours. (A subject with an encoded word could inject further headers on Python 3.11.7 and 3.12.1.)
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from babel.dates import format_datetime as say_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined, TemplateError

from callcenter.domain.letters import LetterOverride
from callcenter.domain.notices import OutboxItem
from callcenter.mail.own_words import as_page, sandbox
from callcenter.mail.settings import LetterSettings
from callcenter.services.status_links import PublicLinks

LOCALES = ("ru", "en")
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}", re.ASCII
)
_SUBJECT = re.compile(r"[ -~]{1,120}", re.ASCII)
_FOOTER = re.compile(r"\n*\{% include [^%]*%\}\s*$")
_log = structlog.get_logger(__name__)


class _Unnamed(str):
    """An example nobody has written: says its name, and is a list of itself where a list is wanted."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        yield str(self)


class _Examples(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return _Unnamed(f"[{name}]")


EXAMPLES: Mapping[str, Any] = {
    "number": "1042",
    "about": _Examples(
        {
            "due_at": "2026-11-23T11:30:00+03:00",
            "until": "2026-11-24T11:30:00+03:00",
            "executor": "Васильев Пётр",
            "answer": "Откройте «Отчёты», нажмите «Обновить форму» и закройте программу.",
            "text": "Какая версия программы стоит у вас?",
            "reason": "Вопрос не о наших программах.",
            "called_at": [
                "2026-11-23T10:00:00+03:00",
                "2026-11-23T10:31:00+03:00",
                "2026-11-23T11:02:00+03:00",
            ],
            "dossier": "Клиент: ООО «Ромашка»\nПрограмма: Бухгалтерия 3.0\nНе открывается отчёт по зарплате.",
            "clock": "resolve",
            "level": "warn80",
            "title": "Отчёт горячей линии: октябрь 2026",
            "sentences": ["Поступило звонков: 1 336, было 1 206 (+10,8 %)."],
            "marks": [],
            "url": "https://hotline.example.ru/sign-in/once/example",
        }
    ),
    "status_url": "https://hotline.example.ru/s/example",
    "desk_url": "https://hotline.example.ru/tickets/1042",
    "unsubscribe_url": "https://hotline.example.ru/unsubscribe/example",
    "attachments": [{"sent_as": "attachment-1.png", "name": "снимок экрана.png"}],
}
"""What placeholders stand for in previews and trial letters."""
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
    sent_as: str = ""
    """A name of ours (ASCII) for a file that is ours; empty: it is numbered."""


class Letters:
    """Writes letters; holds no state of a letter."""

    def __init__(self, settings: LetterSettings, links: PublicLinks, zone: ZoneInfo) -> None:
        self._settings = settings
        self._links = links
        self._zone = zone
        self.sandbox = sandbox(self._moment)
        self._texts = self._environment(autoescape=False)
        self._pages = self._environment(autoescape=True)

    @property
    def hotline_number(self) -> str:
        """Our number as people read it."""
        return self._settings.hotline_number

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

    def delivered(self, name: str, locale: str) -> tuple[str, str]:
        """Subject and text of a letter as delivered, placeholders and all, without the footer that is always added."""
        subject, text = (self._source(f"{locale}/{name}/{part}") for part in ("subject.txt", "body.txt"))
        return subject.strip(), _FOOTER.sub("", text).strip() + "\n"

    def _source(self, template: str) -> str:
        loader = self._texts.loader
        assert loader is not None
        return loader.get_source(self._texts, template)[0]

    def write(
        self, item: OutboxItem, enclosures: Sequence[Enclosure] = (), *, own: LetterOverride | None = None
    ) -> EmailMessage:
        """The letter, the same at every attempt: one row, one message id, one date. `own` are our words of it.

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
        subject, text, page = self._in_own_words(own, values) or self._as_delivered(folder, values)
        self._head(letter, item, subject)
        letter.set_content(text)
        letter.add_alternative(page, subtype="html")
        for place, each in enumerate(enclosures, start=1):
            main, _, sub = each.kind.partition("/")
            letter.add_attachment(each.body, maintype=main, subtype=sub, filename=_sent_as(place, each))
        return letter

    def _as_delivered(self, folder: str, values: Mapping[str, Any]) -> tuple[str, str, str]:
        subject = self._texts.get_template(f"{folder}/subject.txt").render(number=values["number"])
        text = self._texts.get_template(f"{folder}/body.txt").render(values)
        return subject, text, self._pages.get_template(f"{folder}/body.html").render(values)

    def _in_own_words(
        self, own: LetterOverride | None, values: Mapping[str, Any]
    ) -> tuple[str, str, str] | None:
        """Our words with the footer; None when there are none, or they cannot be said with these values."""
        if own is None:
            return None
        try:
            subject = self.sandbox.from_string(own.subject).render(number=values["number"])
            body = self.sandbox.from_string(own.text).render(values)
        except TemplateError as error:
            _log.warning("our words of a letter cannot be used", letter=own.name, error=str(error))
            return None
        footer = self._texts.get_template(f"{values['locale']}/footer.txt").render(values)
        page = self._pages.get_template("own_words.html").render({**values, "body": as_page(body)})
        return subject, f"{body.strip()}\n\n{footer}", page

    def _values(self, item: OutboxItem, locale: str, enclosures: Sequence[Enclosure]) -> Mapping[str, Any]:
        if item.payload.get("example"):
            return {
                **EXAMPLES,
                "locale": locale if locale in LOCALES else LOCALES[0],
                "hotline_number": self._settings.hotline_number,
            }
        nonce = item.payload.get("nonce")
        wants_link = nonce is not None and item.ticket_id is not None
        unsubscribing = bool(item.payload.get("unsubscribe"))
        about = item.payload.get("about")
        return {
            "locale": locale if locale in LOCALES else LOCALES[0],
            "number": str(item.payload.get("number", "")),
            "about": {
                "due_at": None,
                **self._sign_in(item),
                **(about if isinstance(about, dict) else {}),
            },
            "status_url": self._links.status_url(item.ticket_id or 0, str(nonce)) if wants_link else "",
            "desk_url": f"{self._settings.base_url}/tickets/{item.ticket_id}" if item.ticket_id else "",
            "unsubscribe_url": self._links.unsubscribe_url(item.to) if unsubscribing else "",
            "hotline_number": self._settings.hotline_number,
            "attachments": [
                {"sent_as": _sent_as(place, each), "name": each.name}
                for place, each in enumerate(enclosures, start=1)
            ],
        }

    def _sign_in(self, item: OutboxItem) -> Mapping[str, str]:
        nonce = item.payload.get("sign_in_nonce")
        return {} if nonce is None else {"url": self._links.sign_in_url(str(nonce))}

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


def body_part(letter: EmailMessage, kind: str) -> str:
    """The text (`plain`) or the page (`html`) of a letter."""
    part = letter.get_body((kind,))
    return "" if part is None else str(part.get_content())


def _sent_as(place: int, enclosure: Enclosure) -> str:
    if enclosure.sent_as:
        return enclosure.sent_as
    return f"attachment-{place}{_ENDINGS.get(enclosure.kind, '.bin')}"
