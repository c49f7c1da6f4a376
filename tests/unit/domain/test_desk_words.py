"""Small pure rules of the desk, and the examples in its docstrings."""

import doctest
from dataclasses import replace
from datetime import UTC, date, datetime, time
from types import ModuleType

import pytest

from callcenter.domain import (
    lists,
    policy,
    promise,
    proposal,
    registration,
    remote,
    search,
    shifts,
    story,
    support,
    ticket_clocks,
    topics,
)
from callcenter.domain.errors import Forbidden, InvalidInput
from callcenter.domain.lists import Cursor, read_cursor, written
from callcenter.domain.people import GRANTS, Action, Role
from callcenter.domain.registration import TicketFields, filled
from callcenter.domain.shifts import Availability, Leave, Shift, availability, check_leave, check_shifts
from callcenter.domain.ticket import Kind
from callcenter.domain.topics import FIRST_TOPICS, Topic, in_order, path
from tests import make


@pytest.mark.parametrize(
    "module",
    [
        lists, policy, promise, proposal, registration, remote, search, shifts, story, support, ticket_clocks,
        topics,
    ],
)  # fmt: skip
def test_the_examples_in_the_docstrings_are_true(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("typed", "subject"),
    [
        ("Не печатает", "Не печатает"),
        ("\n  Первая строка \nвторая", "Первая строка"),
        ("слово " * 40, "слово " * 19 + "слово…"),
        ("", ""),
    ],
)
def test_a_missing_subject_is_the_first_line_cut_at_a_word(typed: str, subject: str) -> None:
    assert filled(make.ticket(), TicketFields(text=typed)).subject == subject


@pytest.mark.parametrize(
    "word", ["", "нет", "bm90IGpzb24", "W10", "WzEsMl0", "WyIyMDI2LTAxLTAxIiwxXQ", "W251bGwsdHJ1ZV0"]
)
def test_a_cursor_that_is_none_is_refused(word: str) -> None:
    with pytest.raises(InvalidInput):
        read_cursor(word)


def test_a_cursor_comes_back() -> None:
    cursor = Cursor(at=datetime(2026, 11, 23, 9, 0, 0, 1, tzinfo=UTC), id=1042)
    assert read_cursor(written(cursor)) == cursor


@pytest.mark.parametrize(
    ("hours", "problem"),
    [
        ([(0, 9, 13), (0, 13, 18)], None),
        ([(0, 9, 13), (0, 12, 18)], "overlap"),
        ([(0, 9, 9)], "reversed"),
        ([(7, 9, 18)], "weekday"),
    ],
)
def test_shifts_may_touch_and_not_overlap(hours: list[tuple[int, int, int]], problem: str | None) -> None:
    made = [Shift(person_id=1, weekday=day, starts=time(a), ends=time(b)) for day, a, b in hours]
    if problem is None:
        check_shifts(made)
        return
    with pytest.raises(InvalidInput) as refused:
        check_shifts(made)
    assert refused.value.problems == {"shifts": problem}


def test_a_leave_counts_both_its_days_and_cannot_end_before_it_starts() -> None:
    leave = Leave(id=1, person_id=1, starts_on=date(2026, 11, 23), ends_on=date(2026, 11, 24))
    days = [availability(1, [], [leave], datetime(2026, 11, day, 10)) for day in (22, 23, 24, 25)]
    away = Availability.ON_LEAVE
    assert days == [Availability.ON_SHIFT, away, away, Availability.ON_SHIFT]
    assert availability(2, [], [leave], datetime(2026, 11, 23, 10)) is Availability.ON_SHIFT
    with pytest.raises(InvalidInput):
        check_leave(replace(leave, ends_on=date(2026, 11, 22)))


def test_a_tree_with_a_loop_or_a_lost_parent_is_still_shown_whole() -> None:
    strays = [
        Topic(id=1, name="а", kind=Kind.REFERENCE, parent_id=77),
        Topic(id=2, name="б", kind=Kind.REFERENCE, parent_id=1),
    ]
    assert [(depth, topic.id) for depth, topic in in_order(strays)] == [(0, 1), (1, 2)]
    loop = {1: replace(strays[0], parent_id=2), 2: strays[1]}
    assert [topic.id for topic in path(loop, 1)] == [2, 1]


def test_the_first_topics_are_the_four_of_the_regulation_the_outage_and_the_vendors() -> None:
    assert [topic.kind for topic in FIRST_TOPICS].count(Kind.REFERENCE) == 4
    assert [topic.kind for topic in FIRST_TOPICS].count(Kind.OUTAGE) == 1
    assert FIRST_TOPICS[3].name == "Работа с интерфейсом"


def test_every_action_is_granted_to_somebody_and_the_dismissed_have_none() -> None:
    assert {action for granted in GRANTS.values() for action in granted} == set(Action)
    dismissed = make.person(roles=list(Role), active=False)
    with pytest.raises(Forbidden):
        policy.require(dismissed, Action.SEE_TICKETS)
    assert not policy.may_on(None, Action.SEE_TICKETS, make.ticket())
