"""The business calendar: when it is open, and how business time adds up. Regulation: 1.3.

Everything is counted in whole microseconds of UTC over half-open intervals: at 18:00:00 sharp it is closed.
A table of the years asked about is laid out once and grows by whole years; each question is then a bisection.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from sla.days import Day, DayBook
from sla.errors import NeverOpens, OutOfRange, ReversedInterval
from sla.instants import (
    FIRST_YEAR,
    LAST_YEAR,
    to_datetime,
    to_duration,
    to_microseconds,
    year_start,
)
from sla.public_holidays import unpublished
from sla.spec import CalendarSpec, load_zone, spec_version
from sla.table import Label, Piece, Table, assemble, lay_out


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """A piece of time with the reason why it is open or closed; both ends in UTC, the end not included."""

    start: datetime
    end: datetime
    label: Label


class BusinessCalendar:
    """The answers one `CalendarSpec` gives. Immutable to its users and safe to share between threads.

    >>> from datetime import UTC
    >>> from sla.spec import regulation_spec
    >>> calendar = BusinessCalendar(regulation_spec())
    >>> friday = datetime(2026, 11, 20, 14, 50, tzinfo=UTC)   # 17:50 in Moscow
    >>> calendar.add(friday, timedelta(minutes=30)).isoformat()
    '2026-11-23T06:20:00+00:00'
    """

    def __init__(self, spec: CalendarSpec) -> None:
        self.spec = spec
        self.zone = load_zone(spec.zone)
        self._book = DayBook(spec)
        self._years: dict[int, list[Piece]] = {}
        self._table: Table | None = None

    @cached_property
    def version(self) -> str:
        """A stable name of this calendar's rules, for freezing into a verdict."""
        return spec_version(self.spec)

    def is_open(self, at: datetime) -> bool:
        """Whether the instant lies in business hours; the closing instant does not."""
        instant = to_microseconds(at)
        return self._covering(instant, instant + 1).is_open(instant)

    def next_open(self, at: datetime) -> datetime:
        """`at` itself when open, else the next opening; `NeverOpens` when there is none before 2100."""
        instant = to_microseconds(at)
        table = self._covering(instant, instant + 1)
        if table.is_open(instant):
            return to_datetime(instant)
        goal = table.open_before(instant) + 1
        return to_datetime(self._reaching(table, instant, goal).reached(goal) - 1)

    def closes(self, at: datetime) -> datetime | None:
        """The closing instant that follows an open `at`; `at` itself when closed; `None` when none is near.

        A calendar that stays open through the whole following year, such as one open round the clock, is `None`.
        """
        instant = to_microseconds(at)
        table = self._covering(instant, instant + 1)
        if not table.is_open(instant):
            return to_datetime(instant)
        following = min(_year(instant) + 1, LAST_YEAR)
        if table.closing(instant) == table.high and table.last_year < following:
            table = self._grown(table.first_year, following)
        end = table.closing(instant)
        return None if end == table.high else to_datetime(end)

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """The earliest instant by which `duration` of business time has passed since `start`, in UTC.

        Nothing added gives `start`; time that ends at closing ends at 18:00, not at the next opening.
        """
        instant, wanted = to_microseconds(start), to_duration(duration)
        if not wanted:
            return to_datetime(instant)
        table = self._covering(instant, instant + 1)
        goal = table.open_before(instant) + wanted
        return to_datetime(self._reaching(table, instant, goal).reached(goal))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The business time from `start` to `end`; an end before the start is `ReversedInterval`."""
        first, last = to_microseconds(start), to_microseconds(end)
        if last < first:
            raise ReversedInterval(f"the interval ends before it starts: {start} to {end}")
        table = self._covering(first, last)
        return timedelta(0, 0, table.open_before(last) - table.open_before(first))

    def stretches(self, start: datetime, end: datetime) -> tuple[Stretch, ...]:
        """The time from `start` to `end` cut into open and closed pieces, each with its reason, without gaps."""
        return tuple(
            Stretch(start=begin, end=stop, label=label) for begin, stop, label in self.cut(start, end)
        )

    def cut(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, Label]]:
        """The same as plain triples, for those who cut a great deal of time."""
        first, last = to_microseconds(start), to_microseconds(end)
        if last < first:
            raise ReversedInterval(f"the interval ends before it starts: {start} to {end}")
        begin = to_datetime(first)
        for stop, label in self._covering(first, last).pieces(first, last):
            until = to_datetime(stop)
            yield begin, until, label
            begin = until

    def day(self, day: date) -> Day:
        """What a local date is: its kind, its hours and the reason."""
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise OutOfRange(f"the calendar covers the years {FIRST_YEAR} to {LAST_YEAR}, not {day}")
        return self._book.day(day)

    def month(self, year: int, month: int) -> tuple[Day, ...]:
        """All days of a month with kind, hours and reason."""
        if not 1 <= month <= 12:
            raise OutOfRange(f"a year has months 1 to 12, not {month}")
        first = date(year, month, 1)
        following = date(year + month // 12, month % 12 + 1, 1)
        return tuple(self.day(first + timedelta(days=number)) for number in range((following - first).days))

    def unpublished_years(self, first: int, last: int) -> tuple[int, ...]:
        """The years from `first` to `last` whose days off are not decreed yet, to be told to the administrator."""
        found = unpublished(self.spec.country, range(first, last + 1))
        return tuple(year for year in found if year not in self.spec.published_years)

    def _covering(self, first: int, last: int) -> Table:
        """A table with both instants in it, laid out now if need be."""
        table = self._table
        if table is not None and table.low <= first and last <= table.high:
            return table
        first_year, last_year = _year(first), _year(max(first, last - 1))
        if table is not None:
            first_year, last_year = min(first_year, table.first_year), max(last_year, table.last_year)
        return self._grown(first_year, last_year)

    def _reaching(self, table: Table, instant: int, goal: int) -> Table:
        """The table grown to the right until it holds `goal` of open time; the end of 2099 ends the search."""
        while goal > table.total:
            if table.last_year >= LAST_YEAR:
                if table.open_before(instant) == table.total:
                    raise NeverOpens(f"the calendar never opens after {to_datetime(instant)}")
                raise OutOfRange(f"so much business time does not pass before {LAST_YEAR + 1}")
            years = table.last_year - table.first_year + 1
            table = self._grown(table.first_year, min(table.last_year + years, LAST_YEAR))
        return table

    def _grown(self, first_year: int, last_year: int) -> Table:
        """The table of these years. Years once laid out are kept; a second thread at worst repeats the work."""
        pieces: list[Piece] = []
        for year in range(first_year, last_year + 1):
            laid = self._years.get(year)
            if laid is None:
                laid = self._years[year] = lay_out(self._book, self.zone, year)
            pieces.extend(laid)
        table = assemble(first_year, last_year, pieces)
        self._table = table
        return table


def _year(instant: int) -> int:
    """The UTC year of an instant; outside the covered years it is `OutOfRange`."""
    if not year_start(FIRST_YEAR) <= instant < year_start(LAST_YEAR + 1):
        raise OutOfRange(f"the calendar covers the years {FIRST_YEAR} to {LAST_YEAR}")
    return to_datetime(instant).year
