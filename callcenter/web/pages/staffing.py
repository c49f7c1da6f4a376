"""Shifts, leave and skills: the week of everybody, and one person's page. Regulation: 2.4, 2.5."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from aiohttp import web

from callcenter.domain.errors import InvalidInput, NotFound
from callcenter.domain.lists import Filter, Sort
from callcenter.domain.people import Action, Role
from callcenter.domain.shifts import DAY_END, Availability, Leave, Shift
from callcenter.domain.statistics import known_day
from callcenter.domain.ticket import Ticket
from callcenter.domain.topics import in_order
from callcenter.services.staffing import StaffMember
from callcenter.services.ticket_lists import IN_HAND
from callcenter.web.bodies import posted
from callcenter.web.forms import is_row_number, number_in_path, text_field
from callcenter.web.keys import CLOCK, SERVICES, SETTINGS
from callcenter.web.pages.setup import room, said_problems
from callcenter.web.responses import page, see_other, visitor, words_of
from callcenter.web.wording import N_

_SPAN = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*[-–—]\s*(\d{1,2})(?::(\d{2}))?")
_LONG = 400
_SHOWN = 50
WEEK = timedelta(days=7)
AVAILABLE: Mapping[Availability, str] = {
    Availability.ON_SHIFT: N_("at work"),
    Availability.OFF_SHIFT: N_("off shift"),
    Availability.ON_LEAVE: N_("on leave"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class WeekDay:
    """One cell of the week: the hours of a person on a date, or that he is away."""

    day: date
    hours: str
    away: bool


def say_hours(shifts: Sequence[Shift], weekday: int) -> str:
    """The hours of one weekday as they are typed in; empty for none."""
    mine = [each for each in shifts if each.weekday == weekday]
    return ", ".join(f"{_said(each.starts)}–{_said(each.ends)}" for each in mine)


def _said(at: time) -> str:
    return "24:00" if at == DAY_END else f"{at.hour}:{at.minute:02d}"


def read_hours(text: str, weekday: int, person_id: int) -> list[Shift]:
    """Hours as people type them.

    >>> [str(each.starts) for each in read_hours("9-13, 14:00–18:00", 0, 1)]
    ['09:00:00', '14:00:00']

    Raises:
        InvalidInput: `hours` of the day are not written so, or end before they begin.
    """
    field = f"day{weekday}"
    shifts = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        found = _SPAN.fullmatch(part)
        if found is None:
            raise InvalidInput({field: "hours"})
        numbers = [int(each or 0) for each in found.groups()]
        try:
            starts, ends = _time(numbers[0], numbers[1]), _time(numbers[2], numbers[3])
        except ValueError:
            raise InvalidInput({field: "hours"}) from None
        if ends <= starts:
            raise InvalidInput({field: "reversed"})
        shifts.append(Shift(person_id=person_id, weekday=weekday, starts=starts, ends=ends))
    ordered = sorted(shifts, key=lambda each: each.starts)
    if any(later.starts < earlier.ends for earlier, later in pairwise(ordered)):
        raise InvalidInput({field: "overlap"})
    return ordered


def _time(hour: int, minute: int) -> time:
    return DAY_END if (hour, minute) == (24, 0) else time(hour, minute)


def read_date(text: str) -> date | None:
    """A date as browsers or people write it; None when it is none.

    >>> read_date("23.11.2026") == read_date("2026-11-23")
    True
    """
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return known_day(datetime.strptime(text.strip(), form).date())  # noqa: DTZ007 - a day has no zone
        except (ValueError, InvalidInput):
            continue
    return None


async def week(request: web.Request) -> web.Response:
    """Everybody's week; `?week=` is any day of it."""
    who = visitor(request).person
    members = await room(request).staff.all(who)
    today = request.app[CLOCK].now().astimezone(request.app[SETTINGS].time_zone).date()
    asked = read_date(request.query.get("week", "")) or today
    monday = asked - timedelta(days=asked.weekday())
    since = await room(request).staff.leaves(who, monday)
    days = [monday + timedelta(days=number) for number in range(7)]
    rows = [(each, _cells(each, days, since)) for each in members if each.person.roles & WORKING_ROLES]
    calendar = room(request).targets.calendar
    words = words_of(request)
    context = {
        "rows": rows,
        "days": [calendar.day(each) for each in days],
        "today": today,
        "earlier": (monday - WEEK).isoformat(),
        "later": (monday + WEEK).isoformat(),
        "this_week": monday <= today < monday + WEEK,
        "available": {each: words(said) for each, said in AVAILABLE.items()},
    }
    return await page(request, "admin_staffing.html", context)


WORKING_ROLES = frozenset({Role.OPERATOR, Role.MODERATOR, Role.EXECUTOR})
"""Whose hours matter to the desk."""


def _cells(member: StaffMember, days: Sequence[date], leaves: Sequence[Leave]) -> list[WeekDay]:
    mine = [each for each in leaves if each.person_id == member.person.id]
    return [
        WeekDay(
            day=day,
            hours=say_hours(member.shifts, day.weekday()),
            away=any(each.starts_on <= day <= each.ends_on for each in mine),
        )
        for day in days
    ]


async def person(request: web.Request) -> web.Response:
    """One person's hours, leave, skills, and what he has in hand."""
    return await _person(request, {}, {})


async def shifts(request: web.Request) -> web.Response:
    """Change the weekly hours; a mistake is said beside its day and nothing typed is lost."""
    member = await _member(request)
    fields = await posted(request)
    typed = {f"day{number}": text_field(fields, f"day{number}", most=_LONG) for number in range(7)}
    problems: dict[str, str] = {}
    wanted: list[Shift] = []
    for number in range(7):
        try:
            wanted += read_hours(typed[f"day{number}"], number, member.person.id)
        except InvalidInput as error:
            problems.update(error.problems)
    if problems:
        return await _person(request, problems, typed)
    await room(request).staff.set_shifts(visitor(request).person, member.person.id, wanted)
    return see_other(f"/staffing/{member.person.id}")


async def leave(request: web.Request) -> web.Response:
    """Write down a leave; the page then shows what is to be given on."""
    member = await _member(request)
    fields = await posted(request)
    typed = {name: text_field(fields, name, most=_LONG) for name in ("starts_on", "ends_on", "reason")}
    first, last = read_date(typed["starts_on"]), read_date(typed["ends_on"] or typed["starts_on"])
    if first is None or last is None:
        wrong = {"starts_on": first, "ends_on": last}
        return await _person(request, {name: "date" for name, day in wrong.items() if day is None}, typed)
    wanted = Leave(id=0, person_id=member.person.id, starts_on=first, ends_on=last, reason=typed["reason"])
    try:
        await room(request).staff.add_leave(visitor(request).person, wanted)
    except InvalidInput as error:
        return await _person(request, error.problems, typed)
    return see_other(f"/staffing/{member.person.id}")


async def drop_leave(request: web.Request) -> web.Response:
    """Take a leave back."""
    member = await _member(request)
    await room(request).staff.drop_leave(visitor(request).person, number_in_path(request, "leave_id"))
    return see_other(f"/staffing/{member.person.id}")


async def skills(request: web.Request) -> web.Response:
    """What the person serves; nothing marked means everything."""
    member = await _member(request)
    fields = await posted(request)
    chosen = {
        name: [int(each) for each in fields.getall(name, []) if isinstance(each, str) and is_row_number(each)]
        for name in ("topic", "product")
    }
    try:
        await room(request).staff.set_skills(
            visitor(request).person, member.person.id, topics=chosen["topic"], products=chosen["product"]
        )
    except InvalidInput as error:
        return await _person(request, {"skills": next(iter(error.problems.values()))}, {})
    return see_other(f"/staffing/{member.person.id}")


async def _member(request: web.Request) -> StaffMember:
    person_id = number_in_path(request, "person_id")
    for each in await room(request).staff.all(visitor(request).person):
        if each.person.id == person_id:
            return each
    raise NotFound("person", person_id=person_id)


async def _person(
    request: web.Request, problems: Mapping[str, str], typed: Mapping[str, str]
) -> web.Response:
    member = await _member(request)
    async with request.app[SERVICES].open_uow(write=False) as uow:
        topics = in_order(each for each in await uow.topics.all() if each.active)
        products = await uow.clients.products()
        wanted = Filter(statuses=IN_HAND, assignee_id=member.person.id)
        in_hand: Sequence[Ticket] = await uow.tickets.page(wanted, Sort.TIME_LEFT, after=None, limit=_SHOWN)
    words = words_of(request)
    hours = {f"day{number}": say_hours(member.shifts, number) for number in range(7)}
    context = {
        "member": member,
        "typed": {"starts_on": "", "ends_on": "", "reason": "", **hours, **typed},
        "problems": said_problems(request, problems),
        "topics": topics,
        "products": products,
        "in_hand": in_hand,
        "available": words(AVAILABLE[member.now]),
        "may_give_on": visitor(request).may(Action.MODERATE_TICKETS),
    }
    return await page(request, "admin_person_hours.html", context, status=422 if problems else 200)
