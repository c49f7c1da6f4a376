"""What one local date is: working or not, why, and its hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sla.hours import Hours, shortened
from sla.public_holidays import HolidayYear, holiday_year
from sla.spec import CalendarSpec, Override

ONE_DAY = timedelta(days=1)


class DayKind(StrEnum):
    """Why a date has the hours it has."""

    WORKING = "working"
    SHORT = "short"
    MOVED_WORKING = "moved_working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MOVED_DAY_OFF = "moved_day_off"
    OVERRIDE_OPEN = "override_open"
    OVERRIDE_CLOSED = "override_closed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A date with its kind, its hours (none: closed) and, where there is one, the name of the reason.

    `instead_of` is the weekday whose place a worked weekend day takes.
    """

    day: date
    kind: DayKind
    hours: Hours
    reason: str = ""
    instead_of: date | None = None


class DayBook:
    """Answers what a date is under one spec: override first, then holidays and moved days, then the week."""

    __slots__ = ("_overrides", "_spec")

    def __init__(self, spec: CalendarSpec) -> None:
        self._spec = spec
        self._overrides: dict[date, Override] = {override.day: override for override in spec.overrides}

    def day(self, day: date) -> Day:
        """The kind, the hours and the reason of a date."""
        override = self._overrides.get(day)
        if override is not None:
            kind = DayKind.OVERRIDE_OPEN if override.hours else DayKind.OVERRIDE_CLOSED
            return Day(day=day, kind=kind, hours=override.hours, reason=override.reason)
        if self._spec.country is None:
            return self._ordinary(day)
        return self._by_country(day, holiday_year(self._spec.country, day.year))

    def _by_country(self, day: date, year: HolidayYear) -> Day:
        if day in year.working:
            return self._moved_working(day, year.working[day])
        if day in year.festive:
            return Day(day=day, kind=DayKind.HOLIDAY, hours=(), reason=year.festive[day])
        if day in year.days_off:
            return Day(day=day, kind=DayKind.MOVED_DAY_OFF, hours=(), reason=year.days_off[day])
        return self._ordinary(day)

    def _moved_working(self, day: date, instead_of: date | None) -> Day:
        """A worked weekend day has the hours, and the shortness, of the day whose place it takes."""
        place = instead_of if instead_of is not None else self._first_working(day)
        return Day(day=day, kind=DayKind.MOVED_WORKING, hours=self._hours(place), instead_of=instead_of)

    def _ordinary(self, day: date) -> Day:
        full, hours = self._spec.week[day.weekday()], self._hours(day)
        if not full:
            return Day(day=day, kind=DayKind.WEEKEND, hours=())
        return Day(day=day, kind=DayKind.WORKING if hours == full else DayKind.SHORT, hours=hours)

    def _hours(self, day: date) -> Hours:
        """The weekday's hours, shorter by the agreed time when the next date is a holiday proper."""
        full, eve = self._spec.week[day.weekday()], day + ONE_DAY
        if self._spec.country is None or not self._spec.short_by:
            return full
        festive = holiday_year(self._spec.country, eve.year).festive
        return shortened(full, self._spec.short_by) if eve in festive else full

    def _first_working(self, day: date) -> date:
        """The first weekday with hours in the week of `day`, for a worked weekend day of unknown exchange."""
        monday = day - timedelta(days=day.weekday())
        week = (monday + timedelta(days=number) for number in range(7))
        return next((weekday for weekday in week if self._spec.week[weekday.weekday()]), day)
