"""Drafts: calls that became tickets and wait for somebody to register them."""

from aiohttp import web

from callcenter.web.keys import SERVICES
from callcenter.web.pages.callback_parts import draft_callbacks
from callcenter.web.responses import is_swap, page
from callcenter.web.shared_parts import shared_page
from callcenter.web.views.own_desk import draft_rows

_SHOWN = 100


async def drafts(request: web.Request) -> web.Response:
    """All drafts, the newest first; missed ones carry their reason."""
    if is_swap(request):  # also how every browser that shows them follows them
        return await shared_page(request, "drafts", lambda: _page(request))
    return await _page(request)


async def _page(request: web.Request) -> web.Response:
    async with request.app[SERVICES].open_uow(write=False) as uow:
        names = {person.id: person.name for person in await uow.people.all()}
        found = await uow.tickets.drafts(limit=_SHOWN)
        rows = await draft_rows(uow, found)
    context = {
        "rows": rows,
        "names": names,
        "full": len(found) == _SHOWN,
        "calling": await draft_callbacks(request, found),
    }
    return await page(request, "drafts.html", context)
