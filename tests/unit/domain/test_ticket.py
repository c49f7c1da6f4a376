"""Tickets: what joins a draft, and what the life cycle allows."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.errors import TransitionRefused
from callcenter.domain.lifecycle import OPEN, TRANSITIONS, Status, Step, after
from callcenter.domain.people import GRANTS, Action, Role, may
from callcenter.domain.ticket import joins
from tests import make

HOUR = timedelta(hours=1)


@given(st.integers(0, 7200))
def test_a_further_call_joins_until_the_window_closes(second: int) -> None:
    joined = joins(make.ticket(), make.number(make.CALLER), make.at(second), HOUR)
    assert joined == (second <= 3600)


@pytest.mark.parametrize("status", list(Status))
def test_only_a_draft_is_joined(status: Status) -> None:
    assert joins(make.ticket(status=status), make.number(make.CALLER), make.at(1)) == (status is Status.DRAFT)


@pytest.mark.parametrize("caller", ["anonymous", "", "nonsense", "+79990000000"])
def test_another_or_no_number_never_joins(caller: str) -> None:
    assert not joins(make.ticket(), make.number(caller), make.at(1))
    assert not joins(make.ticket(caller=None), make.number(caller), make.at(1))
    assert not joins(make.ticket(caller="anonymous"), make.number(caller), make.at(1))


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("step", list(Step))
def test_a_step_that_is_not_in_the_table_is_refused(status: Status, step: Step) -> None:
    if (status, step) in TRANSITIONS:
        assert after(status, step) is TRANSITIONS[status, step]
        return
    with pytest.raises(TransitionRefused) as refused:
        after(status, step)
    assert dict(refused.value.details) == {"status": status, "step": step}


def test_every_status_but_the_first_can_be_reached_and_none_is_a_trap() -> None:
    reached = {Status.DRAFT}
    while more := {to for (origin, _), to in TRANSITIONS.items() if origin in reached} - reached:
        reached |= more
    assert reached == set(Status)
    assert {origin for origin, _ in TRANSITIONS} == set(Status)


def test_resolved_closed_and_cancelled_tickets_are_not_open() -> None:
    assert set(Status) - OPEN == {Status.RESOLVED, Status.CLOSED, Status.CANCELLED}


@pytest.mark.regulation("1.4")
@pytest.mark.parametrize("action", list(Action))
def test_a_person_may_do_what_any_of_his_roles_may_and_the_dismissed_nothing(action: Action) -> None:
    for role in Role:
        person = make.person(roles=[role])
        assert may(person, action) == (action in GRANTS[role])
        assert not may(replace(person, active=False), action)
    assert may(make.person(roles=list(Role)), action) == any(action in GRANTS[role] for role in Role)
    assert not may(make.person(roles=[]), action)
    assert not may(None, action)


def test_every_action_is_somebodys() -> None:
    assert {action for granted in GRANTS.values() for action in granted} == set(Action)
