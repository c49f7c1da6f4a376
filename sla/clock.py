"""A ticket's clock under given terms: how much is used, what is left, when it is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from sla.calendar import BusinessCalendar
from sla.courses import courses
from sla.spec import always_open_spec
from sla.targets import Targets
from sla.timeline import ClockName, Course, Pause, Timeline

ZERO = timedelta(0)


@lru_cache(maxsize=1)
def round_the_clock() -> BusinessCalendar:
    """The calendar of the place clock, which never closes. Regulation: 2.3."""
    return BusinessCalendar(always_open_spec())


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What a ticket is measured by: the targets and the business calendar."""

    targets: Targets
    calendar: BusinessCalendar

    def calendar_of(self, clock: ClockName) -> BusinessCalendar:
        """Round the clock for placing, business hours for people."""
        return round_the_clock() if clock is ClockName.PLACE else self.calendar

    def target_of(self, course: Course) -> timedelta:
        """The target of the clock's present kind and priority."""
        return self.targets.of(course.clock, course.kind, course.priority)


class ClockState(StrEnum):
    """Whether a clock runs, stands still, or has ended."""

    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """A clock to be stored with its ticket: all instants in UTC, all durations in business time.

    `due_at` is the instant at which the target is used up if nothing pauses the clock any more; it stays where it
    was once it has passed, and is `None` while an unspent clock is paused. A finished clock keeps the one it had.
    `elapsed` was used before `since`, the last change; `used_at_reopening` before the last reopening.
    """

    ticket: str
    clock: ClockName
    number: int
    state: ClockState
    pause: Pause | None
    target: timedelta
    started_at: datetime
    since: datetime
    elapsed: timedelta
    due_at: datetime | None
    finished_at: datetime | None
    reopened_at: datetime | None
    used_at_reopening: timedelta | None

    @property
    def key(self) -> str:
        """The clock's name among all clocks."""
        return f"{self.ticket}/{self.clock}/{self.number}"

    def used(self, now: datetime, terms: Terms) -> timedelta:
        """Business time used up at `now`; an instant before the last change counts as that change."""
        if self.state is not ClockState.RUNNING or now <= self.since:
            return self.elapsed
        return self.elapsed + terms.calendar_of(self.clock).between(self.since, now)

    def left(self, now: datetime, terms: Terms) -> timedelta:
        """Business time left at `now`; negative when overdue."""
        return self.target - self.used(now, terms)


def clocks(timeline: Timeline, terms: Terms) -> tuple[Clock, ...]:
    """The clocks of a ticket as they stand after its last step."""
    return tuple(clock_of(course, terms) for course in courses(timeline))


def clock_of(course: Course, terms: Terms) -> Clock:
    """One clock as it stands after the last step."""
    state = ClockState.RUNNING
    if course.finished_at is not None:
        state = ClockState.FINISHED
    elif course.paused is not None:
        state = ClockState.PAUSED
    target, reopened_at = terms.target_of(course), _utc(course.reopened_at)
    return Clock(
        ticket=course.ticket,
        clock=course.clock,
        number=course.number,
        state=state,
        pause=course.paused,
        target=target,
        started_at=course.started_at.astimezone(UTC),
        since=(course.finished_at or course.phases[-1].start).astimezone(UTC),
        elapsed=elapsed(course, terms),
        due_at=reaches(course, terms, target),
        finished_at=_utc(course.finished_at),
        reopened_at=reopened_at,
        used_at_reopening=None if reopened_at is None else elapsed(course, terms, reopened_at),
    )


def elapsed(course: Course, terms: Terms, until: datetime | None = None) -> timedelta:
    """Business time the clock had run by `until`; without it, by the start of its present phase."""
    calendar, used = terms.calendar_of(course.clock), ZERO
    limit = until or course.finished_at or course.phases[-1].start
    for phase in course.phases:
        end = limit if phase.end is None or phase.end > limit else phase.end
        if phase.pause is None and phase.start < end:
            used += calendar.between(phase.start, end)
    return used


def reaches(course: Course, terms: Terms, amount: timedelta) -> datetime | None:
    """The instant by which the clock has run for `amount`, or would have, had it not ended; `None` while paused."""
    calendar, left = terms.calendar_of(course.clock), amount
    for phase in course.phases:
        if phase.pause is not None:
            continue
        reached = calendar.add(phase.start, left)
        if phase.end is None or reached <= phase.end:
            return reached
        left -= calendar.between(phase.start, phase.end)
    return None if course.finished_at is None else calendar.add(course.finished_at, left)


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)
