"""Targets with their history, and the calendar they are counted by. Regulation: 1.3, 2.3, 2.4, 2.7, 2.8."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from callcenter.domain.people import Action
from callcenter.domain.targets import target_names
from callcenter.web.api.fields import Asked, Instant, Told
from callcenter.web.api.operation import ApiCall, operation
from callcenter.web.api.periods import Month, first_of
from callcenter.web.keys import CLOCK, SETTINGS
from sla.days import DayKind


def _minutes(value: Any) -> Any:
    pairs = value.items() if isinstance(value, Mapping) else value
    return {
        name: time / timedelta(minutes=1) if isinstance(time, timedelta) else time for name, time in pairs
    }


Minutes = Annotated[dict[str, float], BeforeValidator(_minutes)]
TargetName = Annotated[str, Field(json_schema_extra={"enum": list(target_names())}, max_length=40)]


class ChangeBody(Asked):
    """The whole table in business minutes; a finer target that is not named is as its kind.

    Without `valid_from` it holds at once.
    """

    minutes: Annotated[dict[TargetName, Annotated[float, Field(gt=0, le=100_000)]], Field(min_length=1)]
    valid_from: Instant | None = None
    reason: Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ConfiguredBody(Asked):
    """Why."""

    reason: Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]


class MonthQuery(Asked):
    """Which month, as 2026-11; without one, this one."""

    month: Month | None = None


class Targets(Told):
    """Targets in business minutes by name: `resolve.outage`, or finer `resolve.outage.high`."""

    version: str
    minutes: Annotated[Minutes, Field(validation_alias="times")]


class TargetChange(Told):
    """What was changed, when, by whom, why, and from when on; no `minutes`: back to the configuration."""

    id: int
    at: datetime
    by: int
    valid_from: datetime
    minutes: Annotated[Minutes, Field(validation_alias="times")]
    reason: str


class TargetState(Told):
    """What holds now, what was configured, what is to come, and every change, newest first."""

    now: Targets
    configured: Targets
    current: TargetChange | None
    coming: list[TargetChange]
    history: list[TargetChange]


class CalendarDay(Told):
    """A day: what kind it is, and its opening hours as 09:00-18:00; none while closed."""

    day: date
    kind: DayKind
    hours: Annotated[list[str], BeforeValidator(lambda spans: [str(each) for each in spans])]


class CalendarMonth(Told):
    """A month of the business calendar. `unpublished`: years whose moved days no decree is known of."""

    month: str
    zone: str
    days: list[CalendarDay]
    unpublished: list[int]


async def get_targets(call: ApiCall) -> object:
    """The targets that hold now, with their history."""
    return await call.administration.targets.state(call.person)


async def change_targets(call: ApiCall, body: ChangeBody) -> object:
    """Set the whole table from an instant on; running clocks are measured anew, ended ones keep theirs."""
    times = {name: timedelta(minutes=minutes) for name, minutes in body.minutes.items()}
    return await call.administration.targets.change(
        call.person, times, valid_from=body.valid_from, reason=body.reason
    )


async def configured_targets(call: ApiCall, body: ConfiguredBody) -> object:
    """Back to the table of the configuration, from now on."""
    return await call.administration.targets.change(call.person, {}, valid_from=None, reason=body.reason)


async def get_calendar(call: ApiCall, query: MonthQuery) -> object:
    """A month of the business calendar, day by day."""
    request = call.request
    today = request.app[CLOCK].now().astimezone(request.app[SETTINGS].time_zone).date()
    first = today.replace(day=1) if query.month is None else first_of(query.month)
    calendar = call.administration.targets.calendar
    return {
        "month": f"{first:%Y-%m}",
        "zone": str(calendar.spec.zone),
        "days": list(calendar.month(first.year, first.month)),
        "unpublished": list(calendar.unpublished_years(today.year, today.year + 1)),
    }


_SEE, _EDIT = Action.SEE_TARGETS, Action.EDIT_TARGETS
OPERATIONS = (
    operation("GET", "/targets", _SEE, get_targets, answer=TargetState),
    operation("POST", "/targets", _EDIT, change_targets, answer=TargetChange, status=201),
    operation("POST", "/targets/configured", _EDIT, configured_targets, answer=TargetChange, status=201),
    operation("GET", "/calendar", _SEE, get_calendar, answer=CalendarMonth),
)
