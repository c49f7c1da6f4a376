"""Faults: killed in the middle, a full disk, two nodes telling the same calls at once."""

import asyncio
import sys
from pathlib import Path

import pytest

from callcenter.domain.calls import CallOutcome
from callcenter.domain.errors import Unavailable
from callcenter.services.hotline import Hotline
from callcenter.store import Database
from callcenter.store.sqlite import SqliteDatabase
from tests import make
from tests.databases import SqliteTemplate, opened
from tests.fakes.clock import FakeClock

ROOT = Path(__file__).parents[2]
PHONES = ("PJSIP/101", "PJSIP/102")


async def prepared(database: Database) -> None:
    async with database.uow() as uow:
        await uow.calls.add_hotline(make.hotline())
        for n, endpoint in enumerate(PHONES):
            await uow.people.add(make.person(f"op{n}", endpoint=endpoint), password_hash=None)
        await uow.commit()


async def test_what_was_committed_outlives_a_kill_and_nothing_else_is_there(url: str) -> None:
    async with opened(url) as database:
        await prepared(database)
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.contract.committing_program",
        url,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    said = 0
    while said < 20:
        said = int(await program.stdout.readline())
    program.kill()
    rest = await program.stdout.read()
    await program.wait()
    said = int(rest.split()[-1]) if rest.split() else said
    async with opened(url) as database:
        assert (await database.verify_audit()).intact
        async with database.uow(write=False) as uow:
            calls = await uow.calls.recent(limit=100_000)
            drafts = {each.id for each in await uow.tickets.drafts(limit=100_000)}
            messages = await uow.live.after(0, limit=1_000_000)
    assert said <= len(calls) <= said + 1, "at most the commit that had not yet been told of"
    assert {each.ticket_id for each in calls} == drafts
    assert all(each.outcome is CallOutcome.ABANDONED for each in calls)
    assert len({each.payload["ticket_id"] for each in messages if "ticket_id" in each.payload}) == len(calls)


async def test_two_nodes_telling_the_same_calls_at_once_open_one_ticket_for_each(url: str) -> None:
    async with opened(url) as one, opened(url) as other:
        await prepared(one)
        nodes = [Hotline(each.uow, FakeClock()) for each in (one, other)]
        for n in range(25):
            linkedid, second, caller = f"call {n}", n * 10.0, f"+7916{n:07d}"
            for facts in (
                [make.entered(linkedid, second, caller=caller)],
                [make.ringing(linkedid, second + 1, endpoint) for endpoint in PHONES],
                [make.answered(linkedid, second + 2)],
            ):
                await asyncio.gather(*(node.apply(facts) for node in nodes))
        async with one.uow(write=False) as uow:
            calls = await uow.calls.recent(limit=1000)
            drafts = await uow.tickets.drafts(limit=1000)
            messages = await uow.live.after(0, limit=10_000)
    assert len(calls) == len(drafts) == 25
    assert {each.ticket_id for each in calls} == {each.id for each in drafts}
    shown = [(each.audience, each.payload["call_id"]) for each in messages if each.kind == "pop.show"]
    assert len(shown) == len(set(shown)) == 50


async def test_two_nodes_hearing_one_caller_on_two_lines_at_once_open_one_draft(url: str) -> None:
    async with opened(url) as one, opened(url) as other:
        await prepared(one)
        nodes = [Hotline(each.uow, FakeClock()) for each in (one, other)]
        for n in range(15):
            caller = f"+7916{n:07d}"
            await asyncio.gather(
                *(
                    node.apply([make.entered(f"{n}", n, caller=caller, pbx=f"pbx{place}")])
                    for place, node in enumerate(nodes)
                )
            )
        async with one.uow(write=False) as uow:
            drafts = await uow.tickets.drafts(limit=1000)
            held = [len(await uow.calls.of_ticket(each.id)) for each in drafts]
    assert held == [2] * 15


async def test_a_full_disk_takes_nothing_loses_nothing_and_says_unavailable(
    sqlite_template: SqliteTemplate,
) -> None:
    async with opened(await sqlite_template.new()) as database:
        await prepared(database)
        backend = database._database
        assert isinstance(backend, SqliteDatabase)
        assert backend._writer is not None
        (pages,) = backend._writer.execute("PRAGMA page_count").fetchone()
        backend._writer.execute(f"PRAGMA max_page_count={pages + 20}")
        hotline, taken = Hotline(database.uow, FakeClock()), 0
        with pytest.raises(Unavailable, match="full"):
            for n in range(10_000):
                await hotline.apply([make.entered(str(n), n, caller=f"+7916{n:07d}")])
                taken += 1
        async with database.uow(write=False) as uow:
            assert len(await uow.calls.recent(limit=100_000)) == taken > 0
        backend._writer.execute("PRAGMA max_page_count=1000000")
        await hotline.apply([make.entered(str(taken), taken, caller=f"+7916{taken:07d}")])
        async with database.uow(write=False) as uow:
            assert len(await uow.calls.recent(limit=100_000)) == taken + 1
        assert (await database.verify_audit()).intact
