"""A generated year of a believable hotline: stored figures equal an independent recount, day, week and month.

SQLite is given the whole year, PostgreSQL its turn of the year with the longest holidays.
"""

import math
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
import pytest_asyncio

from callcenter.domain.statistics import Dimension, Figures, Grain, Measure, Period, Selection, Standing
from callcenter.services.day_closing import DayClosing
from callcenter.services.day_counting import House
from callcenter.services.recount import Recount
from callcenter.services.statistics import Statistics
from callcenter.store import Database
from callcenter.store.database import sqlite_path
from tests.databases import PostgresqlCluster, SqliteTemplate, opened
from tests.fakes.clock import FakeClock
from tests.recount import Raw, of_calls, recount
from tests.year import CALENDAR, OPERATORS, TERMS, Year
from tests.year_writing import write_postgresql, write_sqlite

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOUSE = House(zone=CALENDAR.zone, terms=lambda: TERMS)


@dataclass
class Told:
    """A year written down, closed and frozen, with its raw rows beside it."""

    first: date
    last: date
    database: Database
    statistics: Statistics
    recount: Recount
    closing: DayClosing
    clock: FakeClock
    raw: Raw

    def counted(self, period: Period) -> Mapping[str, float | None]:
        return recount(self.raw, *period.span(CALENDAR.zone))


async def told(database: Database, first: date, days: int) -> Told:
    last = first + timedelta(days=days - 1)
    clock = FakeClock(datetime.combine(last + timedelta(days=1), time(3), UTC))
    checking = Recount(database.uow, clock, HOUSE)
    closing = DayClosing(database.uow, clock, HOUSE, checking)
    await closing.close_due()
    await closing.freeze_due()
    return Told(
        first=first,
        last=last,
        database=database,
        statistics=Statistics(database.uow, clock, HOUSE),
        recount=checking,
        closing=closing,
        clock=clock,
        raw=await Raw.of(database),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def year(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Told]:
    if request.param == "sqlite":
        url = await SqliteTemplate(tmp_path_factory.mktemp("year")).new()
        path = sqlite_path(url)
        assert path is not None
        rows = Year(seed=3, first=date(2025, 1, 1), days=365, calls_a_day=7)
        write_sqlite(path, rows.batches())
        async with opened(url) as database:
            yield await told(database, rows.first, rows.days)
        return
    cluster: PostgresqlCluster = request.getfixturevalue("postgresql_cluster")
    url = await cluster.new()
    rows = Year(seed=4, first=date(2025, 12, 20), days=43, calls_a_day=8)
    await write_postgresql(url, rows.batches())
    async with opened(url) as database:
        yield await told(database, rows.first, rows.days)
    await cluster.clear(url)


def assert_equal(measures: Mapping[str, Measure], counted: Mapping[str, float | None], where: str) -> None:
    for code, expected in counted.items():
        value = measures[code].value
        same = value == expected or (
            value is not None and expected is not None and math.isclose(value, expected, rel_tol=1e-9)
        )
        assert same, f"{where}: {code} is {value}, recounted {expected}"


def assert_agrees(year: Told, figures: Figures) -> None:
    assert_equal(figures.measures, year.counted(figures.period), str(figures.period))


@pytest.mark.regulation("3.1")
async def test_every_day_agrees_with_the_recount(year: Told) -> None:
    empty = 0
    for day in Period(first=year.first, last=year.last).each_day():
        figures = await year.statistics.figures(Period.day(day))
        assert_agrees(year, figures)
        assert figures.standing is not Standing.LIVE
        empty += figures.empty
    assert empty > 5, "the year has holidays"


@pytest.mark.regulation("3.1")
async def test_every_week_agrees_with_the_recount(year: Told) -> None:
    monday = Period.week(year.first).last + timedelta(days=1)
    while monday + timedelta(days=6) <= year.last:
        figures = await year.statistics.figures(Period.week(monday))
        assert_agrees(year, figures)
        monday += timedelta(days=7)


@pytest.mark.regulation("3.1", "3.2")
async def test_every_month_is_frozen_and_agrees_with_the_recount(year: Told) -> None:
    for month in Period(first=year.first, last=year.last).months():
        figures = await year.statistics.figures(Period.month(month.year, month.month))
        assert figures.standing is Standing.FROZEN
        assert not figures.marks
        assert_agrees(year, figures)


@pytest.mark.regulation("3.1")
async def test_a_period_across_months_agrees_with_the_recount(year: Told) -> None:
    period = Period(first=year.first + timedelta(days=9), last=year.last - timedelta(days=2))
    assert_agrees(year, await year.statistics.figures(period))


async def test_each_operator_s_calls_agree_with_the_recount(year: Told) -> None:
    period = Period(first=year.first, last=year.last)
    rows = {each.member.key: each for each in (await year.statistics.by(Dimension.OPERATOR, period)).rows}
    for person in OPERATORS:
        calls = [row for row in year.raw.tables["call"] if row["answered_by"] == person]
        counted = of_calls(year.raw, calls, 0)
        counted.pop("occupancy")
        assert_equal(rows[str(person)].measures, counted, f"operator {person}")
        assert rows[str(person)].value("occupancy") is not None


async def test_parts_of_every_dimension_make_the_whole(year: Told) -> None:
    month = Period.month(year.last.year, year.last.month)
    for dimension in Dimension:
        breakdown = await year.statistics.by(dimension, month)
        for code in ("calls.offered", "calls.answered", "tickets.opened", "callbacks.attempts"):
            parts = sum(row.value(code) or 0 for row in breakdown.rows)
            assert parts == breakdown.figures.value(code), (dimension, code)


async def test_a_selection_is_the_same_from_stored_days_and_from_raw_rows(year: Told) -> None:
    """A breakdown inside a selection is counted from rows, the selection alone is read from stored days."""
    month = Period.month(year.last.year, year.last.month)
    for dimension, member in ((Dimension.PRODUCT, "3"), (Dimension.HOUR, "10"), (Dimension.WEEKDAY, "0")):
        selection = Selection.only(dimension, member)
        stored = await year.statistics.figures(month, selection)
        counted = await year.statistics.by(Dimension.HOTLINE, month, selection)
        for code in ("calls.offered", "calls.answered", "tickets.opened", "clock.assign"):
            whole = stored.measures[code].numerator
            assert whole == sum(row.measures[code].numerator or 0 for row in counted.rows), (dimension, code)


async def test_a_series_has_every_step_and_adds_up(year: Told) -> None:
    period = Period(first=year.first, last=year.last)
    whole = (await year.statistics.figures(period)).value("calls.offered")
    for grain, steps in ((Grain.DAY, period.days), (Grain.WEEK, None), (Grain.MONTH, None)):
        points = await year.statistics.series(period, grain)
        assert sum(point.value("calls.offered") or 0 for point in points) == whole
        assert steps is None or len(points) == steps
        assert [point.period.first for point in points] == sorted(point.period.first for point in points)


async def test_the_heat_map_holds_every_call_and_dips_at_lunch(year: Told) -> None:
    period = Period(first=year.first, last=year.last)
    heat = await year.statistics.heat(period)
    figures = await year.statistics.figures(period)
    assert sum(cell.offered for cell in heat.cells) == figures.value("calls.offered")
    eleven, lunch = (sum(cell.offered for cell in heat.cells if cell.hour == hour) for hour in (11, 13))
    assert eleven > lunch


@pytest.mark.regulation("3.1", "3.2")
async def test_the_program_s_own_check_finds_the_year_equal(year: Told) -> None:
    last = Period(first=year.last - timedelta(days=20), last=year.last)
    check = await year.recount.run(last)
    assert check.equal and check.days == 21
    kept = await year.recount.last()
    assert kept == check
