"""For those who watch the program: is it alive, is it ready, its figures."""

import asyncio
from collections.abc import Mapping

from aiohttp import web

from callcenter.domain.errors import NotFound
from callcenter.web.keys import CLOCK, SETTINGS
from callcenter.web.settings import HealthCheck

_CHECK_TIMEOUT = 3.0


async def alive(request: web.Request) -> web.Response:
    """The process answers: that is all it says."""
    return web.json_response({"status": "alive", "node": request.app[SETTINGS].node})


async def ready(request: web.Request) -> web.Response:
    """Every part this node needs, with one sentence for each that is not well; 503 when any is not.

    `warnings` are for people and change nothing: a year of the calendar that may still be decreed otherwise.
    """
    problems = await ask(request.app[SETTINGS].health_checks)
    well = not any(problems.values())
    body = {
        "status": "ready" if well else "not ready",
        "node": request.app[SETTINGS].node,
        "checks": {name: problem or "ok" for name, problem in problems.items()},
        "warnings": _warnings(request),
    }
    return web.json_response(body, status=200 if well else 503)


def _warnings(request: web.Request) -> dict[str, str]:
    """What a person should see to and no restart mends; the node stays ready. Regulation: 1.3."""
    years = request.app[SETTINGS].unpublished_years(request.app[CLOCK].now())
    if not years:
        return {}
    told = ", ".join(str(year) for year in years)
    return {"calendar": f"no decree about moved working days is known for {told}"}


async def ask(checks: Mapping[str, HealthCheck]) -> dict[str, str | None]:
    """Ask all parts at once; one that does not answer in time is not well."""
    answers = await asyncio.gather(*(_ask_one(check) for check in checks.values()))
    return dict(zip(checks, answers, strict=True))


async def _ask_one(check: HealthCheck) -> str | None:
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT):
            return await check()
    except TimeoutError:
        return f"no answer within {_CHECK_TIMEOUT:.0f} s"
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a part, it is the answer
        return type(error).__name__


async def figures(request: web.Request) -> web.Response:
    """Prometheus text.

    Raises:
        NotFound: this installation offers no metrics.
    """
    metrics = request.app[SETTINGS].metrics
    if metrics is None:
        raise NotFound("metrics are switched off")
    return web.Response(body=metrics(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
