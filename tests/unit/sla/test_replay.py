"""What if: the same tickets under other targets or another calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from sla.calendar import BusinessCalendar
from sla.replay import Difference, Replay, Score, Tally, compare, replay, score
from sla.spec import Override, regulation_spec
from sla.targets import parse_target
from sla.timeline import ClockName, Timeline
from sla.verdict import Outcome
from tests.unit.sla.tickets import MINUTE, REGULATION, at, course, ticket

NOW = at("11-24 12:00")
STRICT = replace(
    REGULATION, targets=REGULATION.targets.with_times(dict([parse_target("resolve.reference=20m")]))
)

QUICK = ticket("11-20 10:00 arrived", "11-20 10:01 placed", "11-20 10:03 assigned", "11-20 10:15 resolved")
MIDDLE = ticket("11-20 10:00 arrived", "11-20 10:25 resolved")
LATE = ticket("11-20 10:00 arrived", "11-20 10:45 resolved")
OUTAGE = ticket("11-20 10:00 arrived outage", "11-20 10:25 resolved")


def test_a_stricter_target_shows_the_tickets_that_would_have_breached() -> None:
    found = replay([QUICK, MIDDLE, LATE, OUTAGE], REGULATION, STRICT, NOW)
    assert found.tallies == {
        "resolve.reference": Tally(judged=3, breached_before=1, breached_after=2),
        "assign": Tally(judged=1, breached_before=0, breached_after=0),
        "resolve.outage": Tally(judged=1, breached_before=0, breached_after=0),
    }
    assert found.differences == [
        Difference(
            ticket="7",
            clock=ClockName.RESOLVE,
            number=1,
            kind="reference",
            before=Score(outcome=Outcome.KEPT, target=30 * MINUTE, elapsed=25 * MINUTE),
            after=Score(outcome=Outcome.BREACHED, target=20 * MINUTE, elapsed=25 * MINUTE),
        )
    ]


def test_another_calendar_shows_the_tickets_it_would_have_saved() -> None:
    closed = replace(regulation_spec(), overrides=(Override(day=date(2026, 11, 20), hours=()),))
    found = replay([LATE], REGULATION, replace(REGULATION, calendar=BusinessCalendar(closed)), NOW)
    assert found.tallies == {"resolve.reference": Tally(judged=1, breached_before=1, breached_after=0)}
    assert [(both.before.elapsed, both.after.elapsed) for both in found.differences] == [
        (45 * MINUTE, timedelta(0))
    ]


def test_the_same_terms_make_no_difference() -> None:
    found = replay([LATE, QUICK, MIDDLE, LATE, QUICK], REGULATION, REGULATION, NOW)
    assert found.differences == []
    assert found.tallies["resolve.reference"] == Tally(judged=5, breached_before=2, breached_after=2)
    assert replay([], REGULATION, STRICT, NOW) == Replay(tallies={}, differences=[])


def test_an_open_ticket_is_judged_at_the_given_instant() -> None:
    found = course(ticket("11-20 10:00 arrived"), "resolve")
    assert score(found, REGULATION, at("11-20 10:20")) == Score(
        outcome=Outcome.OPEN, target=30 * MINUTE, elapsed=20 * MINUTE
    )
    assert score(found, REGULATION, at("11-20 10:31")).outcome is Outcome.BREACHED


def test_open_tickets_take_part_in_a_replay_at_its_instant() -> None:
    waiting = ticket("11-24 11:35 arrived")
    found = replay([waiting], REGULATION, STRICT, NOW)
    (both,) = found.differences
    assert (both.before.elapsed, both.before.outcome) == (25 * MINUTE, Outcome.OPEN)
    assert (both.after.elapsed, both.after.outcome) == (25 * MINUTE, Outcome.BREACHED)


def test_a_finished_ticket_is_judged_at_its_end() -> None:
    assert score(course(LATE, "resolve"), REGULATION, NOW).elapsed == 45 * MINUTE


def test_each_clock_is_named_by_its_target() -> None:
    timeline = ticket("11-20 10:00 arrived outage", "11-20 10:00 submitted", "11-20 10:00 placed")
    assert [(name, both.number) for name, both in compare(timeline, REGULATION, STRICT, NOW)] == [
        ("resolve.outage", 1),
        ("place", 1),
        ("assign", 1),
    ]


def test_timelines_are_read_one_by_one() -> None:
    read: list[str] = []

    def stored() -> Iterator[Timeline]:
        for number in range(3):
            read.append(str(number))
            yield replace(LATE, ticket=str(number))

    found = replay(stored(), REGULATION, STRICT, NOW)
    assert read == ["0", "1", "2"]
    assert found.tallies["resolve.reference"].judged == 3
