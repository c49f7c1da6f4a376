"""A local day as instants, its half hours, and what a half hour of a week is called."""

import doctest
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from callcenter.services import day_counting
from callcenter.services.day_counting import House
from tests.year import TERMS


def house(zone: str) -> House:
    return House(zone=ZoneInfo(zone), terms=lambda: TERMS)


def test_a_day_in_moscow_has_forty_eight_half_hours() -> None:
    bounds = house("Europe/Moscow").bounds(date(2026, 11, 23))
    every = [bounds.since, *bounds.half_hours, bounds.until]
    assert {later - earlier for earlier, later in pairwise(every)} == {timedelta(minutes=30)}
    assert bounds.half_hours[17] == datetime(2026, 11, 23, 6, tzinfo=UTC), "9:00 in Moscow"


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_where_clocks_are_moved_half_hours_still_follow_each_other_and_cover_the_day(day: date) -> None:
    bounds = house("Europe/Berlin").bounds(day)
    every = [bounds.since, *bounds.half_hours, bounds.until]
    lengths = [later - earlier for earlier, later in pairwise(every)]
    assert len(lengths) == 48 and all(timedelta() <= each <= timedelta(minutes=90) for each in lengths)
    assert sum(lengths, timedelta()) == bounds.until - bounds.since


def test_the_examples_of_day_counting_hold() -> None:
    assert doctest.testmod(day_counting).failed == 0
