"""The link to a real Asterisk: login, snapshot, a killed Asterisk and the way back, refused accounts, ring-all."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ami import actions
from ami.client import Client
from ami.errors import NotLive
from ami.pbx import PbxSettings
from ami.privileges import dangerous_privileges
from ami.signals import (
    CallAnswered,
    CallEnded,
    CallEntered,
    CallOutcome,
    CallQueued,
    LegRinging,
    LegStopped,
    LinkChanged,
    LinkState,
    StopReason,
)
from tests.asterisk.sample_pbx import SamplePbx, running_sample, worker
from tests.asterisk.test_ami_calls import Watch, settings_for
from tests.unit.ami.following import until


@asynccontextmanager
async def following(settings: PbxSettings) -> AsyncIterator[tuple[Client, Watch]]:
    """A running client and what it told."""
    told = Watch()
    client = Client(settings, on_signals=told.take, clock=lambda: datetime.now(UTC))
    running = asyncio.create_task(client.run())
    try:
        yield client, told
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def live(settings: PbxSettings) -> AsyncIterator[tuple[Client, Watch]]:
    async with following(settings) as (client, told):
        async with asyncio.timeout(20):
            await client.wait_until(LinkState.LIVE, sending=True)
        yield client, told


@pytest.fixture
def ring_all(tmp_path: Path) -> Iterator[SamplePbx]:
    """A PBX of our own, whose queue rings everybody at once."""
    with running_sample(
        tmp_path / "pbx", worker(), slot=1, strategy="ringall", ring_timeout="4", queue_timeout="8"
    ) as own:
        yield own


async def test_sample_account_passes_the_probe(pbx: SamplePbx) -> None:
    async with live(settings_for(pbx)) as (client, _):
        answer = await client.send(actions.list_commands())
        assert "Originate" in answer.headers and "Command" not in answer.headers
        assert dangerous_privileges(answer.headers) == frozenset()
        assert (await client.send(actions.core_settings())).headers["AsteriskVersion"]
        assert (await client.send(actions.core_status())).headers["CoreStartupDate"]


async def test_members_are_known_from_the_first_snapshot(pbx: SamplePbx) -> None:
    async with live(settings_for(pbx)) as (client, _):
        members = {one.endpoint: one.name for one in client.board.queue_members("support")}
    assert (len(members), members["PJSIP/101"]) == (5, "Иванова Анна")


async def test_wrong_secret_is_refused_and_said(pbx: SamplePbx) -> None:
    async with following(settings_for(pbx, secret="callcenter")) as (client, told):
        down = await told.until(
            LinkChanged, lambda s: isinstance(s, LinkChanged) and s.state is LinkState.DOWN
        )
        assert isinstance(down, LinkChanged)
        assert down.reason == "Asterisk refused the login of 'callcenter': Authentication failed"
        assert not client.can_send


async def test_call_already_waiting_is_found_when_the_program_starts(pbx: SamplePbx) -> None:
    with pbx.phone("101", "rings_for_ever"):
        async with live(settings_for(pbx)) as (_, first), pbx.caller("caller_hangs_up", stay=3500):
            await first.until(LegRinging)
            async with live(settings_for(pbx)) as (client, second):
                entered = await second.until(CallEntered)
                queued = await second.until(CallQueued)
                assert isinstance(entered, CallEntered) and isinstance(queued, CallQueued)
                assert (entered.did, entered.reconstructed, queued.queue) == ("88005550640", True, "support")
                assert len(client.board.waiting("support")) == 1
                ended = await second.until(CallEnded)
                assert isinstance(ended, CallEnded) and ended.reconstructed


async def test_call_goes_on_over_a_broken_link(pbx: SamplePbx) -> None:
    with pbx.phone("101", "answers", delay=200):
        async with live(settings_for(pbx)) as (client, told), pbx.caller("caller_hangs_up", stay=6000):
            await told.until(CallAnswered)
            session = client._events.session
            assert session is not None
            session.abort()
            await client.wait_until(LinkState.DOWN)
            async with asyncio.timeout(20):
                await client.wait_until(LinkState.LIVE)
            ended = await told.until(CallEnded)
    assert isinstance(ended, CallEnded)
    assert (ended.outcome, ended.owner) == (CallOutcome.ANSWERED, "PJSIP/101")
    assert (len(told.of(CallEntered)), client.counts.restarts) == (1, 0)


async def test_account_equal_to_a_shell_is_refused(tmp_path: Path) -> None:
    """Asterisk itself tells what the account may write; nothing is sent with one that may run commands."""
    home = tmp_path / "pbx"
    (home / "etc").mkdir(parents=True)
    account = "[shell]\nsecret = 0123456789abcdef\nread = system,call,agent,user\nwrite = originate,reporting,command\n"
    (home / "etc" / "manager.local.conf").write_text(account)
    with running_sample(home, worker(), slot=1) as own:
        settings = settings_for(own, username="shell", secret="0123456789abcdef")
        async with following(settings) as (client, told):
            await told.until(LinkChanged, lambda s: isinstance(s, LinkChanged) and s.state is LinkState.LIVE)
            async with asyncio.timeout(20):
                await until(lambda: "may write command" in client.actions_reason)
            assert not client.can_send
            with pytest.raises(NotLive, match="write"):
                await client.send(actions.ping())


async def test_everybody_rings_and_one_answers(ring_all: SamplePbx) -> None:
    with ring_all.phone("101", "rings_for_ever"), ring_all.phone("102", "answers", delay=900):
        async with live(settings_for(ring_all)) as (_, told), ring_all.caller("caller_hangs_up", stay=3500):
            await told.until(CallAnswered)
            await told.until(CallEnded)
    assert {s.endpoint for s in told.of(LegRinging) if isinstance(s, LegRinging)} == {
        "PJSIP/101",
        "PJSIP/102",
    }
    assert {(s.endpoint, s.reason) for s in told.of(LegStopped) if isinstance(s, LegStopped)} == {
        ("PJSIP/101", StopReason.ANSWERED_ELSEWHERE),
        ("PJSIP/102", StopReason.ANSWERED),
    }
    (answered,) = told.of(CallAnswered)
    assert isinstance(answered, CallAnswered) and answered.endpoint == "PJSIP/102"


async def test_killed_asterisk_interrupts_its_calls_and_is_followed_again(tmp_path: Path) -> None:
    home = tmp_path / "pbx"
    told = None
    with running_sample(home, worker(), slot=1) as doomed:
        settings = settings_for(doomed)
        quick = replace(settings, link=replace(settings.link, retry_first=0.2, retry_longest=0.5))
        with doomed.phone("101", "rings_for_ever"):
            async with live(quick) as (client, told), doomed.caller("caller_waits"):
                await told.until(LegRinging)
                os.kill(doomed.facts["asterisk_pid"], signal.SIGKILL)
                await told.until(
                    LinkChanged, lambda s: isinstance(s, LinkChanged) and s.state is LinkState.DOWN
                )
                await asyncio.to_thread(doomed.launcher.wait, 20)
                assert client.stale_since is not None
                with running_sample(home, worker(), slot=1):
                    ended = await told.until(CallEnded)
                    again = await told.until(
                        LinkChanged, lambda s: isinstance(s, LinkChanged) and s.restarted
                    )
                    assert client.stale_since is None
    assert isinstance(ended, CallEnded) and ended.outcome is CallOutcome.INTERRUPTED
    assert isinstance(again, LinkChanged) and again.state is LinkState.LIVE
    assert not len(client.board.calls)
