"""How much the dialer may do at once and in a day. Regulation: 2.9, points 7 and 10."""

from __future__ import annotations

from dataclasses import dataclass

from dialer.attempt import SECOND
from dialer.policy import Reason, Why


@dataclass(frozen=True, kw_only=True, slots=True)
class Caps:
    """`per_number_a_day` over all tickets; `minutes_a_day` of talk and ringing over everything; at least 1 each."""

    concurrent: int = 10
    per_second: int = 2
    per_number_a_day: int = 3
    minutes_a_day: int = 1200

    def __post_init__(self) -> None:
        if min(self.concurrent, self.per_second, self.per_number_a_day, self.minutes_a_day) < 1:
            raise ValueError("caps are at least 1: to stop the dialer, pause it")


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What is under way: attempts in flight, attempts begun within the last second, busy seconds of this day."""

    in_flight: int = 0
    last_second: int = 0
    seconds_today: int = 0


def over(caps: Caps, load: Load, now: int, next_day: int) -> Reason | None:
    """Why nothing at all may be placed now, with the instant to look again; None when it may.

    `load` does not contain the attempt that is asked about.
    """
    if load.seconds_today >= caps.minutes_a_day * 60:
        return Reason(why=Why.MINUTES_CAP, at=next_day)
    if load.in_flight >= caps.concurrent:
        return Reason(why=Why.CONCURRENT_CAP, at=now + SECOND)
    if load.last_second >= caps.per_second:
        return Reason(why=Why.RATE_CAP, at=now + SECOND)
    return None
