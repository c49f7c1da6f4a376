"""Port `Tickets`."""

from dataclasses import replace

import pytest

from callcenter.domain.calls import CallOutcome
from callcenter.domain.errors import Conflict
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.ports.unit_of_work import OpenUnitOfWork, UnitOfWork
from tests import make


async def a_hotline(uow: UnitOfWork) -> int:
    return (await uow.calls.add_hotline(make.hotline())).id


async def test_tickets_are_numbered_from_1001_and_a_number_never_comes_back(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        first = await uow.tickets.add(make.ticket())
        second = await uow.tickets.add(make.ticket())
        await uow.commit()
    assert (first.number, second.number) == ("1001", "1002")


async def test_a_ticket_comes_back_as_it_was_stored(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        operator = await uow.people.add(make.person(), password_hash=None)
        client = await uow.clients.add_client(make.client())
        stored = await uow.tickets.add(make.ticket(hotline_id=await a_hotline(uow)))
        changed = await uow.tickets.save(
            replace(
                stored,
                status=Status.CANCELLED,
                missed=CallOutcome.ABANDONED,
                operator_id=operator.id,
                possible_client_id=client.id,
                client_id=client.id,
                cancel_reason=CancelReason.SPAM,
                subject="Не открывается отчёт",
                updated_at=make.at(5),
            )
        )
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert await uow.tickets.by_id(stored.id) == changed
        assert changed.version == stored.version + 1
        assert await uow.tickets.by_id(1) is None


async def test_a_ticket_without_a_number_is_possible(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        stored = await uow.tickets.add(make.ticket(caller=None))
        assert await uow.tickets.by_id(stored.id) == stored


async def test_who_saw_an_older_version_cannot_overwrite_the_newer_one(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        stored = await uow.tickets.add(make.ticket())
        await uow.tickets.save(replace(stored, subject="первый"))
        with pytest.raises(Conflict):
            await uow.tickets.save(replace(stored, subject="второй"))
        again = await uow.tickets.by_id(stored.id)
        assert again is not None
        assert again.subject == "первый"


async def test_the_open_draft_of_a_number_is_the_newest_of_its_hotline(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        hotline = await a_hotline(uow)
        other = (await uow.calls.add_hotline(make.hotline("Другая", ["+74950000001"]))).id
        await uow.tickets.add(make.ticket(hotline_id=hotline, created=make.at(1)))
        newest = await uow.tickets.add(make.ticket(hotline_id=hotline, created=make.at(2)))
        await uow.tickets.add(make.ticket(hotline_id=other, created=make.at(3)))
        await uow.tickets.add(make.ticket(hotline_id=hotline, created=make.at(4), status=Status.NEW))
        assert await uow.tickets.open_draft_of_number(make.CALLER, hotline) == newest
        assert await uow.tickets.open_draft_of_number("+79990000000", hotline) is None


async def test_open_tickets_of_a_number_and_of_a_client_are_newest_first(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        client = await uow.clients.add_client(make.client())
        statuses = [
            Status.NEW,
            Status.CLOSED,
            Status.WAITING,
            Status.RESOLVED,
            Status.DRAFT,
            Status.CANCELLED,
        ]
        for second, status in enumerate(statuses):
            await uow.tickets.add(make.ticket(status=status, created=make.at(second), client_id=client.id))
        of_number = await uow.tickets.open_of_number(make.CALLER, limit=10)
        assert [each.status for each in of_number] == [Status.DRAFT, Status.WAITING, Status.NEW]
        assert await uow.tickets.open_of_client(client.id, limit=2) == of_number[:2]


async def test_drafts_are_listed_newest_first_for_all_or_for_one_operator(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        operator = await uow.people.add(make.person(), password_hash=None)
        free = await uow.tickets.add(make.ticket(created=make.at(1)))
        mine = await uow.tickets.add(make.ticket(created=make.at(2), operator_id=operator.id))
        await uow.tickets.add(make.ticket(created=make.at(3), status=Status.NEW, operator_id=operator.id))
        assert await uow.tickets.drafts(limit=10) == [mine, free]
        assert await uow.tickets.drafts(limit=1) == [mine]
        assert await uow.tickets.drafts(operator_id=operator.id, limit=10) == [mine]
