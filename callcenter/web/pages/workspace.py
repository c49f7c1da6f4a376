"""«Звонок»: the live line, the operator's own desk, and the top bar."""

from aiohttp import web

from callcenter.domain.people import Action
from callcenter.web.keys import SERVICES, Visitor
from callcenter.web.responses import page, see_other, text_of, visitor
from callcenter.web.shared_parts import drafts_part, line_part
from callcenter.web.shell_state import top_state
from callcenter.web.views.line import line_view
from callcenter.web.views.own_desk import own_desk

_LONGEST = 60


async def desk(request: web.Request) -> web.Response:
    """The whole workspace; who does not work on the line starts where he works."""
    who = visitor(request)
    if not who.may(Action.SEE_LINE):
        return see_other(_start_of(who))
    async with request.app[SERVICES].open_uow(write=False) as uow:
        line = await line_view(uow)
        own = await own_desk(uow, who.person) if who.may(Action.HANDLE_CALLS) else None
        context = {"line": line, "own": own}
    return await page(request, "workspace.html", context)


def _start_of(who: Visitor) -> str:
    return "/people" if who.may(Action.EDIT_PEOPLE) else "/settings"


async def parts(request: web.Request) -> web.Response:
    """The live parts a screen asks for in one request, `?want=top line own drafts`; the forbidden are left out."""
    who = visitor(request)
    wanted = request.query.get("want", "")[:_LONGEST].split()
    texts = []
    async with request.app[SERVICES].open_uow(write=False) as uow:
        if "top" in wanted:
            state = await top_state(request.app, uow, who)
            texts.append(text_of(request, "top_state.html", {"shell": state}))
        if "line" in wanted and who.may(Action.SEE_LINE):
            texts.append(await line_part(request, uow))
        if "drafts" in wanted and who.may(Action.SEE_TICKETS):
            texts.append(await drafts_part(request, uow))
        if "own" in wanted and who.may(Action.HANDLE_CALLS):
            texts.append(text_of(request, "own_desk.html", {"own": await own_desk(uow, who.person)}))
    return web.Response(text="\n".join(texts), content_type="text/html")
