"""Whose right it is to touch a callback, and what a correction of the number leaves behind."""

from dataclasses import replace

import pytest

from callcenter.domain.callbacks import CallbackState, Origin
from callcenter.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from callcenter.domain.lifecycle import Status
from callcenter.domain.people import Person, Role
from callcenter.services.callback_desk import Asked, CallbackDesk
from callcenter.services.desk import Desk, DeskRules
from dialer.attempt import Outcome
from sla.clock import Terms
from tests import make
from tests.scenarios.test_callbacks import CLIENT, DESK_TARGETS, HOURS, MOSCOW, House

pytestmark = pytest.mark.regulation("2.9")


class Rights:
    """The scenario's house with its desk of callbacks and everybody who could touch one."""

    def __init__(self, house: House) -> None:
        self.house = house
        rules = DeskRules(terms=Terms(targets=DESK_TARGETS, calendar=HOURS), zone=MOSCOW, address="https://h")
        whole = Desk(open_uow=house.database.uow, clock=house.clock, rules=rules, notices=house.notices)
        self.desk = CallbackDesk(whole, house.callbacks)

    async def person(self, login: str, role: Role, endpoint: str | None = None) -> Person:
        async with self.house.database.uow() as uow:
            person = make.person(login, roles=[role], endpoint=endpoint)
            hired = await uow.people.add(person, password_hash=None)
            await uow.commit()
        return hired

    async def executor(self, number: int = 1) -> Person:
        async with self.house.database.uow(write=False) as uow:
            found = await uow.people.by_id(number)
        assert found is not None
        return found


@pytest.fixture
async def rights() -> Rights:
    return Rights(await House().open())


async def test_only_the_tickets_executor_and_a_moderator_ask_for_a_callback(rights: Rights) -> None:
    ticket = await rights.house.a_ticket()
    operator = await rights.person("operator", Role.OPERATOR, "PJSIP/109")
    for stranger in (await rights.executor(2), operator):
        with pytest.raises(Forbidden):
            await rights.desk.ask(stranger, Asked(ticket_id=ticket.id))
    moderator = await rights.person("moderator", Role.MODERATOR)
    series = await rights.desk.ask(moderator, Asked(ticket_id=ticket.id, executor_id=1))
    assert (series.executor_id, series.origin, series.asked_by) == (1, Origin.MODERATOR, moderator.id)


async def test_who_is_to_speak_and_a_supervisor_may_tend_a_series_others_may_not(rights: Rights) -> None:
    series = await rights.house.ask(await rights.house.a_ticket())
    with pytest.raises(Forbidden):
        await rights.desk.pause(await rights.executor(2), series.id, reason="")
    await rights.desk.pause(await rights.executor(1), series.id, reason="обед")
    supervisor = await rights.person("supervisor", Role.SUPERVISOR)
    assert (await rights.desk.resume(supervisor, series.id)).state is CallbackState.WAITING
    admin = await rights.person("admin", Role.ADMIN)
    with pytest.raises(Forbidden):
        await rights.desk.spoke(admin, series.id)
    with pytest.raises(NotFound):
        await rights.desk.snooze(supervisor, 999)


async def test_a_series_is_not_stopped_without_a_reason(rights: Rights) -> None:
    series = await rights.house.ask()
    with pytest.raises(InvalidInput) as refused:
        await rights.desk.stop(await rights.executor(), series.id, reason=" ")
    assert refused.value.problems == {"reason": "required"}


async def test_another_number_corrects_the_ticket_and_one_that_costs_money_changes_nothing(
    rights: Rights,
) -> None:
    ticket = await rights.house.a_ticket()
    moderator = await rights.person("moderator", Role.MODERATOR)
    with pytest.raises(InvalidInput) as refused:
        await rights.desk.ask(moderator, Asked(ticket_id=ticket.id, number="8-809-123-45-67", executor_id=1))
    assert refused.value.problems == {"number": "number.paid"}
    right = Asked(ticket_id=ticket.id, number="8 (903) 111-22-33", executor_id=1)
    assert (await rights.desk.ask(moderator, right)).number == "+79031112233"
    async with rights.house.database.uow(write=False) as uow:
        stored = await uow.tickets.by_id(ticket.id)
        told = [each.action for each in await uow.audit.of_ticket(ticket.id)]
    assert stored is not None and stored.contact_phone is not None
    assert stored.contact_phone.e164 == "+79031112233"
    assert told.count("ticket.number_corrected") == 1


async def test_one_call_settles_a_second_ticket_and_it_may_be_taken_back(rights: Rights) -> None:
    series = await rights.house.ask()
    operator = await rights.person("operator", Role.OPERATOR, "PJSIP/109")
    assert (await rights.desk.spoke(operator, series.id)).state is CallbackState.REACHED
    with pytest.raises(Conflict):
        await rights.desk.spoke(operator, series.id)
    assert (await rights.desk.not_spoken(operator, series.id)).state is CallbackState.WAITING
    with pytest.raises(Conflict):
        await rights.desk.not_spoken(operator, series.id)
    with pytest.raises(NotFound):
        await rights.desk.not_spoken(operator, 999)


async def test_a_talk_after_a_counted_failure_lets_the_clock_run_again(rights: Rights) -> None:
    series = await rights.house.ask()
    await rights.house.attempt(Outcome.NO_ANSWER)
    async with rights.house.database.uow(write=False) as uow:
        waiting = await uow.tickets.by_id(series.ticket_id)
    assert waiting is not None and waiting.status is Status.WAITING
    await rights.desk.spoke(await rights.executor(), series.id)
    async with rights.house.database.uow(write=False) as uow:
        goes_on = await uow.tickets.by_id(series.ticket_id)
    assert goes_on is not None and goes_on.status is Status.IN_PROGRESS


async def test_a_series_of_a_ticket_that_is_over_does_not_go_on(rights: Rights) -> None:
    series = await rights.house.ask()
    await rights.desk.spoke(await rights.executor(), series.id)
    async with rights.house.database.uow() as uow:
        ticket = await uow.tickets.by_id(series.ticket_id)
        assert ticket is not None
        await uow.tickets.save(replace(ticket, status=Status.CLOSED))
        await uow.commit()
    with pytest.raises(Conflict):
        await rights.desk.not_spoken(await rights.executor(), series.id)


async def test_opting_out_and_in_leaves_one_audit_row_each_without_the_whole_number(rights: Rights) -> None:
    series = await rights.house.ask()
    operator = await rights.person("operator", Role.OPERATOR, "PJSIP/109")
    assert await rights.desk.opt_out(operator, series.ticket_id, reason="просил") == 1
    with pytest.raises(Forbidden):
        await rights.desk.opt_in(operator, CLIENT, reason="передумал")
    supervisor = await rights.person("supervisor", Role.SUPERVISOR)
    with pytest.raises(InvalidInput):
        await rights.desk.opt_in(supervisor, CLIENT, reason="")
    assert await rights.desk.opt_in(supervisor, CLIENT, reason="передумал")
    rows = [each for each in rights.house.database.memory.audit if str(each["action"]).startswith("number.")]
    assert [each["action"] for each in rows] == ["number.opted_out", "number.opted_in"]
    assert all(each["change"] == {"number": f"…{CLIENT[-4:]}"} for each in rows)


async def test_a_ticket_without_a_number_cannot_be_opted_out(rights: Rights) -> None:
    ticket = await rights.house.a_ticket(number=None)
    with pytest.raises(InvalidInput):
        await rights.desk.opt_out(await rights.executor(), ticket.id, reason="")
    with pytest.raises(NotFound):
        await rights.desk.mark_machine(await rights.executor(), "cb-nobody")
