"""Calendar files: single dates that are otherwise than the rules, and whole calendars, as TOML text.

Parsing is pure: the caller reads the file and hands its text and its name, which errors then repeat with the line.

    published_years = [2028]            # the days off of 2028 are final, whatever the holiday tables know

    [[override]]
    date = 2026-12-30
    open = "9:00-16:00"
    reason = "Новогодний корпоратив"

    [[override]]
    from = 2020-03-30
    to = 2020-04-30
    closed = true
    reason = "Нерабочие дни по указу"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sla.errors import BadOverride, BadSpec, ContradictoryOverrides, Origin
from sla.hours import parse_hours, parse_week
from sla.spec import CalendarSpec, Override, Overrides, check_overrides

LONGEST_RANGE = timedelta(days=366)

_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*override[ \t]*\]\]", re.MULTILINE)
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_OVERRIDE_KEYS = frozenset({"date", "from", "to", "open", "closed", "reason"})
_FILE_KEYS = frozenset({"override", "published_years"})
_CALENDAR_KEYS = _FILE_KEYS | {"zone", "country", "short_minutes", "hours"}


def parse_overrides(text: str, source: str) -> Overrides:
    """The overrides written in `text`; every mistake names `source`, the line and the entry.

    Raises `BadOverride`, `ContradictoryOverrides` or the `BadHours` kinds.

    >>> found = parse_overrides('[[override]]\\ndate = 2026-12-30\\nclosed = true', "calendar.toml")
    >>> found.days[0].day, found.days[0].hours
    (datetime.date(2026, 12, 30), ())
    """
    tables = _read(text, source)
    _known_keys(tables, _FILE_KEYS, text, source)
    return _overrides(tables, text, source)


def parse_calendar(text: str, source: str) -> CalendarSpec:
    """A whole calendar from one file: `zone`, `country`, `short_minutes`, `[hours]` and overrides.

    >>> spec = parse_calendar('zone = "Asia/Omsk"\\n[hours]\\nmon-fri = "8:00-17:00"', "omsk.toml")
    >>> spec.zone, spec.country
    ('Asia/Omsk', None)
    """
    tables = _read(text, source)
    _known_keys(tables, _CALENDAR_KEYS, text, source)
    hours = _typed(tables, "hours", dict, {}, text, source)
    lines = {name: line_of(text, name) for name in hours}
    try:
        spec = CalendarSpec(
            zone=_typed(tables, "zone", str, "Europe/Moscow", text, source),
            country=_typed(tables, "country", str, None, text, source),
            short_by=timedelta(minutes=_typed(tables, "short_minutes", int, 0, text, source)),
            week=parse_week(hours, source=source, lines=lines),
        )
    except BadSpec as refused:
        if refused.origin is not None:
            raise
        entry = {"unknown_zone": "zone", "unknown_country": "country"}.get(refused.code, "short_minutes")
        raise type(refused)(refused.problem, origin=_origin(entry, text, source)) from None
    return spec.with_overrides(_overrides(tables, text, source))


def line_of(text: str, key: str, first: int = 1, last: int | None = None) -> int | None:
    """The number of the line, from `first` to `last`, that gives `key` a value.

    >>> line_of('a = 1\\nb = 2', "b")
    2
    """
    wanted = re.compile(rf"[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*=")
    for number, line in enumerate(text.splitlines()[first - 1 : last], start=first):
        if wanted.match(line):
            return number
    return None


def _read(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as refused:
        found = _AT_LINE.search(str(refused))
        line = int(found.group(1)) if found else len(text.splitlines())
        raise BadOverride(
            f"not TOML: {refused}", origin=Origin(entry="file", source=source, line=line)
        ) from None


def _known_keys(tables: Mapping[str, Any], known: frozenset[str], text: str, source: str) -> None:
    for key in tables:
        if key not in known:
            raise BadOverride(
                f"unknown key; known are {', '.join(sorted(known))}", origin=_origin(key, text, source)
            )


def _typed(tables: Mapping[str, Any], key: str, kind: type, default: Any, text: str, source: str) -> Any:
    value = tables.get(key, default)
    if value is not default and (not isinstance(value, kind) or isinstance(value, bool)):
        raise BadSpec(f"must be {kind.__name__}, not {value!r}", origin=_origin(key, text, source))
    return value


def _origin(key: str, text: str, source: str) -> Origin:
    return Origin(entry=key, source=source, line=line_of(text, key))


def _overrides(tables: Mapping[str, Any], text: str, source: str) -> Overrides:
    entries = tables.get("override", [])
    starts = [text.count("\n", 0, found.start()) + 1 for found in _HEADER.finditer(text)]
    if not isinstance(entries, list) or len(starts) != len(entries):
        raise BadOverride("write each one as an [[override]] table", origin=_origin("override", text, source))
    ends = [*(line - 1 for line in starts[1:]), None]
    days: list[Override] = []
    for number, (entry, first, last) in enumerate(zip(entries, starts, ends, strict=False), start=1):
        days.extend(_Entry(number, entry, text, source, first, last).days())
    check_overrides(tuple(days))
    return Overrides(days=tuple(days), published_years=_years(tables, text, source))


def _years(tables: Mapping[str, Any], text: str, source: str) -> tuple[int, ...]:
    years = tables.get("published_years", [])
    if not isinstance(years, list) or not all(type(year) is int for year in years):
        raise BadOverride("must be a list of years", origin=_origin("published_years", text, source))
    return tuple(years)


class _Entry:
    """One `[[override]]` table with the lines it stands on."""

    def __init__(
        self, number: int, entry: dict[str, Any], text: str, source: str, first: int, last: int | None
    ) -> None:
        self._number = number
        self._entry = entry
        self._text = text
        self._source = source
        self._lines = (first, last)

    def days(self) -> Iterator[Override]:
        for key in self._entry:
            if key not in _OVERRIDE_KEYS:
                raise BadOverride("unknown key", origin=self._origin(key))
        hours = self._hours()
        reason = self._entry.get("reason", "")
        if not isinstance(reason, str):
            raise BadOverride("a reason is a text", origin=self._origin("reason"))
        for day in self._dates():
            yield Override(day=day, hours=hours, reason=reason, origin=self._origin())

    def _origin(self, key: str = "") -> Origin:
        first, last = self._lines
        line = line_of(self._text, key, first, last) or first
        entry = f"override {self._number}" + (f" {key}" if key else "")
        return Origin(entry=entry, source=self._source, line=line)

    def _hours(self) -> Any:
        closed, written = self._entry.get("closed", False), self._entry.get("open")
        if not isinstance(closed, bool):
            raise BadOverride("closed is true or false", origin=self._origin("closed"))
        if closed and written is not None:
            raise ContradictoryOverrides("both closed and open", origin=self._origin())
        if closed:
            return ()
        if not isinstance(written, str) or not written.strip():
            raise BadOverride('needs closed = true, or open = "9:00-16:00"', origin=self._origin("open"))
        return parse_hours(written, origin=self._origin("open"))

    def _dates(self) -> Iterator[date]:
        single, first, last = (self._date(key) for key in ("date", "from", "to"))
        if single is not None and first is None and last is None:
            yield single
            return
        if single is not None or first is None or last is None:
            raise BadOverride("needs either date, or from and to", origin=self._origin())
        if not timedelta(0) <= last - first <= LONGEST_RANGE:
            raise BadOverride("to is before from, or more than a year after", origin=self._origin("to"))
        for number in range((last - first).days + 1):
            yield first + timedelta(days=number)

    def _date(self, key: str) -> date | None:
        value = self._entry.get(key)
        if value is None:
            return None
        if not isinstance(value, date) or isinstance(value, datetime):
            raise BadOverride("is a date like 2026-12-30, without quotes", origin=self._origin(key))
        return value
