"""Verdicts: kept or breached, made of intervals that say why and who, and never made twice once frozen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.calendar import BusinessCalendar
from sla.clock import Terms, elapsed, round_the_clock
from sla.courses import courses
from sla.errors import BadTimeline, NaiveDatetime
from sla.record import dump_verdict, load_verdict
from sla.spec import Override, regulation_spec
from sla.timeline import ClockName, Happening, Holder, Pause, Step, Timeline
from sla.verdict import Doing, Interval, Outcome, Verdict, explain, judge, judge_course
from tests.unit.sla.tickets import MINUTE, MOSCOW, REGULATION, TICK, at, course, ticket

WEEKEND_PAUSE = (
    "11-20 17:30 arrived",
    "11-20 17:32 placed",
    "11-20 17:35 assigned",
    "11-20 17:50 paused client",
    "11-23 09:10 resumed",
    "11-23 09:40 resolved",
)
LATER = at("12-01 12:00")


def verdict(
    timeline: Timeline, name: str = "resolve", when: datetime = LATER, terms: Terms = REGULATION
) -> Verdict:
    (found,) = (verdict for verdict in judge(timeline, terms, when) if verdict.clock is ClockName(name))
    return found


def told(intervals: tuple[Interval, ...]) -> list[str]:
    return [
        f"{part.start.astimezone(MOSCOW):%d %H:%M} {part.length // MINUTE} "
        f"{part.doing} {part.why or '-'} {part.holder}"
        for part in intervals
    ]


def test_the_explanation_tells_what_each_stretch_was_and_who_held_the_ticket() -> None:
    found = verdict(ticket(*WEEKEND_PAUSE))
    assert told(found.intervals) == [
        "20 17:30 2 working - line",
        "20 17:32 3 working - moderator",
        "20 17:35 15 working - executor",
        "20 17:50 10 paused client client",
        "20 18:00 360 closed night client",
        "21 00:00 2880 closed weekend client",
        "23 00:00 540 closed night client",
        "23 09:00 10 paused client client",
        "23 09:10 30 working - executor",
    ]


def test_a_breach_is_split_into_minutes_of_each_holder() -> None:
    found = verdict(ticket(*WEEKEND_PAUSE))
    assert found.outcome is Outcome.BREACHED
    assert (found.target, found.elapsed, found.overrun) == (30 * MINUTE, 50 * MINUTE, 20 * MINUTE)
    assert list(found.held.items()) == [
        (Holder.LINE, 2 * MINUTE),
        (Holder.MODERATOR, 3 * MINUTE),
        (Holder.EXECUTOR, 45 * MINUTE),
        (Holder.CLIENT, 20 * MINUTE),
        (Holder.VENDOR, timedelta(0)),
    ]
    assert found.paused == 20 * MINUTE
    assert sum(found.held.values(), timedelta(0)) == found.elapsed + found.paused


def test_the_instant_of_the_breach_and_who_had_the_ticket_then_are_named() -> None:
    found = verdict(ticket(*WEEKEND_PAUSE))
    assert found.breached_at == found.due_at == at("11-23 09:20")
    assert found.breached_under is Holder.EXECUTOR


def test_a_holiday_is_named_in_the_explanation() -> None:
    timeline = ticket("2025-12-30 17:50 arrived", "01-12 09:20 resolved")
    found = verdict(timeline)
    assert [(part.doing.value, part.why, part.name) for part in found.intervals] == [
        ("working", "", ""),
        ("closed", "night", ""),
        ("closed", "holiday", "Выходной (перенесено с 05.01.2025)"),
        ("closed", "holiday", "Новогодние каникулы"),
        ("closed", "holiday", "Рождество Христово"),
        ("closed", "holiday", "Новогодние каникулы"),
        ("closed", "holiday", "Выходной (перенесено с 03.01.2026)"),
        ("closed", "weekend", ""),
        ("closed", "night", ""),
        ("working", "", ""),
    ]
    assert found.outcome is Outcome.KEPT


def test_a_target_used_up_exactly_is_kept_and_a_microsecond_more_is_a_breach() -> None:
    arrived = Step(at=at("11-20 10:00"), what=Happening.ARRIVED, kind="reference")
    for extra, outcome in ((timedelta(0), Outcome.KEPT), (TICK, Outcome.BREACHED)):
        ended = Step(at=at("11-20 10:30") + extra, what=Happening.RESOLVED)
        found = verdict(Timeline(ticket="7", steps=(arrived, ended)))
        assert (found.outcome, found.overrun) == (outcome, extra)
        assert found.due_at == at("11-20 10:30")
        assert (found.breached_at is None) == (outcome is Outcome.KEPT)
        assert (found.breached_under is None) == (outcome is Outcome.KEPT)


def test_an_open_clock_is_open_until_it_is_breached() -> None:
    timeline = ticket("11-20 10:00 arrived")
    for when, outcome in (("10:30", Outcome.OPEN), ("10:31", Outcome.BREACHED)):
        found = verdict(timeline, when=at(f"11-20 {when}"))
        assert (found.outcome, found.finished, found.ended_at) == (outcome, False, at(f"11-20 {when}"))
        assert found.due_at == at("11-20 10:30")
    assert verdict(timeline, when=at("11-20 10:00")).intervals == ()


def test_a_verdict_of_a_finished_clock_does_not_depend_on_when_it_is_asked() -> None:
    timeline = ticket("11-20 10:00 arrived", "11-20 10:20 resolved")
    found = verdict(timeline, when=at("11-20 10:20"))
    assert found == verdict(timeline, when=LATER) == verdict(timeline, when=at("11-20 10:05"))
    assert (found.finished, found.ended_at, found.started_at) == (True, at("11-20 10:20"), at("11-20 10:00"))
    assert found.ended_at.tzinfo is UTC
    assert found.started_at.tzinfo is UTC


def test_a_verdict_before_the_last_step_of_an_open_clock_is_refused() -> None:
    timeline = ticket("11-20 10:00 arrived", "11-20 10:05 paused client")
    with pytest.raises(
        BadTimeline, match=r"^ticket 7: judged at 2026-11-20 10:04:00\+03:00, before its last step$"
    ):
        verdict(timeline, when=at("11-20 10:04"))
    assert verdict(timeline, when=at("11-20 10:05")).elapsed == 5 * MINUTE


def test_a_verdict_needs_an_instant() -> None:
    with pytest.raises(NaiveDatetime, match="has no time zone: an instant is needed"):
        judge(ticket("11-20 10:00 arrived"), REGULATION, datetime(2026, 11, 20, 12))


def test_a_verdict_names_ticket_clock_kind_and_the_terms_it_was_made_under() -> None:
    found = verdict(ticket("11-20 10:00 arrived outage high"))
    assert (found.ticket, found.clock, found.number) == ("7", ClockName.RESOLVE, 1)
    assert (found.kind, found.priority) == ("outage", "high")
    assert found.calendar_version == REGULATION.calendar.version
    assert found.targets_version == REGULATION.targets.version
    placing = verdict(ticket("11-20 10:00 arrived", "11-20 10:00 submitted"), "place")
    assert placing.calendar_version == round_the_clock().version


def test_the_place_clock_counts_nights_and_weekends() -> None:
    timeline = ticket("11-21 23:58 arrived", "11-21 23:58 submitted", "11-22 00:02 placed")
    found = verdict(timeline, "place")
    assert told(found.intervals) == ["21 23:58 4 working - line"]
    assert (found.outcome, found.breached_under) == (Outcome.BREACHED, Holder.LINE)
    assert verdict(timeline, when=at("11-23 09:10")).elapsed == 10 * MINUTE


def test_minutes_between_solution_and_reopening_belong_to_the_client_and_are_not_counted() -> None:
    timeline = ticket(
        "11-20 10:00 arrived", "11-20 10:20 resolved", "11-20 11:00 reopened", "11-20 11:05 resolved"
    )
    found = verdict(timeline)
    assert told(found.intervals) == [
        "20 10:00 20 working - line",
        "20 10:20 40 paused resolved client",
        "20 11:00 5 working - line",
    ]
    assert (found.elapsed, found.paused, found.outcome) == (25 * MINUTE, 40 * MINUTE, Outcome.KEPT)


def test_like_neighbours_are_told_as_one_stretch() -> None:
    timeline = ticket(
        "11-20 10:00 arrived",
        "11-20 10:10 reclassified outage",
        "11-20 10:20 paused client",
        "11-20 10:25 paused client",
        "11-20 10:40 resolved",
    )
    assert told(verdict(timeline).intervals) == [
        "20 10:00 20 working - line",
        "20 10:20 20 paused client client",
    ]


def test_a_holiday_keeps_its_name_when_its_stretches_are_joined() -> None:
    timeline = ticket(
        "11-03 17:00 arrived",
        "11-03 17:50 paused client",
        "11-04 12:00 paused client",
        "11-05 09:10 resolved",
    )
    assert [(part.why, part.name, part.length // MINUTE) for part in verdict(timeline).intervals] == [
        ("", "", 50),
        ("client", "", 10),
        ("night", "", 360),
        ("holiday", "День народного единства", 1440),
        ("night", "", 540),
        ("client", "", 10),
    ]


def test_two_pauses_of_different_reasons_stay_apart() -> None:
    timeline = ticket("11-20 10:00 arrived", "11-20 10:10 paused client", "11-20 10:20 paused vendor")
    assert told(verdict(timeline, when=at("11-20 10:30")).intervals) == [
        "20 10:00 10 working - line",
        "20 10:10 10 paused client client",
        "20 10:20 10 paused vendor vendor",
    ]


def test_the_explanation_of_an_open_clock_ends_where_it_is_asked() -> None:
    found = course(ticket("11-20 10:00 arrived", "11-20 10:10 paused client"), "resolve")
    assert told(explain(found, REGULATION, at("11-20 10:15"))) == [
        "20 10:00 10 working - line",
        "20 10:10 5 paused client client",
    ]


EDITED = Terms(
    targets=REGULATION.targets.with_times({"resolve.reference": MINUTE}),
    calendar=BusinessCalendar(
        replace(
            regulation_spec(),
            overrides=(Override(day=date(2026, 11, 23), hours=(), reason="Переезд"),),
        )
    ),
)


def test_a_calendar_edited_afterwards_does_not_change_a_frozen_verdict() -> None:
    timeline = ticket(*WEEKEND_PAUSE)
    frozen = tuple(load_verdict(dump_verdict(found)) for found in judge(timeline, REGULATION, LATER))
    again = judge(timeline, EDITED, LATER)
    assert judge(timeline, EDITED, LATER, frozen) == frozen == judge(timeline, REGULATION, LATER)
    assert [v.elapsed for v in again] != [v.elapsed for v in frozen]
    assert again[0].calendar_version != frozen[0].calendar_version
    assert again[0].targets_version != frozen[0].targets_version


def test_only_the_clocks_that_are_frozen_are_not_judged_again() -> None:
    timeline = ticket(
        "11-20 10:00 arrived", "11-20 10:01 placed", "11-20 10:02 assigned", "11-20 10:03 returned"
    )
    first = next(found for found in judge(timeline, REGULATION, LATER) if found.clock is ClockName.ASSIGN)
    found = judge(timeline, EDITED, LATER, [first])
    assert [(v.clock.value, v.number, v.targets_version == first.targets_version) for v in found] == [
        ("resolve", 1, False),
        ("assign", 1, True),
        ("assign", 2, False),
    ]


HOLIDAY = ("11-03 17:00 arrived", "11-05 09:10 resolved")


@pytest.mark.parametrize(
    "rows", [WEEKEND_PAUSE, ("11-20 10:00 arrived outage high",), WEEKEND_PAUSE[:4], HOLIDAY]
)
def test_a_stored_verdict_comes_back_equal_through_json(rows: tuple[str, ...]) -> None:
    for found in judge(ticket(*rows), REGULATION, LATER):
        assert load_verdict(json.loads(json.dumps(dump_verdict(found)))) == found


def test_durations_are_stored_as_whole_microseconds() -> None:
    stored = dump_verdict(verdict(ticket(*HOLIDAY)))
    assert (type(stored["target_us"]), type(stored["elapsed_us"])) == (int, int)


def test_a_verdict_is_stored_under_plain_names() -> None:
    timeline = ticket("11-20 10:00 arrived reference low", "11-20 10:31 resolved")
    assert dump_verdict(verdict(timeline)) == {
        "ticket": "7",
        "clock": "resolve",
        "number": 1,
        "kind": "reference",
        "priority": "low",
        "outcome": "breached",
        "target_us": 1_800_000_000,
        "elapsed_us": 1_860_000_000,
        "started_at": "2026-11-20T07:00:00+00:00",
        "ended_at": "2026-11-20T07:31:00+00:00",
        "finished": True,
        "due_at": "2026-11-20T07:30:00+00:00",
        "breached_at": "2026-11-20T07:30:00+00:00",
        "breached_under": "line",
        "intervals": [
            {
                "start": "2026-11-20T07:00:00+00:00",
                "end": "2026-11-20T07:31:00+00:00",
                "doing": "working",
                "holder": "line",
                "why": "",
                "name": "",
            }
        ],
        "calendar_version": REGULATION.calendar.version,
        "targets_version": REGULATION.targets.version,
    }


WORKED = ("assigned", "paused client", "paused vendor", "resumed", "returned", "reclassified outage",
          "resolved", "reopened")  # fmt: skip
wanderings = st.lists(
    st.tuples(st.timedeltas(timedelta(0), timedelta(days=2)), st.sampled_from(WORKED)), max_size=12
)


def wander(moves: list[tuple[timedelta, str]]) -> Timeline:
    """A timeline of those moves that are possible where they come."""
    kept = [
        Step(at=at("11-20 17:30"), what=Happening.ARRIVED, kind="reference"),
        Step(at=at("11-20 17:31"), what=Happening.PLACED),
    ]
    now = kept[-1].at
    for wait, move in moves:
        now += wait
        what, _, rest = move.partition(" ")
        step = Step(
            at=now,
            what=Happening(what),
            kind=rest if what == "reclassified" else "",
            pause=Pause(rest) if what == "paused" else None,
        )
        try:
            courses(Timeline(ticket="7", steps=(*kept, step)))
        except BadTimeline:
            continue
        kept.append(step)
    return Timeline(ticket="7", steps=tuple(kept))


@given(wanderings, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_whatever_happens_the_intervals_sum_to_the_whole_and_the_holders_to_business_time(
    moves: list[tuple[timedelta, str]], after: timedelta
) -> None:
    timeline = wander(moves)
    for course_ in courses(timeline):
        found = judge_course(course_, REGULATION, timeline.steps[-1].at + after)
        lengths = {doing: timedelta(0) for doing in Doing}
        for interval in found.intervals:
            lengths[interval.doing] += interval.length
        assert sum(lengths.values(), timedelta(0)) == found.ended_at - found.started_at
        assert lengths[Doing.WORKING] == found.elapsed == elapsed(course_, REGULATION, found.ended_at)
        assert lengths[Doing.PAUSED] == found.paused
        assert sum(found.held.values(), timedelta(0)) == found.elapsed + found.paused
        edges = [found.started_at, *(interval.end for interval in found.intervals)]
        assert [interval.start for interval in found.intervals] == edges[:-1]
        assert edges[-1] == found.ended_at
        assert (found.outcome is Outcome.BREACHED) == (found.elapsed > found.target)
        if found.breached_at is not None:
            assert found.breached_at <= found.ended_at
