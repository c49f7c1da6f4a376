"""Periods, tallies that add up, and measures: each figure by its own formula."""

import doctest
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain import measures, statistics, tally
from callcenter.domain.errors import InvalidInput
from callcenter.domain.measures import SPECS
from callcenter.domain.statistics import Grain, Period, PeriodKind, Rules, Unit, pieces
from callcenter.domain.tally import Tally, dump_tally, load_tally, merged, quantile

MOSCOW = ZoneInfo("Europe/Moscow")
RULES = Rules()


@pytest.mark.parametrize("module", [measures, statistics, tally])
def test_the_examples_in_the_docstrings_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


def test_a_period_is_whole_local_days() -> None:
    since, until = Period.day(date(2026, 11, 23)).span(MOSCOW)
    assert since == datetime(2026, 11, 23, tzinfo=MOSCOW)
    assert until == datetime(2026, 11, 24, tzinfo=MOSCOW)


def test_a_period_that_ends_before_it_begins_or_never_ends_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Period(first=date(2026, 2, 1), last=date(2026, 1, 31))
    with pytest.raises(InvalidInput):
        Period(first=date(2016, 1, 1), last=date(2026, 1, 1))


def test_the_month_before_march_is_the_whole_of_february() -> None:
    assert Period.month(2028, 3).before() == Period.month(2028, 2)
    week = Period.week(date(2026, 11, 25))
    assert week.before() == Period.week(date(2026, 11, 16))


def test_a_period_is_cut_by_weeks_with_shorter_ends() -> None:
    found = pieces(Period.month(2026, 11), Grain.WEEK)
    assert [(each.first.day, each.last.day) for each in found] == [
        (1, 1),
        (2, 8),
        (9, 15),
        (16, 22),
        (23, 29),
        (30, 30),
    ]
    assert [each.kind for each in found][:2] == [PeriodKind.FREE, PeriodKind.WEEK]


def test_a_period_is_cut_by_months_and_knows_its_whole_ones() -> None:
    period = Period(first=date(2026, 1, 15), last=date(2026, 3, 31))
    assert period.months() == [date(2026, 2, 1), date(2026, 3, 1)]
    kinds = [each.kind for each in pieces(period, Grain.MONTH)]
    assert kinds == [PeriodKind.FREE, PeriodKind.MONTH, PeriodKind.MONTH]


WAITS = st.lists(st.integers(0, 400), max_size=60)


def told(waits: list[int], outcome: str = "answered") -> Tally:
    found = Tally()
    for seconds in waits:
        found.add(f"call.{outcome}")
        found.wait(outcome, seconds)
    return found


@given(WAITS, WAITS)
def test_days_add_up_to_exactly_what_their_calls_give_together(one: list[int], other: list[int]) -> None:
    whole, together = merged([told(one), told(other)]), told(one + other)
    for spec in SPECS:
        assert measures.measure(spec, whole, RULES) == measures.measure(spec, together, RULES)


@given(WAITS, st.integers(1, 100))
def test_a_quantile_is_a_wait_that_somebody_had_and_enough_did_not_exceed(
    waits: list[int], percent: int
) -> None:
    found = quantile(told(waits).waits.get("answered", {}), percent)
    if not waits:
        assert found is None
        return
    assert found in waits
    assert sum(wait <= found for wait in waits) * 100 >= percent * len(waits)
    assert sum(wait < found for wait in waits) * 100 < percent * len(waits)


@given(WAITS)
def test_a_tally_is_stored_and_read_unchanged(waits: list[int]) -> None:
    kept = told(waits)
    assert dict(load_tally(dump_tally(kept)).flat()) == dict(kept.flat())


def test_both_of_asterisk_s_service_levels_are_told_apart() -> None:
    day = merged([told([5, 20, 21, 60]), told([3, 30], "abandoned")])
    found = measures.measures(day, RULES)
    both, answered = found["service_level"], found["service_level.answered"]
    assert (both.numerator, both.denominator, both.value) == (3, 6, 50)
    assert (answered.numerator, answered.denominator, answered.value) == (2, 4, 50)


def test_short_abandons_are_counted_apart_and_out_of_the_share() -> None:
    day = merged([told([5, 5, 5]), told([1, 4, 5, 90], "abandoned"), told([0], "outside_hours")])
    found = measures.measures(day, RULES)
    assert found["calls.offered"].value == 7
    assert (found["calls.abandoned"].value, found["calls.abandoned_short"].value) == (2, 2)
    assert found["calls.abandoned_share"].value == 40
    assert found["calls.outside_hours"].value == 1


def test_a_figure_without_anything_to_divide_by_has_no_value_and_a_count_is_nought() -> None:
    for code, found in measures.measures(Tally(), RULES).items():
        if found.unit in (Unit.COUNT, Unit.MINUTES):
            assert found.value == 0, code
        else:
            assert found.value is None, code


def test_what_is_not_measured_says_so() -> None:
    found = measures.measures(told([1]), RULES)
    assert {code for code, each in found.items() if not each.measured} == {"aht.hold", "aht.wrap_up"}
