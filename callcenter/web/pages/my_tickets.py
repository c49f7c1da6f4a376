"""«Мои»: what an executor has in hand, by time left. Regulation: 2.5."""

from aiohttp import web

from callcenter.web.keys import SERVICES
from callcenter.web.pages.desk_parts import desk_of, typed_line
from callcenter.web.responses import page, part, visitor
from callcenter.web.views.worklist import work_rows


async def mine(request: web.Request) -> web.Response:
    """One page of the list; what waits comes last."""
    desk, by = desk_of(request), visitor(request).person
    found = await desk.lists.mine(by, after=typed_line(request.query, "after") or None)
    async with request.app[SERVICES].open_uow(write=False) as uow:
        rows = await work_rows(uow, found.tickets)
    return await page(request, "my_tickets.html", {"rows": rows, "after": found.after})


async def counts(request: web.Request) -> web.Response:
    """The figures on the tabs."""
    figures = await desk_of(request).lists.counts(visitor(request).person)
    return part(request, "desk_counts.html", {"counts": figures})
