"""A client asks to be forgotten: what goes and what stays, and a confirmation that is typed."""

from aiohttp import web

from callcenter.domain.errors import Conflict, NotFound
from callcenter.web.bodies import posted
from callcenter.web.forms import number_in_path, text_field
from callcenter.web.keys import SERVICES
from callcenter.web.pages.setup import room
from callcenter.web.responses import page, visitor, words_of

_LONG = 200


async def form(request: web.Request) -> web.Response:
    """What would be erased."""
    return await _page(request, "")


async def erase(request: web.Request) -> web.Response:
    """Erase him when the client's number was typed as a confirmation."""
    client_id = number_in_path(request, "client_id")
    fields = await posted(request)
    basis, typed = text_field(fields, "basis", most=_LONG), text_field(fields, "confirm", most=_LONG)
    words = words_of(request)
    if not basis:
        return await _page(request, words("Say on what request, without the name."), basis=basis)
    if typed != str(client_id):
        return await _page(request, words("Type the number of the client to confirm."), basis=basis)
    try:
        erased = await room(request).erasure.erase(visitor(request).person, client_id, basis=basis)
    except Conflict:
        return await _page(request, words("He has open tickets by now; end them first."), basis=basis)
    return await page(request, "admin_erased.html", {"client_id": client_id, "erased": erased})


async def _page(request: web.Request, problem: str, *, basis: str = "") -> web.Response:
    client_id = number_in_path(request, "client_id")
    traces = await room(request).erasure.traces(visitor(request).person, client_id)
    async with request.app[SERVICES].open_uow(write=False) as uow:
        client = await uow.clients.by_id(client_id)
    if client is None:
        raise NotFound("client", client_id=client_id)
    context = {"client": client, "traces": traces, "problem": problem, "basis": basis}
    return await page(request, "admin_erase.html", context, status=422 if problem else 200)
