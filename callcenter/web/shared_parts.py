"""Parts of screens that are the same for everybody, rendered once per change instead of once per browser.

Twenty browsers that follow the line ask for it within the same tenth of a second. The key is the newest live
message that the reading transaction sees: whatever changes what these parts show, tells of it in its commit.
"""

from collections.abc import Awaitable, Callable, Hashable, Mapping

from aiohttp import web

from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.web.keys import CLOCK, PARTS, SERVICES, SHARED
from callcenter.web.responses import locale_of, text_of, visitor
from callcenter.web.shell_state import count_drafts
from callcenter.web.views.line import line_view

KEPT_SECONDS = 20
"""A list says how long ago and how much is left: older than this it is written anew though nothing changed."""


async def line_part(request: web.Request, uow: UnitOfWork) -> str:
    """The live line and the operators."""
    return await _once(request, uow, "line.html")


async def drafts_part(request: web.Request, uow: UnitOfWork) -> str:
    """The number of drafts for the tab."""
    return await _once(request, uow, "drafts_count.html")


async def shared_page(
    request: web.Request, name: Hashable, write: Callable[[], Awaitable[web.Response]]
) -> web.Response:
    """The list that `write` answers with, the same for everybody of this language and these rights.

    It must not depend on who asks in any other way.
    """

    async def text() -> str:
        return (await write()).text or ""

    who = visitor(request).person
    async with request.app[SERVICES].open_uow(write=False) as uow:
        newest = await uow.live.last_id()
    moment = int(request.app[CLOCK].now().timestamp() // KEPT_SECONDS)
    key = (name, locale_of(request), who.roles, who.scopes, newest, moment)
    shown = await request.app[SHARED].text(key, text)
    return web.Response(text=shown, content_type="text/html", headers={"Vary": "HX-Request"})


async def _once(request: web.Request, uow: UnitOfWork, template: str) -> str:
    kept = request.app[PARTS]
    place = (template, locale_of(request))
    newest = await uow.live.last_id()
    known = kept.get(place)
    if known is not None and known[0] == newest:
        return known[1]
    text = text_of(request, template, await _context(uow, template))
    kept[place] = (newest, text)
    return text


async def _context(uow: UnitOfWork, template: str) -> Mapping[str, object]:
    if template == "line.html":
        return {"line": await line_view(uow)}
    return {"drafts": await count_drafts(uow)}
