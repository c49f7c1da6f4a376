"""A calendar laid out on the time line: labelled pieces, and the open ones with running sums for bisection.

All numbers are microseconds since 1970 in UTC. A local hour that a clock change skips is never open, and one that
it repeats is open twice: open is what the wall clock shows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sla.days import ONE_DAY, Day, DayBook, DayKind
from sla.instants import DAY_US, EPOCH, MICROSECOND, SECOND_US, year_start


class Reason(StrEnum):
    """Why a stretch of time is open or closed."""

    WORKING = "working"
    NIGHT = "night"
    BREAK = "break"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    OVERRIDE = "override"


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """What a stretch is called: its reason, and the holiday's or the override's own name."""

    reason: Reason
    name: str = ""


_OPEN = Label(reason=Reason.WORKING)
_NIGHT = Label(reason=Reason.NIGHT)
_BREAK = Label(reason=Reason.BREAK)
_CLOSED_BY = {
    DayKind.HOLIDAY: Reason.HOLIDAY,
    DayKind.MOVED_DAY_OFF: Reason.HOLIDAY,
    DayKind.OVERRIDE_CLOSED: Reason.OVERRIDE,
    DayKind.WEEKEND: Reason.WEEKEND,
}

Piece = tuple[int, Label]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Consecutive years laid out. `sums[i]` is the open time before the i-th open interval."""

    first_year: int
    last_year: int
    low: int
    high: int
    edges: list[int]
    labels: list[Label]
    starts: list[int]
    ends: list[int]
    sums: list[int]
    total: int

    def open_before(self, at: int) -> int:
        """Open microseconds of the table that lie before `at`."""
        index = bisect_right(self.starts, at) - 1
        if index < 0:
            return 0
        end = self.ends[index]
        return self.sums[index] + (at if at < end else end) - self.starts[index]

    def reached(self, open_time: int) -> int:
        """The earliest instant before which `open_time` (1 to `total`) microseconds were open."""
        index = bisect_left(self.sums, open_time) - 1
        return self.starts[index] + open_time - self.sums[index]

    def is_open(self, at: int) -> bool:
        """Whether `at` lies in an open interval, its start included, its end not."""
        index = bisect_right(self.starts, at) - 1
        return index >= 0 and at < self.ends[index]

    def closing(self, at: int) -> int:
        """The end of the open interval that holds `at`."""
        return self.ends[bisect_right(self.starts, at) - 1]

    def pieces(self, start: int, end: int) -> list[tuple[int, Label]]:
        """The stretches between two instants, in order and without gaps: the end of each and its label."""
        if start == end:
            return []
        first, last = bisect_right(self.edges, start), bisect_left(self.edges, end)
        stops = [*self.edges[first:last], end]
        return list(zip(stops, self.labels[first - 1 : last], strict=True))


def lay_out(book: DayBook, zone: ZoneInfo, year: int) -> list[Piece]:
    """One UTC year as labelled pieces, each given by its start; neighbours differ in label."""
    pieces: list[Piece] = []
    for low, high, offset in _offsets(zone, year_start(year), year_start(year + 1)):
        date_ = (EPOCH + timedelta(microseconds=low + offset)).date()
        while (midnight := _midnight(date_) - offset) < high:
            day, date_ = book.day(date_), date_ + ONE_DAY
            for start, stop, label in _of_day(day):
                begin, end = max(midnight + start, low), min(midnight + stop, high)
                if begin < end and (not pieces or pieces[-1][1] != label):
                    pieces.append((begin, label))
    return pieces


def assemble(first_year: int, last_year: int, pieces: list[Piece]) -> Table:
    """The table of consecutive years from the pieces of all of them."""
    low, high = year_start(first_year), year_start(last_year + 1)
    kept = [piece for number, piece in enumerate(pieces) if not number or pieces[number - 1][1] != piece[1]]
    edges = [start for start, _ in kept]
    stops = [*edges[1:], high]
    starts, ends, sums, total = [], [], [], 0
    for (start, label), stop in zip(kept, stops, strict=True):
        if label.reason is Reason.WORKING:
            starts.append(start)
            ends.append(stop)
            sums.append(total)
            total += stop - start
    return Table(
        first_year=first_year,
        last_year=last_year,
        low=low,
        high=high,
        edges=edges,
        labels=[label for _, label in kept],
        starts=starts,
        ends=ends,
        sums=sums,
        total=total,
    )


def _of_day(day: Day) -> Iterator[tuple[int, int, Label]]:
    """A local day as labelled pieces in microseconds after its midnight."""
    if not day.hours:
        reason = _CLOSED_BY.get(day.kind, Reason.NIGHT)
        yield 0, DAY_US, Label(reason=reason, name=day.reason)
        return
    done = 0
    for number, span in enumerate(day.hours):
        opens, closes = span.opens * SECOND_US, span.closes * SECOND_US
        if done < opens:
            yield done, opens, _BREAK if number else _NIGHT
        yield opens, closes, _OPEN
        done = closes
    if done < DAY_US:
        yield done, DAY_US, _NIGHT


def _offsets(zone: ZoneInfo, low: int, high: int) -> Iterator[tuple[int, int, int]]:
    """The stretches of constant UTC offset, as (start, end, offset), found by looking at every day."""
    begin, offset = low, _offset(zone, low)
    for day in range(low + DAY_US, high + DAY_US, DAY_US):
        changed = _offset(zone, day)
        if changed != offset:
            at = _change(zone, day - DAY_US, day, offset)
            yield begin, at, offset
            begin, offset = at, changed
    if begin < high:
        yield begin, high, offset


def _change(zone: ZoneInfo, low: int, high: int, before: int) -> int:
    """The first whole second in (low, high] whose offset is no longer `before`."""
    while high - low > SECOND_US:
        middle = (low + high) // 2 // SECOND_US * SECOND_US
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: ZoneInfo, at: int) -> int:
    local = (EPOCH + timedelta(microseconds=at)).astimezone(zone)
    return (local.replace(tzinfo=UTC) - EPOCH) // MICROSECOND - at


def _midnight(day: date) -> int:
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) - EPOCH) // MICROSECOND
