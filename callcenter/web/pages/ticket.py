"""One ticket to read: its calls, its caller, and what happened to it."""

from aiohttp import web

from callcenter.domain.errors import NotFound
from callcenter.web.forms import number_in_path
from callcenter.web.keys import SERVICES
from callcenter.web.responses import page, words_of
from callcenter.web.views.ticket_view import ticket_view


async def ticket(request: web.Request) -> web.Response:
    """The ticket's page.

    Raises:
        NotFound: there is no such ticket.
    """
    ticket_id = number_in_path(request, "ticket_id")
    async with request.app[SERVICES].open_uow(write=False) as uow:
        found = await uow.tickets.by_id(ticket_id)
        if found is None:
            raise NotFound(f"no ticket {ticket_id}", ticket_id=ticket_id)
        view = await ticket_view(uow, found, words_of(request))
    return await page(request, "ticket.html", {"view": view})
