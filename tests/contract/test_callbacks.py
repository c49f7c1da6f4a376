"""Ports `Callbacks`, `CallbackAttempts` and `Dialing`: the fake, SQLite and PostgreSQL keep the same promises."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.callbacks import (
    AttemptStage,
    Callback,
    CallbackAttempt,
    CallbackState,
    DialerState,
    OptOut,
)
from callcenter.domain.errors import Conflict
from callcenter.ports.unit_of_work import OpenUnitOfWork, UnitOfWork
from callcenter.store import Database
from dialer.attempt import Outcome
from dialer.breaker import Breaker
from dialer.permission import may_dial
from tests import make
from tests.databases import PostgresqlCluster, opened
from tests.make_callbacks import a_series, an_attempt


async def stored(uow: UnitOfWork, name: str = "petrov", **changes: object) -> Callback:
    """A stored series of an executor and a ticket of its own."""
    executor = await uow.people.add(make.person(name, endpoint=f"PJSIP/{name}"), password_hash=None)
    ticket = await uow.tickets.add(make.ticket())
    return await uow.callbacks.add(a_series(ticket.id, executor.id, **changes))


async def test_series_comes_back_as_it_was_stored(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        first = await stored(uow)
        changed = await uow.callbacks.save(
            replace(
                first,
                state=CallbackState.UNREACHABLE,
                due_at=None,
                look_at=None,
                not_before=make.at(5),
                reason="limit",
                snoozed=True,
                away_since=make.at(6),
                away_until=make.at(7),
                ended_at=make.at(7),
                updated_at=make.at(7),
            )
        )
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert await uow.callbacks.by_id(first.id) == changed
        assert changed.version == first.version + 1
        assert await uow.callbacks.by_id(first.id + 1) is None


async def test_who_saw_an_older_series_cannot_overwrite_the_newer_one(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        first = await stored(uow)
        await uow.callbacks.save(first)
        with pytest.raises(Conflict):
            await uow.callbacks.save(first)


async def test_ticket_has_one_open_series_at_most(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        first = await stored(uow)
        await uow.callbacks.save(replace(first, state=CallbackState.REACHED, ended_at=make.at(9)))
        await uow.callbacks.add(a_series(first.ticket_id, first.executor_id))
        await uow.commit()
    async with open_uow() as uow:
        assert [each.state for each in await uow.callbacks.of_ticket(first.ticket_id)] == [
            "reached",
            "waiting",
        ]
        with pytest.raises(Conflict):
            await uow.callbacks.add(a_series(first.ticket_id, first.executor_id))


async def test_due_series_come_earliest_first_and_only_waiting_ones(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        late = await stored(uow, "a", look_at=make.at(20))
        early = await stored(uow, "b", look_at=make.at(10))
        await stored(uow, "c", look_at=make.at(21))
        await stored(uow, "d", look_at=make.at(5), state=CallbackState.PAUSED)
        await uow.commit()
    async with open_uow() as uow:
        assert [each.id for each in await uow.callbacks.due(make.at(20), limit=9)] == [early.id, late.id]
        assert [each.id for each in await uow.callbacks.due(make.at(20), limit=1)] == [early.id]
        assert await uow.callbacks.due(make.at(9), limit=9) == []
        assert await uow.callbacks.count_open(make.at(20)) == {"waiting": 3, "paused": 1, "due": 2}


async def test_series_are_found_by_number_executor_and_state(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        first = await stored(uow, "a")
        later = await uow.tickets.add(make.ticket())
        second = await uow.callbacks.add(a_series(later.id, first.executor_id, due_at=make.at(-5)))
        ended = await uow.tickets.add(make.ticket())
        third = await uow.callbacks.add(
            a_series(
                ended.id,
                first.executor_id,
                state=CallbackState.REACHED,
                ended_at=make.at(50),
                updated_at=make.at(50),
                due_at=None,
            )
        )
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert {each.id for each in await uow.callbacks.open_of_number(first.number)} == {first.id, second.id}
        assert await uow.callbacks.open_of_number("+79160000000") == []
        of_executor = await uow.callbacks.open_of_executor(first.executor_id)
        assert [each.id for each in of_executor] == [second.id, first.id]
        assert await uow.callbacks.ended_of_executor(first.executor_id, make.at(50)) == [third]
        assert await uow.callbacks.ended_of_executor(first.executor_id, make.at(51)) == []
        waiting = await uow.callbacks.in_state(CallbackState.WAITING, limit=9)
        assert {each.id for each in waiting} == {first.id, second.id}
        assert await uow.callbacks.in_state(CallbackState.REACHED, limit=9) == [third]


async def an_attempt_in_flight(uow: UnitOfWork, name: str = "petrov", **changes: object) -> CallbackAttempt:
    series = await stored(uow, name)
    attempt = an_attempt(series, f"cb-{name}-0001", **changes)
    assert await uow.callback_attempts.add(attempt)
    return attempt


async def test_attempt_comes_back_as_it_was_stored(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        attempt = await an_attempt_in_flight(uow)
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert await uow.callback_attempts.by_id(attempt.id) == attempt
        assert await uow.callback_attempts.by_id("cb-nobody") is None
        assert await uow.callback_attempts.in_flight() == [attempt]
        assert await uow.callback_attempts.of_callback(attempt.callback_id) == [attempt]
        assert await uow.callback_attempts.of_ticket(attempt.ticket_id) == [attempt]


@pytest.mark.regulation("2.9")
async def test_number_is_called_once_at_a_time_whatever_the_tickets(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        first = await an_attempt_in_flight(uow, "a")
        other = await stored(uow, "b")
        second = an_attempt(other, "cb-b-0001")
        assert not await uow.callback_attempts.add(second)
        assert await uow.callback_attempts.finish(over(first))
        assert await uow.callback_attempts.add(second)
        await uow.commit()


async def test_executor_is_called_once_at_a_time(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        first = await an_attempt_in_flight(uow)
        ticket = await uow.tickets.add(make.ticket())
        other = await uow.callbacks.add(a_series(ticket.id, first.executor_id, number="+79160000002"))
        assert not await uow.callback_attempts.add(an_attempt(other, "cb-other-0001"))


async def test_id_of_an_attempt_is_never_used_again(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        first = await an_attempt_in_flight(uow)
        assert await uow.callback_attempts.finish(over(first))
        assert not await uow.callback_attempts.add(first)


def over(attempt: CallbackAttempt, outcome: Outcome = Outcome.NO_ANSWER) -> CallbackAttempt:
    return replace(
        attempt,
        ended_at=attempt.claimed_at + timedelta(seconds=40),
        outcome=outcome,
        rule="client_rang_out",
        seen=("DialState RINGING", "причина 0"),
        touched=True,
    )


@pytest.mark.regulation("2.9")
async def test_outcome_is_written_once_and_never_changes(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        attempt = await an_attempt_in_flight(uow)
        assert await uow.callback_attempts.finish(over(attempt))
        assert not await uow.callback_attempts.finish(over(attempt, Outcome.REACHED))
        assert not await uow.callback_attempts.finish(replace(over(attempt), id="cb-nobody"))
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert await uow.callback_attempts.by_id(attempt.id) == over(attempt)
        assert await uow.callback_attempts.in_flight() == []


async def test_worker_whose_token_is_old_cannot_write(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        attempt = await an_attempt_in_flight(uow)
        attempts = uow.callback_attempts
        assert await attempts.lease(attempt.id, token=1, until=make.at(99), new_token=2)
        assert not await attempts.lease(attempt.id, token=1, until=make.at(99), new_token=2)
        assert not await attempts.finish(over(attempt), token=1)
        assert await attempts.finish(over(attempt), token=2)
        assert not await attempts.lease(attempt.id, token=2, until=make.at(99), new_token=3)
        assert not await attempts.lease("cb-nobody", token=2, until=make.at(99), new_token=3)


async def test_attempts_past_their_lease_are_found_earliest_first(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        late = await an_attempt_in_flight(uow, "a", lease_until=make.at(50))
        early = await an_attempt_in_flight(uow, "b", lease_until=make.at(40), number="+79160000002")
        attempts = uow.callback_attempts
        assert [each.id for each in await attempts.lapsed(make.at(50), limit=9)] == [early.id, late.id]
        assert [each.id for each in await attempts.lapsed(make.at(50), limit=1)] == [early.id]
        assert await attempts.lapsed(make.at(39), limit=9) == []
        assert await attempts.finish(over(early))
        assert [each.id for each in await attempts.lapsed(make.at(50), limit=9)] == [late.id]


async def test_attempt_advances_and_is_asked_to_be_taken_back_while_in_flight_only(
    open_uow: OpenUnitOfWork,
) -> None:
    async with open_uow() as uow:
        attempt = await an_attempt_in_flight(uow)
        attempts = uow.callback_attempts
        assert await attempts.advance(attempt.id, AttemptStage.CLIENT_RINGING)
        assert not await attempts.advance(attempt.id, AttemptStage.SENT)
        assert not await attempts.advance(attempt.id, AttemptStage.CLIENT_RINGING)
        assert await attempts.ask_withdrawal(attempt.id, make.at(3))
        assert not await attempts.ask_withdrawal(attempt.id, make.at(4))
        told = await attempts.by_id(attempt.id)
        assert told is not None
        assert (told.stage, told.withdraw_asked_at) == (AttemptStage.CLIENT_RINGING, make.at(3))
        assert await attempts.finish(over(attempt))
        assert not await attempts.advance(attempt.id, AttemptStage.CLIENT_ANSWERED)
        assert not await attempts.ask_withdrawal(attempt.id, make.at(5))
        assert not await attempts.ask_withdrawal("cb-nobody", make.at(5))
        assert not await attempts.advance("cb-nobody", AttemptStage.SENT)


async def test_machine_that_was_detected_can_be_corrected_once(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        attempt = await an_attempt_in_flight(uow)
        attempts = uow.callback_attempts
        corrected = replace(
            attempt, outcome=Outcome.INTERRUPTED, rule="person_not_machine", seen=("AMD MACHINE", "a person")
        )
        assert not await attempts.correct_machine(corrected)
        assert await attempts.finish(over(attempt, Outcome.ANSWERING_MACHINE))
        assert await attempts.correct_machine(corrected)
        assert not await attempts.correct_machine(corrected)
        assert not await attempts.correct_machine(replace(corrected, id="cb-nobody"))
        told = await attempts.by_id(attempt.id)
        assert told is not None
        assert (told.outcome, told.rule, told.seen) == (corrected.outcome, corrected.rule, corrected.seen)


async def test_machine_is_marked_once_and_only_on_an_attempt_that_connected(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        attempt = await an_attempt_in_flight(uow)
        attempts, by = uow.callback_attempts, attempt.executor_id
        assert not await attempts.mark_machine(attempt.id, by=by, at=make.at(60))
        assert await attempts.finish(over(attempt, Outcome.REACHED))
        assert await attempts.mark_machine(attempt.id, by=by, at=make.at(60))
        assert not await attempts.mark_machine(attempt.id, by=by, at=make.at(61))
        assert not await attempts.mark_machine("cb-nobody", by=by, at=make.at(61))
        told = await attempts.by_id(attempt.id)
        assert told is not None
        assert (told.outcome, told.machine_marked_at) == (Outcome.REACHED, make.at(60))
        assert told.counted


async def test_calls_of_a_number_and_of_the_last_second_are_counted(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        attempt = await an_attempt_in_flight(uow)
        attempts, at = uow.callback_attempts, attempt.claimed_at
        assert await attempts.claimed_since(at - timedelta(seconds=1)) == 1
        assert await attempts.claimed_since(at) == 0
        assert await attempts.touched_since(attempt.number, at) == 0
        assert await attempts.finish(over(attempt))
        assert await attempts.touched_since(attempt.number, at) == 1
        assert await attempts.touched_since(attempt.number, at + timedelta(seconds=1)) == 0
        assert await attempts.touched_since("+79160000009", at) == 0


async def test_todays_attempts_are_counted_by_how_they_ended(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        attempts = uow.callback_attempts
        for name, outcome in (("a", Outcome.REACHED), ("b", Outcome.REACHED), ("c", Outcome.UNKNOWN)):
            assert await attempts.finish(over(await an_attempt_in_flight(uow, name), outcome))
        flying = await an_attempt_in_flight(uow, "d")
        assert await attempts.mark_machine("cb-a-0001", by=flying.executor_id, at=make.at(60))
        since = flying.claimed_at
        counted = await attempts.count_by_outcome(since)
        assert dict(counted) == {"answering_machine": 1, "reached": 1, "unknown": 1}
        assert dict(await attempts.count_by_outcome(since + timedelta(seconds=1))) == {}
        assert [each.id for each in await attempts.of_outcome(Outcome.UNKNOWN, since)] == ["cb-c-0001"]
        assert list(await attempts.of_outcome(Outcome.UNKNOWN, since + timedelta(seconds=1))) == []


async def test_numbers_not_to_be_called_are_listed_newest_first(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        for second, number in enumerate(("+79160000001", "+79160000002", "+79160000003")):
            wish = OptOut(number=number, at=make.at(second), by="person:1", reason="")
            assert await uow.dialing.opt_out(wish)
        listed = await uow.dialing.opt_outs(limit=2)
        assert [each.number for each in listed] == ["+79160000003", "+79160000002"]


async def test_dialers_state_is_one_row(open_uow: OpenUnitOfWork) -> None:
    state = DialerState(
        paused=True,
        paused_by="admin",
        paused_reason="проверка",
        changed_at=make.at(1),
        breaker=Breaker(failures=5, times=1, opened_at=7, open_until=8),
        day=make.at(0),
        busy_seconds=77,
        halted="restored",
    )
    async with open_uow() as uow:
        assert await uow.dialing.state() == DialerState()
        assert await uow.dialing.state_to_change() == DialerState()
        await uow.dialing.save_state(DialerState(busy_seconds=1))
        await uow.dialing.save_state(state)
        await uow.commit()
    async with open_uow() as uow:
        assert await uow.dialing.state() == state
        assert await uow.dialing.state_to_change() == state


async def test_last_sign_of_life_is_the_newest_of_all_nodes(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        assert await uow.dialing.last_seen() is None
        await uow.dialing.seen("a", make.at(5))
        await uow.dialing.seen("b", make.at(3))
        assert await uow.dialing.last_seen() == make.at(5)
        await uow.dialing.seen("b", make.at(9))
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert await uow.dialing.last_seen() == make.at(9)


async def test_number_is_opted_out_and_in_again(open_uow: OpenUnitOfWork) -> None:
    wish = OptOut(number=make.CALLER, at=make.at(1), by="ivanova", reason="просил не звонить")
    async with open_uow() as uow:
        assert await uow.dialing.opted_out(make.CALLER) is None
        assert await uow.dialing.opt_out(wish)
        assert not await uow.dialing.opt_out(replace(wish, reason="ещё раз"))
        assert await uow.dialing.opted_out(make.CALLER) == wish
        assert await uow.dialing.opt_in(make.CALLER)
        assert not await uow.dialing.opt_in(make.CALLER)


@pytest.mark.parametrize(
    "number", ["89161234567", "+49301234567", "+7916123456", "101", "", "+7916123456789"]
)
async def test_database_itself_refuses_a_number_of_another_form(real: Database, number: str) -> None:
    async with real.uow() as uow:
        with pytest.raises(Conflict):
            await stored(uow, number=number)


DENIED = ["+78401234567", "+79401234567", "+79541234567", "+78001234567", "+78091234567", "+77011234567",
          "+76161234567", "+78801234567", "+71161234567", "+7916123456x"]  # fmt: skip


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize("number", DENIED)
async def test_database_itself_refuses_a_number_that_may_never_be_dialled(
    real: Database, number: str
) -> None:
    async with real.uow() as uow:
        with pytest.raises(Conflict):
            await stored(uow, number=number)
    async with real.uow() as uow:
        series = await stored(uow)
        attempt = an_attempt(series, "cb-denied-0001", number=number)
        try:
            assert not await uow.callback_attempts.add(attempt)
        except Conflict:
            return


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(
    "digits",
    ["73431234567", "74951234567", "78121234567", "78771234567", "78411234567", "79391234567", "79551234567"],
)
async def test_database_agrees_with_the_dialers_table(real: Database, digits: str) -> None:
    assert may_dial(digits).allowed
    async with real.uow() as uow:
        assert (await stored(uow, number=f"+{digits}")).number == f"+{digits}"


def test_denied_numbers_are_those_of_the_dialers_table() -> None:
    assert not [number for number in DENIED if may_dial(number).allowed]


async def test_attempt_remembers_who_is_rung_first(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        attempt = await an_attempt_in_flight(uow, client_first=True)
        assert await uow.callback_attempts.by_id(attempt.id) == attempt


async def test_due_series_held_by_one_worker_are_skipped_by_another(
    postgresql_cluster: PostgresqlCluster,
) -> None:
    async with opened(await postgresql_cluster.new()) as postgresql:
        async with postgresql.uow() as uow:
            first, second = await stored(uow, "a"), await stored(uow, "b")
            await uow.commit()
        async with postgresql.uow() as one, postgresql.uow() as other:
            assert [each.id for each in await one.callbacks.due(make.at(99), limit=1)] == [first.id]
            assert [each.id for each in await other.callbacks.due(make.at(99), limit=9)] == [second.id]
