"""Real calls on a real Asterisk, told by the package `ami` as the tables of its unit tests promise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ami import actions
from ami.board import Dialplan
from ami.client import Client
from ami.journal import Journal
from ami.link import LinkSettings
from ami.pbx import PbxSettings
from ami.signals import (
    AttemptEnded,
    AttemptProgress,
    AttemptStep,
    CallAnswered,
    CallEnded,
    CallEntered,
    CallLeftQueue,
    CallOutcome,
    CallQueued,
    CallTransferred,
    LegRinging,
    LegStopped,
    LinkState,
    Signal,
    StopReason,
    TransferKind,
)
from tests.asterisk.observer import Observer
from tests.asterisk.sample_pbx import CALLER, SamplePbx, finished
from tests.unit.ami.following import Follower

DIALPLAN = Dialplan(trunk_contexts=frozenset({"from-trunk"}), trunk_endpoints=frozenset({"PJSIP/trunk"}))


def settings_for(pbx: SamplePbx, **link: float | str) -> PbxSettings:
    account = pbx.facts["ami"]
    reach = {"host": account["host"], "port": account["port"], "username": account["username"]}
    return PbxSettings(
        name="main",
        link=LinkSettings(**{**reach, "secret": account["secret"], **link}),
        dialplan=DIALPLAN,
        tick_every=0.2,
    )


class Watch(Follower):
    """What became true of the calls, as words."""

    async def until(self, kind: type[Signal], true: Callable[[Signal], bool] = lambda _: True) -> Signal:
        async with asyncio.timeout(20):
            return await self.heard(lambda signal: isinstance(signal, kind) and true(signal))

    @property
    def told(self) -> list[str]:
        """One word for each signal of a call, in order."""
        return [_word(signal) for signal in self.signals if hasattr(signal, "call_id")]


def _word(signal: Signal) -> str:
    name = type(signal).__name__
    match signal:
        case LegRinging():
            return f"{name} {signal.endpoint}"
        case LegStopped():
            return f"{name} {signal.endpoint} {signal.reason}"
        case CallAnswered():
            return f"{name} {signal.endpoint}" + (" picked up" if signal.picked_up else "")
        case CallLeftQueue():
            return f"{name} {signal.reason}"
        case CallTransferred():
            return f"{name} {signal.from_endpoint} {signal.to_endpoint} {signal.kind}"
        case CallEnded():
            return f"{name} {signal.outcome} {signal.owner}".strip()
    return name


@pytest.fixture
async def watch(pbx: SamplePbx, ami: Observer, tmp_path: Path) -> AsyncIterator[tuple[Client, Watch]]:
    """A LIVE client of the sample PBX; nothing is on the line when it begins. Its journal stays with the test."""
    follower = Watch()
    journal = Journal(tmp_path, "main")
    client = Client(
        settings_for(pbx), on_signals=follower.take, clock=lambda: datetime.now(UTC), journal=journal
    )
    running = asyncio.create_task(client.run())
    async with asyncio.timeout(20):
        await client.wait_until(LinkState.LIVE, sending=True)
    yield client, follower
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    journal.close()


ENTERED = ["CallEntered", "CallQueued"]


async def test_answered_call(pbx: SamplePbx, watch: tuple[Client, Watch]) -> None:
    client, told = watch
    with pbx.phone("101", "answers", delay=200):
        async with pbx.caller("caller_hangs_up", stay=2500, name="О'Генри") as caller:
            entered = await told.until(CallEntered)
            await told.until(CallAnswered)
            assert [one.endpoint for one in client.board.talking()] == ["PJSIP/101"]
            assert await finished(caller) == 0
            ended = await told.until(CallEnded)
    assert isinstance(entered, CallEntered) and isinstance(ended, CallEnded)
    assert (entered.did, entered.caller_number, entered.endpoint) == ("88005550640", CALLER, "PJSIP/trunk")
    assert told.told == [
        *ENTERED,
        "LegRinging PJSIP/101",
        "LegStopped PJSIP/101 answered",
        "CallLeftQueue answered",
        "CallAnswered PJSIP/101",
        "CallEnded answered PJSIP/101",
    ]
    assert 0.5 < ended.talk_seconds < 5
    assert not len(client.board.calls)


async def test_abandoned_call(pbx: SamplePbx, watch: tuple[Client, Watch]) -> None:
    _, told = watch
    with pbx.phone("101", "rings_for_ever"):
        async with pbx.caller("caller_hangs_up", stay=1200):
            await told.until(LegRinging)
            await told.until(CallEnded)
    assert told.told == [
        *ENTERED,
        "LegRinging PJSIP/101",
        "LegStopped PJSIP/101 caller_left",
        "CallLeftQueue abandoned",
        "CallEnded abandoned",
    ]


async def test_queue_timeout_is_no_abandoned_call(pbx: SamplePbx, watch: tuple[Client, Watch]) -> None:
    _, told = watch
    with pbx.phone("101", "rings_for_ever"):
        async with pbx.caller("caller_waits"):
            await told.until(CallEnded)
    assert told.told[0:2] == ENTERED
    assert "CallLeftQueue timeout" in told.told
    assert told.told[-1] == "CallEnded queue_timeout"
    assert told.told.count("LegRinging PJSIP/101") == told.told.count("LegStopped PJSIP/101 no_answer") >= 1


async def test_nobody_on_duty(watch: tuple[Client, Watch], pbx: SamplePbx) -> None:
    _, told = watch
    async with pbx.caller("caller_waits"):
        await told.until(CallEnded)
    assert told.told == ["CallEntered", "CallEnded join_empty"]


async def test_busy_operator_never_rings(pbx: SamplePbx, watch: tuple[Client, Watch]) -> None:
    _, told = watch
    with pbx.phone("101", "busy"):
        async with pbx.caller("caller_hangs_up", stay=2500):
            await told.until(CallEnded)
    assert told.told == [*ENTERED, "CallLeftQueue abandoned", "CallEnded abandoned"]


async def test_operator_who_declines(pbx: SamplePbx, watch: tuple[Client, Watch]) -> None:
    _, told = watch
    with pbx.phone("101", "rings_then_declines", delay=300):
        async with pbx.caller("caller_hangs_up", stay=4000):
            stopped = await told.until(LegStopped)
    assert isinstance(stopped, LegStopped) and stopped.reason is StopReason.DECLINED


async def test_two_callers_at_once_stay_apart(pbx: SamplePbx, watch: tuple[Client, Watch]) -> None:
    _, told = watch
    with pbx.phone("101", "answers", delay=200), pbx.phone("102", "answers", delay=200):
        async with pbx.caller("caller_hangs_up", stay=4000, number="79160000001"):
            await told.until(CallAnswered)
            async with pbx.caller("caller_hangs_up", stay=2000, number="79160000002"):
                await told.heard_all(CallEnded, 2)
    ended = [signal for signal in told.of(CallEnded) if isinstance(signal, CallEnded)]
    assert {signal.outcome for signal in ended} == {CallOutcome.ANSWERED}
    assert {signal.owner for signal in ended} == {"PJSIP/101", "PJSIP/102"}
    assert len({signal.call_id for signal in ended}) == 2


async def test_picked_up_call_belongs_to_who_picked_it_up(
    pbx: SamplePbx, watch: tuple[Client, Watch]
) -> None:
    _, told = watch
    with pbx.phone("101", "rings_for_ever"):
        async with pbx.caller("caller_hangs_up", stay=4000):
            await told.until(LegRinging)
            async with pbx.phone_call("102", "**101", stay=900):
                await told.until(CallEnded)
    assert told.told == [
        *ENTERED,
        "LegRinging PJSIP/101",
        "LegStopped PJSIP/101 answered_elsewhere",
        "CallLeftQueue answered",
        "CallAnswered PJSIP/102 picked up",
        "CallEnded answered PJSIP/102",
    ]


async def operators_channel(ami: Observer, endpoint: str) -> str:
    entered = await ami.until(
        lambda m: m.get("Event") == "BridgeEnter" and m.get("Channel", "").startswith(endpoint)
    )
    return entered["Channel"]


async def test_blind_transfer(pbx: SamplePbx, ami: Observer, watch: tuple[Client, Watch]) -> None:
    client, told = watch
    with pbx.phone("101", "answers", delay=200), pbx.phone("102", "answers", delay=400):
        async with pbx.caller("caller_hangs_up", stay=4500):
            answered = await told.until(CallAnswered)
            assert isinstance(answered, CallAnswered)
            first = answered.endpoint
            second = "PJSIP/102" if first == "PJSIP/101" else "PJSIP/101"
            channel = await operators_channel(ami, first)
            answer = await ami.ask("BlindTransfer", Channel=channel, Context="internal", Exten=second[-3:])
            assert answer["Response"] == "Success", answer
            await told.until(CallTransferred)
            assert [one.endpoint for one in client.board.talking()] == [second]
            await told.until(CallEnded)
    assert told.told[-4:] == [
        f"LegRinging {second}",
        f"LegStopped {second} answered",
        f"CallTransferred {first} {second} {TransferKind.BLIND}",
        f"CallEnded answered {second}",
    ]


async def test_attended_transfer(pbx: SamplePbx, ami: Observer, watch: tuple[Client, Watch]) -> None:
    client, told = watch
    with pbx.phone("101", "answers", delay=200), pbx.phone("201", "answers", delay=300):
        async with pbx.caller("caller_hangs_up", stay=6500):
            await told.until(CallAnswered)
            channel = await operators_channel(ami, "PJSIP/101")
            answer = await ami.ask("Atxfer", Channel=channel, Context="internal", Exten="201")
            assert answer["Response"] == "Success", answer
            await operators_channel(ami, "PJSIP/201")
            assert [one.endpoint for one in client.board.talking()] == ["PJSIP/101"]
            await ami.ask("Hangup", Channel=channel)
            await told.until(CallTransferred)
            assert [one.endpoint for one in client.board.talking()] == ["PJSIP/201"]
            await told.until(CallEnded)
    assert told.told == [
        *ENTERED,
        "LegRinging PJSIP/101",
        "LegStopped PJSIP/101 answered",
        "CallLeftQueue answered",
        "CallAnswered PJSIP/101",
        "LegRinging PJSIP/201",
        "LegStopped PJSIP/201 answered",
        "CallTransferred PJSIP/101 PJSIP/201 attended",
        "CallEnded answered PJSIP/201",
    ]


async def test_internal_and_outbound_calls_open_nothing(
    pbx: SamplePbx, ami: Observer, watch: tuple[Client, Watch]
) -> None:
    client, told = watch
    with pbx.phone("102", "answers", delay=200):
        async with pbx.phone_call("101", "102", stay=400) as call:
            assert await finished(call) == 0
    async with pbx.carrier("answers_and_hangs_up"), pbx.phone_call("101", "89161234567", stay=3000) as call:
        await finished(call)
    await ami.hang_up_everything()
    assert told.told == []
    assert not client.board.inbound()


@pytest.mark.regulation("2.9")
async def test_callback_is_placed_and_its_facts_are_told(pbx: SamplePbx, watch: tuple[Client, Watch]) -> None:
    client, told = watch
    action = actions.originate_callback(
        attempt_id="cb-0a1b2c3d4e5f", executor="PJSIP/201", number="79161112233", ring_seconds=10
    )
    with pbx.phone("201", "answers", delay=200):
        async with pbx.carrier("answers_and_hangs_up", delay=300):
            answer = await client.send(action)
            assert answer.success
            ended = await told.until(AttemptEnded)
    steps = [signal.step for signal in told.of(AttemptProgress) if isinstance(signal, AttemptProgress)]
    assert steps == list(AttemptStep)
    assert isinstance(ended, AttemptEnded) and ended.attempt_id == "cb-0a1b2c3d4e5f"
    assert (ended.facts.originate_success, ended.facts.client_rang, ended.facts.client_dial_status) == (
        True,
        True,
        "ANSWER",
    )
    assert ended.facts.report is not None and ended.facts.report.dial_status == "ANSWER"
    stored = await client.send(actions.db_get("cb", "cb-0a1b2c3d4e5f"))
    assert stored.rows[0]["Val"].startswith("ANSWER|16|")


async def test_callback_to_an_executor_whose_phone_is_off(
    pbx: SamplePbx, watch: tuple[Client, Watch]
) -> None:
    client, told = watch
    await client.send(
        actions.originate_callback(attempt_id="cb-1a1b2c3d4e5f", executor="PJSIP/202", number="79161112233")
    )
    ended = await told.until(AttemptEnded)
    assert isinstance(ended, AttemptEnded)
    assert (ended.facts.originate_success, ended.facts.client_dialled_at) == (False, None)


async def test_member_status_follows_the_phones(pbx: SamplePbx, watch: tuple[Client, Watch]) -> None:
    client, told = watch

    def state(wanted: int) -> Callable[[Signal], bool]:
        return lambda s: (
            getattr(s, "endpoint", "") == "PJSIP/103" and getattr(s, "device_state", None) == wanted
        )

    with pbx.phone("103", "answers"):
        async with asyncio.timeout(20):
            await told.heard(state(1))
        members = {one.endpoint: one.name for one in client.board.queue_members("support")}
    assert members["PJSIP/103"] == "Сидорова Мария"


async def test_queued_call_is_told_with_its_place(pbx: SamplePbx, watch: tuple[Client, Watch]) -> None:
    client, told = watch
    with pbx.phone("101", "rings_for_ever"):
        async with pbx.caller("caller_hangs_up", stay=1500):
            queued = await told.until(CallQueued)
            assert isinstance(queued, CallQueued)
            assert (queued.queue, queued.position) == ("support", 1)
            assert [one.caller_number for one in client.board.waiting("support")] == [CALLER]
            await told.until(CallEnded)
