"""Recent calls and their outcomes; the calls of one number."""

from aiohttp import web

from callcenter.domain.numbers import parse_number
from callcenter.web.bodies import posted
from callcenter.web.forms import text_field
from callcenter.web.keys import SERVICES
from callcenter.web.responses import page, words_of
from callcenter.web.views.call_rows import call_rows

_FIRST = 50
_MOST = 1000


async def calls(request: web.Request) -> web.Response:
    """The newest calls of the hotline; `?limit=` asks for more of them."""
    limit = _limit(request.query.get("limit", ""))
    async with request.app[SERVICES].open_uow(write=False) as uow:
        found = await uow.calls.recent(limit=limit + 1)
        rows = await call_rows(uow, found[:limit])
    more = min(limit * 2, _MOST) if len(found) > limit and limit < _MOST else None
    return await page(request, "calls.html", {"rows": rows, "number": "", "problem": "", "more": more})


async def of_number(request: web.Request) -> web.Response:
    """The calls of one number, typed in any usual form; POST, so that no number stands in an address."""
    form = await posted(request)
    typed = text_field(form, "number", most=40)
    number = parse_number(typed)
    words = words_of(request)
    problem = ""
    async with request.app[SERVICES].open_uow(write=False) as uow:
        found = [] if number.e164 is None else await uow.calls.last_of_number(number.e164, limit=200)
        rows = await call_rows(uow, found)
    if number.e164 is None:
        problem = words("This is not a whole telephone number. Write it like 8 916 123-45-67.")
    return await page(
        request,
        "calls.html",
        {"rows": rows, "number": typed, "problem": problem, "more": None},
        status=422 if problem else 200,
    )


def _limit(text: str) -> int:
    return (
        min(max(int(text), _FIRST), _MOST) if text.isascii() and text.isdigit() and len(text) < 6 else _FIRST
    )
