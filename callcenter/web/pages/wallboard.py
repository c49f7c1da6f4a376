"""The television on the wall: who waits, how long, today's service level, red clocks; read from four metres."""

from aiohttp import web

from callcenter.domain.statistics import Period
from callcenter.web.keys import CLOCK, SERVICES
from callcenter.web.pages.report_parts import report_context, reports_of
from callcenter.web.responses import page


async def wallboard(request: web.Request) -> web.Response:
    """Five numbers, each with a word; refreshed by the page itself."""
    statistics = reports_of(request).reports.source.room.statistics
    now = request.app[CLOCK].now()
    async with request.app[SERVICES].open_uow(write=False) as uow:
        present = await uow.statistics.present(now)
    figures = await statistics.figures(Period.day(statistics.today()))
    context = {
        **report_context(request, "wallboard"),
        "present": present,
        "figures": figures,
        "rules": statistics.rules,
        "late": sum(present.overdue.values()),
    }
    return await page(request, "wallboard.html", context)
