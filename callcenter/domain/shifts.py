"""Who is at work: weekly shifts, leave, and what each executor serves. Regulation: 2.4, 2.5."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from itertools import pairwise

from callcenter.domain.errors import InvalidInput

DAY_END = time(23, 59, 59, 999999)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """Weekly working time of a person, local; `weekday` 0 is Monday, the end is not included."""

    person_id: int
    weekday: int
    starts: time
    ends: time


@dataclass(frozen=True, kw_only=True, slots=True)
class Leave:
    """Days a person is away, both ends included."""

    id: int
    person_id: int
    starts_on: date
    ends_on: date
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Skills:
    """What a person serves; an empty set means everything."""

    person_id: int
    topic_ids: frozenset[int] = field(default_factory=frozenset)
    product_ids: frozenset[int] = field(default_factory=frozenset)


class Availability(StrEnum):
    """Whether a person can be given work now, and if not, why."""

    ON_SHIFT = "on_shift"
    OFF_SHIFT = "off_shift"
    ON_LEAVE = "on_leave"


def availability(
    person_id: int, shifts: Iterable[Shift], leaves: Iterable[Leave], local: datetime
) -> Availability:
    """Whether a person works at a local instant; without any shift written down he works whenever we are open.

    >>> monday = datetime(2026, 11, 23, 10, 0)
    >>> availability(1, [Shift(person_id=1, weekday=0, starts=time(11), ends=time(18))], [], monday)
    <Availability.OFF_SHIFT: 'off_shift'>
    """
    today = local.date()
    if any(each.person_id == person_id and each.starts_on <= today <= each.ends_on for each in leaves):
        return Availability.ON_LEAVE
    mine = [each for each in shifts if each.person_id == person_id]
    if not mine:
        return Availability.ON_SHIFT
    now = local.time()
    works = any(
        each.weekday == local.weekday() and each.starts <= now and (now < each.ends or each.ends == DAY_END)
        for each in mine
    )
    return Availability.ON_SHIFT if works else Availability.OFF_SHIFT


def check_shifts(shifts: Iterable[Shift]) -> None:
    """Refuse hours that end before they start or overlap on a day.

    Raises:
        InvalidInput: `shifts` with `reversed`, `overlap` or `weekday`.
    """
    by_day: dict[int, list[Shift]] = {}
    for shift in shifts:
        if not 0 <= shift.weekday <= 6:
            raise InvalidInput({"shifts": "weekday"})
        if shift.ends <= shift.starts:
            raise InvalidInput({"shifts": "reversed"})
        by_day.setdefault(shift.weekday, []).append(shift)
    for each in by_day.values():
        ordered = sorted(each, key=lambda shift: shift.starts)
        for earlier, later in pairwise(ordered):
            if later.starts < earlier.ends:
                raise InvalidInput({"shifts": "overlap"})


def check_leave(leave: Leave) -> None:
    """Refuse a leave that ends before it starts; InvalidInput on `ends_on`."""
    if leave.ends_on < leave.starts_on:
        raise InvalidInput({"ends_on": "reversed"})
