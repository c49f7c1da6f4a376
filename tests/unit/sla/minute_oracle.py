"""A slow, plain reckoning of business time, written without anything of `sla`, to compare the fast one with.

It looks at every minute of ten years: a minute is open when the wall clock of its zone shows opening hours.
The minutes of a quarter of an hour share their offset, which no zone changes but on a quarter.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import holidays

MINUTE_US = 60_000_000
QUARTER = timedelta(minutes=15)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Week = tuple[tuple[tuple[int, int], ...], ...]


class MinuteOracle:
    """Ten years from `first_year` on, minute by minute. `week` has minutes of the day, Monday first."""

    def __init__(self, zone: str, week: Week, country: str | None, first_year: int) -> None:
        self.zone = ZoneInfo(zone)
        self.week = week
        self.known = holidays.country_holidays(country) if country else None
        self.first = datetime(first_year, 1, 1, tzinfo=UTC)
        self.last = datetime(first_year + 10, 1, 1, tzinfo=UTC)
        self.origin = (self.first - EPOCH) // timedelta(microseconds=1)
        self._patterns: dict[date, bytes] = {}
        self.flags = self._all_minutes()
        self.sums = array("q", accumulate(self.flags, initial=0))

    def minute_is_open(self, at: datetime) -> bool:
        """The definition itself: what the wall clock shows in this minute."""
        local = at.astimezone(self.zone)
        return bool(self._pattern(local.date())[local.hour * 60 + local.minute])

    def between(self, start: int, end: int) -> int:
        """Open microseconds between two instants given in microseconds."""
        return self._before(end) - self._before(start)

    def add(self, start: int, amount: int) -> int:
        """The earliest instant by which `amount` (more than nothing) is open."""
        goal = self._before(start) + amount
        minute = bisect_left(self.sums, -(-goal // MINUTE_US)) - 1
        return self.origin + minute * MINUTE_US + goal - self.sums[minute] * MINUTE_US

    def _before(self, at: int) -> int:
        minute, rest = divmod(at - self.origin, MINUTE_US)
        return self.sums[minute] * MINUTE_US + (rest if rest and self.flags[minute] else 0)

    def _all_minutes(self) -> bytes:
        parts = []
        at = self.first
        while at < self.last:
            local = at.astimezone(self.zone)
            minute = local.hour * 60 + local.minute
            parts.append(self._pattern(local.date())[minute : minute + 15])
            at += QUARTER
        return b"".join(parts)

    def _pattern(self, day: date) -> bytes:
        found = self._patterns.get(day)
        if found is None:
            minutes = bytearray(1440)
            for opens, closes in self._hours(day):
                minutes[opens:closes] = b"\1" * (closes - opens)
            found = self._patterns[day] = bytes(minutes)
        return found

    def _hours(self, day: date) -> tuple[tuple[int, int], ...]:
        if self.known is None:
            return self.week[day.weekday()]
        if not self.known.is_working_day(day):
            return ()
        return self.week[day.weekday()] or self.week[0]
