"""Figures of any period with their formulas, the load, and the line as it stands now. Regulation: 3.1."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from callcenter.domain.errors import InvalidInput
from callcenter.domain.people import Action
from callcenter.domain.statistics import Dimension, Grain, MarkKind, Period, Standing, Unit
from callcenter.services.staffing_load import MOST_SECONDS, MOST_WEEKS, StaffingAsked
from callcenter.web.api.fields import Asked, Told
from callcenter.web.api.operation import ApiCall, operation
from callcenter.web.api.periods import PeriodQuery, PeriodTold, SelectedQuery, period_of, selection_of
from callcenter.web.keys import CLOCK


class BreakdownQuery(SelectedQuery):
    """The period, and by what to break it down."""

    by: Dimension


class SeriesQuery(SelectedQuery):
    """The period and its steps; `hour` is for one day only."""

    grain: Grain = Grain.DAY


class MembersQuery(Asked):
    """Of which dimension."""

    of: Dimension


class StaffingQuery(Asked):
    """The goal (percent within seconds), seconds of work after a call, percent of paid time lost, weeks looked at.

    `weekday` (Monday is 0) and `hour` choose the hour whose curve is told, the busiest without them.
    """

    level: Annotated[int, Field(ge=1, le=99)] = 80
    within: Annotated[int, Field(ge=0, le=MOST_SECONDS)] = 20
    after_call: Annotated[int, Field(ge=0, le=MOST_SECONDS)] = 0
    lost: Annotated[int, Field(ge=0, le=80)] = 0
    weeks: Annotated[int, Field(ge=1, le=MOST_WEEKS)] = 8
    weekday: Annotated[int, Field(ge=0, le=6)] | None = None
    hour: Annotated[int, Field(ge=0, le=23)] | None = None


class Measure(Told):
    """One figure with what it is made of. `value` null: nothing to divide by; percent is 0 to 100."""

    code: str
    name: str
    value: float | None
    unit: Unit
    numerator: float | None
    denominator: float | None
    formula: str
    clause: str
    measured: bool


Measures = dict[str, Measure]


class Mark(Told):
    """What must be known beside the figures: rules changed inside the period, rows could not be read."""

    kind: MarkKind
    day: date | None
    count: int
    was: str
    now: str


class Figures(Told):
    """All measures by code. `standing`: live, closed (stored days) or frozen; `as_of`: when counted or closed."""

    period: PeriodTold
    standing: Standing
    as_of: datetime
    empty: bool
    open_days: int
    marks: list[Mark]
    measures: Measures


class DimensionMember(Told):
    """A member of a dimension; `key` empty: not given."""

    dimension: Dimension
    key: str
    name: str


class BreakdownRow(Told):
    """One member's measures."""

    member: DimensionMember
    measures: Measures


class Breakdown(Told):
    """Measures by member, busiest first."""

    dimension: Dimension
    figures: Figures
    rows: list[BreakdownRow]


class Point(Told):
    """One step of a series."""

    period: PeriodTold
    hour: int | None
    measures: Measures


class HeatCell(Told):
    """The load of a weekday's hour, summed over `days` such days."""

    weekday: int
    hour: int
    days: int
    offered: int
    answered: int
    abandoned: int
    wait_seconds: int
    talk_seconds: int
    within: int


class Heat(Told):
    """The load by weekday and hour; hours without a call are absent."""

    period: PeriodTold
    cells: list[HeatCell]


class Difference(Told):
    """A stored figure that raw rows do not give any more; `applied`: the day was closed anew with it."""

    day: date
    dimension: Dimension | None
    member: str
    counter: str
    stored: int
    counted: int
    applied: bool


class Check(Told):
    """What the last recount found."""

    at: datetime
    days: int
    equal: bool


class Recount(Told):
    """The last check, and every difference ever found in the period, newest first (200 at most)."""

    check: Check | None
    differences: list[Difference]


class StaffedHour(Told):
    """One hour: calls, operators needed on the line, to be on shift, on shift by the plan, and what they come to."""

    weekday: int
    hour: int
    calls: float
    needed: int | None
    rostered: int | None
    on_shift: int
    level: float | None


class StaffingPoint(Told):
    """What so many operators come to; shares are 0 to 1, times in seconds."""

    operators: int
    level: float
    waits: float
    abandons: float
    mean_wait: float | None
    occupancy: float


class StaffingWeek(Told):
    """Operators needed by weekday and hour; `points` are the curve of the `chosen` hour."""

    period: PeriodTold
    handling: float | None
    patience: float | None
    abandoned: int
    hours: list[StaffedHour]
    chosen: StaffedHour | None
    points: list[StaffingPoint]


class Present(Told):
    """The hotline at this moment: who waits and since when, who talks, open tickets overdue by clock."""

    waiting: int
    talking: int
    oldest_waiting: datetime | None
    overdue: dict[str, int]


class Wallboard(Told):
    """What hangs on the wall: the line now, and today's figures."""

    now: datetime
    present: Present
    today: Figures


async def figures(call: ApiCall, query: SelectedQuery) -> object:
    """Every measure of a period, with numerator, denominator, formula and clause."""
    room = call.statistics.statistics
    return await room.figures(period_of(query, room.today()), selection_of(query))


async def breakdown(call: ApiCall, query: BreakdownQuery) -> object:
    """The period's measures by hour, weekday, product, topic, executor, …"""
    room = call.statistics.statistics
    return await room.by(query.by, period_of(query, room.today()), selection_of(query))


async def series(call: ApiCall, query: SeriesQuery) -> object:
    """The measures step by step, empty steps included."""
    room = call.statistics.statistics
    return await room.series(period_of(query, room.today()), query.grain, selection_of(query))


async def heat_map(call: ApiCall, query: PeriodQuery) -> object:
    """The load by weekday and hour."""
    room = call.statistics.statistics
    return await room.heat(period_of(query, room.today()))


async def waits(call: ApiCall, query: PeriodQuery) -> object:
    """How long calls waited: by how they ended, whole seconds to how many."""
    room = call.statistics.statistics
    return await room.waits(period_of(query, room.today()))


async def members(call: ApiCall, query: MembersQuery) -> object:
    """What can be selected in a dimension."""
    return await call.statistics.statistics.members(query.of)


async def recount(call: ApiCall, query: PeriodQuery) -> object:
    """What the check of stored figures against the raw rows found."""
    room = call.statistics
    period = period_of(query, room.statistics.today())
    differences = await room.recount.differences(period)
    return {"check": await room.recount.last(), "differences": list(differences)[:200]}


async def staffing(call: ApiCall, query: StaffingQuery) -> object:
    """How many operators the recorded load needs, hour by hour, beside who is on shift."""
    if (query.weekday is None) is not (query.hour is None):
        raise InvalidInput({"hour" if query.hour is None else "weekday": "required"})
    asked = StaffingAsked(**query.model_dump(exclude={"weekday", "hour"}))
    cell = None if query.weekday is None or query.hour is None else (query.weekday, query.hour)
    return await call.questions.staffing.week(call.person, asked, cell=cell)


async def wallboard(call: ApiCall) -> object:
    """The line at this moment, and today's figures."""
    room = call.statistics.statistics
    now = call.request.app[CLOCK].now()
    async with call.open_uow(write=False) as uow:
        present = await uow.statistics.present(now)
    return {"now": now, "present": present, "today": await room.figures(Period.day(room.today()))}


_SEE = Action.SEE_STATISTICS
OPERATIONS = (
    operation("GET", "/statistics/figures", _SEE, figures, answer=Figures),
    operation("GET", "/statistics/breakdown", _SEE, breakdown, answer=Breakdown),
    operation("GET", "/statistics/series", _SEE, series, answer=list[Point]),
    operation("GET", "/statistics/heat", _SEE, heat_map, answer=Heat),
    operation("GET", "/statistics/waits", _SEE, waits, answer=dict[str, dict[int, int]]),
    operation("GET", "/statistics/members", _SEE, members, answer=list[DimensionMember]),
    operation("GET", "/statistics/recount", _SEE, recount, answer=Recount),
    operation("GET", "/statistics/staffing", _SEE, staffing, answer=StaffingWeek),
    operation("GET", "/wallboard", Action.SEE_LINE, wallboard, answer=Wallboard),
)
