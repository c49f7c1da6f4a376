"""Warnings: when, in business hours only, each with a key of its own, and an agenda that costs by what is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sla.clock import Clock, Terms, clocks
from sla.deadlines import Agenda, Due, Notice, due, plan
from sla.timeline import ClockName, Timeline
from tests.unit.sla.tickets import MINUTE, REGULATION, TICK, at, ticket

SECOND = timedelta(seconds=1)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def clock(timeline: Timeline, name: str = "resolve") -> Clock:
    (found,) = (clock for clock in clocks(timeline, REGULATION) if clock.clock is ClockName(name))
    return found


def planned(found: Clock, terms: Terms = REGULATION) -> list[tuple[str, datetime]]:
    return [(notice.level, notice.at) for notice in plan(found, terms)]


def levels(found: Due) -> list[str]:
    return [notice.level + ("-" if notice.superseded else "") for notice in found.notices]


def test_a_reference_request_warns_at_fifteen_and_twenty_four_minutes_and_at_breach() -> None:
    assert planned(clock(ticket("11-20 10:00 arrived"))) == [
        ("warn50", at("11-20 10:15")),
        ("warn80", at("11-20 10:24")),
        ("breach", at("11-20 10:30") + TICK),
    ]


def test_a_notice_says_what_it_is_about() -> None:
    first = plan(clock(ticket("11-20 10:00 arrived")), REGULATION)[0]
    assert first == Notice(
        key="7/resolve/1/1800/warn50",
        ticket="7",
        clock=ClockName.RESOLVE,
        number=1,
        level="warn50",
        at=at("11-20 10:15"),
        due_at=at("11-20 10:30"),
        superseded=False,
    )


def test_the_assign_clock_proposes_at_four_minutes_thirty() -> None:
    assert planned(clock(ticket("11-20 10:00 arrived", "11-20 10:00 placed"), "assign")) == [
        ("warn50", at("11-20 10:02") + 30 * SECOND),
        ("warn80", at("11-20 10:04")),
        ("propose", at("11-20 10:04") + 30 * SECOND),
        ("breach", at("11-20 10:05") + TICK),
    ]


def test_warnings_reach_over_a_weekend_into_the_morning() -> None:
    assert planned(clock(ticket("11-20 17:50 arrived"))) == [
        ("warn50", at("11-23 09:05")),
        ("warn80", at("11-23 09:14")),
        ("breach", at("11-23 09:20") + TICK),
    ]


def test_a_warning_that_falls_on_closing_time_comes_at_the_next_opening() -> None:
    assert planned(clock(ticket("11-20 17:45 arrived")))[0] == ("warn50", at("11-23 09:00"))
    assert planned(clock(ticket("11-20 17:30 arrived")))[2] == ("breach", at("11-23 09:00"))


def test_a_night_sends_nothing_even_of_the_clock_that_runs_at_night() -> None:
    found = clock(ticket("11-21 23:00 arrived", "11-21 23:00 submitted"), "place")
    assert {instant for _, instant in planned(found)} == {at("11-23 09:00")}
    assert due(found, REGULATION, at("11-22 03:00")) == Due(notices=(), wake_at=at("11-23 09:00"))


def test_a_paused_and_a_finished_clock_warn_of_nothing() -> None:
    assert plan(clock(ticket("11-20 10:00 arrived", "11-20 10:01 paused client")), REGULATION) == ()
    assert plan(clock(ticket("11-20 10:00 arrived", "11-20 10:01 resolved")), REGULATION) == ()


def test_a_resumed_clock_warns_later_by_the_pause_under_the_same_keys() -> None:
    rows = ("11-20 10:00 arrived", "11-20 10:20 paused client", "11-20 11:00 resumed")
    assert planned(clock(ticket(*rows))) == [
        ("warn50", at("11-20 11:00")),
        ("warn80", at("11-20 11:04")),
        ("breach", at("11-20 11:10") + TICK),
    ]
    before = {notice.key for notice in plan(clock(ticket(rows[0])), REGULATION)}
    assert {notice.key for notice in plan(clock(ticket(*rows)), REGULATION)} == before


def test_another_target_is_another_deadline_with_keys_of_its_own() -> None:
    rows = ("11-20 10:00 arrived", "11-20 10:20 reclassified outage")
    outage = plan(clock(ticket(*rows)), REGULATION)
    assert [notice.key for notice in outage] == [
        "7/resolve/1/3600/warn50",
        "7/resolve/1/3600/warn80",
        "7/resolve/1/3600/breach",
    ]
    back = plan(clock(ticket(*rows, "11-20 10:21 reclassified reference")), REGULATION)
    assert [notice.key for notice in back] == [
        notice.key for notice in plan(clock(ticket(rows[0])), REGULATION)
    ]


def test_a_new_assign_clock_has_keys_of_its_own() -> None:
    timeline = ticket(
        "11-20 10:00 arrived", "11-20 10:01 placed", "11-20 10:02 assigned", "11-20 10:03 returned"
    )
    second = clocks(timeline, REGULATION)[-1]
    assert plan(second, REGULATION)[0].key == "7/assign/2/300/warn50"


def test_what_is_due_is_returned_once_and_the_next_instant_is_told() -> None:
    found = clock(ticket("11-20 10:00 arrived"))
    early = due(found, REGULATION, at("11-20 10:15") - TICK)
    assert (levels(early), early.wake_at) == ([], at("11-20 10:15"))
    first = due(found, REGULATION, at("11-20 10:15"))
    assert (levels(first), first.wake_at) == (["warn50"], at("11-20 10:24"))
    sent = {notice.key for notice in first.notices}
    again = due(found, REGULATION, at("11-20 10:15"), sent)
    assert (levels(again), again.wake_at) == ([], at("11-20 10:24"))
    last = due(found, REGULATION, at("11-20 10:31"), {*sent, "7/resolve/1/1800/warn80"})
    assert (levels(last), last.wake_at) == (["breach"], None)


def test_after_an_outage_only_the_most_serious_warning_is_sent_and_the_others_are_recorded() -> None:
    found = clock(ticket("11-20 10:00 arrived"))
    assert levels(due(found, REGULATION, at("11-20 10:25"))) == ["warn50-", "warn80"]
    assert levels(due(found, REGULATION, at("11-20 10:31"))) == ["warn50-", "warn80-", "breach"]


def test_a_proposal_missed_in_an_outage_is_still_made() -> None:
    found = clock(ticket("11-20 10:00 arrived", "11-20 10:00 placed"), "assign")
    assert levels(due(found, REGULATION, at("11-20 10:06"))) == ["warn50-", "warn80-", "propose", "breach"]


def test_what_was_missed_before_a_weekend_waits_for_monday() -> None:
    found = clock(ticket("11-20 17:00 arrived"))
    assert due(found, REGULATION, at("11-20 18:00")) == Due(notices=(), wake_at=at("11-23 09:00"))
    monday = due(found, REGULATION, at("11-23 09:00"))
    assert (levels(monday), monday.wake_at) == (["warn50-", "warn80-", "breach"], None)


def test_a_clock_with_nothing_to_say_need_not_be_looked_at() -> None:
    assert due(clock(ticket("11-20 10:00 arrived", "11-20 10:01 resolved")), REGULATION, NOON) == Due(
        notices=(), wake_at=None
    )


def test_a_reopened_ticket_does_not_escalate_at_once() -> None:
    rows = ("11-20 10:00 arrived", "11-20 10:26 resolved", "11-20 12:00 reopened")
    assert planned(clock(ticket(*rows))) == [("breach", at("11-20 12:05"))]
    late = ("11-20 10:00 arrived", "11-20 11:30 resolved", "11-20 12:00 reopened")
    assert planned(clock(ticket(*late))) == []


def test_a_level_reached_exactly_at_the_end_is_not_said_again_after_a_reopening() -> None:
    rows = ("11-20 10:00 arrived", "11-20 10:15 resolved", "11-20 12:00 reopened")
    assert planned(clock(ticket(*rows))) == [
        ("warn80", at("11-20 12:09")),
        ("breach", at("11-20 12:15") + TICK),
    ]


def test_the_quiet_time_after_a_reopening_is_business_time_and_a_setting() -> None:
    rows = ("11-20 10:00 arrived", "11-20 10:26 resolved", "11-20 17:57 reopened")
    assert planned(clock(ticket(*rows))) == [("breach", at("11-23 09:02"))]
    loud = replace(REGULATION, targets=replace(REGULATION.targets, reopen_quiet=timedelta(0)))
    assert planned(clock(ticket(*rows)), loud) == [("breach", at("11-23 09:01") + TICK)]


def test_other_percents_give_other_warnings() -> None:
    terms = replace(
        REGULATION, targets=replace(REGULATION.targets, warn_percents=(10, 90), propose_percent=20)
    )
    found = clock(ticket("11-20 10:00 arrived", "11-20 10:00 placed"), "assign")
    assert [(level, instant - at("11-20 10:00")) for level, instant in planned(found, terms)] == [
        ("warn10", 30 * SECOND),
        ("propose", 60 * SECOND),
        ("warn90", 270 * SECOND),
        ("breach", 300 * SECOND + TICK),
    ]


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC)))
def test_every_warning_lies_in_business_hours(arrived: datetime) -> None:
    base = ticket("11-20 10:00 arrived", "11-20 10:00 submitted")
    steps = tuple(replace(step, at=arrived) for step in base.steps)
    for found in clocks(Timeline(ticket="7", steps=steps), REGULATION):
        for notice in plan(found, REGULATION):
            assert REGULATION.calendar.is_open(notice.at)
            assert notice.at >= arrived


def test_the_agenda_gives_what_is_due_earliest_first_and_only_once() -> None:
    agenda = Agenda()
    for key, minutes in (("c", 3), ("a", 1), ("b", 2)):
        agenda.put(key, NOON + minutes * MINUTE)
    assert len(agenda) == 3
    assert agenda.next_wake() == NOON + MINUTE
    assert agenda.take(NOON) == ()
    assert agenda.take(NOON + 2 * MINUTE) == ("a", "b")
    assert agenda.take(NOON + 2 * MINUTE) == ()
    assert agenda.next_wake() == NOON + 3 * MINUTE
    assert len(agenda) == 1


def test_a_key_put_again_counts_only_at_its_new_instant() -> None:
    agenda = Agenda()
    agenda.put("a", NOON)
    agenda.put("a", NOON + MINUTE)
    assert agenda.next_wake() == NOON + MINUTE
    assert agenda.take(NOON) == ()
    agenda.put("a", NOON - MINUTE)
    assert agenda.take(NOON) == ("a",)
    assert agenda.take(NOON + MINUTE) == ()


def test_a_key_put_again_for_the_same_instant_is_given_once() -> None:
    agenda = Agenda()
    agenda.put("a", NOON)
    agenda.put("a", NOON)
    assert agenda.take(NOON) == ("a",)


def test_a_key_taken_off_is_never_due() -> None:
    agenda = Agenda()
    agenda.put("a", NOON)
    agenda.put("a", None)
    agenda.put("b", None)
    assert (len(agenda), agenda.next_wake(), agenda.take(NOON)) == (0, None, ())


def test_an_empty_agenda_never_wakes() -> None:
    assert Agenda().next_wake() is None


def test_an_agenda_that_is_put_off_again_and_again_does_not_grow() -> None:
    agenda = Agenda()
    for number in range(10_000):
        agenda.put("a", NOON + number * SECOND)
        agenda.put(str(number % 10), NOON + number * SECOND)
    assert len(agenda) == 11
    assert agenda.kept <= 2 * 11 + 65
    assert agenda.take(NOON + 10_000 * SECOND)[0] == "0"


def test_entries_put_off_are_cleared_away_when_they_are_many() -> None:
    agenda = Agenda()
    for number in range(66):
        agenda.put("a", NOON + number * SECOND)
    assert agenda.kept == 66
    agenda.put("a", NOON)
    assert agenda.kept == 1
    for number in range(68):
        agenda.put("ab"[number % 2], NOON + number * SECOND)
    assert agenda.kept == 2
