"""The circuit breaker: many technical failures in a row stop the dialer with an alarm. Regulation: 2.9, point 3.

It opens after so many failures in a row, lets one attempt through after a while, and closes when that one shows that
calls get out. Pure: the state is stored with the attempts, so that all nodes share it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from dialer.attempt import CLIENT_UNAVAILABLE, MINUTE, TECHNICAL, Outcome

PROOFS_THAT_CALLS_GET_OUT = CLIENT_UNAVAILABLE | {Outcome.REACHED, Outcome.WRONG_NUMBER}


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakerPolicy:
    """How many failures open it, and how long it stays open: doubling from `first` to `longest` (microseconds)."""

    failures: int = 5
    first: int = 5 * MINUTE
    longest: int = 60 * MINUTE

    def __post_init__(self) -> None:
        if self.failures < 1 or self.first <= 0 or self.longest < self.first:
            raise ValueError("a breaker opens after at least one failure, for a positive time")


@dataclass(frozen=True, kw_only=True, slots=True)
class Breaker:
    """`open_until` is None while closed; `times` counts how often it opened without a success between.

    `opened_at`: since when no calls get out, for the alarm.
    """

    failures: int = 0
    times: int = 0
    opened_at: int | None = None
    open_until: int | None = None


class Passage(StrEnum):
    """What the breaker lets through: everything, one probe at a time, or nothing."""

    FREE = "free"
    PROBE = "probe"
    CLOSED_OFF = "closed_off"


def passage(breaker: Breaker, now: int) -> Passage:
    """What may be placed now."""
    if breaker.open_until is None:
        return Passage.FREE
    return Passage.CLOSED_OFF if now < breaker.open_until else Passage.PROBE


def after(breaker: Breaker, outcome: Outcome, now: int, policy: BreakerPolicy) -> Breaker:
    """The breaker after an attempt ended. What says nothing of the network leaves it as it is."""
    if outcome in PROOFS_THAT_CALLS_GET_OUT:
        return Breaker()
    if outcome not in TECHNICAL:
        return breaker
    failures = breaker.failures + 1
    if failures < policy.failures:
        return replace(breaker, failures=failures)
    if passage(breaker, now) is Passage.CLOSED_OFF:
        return replace(breaker, failures=failures)
    wait = min(policy.longest, policy.first << min(breaker.times, 40))
    return Breaker(
        failures=failures,
        times=breaker.times + 1,
        opened_at=now if breaker.opened_at is None else breaker.opened_at,
        open_until=now + wait,
    )
