"""The verdict on a clock: kept or breached, and the list of intervals that make it, each with its holder.

A verdict names the calendar and the targets it was made under. Once a ticket is closed its verdicts are stored
(`sla.record`) and never made again. Regulation: 2.10.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sla.clock import ZERO, Terms, reaches
from sla.courses import courses
from sla.errors import BadTimeline, NaiveDatetime
from sla.table import Label, Reason
from sla.timeline import ClockName, Course, Holder, Pause, Phase, Timeline


class Outcome(StrEnum):
    """`OPEN` is a clock that still runs or waits and has not used up its target."""

    KEPT = "kept"
    BREACHED = "breached"
    OPEN = "open"


class Doing(StrEnum):
    """What a stretch of a ticket's time was: counted, outside business hours, or business time that waited."""

    WORKING = "working"
    CLOSED = "closed"
    PAUSED = "paused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """A stretch of a ticket's time. `why` says why it is closed (with the holiday's `name`) or paused."""

    start: datetime
    end: datetime
    doing: Doing
    holder: Holder
    why: str = ""
    name: str = ""

    @property
    def length(self) -> timedelta:
        """Wall time from start to end."""
        return self.end - self.start


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a clock came to. `elapsed` and `held` are business time; the intervals sum to the wall time in between.

    `held` has the business minutes of each holder, waiting included: their sum is `elapsed` and `paused` together.
    `breached_at` is the instant the target was used up, `breached_under` who had the ticket then.
    """

    ticket: str
    clock: ClockName
    number: int
    kind: str
    priority: str
    outcome: Outcome
    target: timedelta
    elapsed: timedelta
    started_at: datetime
    ended_at: datetime
    finished: bool
    due_at: datetime | None
    breached_at: datetime | None
    breached_under: Holder | None
    intervals: tuple[Interval, ...]
    calendar_version: str
    targets_version: str

    @property
    def overrun(self) -> timedelta:
        """How much more than the target was used; zero when it was kept."""
        return max(self.elapsed - self.target, ZERO)

    @property
    def paused(self) -> timedelta:
        """Business time in which the ticket waited for the client or the vendor."""
        return _sum(interval for interval in self.intervals if interval.doing is Doing.PAUSED)

    @property
    def held(self) -> dict[Holder, timedelta]:
        """Business time by holder, in the order line, moderator, executor, client, vendor."""
        business = [interval for interval in self.intervals if interval.doing is not Doing.CLOSED]
        return {holder: _sum(part for part in business if part.holder is holder) for holder in Holder}


def _sum(intervals: Iterable[Interval]) -> timedelta:
    return sum((interval.length for interval in intervals), ZERO)


def judge(
    timeline: Timeline, terms: Terms, at: datetime, frozen: Iterable[Verdict] = ()
) -> tuple[Verdict, ...]:
    """The verdicts on all clocks of a ticket at an instant; what is frozen is returned as it was, not judged again."""
    settled = {(verdict.clock, verdict.number): verdict for verdict in frozen}
    return tuple(
        settled.get((course.clock, course.number)) or judge_course(course, terms, at)
        for course in courses(timeline)
    )


def outcome_of(target: timedelta, used: timedelta, finished: bool) -> Outcome:
    """A target is kept when it is used up exactly, breached a microsecond later.

    >>> outcome_of(timedelta(minutes=5), timedelta(minutes=5), finished=True)
    <Outcome.KEPT: 'kept'>
    """
    if used > target:
        return Outcome.BREACHED
    return Outcome.KEPT if finished else Outcome.OPEN


def judge_course(course: Course, terms: Terms, at: datetime) -> Verdict:
    """The verdict on one clock: at its end, or at `at` while it is open; `at` before its last step is refused."""
    if at.utcoffset() is None:
        raise NaiveDatetime(f"{at!r} has no time zone: an instant is needed")
    end = course.finished_at or at
    if end < course.phases[-1].start:
        raise BadTimeline(f"ticket {course.ticket}: judged at {at}, before its last step")
    target, intervals = terms.target_of(course), explain(course, terms, end)
    used = _sum(interval for interval in intervals if interval.doing is Doing.WORKING)
    outcome = outcome_of(target, used, course.finished_at is not None)
    due_at = reaches(course, terms, target)
    breached_at = due_at if outcome is Outcome.BREACHED else None
    return Verdict(
        ticket=course.ticket,
        clock=course.clock,
        number=course.number,
        kind=course.kind,
        priority=course.priority,
        outcome=outcome,
        target=target,
        elapsed=used,
        started_at=course.started_at.astimezone(UTC),
        ended_at=end.astimezone(UTC),
        finished=course.finished_at is not None,
        due_at=due_at,
        breached_at=breached_at,
        breached_under=None if breached_at is None else course.holder_at(breached_at),
        intervals=intervals,
        calendar_version=terms.calendar_of(course.clock).version,
        targets_version=terms.targets.version,
    )


def explain(course: Course, terms: Terms, until: datetime) -> tuple[Interval, ...]:
    """The clock's time cut by business hours, pauses and holders, without gaps; like neighbours are joined."""
    found: list[Interval] = []
    calendar = terms.calendar_of(course.clock)
    for phase in course.phases:
        for start, end, holder in _held(course, phase, phase.end or until):
            for begin, stop, label in calendar.cut(start, end):
                doing, why, name = _account(label, phase.pause)
                if found:
                    last = found[-1]
                    if last.doing is doing and last.holder is holder and (last.why, last.name) == (why, name):
                        begin = found.pop().start
                found.append(Interval(start=begin, end=stop, doing=doing, holder=holder, why=why, name=name))
    return tuple(found)


def _held(course: Course, phase: Phase, end: datetime) -> Iterator[tuple[datetime, datetime, Holder]]:
    """A phase cut where the ticket changed hands."""
    start, holder = phase.start, course.holdings[0].holder
    for holding in course.holdings:
        if holding.start >= end:
            break
        if holding.start > start:
            yield start, holding.start, holder
            start = holding.start
        holder = holding.holder
    yield start, end, holder


def _account(label: Label, pause: Pause | None) -> tuple[Doing, str, str]:
    """What the time is put down to. Closed time is closed, paused or not: nobody loses business minutes then."""
    if label.reason is not Reason.WORKING:
        return Doing.CLOSED, label.reason.value, label.name
    if pause is not None:
        return Doing.PAUSED, pause.value, ""
    return Doing.WORKING, "", ""
