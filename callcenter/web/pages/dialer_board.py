"""The supervisor's board of the dialer: how it stands, what waits for a person, and its switch. Regulation: 2.9."""

from collections.abc import Sequence
from datetime import datetime

from aiohttp import web

from callcenter.domain.errors import InvalidInput
from callcenter.domain.instants import to_datetime
from callcenter.domain.messages import checked_text
from callcenter.domain.story import actor_of
from callcenter.services.callback_views import DialerBoard
from callcenter.web.bodies import posted
from callcenter.web.keys import CLOCK, SERVICES, SETTINGS
from callcenter.web.pages.callback_parts import callback_room, callback_words
from callcenter.web.pages.callbacks import callback_rows
from callcenter.web.pages.desk_parts import typed_line
from callcenter.web.responses import page, see_other, visitor
from callcenter.web.views.callback_view import NO_REFUSAL, CallbackRefusal
from callcenter.web.views.link_view import link_views
from dialer.attempt import Outcome


async def board(request: web.Request) -> web.Response:
    """The board."""
    return await board_page(request)


async def board_page(
    request: web.Request, refusal: CallbackRefusal = NO_REFUSAL, *, status: int = 200
) -> web.Response:
    """The same, also after something on it was refused."""
    found = await callback_room(request).views.board()
    settings, now = request.app[SETTINGS], request.app[CLOCK].now()
    async with request.app[SERVICES].open_uow(write=False) as uow:
        links = link_views(await uow.links.all(), now, settings.link_stale_after)
    breaker, held = found.status.state.breaker, found.status.held
    context = {
        "board": found,
        "flying": await callback_rows(request, found.flying),
        "due_rows": await callback_rows(request, found.next_due),
        "deciding": await callback_rows(request, [*found.asking, *found.unknown, *found.wrong_numbers]),
        "paused": await callback_rows(request, found.paused),
        "outcomes": outcomes_of(found),
        "held_until": None if held is None else _instant(held.at),
        "breaker_until": _instant(breaker.open_until),
        "breaker_since": _instant(breaker.opened_at),
        "links": links,
        "cb": await callback_words(request),
        "missed_rule": callback_room(request).missed_rule,
        "refusal": refusal,
    }
    return await page(request, "dialer.html", context, status=status)


def outcomes_of(found: DialerBoard) -> Sequence[tuple[str, int]]:
    """Today's outcomes that happened, in the order of the regulation's own list."""
    counts = found.outcomes or {}
    return [(str(each), counts[each]) for each in Outcome if counts.get(each)]


def _instant(at: int | None) -> datetime | None:
    return None if at is None else to_datetime(at)


async def pause(request: web.Request) -> web.StreamResponse:
    """Stop placing calls, with a reason."""
    sent = await posted(request)
    return await _switch(request, "pause", typed_line(sent, "reason"))


async def resume(request: web.Request) -> web.StreamResponse:
    """Go on."""
    by = actor_of(visitor(request).person.id)
    await callback_room(request).control.resume(by=by)
    return see_other("/dialer")


async def reset(request: web.Request) -> web.StreamResponse:
    """The trunk was mended: close the breaker, with what was done about it."""
    sent = await posted(request)
    return await _switch(request, "reset", typed_line(sent, "reason"))


async def opt_in(request: web.Request) -> web.StreamResponse:
    """A number may be called again, with a reason."""
    sent = await posted(request)
    number, reason = typed_line(sent, "number")[:40], typed_line(sent, "reason")
    try:
        await callback_room(request).desk.opt_in(visitor(request).person, number, reason=reason)
    except InvalidInput as error:
        return await _refused(request, "opt_in", {"number": number, "reason": reason}, error)
    return see_other("/dialer")


async def _switch(request: web.Request, form: str, typed_reason: str) -> web.StreamResponse:
    by, control = actor_of(visitor(request).person.id), callback_room(request).control
    try:
        reason = checked_text(typed_reason, field="reason")
    except InvalidInput as error:
        return await _refused(request, form, {"reason": typed_reason}, error)
    if form == "pause":
        await control.pause(by=by, reason=reason)
    else:
        await control.reset_breaker(by=by, reason=reason)
    return see_other("/dialer")


async def _refused(
    request: web.Request, form: str, typed: dict[str, str], error: InvalidInput
) -> web.StreamResponse:
    problems = (await callback_words(request)).refused(error, typed.get("number", ""))
    refusal = CallbackRefusal(form=form, typed=typed, problems=problems)
    return await board_page(request, refusal, status=422)
