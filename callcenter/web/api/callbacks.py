"""Callbacks of clients and the dialer's own switch. Regulation: 2.9."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from callcenter.domain.people import Action, PhoneState
from callcenter.domain.story import actor_of
from callcenter.services.callback_desk import Asked as AskedFor
from callcenter.services.callback_views import SeriesView
from callcenter.web.api import answers
from callcenter.web.api.fields import Asked, GivenReason, Id, Instant, Line, Name, Reason, Told
from callcenter.web.api.operation import ApiCall, operation
from dialer.permission import NumberProblem


class AskCallBody(Asked):
    """When (empty: soon), by whom (empty: the ticket's executor), and at which number if not the ticket's."""

    at: Instant | None = None
    executor_id: Id | None = None
    number: Line = ""


class MoveBody(Asked):
    """When the next attempt is to be."""

    to: Instant


class HoldBody(Asked):
    """Why, if there is something to say."""

    reason: Reason = ""


class EndBody(Asked):
    """Why; it stays in the audit."""

    reason: GivenReason


class OptInBody(Asked):
    """The number that may be called again, and why."""

    number: Name
    reason: GivenReason


class CheckBody(Asked):
    """A number as people write it, and when it would be called (empty: soon)."""

    number: Line = ""
    at: Instant | None = None


class Checked(Told):
    """`problem`: why the number will not be dialled, null when it may be; `earliest`: when the call would be placed."""

    problem: NumberProblem | None
    earliest: datetime


class Row(Told):
    """A series with its attempts and its ticket. `phone`: the executor's, null where nothing is told of it."""

    series: answers.Series
    ticket: answers.Ticket
    phone: PhoneState | None


class OwnDay(Told):
    """The asker's callbacks: open ones, the next due first, and those that ended within a day. `phone`: his own."""

    open: list[Row]
    ended: list[Row]
    phone: PhoneState | None


class OptOut(Told):
    """A number whose owner does not want to be called."""

    number: str
    at: datetime
    by: str
    reason: str


class Ended(Told):
    """How many open series ended."""

    ended: int


class Changed(Told):
    """False: it was so before."""

    changed: bool


class DialerSwitch(Told):
    """Whether a person has stopped the dialer."""

    paused: bool
    paused_by: str
    paused_reason: str
    changed_at: datetime | None


class DialerStatus(Told):
    """The dialer now; `alarm`: calls do not get out, somebody has to look at the trunk."""

    now: datetime
    state: DialerSwitch
    alarm: bool
    open_series: dict[str, int]
    in_flight: list[answers.CallbackAttempt]
    busy_seconds_today: int = Field(description="Seconds on the line today.")
    machine_detection: bool = Field(description="Whether the PBX listens for answering machines (AMD).")


class Board(Told):
    """The supervisor's board. `asking`, `unknown` and `wrong_numbers` wait for a person; `outcomes` are today's."""

    status: DialerStatus
    flying: list[Row]
    next_due: list[Row]
    asking: list[Row]
    paused: list[Row]
    unknown: list[Row]
    wrong_numbers: list[Row]
    outcomes: dict[str, int]
    opt_outs: list[OptOut]


async def _rows(call: ApiCall, views: Sequence[SeriesView]) -> list[dict[str, object]]:
    found = await call.callbacks.views.with_tickets(views)
    return [
        {
            "series": each.view,
            "ticket": each.ticket,
            "phone": None if each.phone is None else each.phone.state,
        }
        for each in found
    ]


async def own_callbacks(call: ApiCall) -> object:
    """Whom the asker has to call back, whom he is calling, whom he has called."""
    views = call.callbacks.views
    day = await views.day_of(call.person.id)
    return {
        "open": await _rows(call, day.open),
        "ended": await _rows(call, day.ended),
        "phone": (await views.phone_of(call.person)).state,
    }


async def own_card(call: ApiCall) -> object:
    """The callbacks that ring the asker, connect, or have just connected."""
    found = await call.callbacks.views.card_of(call.person.id)
    return await _rows(call, [each.view for each in found])


async def check_number(call: ApiCall, body: CheckBody) -> object:
    """Whether this number may be dialled, and when the call would really be placed. Changes nothing."""
    desk = call.callbacks.desk
    problem = desk.number_problem(body.number) if body.number else None
    return {"problem": problem, "earliest": desk.earliest(body.at)}


async def get_board(call: ApiCall) -> object:
    """How the dialer stands, what is due, and what waits for a person."""
    found = await call.callbacks.views.board()
    lists = ("flying", "next_due", "asking", "paused", "unknown", "wrong_numbers")
    rows = {name: await _rows(call, getattr(found, name)) for name in lists}
    return {**rows, "status": found.status, "outcomes": found.outcomes or {}, "opt_outs": found.opt_outs}


async def ask_callback(call: ApiCall, body: AskCallBody) -> object:
    """Ask for a callback; a number that differs from the ticket's own corrects the ticket first."""
    wanted = AskedFor(ticket_id=call.ticket_id, number=body.number, at=body.at, executor_id=body.executor_id)
    return await call.callbacks.desk.ask(call.person, wanted)


async def pause_callback(call: ApiCall, body: HoldBody) -> object:
    """Hold the series; an attempt on the line runs to its end."""
    return await call.callbacks.desk.pause(call.person, call.id("callback_id"), reason=body.reason)


async def resume_callback(call: ApiCall) -> object:
    """Let a held or asking series go on."""
    return await call.callbacks.desk.resume(call.person, call.id("callback_id"))


async def move_callback(call: ApiCall, body: MoveBody) -> object:
    """Set the time of the next attempt; hours and the half hour still hold."""
    return await call.callbacks.desk.move(call.person, call.id("callback_id"), body.to)


async def snooze_callback(call: ApiCall) -> object:
    """Put it off, once in a series."""
    return await call.callbacks.desk.snooze(call.person, call.id("callback_id"))


async def stop_callback(call: ApiCall, body: EndBody) -> object:
    """End the series; a phone that rings for it stops."""
    return await call.callbacks.desk.stop(call.person, call.id("callback_id"), reason=body.reason)


async def spoke_outside(call: ApiCall) -> object:
    """The client was spoken with outside this series: it ends as reached."""
    return await call.callbacks.desk.spoke(call.person, call.id("callback_id"))


async def not_spoken(call: ApiCall) -> object:
    """It was not spoken of: the series goes on."""
    return await call.callbacks.desk.not_spoken(call.person, call.id("callback_id"))


async def mark_machine(call: ApiCall) -> object:
    """A machine had answered: the attempt counts and the series goes on."""
    return await call.callbacks.desk.mark_machine(call.person, call.request.match_info["attempt_id"])


async def mark_person(call: ApiCall) -> object:
    """A person had answered whom the PBX took for a machine: the attempt does not count, the series goes on."""
    return await call.callbacks.desk.mark_person(call.person, call.request.match_info["attempt_id"])


async def opt_out(call: ApiCall, body: EndBody) -> object:
    """The ticket's client does not want to be called; open series of his number end at once."""
    return {"ended": await call.callbacks.desk.opt_out(call.person, call.ticket_id, reason=body.reason)}


async def opt_in(call: ApiCall, body: OptInBody) -> object:
    """The client allows calls again."""
    return {"changed": await call.callbacks.desk.opt_in(call.person, body.number, reason=body.reason)}


async def dialer_status(call: ApiCall) -> object:
    """The dialer: stopped or not, what is open, what is on the line."""
    return await call.callbacks.control.status()


async def pause_dialer(call: ApiCall, body: EndBody) -> object:
    """Nothing is placed any more; calls in progress run to their end."""
    return await call.callbacks.control.pause(by=actor_of(call.person.id), reason=body.reason)


async def resume_dialer(call: ApiCall, body: HoldBody) -> object:
    """Go on."""
    return await call.callbacks.control.resume(by=actor_of(call.person.id), reason=body.reason)


async def reset_breaker(call: ApiCall, body: HoldBody) -> object:
    """Somebody has mended the trunk: try again now."""
    return await call.callbacks.control.reset_breaker(by=actor_of(call.person.id), reason=body.reason)


_CALL, _RUN = Action.CALL_BACK, Action.RUN_DIALER
_ONE = "/callbacks/{callback_id}"
_TOLD = answers.Callback
OPERATIONS = (
    operation("GET", "/callbacks", _CALL, own_callbacks, answer=OwnDay),
    operation("GET", "/callbacks/card", _CALL, own_card, answer=list[Row]),
    operation("POST", "/callbacks/check", _CALL, check_number, answer=Checked, changes=False),
    operation("POST", "/tickets/{ticket_id}/callbacks", _CALL, ask_callback, answer=_TOLD, status=201),
    operation("POST", "/tickets/{ticket_id}/opt-out", _CALL, opt_out, answer=Ended),
    operation("POST", f"{_ONE}/pause", _CALL, pause_callback, answer=_TOLD),
    operation("POST", f"{_ONE}/resume", _CALL, resume_callback, answer=_TOLD),
    operation("POST", f"{_ONE}/move", _CALL, move_callback, answer=_TOLD),
    operation("POST", f"{_ONE}/snooze", _CALL, snooze_callback, answer=_TOLD),
    operation("POST", f"{_ONE}/stop", _CALL, stop_callback, answer=_TOLD),
    operation("POST", f"{_ONE}/spoke", _CALL, spoke_outside, answer=_TOLD),
    operation("POST", f"{_ONE}/not-spoken", _CALL, not_spoken, answer=_TOLD),
    operation("POST", "/callback-attempts/{attempt_id}/machine", _CALL, mark_machine, answer=_TOLD),
    operation("POST", "/callback-attempts/{attempt_id}/person", _CALL, mark_person, answer=_TOLD),
    operation("POST", "/opt-ins", Action.SEE_DIALER, opt_in, answer=Changed),
    operation("GET", "/dialer", Action.SEE_DIALER, dialer_status, answer=DialerStatus),
    operation("GET", "/dialer/board", Action.SEE_DIALER, get_board, answer=Board),
    operation("POST", "/dialer/pause", _RUN, pause_dialer, answer=DialerSwitch),
    operation("POST", "/dialer/resume", _RUN, resume_dialer, answer=DialerSwitch),
    operation("POST", "/dialer/reset-breaker", _RUN, reset_breaker, answer=DialerSwitch),
)
