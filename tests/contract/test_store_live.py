"""Ports `LiveLog`, `Links`, `Audit` and the unit of work's own promises."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import pytest

from callcenter.domain.live import FLOOR, LiveKind, LiveMessage, to_person
from callcenter.ports.calls import LinkState
from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.store import Database
from tests import make
from tests.databases import opened
from tests.fakes.database import FakeDatabase


async def told(open_uow: OpenUnitOfWork, n: int) -> None:
    async with open_uow() as uow:
        await uow.live.add(
            to_person(n), LiveKind.POP_SHOW, {"n": n, "имя": "Ёж"}, at=make.at(n), event_at=make.at(n - 1)
        )
        await uow.commit()


async def test_live_messages_are_replayed_in_order_after_the_last_one_seen(open_uow: OpenUnitOfWork) -> None:
    for n in (1, 2, 3):
        await told(open_uow, n)
    async with open_uow(write=False) as uow:
        everything = await uow.live.after(0, limit=10)
        assert [each.payload["n"] for each in everything] == [1, 2, 3]
        assert everything[0] == LiveMessage(
            id=everything[0].id,
            audience="person:1",
            kind=LiveKind.POP_SHOW,
            payload={"n": 1, "имя": "Ёж"},
            at=make.at(1),
            event_at=make.at(0),
        )
        assert list(await uow.live.after(everything[0].id, limit=1)) == [everything[1]]
        assert await uow.live.last_id() == everything[2].id


async def test_pruned_ids_never_come_back(open_uow: OpenUnitOfWork) -> None:
    await told(open_uow, 1)
    async with open_uow() as uow:
        before = await uow.live.last_id()
        assert await uow.live.prune(make.at(100)) == 1
        assert await uow.live.after(0, limit=10) == []
        await uow.commit()
    await told(open_uow, 2)
    async with open_uow(write=False) as uow:
        assert await uow.live.last_id() > before


async def test_what_is_not_committed_did_not_happen(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.people.add(make.person(), password_hash=None)
        await uow.live.add(FLOOR, LiveKind.LINE_CHANGED, {}, at=make.at(0))
    async with open_uow(write=False) as uow:
        assert await uow.people.all() == []
        assert await uow.live.last_id() == 0


async def test_an_error_inside_the_block_rolls_everything_back(open_uow: OpenUnitOfWork) -> None:
    with pytest.raises(LookupError):
        async with open_uow() as uow:
            await uow.people.add(make.person(), password_hash=None)
            raise LookupError
    async with open_uow(write=False) as uow:
        assert await uow.people.all() == []


async def test_a_unit_of_work_is_used_up_by_its_commit(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.commit()
        with pytest.raises(RuntimeError):
            await uow.commit()


async def test_a_reader_does_not_see_what_a_writer_has_not_committed(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as writer:
        await writer.people.add(make.person(), password_hash=None)
        async with open_uow(write=False) as reader:
            assert await reader.people.all() == []
        await writer.commit()


@pytest.mark.parametrize("kind", ["fake", "sqlite", "postgresql"])
async def test_messages_are_published_after_the_commit_and_only_then(
    kind: str, request: pytest.FixtureRequest
) -> None:
    published: list[tuple[Sequence[LiveMessage], int]] = []
    store: FakeDatabase | Database

    async def publish(messages: Sequence[LiveMessage]) -> None:
        async with store.uow(write=False) as uow:
            published.append((messages, await uow.live.last_id()))

    async def run() -> None:
        async with store.uow() as uow:
            await uow.live.add(FLOOR, LiveKind.LINE_CHANGED, {"n": 1}, at=make.at(0))
            await uow.live.add(FLOOR, LiveKind.LINE_CHANGED, {"n": 2}, at=make.at(0))
            assert published == []
            await uow.commit()
        async with store.uow() as uow:
            await uow.live.add(FLOOR, LiveKind.LINE_CHANGED, {"n": 3}, at=make.at(0))
        ((messages, stored_then),) = published
        assert [each.payload["n"] for each in messages] == [1, 2]
        assert stored_then == messages[-1].id

    if kind == "fake":
        store = FakeDatabase(publish=publish)
        await run()
    else:
        template = request.getfixturevalue("sqlite_template" if kind == "sqlite" else "postgresql_cluster")
        async with opened(await template.new(), publish) as store:
            await run()


async def test_a_link_is_as_last_reported(open_uow: OpenUnitOfWork) -> None:
    state = LinkState(pbx="pbx1", state="live", since=make.at(0), heartbeat_at=make.at(1), node="a")
    newer = LinkState(pbx="pbx1", state="down", since=make.at(2), heartbeat_at=make.at(3), node="b")
    async with open_uow() as uow:
        await uow.links.report(state)
        assert await uow.links.all() == [state]
        await uow.links.report(newer)
        assert await uow.links.all() == [newer]


async def test_a_lease_has_one_holder_and_a_token_that_grows_with_each_new_one(
    open_uow: OpenUnitOfWork,
) -> None:
    async with open_uow() as uow:
        take = uow.links.take_lease
        assert await take("ami:pbx1", "a", now=make.at(0), until=make.at(10)) == 1
        assert await take("ami:pbx1", "b", now=make.at(5), until=make.at(15)) is None
        assert await take("ami:pbx1", "a", now=make.at(5), until=make.at(15)) == 1
        assert await take("ami:pbx1", "b", now=make.at(15), until=make.at(25)) == 2
        assert not await uow.links.holds_lease("ami:pbx1", 1)
        assert await uow.links.holds_lease("ami:pbx1", 2)
        await uow.links.release_lease("ami:pbx1", "a")
        assert await uow.links.holds_lease("ami:pbx1", 2)
        await uow.links.release_lease("ami:pbx1", "b")
        assert not await uow.links.holds_lease("ami:pbx1", 2)
        assert await take("ami:pbx1", "a", now=make.at(16), until=make.at(26)) == 3
        assert await take("other", "b", now=make.at(16), until=make.at(26)) == 1


async def test_instants_keep_their_meaning_whatever_the_offset(open_uow: OpenUnitOfWork) -> None:
    in_moscow = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=3)))
    async with open_uow() as uow:
        stored = await uow.tickets.add(make.ticket(created=in_moscow))
        await uow.commit()
    async with open_uow(write=False) as uow:
        again = await uow.tickets.by_id(stored.id)
    assert again is not None
    assert again.created_at == datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)


async def test_audit_refuses_a_time_without_a_zone(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        with pytest.raises(ValueError, match="naive"):
            await uow.audit.record(
                at=datetime(2026, 11, 23), actor="a", ticket_id=None, action="x", reason="", change={}
            )
