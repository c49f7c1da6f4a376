"""The line as it is now: who waits, rings and talks, who is there to answer; and one's own pop-ups. Regulation: 2.1."""

from datetime import datetime
from typing import Any

from callcenter.domain.people import Action, PhoneState
from callcenter.web.api import answers
from callcenter.web.api.fields import Told
from callcenter.web.api.operation import ApiCall, operation
from callcenter.web.callback_room import counting_of
from callcenter.web.keys import CLOCK
from callcenter.web.shell_state import ringing_pops
from callcenter.web.views.line import LinePhase, LineView, line_view


class OnLine(Told):
    """A caller: `people` are those whose phones ring, or the one who talks."""

    call: answers.Call
    phase: LinePhase
    since: datetime
    people: list[answers.Person]
    client: answers.Client | None
    organization: answers.Organization | None


class Seat(Told):
    """An operator and his phone; `in_queue` null: the PBX said nothing of it yet."""

    person: answers.Person
    phone: PhoneState
    in_queue: bool | None
    paused: bool | None


class Line(Told):
    """Everybody on the line, those who wait first; and the operators. `free`: could take a call now."""

    now: datetime
    rows: list[OnLine]
    seats: list[Seat]
    waiting: int
    longest_since: datetime | None
    free: int


async def get_line(call: ApiCall) -> object:
    """Who waits, whose phone rings, who talks, and who is there to answer."""
    async with call.open_uow(write=False) as uow:
        view: LineView = await line_view(uow)
    return {
        "now": call.request.app[CLOCK].now(),
        "rows": view.rows,
        "seats": [
            {
                "person": each.person,
                "phone": each.phone,
                "in_queue": None if each.presence is None else each.presence.in_queue,
                "paused": None if each.presence is None else each.presence.paused,
            }
            for each in view.seats
        ],
        "waiting": len(view.waiting),
        "longest_since": view.longest_since,
        "free": view.free,
    }


async def list_pops(call: ApiCall) -> object:
    """The pop-ups that belong on the asker's screen now: what rings him and was not put away."""
    async with call.open_uow(write=False) as uow:
        return await ringing_pops(uow, call.person, counting_of(call.services.callbacks))


async def put_pop_away(call: ApiCall) -> None:
    """Put one's own pop-up away; it does not come back."""
    call_id = call.id("call_id")
    async with call.open_uow() as uow:
        now = call.request.app[CLOCK].now()
        if await uow.calls.acknowledge_ringing(call_id, call.person.id, at=now):
            await uow.commit()


_HANDLE = Action.HANDLE_CALLS
OPERATIONS = (
    operation("GET", "/line", Action.SEE_LINE, get_line, answer=Line),
    operation("GET", "/pops", _HANDLE, list_pops, answer=list[dict[str, Any]]),
    operation("POST", "/pops/{call_id}/seen", _HANDLE, put_pop_away),
)
