"""How many operators: against published tables, a birth-and-death chain counted out, and common sense."""

import math
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callcenter.domain.erlang import (
    FEWEST_ABANDONED,
    Goal,
    Load,
    curve,
    erlang_b,
    erlang_c,
    needed,
    patience,
    standing,
)

TABLE_B = [
    (1, 1.0, 0.5),
    (2, 1.0, 0.2),
    (5, 3.0, 0.11005),
    (10, 10.0, 0.21458),
    (20, 15.0, 0.04559),
    (100, 100.0, 0.07570),
]
"""Blocking by the published Erlang B tables."""


@pytest.mark.parametrize(("operators", "erlangs", "blocked"), TABLE_B)
def test_blocking_is_that_of_the_published_tables(operators: int, erlangs: float, blocked: float) -> None:
    assert erlang_b(operators, erlangs) == pytest.approx(blocked, abs=5e-6)


def test_the_textbook_centre_of_720_calls_an_hour_and_55_operators() -> None:
    found = standing(Load(calls_per_hour=720, handling=240), 55, Goal(within=15))
    assert found.waits == pytest.approx(0.239, abs=5e-4)
    assert found.mean_wait == pytest.approx(8.18, abs=5e-3)
    assert found.level == pytest.approx(0.846, abs=5e-4)
    assert found.occupancy == pytest.approx(0.873, abs=5e-4)


def test_impatient_callers_of_garnett_mandelbaum_and_reiman_wait_a_sixth_as_long() -> None:
    """M&SOM 4:3 (2002), table 1: 50 agents, 48 calls a minute of one minute each, patience of two minutes."""
    patient = standing(Load(calls_per_hour=2880, handling=60), 50, Goal())
    impatient = standing(Load(calls_per_hour=2880, handling=60, patience=120), 50, Goal())
    assert patient.mean_wait == pytest.approx(20.8, abs=0.05)
    assert impatient.abandons == pytest.approx(0.031, abs=5e-4)
    assert impatient.mean_wait == pytest.approx(3.7, abs=0.05)
    assert (patient.occupancy, impatient.occupancy) == pytest.approx((0.96, 0.93), abs=5e-3)


def counted_out(load: Load, operators: int) -> tuple[float, float]:
    """The shares that wait and that hang up, from the chain of states itself."""
    assert load.patience is not None
    arrivals, number = load.calls_per_hour / 3600, 0
    weights = [1.0]
    while number < 2000:
        number += 1
        leaving = min(number, operators) / load.handling + max(0, number - operators) / load.patience
        weights.append(weights[-1] * arrivals / leaving)
    total = math.fsum(weights)
    queue = math.fsum(max(0, held - operators) * weight for held, weight in enumerate(weights)) / total
    return math.fsum(weights[operators:]) / total, queue / load.patience / arrivals


@given(
    calls=st.floats(1, 400),
    handling=st.floats(20, 900),
    mean_patience=st.floats(10, 600),
    operators=st.integers(1, 60),
)
@settings(max_examples=60, deadline=None)
def test_impatience_agrees_with_the_chain_counted_out(
    calls: float, handling: float, mean_patience: float, operators: int
) -> None:
    load = Load(calls_per_hour=calls, handling=handling, patience=mean_patience)
    found = standing(load, operators, Goal())
    waits, abandons = counted_out(load, operators)
    assert found.waits == pytest.approx(waits, abs=1e-9)
    assert found.abandons == pytest.approx(abandons, abs=1e-9)


@given(calls=st.floats(1, 3000), handling=st.floats(10, 900), mean_patience=st.none() | st.floats(5, 900))
@settings(max_examples=60, deadline=None)
def test_one_more_operator_never_makes_it_worse(
    calls: float, handling: float, mean_patience: float | None
) -> None:
    load = Load(calls_per_hour=calls, handling=handling, patience=mean_patience)
    levels = [each.level for each in curve(load, Goal(), around=max(1, round(load.erlangs)))]
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(levels))
    assert all(0 <= level <= 1 for level in levels)


@given(calls=st.floats(0, 2000), handling=st.floats(10, 600), mean_patience=st.none() | st.floats(20, 600))
@example(calls=2.225073858507203e-309, handling=10.0, mean_patience=20.0)
@settings(max_examples=40, deadline=None)
def test_needed_is_the_fewest_that_meet_the_goal(
    calls: float, handling: float, mean_patience: float | None
) -> None:
    load = Load(calls_per_hour=calls, handling=handling, patience=mean_patience)
    found = needed(load, Goal())
    assert found is not None and found.level >= 0.8
    if found.operators:
        assert standing(load, found.operators - 1, Goal()).level < 0.8


def test_thousands_of_operators_do_not_overflow() -> None:
    busy = Load(calls_per_hour=72_000, handling=180)
    assert needed(busy, Goal()).operators == 3613  # type: ignore[union-attr]
    crowd = standing(Load(calls_per_hour=72_000, handling=180, patience=30), 10, Goal())
    assert crowd.abandons == pytest.approx(1 - 10 / 3600, abs=1e-6)
    assert erlang_c(5000, 4990.0) < 1


def test_a_queue_that_grows_without_end_has_no_mean_wait() -> None:
    found = standing(Load(calls_per_hour=120, handling=300), 10, Goal())
    assert found.mean_wait is None
    assert (found.level, found.waits, found.occupancy) == (0.0, 1.0, 1.0)


def test_where_nobody_calls_nobody_is_needed() -> None:
    found = needed(Load(calls_per_hour=0, handling=200), Goal())
    assert found is not None
    assert (found.operators, found.level) == (0, 1.0)


def test_a_goal_that_cannot_be_met_is_said_to_be_so() -> None:
    assert needed(Load(calls_per_hour=3600, handling=600), Goal(), most=500) is None


def test_nobody_answers_where_nobody_works() -> None:
    found = standing(Load(calls_per_hour=10, handling=100, patience=50), 0, Goal())
    assert (found.level, found.abandons, found.mean_wait) == (0.0, 1.0, 50)


def test_patience_counts_those_who_were_answered_before_they_lost_it() -> None:
    hung_up = [(20.0, True)] * FEWEST_ABANDONED
    assert patience(hung_up) == 20
    assert patience([*hung_up, *[(5.0, False)] * 40]) == 40


def test_patience_is_not_guessed_from_a_few() -> None:
    assert patience([(20.0, True)] * (FEWEST_ABANDONED - 1)) is None


@pytest.mark.parametrize(
    "bad",
    [
        {"handling": 0},
        {"patience": 0},
        {"calls_per_hour": -1},
        {"handling": math.inf},
        {"patience": math.nan},
    ],
)
def test_a_load_that_makes_no_sense_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"load|above zero"):
        Load(**{"calls_per_hour": 10.0, "handling": 100.0, "patience": 60.0, **bad})
