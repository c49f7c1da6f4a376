"""«Модерация»: what is to be distributed, by time left, with a proposal for each. Regulation: 2.4."""

from aiohttp import web

from callcenter.web.desk_wording import say_reasons
from callcenter.web.keys import SERVICES
from callcenter.web.pages.desk_parts import desk_of, typed_line
from callcenter.web.responses import page, visitor, words_of
from callcenter.web.views.worklist import work_rows


async def moderation(request: web.Request) -> web.Response:
    """One page of the list; the next one follows its last row."""
    desk, by, words = desk_of(request), visitor(request).person, words_of(request)
    found = await desk.lists.moderation(by, after=typed_line(request.query, "after") or None)
    proposals = await desk.moderation.proposals(by, [each.id for each in found.tickets])
    async with request.app[SERVICES].open_uow(write=False) as uow:
        rows = await work_rows(uow, found.tickets)
    context = {
        "rows": rows,
        "proposals": proposals,
        "after": found.after,
        "reasons": lambda suggestion: say_reasons(suggestion, words),
    }
    return await page(request, "moderation.html", context)
