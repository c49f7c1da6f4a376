"""The calendar compared with the minute oracle: 100,000 random intervals, ten years, five zones."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from sla.calendar import BusinessCalendar
from sla.instants import to_datetime, to_microseconds
from sla.spec import calendar_spec
from tests.unit.sla.minute_oracle import MINUTE_US, MinuteOracle, Week

INTERVALS_PER_ZONE = 20_000
FIRST_YEAR = 2010

OFFICE = {"mon-fri": "9:00-18:00"}
OFFICE_WEEK: Week = (((540, 1080),),) * 5 + ((),) * 2
NIGHTS = {
    "mon-fri": "0:00-2:30, 9:00-13:00, 14:00-18:00, 23:30-24:00",
    "sat": "1:45-24:00",
    "sun": "0:00-3:10",
}
NIGHTS_WEEK: Week = (
    ((0, 150), (540, 780), (840, 1080), (1410, 1440)),
) * 5 + (((105, 1440),), ((0, 190),))  # fmt: skip

ZONES = [
    pytest.param(("Europe/Moscow", "RU", OFFICE, OFFICE_WEEK), id="Moscow with its changes of 2011 and 2014"),
    pytest.param(("Europe/Berlin", None, NIGHTS, NIGHTS_WEEK), id="Berlin"),
    pytest.param(("Australia/Lord_Howe", None, NIGHTS, NIGHTS_WEEK), id="Lord Howe, half an hour of summer"),
    pytest.param(("America/Sao_Paulo", None, NIGHTS, NIGHTS_WEEK), id="Sao Paulo, changes at midnight"),
    pytest.param(("Pacific/Apia", None, NIGHTS, NIGHTS_WEEK), id="Apia, which left out a day"),
]


Pair = tuple[MinuteOracle, BusinessCalendar]


@pytest.fixture(scope="module", params=ZONES)
def pair(request: pytest.FixtureRequest) -> Pair:
    """The oracle and the calendar of the same zone and hours; pytest runs all tests of one zone together."""
    zone, country, hours, week = request.param
    calendar = BusinessCalendar(calendar_spec(hours=hours, zone=zone, country=country))
    return MinuteOracle(zone, week, country, FIRST_YEAR), calendar


def test_twenty_thousand_random_intervals_agree_with_the_minute_oracle(pair: Pair) -> None:
    oracle, calendar = pair
    chance = random.Random(f"{oracle.zone.key} 20261122")
    low, high = to_microseconds(oracle.first), to_microseconds(oracle.last)
    for _ in range(INTERVALS_PER_ZONE):
        length = chance.choice((3_600, 86_400, 10 * 86_400, 3_000 * 86_400)) * 1_000_000
        start = chance.randrange(low, high - 1)
        end = min(start + chance.randrange(length), high - 1)
        if chance.random() < 0.3:
            start, end = start // MINUTE_US * MINUTE_US, end // MINUTE_US * MINUTE_US
        first, last, expected = to_datetime(start), to_datetime(end), oracle.between(start, end)
        assert calendar.between(first, last) // timedelta(microseconds=1) == expected, (first, last)
        assert calendar.is_open(first) == bool(oracle.flags[(start - oracle.origin) // MINUTE_US]), first
        if expected:
            reached = calendar.add(first, timedelta(microseconds=expected))
            assert to_microseconds(reached) == oracle.add(start, expected), (first, last)


def test_the_oracle_itself_agrees_with_looking_at_single_minutes(pair: Pair) -> None:
    oracle, _ = pair
    chance = random.Random(f"{oracle.zone.key} minutes")
    starts = [chance.randrange(len(oracle.flags) - 600) for _ in range(40)]
    days = [datetime(2011, 3, 27), datetime(2014, 10, 26), datetime(2011, 12, 29), datetime(2018, 2, 17)]
    starts += [int((day - oracle.first.replace(tzinfo=None)).total_seconds() // 60) for day in days]
    for start in starts:
        for minute in range(start, start + 600):
            at = oracle.first + timedelta(minutes=minute)
            assert oracle.minute_is_open(at) == bool(oracle.flags[minute]), at
