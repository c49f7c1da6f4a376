"""The clauses about minutes, told as tables of what happened to a ticket and what its clocks come to.

Times are Moscow times; a year is written only where it is not 2026.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sla.calendar import BusinessCalendar
from sla.clock import Clock, Terms, clocks
from sla.deadlines import due, plan
from sla.record import dump_verdict, load_verdict
from sla.spec import Override, regulation_spec
from sla.timeline import ClockName, Timeline
from sla.verdict import Outcome, Verdict, judge
from tests.unit.sla.tickets import MINUTE, MOSCOW, REGULATION, at, ticket

LATER = at("2028-01-20 12:00")


def clock(timeline: Timeline, name: str, terms: Terms = REGULATION) -> Clock:
    return next(found for found in clocks(timeline, terms) if found.clock is ClockName(name))


def verdict(timeline: Timeline, name: str, terms: Terms = REGULATION) -> Verdict:
    return next(found for found in judge(timeline, terms, LATER) if found.clock is ClockName(name))


def shown(found: Clock) -> str:
    assert found.due_at is not None
    return found.due_at.astimezone(MOSCOW).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.regulation("1.3")
@pytest.mark.parametrize(
    ("instant", "open_"),
    [
        ("11-20 08:59:59.999999", False),  # Friday
        ("11-20 09:00:00", True),
        ("11-20 13:00:00", True),  # no break at noon
        ("11-20 17:59:59.999999", True),
        ("11-20 18:00:00", False),  # 18:00:00 sharp is closed
        ("11-21 12:00:00", False),  # Saturday
        ("11-22 12:00:00", False),  # Sunday
        ("11-04 12:00:00", False),  # Unity Day, a Wednesday
        ("12-31 12:00:00", False),  # day off moved from 4 January
        ("2027-02-20 12:00:00", True),  # a Saturday that is worked
        ("2027-02-22 12:00:00", False),  # for the Monday that is not
    ],
)
def test_the_line_works_monday_to_friday_from_nine_to_six_by_the_production_calendar(
    instant: str, open_: bool
) -> None:
    assert REGULATION.calendar.is_open(at(instant)) is open_


@pytest.mark.regulation("2.7")
@pytest.mark.parametrize(
    ("arrived", "due_at"),
    [
        ("11-20 10:00", "2026-11-20 10:30:00"),
        ("11-20 17:50", "2026-11-23 09:20:00"),  # Friday evening to Monday morning
        ("11-20 17:30", "2026-11-20 18:00:00"),  # used up with the last minute of the day
        ("11-20 18:00", "2026-11-23 09:30:00"),  # 18:00:00 sharp is Monday's business
        ("11-21 12:00", "2026-11-23 09:30:00"),  # Saturday
        ("2025-12-30 17:50", "2026-01-12 09:20:00"),  # across the New Year holidays
        ("12-30 17:50", "2027-01-11 09:20:00"),
        ("2025-10-31 17:50", "2025-11-01 09:20:00"),  # into a moved working Saturday
        ("2027-02-20 17:50", "2027-02-24 09:20:00"),  # and out of one, over three days off
    ],
)
def test_a_reference_request_is_due_thirty_business_minutes_after_its_arrival(
    arrived: str, due_at: str
) -> None:
    timeline = ticket(f"{arrived} arrived reference")
    assert shown(clock(timeline, "resolve")) == due_at


@pytest.mark.regulation("2.8")
@pytest.mark.parametrize(
    ("arrived", "due_at"),
    [
        ("11-20 10:00", "2026-11-20 11:00:00"),
        ("11-20 17:50", "2026-11-23 09:50:00"),
        ("2025-12-30 17:50", "2026-01-12 09:50:00"),
        ("2025-10-31 17:50", "2025-11-01 09:50:00"),
    ],
)
def test_an_outage_is_due_sixty_business_minutes_after_its_arrival(arrived: str, due_at: str) -> None:
    timeline = ticket(f"{arrived} arrived outage")
    assert shown(clock(timeline, "resolve")) == due_at


@pytest.mark.regulation("2.3")
@pytest.mark.parametrize(
    ("submitted", "placed", "outcome"),
    [
        ("11-20 10:00:00", "11-20 10:03:00", Outcome.KEPT),
        ("11-20 10:00:00", "11-20 10:03:00.000001", Outcome.BREACHED),
        ("11-21 23:59:00", "11-22 00:02:00", Outcome.KEPT),  # round the clock, a Saturday night
        ("11-21 23:59:00", "11-22 00:02:01", Outcome.BREACHED),
    ],
)
def test_a_request_is_in_the_list_three_minutes_after_it_was_sent_at_any_hour(
    submitted: str, placed: str, outcome: Outcome
) -> None:
    timeline = ticket(f"{submitted} arrived", f"{submitted} submitted", f"{placed} placed")
    assert verdict(timeline, "place").outcome is outcome


@pytest.mark.regulation("2.4")
@pytest.mark.parametrize(
    ("placed", "assigned", "outcome"),
    [
        ("11-20 10:00:00", "11-20 10:05:00", Outcome.KEPT),
        ("11-20 10:00:00", "11-20 10:05:01", Outcome.BREACHED),
        ("11-20 17:58:00", "11-23 09:03:00", Outcome.KEPT),  # the weekend does not count
        ("11-20 17:58:00", "11-23 09:03:01", Outcome.BREACHED),
        ("11-21 12:00:00", "11-23 09:05:00", Outcome.KEPT),
    ],
)
def test_the_moderator_distributes_within_five_business_minutes(
    placed: str, assigned: str, outcome: Outcome
) -> None:
    timeline = ticket(f"{placed} arrived", f"{placed} placed", f"{assigned} assigned")
    assert verdict(timeline, "assign").outcome is outcome


@pytest.mark.regulation("2.4")
def test_a_moderator_who_solves_it_himself_has_distributed_it() -> None:
    timeline = ticket("11-20 10:00 arrived", "11-20 10:00 placed", "11-20 10:04 resolved")
    assert verdict(timeline, "assign").outcome is Outcome.KEPT
    assert verdict(timeline, "assign").elapsed == 4 * MINUTE


@pytest.mark.regulation("2.4")
def test_the_moderator_is_warned_at_half_time_and_an_executor_is_proposed_at_four_thirty() -> None:
    found = clock(ticket("11-20 17:57 arrived", "11-20 17:57 placed"), "assign")
    assert [
        f"{notice.level} {notice.at.astimezone(MOSCOW):%a %H:%M:%S}" for notice in plan(found, REGULATION)
    ] == ["warn50 Fri 17:59:30", "warn80 Mon 09:01:00", "propose Mon 09:01:30", "breach Mon 09:02:00"]


@pytest.mark.regulation("1.3", "2.7")
def test_a_night_and_a_weekend_send_no_warning() -> None:
    found = clock(ticket("11-20 17:50 arrived"), "resolve")
    for instant in ("11-20 18:00", "11-20 23:00", "11-21 12:00", "11-22 23:59", "11-23 08:59"):
        assert due(found, REGULATION, at(instant)).notices == ()
    assert [notice.level for notice in due(found, REGULATION, at("11-23 09:05")).notices] == ["warn50"]


@pytest.mark.regulation("2.7")
def test_a_pause_over_a_weekend_stops_the_clock_and_its_minutes_are_the_clients() -> None:
    timeline = ticket(
        "11-20 17:40 arrived reference",
        "11-20 17:42 placed",
        "11-20 17:44 assigned",
        "11-20 17:50 paused client",
        "11-23 09:10 resumed",
        "11-23 09:30 resolved",
    )
    assert shown(clock(Timeline(ticket="7", steps=timeline.steps[:5]), "resolve")) == "2026-11-23 09:30:00"
    found = verdict(timeline, "resolve")
    assert (found.outcome, found.elapsed) == (Outcome.KEPT, 30 * MINUTE)
    assert {holder.value: held // MINUTE for holder, held in found.held.items()} == {
        "line": 2,
        "moderator": 2,
        "executor": 26,
        "client": 20,
        "vendor": 0,
    }


@pytest.mark.regulation("2.8")
def test_a_reopened_outage_runs_on_where_it_stood_and_does_not_escalate_at_once() -> None:
    rows = (
        "11-20 16:00 arrived outage",
        "11-20 16:50 resolved",
        "11-23 10:00 reopened",
    )
    found = clock(ticket(*rows), "resolve")
    assert shown(found) == "2026-11-23 10:10:00"
    assert due(found, REGULATION, at("11-23 10:00")).notices == ()
    kept = verdict(ticket(*rows, "11-23 10:10 resolved"), "resolve")
    assert (kept.outcome, kept.elapsed) == (Outcome.KEPT, 60 * MINUTE)


@pytest.mark.regulation("2.7", "2.8")
def test_a_reference_request_found_to_be_an_outage_has_sixty_minutes_from_its_arrival_with_its_pause() -> (
    None
):
    rows = (
        "11-20 10:00 arrived reference",
        "11-20 10:10 paused client",
        "11-20 10:40 resumed",
        "11-20 10:45 reclassified outage",
    )
    assert shown(clock(ticket(*rows[:3]), "resolve")) == "2026-11-20 11:00:00"
    assert shown(clock(ticket(*rows), "resolve")) == "2026-11-20 11:30:00"


@pytest.mark.regulation("1.3", "2.7")
def test_a_calendar_edited_afterwards_leaves_the_verdict_of_a_closed_ticket_as_it_was() -> None:
    timeline = ticket("11-20 17:50 arrived", "11-23 10:00 resolved")
    stored = [dump_verdict(found) for found in judge(timeline, REGULATION, LATER)]
    monday_off = Override(day=date(2026, 11, 23), hours=(), reason="Выходной задним числом")
    edited = replace(
        REGULATION, calendar=BusinessCalendar(replace(regulation_spec(), overrides=(monday_off,)))
    )
    assert verdict(timeline, "resolve", edited).outcome is Outcome.KEPT
    (kept,) = judge(timeline, edited, LATER, [load_verdict(row) for row in stored])
    assert (kept.outcome, kept.elapsed) == (Outcome.BREACHED, 70 * MINUTE)
    assert kept.calendar_version == REGULATION.calendar.version != edited.calendar.version
