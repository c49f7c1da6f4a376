"""Ports `Outbox` and `Webhooks`."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.notices import (
    KEEP_TRYING,
    Notice,
    OutboxItem,
    OutboxKind,
    OutboxState,
    Settlement,
    Webhook,
)
from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.store import Database
from tests import make

LEASE = timedelta(minutes=2)


def letter(key: str = "registered:1", *, due: float = 0, ticket_id: int | None = None) -> OutboxItem:
    return OutboxItem(
        id=0,
        kind=OutboxKind.MAIL,
        name=Notice.REGISTERED,
        dedupe_key=key,
        to="client@example.org",
        payload={"locale": "ru", "number": "1001"},
        created_at=make.START,
        next_try_at=make.at(due),
        give_up_at=make.START + KEEP_TRYING,
        ticket_id=ticket_id,
    )


async def added(open_uow: OpenUnitOfWork, *items: OutboxItem) -> list[OutboxItem]:
    stored = []
    async with open_uow() as uow:
        for item in items:
            row = await uow.outbox.add(item)
            assert row is not None
            stored.append(row)
        await uow.commit()
    return stored


async def claimed(open_uow: OpenUnitOfWork, second: float = 0, limit: int = 10) -> list[OutboxItem]:
    async with open_uow() as uow:
        items = await uow.outbox.claim(now=make.at(second), until=make.at(second) + LEASE, limit=limit)
        await uow.commit()
    return list(items)


async def test_a_letter_comes_back_as_it_was_stored(open_uow: OpenUnitOfWork) -> None:
    (stored,) = await added(open_uow, letter())
    assert stored == replace(letter(), id=stored.id)
    async with open_uow(write=False) as uow:
        assert await uow.outbox.by_id(stored.id) == stored
        assert await uow.outbox.newest(limit=5) == [stored]
        assert await uow.outbox.counts() == {OutboxState.WAITING: 1}
        assert await uow.outbox.next_due() == make.START


async def test_a_letter_of_a_known_key_is_not_added_again(open_uow: OpenUnitOfWork) -> None:
    await added(open_uow, letter())
    async with open_uow() as uow:
        assert await uow.outbox.add(letter()) is None
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert len(await uow.outbox.newest(limit=5)) == 1


async def test_what_was_not_committed_is_never_sent(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.outbox.add(letter())
    assert await claimed(open_uow) == []


async def test_only_due_letters_are_claimed_oldest_first(open_uow: OpenUnitOfWork) -> None:
    first, second, _ = await added(open_uow, letter("a"), letter("b", due=-5), letter("c", due=60))
    assert [each.id for each in await claimed(open_uow, limit=1)] == [second.id]
    assert [each.id for each in await claimed(open_uow)] == [first.id]
    assert await claimed(open_uow) == []


async def test_a_claimed_letter_is_out_of_others_reach_until_its_lease_ends(open_uow: OpenUnitOfWork) -> None:
    await added(open_uow, letter())
    (mine,) = await claimed(open_uow)
    assert (mine.state, mine.attempts) == (OutboxState.SENDING, 1)
    assert await claimed(open_uow, LEASE.total_seconds() - 1) == []
    (again,) = await claimed(open_uow, LEASE.total_seconds())
    assert again.attempts == 2


async def test_only_the_newest_attempt_settles_a_letter(open_uow: OpenUnitOfWork) -> None:
    await added(open_uow, letter())
    (late,) = await claimed(open_uow)
    (current,) = await claimed(open_uow, LEASE.total_seconds())
    sent = Settlement(state=OutboxState.SENT, next_try_at=make.at(200))
    async with open_uow() as uow:
        assert not await uow.outbox.settle(late, sent, at=make.at(200))
        assert await uow.outbox.settle(current, sent, at=make.at(200))
        assert not await uow.outbox.settle(current, sent, at=make.at(201))
        await uow.commit()
    async with open_uow(write=False) as uow:
        stored = await uow.outbox.by_id(late.id)
        assert stored is not None
        assert (stored.state, stored.settled_at) == (OutboxState.SENT, make.at(200))
        assert await uow.outbox.next_due() is None


async def test_a_refused_letter_waits_for_a_person_and_can_be_tried_again(open_uow: OpenUnitOfWork) -> None:
    await added(open_uow, letter())
    (mine,) = await claimed(open_uow)
    refused = Settlement(state=OutboxState.REFUSED, next_try_at=make.at(1), error="550 " + "x" * 2000)
    async with open_uow() as uow:
        await uow.outbox.settle(mine, refused, at=make.at(1))
        await uow.commit()
    assert await claimed(open_uow, 10_000) == []
    async with open_uow() as uow:
        assert [each.id for each in await uow.outbox.newest(state=OutboxState.REFUSED, limit=5)] == [mine.id]
        assert await uow.outbox.retry(mine.id, now=make.at(20), give_up_at=make.at(99))
        assert not await uow.outbox.retry(mine.id + 1, now=make.at(20), give_up_at=make.at(99))
        await uow.commit()
    (again,) = await claimed(open_uow, 20)
    assert (again.attempts, again.give_up_at, len(again.last_error)) == (2, make.at(99), 1000)


async def test_letters_are_paged_from_the_newest(open_uow: OpenUnitOfWork) -> None:
    stored = await added(open_uow, *(letter(str(place)) for place in range(5)))
    async with open_uow(write=False) as uow:
        page = await uow.outbox.newest(limit=2)
        rest = await uow.outbox.newest(before=page[-1].id, limit=10)
    assert [each.id for each in [*page, *rest]] == [each.id for each in reversed(stored)]


async def test_letters_of_a_ticket_are_found(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        ticket = await uow.tickets.add(make.ticket())
        await uow.outbox.add(letter("a", ticket_id=ticket.id))
        await uow.outbox.add(letter("b"))
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert [each.dedupe_key for each in await uow.outbox.of_ticket(ticket.id)] == ["a"]


async def test_an_address_opts_out_once(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        assert not await uow.outbox.opted_out("k")
        assert await uow.outbox.opt_out("k", at=make.START)
        assert not await uow.outbox.opt_out("k", at=make.at(5))
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert await uow.outbox.opted_out("k")


async def test_workers_at_once_never_share_a_letter(real: Database) -> None:
    open_real: OpenUnitOfWork = real.uow  # type: ignore[assignment]
    await added(open_real, *(letter(str(place)) for place in range(40)))

    async def work() -> list[int]:
        mine: list[int] = []
        while items := await claimed(open_real, limit=3):
            mine += [each.id for each in items]
        return mine

    shares = await asyncio.gather(*(work() for _ in range(4)))
    every = [item for share in shares for item in share]
    assert len(every) == len(set(every)) == 40


async def test_a_webhook_comes_back_as_it_was_stored(open_uow: OpenUnitOfWork) -> None:
    hook = Webhook(id=0, url="https://a.example/x", secret="s", events=frozenset({"ticket.registered", "*"}))
    async with open_uow() as uow:
        stored = await uow.webhooks.add(hook)
        await uow.webhooks.save(replace(stored, active=False))
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert await uow.webhooks.all() == [replace(hook, id=stored.id, active=False)]
        assert await uow.webhooks.by_id(stored.id) == replace(hook, id=stored.id, active=False)
        assert await uow.webhooks.by_id(77) is None


async def test_two_webhooks_cannot_share_an_address(open_uow: OpenUnitOfWork) -> None:
    hook = Webhook(id=0, url="https://a.example/x", secret="s", events=frozenset({"*"}))
    async with open_uow() as uow:
        await uow.webhooks.add(hook)
        with pytest.raises(Conflict):
            await uow.webhooks.add(hook)


async def test_an_unknown_webhook_cannot_be_saved(open_uow: OpenUnitOfWork) -> None:
    hook = Webhook(id=77, url="https://a.example/x", secret="s", events=frozenset({"*"}))
    async with open_uow() as uow:
        with pytest.raises(NotFound):
            await uow.webhooks.save(hook)
