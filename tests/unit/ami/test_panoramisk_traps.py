"""Each trap of panoramisk 1.4, shown on the bare library first, and then gone behind our link.

If a later panoramisk loses a trap, its first half fails here, and the cure may be thrown away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from panoramisk import Manager
from panoramisk.message import Message

import ami
from ami import actions
from ami.errors import ActionTimeout, LinkLost, UnsafeHeader
from ami.signals import AttemptEnded, CallEntered, LinkState, Signal
from tests.unit.ami.event_table import message, the_cast
from tests.unit.ami.fake_asterisk import HOST, Connection, FakeAsterisk, block
from tests.unit.ami.following import following, live, until

CALLBACK = actions.originate_callback(attempt_id="cb-0123456789", executor="PJSIP/101", number="79161234567")


@pytest.fixture
async def pbx() -> AsyncIterator[FakeAsterisk]:
    async with FakeAsterisk() as fake:
        yield fake


@pytest.fixture(autouse=True)
def _patience() -> None:
    logging.getLogger("panoramisk").setLevel(logging.CRITICAL)


@asynccontextmanager
async def bare(pbx: FakeAsterisk, **config: Any) -> AsyncIterator[Manager]:
    """Panoramisk as it is, logged in."""
    usual = {"username": "callcenter", "secret": "secret", "ping_delay": 3600, "reconnect_timeout": 0}
    manager = Manager(host=HOST, port=pbx.port, loop=asyncio.get_running_loop(), **{**usual, **config})
    pbx_saw = len(pbx.named("Login"))
    await manager.connect()
    try:
        await pbx.seen("Login", pbx_saw + 1)
        yield manager
    finally:
        manager.connect = lambda *_, **__: None
        manager.close()


def dialled() -> dict[str, str]:
    return {"Action": "Originate", **dict(CALLBACK.headers)}


def originate_answer(connection: Connection, action: dict[str, str]) -> None:
    connection.send(
        "Response: Success", f"ActionID: {action['ActionID']}", "Message: Originate successfully queued"
    )


def an_event(line: str) -> bytes:
    return block(*(f"{name}: {value}" for name, value in message(line, the_cast(), {}).items()))


async def test_unanswered_originate_is_not_sent_again_after_a_break(pbx: FakeAsterisk) -> None:
    pbx.silent = {"Originate"}
    async with bare(pbx) as manager:
        await pbx.seen("Login")
        manager.send_action(dialled())
        await pbx.seen("Originate")
        pbx.connections[-1].drop()
        await pbx.seen("Originate", 2)  # bare: the client would be dialled twice
    async with live(pbx) as (client, _):
        sending = asyncio.create_task(client.send(CALLBACK))
        await pbx.seen("Originate", 3)
        for connection in pbx.connections:
            connection.drop()
        with pytest.raises(LinkLost):
            await sending
        await client.wait_until(LinkState.LIVE, sending=True)
        await client.send(actions.ping())
        assert len(pbx.named("Originate")) == 3


async def test_sender_of_an_action_is_told_when_its_answer_can_no_longer_come(pbx: FakeAsterisk) -> None:
    pbx.silent = {"Originate"}
    async with bare(pbx, forgetable_actions=("originate", "login", "ping")) as manager:
        future = manager.send_action(dialled())
        await pbx.seen("Originate")
        pbx.connections[-1].drop()
        await pbx.seen("Login", 2)
        await pbx.until(lambda: pbx.connections[-1].events_on)
        assert not future.done()  # bare: waits for ever
        future.cancel()
    async with live(pbx) as (client, _):
        with pytest.raises(ActionTimeout):
            await client.send(CALLBACK, timeout=0.05)
        assert (await client.send(actions.ping())).success


async def test_event_with_the_id_of_a_waiting_action_is_heard(pbx: FakeAsterisk) -> None:
    failure = block(
        "Event: OriginateResponse",
        "Timestamp: 1795355600.100000",
        "ActionID: cb-0123456789",
        "Response: Failure",
        "Reason: 3",
        "Uniqueid: cb-0123456789",
    )
    pbx.silent = {"Originate"}
    heard: list[str] = []
    async with bare(pbx) as manager:
        manager.register_event("*", lambda _, event: heard.append(event.event))
        future = manager.send_action(dialled(), as_list=False)
        await pbx.seen("Originate")
        pbx.connections[-1].send_bytes(failure)
        await future
        assert "OriginateResponse" not in heard  # bare: taken for the answer, no handler hears it
    async with live(pbx) as (client, follower):
        with pytest.raises(ActionTimeout):
            await client.send(CALLBACK, timeout=0.05)
        pbx.events().send_bytes(failure)
        ended = await follower.heard(lambda signal: isinstance(signal, AttemptEnded))
        assert isinstance(ended, AttemptEnded) and ended.attempt_id == "cb-0123456789"


async def test_list_that_asterisk_refuses_does_not_hang(pbx: FakeAsterisk) -> None:
    def refuse(connection: Connection, action: dict[str, str]) -> None:
        connection.send("Response: Error", f"ActionID: {action['ActionID']}", "Message: Permission denied")

    pbx.answers["CoreShowChannels"] = refuse
    async with bare(pbx) as manager:
        future = manager.send_action({"Action": "CoreShowChannels"}, as_list=True)
        await pbx.seen("CoreShowChannels")
        await manager.send_action({"Action": "Ping"})
        assert not future.done()  # bare: hangs
        future.cancel()
    async with following(pbx) as (client, follower):
        await follower.heard(lambda signal: "refused CoreShowChannels" in getattr(signal, "reason", ""))
        assert client.state is not LinkState.LIVE


async def test_failure_in_a_handler_neither_closes_the_link_nor_loses_the_next_event(
    pbx: FakeAsterisk,
) -> None:
    two = an_event("0.0 Newchannel caller Ring") + an_event("0.0 Newchannel second Ring")
    heard: list[str] = []
    broken: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: broken.append(context))

    def fail(_: Manager, event: Message) -> None:
        heard.append(event.event)
        raise RuntimeError("a bug in a handler")

    async with bare(pbx) as manager:
        manager.register_event("Newchannel", fail)
        pbx.connections[-1].send_bytes(two)
        await pbx.until(lambda: pbx.connections[0].gone)
        assert (len(heard), len(broken)) == (1, 1)  # bare: the link is closed, the second event lost
    pbx.now = "1795355400.000000"
    async with live(pbx) as (client, follower):

        def fail_once(signal: Signal) -> None:
            if (
                isinstance(signal, CallEntered)
                and signal.call_id == "1.1"
                and not client.counts.failed_deliveries
            ):
                raise RuntimeError("a bug in the application")

        follower.on_each = fail_once
        pbx.events().send_bytes(an_event("0.0 Newchannel caller Ring"))
        pbx.events().send_bytes(block("Event: Hangup", "Timestamp: nonsense"))
        await _until_counted(client, pbx)
        pbx.events().send_bytes(an_event("0.0 Newchannel second Ring"))
        await follower.heard(lambda signal: isinstance(signal, CallEntered) and signal.call_id == "1.2")
        assert (client.state, client.counts.malformed, client.counts.failed_deliveries) == (
            LinkState.LIVE,
            1,
            1,
        )


async def _until_counted(client: Any, pbx: FakeAsterisk) -> None:
    """Pings pass; each gives the consumer a turn."""
    pings = len(pbx.named("Ping"))
    while not client.counts.failed_deliveries or not client.counts.malformed:
        pings += 1
        await pbx.seen("Ping", pings)


async def test_signals_come_in_order_however_slow_their_taker(pbx: FakeAsterisk) -> None:
    numbers = range(1, 6)
    stream = b"".join(
        an_event("0.0 Newchannel caller Ring").replace(b"1.1", f"1.{n}".encode()) for n in numbers
    )
    finished: list[str] = []

    async def slow(_: Manager, event: Message) -> None:
        for _round in range(50 - 10 * int(event.uniqueid[-1])):
            await asyncio.sleep(0)
        finished.append(event.uniqueid)
        done.set() if len(finished) == 5 else None

    done = asyncio.Event()
    async with bare(pbx) as manager:
        manager.register_event("Newchannel", slow)
        pbx.connections[-1].send_bytes(stream)
        await done.wait()
        assert finished == ["1.5", "1.4", "1.3", "1.2", "1.1"]  # bare: the quicker overtakes
    pbx.now = "1795355400.000000"
    async with live(pbx) as (_, follower):
        pbx.events().send_bytes(stream)
        entered = await follower.heard_all(CallEntered, 5)
        assert [signal.call_id for signal in entered if isinstance(signal, CallEntered)] == [
            f"1.{n}" for n in numbers
        ]


async def test_letter_split_over_two_reads_is_whole(pbx: FakeAsterisk) -> None:
    whole = an_event("0.0 Newchannel caller Ring").replace(b"<unknown>", "Щукин".encode())
    cut = whole.index("Щ".encode()) + 1
    names: list[str] = []
    async with bare(pbx) as manager:
        manager.register_event("Newchannel", lambda _, event: names.append(event.calleridname))
        protocol = manager.protocol
        protocol.data_received(whole[:cut])
        protocol.data_received(whole[cut:])
        assert names == ["укин"]  # bare: the letter is lost
    pbx.now = "1795355400.000000"
    async with live(pbx, link={"ping_every": 3600.0}) as (client, follower):
        pbx.events().send_bytes(whole[:cut])
        session = client._events.session
        await until(lambda: session is not None and session.framer.buffered > 0)
        pbx.events().send_bytes(whole[cut:])
        entered = await follower.heard(lambda signal: isinstance(signal, CallEntered))
        assert isinstance(entered, CallEntered) and entered.caller_name == "Щукин"


async def test_line_end_in_a_value_smuggles_no_second_action(pbx: FakeAsterisk) -> None:
    smuggled = "x\r\n\r\nAction: Command\r\nCommand: core stop now"
    async with bare(pbx) as manager:
        manager.send_action({"Action": "Hangup", "Channel": smuggled})
        await pbx.seen("Command")  # bare: Asterisk gets an action nobody asked for
    with pytest.raises(UnsafeHeader):
        actions.hangup(smuggled)


async def test_link_that_fell_silent_is_dropped_though_its_socket_lives(pbx: FakeAsterisk) -> None:
    async with bare(pbx, ping_delay=0, ping_interval=0) as manager:
        pbx.deaf = True
        await pbx.seen("Ping", 50)
        assert not manager.protocol.closed  # bare: fifty unanswered pings and still "connected"
    pbx.deaf = False
    async with live(pbx, link={"dead_after": 0.1}) as (client, follower):
        pbx.deaf = True
        await follower.heard(lambda signal: "fell silent" in getattr(signal, "reason", ""))
        assert not client.can_send
        pbx.deaf = False
        await client.wait_until(LinkState.LIVE)


async def test_refused_login_is_not_hammered(pbx: FakeAsterisk) -> None:
    pbx.secret = "another"
    async with bare(pbx):
        await pbx.until(lambda: pbx.logins >= 5)  # bare: again and again, every reconnect_timeout
    before = pbx.logins
    async with following(pbx, link={"retry_refused": 3600.0}) as (client, follower):
        await follower.heard(
            lambda signal: "refused the login of 'callcenter'" in getattr(signal, "reason", "")
        )
        await pbx.until(lambda: pbx.logins == before + 2 and all(one.gone for one in pbx.connections))
        assert client.state is LinkState.DOWN
        assert "Authentication failed" in client.reason and "secret" not in client.reason


async def test_refused_login_is_tried_again_after_its_pause(pbx: FakeAsterisk) -> None:
    pbx.secret = "another"
    async with following(pbx, link={"retry_refused": 0.02}) as (client, _):
        await pbx.until(lambda: pbx.logins >= 4)
        pbx.secret = "secret"
        await client.wait_until(LinkState.LIVE)


async def test_closing_while_a_reconnect_waits_ends_it(pbx: FakeAsterisk) -> None:
    lost = asyncio.Event()
    async with bare(pbx, on_disconnect=lambda *_: lost.set()) as manager:
        logins = pbx.logins
        pbx.connections[-1].drop()
        await lost.wait()
        manager.close()
        await pbx.until(lambda: pbx.logins > logins)  # bare: closed, and it comes back
    async with live(pbx, link={"retry_first": 0.05}) as (client, _):
        for connection in pbx.connections:
            connection.drop()
        await client.wait_until(LinkState.DOWN)
    left = {
        task for task in asyncio.all_tasks() if task.get_coro().__qualname__.startswith(("Link.", "Client."))
    }  # type: ignore[union-attr]
    assert left == set()


async def test_missing_header_is_an_error_not_an_empty_value(pbx: FakeAsterisk) -> None:
    assert Message({"Event": "Hangup"}).uniqueid == ""  # bare: looks like a value
    async with live(pbx) as (client, _):
        pbx.events().send("Event: Hangup", "Timestamp: 1795355600.000000", "Cause: 16")
        pings = len(pbx.named("Ping"))
        while not client.counts.malformed:
            pings += 1
            await pbx.seen("Ping", pings)
        assert client.state is LinkState.LIVE


async def test_message_without_end_is_thrown_away_and_the_link_stays(pbx: FakeAsterisk) -> None:
    endless = b"Event: VarSet\r\nValue: " + b"x" * 1_000_000
    async with bare(pbx) as manager:
        manager.protocol.data_received(endless)
        assert len(manager.protocol.queue[0]) > 1_000_000  # bare: kept, and copied with every further read
    pbx.now = "1795355400.000000"
    async with live(pbx) as (client, follower):
        pbx.events().send_bytes(endless + b"\r\n\r\n" + an_event("0.0 Newchannel caller Ring"))
        await follower.heard(lambda signal: isinstance(signal, CallEntered))
        assert (client.counts.framing.oversized, client.state) == (1, LinkState.LIVE)


def test_call_manager_is_not_used() -> None:
    """It leaks calls and merges those of one second."""
    sources = [path.read_text() for path in Path(next(iter(ami.__path__))).glob("*.py")]
    assert not [source for source in sources if "call_manager" in source or "CallManager" in source]
