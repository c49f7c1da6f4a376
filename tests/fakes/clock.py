"""A clock that stands still until it is moved."""

from datetime import UTC, datetime, timedelta

A_MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


class FakeClock:
    def __init__(self, now: datetime = A_MONDAY) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        self._now += by
        return self._now
