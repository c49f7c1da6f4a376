"""The whole report on the screen and as files, exports row by row, and the mailing. Regulation: 3.1, 3.2."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import time

from aiohttp import web

from callcenter.domain.document import Cell
from callcenter.domain.errors import InvalidInput
from callcenter.domain.report import file_name, labels
from callcenter.domain.report_exports import CALL_HEADS, TICKET_HEADS, call_row, ticket_row
from callcenter.domain.report_mailing import Mailing, MailingKind, addresses_of
from callcenter.domain.statistics import Period, PeriodKind
from callcenter.domain.words import N_
from callcenter.services.monthly_report import LONGEST_REPORT
from callcenter.web.bodies import posted
from callcenter.web.forms import text_field
from callcenter.web.pages.report_parts import KINDS, picker, report_context, reports_of, saying_of
from callcenter.web.responses import page, see_other, visitor, words_of
from callcenter.web.views.report_view import period_asked

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Rows = AsyncIterator[Sequence[Sequence[Cell]]]
_MAILINGS: Mapping[MailingKind, str] = {
    MailingKind.DAY: N_("Daily: on working days, of the working day before"),
    MailingKind.WEEK: N_("Weekly: on the first working day of a week, of the week before"),
    MailingKind.MONTH: N_("Monthly: on the first working day of a month, of the month before"),
}


def _period(request: web.Request) -> Period:
    """The period asked for; without one, the last whole month."""
    today = reports_of(request).reports.source.room.statistics.today()
    if "kind" not in request.query:
        return Period.month(today.year, today.month).before()
    period = period_asked(request.query, today, PeriodKind.MONTH)
    if period.days > LONGEST_REPORT:
        raise InvalidInput({"last": "too_long"})
    return period


async def document(request: web.Request) -> web.Response:
    """The report as it stands in its files."""
    room, period = reports_of(request), _period(request)
    found = await room.reports.document(period, words_of(request))
    kept = await room.reports.kept()
    context = {
        **report_context(request, "document"),
        **picker(request, period),
        "document": found,
        "kept": kept,
        "final": any(each.name == found.name for each in kept),
    }
    return await page(request, "report_document.html", context)


async def pdf(request: web.Request) -> web.Response:
    """The report on paper."""
    room, period = reports_of(request), _period(request)
    found = await room.reports.document(period, words_of(request))
    return file_answer(await room.files.pdf(found, labels(saying_of(request))), PDF, f"{found.name}.pdf")


async def xlsx(request: web.Request) -> web.Response:
    """The report as a workbook."""
    room, period = reports_of(request), _period(request)
    found = await room.reports.document(period, words_of(request))
    return file_answer(await room.files.xlsx(found, labels(saying_of(request))), XLSX, f"{found.name}.xlsx")


def file_answer(body: bytes, kind: str, name: str) -> web.Response:
    """A file to be kept, not shown."""
    disposition = f'attachment; filename="{name}"'
    return web.Response(body=body, content_type=kind, headers={"Content-Disposition": disposition})


async def tickets(request: web.Request) -> web.StreamResponse:
    """Every ticket opened in the period as CSV, streamed as it is read."""
    return await tickets_of(request, _period(request))


async def tickets_of(request: web.Request, period: Period) -> web.StreamResponse:
    """The same of a given period."""
    rows = reports_of(request).reports.tickets(period)
    return await _stream(request, rows, TICKET_HEADS, ticket_row, f"{file_name(period)}-tickets.csv")


async def calls(request: web.Request) -> web.StreamResponse:
    """Every call of the period as CSV."""
    return await calls_of(request, _period(request))


async def calls_of(request: web.Request, period: Period) -> web.StreamResponse:
    """The same of a given period."""
    rows = reports_of(request).reports.calls(period)
    return await _stream(request, rows, CALL_HEADS, call_row, f"{file_name(period)}-calls.csv")


async def _stream(
    request: web.Request,
    pages: Rows,
    heads: Sequence[str],
    say: Callable[..., tuple[Cell, ...]],
    name: str,
) -> web.StreamResponse:
    """Some rows at a time: what has been sent is forgotten, so an export of any length costs the same."""
    words, files = words_of(request), reports_of(request).files
    response = web.StreamResponse(headers={"Content-Disposition": f'attachment; filename="{name}"'})
    response.content_type, response.charset = "text/csv", "utf-8"
    await response.prepare(request)
    titles = [words(each) for each in heads]  # marked where they are listed
    await response.write(files.csv_lines(titles, (), first=True, locale=words.locale))
    async for rows in pages:
        said = [say(row, words) for row in rows]
        await response.write(files.csv_lines(titles, said, first=False, locale=words.locale))
    await response.write_eof()
    return response


async def mailing(request: web.Request) -> web.Response:
    """Who gets which report, what was sent, and what failed."""
    return await page(request, "report_mailing.html", await _mailing_context(request, {}, {}))


async def _mailing_context(
    request: web.Request, typed: Mapping[str, str], problems: Mapping[str, str]
) -> Mapping[str, object]:
    room, words = reports_of(request), words_of(request)
    today = room.reports.source.room.statistics.today()
    last = Period.month(today.year, today.month).before()
    return {
        **report_context(request, "mailing"),
        "mailings": await room.mail.mailings(),
        "mailing_words": [(kind, words(said)) for kind, said in _MAILINGS.items()],
        "kinds": [(kind, words(said)) for kind, said in KINDS.items() if kind is not PeriodKind.FREE],
        "letters": await room.mail.letters(),
        "typed": typed,
        "problems": problems,
        "last_month": last.first,
        "sent": request.query.get("sent", ""),
    }


async def save_mailing(request: web.Request) -> web.Response:
    """Set addresses and hour of one kind of report."""
    form = await posted(request)
    words, room = words_of(request), reports_of(request)
    text = form.get("addresses", "")
    typed = text if isinstance(text, str) else ""
    kind_text = text_field(form, "kind")
    if kind_text not in set(MailingKind):
        raise InvalidInput({"kind": "unknown"})
    kind = MailingKind(kind_text)
    try:
        addresses = addresses_of(typed[:20_000])
        at = time.fromisoformat(text_field(form, "at", most=5) or "09:00")
    except InvalidInput as error:
        wrong = error.problems.get("addresses", "")
        said = (
            words("At most fifty addresses.")
            if wrong == "too_many"
            else words("Not an address: %(text)s", text=wrong)
        )
        context = await _mailing_context(request, {f"addresses-{kind}": typed}, {kind: said})
        return await page(request, "report_mailing.html", context, status=422)
    except ValueError:
        context = await _mailing_context(
            request, {f"addresses-{kind}": typed}, {kind: words("Give the hour as 9:00.")}
        )
        return await page(request, "report_mailing.html", context, status=422)
    await room.mail.save(visitor(request).person, Mailing(kind=kind, addresses=addresses, at=at))
    return see_other("/reports/mailing")


async def send_now(request: web.Request) -> web.Response:
    """Mail one report at once."""
    form = await posted(request)
    words, room = words_of(request), reports_of(request)
    typed = {name: text_field(form, name, most=500) for name in ("kind", "day", "to")}
    try:
        period = period_asked(typed, room.reports.source.room.statistics.today(), PeriodKind.MONTH)
        sent = await room.mail.send_now(visitor(request).person, period, addresses_of(typed["to"]))
    except InvalidInput as error:
        wrong = error.problems.get("addresses", "")
        said = words("Choose a day.") if not wrong else words("Not an address: %(text)s", text=wrong)
        if wrong == "nobody":
            said = words("Say to whom.")
        context = await _mailing_context(request, typed, {"now": said})
        return await page(request, "report_mailing.html", context, status=422)
    return see_other(f"/reports/mailing?sent={sent}")
