"""Shifts, leave and skills: who can be given work. Regulation: 2.4, 2.5."""

from datetime import date, time
from typing import Annotated

from pydantic import BeforeValidator, Field

from callcenter.domain.people import Action
from callcenter.domain.shifts import Availability, Leave, Shift
from callcenter.web.api import answers
from callcenter.web.api.fields import Asked, Day, Id, Line, Told
from callcenter.web.api.operation import ApiCall, operation

Hour = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time of day in the hotline's zone, as 09:00."""
Ids = Annotated[list[Id], Field(max_length=500)]
Listed = Annotated[list[int], BeforeValidator(sorted)]


class ShiftBody(Asked):
    """Hours on a weekday, Monday is 0."""

    weekday: Annotated[int, Field(ge=0, le=6)]
    starts: Hour
    ends: Hour


class ShiftsBody(Asked):
    """The whole week; without any a person works whenever we are open."""

    shifts: Annotated[list[ShiftBody], Field(max_length=50)]


class LeaveBody(Asked):
    """Days somebody is away, both included."""

    person_id: Id
    starts_on: Day
    ends_on: Day
    reason: Line = ""


class SkillsBody(Asked):
    """What a person serves; nothing named means everything."""

    topic_ids: Ids
    product_ids: Ids


class ShiftTold(Told):
    """Hours on a weekday, Monday is 0."""

    weekday: int
    starts: Annotated[
        str, BeforeValidator(lambda value: f"{value:%H:%M}" if isinstance(value, time) else value)
    ]
    ends: Annotated[
        str, BeforeValidator(lambda value: f"{value:%H:%M}" if isinstance(value, time) else value)
    ]


class LeaveTold(Told):
    """Days somebody is away."""

    id: int
    person_id: int
    starts_on: date
    ends_on: date
    reason: str


class SkillsTold(Told):
    """What a person serves."""

    topic_ids: Listed
    product_ids: Listed


class StaffMember(Told):
    """A person with his hours, leave, skills, tickets in hand, and whether he is at work now."""

    person: answers.Person
    shifts: list[ShiftTold]
    leaves: list[LeaveTold]
    skills: SkillsTold
    load: int
    now: Availability


class NewLeave(Told):
    """A leave, with what the person has in hand, to be given on."""

    leave: LeaveTold
    in_hand: list[answers.Ticket]


async def list_staff(call: ApiCall) -> object:
    """Everybody who is with us, by name."""
    return await call.more.staff.all(call.person)


async def on_shift(call: ApiCall) -> object:
    """Executors who can be given work now; none while we are closed."""
    return await call.more.staff.on_shift(call.person)


async def set_shifts(call: ApiCall, body: ShiftsBody) -> None:
    """Replace a person's weekly hours."""
    person_id = call.id("person_id")
    shifts = [
        Shift(
            person_id=person_id,
            weekday=each.weekday,
            starts=time.fromisoformat(each.starts),
            ends=time.fromisoformat(each.ends),
        )
        for each in body.shifts
    ]
    await call.more.staff.set_shifts(call.person, person_id, shifts)


async def add_leave(call: ApiCall, body: LeaveBody) -> object:
    """Write down a leave."""
    leave, in_hand = await call.more.staff.add_leave(call.person, Leave(id=0, **body.model_dump()))
    return {"leave": leave, "in_hand": in_hand}


async def drop_leave(call: ApiCall) -> None:
    """Take a leave back."""
    await call.more.staff.drop_leave(call.person, call.id("leave_id"))


async def set_skills(call: ApiCall, body: SkillsBody) -> None:
    """What a person serves."""
    await call.more.staff.set_skills(
        call.person, call.id("person_id"), topics=body.topic_ids, products=body.product_ids
    )


_SEE, _EDIT = Action.SEE_STAFFING, Action.EDIT_STAFFING
OPERATIONS = (
    operation("GET", "/staff", _SEE, list_staff, answer=list[StaffMember]),
    operation("GET", "/staff/on-shift", _SEE, on_shift, answer=list[answers.Person]),
    operation("PUT", "/staff/{person_id}/shifts", _EDIT, set_shifts),
    operation("PUT", "/staff/{person_id}/skills", _EDIT, set_skills),
    operation("POST", "/leaves", _EDIT, add_leave, answer=NewLeave, status=201),
    operation("DELETE", "/leaves/{leave_id}", _EDIT, drop_leave),
)
