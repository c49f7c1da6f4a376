"""What is gathered before it is understood: a burst is one delivery, our own word waits for nobody."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from dataclasses import replace as slow_replace
from datetime import UTC, datetime

import pytest

import ami.consumer
from ami.board import Board, Limits, Shed
from ami.consumer import Consumer
from ami.inbox import Inbox
from ami.pbx import ClientCounts
from ami.replacing import replace
from ami.session import Session, _Protocol
from ami.signals import LinkChanged, LinkState, MemberStatus, Signal
from ami.snapshot import Snapshot

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FOR_EVER = 3600.0
LINK = LinkChanged(pbx="main", at=NOW, state=LinkState.DOWN, reason="gone")
SNAPSHOT = Snapshot(at=NOW, channels=(), callers=(), members=())


def member(number: int) -> bytes:
    """A queue member is idle: one event, one signal."""
    lines = (
        "Event: QueueMemberAdded",
        f"Timestamp: 1795355600.{number:06}",
        "Queue: hotline",
        f"MemberName: {number}",
        f"Interface: PJSIP/{number}",
        f"StateInterface: PJSIP/{number}",
        "Status: 1",
        "Paused: 0",
        "PausedReason: ",
    )
    return "\r\n".join(lines).encode()


@asynccontextmanager
async def consuming(monkeypatch: pytest.MonkeyPatch, inbox: Inbox) -> AsyncIterator[list[Sequence[Signal]]]:
    """A consumer that would gather for ever, and what it delivered; it has begun to wait for the burst's end."""
    monkeypatch.setattr(ami.consumer, "GATHER", FOR_EVER)
    delivered: list[Sequence[Signal]] = []

    async def take(signals: Sequence[Signal]) -> None:
        delivered.append(signals)

    consumer = Consumer(
        Board(pbx="main"), on_signals=take, clock=lambda: NOW, counts=ClientCounts(), journal=None
    )
    running = asyncio.create_task(consumer.run(inbox))
    try:
        yield delivered
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def a_few_turns() -> None:
    """Let every task that can go on do so."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize("word", [LINK, SNAPSHOT], ids=["a change of the link", "a snapshot"])
async def test_our_own_word_ends_the_gathering_at_once(word: LinkChanged | Snapshot) -> None:
    inbox = Inbox(100, ClientCounts())
    gathering = asyncio.create_task(inbox.rest_of_burst(FOR_EVER))
    await a_few_turns()
    assert not gathering.done()
    inbox.put_message(b"Event: Hangup")
    await a_few_turns()
    assert not gathering.done(), "an event waits for the rest of its burst"
    inbox.put(word)
    await a_few_turns()
    assert gathering.done()


async def test_our_own_word_that_came_before_the_gathering_is_not_waited_for() -> None:
    inbox = Inbox(100, ClientCounts())
    inbox.put(LINK)
    async with asyncio.timeout(10):
        await inbox.rest_of_burst(FOR_EVER)
    next_burst = asyncio.create_task(inbox.rest_of_burst(FOR_EVER))
    await a_few_turns()
    assert not next_burst.done(), "one word ends one gathering"
    next_burst.cancel()


async def test_a_burst_without_our_own_word_ends_with_its_time() -> None:
    inbox = Inbox(100, ClientCounts())
    inbox.put_message(b"Event: Hangup")
    async with asyncio.timeout(10):
        await inbox.rest_of_burst(0.0)
    assert inbox.waiting


async def test_a_burst_of_events_is_one_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = Inbox(100, ClientCounts())
    async with consuming(monkeypatch, inbox) as delivered:
        for number in (101, 102, 103):
            inbox.put_message(member(number))
            await a_few_turns()
        assert delivered == []
        inbox.put(LINK)
        await a_few_turns()
    (burst,) = delivered
    *members, last = burst
    assert [one.name for one in members if isinstance(one, MemberStatus)] == ["101", "102", "103"]
    assert last == LINK


class RecordedTransport(asyncio.Transport):
    """A transport that only remembers whether it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = True
        self.resumed = asyncio.Event()

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True
        self.resumed.set()


async def test_the_rest_of_a_burst_stays_in_the_socket_for_a_moment() -> None:
    heard: list[bytes] = []
    session = Session(on_event=heard.append, on_bad=lambda *_: None)
    protocol, transport = _Protocol(session, session.framer), RecordedTransport()
    protocol.transport, protocol.closed, protocol.responses = transport, False, {}
    protocol.data_received(member(101) + b"\r\n\r\n")
    assert (len(heard), transport.reading) == (1, False)
    async with asyncio.timeout(10):
        await transport.resumed.wait()
    protocol.data_received(b"Event: QueueMem")
    assert transport.reading, "half an event is no burst yet"


@pytest.mark.parametrize("value", [Limits(), Shed(calls=3), LINK, SNAPSHOT, Board(pbx="main")])
def test_our_replace_copies_as_the_standard_one_does(value: Limits | Shed | Board) -> None:
    for field in fields(value):
        assert replace(value, **{field.name: 7}) == slow_replace(value, **{field.name: 7})  # type: ignore[arg-type]
    assert replace(value) == value
    assert replace(value) is not value


def test_our_replace_refuses_what_it_could_not_copy_faithfully() -> None:
    @dataclass(frozen=True, kw_only=True, slots=True)
    class Checked:
        first: int
        second: int

        def __post_init__(self) -> None:
            if self.first > self.second:
                raise ValueError

    with pytest.raises(TypeError, match="has no field 'third'"):
        replace(Shed(), third=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="not a plain frozen value"):
        replace(Checked(first=1, second=2), first=3)
