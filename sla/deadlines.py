"""Which warnings a running clock owes, and when: planned from stored instants, each with a key so it is sent once.

Warnings are at 50 % and 80 % of the target and at its breach; the assign clock also proposes an executor at 4:30.
Every instant lies in business hours, also for the clock that runs round the clock: a night sends nothing.
Regulation: 2.4, 2.7, 2.8.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sla.clock import ZERO, Clock, ClockState, Terms
from sla.instants import MICROSECOND, to_datetime, to_microseconds
from sla.timeline import ClockName

PROPOSE = "propose"
BREACH = "breach"


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """One thing to say about a clock. `key` is the same however often it is planned: store it, and send it once.

    `level` is `warn50`, `warn80`, `propose` or `breach`. A `superseded` notice is recorded but not sent: by the
    time anybody looked, a more serious one was due as well.
    """

    key: str
    ticket: str
    clock: ClockName
    number: int
    level: str
    at: datetime
    due_at: datetime | None
    superseded: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """What to say now, and the instant to look at this clock again (`None`: not before its next step)."""

    notices: tuple[Notice, ...]
    wake_at: datetime | None


def plan(clock: Clock, terms: Terms) -> tuple[Notice, ...]:
    """All notices a running clock gives if nothing happens to it, in order of time; a paused one gives none.

    What was used up before a reopening is not said again, and nothing is said in the quiet time after it. A changed
    target makes new keys: it is another deadline.
    """
    if clock.state is not ClockState.RUNNING:
        return ()
    found = [
        Notice(
            key=f"{clock.key}/{int(clock.target.total_seconds())}/{level}",
            ticket=clock.ticket,
            clock=clock.clock,
            number=clock.number,
            level=level,
            at=_instant(clock, terms, level, threshold),
            due_at=clock.due_at,
        )
        for level, threshold in _thresholds(clock, terms)
        if clock.used_at_reopening is None or threshold > clock.used_at_reopening
    ]
    return tuple(sorted(found, key=lambda notice: notice.at))


def due(clock: Clock, terms: Terms, now: datetime, sent: Collection[str] = ()) -> Due:
    """The notices of a clock that are due and not yet in `sent` (by key); none while the business is closed."""
    pending = [notice for notice in plan(clock, terms) if notice.key not in sent]
    ready = [notice for notice in pending if notice.at <= now]
    if ready and not terms.calendar.is_open(now):
        return Due(notices=(), wake_at=terms.calendar.next_open(now))
    later = [notice.at for notice in pending if notice.at > now]
    return Due(notices=_ranked(ready), wake_at=min(later, default=None))


def _ranked(ready: list[Notice]) -> tuple[Notice, ...]:
    """Mark every warning but the most serious one; a proposal is an act and always stands."""
    warnings = [notice for notice in ready if notice.level != PROPOSE]
    return tuple(replace(notice, superseded=True) if notice in warnings[:-1] else notice for notice in ready)


def _thresholds(clock: Clock, terms: Terms) -> Iterator[tuple[str, timedelta]]:
    for percent in terms.targets.warn_percents:
        yield f"warn{percent}", clock.target * percent / 100
    if clock.clock is ClockName.ASSIGN:
        yield PROPOSE, clock.target * terms.targets.propose_percent / 100
    yield BREACH, clock.target


def _instant(clock: Clock, terms: Terms, level: str, threshold: timedelta) -> datetime:
    """The first business instant at which the clock has used `threshold`; for a breach, more than that."""
    ahead = threshold - clock.elapsed
    reached = terms.calendar_of(clock.clock).add(clock.since, max(ahead, ZERO))
    if level == BREACH:
        reached += MICROSECOND
    if clock.reopened_at is not None:
        reached = max(reached, terms.calendar.add(clock.reopened_at, terms.targets.reopen_quiet))
    return terms.calendar.next_open(reached)


class Agenda:
    """When to look at which clock next: taking what is due costs by what is due, not by what is open.

    For one process that keeps its clocks in memory; in a database the index on the stored instant is the agenda.

    >>> from datetime import UTC
    >>> agenda, noon = Agenda(), datetime(2026, 11, 20, 12, tzinfo=UTC)
    >>> agenda.put("7/assign/1", noon)
    >>> agenda.take(noon - timedelta(seconds=1)), agenda.take(noon), agenda.take(noon)
    ((), ('7/assign/1',), ())
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, str]] = []
        self._instants: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._instants)

    @property
    def kept(self) -> int:
        """Entries kept, those put off included: at most about twice what is open."""
        return len(self._heap)

    def put(self, key: str, at: datetime | None) -> None:
        """Look at `key` at that instant, and no longer at an earlier given one; `None` takes it off."""
        if at is None:
            self._instants.pop(key, None)
        else:
            instant = to_microseconds(at)
            self._instants[key] = instant
            heapq.heappush(self._heap, (instant, key))
        if len(self._heap) > 2 * len(self._instants) + 64:
            self._heap = [(instant, key) for key, instant in self._instants.items()]
            heapq.heapify(self._heap)

    def next_wake(self) -> datetime | None:
        """The earliest instant anything is due; `None` when nothing is."""
        while self._heap and self._instants.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return to_datetime(self._heap[0][0]) if self._heap else None

    def take(self, now: datetime) -> tuple[str, ...]:
        """Take off and return the keys due at `now`, earliest first."""
        limit, taken = to_microseconds(now), []
        while self._heap and self._heap[0][0] <= limit:
            instant, key = heapq.heappop(self._heap)
            if self._instants.get(key) == instant:
                del self._instants[key]
                taken.append(key)
        return tuple(taken)
