"""«Заявки»: every ticket, searched, filtered, sorted, page by page; lists kept under a name; a list as a file.

What was searched for is sent in the body and never stands in an address: it may be somebody's name or number.
Regulation: 2.10, 3.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from callcenter.domain.errors import InvalidInput, NotFound
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.lists import Filter, Query, SavedView, Sort
from callcenter.domain.people import Action
from callcenter.domain.ticket import Kind, Priority, Source, Ticket
from callcenter.web.bodies import posted
from callcenter.web.desk_wording import say_problems
from callcenter.web.forms import is_row_number, number_in_path, text_field
from callcenter.web.keys import CLOCK, SERVICES, SETTINGS
from callcenter.web.pages.desk_parts import desk_of, number_of, typed_line
from callcenter.web.responses import page, part, see_other, visitor, words_of
from callcenter.web.shared_parts import shared_page
from callcenter.web.ticket_csv import MARK, header, line, written
from callcenter.web.ticket_query import (
    BUILT_IN,
    LONGEST_SEARCH,
    Asked,
    asked,
    query_of_view,
    read_query,
    words_of_view,
)
from callcenter.web.views.ticket_choices import Tab, choices, counted
from callcenter.web.views.worklist import work_rows
from callcenter.web.wording import N_

_COUNTED, _TAB_COUNTED = 1000, 100
_EASILY_COUNTED = 3
"""Names in the address (state, order and one more) whose list an index counts; of more the count stops sooner."""
_COUNTED_VIEWS = 6
_MOST_ROWS = 60
_TAB_NAMES: Mapping[str, str] = {
    "open": N_("Open ones"),
    "overdue": N_("Overdue"),
    "missed": N_("Missed ones"),
    "mine": N_("With me"),
    "registered": N_("Registered by me"),
    "resolved": N_("Resolved ones"),
    "all": N_("All"),
}
_COUNTED_TABS = frozenset({"open", "overdue", "missed", "mine"})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Listed:
    """One page of tickets; `after` or `before` go on, the first in a list, the second in what was found."""

    tickets: Sequence[Ticket]
    after: str | None = None
    before: int | None = None
    exact: Ticket | None = None
    count: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Trouble:
    """A list that could not be kept: its name as typed, and why."""

    name: str
    problems: Mapping[str, str] = field(default_factory=dict)


async def tickets(request: web.Request) -> web.Response:
    """The list an address names; a saved view that searches is named by its number alone."""
    if "view" in request.query:
        return await _view(request)
    return await _page(request, asked(request.query), after=request.query.get("after"))


async def _view(request: web.Request) -> web.Response:
    """A saved view with its words; NotFound when it is neither his nor shared."""
    wanted_id = request.query["view"]
    for view in await desk_of(request).lists.views(visitor(request).person):
        if str(view.id) == wanted_id:
            return await _page(request, read_query(view.query), text=words_of_view(view.query))
    raise NotFound("saved view")


async def found(request: web.Request) -> web.Response:
    """The form was sent: to the list's address, or, with words to search for, what they find."""
    sent = await posted(request)
    wanted, text = asked(sent), text_field(sent, "q", most=LONGEST_SEARCH)
    if not text:
        return see_other(wanted.address)
    return await _page(request, wanted, text=text, before=number_of(sent, "before"))


async def rows(request: web.Request) -> web.Response:
    """Some rows anew, by their numbers: those a live message named."""
    desk, by = desk_of(request), visitor(request).person
    numbers = [int(each) for each in request.query.get("ids", "").split(",") if is_row_number(each)]
    asked_for = [each for each in numbers if each < 10**15][:_MOST_ROWS]

    async def written_out() -> web.Response:
        found = await desk.lists.these(by, asked_for)
        async with request.app[SERVICES].open_uow(write=False) as uow:
            shown = await work_rows(uow, found)
        return part(request, "ticket_rows.html", {"rows": shown})

    return await shared_page(request, ("rows", *asked_for), written_out)


async def export(request: web.Request) -> web.StreamResponse:
    """The whole list as a file, sent while it is read."""
    by, sent = visitor(request).person, await posted(request)
    wanted, text = asked(sent), text_field(sent, "q", most=LONGEST_SEARCH)
    meant = wanted.wanted(by.id, request.app[CLOCK].now(), request.app[SETTINGS].time_zone)
    return await export_of(request, meant, wanted.sort, text)


async def export_of(request: web.Request, wanted: Filter, sort: Sort, text: str) -> web.StreamResponse:
    """The same of a given filter and, if there is any, a searched text."""
    desk, by, words = desk_of(request), visitor(request).person, words_of(request)
    now, zone = request.app[CLOCK].now(), request.app[SETTINGS].time_zone
    portions = desk.export.portions(by, wanted, sort, text=text)
    first: Sequence[Ticket] = await anext(portions, [])
    name = f"tickets-{now.astimezone(zone):%Y-%m-%d-%H%M}.csv"
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
    )
    await response.prepare(request)
    await response.write((MARK + written([header(words)])).encode())

    async def send(portion: Sequence[Ticket]) -> None:
        async with request.app[SERVICES].open_uow(write=False) as uow:
            shown = await work_rows(uow, portion)
        await response.write(written(line(each, zone, words) for each in shown).encode())

    await send(first)
    async for portion in portions:
        await send(portion)
    await response.write_eof()
    return response


async def keep(request: web.Request) -> web.Response:
    """Keep this list under a name, for oneself or for everybody."""
    desk, by = desk_of(request), visitor(request).person
    sent = await posted(request)
    wanted, name = asked(sent), typed_line(sent, "name")
    text = text_field(sent, "q", most=LONGEST_SEARCH)
    query = query_of_view(wanted, text)
    view = SavedView(id=0, person_id=by.id, name=name, query=query, shared=sent.get("shared") == "yes")
    try:
        kept = await desk.lists.save_view(by, view)
    except InvalidInput as error:
        said = say_problems(error.problems, words_of(request))
        trouble = _Trouble(name=name, problems=said)
        return await _page(request, wanted, text=text, trouble=trouble, status=422)
    return see_other(_address_of(kept))


async def drop(request: web.Request) -> web.Response:
    """Forget one's own list."""
    await desk_of(request).lists.drop_view(visitor(request).person, number_in_path(request, "view_id"))
    return see_other("/tickets")


async def _page(
    request: web.Request,
    wanted: Asked,
    *,
    text: str = "",
    after: str | None = None,
    before: int | None = None,
    trouble: _Trouble | None = None,
    status: int = 200,
) -> web.Response:
    listed = await _listed(request, wanted, text, after, before)
    tabs = await _tabs(request, wanted, text)
    every = [*([listed.exact] if listed.exact else []), *listed.tickets]
    async with request.app[SERVICES].open_uow(write=False) as uow:
        shown = await work_rows(uow, every)
        offered = await choices(uow)
    context = {
        "asked": wanted,
        "values": wanted.values,
        "q": text,
        "rows": shown,
        "listed": listed,
        "going_on": after is not None or before is not None,
        "tabs": tabs,
        "offered": offered,
        "statuses": list(Status),
        "kinds": list(Kind),
        "priorities": list(Priority),
        "sources": list(Source),
        "reasons": list(CancelReason),
        "sorts": list(Sort),
        "trouble": trouble or _Trouble(name=""),
    }
    headers = {"HX-Push-Url": wanted.address} if request.method == "POST" else {}
    return await page(request, "tickets.html", context, status=status, headers=headers)


async def _listed(
    request: web.Request, wanted: Asked, text: str, after: str | None, before: int | None
) -> _Listed:
    desk, by = desk_of(request), visitor(request).person
    meant = wanted.wanted(by.id, request.app[CLOCK].now(), request.app[SETTINGS].time_zone)
    if text:
        found = await desk.search.among(by, text, meant, before=before)
        return _Listed(tickets=found.tickets, before=found.before, exact=found.exact)
    read = await desk.lists.page(by, Query(filter=meant, sort=wanted.sort, after=after))
    if after is None and read.after is None:
        figure = str(len(read.tickets))
    else:
        most = _COUNTED if len(wanted.values) <= _EASILY_COUNTED else _TAB_COUNTED
        figure = counted(await desk.lists.count(by, meant, most=most), most)
    return _Listed(tickets=read.tickets, after=read.after, count=figure)


def _address_of(view: SavedView) -> str:
    return f"/tickets?view={view.id}" if words_of_view(view.query) else read_query(view.query).address


async def _tabs(request: web.Request, wanted: Asked, text: str) -> Sequence[Tab]:
    desk, who, words = desk_of(request), visitor(request), words_of(request)
    now, zone = request.app[CLOCK].now(), request.app[SETTINGS].time_zone

    async def count(of: Asked) -> str:
        meant = of.wanted(who.person.id, now, zone)
        return counted(await desk.lists.count(who.person, meant, most=_TAB_COUNTED), _TAB_COUNTED)

    tabs = []
    for key, query in BUILT_IN:
        if (key == "mine" and not who.may(Action.WORK_ON_TICKETS)) or (
            key == "registered" and not who.may(Action.REGISTER_TICKETS)
        ):
            continue
        of = read_query(query)
        figure = await count(of) if key in _COUNTED_TABS else ""
        current = not text and of.query == wanted.query
        tabs.append(Tab(name=words(_TAB_NAMES[key]), address=of.address, current=current, count=figure))
    for place, view in enumerate(await desk.lists.views(who.person)):
        of, sought = read_query(view.query), words_of_view(view.query)
        tabs.append(
            Tab(
                name=view.name,
                address=_address_of(view),
                current=sought == text and of.query == wanted.query,
                count=await count(of) if place < _COUNTED_VIEWS and not sought else "",
                view_id=view.id,
                own=view.person_id == who.person.id,
                shared=view.shared,
            )
        )
    return tabs
