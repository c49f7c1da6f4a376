"""A browser's house with three weeks of a small hotline behind it, closed as the nights do, one call unexplained."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from callcenter.domain.people import Role
from callcenter.domain.zero_loss import RecordedCall
from tests import make
from tests.browser.house import House
from tests.reports_house import ReportsHouse
from tests.year import Year
from tests.year_writing import write_sqlite

UNEXPLAINED = "+79265550101"


async def report_house(database_url: str) -> tuple[House, ReportsHouse]:
    """A supervisor and an operator; today is `make.START`, a Monday."""
    today = make.START.date()
    year = Year(seed=5, first=today - timedelta(days=24), days=24, calls_a_day=6)
    write_sqlite(Path(database_url.removeprefix("sqlite:///")), year.batches())
    house = House(database_url=database_url)
    await house.open()
    built = ReportsHouse.on(house.database.uow, house.clock)
    day = today - timedelta(days=3)
    built.records.more.append(
        RecordedCall(
            pbx="main",
            linkedid="1763446000.77",
            at=datetime(day.year, day.month, day.day, 8, 12, tzinfo=make.START.tzinfo),
            caller=UNEXPLAINED,
            answered=False,
        )
    )
    await built.closing.tend()
    for number in range(1, 6):
        await built.room.zero_loss.compare(today - timedelta(days=number))
    house.services = replace(house.services, statistics=built.room, reports=built.reports)
    await house.vanish()
    await house.serve()
    await house.hire(make.person("supervisor", "Соколов Андрей", roles=[Role.SUPERVISOR], endpoint=None))
    await house.hire(make.person("ivanova", "Иванова Анна", roles=[Role.OPERATOR], endpoint="PJSIP/101"))
    return house, built
