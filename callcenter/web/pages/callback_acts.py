"""What is done to callbacks, one address each; what is refused comes back with everything typed. Regulation: 2.9."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from callcenter.domain.errors import CallCenterError, Conflict, InvalidInput, NotFound
from callcenter.services.callback_desk import Asked
from callcenter.web.bodies import posted
from callcenter.web.forms import number_in_path
from callcenter.web.keys import SERVICES, SETTINGS
from callcenter.web.pages.callback_parts import callback_room, callback_words
from callcenter.web.pages.callbacks import card_part, day_page
from callcenter.web.pages.desk_parts import number_of, typed_line
from callcenter.web.pages.dialer_board import board_page
from callcenter.web.pages.ticket import ticket_page
from callcenter.web.responses import part, see_other, visitor
from callcenter.web.views.callback_view import CallbackRefusal, as_read, local_instant

_Sent = Mapping[str, Any]
_OnTicket = Callable[[web.Request, int, _Sent], Awaitable[object]]

_OURS = re.compile(r"/callbacks|/dialer|/drafts|/tickets/[0-9]{1,15}", re.ASCII)
_REASON = 1000
_NUMBER = 40


def _ticket_handler(form: str, do: _OnTicket) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        ticket_id, sent = number_in_path(request, "ticket_id"), await posted(request)
        try:
            await do(request, ticket_id, sent)
        except (InvalidInput, Conflict) as error:
            return await refused(request, ticket_id, form, sent, error)
        return see_other(_back(sent, ticket_id))

    return handle


def _series_handler(form: str, do: _OnTicket) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        callback_id, sent = number_in_path(request, "callback_id"), await posted(request)
        ticket_id = await _ticket_of(request, callback_id)
        try:
            await do(request, callback_id, sent)
        except (InvalidInput, Conflict) as error:
            return await refused(request, ticket_id, form, sent, error)
        if typed_line(sent, "back") == "card":
            return await card_part(request)
        return see_other(_back(sent, ticket_id))

    return handle


async def _ticket_of(request: web.Request, callback_id: int) -> int:
    async with request.app[SERVICES].open_uow(write=False) as uow:
        series = await uow.callbacks.by_id(callback_id)
    if series is None:
        raise NotFound("callback", callback_id=callback_id)
    return series.ticket_id


def _back(sent: _Sent, ticket_id: int) -> str:
    """Where he came from: one of our lists or another ticket, else this ticket."""
    back = typed_line(sent, "back")
    return back if _OURS.fullmatch(back) else f"/tickets/{ticket_id}"


async def refused(
    request: web.Request, ticket_id: int, form: str, sent: _Sent, error: CallCenterError
) -> web.StreamResponse:
    """The screen he came from, with what was wrong and everything he typed."""
    typed = {name: value for name, value in sent.items() if isinstance(value, str)}
    words = await callback_words(request)
    problems = words.refused(error, as_read(typed.get("number", "")))
    refusal = CallbackRefusal(form=form, typed=typed, problems=problems)
    status = 422 if isinstance(error, InvalidInput) else 409
    back = typed_line(sent, "back")
    if back == "card":
        return await card_part(request, refusal)
    if back == "/callbacks":
        return await day_page(request, refusal, status=status)
    if back == "/dialer":
        return await board_page(request, refusal, status=status)
    return await ticket_page(request, ticket_id, status=status, calling=refusal)


async def _ask(request: web.Request, ticket_id: int, sent: _Sent) -> object:
    asked = Asked(
        ticket_id=ticket_id,
        number=typed_line(sent, "number")[:_NUMBER],
        at=_appointed(request, sent) if typed_line(sent, "when") == "at" else None,
        executor_id=number_of(sent, "executor"),
    )
    return await callback_room(request).desk.ask(visitor(request).person, asked)


def _appointed(request: web.Request, sent: _Sent) -> datetime:
    """The time that was chosen; InvalidInput when none was."""
    at = local_instant(typed_line(sent, "at"), request.app[SETTINGS].time_zone)
    if at is None:
        raise InvalidInput({"at": "callback.wrong_time"})
    return at


async def _opt_out(request: web.Request, ticket_id: int, sent: _Sent) -> object:
    reason = typed_line(sent, "reason")[:_REASON]
    return await callback_room(request).desk.opt_out(visitor(request).person, ticket_id, reason=reason)


async def _pause(request: web.Request, callback_id: int, sent: _Sent) -> object:
    reason = typed_line(sent, "reason")[:_REASON]
    return await callback_room(request).desk.pause(visitor(request).person, callback_id, reason=reason)


async def _resume(request: web.Request, callback_id: int, sent: _Sent) -> object:
    return await callback_room(request).desk.resume(visitor(request).person, callback_id)


async def _move(request: web.Request, callback_id: int, sent: _Sent) -> object:
    to = _appointed(request, sent)
    return await callback_room(request).desk.move(visitor(request).person, callback_id, to)


async def _snooze(request: web.Request, callback_id: int, sent: _Sent) -> object:
    return await callback_room(request).desk.snooze(visitor(request).person, callback_id)


async def _stop(request: web.Request, callback_id: int, sent: _Sent) -> object:
    reason = typed_line(sent, "reason")
    return await callback_room(request).desk.stop(visitor(request).person, callback_id, reason=reason)


async def _spoke(request: web.Request, callback_id: int, sent: _Sent) -> object:
    return await callback_room(request).desk.spoke(visitor(request).person, callback_id)


async def _not_spoken(request: web.Request, callback_id: int, sent: _Sent) -> object:
    return await callback_room(request).desk.not_spoken(visitor(request).person, callback_id)


async def _machine(request: web.Request, callback_id: int, sent: _Sent) -> object:
    attempt_id = await _attempt_of(request, callback_id, sent)
    return await callback_room(request).desk.mark_machine(visitor(request).person, attempt_id)


async def _person(request: web.Request, callback_id: int, sent: _Sent) -> object:
    attempt_id = await _attempt_of(request, callback_id, sent)
    return await callback_room(request).desk.mark_person(visitor(request).person, attempt_id)


async def _attempt_of(request: web.Request, callback_id: int, sent: _Sent) -> str:
    attempt_id = typed_line(sent, "attempt")
    async with request.app[SERVICES].open_uow(write=False) as uow:
        attempt = await uow.callback_attempts.by_id(attempt_id)
    if attempt is None or attempt.callback_id != callback_id:
        raise NotFound("attempt", attempt_id=attempt_id)
    return attempt_id


async def check(request: web.Request) -> web.Response:
    """Before it is sent: whether this number may be dialled, and when the call would really be placed."""
    sent, desk = await posted(request), callback_room(request).desk
    words = await callback_words(request)
    number = (typed_line(sent, "number") or typed_line(sent, "contact_phone"))[:_NUMBER]
    problem = desk.number_problem(number) if number else None
    said = "" if problem is None else words.number_problem(problem, as_read(number))
    try:
        at = local_instant(typed_line(sent, "at"), request.app[SETTINGS].time_zone)
    except InvalidInput as error:
        said, at = said or words.refused(error, "").get("at", ""), None
    earliest = desk.earliest(at)
    moved = at is not None and earliest > at
    return part(
        request, "callback_check.html", {"problem": said, "at": earliest if at else None, "moved": moved}
    )


ask = _ticket_handler("ask", _ask)
opt_out = _ticket_handler("opt_out", _opt_out)
pause = _series_handler("pause", _pause)
resume = _series_handler("resume", _resume)
move = _series_handler("move", _move)
snooze = _series_handler("snooze", _snooze)
stop = _series_handler("stop", _stop)
spoke = _series_handler("spoke", _spoke)
not_spoken = _series_handler("not_spoken", _not_spoken)
machine = _series_handler("machine", _machine)
person = _series_handler("person", _person)
