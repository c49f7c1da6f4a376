"""The background task of callbacks by rule: what it is set to, that it looks, and that it outlives its database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from callcenter.building.dialer import missed_call_rule
from callcenter.domain.calls import CallOutcome
from callcenter.domain.errors import Unavailable
from callcenter.domain.missed_calls import MissedCallRule
from callcenter.ports.unit_of_work import OpenUnitOfWork, UnitOfWork
from callcenter.services.callback_endings import CallbackEndings
from callcenter.services.callback_tickets import DeskTickets
from callcenter.services.callbacks import Callbacks
from callcenter.services.missed_calls import MissedCallCallbacks
from config.settings import MissedCalls
from tests.scenarios.test_callbacks import House
from tests.scenarios.test_missed_calls import RULE, Missed

pytestmark = pytest.mark.regulation("2.9")


def test_rule_is_off_unless_switched_on_and_its_settings_are_its_own_defaults() -> None:
    assert missed_call_rule(MissedCalls()) == MissedCallRule()
    assert missed_call_rule(MissedCalls(enabled=True)) == RULE


def test_every_setting_reaches_the_rule() -> None:
    settings = MissedCalls.model_validate(
        {
            "enabled": True,
            "outcomes": ["queue_full"],
            "shortest_wait": "PT30S",
            "delay": "PT10M",
            "oldest_hours": 5,
            "executors": ["ivanova"],
        }
    )
    assert missed_call_rule(settings) == MissedCallRule(
        enabled=True,
        outcomes=frozenset({CallOutcome.QUEUE_FULL}),
        shortest_wait=timedelta(seconds=30),
        delay=timedelta(minutes=10),
        oldest=timedelta(hours=5),
        executors=frozenset({"ivanova"}),
    )


@pytest.mark.parametrize(
    "wrong",
    [{"outcomes": ["answered"]}, {"outcomes": ["unknown"]}, {"oldest_hours": 0}, {"delay": "PT0S"}],
)
def test_rule_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MissedCalls.model_validate(wrong)


def task_of(house: House, open_uow: OpenUnitOfWork, asked: asyncio.Event) -> MissedCallCallbacks:
    desk = replace(house.desk, open_uow=open_uow)
    endings = CallbackEndings(house.rules, DeskTickets(desk))
    return MissedCallCallbacks(
        desk, Callbacks(open_uow, house.clock, house.rules, endings, wake=asked.set), RULE
    )


async def ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_task_asks_as_soon_as_it_runs_and_wakes_the_dialer() -> None:
    missed, asked = Missed(await House().open()), asyncio.Event()
    ticket = await missed.call()
    missed.house.wait(minutes=2)
    task = asyncio.create_task(task_of(missed.house, missed.house.database.uow, asked).run())
    await asyncio.wait_for(asked.wait(), 30)
    await ended(task)
    assert len(await missed.series(ticket)) == 1


async def test_database_that_is_down_is_counted_and_looked_at_again() -> None:
    house, refused = await House().open(), asyncio.Event()

    @asynccontextmanager
    async def down(*, write: bool = True) -> AsyncIterator[UnitOfWork]:
        refused.set()
        raise Unavailable("the database is down")
        yield  # pragma: no cover - a context manager is a generator

    rule = task_of(house, down, asyncio.Event())
    task = asyncio.create_task(rule.run())
    await asyncio.wait_for(refused.wait(), 30)
    await asyncio.sleep(0)
    assert (rule.failures, task.done()) == (1, False)
    await ended(task)


async def test_task_of_a_rule_that_is_off_stays_idle() -> None:
    missed = Missed(await House().open())
    await missed.call()
    rule = missed.by(MissedCallRule())
    task = asyncio.create_task(rule.run())
    await asyncio.sleep(0)
    assert not task.done()
    await ended(task)


async def test_person_who_was_faster_wins_over_the_rule() -> None:
    missed, asked = Missed(await House().open()), asyncio.Event()
    ticket = await missed.call()
    missed.house.wait(minutes=2)
    uow = missed.house.database.uow

    @asynccontextmanager
    async def slow(*, write: bool = True) -> AsyncIterator[UnitOfWork]:
        if write:
            async with uow() as other:
                present = await other.tickets.by_id(ticket.id)
                assert present is not None
                await other.tickets.save(replace(present, missed=None))
                await other.commit()
        async with uow(write=write) as work:
            yield work

    assert (await task_of(missed.house, slow, asked).sweep()).asked == 0
    assert await missed.series(ticket) == []
    assert not asked.is_set()
