"""Port `Calls`."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.calls import Call, CallOutcome, FoundBy, RingEnd, Ringing, Transfer
from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.people import Person
from callcenter.ports.unit_of_work import OpenUnitOfWork, UnitOfWork
from tests import make


async def a_call(
    uow: UnitOfWork, linkedid: str = "1", *, second: float = 0, caller: str = make.CALLER
) -> Call:
    hotline = await uow.calls.hotline_by_did("+78005550640") or await uow.calls.add_hotline(make.hotline())
    ticket = await uow.tickets.add(make.ticket(hotline_id=hotline.id, caller=caller))
    return await uow.calls.add(
        make.call(
            linkedid, hotline_id=hotline.id, ticket_id=ticket.id, caller=caller, entered=make.at(second)
        )
    )


async def an_operator(uow: UnitOfWork, login: str = "ivanova", endpoint: str = "PJSIP/101") -> Person:
    return await uow.people.add(make.person(login, endpoint=endpoint), password_hash=None)


async def test_a_hotline_is_found_by_each_of_its_numbers(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        stored = await uow.calls.add_hotline(make.hotline(dids=["+78005550640", "+74955550640"]))
        assert await uow.calls.hotline_by_did("+74955550640") == stored
        assert await uow.calls.hotline_by_did("+78005550000") is None
        assert await uow.calls.hotlines() == [stored]


async def test_two_hotlines_cannot_share_a_number(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.calls.add_hotline(make.hotline())
        with pytest.raises(Conflict):
            await uow.calls.add_hotline(make.hotline("Другая"))


async def test_a_call_comes_back_with_everything_known_of_it(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        stored, operator = await a_call(uow), await an_operator(uow)
        full = replace(
            stored,
            phone_queue="hotline",
            queued_at=make.at(1),
            answered_at=make.at(2),
            answered_by=operator.id,
            ended_at=make.at(3),
            outcome=CallOutcome.ANSWERED,
            found_by=FoundBy.CEL,
        )
        await uow.calls.save(full)
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert await uow.calls.by_id(stored.id) == full
        assert await uow.calls.by_key(stored.key) == full
        assert await uow.calls.of_ticket(stored.ticket_id) == [full]
        assert await uow.calls.by_id(999) is None
        assert await uow.calls.by_key(make.key("other")) is None


async def test_one_call_key_is_held_once(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await a_call(uow)
        with pytest.raises(Conflict):
            await a_call(uow)


async def test_a_call_that_is_not_there_cannot_be_saved(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        stored = await a_call(uow)
        with pytest.raises(NotFound):
            await uow.calls.save(replace(stored, id=999))


async def test_open_calls_are_those_that_have_not_ended_oldest_first(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        late = await a_call(uow, "late", second=9)
        early = await a_call(uow, "early", second=1)
        over = await a_call(uow, "over", second=2)
        await uow.calls.save(replace(over, ended_at=make.at(3), outcome=CallOutcome.ABANDONED))
        assert await uow.calls.open_calls() == [early, late]
        assert await uow.calls.open_calls(make.PBX) == [early, late]
        assert await uow.calls.open_calls("pbx2") == []


async def test_the_last_calls_of_a_number_are_newest_first(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        calls = [await a_call(uow, str(n), second=n) for n in range(4)]
        other = await a_call(uow, "other", second=99, caller="+79990000000")
        assert await uow.calls.last_of_number(make.CALLER, limit=2) == [calls[3], calls[2]]
        assert await uow.calls.recent(limit=2) == [other, calls[3]]


async def test_a_phone_rings_once_per_call_and_person(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        call, operator = await a_call(uow), await an_operator(uow)
        ring = Ringing(call_id=call.id, person_id=operator.id, since=make.at(2))
        assert await uow.calls.start_ringing(ring)
        assert not await uow.calls.start_ringing(replace(ring, since=make.at(3)))
        assert await uow.calls.ringing_of_call(call.id) == [ring]
        assert await uow.calls.ringing_of_person(operator.id) == [ring]
        assert await uow.calls.all_ringing() == [ring]


async def test_an_old_report_does_not_make_a_phone_ring_again_but_a_new_ring_does(
    open_uow: OpenUnitOfWork,
) -> None:
    async with open_uow() as uow:
        call, operator = await a_call(uow), await an_operator(uow)
        ring = Ringing(call_id=call.id, person_id=operator.id, since=make.at(2))
        assert await uow.calls.start_ringing(ring)
        assert await uow.calls.stop_ringing(call.id, operator.id, reason=RingEnd.NO_ANSWER, at=make.at(9))
        assert not await uow.calls.stop_ringing(call.id, operator.id, reason=RingEnd.BUSY, at=make.at(9))
        assert await uow.calls.ringing_of_call(call.id) == []
        assert not await uow.calls.start_ringing(ring)
        assert await uow.calls.start_ringing(replace(ring, since=make.at(10)))


async def test_a_pop_up_is_acknowledged_once(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        call, operator = await a_call(uow), await an_operator(uow)
        assert not await uow.calls.acknowledge_ringing(call.id, operator.id, at=make.at(3))
        await uow.calls.start_ringing(Ringing(call_id=call.id, person_id=operator.id, since=make.at(2)))
        assert await uow.calls.acknowledge_ringing(call.id, operator.id, at=make.at(3))
        assert not await uow.calls.acknowledge_ringing(call.id, operator.id, at=make.at(4))
        (ring,) = await uow.calls.ringing_of_person(operator.id)
        assert ring.acknowledged_at == make.at(3)


async def test_a_transfer_is_kept_once(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        call, operator = await a_call(uow), await an_operator(uow)
        transfer = Transfer(
            call_id=call.id,
            at=make.at(5),
            from_person_id=operator.id,
            to_person_id=None,
            to_endpoint="PJSIP/777",
        )
        assert await uow.calls.add_transfer(transfer)
        assert not await uow.calls.add_transfer(transfer)
        assert await uow.calls.transfers_of(call.id) == [transfer]


async def test_calls_are_counted_by_outcome_in_a_half_open_interval(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await a_call(uow, "open", second=0)
        for n, second in enumerate((1, 2, 3600)):
            call = await a_call(uow, f"missed{n}", second=second)
            await uow.calls.save(replace(call, ended_at=make.at(second + 1), outcome=CallOutcome.ABANDONED))
        counted = await uow.calls.count_by_outcome(make.at(0), make.at(0) + timedelta(hours=1))
        assert dict(counted) == {None: 1, CallOutcome.ABANDONED: 2}
