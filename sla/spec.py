"""What a calendar is made of: one frozen value that can be stored, compared, and named by a version."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from importlib import resources
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo

from sla.errors import BadHours, BadSpec, ContradictoryOverrides, NeverOpens, Origin, UnknownZone
from sla.hours import WEEKDAYS, Hours, check_hours, parse_hours, parse_week
from sla.public_holidays import native_language

NO_TIME = timedelta(0)

_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """One date that is otherwise than the rules say: own hours, or closed when there are none."""

    day: date
    hours: Hours
    reason: str = ""
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Overrides:
    """What a file of overrides says: single dates, and years whose days off it declares to be final."""

    days: tuple[Override, ...] = ()
    published_years: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarSpec:
    """A business calendar as it was ordered; two equal specs open at the same instants.

    `week` has seven entries, Monday first. `country` names public holidays (`None`: there are none).
    `short_by` is taken off the end of the working day before a holiday (Labour Code, article 95).
    Raises `BadSpec` and its kinds, or `NeverOpens`, when it makes no calendar.
    """

    zone: str
    week: tuple[Hours, ...]
    country: str | None = None
    short_by: timedelta = NO_TIME
    overrides: tuple[Override, ...] = ()
    published_years: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        load_zone(self.zone)
        if len(self.week) != len(WEEKDAYS):
            raise BadHours(f"a week has seven days, not {len(self.week)}")
        for name, hours in zip(WEEKDAYS, self.week, strict=True):
            check_hours(list(hours), origin=Origin(entry=f"hours.{name}"))
        if self.country is not None:
            native_language(self.country)
        if self.short_by < NO_TIME:
            raise BadSpec(f"a short day cannot be longer than a full one: {self.short_by}")
        check_overrides(self.overrides)
        if not any(self.week) and not any(override.hours for override in self.overrides):
            raise NeverOpens("the calendar has no opening hours on any day")

    def with_overrides(self, overrides: Overrides) -> CalendarSpec:
        """The same calendar with the dates of an overrides file added; a date twice is refused."""
        years = sorted({*self.published_years, *overrides.published_years})
        days = (*self.overrides, *overrides.days)
        return replace(self, overrides=days, published_years=tuple(years))


def check_overrides(overrides: tuple[Override, ...]) -> None:
    """Refuse two overrides of one date, naming both: `ContradictoryOverrides`."""
    seen: dict[date, Override] = {}
    for override in overrides:
        check_hours(list(override.hours), origin=override.origin or Origin(entry=f"override {override.day}"))
        if override.day in seen:
            earlier = seen[override.day].origin
            named = f" by {earlier}" if earlier else ""
            raise ContradictoryOverrides(
                f"{override.day} is already overridden{named}", origin=override.origin
            )
        seen[override.day] = override


def calendar_spec(
    *,
    hours: Mapping[str, str],
    zone: str = "Europe/Moscow",
    country: str | None = "RU",
    short_by: timedelta = NO_TIME,
    overrides: Overrides | None = None,
    source: str = "",
) -> CalendarSpec:
    """A spec from hours as people write them: `{"mon-fri": "9:00-18:00"}`.

    >>> calendar_spec(hours={"mon-fri": "9:00-18:00"}).zone
    'Europe/Moscow'
    """
    spec = CalendarSpec(zone=zone, week=parse_week(hours, source=source), country=country, short_by=short_by)
    return spec.with_overrides(overrides) if overrides else spec


def regulation_spec() -> CalendarSpec:
    """Monday to Friday 9:00–18:00 without a break, Moscow time, Russian holidays. Regulation: 1.3."""
    return calendar_spec(hours={"mon-fri": "9:00-18:00"})


def always_open_spec(zone: str = "UTC") -> CalendarSpec:
    """Round the clock on all seven days, without holidays: clause 2.3 is measured by it, and the demonstration."""
    return calendar_spec(hours={"mon-sun": "0:00-24:00"}, zone=zone, country=None)


def load_zone(key: str) -> ZoneInfo:
    """The IANA zone from the installed `tzdata`, so that every machine counts alike; else `UnknownZone`."""
    try:
        if not _ZONE.fullmatch(key):
            raise ValueError(key)
        with resources.files("tzdata.zoneinfo").joinpath(key).open("rb") as stored:
            return ZoneInfo.from_file(stored, key=key)
    except (ValueError, FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise UnknownZone(f"no such time zone: {key!r}") from None


def spec_version(spec: CalendarSpec) -> str:
    """A short name of exactly this calendar; another rule, holiday table or zone table gives another name."""
    facts = [dump_spec(spec), version("tzdata"), version("holidays") if spec.country else ""]
    text = json.dumps(facts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def dump_spec(spec: CalendarSpec) -> dict[str, Any]:
    """The spec as plain JSON values, to be stored beside its version.

    >>> dump_spec(always_open_spec())["week"][6]
    '00:00-24:00'
    """
    return {
        "zone": spec.zone,
        "week": [_show_hours(hours) for hours in spec.week],
        "country": spec.country,
        "short_seconds": int(spec.short_by.total_seconds()),
        "overrides": [
            {"day": override.day.isoformat(), "hours": _show_hours(override.hours), "reason": override.reason}
            for override in sorted(spec.overrides, key=lambda override: override.day)
        ],
        "published_years": sorted(spec.published_years),
    }


def load_spec(stored: Mapping[str, Any]) -> CalendarSpec:
    """The spec that `dump_spec` wrote.

    >>> load_spec(dump_spec(regulation_spec())) == regulation_spec()
    True
    """
    origin = Origin(entry="stored calendar")
    return CalendarSpec(
        zone=stored["zone"],
        week=tuple(parse_hours(hours, origin=origin) for hours in stored["week"]),
        country=stored["country"],
        short_by=timedelta(seconds=stored["short_seconds"]),
        overrides=tuple(
            Override(
                day=date.fromisoformat(row["day"]),
                hours=parse_hours(row["hours"], origin=origin),
                reason=row["reason"],
            )
            for row in stored["overrides"]
        ),
        published_years=tuple(stored["published_years"]),
    )


def _show_hours(hours: Hours) -> str:
    return ", ".join(str(span) for span in hours)
