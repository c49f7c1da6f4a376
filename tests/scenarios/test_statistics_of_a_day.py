"""Clauses 3.1 and 3.2 told as a day: what happened on the line in a table, what the head reads in the morning."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import pytest

from callcenter.domain.calls import CallOutcome
from callcenter.domain.statistics import Dimension, Period, Standing
from callcenter.services.compliance import Compliance
from callcenter.services.day_closing import DayClosing
from callcenter.services.day_counting import House as Rooms
from callcenter.services.hotline import Hotline
from callcenter.services.recount import Recount
from callcenter.services.statistics import Statistics
from tests import make
from tests.databases import SqliteTemplate, opened
from tests.desk_house import MOSCOW, TERMS, House, moscow

MONDAY = Period.day(date(2026, 11, 23))
NOVEMBER = Period.month(2026, 11)

DAY = """
    # caller enters   waits   ends as     talks
    01     09:00:10   8       answered    120
    02     09:15:00   25      answered    60
    03     10:02:00   3       abandoned
    04     10:03:00   40      abandoned
    01     10:30:00   12      answered    180
    05     11:00:00   180     queue_timeout
    06     18:20:00   0       outside_hours
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("statistics"))


@pytest.fixture
async def house(template: SqliteTemplate) -> AsyncIterator[House]:
    async with opened(await template.new()) as database:
        yield await House.built(database.uow)


async def play(house: House, table: str) -> None:
    """Tell the hotline of each line of the table as the PBX would."""
    hotline = Hotline(house.open_uow, house.clock)
    for number, line in enumerate(line for line in table.splitlines() if line.strip() and "#" not in line):
        caller, enters, waits, ends, *talks = line.split()
        key, begin = f"call-{number}", (moscow(enters) - make.START).total_seconds()
        end = begin + int(waits)
        facts: list[object] = [
            make.entered(key, begin, caller=f"+79160000{caller:0>3}"),
            make.queued(key, begin),
        ]
        if talks:
            facts.append(make.answered(key, end))
            end += int(talks[0])
        facts.append(make.ended(key, end, CallOutcome(ends)))
        await hotline.apply(facts)  # type: ignore[arg-type]


@pytest.mark.regulation("3.1")
async def test_the_head_reads_in_the_morning_what_happened_on_the_line(house: House) -> None:
    await play(house, DAY)
    ticket = await house.in_work("12:00")
    house.at("12:40")
    await house.work.resolve(house.people.executor, ticket.id, ticket.version, answer="Готово")
    house.at("24 08:30")
    rooms = Rooms(zone=MOSCOW, terms=lambda: TERMS)
    recount = Recount(house.open_uow, house.clock, rooms)
    await DayClosing(house.open_uow, house.clock, rooms, recount).tend()
    statistics = Statistics(house.open_uow, house.clock, rooms)
    figures = await statistics.figures(MONDAY)
    read = {code: each.value for code, each in figures.measures.items()}
    assert figures.standing is Standing.CLOSED
    assert (read["calls.offered"], read["calls.answered"], read["calls.outside_hours"]) == (6, 3, 1)
    assert (read["calls.abandoned"], read["calls.abandoned_short"], read["calls.lost"]) == (1, 1, 1)
    assert (read["asa"], read["wait.median"], read["wait.p90"]) == (15, 12, 180)
    assert (read["aht"], read["service_level"]) == (120, 60)
    assert figures.measures["calls.repeat"].numerator == 1, "01 called twice"
    assert (read["clock.assign"], read["clock.resolve-reference"], read["breach.overrun.executor"]) == (
        100,
        0,
        10,
    )
    hours = await statistics.by(Dimension.HOUR, MONDAY)
    assert [(row.member.key, row.value("calls.offered")) for row in hours.rows][:3] == [
        ("9", 2),
        ("10", 3),
        ("11", 1),
    ]
    check = await recount.last()
    assert check is not None and check.equal


@pytest.mark.regulation("3.2")
async def test_the_month_is_frozen_on_its_first_night_and_read_the_same_ever_after(house: House) -> None:
    await play(house, DAY)
    house.clock.advance(datetime(2026, 12, 1, 0, 15, tzinfo=MOSCOW) - house.clock.now())
    rooms = Rooms(zone=MOSCOW, terms=lambda: TERMS)
    closing = DayClosing(house.open_uow, house.clock, rooms, Recount(house.open_uow, house.clock, rooms))
    await closing.tend()
    statistics = Statistics(house.open_uow, house.clock, rooms)
    frozen = await statistics.figures(NOVEMBER)
    assert (frozen.standing, frozen.value("calls.offered")) == (Standing.FROZEN, 6)
    compliance = Compliance(house.open_uow, house.clock, rooms, statistics)
    lines = {clause: (await compliance.month(2026, 11)).line(clause) for clause in ("3.1", "3.2")}
    assert (lines["3.1"].kept, lines["3.1"].broken) == (8, 0)
    assert (lines["3.2"].kept, lines["3.2"].broken) == (1, 0)
    await play(house, DAY.replace("09:", "12:").replace("10:", "13:"))  # the same keys again: nothing new
    house.clock.advance(timedelta(days=20))
    await closing.tend()
    assert await statistics.figures(NOVEMBER) == frozen
