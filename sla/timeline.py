"""What happened to a ticket, as far as time is concerned, and the clocks that this starts, pauses and stops.

Nothing here knows a calendar or a target: a recorded timeline can be judged again under others.

| step | place | assign | resolve | holder |
|---|---|---|---|---|
| `ARRIVED` (the call starts, or the form is sent) | | | starts | line |
| `SUBMITTED` (the form, or the operator's card, is sent) | starts | | | |
| `PLACED` (it is in the moderators' list) | ends | starts | | moderator |
| `ASSIGNED` | | ends | | executor |
| `RETURNED` (back to the moderators) | | a new one starts | | moderator |
| `PAUSED` | | pauses | pauses | client or vendor |
| `RESUMED` | | runs on | runs on | as before the pause |
| `RECLASSIFIED` (other kind or priority) | | | other target, same start, pauses kept | |
| `RESOLVED`, `CANCELLED` | ends | ends | ends | client |
| `REOPENED` | | | runs on where it stood | as before the end |
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from sla.errors import BadTimeline, NaiveDatetime


class ClockName(StrEnum):
    """The three clocks of the regulation: 2.3 (place), 2.4 (assign), 2.7 and 2.8 (resolve)."""

    PLACE = "place"
    ASSIGN = "assign"
    RESOLVE = "resolve"


class Holder(StrEnum):
    """Who has the ticket in hand, and so whose minutes they are. Regulation: 2.10."""

    LINE = "line"
    MODERATOR = "moderator"
    EXECUTOR = "executor"
    CLIENT = "client"
    VENDOR = "vendor"


class Happening(StrEnum):
    """The kinds of steps, see the table above."""

    ARRIVED = "arrived"
    SUBMITTED = "submitted"
    PLACED = "placed"
    ASSIGNED = "assigned"
    RETURNED = "returned"
    PAUSED = "paused"
    RESUMED = "resumed"
    RECLASSIFIED = "reclassified"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    REOPENED = "reopened"


class Pause(StrEnum):
    """Why a clock stands still although we are open."""

    CLIENT = "client"
    VENDOR = "vendor"
    RESOLVED = "resolved"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One recorded step. `kind` and `priority` belong to arrival and reclassification, `pause` to a pause."""

    at: datetime
    what: Happening
    kind: str = ""
    priority: str = ""
    pause: Pause | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeline:
    """The steps of one ticket in the order they happened; what cannot be is refused as `BadTimeline`."""

    ticket: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not self.steps or self.steps[0].what is not Happening.ARRIVED:
            raise BadTimeline(f"ticket {self.ticket}: the first step is the arrival")
        for step in self.steps:
            if step.at.utcoffset() is None:
                raise NaiveDatetime(f"ticket {self.ticket}: the step {step.what} has no time zone")
        for earlier, later in pairwise(self.steps):
            if later.at < earlier.at:
                raise BadTimeline(f"ticket {self.ticket}: {later.what} is before {earlier.what}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """A stretch of a clock: running, or paused for a reason; `end` is `None` while it lasts."""

    start: datetime
    end: datetime | None
    pause: Pause | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Holding:
    """From `start` on, `holder` has the ticket."""

    start: datetime
    holder: Holder


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """How one clock of a ticket went, without any judgement: its phases follow each other without gaps.

    `number` counts the assign clocks of a ticket that was returned; `reopened_at` is the last reopening.
    """

    ticket: str
    clock: ClockName
    number: int
    kind: str
    priority: str
    phases: tuple[Phase, ...]
    finished_at: datetime | None
    reopened_at: datetime | None
    holdings: tuple[Holding, ...]

    @property
    def started_at(self) -> datetime:
        """The anchor: every due instant counts from here."""
        return self.phases[0].start

    @property
    def paused(self) -> Pause | None:
        """Why the clock stands still now; `None` when it runs or has finished."""
        return self.phases[-1].pause if self.finished_at is None else None

    def holder_at(self, at: datetime) -> Holder:
        """Who had the ticket at an instant of this clock."""
        holder = self.holdings[0].holder
        for holding in self.holdings:
            if holding.start <= at:
                holder = holding.holder
        return holder
