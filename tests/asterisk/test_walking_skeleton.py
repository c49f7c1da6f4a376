"""The whole way: a real call, a real program, the ringing operator's stream, the draft in the database."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from callcenter.domain.calls import Call, CallOutcome, FoundBy
from callcenter.domain.lifecycle import Status
from callcenter.domain.ticket import Ticket
from callcenter.store import Database
from callcenter.store.upgrade import upgrade
from tests.asterisk.node import Node, environment, free_port, hire, running, watching
from tests.asterisk.sample_pbx import SamplePbx, finished
from tests.databases import opened

pytestmark = pytest.mark.usefixtures("ami")  # hangs up whatever a test leaves on the line


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path}/hotline.sqlite3"
    await upgrade(url)
    async with opened(url) as found:
        yield found


@pytest.fixture
def environ(pbx: SamplePbx, tmp_path: Path, database: Database) -> dict[str, str]:
    return environment(pbx.facts, f"sqlite:///{tmp_path}/hotline.sqlite3", free_port())


@pytest.fixture
async def node(environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Node]:
    async with running(environ, tmp_path) as found:
        await found.until_ready()
        yield found


async def the_call(database: Database) -> tuple[Call, Ticket]:
    async with database.uow(write=False) as uow:
        (call,) = await uow.calls.recent(limit=1)
        ticket = await uow.tickets.by_id(call.ticket_id)
        assert ticket is not None
        return call, ticket


@pytest.mark.regulation("1.6", "2.1")
async def test_before_he_lifts_the_receiver_the_draft_exists_and_his_screen_shows_who_calls(
    pbx: SamplePbx, node: Node, database: Database
) -> None:
    mine, other = await hire(database, "ivanova", "101"), await hire(database, "petrov", "102")
    async with watching(node.address, mine) as screen, watching(node.address, other) as others:
        with pbx.phone("101", "answers", delay=700):
            async with pbx.caller("caller_hangs_up", number="79161234567", name="Иван", stay=4000) as caller:
                pop = await screen.until("pop.show")
                _, draft = await the_call(database)
                assert draft.status is Status.DRAFT
                withdrawn = await screen.until("pop.withdraw", reason="answered")
                assert await finished(caller) == 0
        await screen.until("presence.changed", phone="idle")
        await others.until("line.changed")
        assert "pop.show" not in {event.kind for event in others.heard}
    assert pop.payload["number"]["e164"] == "+79161234567"
    assert pop.payload["ticket_id"] == draft.id
    call, ticket = await the_call(database)
    assert call.answered_at is not None
    assert pop.at < call.answered_at < withdrawn.at
    assert (call.outcome, call.found_by, call.did.e164) == (
        CallOutcome.ANSWERED,
        FoundBy.LIVE,
        "+78005550640",
    )
    assert (ticket.missed, ticket.operator_id is not None) == (None, True)


async def test_a_caller_who_gives_up_leaves_a_missed_draft_and_the_pop_up_goes(
    pbx: SamplePbx, node: Node, database: Database
) -> None:
    token = await hire(database, "ivanova", "101")
    async with watching(node.address, token) as screen:
        with pbx.phone("101", "rings_for_ever"):
            async with pbx.caller("caller_hangs_up", stay=2200) as caller:
                await screen.until("pop.show")
                await finished(caller)
                await screen.until("pop.withdraw", reason="caller_left")
                await screen.until("ticket.changed", missed="abandoned")
    call, ticket = await the_call(database)
    assert (call.outcome, ticket.missed) == (CallOutcome.ABANDONED, CallOutcome.ABANDONED)


async def test_a_hidden_number_is_a_value_and_not_a_client(
    pbx: SamplePbx, node: Node, database: Database
) -> None:
    token = await hire(database, "ivanova", "101")
    async with watching(node.address, token) as screen:
        with pbx.phone("101", "rings_for_ever"):
            async with pbx.caller("caller_hidden", stay=2200):
                pop = await screen.until("pop.show")
    assert pop.payload["number"]["hidden"] is True
    assert pop.payload["possible_clients"] == []


async def test_calls_that_came_while_the_program_was_away_are_found_and_marked_reconstructed(
    pbx: SamplePbx, environ: dict[str, str], database: Database, tmp_path: Path
) -> None:
    async with running(environ, tmp_path, "first") as first:
        await first.until_ready()
        assert await first.stop() == 0
    async with pbx.caller("caller_hangs_up", number="79031112233", stay=500) as caller:
        await finished(caller)
    async with running(environ, tmp_path, "second") as second:
        await second.until_ready()
        async with asyncio.timeout(10):
            while True:
                async with database.uow(write=False) as uow:
                    found = await uow.calls.last_of_number("+79031112233", limit=5)
                if found:
                    break
    assert [(call.found_by, call.reconstructed) for call in found] == [(FoundBy.CDR, True)]
    assert found[0].outcome is not None


async def test_a_live_call_survives_the_restart_of_the_program_and_keeps_its_one_ticket(
    pbx: SamplePbx, environ: dict[str, str], database: Database, tmp_path: Path
) -> None:
    token = await hire(database, "ivanova", "101")
    with pbx.phone("101", "answers", delay=300):
        async with AsyncExitStack() as on_the_line:
            async with running(environ, tmp_path, "first") as first:
                await first.until_ready()
                calling = pbx.caller("caller_hangs_up", number="79161234567", stay=9000)
                caller = await on_the_line.enter_async_context(calling)
                async with watching(first.address, token, after=0) as screen:
                    await screen.until("pop.withdraw", reason="answered")
                await first.stop(signal.SIGKILL)
            async with running(environ, tmp_path, "second") as second:
                await second.until_ready()
                async with watching(second.address, token, after=0) as screen:
                    await finished(caller)
                    await screen.until("presence.changed", phone="idle")
                async with asyncio.timeout(10):
                    # his phone was free a moment before the caller's leg had ended
                    while (found := await the_call(database))[0].outcome is None:
                        pass
                call, ticket = found
    assert (call.outcome, ticket.missed) == (CallOutcome.ANSWERED, None)


async def test_sigterm_ends_the_program_cleanly_within_ten_seconds(node: Node) -> None:
    assert await node.stop() == 0
    assert "Traceback" not in node.log.read_text()


async def test_a_busy_port_is_one_clear_sentence(node: Node, environ: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(AssertionError) as refused:
        async with running({**environ, "CC_AGI__ENABLED": "false"}, tmp_path, "late"):
            pass
    assert "cannot be listened on" in str(refused.value)
    assert "Traceback" not in str(refused.value)


async def test_a_wrong_secret_is_said_on_the_health_page_and_the_program_stays(
    environ: dict[str, str], database: Database, tmp_path: Path
) -> None:
    async with running({**environ, "CC_PBX__MAIN__SECRET": "wrong"}, tmp_path) as node:
        async with asyncio.timeout(10):
            while "refused the login" not in node.log.read_text():
                await node.health()
        assert "telephony stale" in (await node.health())["checks"]["telephony"]
