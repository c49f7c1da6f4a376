"""Who Asterisk took for a machine, and the person who knows better. Regulation: 2.9, point 2."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callcenter.domain.callbacks import CallbackState
from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.lifecycle import Status
from callcenter.services.dialer_rules import DialerRules
from dialer.attempt import Attempt, Outcome
from tests.scenarios.test_callbacks import House

NO_ANSWER = Attempt(started_at=0, ended_at=1, outcome=Outcome.NO_ANSWER)
MISSED = Attempt(started_at=0, ended_at=1, outcome=Outcome.EXECUTOR_MISSED)


def listening() -> DialerRules:
    return replace(House().rules, machine_detection=True)


@pytest.mark.regulation("2.9")
def test_asterisk_listens_only_where_it_is_switched_on() -> None:
    assert listening().listens([])
    assert not House().rules.listens([])


@pytest.mark.regulation("2.9")
def test_the_attempt_that_could_cancel_the_ticket_is_heard_by_a_person() -> None:
    assert listening().listens([NO_ANSWER, MISSED, MISSED])
    assert not listening().listens([NO_ANSWER, MISSED, NO_ANSWER])


@pytest.mark.regulation("2.9")
async def test_person_taken_for_a_machine_is_not_counted_and_called_again_soon() -> None:
    house = await House().open()
    series = await house.ask()
    order = await house.attempt(Outcome.ANSWERING_MACHINE)
    assert (await house.ticket(series)).status is Status.WAITING
    view = (await house.views.of_ticket(series.ticket_id))[0]
    assert view.person_may_be_said is not None and view.counted == 1

    again = await house.callbacks.mark_person(order.attempt_id, by=1)

    (attempt,) = await house.attempts(series)
    assert (attempt.outcome, attempt.rule) == (Outcome.INTERRUPTED, "person_not_machine")
    assert attempt.seen == ("told", "person_not_machine") and not attempt.counted
    assert (again.state, again.away_since) == (CallbackState.WAITING, None)
    assert (await house.ticket(series)).status is Status.IN_PROGRESS
    assert again.due_at is not None and (again.due_at - house.clock.now()).total_seconds() <= 120
    assert (await house.views.of_ticket(series.ticket_id))[0].person_may_be_said is None


@pytest.mark.regulation("2.9")
async def test_another_counted_attempt_keeps_the_clients_clock_paused() -> None:
    house = await House().open()
    series = await house.ask()
    await house.attempt(Outcome.BUSY)
    house.wait(minutes=30)
    order = await house.attempt(Outcome.ANSWERING_MACHINE)
    again = await house.callbacks.mark_person(order.attempt_id, by=1)
    assert again.away_since is not None
    assert (await house.ticket(series)).status is Status.WAITING


async def test_held_series_stays_held_when_the_mark_is_corrected() -> None:
    house = await House().open()
    series = await house.ask()
    order = await house.attempt(Outcome.ANSWERING_MACHINE)
    await house.callbacks.pause(series.id, by=1)
    assert (await house.callbacks.mark_person(order.attempt_id, by=1)).state is CallbackState.PAUSED


async def test_only_what_was_detected_in_an_open_series_can_be_corrected() -> None:
    house = await House().open()
    series = await house.ask()
    busy = await house.attempt(Outcome.BUSY)
    with pytest.raises(Conflict):
        await house.callbacks.mark_person(busy.attempt_id, by=1)
    with pytest.raises(NotFound):
        await house.callbacks.mark_person("cb-nobody", by=1)
    house.wait(minutes=30)
    machine = await house.attempt(Outcome.ANSWERING_MACHINE)
    await house.callbacks.stop(series.id, by=1, reason="нашёлся")
    with pytest.raises(Conflict):
        await house.callbacks.mark_person(machine.attempt_id, by=1)
