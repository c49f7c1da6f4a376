"""A calendar that is easy to reckon with: every day from 9:00 to 18:00, days of 24 hours, no time zone."""

from dialer.attempt import HOUR, MINUTE

DAY = 24 * HOUR


def clock(hour: int, minute: int = 0, *, day: int = 0, second: int = 0) -> int:
    return day * DAY + hour * HOUR + minute * MINUTE + second * 1_000_000


class NineToSix:
    """Open from `opens` to `closes_at` (microseconds after midnight) each day but those in `closed_days`."""

    def __init__(
        self, opens: int = 9 * HOUR, closes_at: int = 18 * HOUR, closed_days: frozenset[int] = frozenset()
    ) -> None:
        self._opens = opens
        self._closes = closes_at
        self._closed_days = closed_days

    def is_open(self, at: int) -> bool:
        return at // DAY not in self._closed_days and self._opens <= at % DAY < self._closes

    def next_open(self, at: int) -> int:
        while not self.is_open(at):
            day = at // DAY
            at = day * DAY + self._opens if at % DAY < self._opens else (day + 1) * DAY
            if at // DAY in self._closed_days:
                at = (at // DAY + 1) * DAY
        return at

    def closes(self, at: int) -> int | None:
        return at // DAY * DAY + self._closes if self.is_open(at) else at

    def day_start(self, at: int) -> int:
        return at // DAY * DAY

    def next_day(self, at: int) -> int:
        return (at // DAY + 1) * DAY


class AlwaysOpen(NineToSix):
    def is_open(self, at: int) -> bool:
        return True

    def closes(self, at: int) -> int | None:
        return None
