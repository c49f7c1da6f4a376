"""Parts of screens that are the same for everybody, rendered once per change instead of once per browser.

Twenty browsers that follow the line ask for it within the same tenth of a second. The key is the newest live
message that the reading transaction sees: whatever changes what these parts show, tells of it in its commit.
"""

from collections.abc import Mapping

from aiohttp import web

from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.web.keys import PARTS
from callcenter.web.responses import locale_of, text_of
from callcenter.web.shell_state import count_drafts
from callcenter.web.views.line import line_view


async def line_part(request: web.Request, uow: UnitOfWork) -> str:
    """The live line and the operators."""
    return await _once(request, uow, "line.html")


async def drafts_part(request: web.Request, uow: UnitOfWork) -> str:
    """The number of drafts for the tab."""
    return await _once(request, uow, "drafts_count.html")


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
