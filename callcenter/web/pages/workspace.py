"""«Звонок»: the live line, the operator's own desk, and the top bar."""

from aiohttp import web

from callcenter.domain.people import Action
from callcenter.web.keys import SERVICES, Visitor
from callcenter.web.responses import page, part, see_other, visitor
from callcenter.web.shell_state import top_state
from callcenter.web.views.line import line_view
from callcenter.web.views.own_desk import own_desk


async def desk(request: web.Request) -> web.Response:
    """The whole workspace; who does not work on the line starts where he works."""
    who = visitor(request)
    if not who.may(Action.SEE_LINE):
        return see_other(_start_of(who))
    async with request.app[SERVICES].open_uow(write=False) as uow:
        line = await line_view(uow, who.person)
        own = await own_desk(uow, who.person) if who.may(Action.HANDLE_CALLS) else None
        context = {"line": line, "own": own}
    return await page(request, "workspace.html", context)


def _start_of(who: Visitor) -> str:
    return "/people" if who.may(Action.EDIT_PEOPLE) else "/settings"


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
