"""The state of the machine, for those who keep it running."""

from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web

from callcenter.web.health import ask
from callcenter.web.keys import CLOCK, SERVICES, SETTINGS
from callcenter.web.responses import page, words_of
from callcenter.web.views.link_view import link_views
from callcenter.web.wording import N_

_CHECKS: Mapping[str, str] = {"database": N_("database"), "telephony": N_("telephony")}
_DAY = timedelta(hours=24)
_LISTED = 50


async def system(request: web.Request) -> web.Response:
    """Telephony links, health checks, and a day's calls by outcome."""
    words = words_of(request)
    settings, now = request.app[SETTINGS], request.app[CLOCK].now()
    problems = await ask(settings.health_checks)
    async with request.app[SERVICES].open_uow(write=False) as uow:
        links = link_views(await uow.links.all(), now, settings.link_stale_after)
        outcomes = await uow.calls.count_by_outcome(now - _DAY, now)
        hotlines = await uow.calls.hotlines()
        live_id = await uow.live.last_id()
        unclocked = await uow.clocks.unclocked(open_only=True, limit=_LISTED)
    context = {
        "links": links,
        "problems": problems,
        "check_words": {name: words(said) for name, said in _CHECKS.items()},
        "outcomes": outcomes,
        "hotlines": hotlines,
        "live_id": live_id,
        "unclocked": unclocked,
        "unpublished_years": settings.unpublished_years(now),
    }
    return await page(request, "system.html", context)
