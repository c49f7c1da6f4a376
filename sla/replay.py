"""What if: recorded tickets judged again under other targets or another calendar, and the difference.

Only outcomes are computed here, not their explanations, so that a year of a million tickets takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sla.clock import Terms, elapsed
from sla.courses import courses
from sla.timeline import ClockName, Course, Timeline
from sla.verdict import Outcome, outcome_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """A verdict without its explanation."""

    outcome: Outcome
    target: timedelta
    elapsed: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A clock that would have ended otherwise."""

    ticket: str
    clock: ClockName
    number: int
    kind: str
    before: Score
    after: Score


@dataclass(slots=True)
class Tally:
    """How many clocks were judged, and how many breached before and after."""

    judged: int = 0
    breached_before: int = 0
    breached_after: int = 0


@dataclass(slots=True)
class Replay:
    """The whole comparison: a tally for each target name, and every clock whose outcome changes."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)


def score(course: Course, terms: Terms, at: datetime) -> Score:
    """The outcome of one clock: at its end, or at `at` while it is open."""
    target, used = terms.target_of(course), elapsed(course, terms, course.finished_at or at)
    return Score(
        outcome=outcome_of(target, used, course.finished_at is not None), target=target, elapsed=used
    )


def compare(
    timeline: Timeline, before: Terms, after: Terms, at: datetime
) -> Iterator[tuple[str, Difference]]:
    """Both scores of each clock of a ticket, with the name of its target."""
    for course in courses(timeline):
        resolve = course.clock is ClockName.RESOLVE
        name = f"{course.clock}.{course.kind}" if resolve else course.clock.value
        yield (
            name,
            Difference(
                ticket=course.ticket,
                clock=course.clock,
                number=course.number,
                kind=course.kind,
                before=score(course, before, at),
                after=score(course, after, at),
            ),
        )


def replay(timelines: Iterable[Timeline], before: Terms, after: Terms, at: datetime) -> Replay:
    """Judge all timelines under both terms; they are read one by one, so any number of them may come."""
    whole = Replay()
    for timeline in timelines:
        for name, both in compare(timeline, before, after, at):
            tally = whole.tallies.setdefault(name, Tally())
            tally.judged += 1
            tally.breached_before += both.before.outcome is Outcome.BREACHED
            tally.breached_after += both.after.outcome is Outcome.BREACHED
            if both.before.outcome is not both.after.outcome:
                whole.differences.append(both)
    return whole
