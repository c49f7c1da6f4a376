"""Missed calls called back by rule: what people, shifts and telephones do, and what becomes of the caller."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta

import pytest

from callcenter.domain.callbacks import Callback, CallbackState, OptOut, Origin
from callcenter.domain.calls import CallOutcome
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.live import FLOOR, LiveKind
from callcenter.domain.missed_calls import MissedCallRule
from callcenter.domain.people import PhoneState, Role
from callcenter.domain.shifts import Shift
from callcenter.domain.ticket import Ticket
from callcenter.services.desk import Desk, DeskRules
from callcenter.services.missed_calls import Looked, MissedCallCallbacks
from callcenter.web.translations import load_words
from callcenter.web.views.story_view import story_lines
from dialer.attempt import Outcome
from dialer.policy import Why
from sla.clock import Terms
from tests import make
from tests.scenarios.test_callbacks import CLIENT, DESK_TARGETS, HOURS, MONDAY, MOSCOW, House

pytestmark = [pytest.mark.regulation("2.9"), pytest.mark.regulation("2.1")]

RULE = MissedCallRule(enabled=True)


class Missed:
    """The house of the callbacks with the rule beside it: two executors, an operator, and callers nobody answered."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._calls = 0

    def by(self, rule: MissedCallRule = RULE) -> MissedCallCallbacks:
        house = self.house
        rules = DeskRules(terms=Terms(targets=DESK_TARGETS, calendar=HOURS), zone=MOSCOW, address="https://h")
        desk = Desk(open_uow=house.database.uow, clock=house.clock, rules=rules, notices=house.notices)
        return MissedCallCallbacks(desk, house.callbacks, rule)

    async def sweep(self, rule: MissedCallRule = RULE) -> Looked:
        return await self.by(rule).sweep()

    async def call(
        self,
        *,
        caller: str = CLIENT,
        outcome: CallOutcome = CallOutcome.ABANDONED,
        waited: int = 40,
        ticket: Ticket | None = None,
    ) -> Ticket:
        """Somebody calls now, waits and is not answered; the clock moves on to the end of his call."""
        house, entered = self.house, self.house.clock.now()
        house.wait(seconds=waited)
        self._calls += 1
        async with house.database.uow() as uow:
            if ticket is None:
                draft = make.ticket(caller=caller, created=entered, missed=outcome)
                ticket = await uow.tickets.add(replace(draft, contact_email="petrov@example.org"))
            call = make.call(
                f"m{self._calls}", hotline_id=1, ticket_id=ticket.id, caller=caller, entered=entered
            )
            await uow.calls.add(replace(call, ended_at=house.clock.now(), outcome=outcome))
            await uow.commit()
        return ticket

    async def series(self, ticket: Ticket) -> Sequence[Callback]:
        async with self.house.database.uow(write=False) as uow:
            return await uow.callbacks.of_ticket(ticket.id)

    async def shift(self, person_id: int, starts: time, ends: time) -> None:
        async with self.house.database.uow() as uow:
            shift = Shift(person_id=person_id, weekday=MONDAY.weekday(), starts=starts, ends=ends)
            await uow.staffing.set_shifts(person_id, [shift])
            await uow.commit()


@pytest.fixture
async def missed() -> Missed:
    return Missed(await House().open())


async def test_missed_caller_is_called_back_after_the_delay_by_whoever_has_least_to_do(
    missed: Missed,
) -> None:
    ticket = await missed.call()
    assert await missed.sweep() == Looked(seen=1)
    missed.house.wait(minutes=2)
    assert await missed.sweep() == Looked(seen=1, asked=1)
    (series,) = await missed.series(ticket)
    assert (series.origin, series.asked_by, series.executor_id, series.number) == (
        Origin.RULE,
        None,
        1,
        CLIENT,
    )
    assert series.due_at == missed.house.clock.now()
    assert await missed.sweep() == Looked(seen=1)
    order = await missed.house.attempt(Outcome.REACHED)
    assert order.number == CLIENT.removeprefix("+")
    assert (await missed.house.series(series)).state is CallbackState.REACHED
    other = await missed.call(caller="+79161119900")
    missed.house.wait(minutes=2)
    assert (await missed.sweep()).asked == 1
    assert await missed.sweep() == Looked(seen=2)
    assert [each.origin for each in await missed.series(other)] == [Origin.RULE]


async def test_several_missed_callers_are_spread_over_those_on_shift(missed: Missed) -> None:
    tickets = [await missed.call(caller=f"+7916111000{each}") for each in range(4)]
    missed.house.wait(minutes=2)
    assert (await missed.sweep()).asked == 4
    executors = [(await missed.series(each))[0].executor_id for each in tickets]
    assert sorted(executors) == [1, 1, 2, 2]


async def test_story_audit_and_screens_say_that_it_was_the_rule_and_why(missed: Missed) -> None:
    ticket = await missed.call()
    missed.house.wait(minutes=2)
    await missed.sweep()
    async with missed.house.database.uow(write=False) as uow:
        story = await uow.audit.of_ticket(ticket.id)
        names = {each.id: each.name for each in await uow.people.all()}
        told = [each for each in await uow.live.after(0, limit=100) if each.kind is LiveKind.CALLBACK_CHANGED]
    assert story[-1].reason == "by rule: a missed call, abandoned, waited 40 s; load=0"
    said = story_lines(story, names, load_words()["ru"])[0].said
    assert "по правилу: пропущенный звонок" in said
    assert "ждал 40 с" in said
    assert FLOOR in {each.audience for each in told}


async def test_nobody_on_shift_asks_for_nothing_until_somebody_comes(missed: Missed) -> None:
    ticket = await missed.call()
    for person_id in (1, 2):
        await missed.shift(person_id, time(11), time(18))
    missed.house.wait(minutes=2)
    assert await missed.sweep() == Looked(seen=1, nobody=1)
    assert await missed.series(ticket) == []
    missed.house.wait(hours=1)
    assert (await missed.sweep()).asked == 1


async def test_missed_call_that_waited_too_long_for_a_shift_stays_with_the_moderators(missed: Missed) -> None:
    ticket = await missed.call()
    missed.house.wait(hours=2)
    assert await missed.sweep(replace(RULE, oldest=timedelta(hours=1))) == Looked(seen=1)
    assert await missed.series(ticket) == []


async def test_caller_of_the_evening_is_called_in_the_morning(missed: Missed) -> None:
    missed.house.wait(hours=9)
    ticket = await missed.call(outcome=CallOutcome.OUTSIDE_HOURS, waited=3)
    missed.house.wait(hours=1)
    assert await missed.sweep() == Looked(seen=1)
    missed.house.wait(hours=14)
    assert (await missed.sweep()).asked == 1
    (series,) = await missed.series(ticket)
    assert series.due_at == missed.house.clock.now()


async def test_configured_group_calls_even_when_its_people_are_no_executors(missed: Missed) -> None:
    ticket = await missed.call()
    missed.house.wait(minutes=2)
    group = replace(RULE, executors=frozenset({"ivanova", "nobody"}))
    assert (await missed.sweep(group)).asked == 1
    async with missed.house.database.uow(write=False) as uow:
        operator = await uow.people.by_login("ivanova")
    assert operator is not None
    assert operator.roles == frozenset({Role.OPERATOR})
    assert [each.executor_id for each in await missed.series(ticket)] == [operator.id]


async def test_who_has_no_telephone_or_one_that_is_off_is_not_chosen(missed: Missed) -> None:
    ticket = await missed.call()
    missed.house.wait(minutes=2)
    async with missed.house.database.uow() as uow:
        first = await uow.people.by_id(1)
        assert first is not None
        await uow.people.save(replace(first, endpoint=None, pbx=None))
        await uow.people.set_presence(
            2, phone=PhoneState.UNREACHABLE, in_queue=True, paused=False, at=make.START
        )
        await uow.commit()
    assert await missed.sweep() == Looked(seen=1, nobody=1)
    assert await missed.series(ticket) == []


async def test_third_unanswered_attempt_by_rule_ends_the_draft_as_the_moderators_would(
    missed: Missed,
) -> None:
    ticket = await missed.call()
    missed.house.wait(minutes=2)
    await missed.sweep()
    for _ in range(3):
        await missed.house.attempt(Outcome.NO_ANSWER)
        missed.house.wait(minutes=30)
    (series,) = await missed.series(ticket)
    over = await missed.house.ticket(series)
    assert series.state is CallbackState.UNREACHABLE
    assert (over.status, over.cancel_reason) == (Status.CANCELLED, CancelReason.UNREACHABLE)
    assert [to for _, to in missed.house.notices.letters()] == ["petrov@example.org"]


async def test_who_registers_the_draft_takes_it_over_from_the_rule(missed: Missed) -> None:
    ticket = await missed.call()
    missed.house.wait(minutes=2)
    await missed.sweep()
    async with missed.house.database.uow() as uow:
        present = await uow.tickets.by_id(ticket.id)
        assert present is not None
        await uow.tickets.save(replace(present, status=Status.NEW, missed=None))
        await uow.commit()
    assert await missed.house.claim() is None
    (series,) = await missed.series(ticket)
    assert (series.state, series.reason) == (CallbackState.WITHDRAWN, Why.TICKET_NOT_OPEN)


async def test_series_that_a_person_stopped_is_not_asked_for_again(missed: Missed) -> None:
    ticket = await missed.call()
    missed.house.wait(minutes=2)
    await missed.sweep()
    (series,) = await missed.series(ticket)
    await missed.house.callbacks.stop(series.id, by=1, reason="ошиблись номером")
    assert await missed.sweep() == Looked(seen=1)
    await missed.call(ticket=ticket)
    missed.house.wait(minutes=5)
    assert await missed.sweep() == Looked(seen=1)


async def test_number_that_may_not_be_dialled_and_client_who_wants_no_calls_are_left_alone(
    missed: Missed,
) -> None:
    await missed.call(caller="+78091234567")
    await missed.call(caller="anonymous")
    await missed.call(caller=CLIENT)
    async with missed.house.database.uow() as uow:
        wish = OptOut(number=CLIENT, at=make.START, by="person:1", reason="")
        assert await uow.dialing.opt_out(wish)
        await uow.commit()
    missed.house.wait(minutes=5)
    assert await missed.sweep() == Looked(seen=3)


async def test_caller_whose_other_ticket_is_being_called_about_is_not_called_twice(missed: Missed) -> None:
    other = await missed.house.ask()
    ticket = await missed.call()
    missed.house.wait(minutes=2)
    assert await missed.sweep() == Looked(seen=1)
    await missed.house.callbacks.spoke(other.id, by=1)
    assert await missed.sweep() == Looked(seen=1)
    assert await missed.series(ticket) == []


async def test_rule_that_is_off_looks_at_nothing(missed: Missed) -> None:
    await missed.call()
    missed.house.wait(minutes=5)
    assert await missed.sweep(MissedCallRule()) == Looked()
