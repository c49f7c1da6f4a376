"""Reports as JSON, paper and workbook, row by row exports, and their mailing. Regulation: 3.1, 3.2."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from aiohttp import web
from pydantic import BeforeValidator, Field

from callcenter.domain.document import Fit, Share, TicketLink
from callcenter.domain.errors import InvalidInput, NotFound
from callcenter.domain.people import Action
from callcenter.domain.report import labels
from callcenter.domain.report_mailing import MOST_ADDRESSES, Mailing, MailingKind, addresses_of
from callcenter.domain.statistics import Period
from callcenter.services.monthly_report import LONGEST_REPORT
from callcenter.web.api.fields import Asked, Told
from callcenter.web.api.operation import ApiCall, operation
from callcenter.web.api.periods import PeriodQuery, period_of
from callcenter.web.pages import monthly_report as screen
from callcenter.web.responses import words_of

CSV = "text/csv"
Address = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[\x21-\x7e]+@[\x21-\x7e]+$")]
Hour = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
HourTold = Annotated[
    str, BeforeValidator(lambda value: f"{value:%H:%M}" if isinstance(value, time) else value)
]


def _cell(value: Any) -> Any:
    """A cell as JSON: a share is its two counts, a length its seconds, a ticket its number."""
    match value:
        case Share():
            return {"part": value.part, "whole": value.whole}
        case TicketLink():
            return {"ticket_id": value.ticket_id}
        case timedelta():
            return {"seconds": value.total_seconds()}
        case datetime() | date():
            return value.isoformat()
    return value


class ShareCell(Told):
    """A part of a whole."""

    part: int
    whole: int


class TicketCell(Told):
    """A ticket."""

    ticket_id: int


class LengthCell(Told):
    """A length of time."""

    seconds: float


Cell = Annotated[str | int | float | ShareCell | TicketCell | LengthCell | None, BeforeValidator(_cell)]


class Heading(Told):
    """A column; `hint` is its formula."""

    title: str
    fit: Fit
    numbers: bool
    hint: str


class Table(Told):
    """Rows under headings; `left_out` rows stand in the exports only."""

    title: str
    headings: list[Heading]
    rows: list[list[Cell]]
    total: list[Cell] | None
    left_out: int


class KeyFigure(Told):
    """One figure as it is written, with what it is made of and its clause."""

    name: str
    value: str
    counts: str
    formula: str
    clause: str
    earlier: str
    change: str


class Section(Told):
    """A chapter: sentences, key figures, tables. Pictures are in the files."""

    name: str
    title: str
    sentences: list[str]
    figures: list[KeyFigure]
    tables: list[Table]


class Report(Told):
    """A whole report. `made_at`: when its figures were frozen or read; `marks`: what must be known before."""

    name: str
    title: str
    subtitle: str
    locale: str
    made_at: datetime
    marks: list[str]
    sections: list[Section]


class KeptReport(Told):
    """A report of a period that will not change any more, kept as it was first made."""

    name: str
    locale: str
    first: date
    last: date
    made_at: datetime


class MailingBody(Asked):
    """Who gets it (nobody: it is not mailed), and from which local time on the day it is due."""

    addresses: Annotated[list[Address], Field(max_length=MOST_ADDRESSES)]
    at: Hour = "09:00"


class MailingTold(Told):
    """Who gets a kind of report, and when."""

    kind: MailingKind
    addresses: list[str]
    at: HourTold


class SendBody(PeriodQuery):
    """Which report, and to whom."""

    addresses: Annotated[list[Address], Field(min_length=1, max_length=MOST_ADDRESSES)]


class Sent(Told):
    """How many letters left for the outbox."""

    letters: int


def _period(call: ApiCall, query: PeriodQuery) -> Period:
    period = period_of(query, call.reports.reports.source.room.statistics.today())
    if period.days > LONGEST_REPORT:
        raise InvalidInput({"last": "too_long"})
    return period


async def list_reports(call: ApiCall) -> object:
    """The newest kept reports."""
    return await call.reports.reports.kept()


async def get_report(call: ApiCall, query: PeriodQuery) -> object:
    """The report of a period in the asker's language, as it stands in its files."""
    return await call.reports.reports.document(_period(call, query), words_of(call.request))


async def report_pdf(call: ApiCall, query: PeriodQuery) -> web.StreamResponse:
    """The report on paper."""
    found, said = await _document(call, query)
    body = await call.reports.files.pdf(found, said)
    return screen.file_answer(body, screen.PDF, f"{found.name}.pdf")


async def report_xlsx(call: ApiCall, query: PeriodQuery) -> web.StreamResponse:
    """The report as a workbook."""
    found, said = await _document(call, query)
    body = await call.reports.files.xlsx(found, said)
    return screen.file_answer(body, screen.XLSX, f"{found.name}.xlsx")


async def _document(call: ApiCall, query: PeriodQuery) -> tuple[Any, Any]:
    room, words = call.reports, words_of(call.request)
    found = await room.reports.document(_period(call, query), words)
    return found, labels(room.reports.saying(words))


async def tickets_csv(call: ApiCall, query: PeriodQuery) -> web.StreamResponse:
    """Every ticket opened in the period as CSV, sent while it is read."""
    return await screen.tickets_of(call.request, _period(call, query))


async def calls_csv(call: ApiCall, query: PeriodQuery) -> web.StreamResponse:
    """Every call of the period as CSV, sent while it is read."""
    return await screen.calls_of(call.request, _period(call, query))


async def list_mailings(call: ApiCall) -> object:
    """Who gets which report, and when."""
    found: Mapping[MailingKind, Mailing] = await call.reports.mail.mailings()
    return list(found.values())


async def set_mailing(call: ApiCall, body: MailingBody) -> object:
    """Set who gets a kind of report (`day`, `week`, `month`), and when."""
    kind = call.request.match_info["kind"]
    if kind not in set(MailingKind):
        raise NotFound("mailing", kind=kind)
    wanted = Mailing(
        kind=MailingKind(kind), addresses=_addresses(body.addresses), at=time.fromisoformat(body.at)
    )
    await call.reports.mail.save(call.person, wanted)
    return wanted


async def send_report(call: ApiCall, body: SendBody) -> object:
    """Mail one report at once."""
    addresses = _addresses(body.addresses)
    return {"letters": await call.reports.mail.send_now(call.person, _period(call, body), addresses)}


def _addresses(typed: list[str]) -> tuple[str, ...]:
    return addresses_of("\n".join(typed))


_SEE, _EDIT, _EXPORT = Action.SEE_STATISTICS, Action.EDIT_REPORTS, Action.EXPORT_TICKETS
OPERATIONS = (
    operation("GET", "/reports", _SEE, list_reports, answer=list[KeptReport]),
    operation("GET", "/reports/document", _SEE, get_report, answer=Report),
    operation("GET", "/reports/document.pdf", _SEE, report_pdf, media=screen.PDF),
    operation("GET", "/reports/document.xlsx", _SEE, report_xlsx, media=screen.XLSX),
    operation("GET", "/reports/tickets.csv", _EXPORT, tickets_csv, media=CSV),
    operation("GET", "/reports/calls.csv", _EXPORT, calls_csv, media=CSV),
    operation("GET", "/reports/mailings", _EDIT, list_mailings, answer=list[MailingTold]),
    operation("PUT", "/reports/mailings/{kind}", _EDIT, set_mailing, answer=MailingTold),
    operation("POST", "/reports/send", _EDIT, send_report, answer=Sent),
)
