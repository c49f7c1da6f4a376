"""A stored clock: its state, what is used and left, and when it is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from sla.clock import Clock, ClockState, Terms, clocks, elapsed, reaches, round_the_clock
from sla.errors import BadTarget
from sla.timeline import ClockName, Pause, Timeline
from tests.unit.sla.tickets import MINUTE, REGULATION, at, course, ticket


def clock(timeline: Timeline, name: str = "resolve", terms: Terms = REGULATION) -> Clock:
    (found,) = (clock for clock in clocks(timeline, terms) if clock.clock is ClockName(name))
    return found


def test_a_running_clock_is_due_when_its_target_is_used_up() -> None:
    found = clock(ticket("11-20 17:50 arrived"))
    assert found == Clock(
        ticket="7",
        clock=ClockName.RESOLVE,
        number=1,
        state=ClockState.RUNNING,
        pause=None,
        target=30 * MINUTE,
        started_at=at("11-20 17:50"),
        since=at("11-20 17:50"),
        elapsed=timedelta(0),
        due_at=at("11-23 09:20"),
        finished_at=None,
        reopened_at=None,
        used_at_reopening=None,
    )


def test_all_instants_of_a_clock_are_in_utc() -> None:
    found = clock(
        ticket("11-20 10:00 arrived", "11-20 10:10 resolved", "11-20 11:00 reopened", "11-20 11:10 resolved")
    )
    instants = (found.started_at, found.since, found.due_at, found.finished_at, found.reopened_at)
    assert all(instant is not None and instant.tzinfo is UTC for instant in instants)


def test_a_clock_is_known_by_ticket_name_and_number() -> None:
    assert clock(ticket("11-20 17:50 arrived")).key == "7/resolve/1"


def test_used_and_left_grow_with_business_time_only() -> None:
    found = clock(ticket("11-20 17:50 arrived"))
    assert found.used(at("11-20 17:55"), REGULATION) == 5 * MINUTE
    assert found.used(at("11-22 12:00"), REGULATION) == 10 * MINUTE
    assert found.left(at("11-22 12:00"), REGULATION) == 20 * MINUTE
    assert found.left(at("11-23 09:30"), REGULATION) == -10 * MINUTE


def test_an_instant_before_the_last_change_counts_as_that_change() -> None:
    found = clock(ticket("11-20 10:00 arrived", "11-20 10:05 paused client", "11-20 10:20 resumed"))
    assert found.used(at("11-20 10:02"), REGULATION) == 5 * MINUTE
    assert found.used(at("11-20 10:20"), REGULATION) == 5 * MINUTE
    assert found.used(at("11-20 10:21"), REGULATION) == 6 * MINUTE


def test_a_paused_clock_stands_still_and_is_not_due() -> None:
    found = clock(ticket("11-20 10:00 arrived", "11-20 10:10 paused vendor"))
    assert (found.state, found.pause) == (ClockState.PAUSED, Pause.VENDOR)
    assert (found.elapsed, found.since, found.due_at) == (10 * MINUTE, at("11-20 10:10"), None)
    assert found.used(at("11-20 16:00"), REGULATION) == 10 * MINUTE
    assert found.left(at("11-20 16:00"), REGULATION) == 20 * MINUTE


def test_a_resumed_clock_is_due_later_by_the_pause() -> None:
    found = clock(ticket("11-20 10:00 arrived", "11-20 10:10 paused vendor", "11-20 11:00 resumed"))
    assert (found.state, found.pause) == (ClockState.RUNNING, None)
    assert (found.elapsed, found.since, found.due_at) == (10 * MINUTE, at("11-20 11:00"), at("11-20 11:20"))


def test_a_pause_over_a_weekend_costs_only_its_business_time() -> None:
    found = clock(ticket("11-20 17:40 arrived", "11-20 17:50 paused client", "11-23 09:10 resumed"))
    assert found.elapsed == 10 * MINUTE
    assert found.due_at == at("11-23 09:30")


def test_a_clock_already_overdue_keeps_its_due_instant_through_a_pause() -> None:
    found = clock(ticket("11-20 10:00 arrived", "11-20 10:40 paused client"))
    assert found.state is ClockState.PAUSED
    assert found.due_at == at("11-20 10:30")


def test_a_clock_used_up_exactly_at_its_pause_is_due_then() -> None:
    found = clock(ticket("11-20 10:00 arrived", "11-20 10:30 paused client", "11-20 11:00 resumed"))
    assert found.due_at == at("11-20 10:30")


def test_a_finished_clock_keeps_what_it_used_and_when_it_would_have_been_due() -> None:
    found = clock(ticket("11-20 10:00 arrived", "11-20 10:20 resolved"))
    assert found.state is ClockState.FINISHED
    assert found.pause is None
    assert (found.elapsed, found.since, found.finished_at) == (
        20 * MINUTE,
        at("11-20 10:20"),
        at("11-20 10:20"),
    )
    assert found.due_at == at("11-20 10:30")
    assert found.used(at("11-20 16:00"), REGULATION) == 20 * MINUTE


def test_a_reopened_clock_runs_on_where_it_stood() -> None:
    found = clock(ticket("11-20 10:00 arrived", "11-20 10:20 resolved", "11-20 12:00 reopened"))
    assert (found.state, found.elapsed, found.due_at) == (ClockState.RUNNING, 20 * MINUTE, at("11-20 12:10"))
    assert (found.reopened_at, found.used_at_reopening) == (at("11-20 12:00"), 20 * MINUTE)


def test_what_was_used_at_the_reopening_stays_known_later() -> None:
    found = clock(
        ticket(
            "11-20 10:00 arrived",
            "11-20 10:20 resolved",
            "11-20 12:00 reopened",
            "11-20 12:04 paused client",
            "11-20 13:00 resumed",
        )
    )
    assert (found.elapsed, found.used_at_reopening) == (24 * MINUTE, 20 * MINUTE)


def test_another_kind_moves_the_due_instant_and_keeps_start_and_pauses() -> None:
    rows = ("11-20 10:00 arrived", "11-20 10:10 paused client", "11-20 10:40 resumed")
    assert clock(ticket(*rows)).due_at == at("11-20 11:00")
    outage = clock(ticket(*rows, "11-20 10:45 reclassified outage"))
    assert (outage.target, outage.due_at) == (60 * MINUTE, at("11-20 11:30"))
    assert (outage.started_at, outage.elapsed) == (at("11-20 10:00"), 10 * MINUTE)


def test_another_kind_during_a_pause_leaves_the_clock_paused() -> None:
    found = clock(
        ticket("11-20 10:00 arrived", "11-20 10:10 paused client", "11-20 10:20 reclassified outage")
    )
    assert (found.state, found.target, found.elapsed) == (ClockState.PAUSED, 60 * MINUTE, 10 * MINUTE)


def test_a_shorter_target_may_be_due_in_the_past() -> None:
    found = clock(ticket("11-20 10:00 arrived outage", "11-20 10:45 reclassified reference"))
    assert found.due_at == at("11-20 10:30")


def test_the_place_clock_runs_round_the_clock() -> None:
    found = clock(ticket("11-21 23:59 arrived", "11-21 23:59 submitted"), "place")
    assert found.due_at == at("11-22 00:02")
    assert found.used(at("11-22 00:01"), REGULATION) == 2 * MINUTE
    assert REGULATION.calendar_of(ClockName.PLACE) is round_the_clock()
    assert REGULATION.calendar_of(ClockName.ASSIGN) is REGULATION.calendar
    assert REGULATION.calendar_of(ClockName.RESOLVE) is REGULATION.calendar


def test_a_finished_place_clock_used_the_night_it_ran_through() -> None:
    found = clock(ticket("11-21 23:59 arrived", "11-21 23:59 submitted", "11-22 00:01 placed"), "place")
    assert found.elapsed == 2 * MINUTE


def test_the_assign_clock_waits_for_the_morning() -> None:
    found = clock(ticket("11-21 12:00 arrived", "11-21 12:00 placed"), "assign")
    assert (found.target, found.due_at) == (5 * MINUTE, at("11-23 09:05"))


def test_a_priority_with_its_own_target_has_it() -> None:
    urgent = replace(REGULATION, targets=REGULATION.targets.with_times({"resolve.outage.high": 20 * MINUTE}))
    assert clock(ticket("11-20 10:00 arrived outage high"), terms=urgent).target == 20 * MINUTE
    assert clock(ticket("11-20 10:00 arrived outage low"), terms=urgent).target == 60 * MINUTE


def test_a_kind_without_target_is_refused() -> None:
    with pytest.raises(BadTarget):
        clocks(ticket("11-20 10:00 arrived wish"), REGULATION)


def test_elapsed_up_to_an_instant_cuts_the_phases_there() -> None:
    found = course(
        ticket("11-20 10:00 arrived", "11-20 10:10 paused client", "11-20 10:20 resumed"), "resolve"
    )
    asked = ("09:00", "10:00", "10:05", "10:10", "10:15", "10:20", "10:25")
    assert [elapsed(found, REGULATION, at(f"11-20 {time}")) // MINUTE for time in asked] == [
        0, 0, 5, 10, 10, 10, 15,
    ]  # fmt: skip
    assert elapsed(found, REGULATION) == 10 * MINUTE


def test_elapsed_of_a_finished_clock_is_all_it_ran() -> None:
    found = course(ticket("11-20 10:00 arrived", "11-20 10:10 resolved"), "resolve")
    assert elapsed(found, REGULATION) == 10 * MINUTE
    assert elapsed(found, REGULATION, at("11-20 12:00")) == 10 * MINUTE


def test_an_amount_is_reached_in_the_phase_where_it_is_used_up() -> None:
    found = course(
        ticket(
            "11-20 10:00 arrived",
            "11-20 10:10 paused client",
            "11-20 10:20 resumed",
            "11-20 10:30 paused vendor",
        ),
        "resolve",
    )
    asked = (5, 10, 15, 20)
    assert [reaches(found, REGULATION, minutes * MINUTE) for minutes in asked] == [
        at("11-20 10:05"),
        at("11-20 10:10"),
        at("11-20 10:25"),
        at("11-20 10:30"),
    ]
    assert reaches(found, REGULATION, 21 * MINUTE) is None
