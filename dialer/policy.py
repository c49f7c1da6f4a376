"""What to do next in a series of attempts: a pure answer with its reasons. Regulation: 2.9.

At most three counted attempts, half an hour from the end of the last counted one, inside business hours with room
for the whole ring. What our side spoilt is repeated soon, by a back-off, and never counts against the client.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from dialer.attempt import CLIENT_UNAVAILABLE, MINUTE, SECOND, Attempt, Outcome

_MOST_PERIODS: Final = 1000


class Calendar(Protocol):
    """Business hours, in microseconds; the closing instant is not open. Regulation: 1.3."""

    def is_open(self, at: int) -> bool: ...

    def next_open(self, at: int) -> int:
        """`at` itself when open, else the next opening."""
        ...

    def closes(self, at: int) -> int | None:
        """The closing instant after an open `at`; None when it never closes."""
        ...

    def day_start(self, at: int) -> int:
        """The last local midnight at or before `at`."""
        ...

    def next_day(self, at: int) -> int:
        """The first local midnight after `at`."""
        ...


class NoRoom(Exception):
    """Business hours are shorter than one ring: no call can ever be placed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """Everything a company could decide otherwise. Durations in microseconds.

    `waits`: how long after an uncounted outcome that has a rule of its own; the others back off from `retry_first`,
    doubling, to `retry_longest`. After so many uncounted attempts in a row (`ask_after`) a person is asked.
    Raises ValueError for what makes no sense.
    """

    limit: int = 3
    gap: int = 30 * MINUTE
    executor_ring: int = 30 * SECOND
    client_ring: int = 45 * SECOND
    retry_first: int = 2 * MINUTE
    retry_longest: int = 30 * MINUTE
    ask_after: int = 10
    counted: frozenset[Outcome] = CLIENT_UNAVAILABLE
    asks: frozenset[Outcome] = frozenset({Outcome.WRONG_NUMBER, Outcome.DENIED})
    waits: Mapping[Outcome, int] = field(default_factory=lambda: {Outcome.UNKNOWN: 30 * MINUTE})
    snooze: int = 10 * MINUTE

    def __post_init__(self) -> None:
        if self.limit < 1 or self.ask_after < 1:
            raise ValueError("limits must be at least 1")
        durations = (self.executor_ring, self.client_ring, self.retry_first, self.snooze)
        if min(durations) <= 0 or self.gap < 0 or self.retry_longest < self.retry_first:
            raise ValueError("durations must be positive, and the longest retry not shorter than the first")
        if not self.counted <= CLIENT_UNAVAILABLE:
            raise ValueError("only outcomes of the client's own may count against him")

    @property
    def room(self) -> int:
        """How long one attempt may ring in all; it must fit before closing."""
        return self.executor_ring + self.client_ring

    def retry(self, times: int) -> int:
        """How long to wait after the `times`-th uncounted attempt in a row.

        >>> [Policy().retry(times) // MINUTE for times in (1, 2, 3, 4, 5, 99)]
        [2, 4, 8, 16, 30, 30]
        """
        return min(self.retry_longest, self.retry_first << min(times - 1, 40))


class StepKind(StrEnum):
    """The answers of the policy."""

    DIAL = "dial"
    WAIT = "wait"
    UNDER_WAY = "under_way"
    REACHED = "reached"
    GIVE_UP = "give_up"
    ASK = "ask"


class Why(StrEnum):
    """Reasons of a step; each screen has words for them."""

    FIRST = "first"
    GAP = "gap"
    BACK_OFF = "back_off"
    NOT_BEFORE = "not_before"
    BUSINESS_HOURS = "business_hours"
    IN_FLIGHT = "in_flight"
    CONNECTED = "connected"
    LIMIT = "limit"
    WRONG_NUMBER = "wrong_number"
    DENIED = "denied"
    TOO_MANY_FAILURES = "too_many_failures"
    DAY_CAP = "day_cap"
    CONCURRENT_CAP = "concurrent_cap"
    RATE_CAP = "rate_cap"
    MINUTES_CAP = "minutes_cap"
    BREAKER_OPEN = "breaker_open"
    NUMBER_BUSY = "number_busy"
    CLIENT_ON_LINE = "client_on_line"
    EXECUTOR_BUSY = "executor_busy"
    EXECUTOR_WITHOUT_PHONE = "executor_without_phone"
    NUMBER_NOT_ALLOWED = "number_not_allowed"
    OPTED_OUT = "opted_out"
    TICKET_NOT_OPEN = "ticket_not_open"
    TOO_LATE = "too_late"
    PAUSED = "paused"
    CLOCK_JUMPED = "clock_jumped"
    RESTORED = "restored"
    LONG_SILENCE = "long_silence"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """One reason, with the instant it leads to where there is one."""

    why: Why
    at: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What to do next: `at` is when to dial (DIAL, WAIT); `no` which of the counted attempts it would be."""

    kind: StepKind
    no: int
    why: tuple[Reason, ...]
    at: int | None = None


def next_step(
    history: Sequence[Attempt],
    now: int,
    policy: Policy,
    calendar: Calendar,
    *,
    not_before: int = 0,
) -> Step:
    """What follows from all attempts so far (oldest first). `not_before` is what a person asked for.

    Raises NoRoom when business hours are shorter than one ring.
    """
    counted = [one for one in history if one.meaning in policy.counted]
    no = len(counted) + 1
    settled = _settled(history, counted, policy)
    if settled is not None:
        kind, why = settled
        return Step(kind=kind, no=min(no, policy.limit), why=(Reason(why=why),))
    earliest, why_then = _earliest(history, counted, policy, not_before)
    due = fit(max(earliest, now), policy.room, calendar)
    if due > max(earliest, now):
        why_then = (*why_then, Reason(why=Why.BUSINESS_HOURS, at=due))
    kind = StepKind.DIAL if due == now else StepKind.WAIT
    return Step(kind=kind, no=no, why=why_then, at=due)


def _settled(
    history: Sequence[Attempt], counted: Sequence[Attempt], policy: Policy
) -> tuple[StepKind, Why] | None:
    """The answers that do not depend on time."""
    if any(one.outcome is None for one in history):
        return StepKind.UNDER_WAY, Why.IN_FLIGHT
    if any(one.meaning is Outcome.REACHED for one in history):
        return StepKind.REACHED, Why.CONNECTED
    if len(counted) >= policy.limit:
        return StepKind.GIVE_UP, Why.LIMIT
    last = history[-1].meaning if history else None
    if last is not None and last in policy.asks:
        return StepKind.ASK, Why.DENIED if last is Outcome.DENIED else Why.WRONG_NUMBER
    if _failures_in_a_row(history, policy) >= policy.ask_after:
        return StepKind.ASK, Why.TOO_MANY_FAILURES
    return None


def _earliest(
    history: Sequence[Attempt], counted: Sequence[Attempt], policy: Policy, not_before: int
) -> tuple[int, tuple[Reason, ...]]:
    """The earliest instant all rules but business hours allow, with the rules that set it."""
    rules = [Reason(why=Why.NOT_BEFORE, at=not_before)]
    if counted:
        rules.append(Reason(why=Why.GAP, at=max(map(_end, counted)) + policy.gap))
    failures = _failures_in_a_row(history, policy)
    if failures:
        rules.append(Reason(why=Why.BACK_OFF, at=_end(history[-1]) + _wait(history[-1], failures, policy)))
    at = max(rule.at or 0 for rule in rules)
    if not history and at == 0:
        return at, (Reason(why=Why.FIRST),)
    return at, tuple(rule for rule in rules if rule.at == at)


def _failures_in_a_row(history: Sequence[Attempt], policy: Policy) -> int:
    """How many of the newest attempts did not count."""
    for position, one in enumerate(reversed(history)):
        if one.meaning in policy.counted:
            return position
    return len(history)


def _wait(last: Attempt, failures: int, policy: Policy) -> int:
    return policy.waits.get(last.meaning or Outcome.UNKNOWN, policy.retry(failures))


def _end(one: Attempt) -> int:
    return one.started_at if one.ended_at is None else one.ended_at


def fit(at: int, room: int, calendar: Calendar) -> int:
    """The first instant from `at` on that is open with `room` left before closing.

    Raises NoRoom when a thousand openings are all shorter than that.
    """
    for _ in range(_MOST_PERIODS):
        at = calendar.next_open(at)
        closing = calendar.closes(at)
        if closing is None or closing - at >= room:
            return at
        at = closing
    raise NoRoom("business hours are shorter than the time one attempt may ring")
