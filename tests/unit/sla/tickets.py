"""Builders of timelines in Moscow time: `at("11-20 17:50")`, `ticket(...)`."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sla.calendar import BusinessCalendar
from sla.clock import Terms
from sla.courses import courses
from sla.spec import regulation_spec
from sla.targets import Targets
from sla.timeline import ClockName, Course, Happening, Pause, Step, Timeline

MOSCOW = ZoneInfo("Europe/Moscow")
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
REGULATION = Terms(targets=Targets(), calendar=BusinessCalendar(regulation_spec()))


def at(text: str) -> datetime:
    """An instant of 2026 in Moscow, or of another year written in full."""
    return datetime.fromisoformat(text if text.startswith("20") else f"2026-{text}").replace(tzinfo=MOSCOW)


def step(text: str, what: str, *, kind: str = "", priority: str = "", pause: str = "") -> Step:
    return Step(
        at=at(text),
        what=Happening(what),
        kind=kind,
        priority=priority,
        pause=Pause(pause) if pause else None,
    )


def ticket(*rows: str, kind: str = "reference") -> Timeline:
    """A timeline from rows like `11-20 17:50 paused client` or `11-20 18:00 reclassified outage high`."""
    steps = []
    for row in rows:
        *_, what, first, second = [*row.split()[2:], "", ""][:3]
        text = " ".join(row.split()[:2])
        if what == "arrived":
            steps.append(step(text, what, kind=first or kind, priority=second))
        elif what == "paused":
            steps.append(step(text, what, pause=first))
        else:
            steps.append(step(text, what, kind=first, priority=second))
    return Timeline(ticket="7", steps=tuple(steps))


def course(timeline: Timeline, clock: str, number: int = 1) -> Course:
    """One clock of a timeline."""
    (found,) = (
        course for course in courses(timeline) if course.clock is ClockName(clock) and course.number == number
    )
    return found
