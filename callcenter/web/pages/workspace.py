"""«Звонок»: the live line, the operator's own desk, and the top bar."""

from aiohttp import web

from callcenter.domain.people import Action
from callcenter.web.keys import SERVICES
from callcenter.web.responses import page, part, visitor
from callcenter.web.shell_state import top_state
from callcenter.web.views.line import line_view
from callcenter.web.views.own_desk import own_desk


async def desk(request: web.Request) -> web.Response:
    """The whole workspace; who may not see the line gets a start page with what he may."""
    who = visitor(request)
    async with request.app[SERVICES].open_uow(write=False) as uow:
        line = await line_view(uow, who.person) if who.may(Action.SEE_LINE) else None
        own = await own_desk(uow, who.person) if who.may(Action.HANDLE_CALLS) else None
        context = {"line": line, "own": own}
    return await page(request, "workspace.html", context)


async def line(request: web.Request) -> web.Response:
    """The line alone, for the live region."""
    async with request.app[SERVICES].open_uow(write=False) as uow:
        view = await line_view(uow, visitor(request).person)
    return part(request, "line.html", {"line": view})


async def own(request: web.Request) -> web.Response:
    """The person's own desk alone, for the live region."""
    async with request.app[SERVICES].open_uow(write=False) as uow:
        view = await own_desk(uow, visitor(request).person)
    return part(request, "own_desk.html", {"own": view})


async def top(request: web.Request) -> web.Response:
    """The figures of the top bar, for the live region."""
    who = visitor(request)
    async with request.app[SERVICES].open_uow(write=False) as uow:
        state = await top_state(request.app, uow, who)
    return part(request, "top_state.html", {"shell": state})
