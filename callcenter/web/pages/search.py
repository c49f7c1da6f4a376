"""The one search of the top bar: a ticket's number, a telephone number, or words about a client."""

import re
from collections.abc import Sequence

from aiohttp import web

from callcenter.domain.numbers import parse_number
from callcenter.domain.people import Action
from callcenter.web.bodies import posted
from callcenter.web.forms import text_field
from callcenter.web.keys import SERVICES
from callcenter.web.responses import page, see_other, visitor
from callcenter.web.views.call_rows import call_rows
from callcenter.web.views.client_view import client_rows
from callcenter.web.views.worklist import WorkRow, work_rows

_TICKET = re.compile(r"(?:№|#|N)\s*([0-9]{1,12})|([0-9]{1,6})", re.ASCII)
_CLIENTS = 30
_CALLS = 30
_TICKETS = 20


async def form(request: web.Request) -> web.Response:
    """The search before anything was typed (and after a reload: no words stand in the address)."""
    return await page(request, "search.html", {"q": "", "clients": (), "rows": (), "tickets": ()})


async def found(request: web.Request) -> web.Response:
    """Straight to the ticket when its number was typed; else clients and calls that fit."""
    typed = text_field(await posted(request), "q", most=100)
    if not typed:
        return see_other("/search")
    number = parse_number(typed)
    async with request.app[SERVICES].open_uow(write=False) as uow:
        named = _TICKET.fullmatch(typed)
        if named is not None and number.e164 is None:
            ticket = await uow.tickets.by_id(int(named[1] or named[2]))
            if ticket is not None:
                return see_other(f"/tickets/{ticket.id}")
        clients = await client_rows(uow, await uow.clients.search(typed, limit=_CLIENTS))
        calls = [] if number.e164 is None else await uow.calls.last_of_number(number.e164, limit=_CALLS)
        rows = await call_rows(uow, calls)
    tickets = await _tickets(request, typed)
    context = {"q": typed, "clients": clients, "rows": rows, "tickets": tickets}
    return await page(request, "search.html", context)


async def _tickets(request: web.Request, typed: str) -> Sequence[WorkRow]:
    """The newest tickets that hold these words, for those who may see tickets."""
    desk, who = request.app[SERVICES].desk, visitor(request)
    if desk is None or not who.may(Action.SEE_TICKETS):
        return ()
    found = await desk.search.find(who.person, typed, limit=_TICKETS)
    async with request.app[SERVICES].open_uow(write=False) as uow:
        return await work_rows(uow, found.tickets)
