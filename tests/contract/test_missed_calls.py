"""Callbacks by rule on real databases: two nodes that judged the same missed call ask for one callback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.callbacks import Origin
from callcenter.domain.calls import CallOutcome
from callcenter.domain.live import LiveKind
from callcenter.domain.missed_calls import MissedCallRule
from callcenter.domain.people import Role
from callcenter.ports.unit_of_work import OpenUnitOfWork, UnitOfWork
from callcenter.services.callback_endings import CallbackEndings
from callcenter.services.callback_tickets import DeskTickets
from callcenter.services.callbacks import Callbacks
from callcenter.services.desk import Desk, DeskRules
from callcenter.services.dialer_rules import DialerCalendar, DialerRules
from callcenter.services.missed_calls import Looked, MissedCallCallbacks
from callcenter.store import Database
from dialer.admission import Rules
from dialer.caps import Caps
from dialer.policy import Policy
from sla.clock import Terms
from tests import make
from tests.databases import opened
from tests.fakes.clock import FakeClock
from tests.fakes.notices import FakeNotices
from tests.scenarios.test_callbacks import DESK_TARGETS, HOURS, MOSCOW

pytestmark = pytest.mark.regulation("2.9")


def node(open_uow: OpenUnitOfWork, *, minutes: int = 5) -> MissedCallCallbacks:
    """The rule on one node, some minutes after the missed call."""
    clock = FakeClock(make.START + timedelta(minutes=minutes))
    rules = DialerRules(rules=Rules(policy=Policy(), caps=Caps(), calendar=DialerCalendar(HOURS, MOSCOW)))
    desk_rules = DeskRules(
        terms=Terms(targets=DESK_TARGETS, calendar=HOURS), zone=MOSCOW, address="https://h"
    )
    desk = Desk(open_uow=open_uow, clock=clock, rules=desk_rules, notices=FakeNotices())
    endings = CallbackEndings(rules, DeskTickets(desk))
    return MissedCallCallbacks(desk, Callbacks(open_uow, clock, rules, endings), MissedCallRule(enabled=True))


def meeting(database: Database, together: asyncio.Barrier) -> OpenUnitOfWork:
    """The database, whose writers begin only when every node has judged."""

    @asynccontextmanager
    async def open_uow(*, write: bool = True) -> AsyncIterator[UnitOfWork]:
        if write:
            await together.wait()
        async with database.uow(write=write) as uow:
            yield uow

    return open_uow


async def a_missed_call(open_uow: OpenUnitOfWork) -> int:
    """Somebody waited forty seconds in vain; the ticket's number."""
    async with open_uow() as uow:
        hotline = await uow.calls.add_hotline(make.hotline())
        for number in (201, 202):
            executor = make.person(f"e{number}", roles=(Role.EXECUTOR,), endpoint=f"PJSIP/{number}")
            await uow.people.add(executor, password_hash=None)
        ticket = await uow.tickets.add(make.ticket(hotline_id=hotline.id, missed=CallOutcome.ABANDONED))
        call = await uow.calls.add(make.call(hotline_id=hotline.id, ticket_id=ticket.id))
        await uow.calls.save(replace(call, ended_at=make.at(40), outcome=CallOutcome.ABANDONED))
        await uow.commit()
    return ticket.id


async def test_missed_call_is_called_back_by_rule_on_every_store(open_uow: OpenUnitOfWork) -> None:
    ticket_id = await a_missed_call(open_uow)
    assert await node(open_uow, minutes=1).sweep() == Looked(seen=1)
    assert await node(open_uow).sweep() == Looked(seen=1, asked=1)
    assert await node(open_uow, minutes=6).sweep() == Looked(seen=1)
    async with open_uow(write=False) as uow:
        (series,) = await uow.callbacks.of_ticket(ticket_id)
    assert (series.origin, series.asked_by) == (Origin.RULE, None)


async def test_two_nodes_that_judged_at_once_ask_for_one_callback(url: str) -> None:
    together = asyncio.Barrier(2)
    async with opened(url) as first, opened(url) as second:
        ticket_id = await a_missed_call(first.uow)
        nodes = [node(meeting(each, together)) for each in (first, second)]
        looked = await asyncio.gather(*(each.sweep() for each in nodes))
        async with first.uow(write=False) as uow:
            series = await uow.callbacks.of_ticket(ticket_id)
            asked = [each for each in await uow.audit.of_ticket(ticket_id) if each.action == "callback.asked"]
            told = await uow.live.after(0, limit=100)
    assert sorted(each.asked for each in looked) == [0, 1]
    assert (len(series), len(asked)) == (1, 1)
    assert sum(each.kind is LiveKind.CALLBACK_CHANGED for each in told) == 2
