"""What the dialer is set to, and the calendar as it reads it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from callcenter.domain.instants import to_datetime, to_microseconds
from dialer.admission import Rules
from dialer.attempt import SECOND, Attempt
from dialer.breaker import BreakerPolicy


class Hours(Protocol):
    """The business calendar as `sla` offers it."""

    def is_open(self, at: datetime) -> bool: ...

    def next_open(self, at: datetime) -> datetime: ...

    def closes(self, at: datetime) -> datetime | None: ...


class DialerCalendar:
    """The one business calendar, in the dialer's microseconds; a day begins at local midnight. Regulation: 1.3."""

    def __init__(self, hours: Hours, zone: ZoneInfo) -> None:
        self._hours = hours
        self._zone = zone

    def is_open(self, at: int) -> bool:
        return self._hours.is_open(to_datetime(at))

    def next_open(self, at: int) -> int:
        return to_microseconds(self._hours.next_open(to_datetime(at)))

    def closes(self, at: int) -> int | None:
        closing = self._hours.closes(to_datetime(at))
        return None if closing is None else to_microseconds(closing)

    def day_start(self, at: int) -> int:
        return to_microseconds(self._midnight(at, days=0))

    def next_day(self, at: int) -> int:
        return to_microseconds(self._midnight(at, days=1))

    def _midnight(self, at: int, *, days: int) -> datetime:
        local = to_datetime(at).astimezone(self._zone).date() + timedelta(days=days)
        return datetime(local.year, local.month, local.day, tzinfo=self._zone)


CLIENT_RING_MARGIN = 15 * SECOND


@dataclass(frozen=True, kw_only=True, slots=True)
class DialerRules:
    """All settings of the dialer. Durations in microseconds.

    send_within: an order not sent by then is not sent. lease: how long a silent worker is trusted beyond the time
    the call may take; the attempt is then settled from Asterisk's record. client_first: logins of the executors whose
    clients are rung before them, or `*` for all. machine_detection: the PBX listens whether a machine answered.
    """

    rules: Rules
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)
    send_within: int = 10 * SECOND
    lease: int = 30 * SECOND
    client_first: frozenset[str] = frozenset()
    machine_detection: bool = False

    def client_is_first(self, login: str) -> bool:
        """Whether this executor wants the client on the line before he is rung. Regulation: 2.9, point 1."""
        return "*" in self.client_first or login in self.client_first

    def listens(self, history: Sequence[Attempt]) -> bool:
        """Whether the PBX listens for a machine in the attempt that follows this history.

        Never in the one that could end the series: that a client's ticket is cancelled is heard by a person.
        Regulation: 2.9, points 2 and 6.
        """
        policy = self.rules.policy
        counted = sum(each.meaning in policy.counted for each in history)
        return self.machine_detection and counted + 1 < policy.limit

    def ring_seconds(self, *, client_first: bool) -> int:
        """How long the phone that is rung first may ring, in whole seconds.

        The client's time is the dialplan's own; ours is a little longer, so that it is the dialplan that ends it.
        """
        policy = self.rules.policy
        wanted = policy.client_ring + CLIENT_RING_MARGIN if client_first else policy.executor_ring
        return max(1, wanted // SECOND)
