"""Which step starts, pauses and ends which clock, and who has the ticket."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sla.courses import courses
from sla.errors import BadTimeline, NaiveDatetime
from sla.timeline import ClockName, Course, Happening, Pause, Step, Timeline
from tests.unit.sla.tickets import at, course, step, ticket

WHOLE = (
    "11-20 10:00 arrived",
    "11-20 10:04 submitted",
    "11-20 10:05 placed",
    "11-20 10:07 assigned",
    "11-20 10:20 resolved",
)


def phases(course: Course) -> list[tuple[str, str, str]]:
    return [
        (f"{phase.start:%H:%M}", f"{phase.end:%H:%M}" if phase.end else "", phase.pause or "")
        for phase in course.phases
    ]


def holders(course: Course) -> list[tuple[str, str]]:
    return [(f"{holding.start:%H:%M}", holding.holder.value) for holding in course.holdings]


def test_a_ticket_from_call_to_solution_has_three_clocks() -> None:
    found = courses(ticket(*WHOLE))
    assert [(c.clock.value, c.number, phases(c)) for c in found] == [
        ("resolve", 1, [("10:00", "10:20", "")]),
        ("place", 1, [("10:04", "10:05", "")]),
        ("assign", 1, [("10:05", "10:07", "")]),
    ]
    assert [c.finished_at for c in found] == [at("11-20 10:20"), at("11-20 10:05"), at("11-20 10:07")]
    assert {c.ticket for c in found} == {"7"}
    assert {c.kind for c in found} == {"reference"}
    assert {c.reopened_at for c in found} == {None}


def test_the_ticket_goes_from_line_to_moderator_to_executor_to_client() -> None:
    for found in courses(ticket(*WHOLE)):
        assert holders(found) == [
            ("10:00", "line"),
            ("10:05", "moderator"),
            ("10:07", "executor"),
            ("10:20", "client"),
        ]


def test_the_holder_at_an_instant_is_the_one_who_has_it_from_then_on() -> None:
    found = course(ticket(*WHOLE), "resolve")
    asked = ("09:00", "10:00", "10:04", "10:05", "10:06", "10:07", "10:20")
    assert [found.holder_at(at(f"11-20 {time}")).value for time in asked] == [
        "line", "line", "line", "moderator", "moderator", "executor", "client",
    ]  # fmt: skip


def test_a_ticket_just_arrived_has_one_clock_that_runs() -> None:
    (found,) = courses(ticket("11-20 10:00 arrived"))
    assert (found.clock, phases(found)) == (ClockName.RESOLVE, [("10:00", "", "")])
    assert found.started_at == at("11-20 10:00")
    assert found.paused is None
    assert found.finished_at is None


def test_a_ticket_may_be_placed_without_having_been_submitted() -> None:
    found = courses(ticket("11-20 10:00 arrived", "11-20 10:01 placed"))
    assert [c.clock.value for c in found] == ["resolve", "assign"]


def test_a_pause_stops_resolve_and_assign_but_not_place() -> None:
    timeline = ticket("11-20 10:00 arrived", "11-20 10:01 submitted", "11-20 10:02 paused client")
    assert phases(course(timeline, "resolve")) == [("10:00", "10:02", ""), ("10:02", "", "client")]
    assert phases(course(timeline, "place")) == [("10:01", "", "")]
    timeline = ticket("11-20 10:00 arrived", "11-20 10:01 placed", "11-20 10:02 paused vendor")
    assert phases(course(timeline, "assign")) == [("10:01", "10:02", ""), ("10:02", "", "vendor")]
    assert course(timeline, "assign").paused is Pause.VENDOR


def test_after_a_pause_the_ticket_is_back_where_it_was() -> None:
    timeline = ticket(
        "11-20 10:00 arrived",
        "11-20 10:01 placed",
        "11-20 10:02 assigned",
        "11-20 10:03 paused client",
        "11-20 10:04 resumed",
        "11-20 10:05 paused vendor",
        "11-20 10:06 resumed",
    )
    found = course(timeline, "resolve")
    assert phases(found) == [
        ("10:00", "10:03", ""),
        ("10:03", "10:04", "client"),
        ("10:04", "10:05", ""),
        ("10:05", "10:06", "vendor"),
        ("10:06", "", ""),
    ]
    assert holders(found) == [
        ("10:00", "line"),
        ("10:01", "moderator"),
        ("10:02", "executor"),
        ("10:03", "client"),
        ("10:04", "executor"),
        ("10:05", "vendor"),
        ("10:06", "executor"),
    ]
    assert found.paused is None
    assert phases(course(timeline, "assign")) == [("10:01", "10:02", "")]


def test_a_pause_may_change_its_reason() -> None:
    found = course(
        ticket("11-20 10:00 arrived", "11-20 10:01 paused client", "11-20 10:02 paused vendor"), "resolve"
    )
    assert phases(found) == [("10:00", "10:01", ""), ("10:01", "10:02", "client"), ("10:02", "", "vendor")]
    assert holders(found)[-1] == ("10:02", "vendor")


def test_who_is_given_the_ticket_in_a_pause_has_it_afterwards() -> None:
    found = course(
        ticket(
            "11-20 10:00 arrived",
            "11-20 10:01 placed",
            "11-20 10:02 paused client",
            "11-20 10:03 assigned",
            "11-20 10:04 resumed",
        ),
        "resolve",
    )
    assert holders(found) == [
        ("10:00", "line"),
        ("10:01", "moderator"),
        ("10:02", "client"),
        ("10:04", "executor"),
    ]


def test_a_ticket_placed_in_a_pause_begins_with_its_assign_clock_standing_still() -> None:
    timeline = ticket("11-20 10:00 arrived", "11-20 10:01 paused client", "11-20 10:02 placed")
    found = course(timeline, "assign")
    assert phases(found) == [("10:02", "", "client")]
    assert holders(found) == [("10:00", "line"), ("10:01", "client")]


def test_a_returned_ticket_gets_a_new_assign_clock() -> None:
    timeline = ticket(
        "11-20 10:00 arrived",
        "11-20 10:01 placed",
        "11-20 10:02 assigned",
        "11-20 10:10 returned",
        "11-20 10:13 assigned",
    )
    assert phases(course(timeline, "assign", 1)) == [("10:01", "10:02", "")]
    assert phases(course(timeline, "assign", 2)) == [("10:10", "10:13", "")]
    assert holders(course(timeline, "resolve"))[-2:] == [("10:10", "moderator"), ("10:13", "executor")]


def test_a_ticket_returned_before_it_was_assigned_keeps_its_assign_clock() -> None:
    timeline = ticket("11-20 10:00 arrived", "11-20 10:01 placed", "11-20 10:02 returned")
    assert [c.clock.value for c in courses(timeline)] == ["resolve", "assign"]
    assert phases(course(timeline, "assign")) == [("10:01", "", "")]


def test_a_pause_after_the_assignment_leaves_the_finished_assign_clock_alone() -> None:
    timeline = ticket(
        "11-20 10:00 arrived", "11-20 10:01 placed", "11-20 10:02 assigned", "11-20 10:03 paused client"
    )
    assert phases(course(timeline, "assign")) == [("10:01", "10:02", "")]


def test_an_assignment_to_another_executor_changes_no_clock() -> None:
    timeline = ticket(*WHOLE[:4], "11-20 10:12 assigned")
    assert phases(course(timeline, "assign")) == [("10:05", "10:07", "")]
    assert holders(course(timeline, "resolve"))[-1] == ("10:07", "executor")


@pytest.mark.parametrize("end", ["resolved", "cancelled"])
def test_the_end_ends_every_clock_paused_or_not(end: str) -> None:
    timeline = ticket(
        "11-20 10:00 arrived",
        "11-20 10:01 submitted",
        "11-20 10:02 placed",
        "11-20 10:03 paused client",
        f"11-20 10:09 {end}",
    )
    assert phases(course(timeline, "resolve"))[-1] == ("10:03", "10:09", "client")
    assert phases(course(timeline, "assign"))[-1] == ("10:03", "10:09", "client")
    assert phases(course(timeline, "place")) == [("10:01", "10:02", "")]
    assert {c.finished_at for c in courses(timeline)} == {at("11-20 10:02"), at("11-20 10:09")}
    assert {c.paused for c in courses(timeline)} == {None}
    assert holders(course(timeline, "resolve"))[-1] == ("10:03", "client")


def test_a_ticket_resolved_before_it_was_placed_ends_its_place_clock() -> None:
    timeline = ticket("11-20 10:00 arrived", "11-20 10:01 submitted", "11-20 10:02 resolved")
    assert course(timeline, "place").finished_at == at("11-20 10:02")


def test_a_reopened_ticket_runs_on_with_whom_it_was() -> None:
    timeline = ticket(*WHOLE, "11-20 11:00 reopened", "11-20 11:05 resolved")
    found = course(timeline, "resolve")
    assert phases(found) == [("10:00", "10:20", ""), ("10:20", "11:00", "resolved"), ("11:00", "11:05", "")]
    assert found.reopened_at == at("11-20 11:00")
    assert found.finished_at == at("11-20 11:05")
    assert holders(found)[-3:] == [("10:20", "client"), ("11:00", "executor"), ("11:05", "client")]
    assert phases(course(timeline, "assign")) == [("10:05", "10:07", "")]


def test_a_reopened_ticket_that_had_been_paused_runs() -> None:
    timeline = ticket(
        "11-20 10:00 arrived",
        "11-20 10:01 paused client",
        "11-20 10:02 cancelled",
        "11-20 10:03 reopened",
        "11-20 10:04 placed",
    )
    assert phases(course(timeline, "resolve"))[-1] == ("10:03", "", "")
    assert phases(course(timeline, "assign")) == [("10:04", "", "")]
    assert holders(course(timeline, "resolve"))[-2:] == [("10:03", "line"), ("10:04", "moderator")]


def test_a_ticket_reopened_at_once_has_no_empty_phase() -> None:
    timeline = ticket(*WHOLE, "11-20 10:20 reopened")
    assert phases(course(timeline, "resolve")) == [("10:00", "10:20", ""), ("10:20", "", "")]


def test_steps_at_one_instant_leave_no_empty_phase_but_a_clock_always_has_one() -> None:
    timeline = ticket(
        "11-20 10:00 arrived", "11-20 10:00 submitted", "11-20 10:00 placed", "11-20 10:00 assigned"
    )
    assert phases(course(timeline, "place")) == [("10:00", "10:00", "")]
    assert phases(course(timeline, "assign")) == [("10:00", "10:00", "")]
    assert course(timeline, "place").started_at == at("11-20 10:00")


def test_another_kind_or_priority_changes_nothing_but_itself() -> None:
    timeline = ticket(
        "11-20 10:00 arrived outage low", "11-20 10:01 paused client", "11-20 10:02 reclassified"
    )
    assert (course(timeline, "resolve").kind, course(timeline, "resolve").priority) == ("outage", "low")
    timeline = Timeline(
        ticket="7", steps=(*timeline.steps, step("11-20 10:03", "reclassified", priority="high"))
    )
    assert (course(timeline, "resolve").kind, course(timeline, "resolve").priority) == ("outage", "high")
    timeline = Timeline(
        ticket="7", steps=(*timeline.steps, step("11-20 10:04", "reclassified", kind="reference"))
    )
    found = course(timeline, "resolve")
    assert (found.kind, found.priority) == ("reference", "high")
    assert phases(found) == [("10:00", "10:01", ""), ("10:01", "", "client")]


IMPOSSIBLE = [
    (("11-20 10:01 arrived",), "arrived", "a ticket arrives once"),
    (("11-20 10:01 submitted", "11-20 10:02 submitted"), "submitted", "it is submitted or placed already"),
    (("11-20 10:01 placed", "11-20 10:02 submitted"), "submitted", "it is submitted or placed already"),
    (("11-20 10:01 placed", "11-20 10:02 placed"), "placed", "it is placed already"),
    (("11-20 10:01 returned",), "returned", "it was never placed"),
    (("11-20 10:01 resumed",), "resumed", "it is not paused"),
    (("11-20 10:01 paused",), "paused", "a pause waits for the client or for the vendor"),
    (("11-20 10:01 paused resolved",), "paused", "a pause waits for the client or for the vendor"),
    (("11-20 10:01 reopened",), "reopened", "it is still open"),
    *(
        (("11-20 10:01 resolved", f"11-20 10:02 {what}"), what.split()[0], "it has ended; reopen it first")
        for what in ("placed", "assigned", "returned", "paused client", "resumed", "resolved", "cancelled")
    ),
]


@pytest.mark.parametrize(("rows", "what", "why"), IMPOSSIBLE)
def test_a_step_that_cannot_follow_is_refused_with_its_reason(
    rows: tuple[str, ...], what: str, why: str
) -> None:
    timeline = ticket("11-20 10:00 arrived", *rows)
    with pytest.raises(BadTimeline) as refused:
        courses(timeline)
    assert str(refused.value) == f"ticket 7: {what} at {timeline.steps[-1].at.isoformat()}: {why}"


def test_a_timeline_begins_with_the_arrival() -> None:
    for steps in ((), (step("11-20 10:00", "placed"),)):
        with pytest.raises(BadTimeline, match=r"^ticket 7: the first step is the arrival$"):
            Timeline(ticket="7", steps=steps)


def test_a_timeline_goes_forward() -> None:
    with pytest.raises(BadTimeline, match=r"^ticket 7: placed is before arrived$"):
        ticket("11-20 10:00 arrived", "11-20 09:59 placed")


def test_a_step_without_a_zone_is_refused() -> None:
    naive = Step(at=datetime(2026, 11, 20, 10), what=Happening.ARRIVED)
    with pytest.raises(NaiveDatetime, match=r"^ticket 7: the step arrived has no time zone$"):
        Timeline(ticket="7", steps=(naive,))


def test_steps_may_be_in_different_zones() -> None:
    moscow = step("11-20 10:00", "arrived", kind="reference")
    utc = Step(at=datetime(2026, 11, 20, 7, 1, tzinfo=UTC), what=Happening.PLACED)
    assert len(courses(Timeline(ticket="7", steps=(moscow, utc)))) == 2
