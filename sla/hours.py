"""Opening hours of a day: several half-open spans of local time, `24:00` included."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from sla.errors import BadHours, HoursCrossMidnight, Origin, OverlappingHours

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FULL_DAY = 86_400

_TIME = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
_DASH = re.compile(r"\s*[-–—]\s*")


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Span:
    """Open from `opens` up to, and not including, `closes`; both in seconds of the local day (0 to 86400).

    >>> str(Span(opens=9 * 3600, closes=18 * 3600))
    '09:00-18:00'
    """

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= FULL_DAY:
            raise HoursCrossMidnight(f"hours must begin before they end within one day: {self}")

    def __str__(self) -> str:
        return f"{show_time(self.opens)}-{show_time(self.closes)}"


Hours = tuple[Span, ...]


def show_time(seconds: int) -> str:
    """Seconds of the day as a person writes them.

    >>> show_time(86400), show_time(9 * 3600 + 90)
    ('24:00', '09:01:30')
    """
    hours, rest = divmod(seconds, 3600)
    minutes, odd = divmod(rest, 60)
    return f"{hours:02}:{minutes:02}" + (f":{odd:02}" if odd else "")


def parse_time(text: str, *, origin: Origin) -> int:
    """Seconds of the day for `9:00`, `18:00:30` or `24:00`; anything else is `BadHours`.

    >>> parse_time("24:00", origin=Origin(entry="hours.mon"))
    86400
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise BadHours(f"not a time of day: {text.strip()!r}", origin=origin)
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total > FULL_DAY:
        raise BadHours(f"not a time of day: {text.strip()!r}", origin=origin)
    return total


def parse_hours(text: str, *, origin: Origin) -> Hours:
    """The spans of one day, in order; an empty text is a closed day.

    Raises `BadHours`, `HoursCrossMidnight` or `OverlappingHours`, each naming `origin`.

    >>> [str(span) for span in parse_hours("14:00-18:00, 9:00–13:00", origin=Origin(entry="hours.mon"))]
    ['09:00-13:00', '14:00-18:00']
    """
    if not text.strip():
        return ()
    return check_hours([_parse_span(part, origin) for part in text.split(",")], origin=origin)


def _parse_span(text: str, origin: Origin) -> Span:
    ends = _DASH.split(text.strip())
    if len(ends) != 2:
        raise BadHours(f"hours are written 09:00-18:00, not {text.strip()!r}", origin=origin)
    opens, closes = (parse_time(end, origin=origin) for end in ends)
    if opens >= closes:
        raise HoursCrossMidnight(
            f"{text.strip()!r} does not end later on the same day; split it at 24:00", origin=origin
        )
    return Span(opens=opens, closes=closes)


def check_hours(spans: list[Span], *, origin: Origin) -> Hours:
    """The spans sorted; two that share time are `OverlappingHours`."""
    ordered = tuple(sorted(spans))
    for earlier, later in pairwise(ordered):
        if later.opens < earlier.closes:
            raise OverlappingHours(f"{earlier} and {later} overlap", origin=origin)
    return ordered


def parse_week(
    hours: Mapping[str, str], *, source: str = "", lines: Mapping[str, int | None] | None = None
) -> tuple[Hours, ...]:
    """Seven days of hours, Monday first, from `{"mon-fri": "9:00-18:00", "sat": "10:00-14:00"}`.

    A day not named is closed; a day named twice, or a name that is no weekday, is `BadHours`. `source` and `lines`
    (the line of each name) go into the errors.

    >>> [len(day) for day in parse_week({"mon-thu": "9:00-13:00, 14:00-18:00", "fri": "9:00-16:00"})]
    [2, 2, 2, 2, 1, 0, 0]
    """
    week: dict[int, Hours] = {}
    for name, text in hours.items():
        origin = Origin(entry=f"hours.{name}", source=source, line=(lines or {}).get(name))
        if not isinstance(text, str):
            raise BadHours(f"hours are a text, not {text!r}", origin=origin)
        spans = parse_hours(text, origin=origin)
        for day in _weekdays(name, origin):
            if day in week:
                raise BadHours(f"{WEEKDAYS[day]} is given twice", origin=origin)
            week[day] = spans
    return tuple(week.get(day, ()) for day in range(7))


def _weekdays(name: str, origin: Origin) -> range:
    ends = _DASH.split(name.strip().lower())
    if not all(end in WEEKDAYS for end in ends) or len(ends) > 2:
        raise BadHours(f"a weekday is one of {', '.join(WEEKDAYS)} or a range like mon-fri", origin=origin)
    first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
    if first > last:
        raise BadHours("a range of weekdays begins with the earlier day", origin=origin)
    return range(first, last + 1)


def shortened(hours: Hours, by: timedelta) -> Hours:
    """The same day closed `by` earlier; what would end before it begins is dropped.

    >>> [str(s) for s in shortened((Span(opens=0, closes=3600), Span(opens=7200, closes=9000)), timedelta(hours=1))]
    ['00:00-00:30']
    """
    left = int(by.total_seconds())
    kept = list(hours)
    while kept and left > 0:
        last = kept.pop()
        length = last.closes - last.opens
        if length > left:
            kept.append(Span(opens=last.opens, closes=last.closes - left))
        left -= min(length, left)
    return tuple(kept)
