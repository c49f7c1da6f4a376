"""The whole audit for supervisors and administrators: filters, the chain's state, and a file. Regulation: 2.10."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from aiohttp import web

from callcenter.domain.audit import AuditFilter
from callcenter.domain.errors import Conflict
from callcenter.domain.story import actor_of
from callcenter.services.audit_reading import ChainState
from callcenter.web.keys import SERVICES, SETTINGS
from callcenter.web.pages.setup import room
from callcenter.web.pages.staffing import read_date
from callcenter.web.responses import page, part, see_other, visitor, words_of
from callcenter.web.ticket_csv import MARK, written
from callcenter.web.views.audit_view import OFFERED, audit_lines, say_action
from callcenter.web.wording import N_

_FIELDS = ("ticket", "person", "action", "since", "until")
_HEADS = (N_("No."), N_("When"), N_("Who"), N_("Request"), N_("Action"), N_("What"), N_("Reason"))


def _asked(request: web.Request) -> dict[str, str]:
    """What the address asks for, as it stands in the form."""
    return {name: request.query.get(name, "").strip()[:100] for name in _FIELDS}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def read_filter(request: web.Request) -> AuditFilter:
    """The filter of the address; what makes no sense is left out, the form shows what was typed."""
    asked, zone = _asked(request), request.app[SETTINGS].time_zone

    def midnight(day: date | None) -> datetime | None:
        known = day is not None and 1970 <= day.year < 9000
        return datetime.combine(day, time(0), tzinfo=zone) if day is not None and known else None

    last = read_date(asked["until"]) if asked["until"] else None
    person = _number(asked["person"])
    return AuditFilter(
        ticket_id=_number(asked["ticket"].removeprefix("№").strip()),
        actor=actor_of(person) if person is not None else asked["person"] or None,
        action=asked["action"] or None,
        since=midnight(read_date(asked["since"]) if asked["since"] else None),
        until=midnight(None if last is None or last == date.max else last + timedelta(days=1)),
    )


async def audit(request: web.Request) -> web.Response:
    """A page of rows, newest first; `?before=` goes on."""
    who, words, asked = visitor(request).person, words_of(request), _asked(request)
    found = await room(request).audit.page(
        who, read_filter(request), before=_number(request.query.get("before", ""))
    )
    async with request.app[SERVICES].open_uow(write=False) as uow:
        people = await uow.people.all()
    query = urlencode({name: value for name, value in asked.items() if value})
    context = {
        "lines": audit_lines(found.entries, found.names, words),
        "asked": asked,
        "people": people,
        "groups": [
            (words(group), [(each, say_action(each, words)) for each in actions])
            for group, actions in OFFERED
        ],
        "query": query,
        "next_before": found.next_before,
        "first_page": "before" not in request.query,
        **_chain(await room(request).audit.chain(who)),
    }
    return await page(request, "admin_audit.html", context)


def _chain(state: ChainState) -> Mapping[str, object]:
    done = 0 if state.running is None or state.newest == 0 else 100 * state.running // state.newest
    return {"chain": state, "percent": min(done, 100)}


async def chain(request: web.Request) -> web.Response:
    """The state of the chain; asked for again and again while a verification runs."""
    state = await room(request).audit.chain(visitor(request).person)
    return part(request, "admin_chain.html", _chain(state))


async def verify(request: web.Request) -> web.Response:
    """Begin to verify; a second press while it runs only shows how far it is."""
    try:
        room(request).audit.start_verification(visitor(request).person)
    except Conflict:
        return see_other("/audit")
    return see_other("/audit")


async def export(request: web.Request) -> web.StreamResponse:
    """The rows as a CSV file that spreadsheets open, written while they are read."""
    return await export_of(request, read_filter(request))


async def export_of(request: web.Request, wanted: AuditFilter) -> web.StreamResponse:
    """The same of a given filter."""
    who, words = visitor(request).person, words_of(request)
    zone = request.app[SETTINGS].time_zone
    pages = room(request).audit.export(who, wanted)
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": 'attachment; filename="audit.csv"',
        }
    )
    first = await anext(pages)
    await response.prepare(request)
    heads = [words(each) for each in _HEADS]
    await response.write((MARK + written([heads])).encode())
    found = first
    while True:
        lines = audit_lines(found.entries, found.names, words)
        rows = (
            (
                str(line.id),
                f"{line.at.astimezone(zone):%d.%m.%Y %H:%M:%S}",
                line.actor,
                str(line.ticket_id or ""),
                entry.action,
                line.said,
                line.reason,
            )
            for line, entry in zip(lines, found.entries, strict=True)
        )
        await response.write(written(rows).encode())
        try:
            found = await anext(pages)
        except StopAsyncIteration:
            break
    await response.write_eof()
    return response
