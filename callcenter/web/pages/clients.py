"""Clients: found by name, company, INN, address or number; one client's card."""

from aiohttp import web

from callcenter.domain.errors import NotFound
from callcenter.web.bodies import posted
from callcenter.web.forms import number_in_path, text_field
from callcenter.web.keys import SERVICES
from callcenter.web.responses import page
from callcenter.web.views.client_view import client_rows, client_view

_SHOWN = 100


async def clients(request: web.Request) -> web.Response:
    """The first clients by name, and the search."""
    return await _page(request, "")


async def found(request: web.Request) -> web.Response:
    """The clients that fit what was typed; POST, so that no name or number stands in an address."""
    return await _page(request, text_field(await posted(request), "q", most=100))


async def client(request: web.Request) -> web.Response:
    """One client's card.

    Raises:
        NotFound: there is no such client.
    """
    client_id = number_in_path(request, "client_id")
    async with request.app[SERVICES].open_uow(write=False) as uow:
        stored = await uow.clients.by_id(client_id)
        if stored is None:
            raise NotFound(f"no client {client_id}", client_id=client_id)
        view = await client_view(uow, stored)
    return await page(request, "client.html", {"view": view})


async def _page(request: web.Request, typed: str) -> web.Response:
    async with request.app[SERVICES].open_uow(write=False) as uow:
        rows = await client_rows(uow, await uow.clients.search(typed, limit=_SHOWN))
    return await page(request, "clients.html", {"rows": rows, "q": typed, "full": len(rows) == _SHOWN})
