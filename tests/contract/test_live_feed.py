"""One suite for every live feed: one process, and several processes over a real Redis.

A "node" is one web process: its own feed, its own streams, the shared database.
"""

import asyncio
import contextlib
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from callcenter.domain.live import FLOOR, LiveKind, LiveMessage, to_person
from callcenter.live.in_process import InProcessFeed
from callcenter.live.redis_streams import RedisStreamSettings, RedisStreamsFeed, connect
from callcenter.live.stored_log import StoredLogFollower
from callcenter.ports.live import LiveFeed, Subscription
from tests.fakes.clock import FakeClock
from tests.fakes.database import FakeDatabase

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
REDIS_PORT = 15560
PATIENCE = 5.0


class RedisServer:
    """A real redis-server of this test, which can be killed and started again."""

    def __init__(self, port: int) -> None:
        self.url = f"redis://127.0.0.1:{port}/0"
        self._port = port
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            "redis-server",
            *("--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"),
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(10):
            while b"Ready to accept connections" not in await self._process.stdout.readline():
                pass

    async def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.communicate()
            self._process = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Nodes:
    """Two web processes' feeds (the same one where there is only one process) and one database under them."""

    first: LiveFeed
    second: LiveFeed
    database: FakeDatabase
    redis: RedisServer | None = None

    async def commit(self, audience: str, **payload: object) -> None:
        """A change told of in its commit and published by the first node."""
        async with self.database.uow() as uow:
            await uow.live.add(audience, LiveKind.POP_SHOW, payload, at=AT)
            await uow.commit()
        await self.first.publish(uow.committed)

    async def commit_without_publishing(self, audience: str, **payload: object) -> None:
        """A process that died between its commit and its message."""
        async with self.database.uow() as uow:
            await uow.live.add(audience, LiveKind.POP_SHOW, payload, at=AT)
            await uow.commit()


Connected = Callable[[], Awaitable[None]]


@contextlib.asynccontextmanager
async def one_process() -> AsyncIterator[Nodes]:
    feed = InProcessFeed(gather_floor=0.0)
    yield Nodes(first=feed, second=feed, database=FakeDatabase())


@contextlib.asynccontextmanager
async def two_processes_over_redis() -> AsyncIterator[Nodes]:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    server = RedisServer(REDIS_PORT)
    await server.start()
    database = FakeDatabase()
    feeds: list[RedisStreamsFeed] = []
    clients = [connect(server.url) for _ in range(2)]
    try:
        for client in clients:
            follower = StoredLogFollower(database.uow, FakeClock(AT), every=0.2)
            feed = RedisStreamsFeed(
                client, follower, InProcessFeed(gather_floor=0.0), RedisStreamSettings(retry_after=0.1)
            )
            await feed.start()
            feeds.append(feed)
        for feed in feeds:
            await asyncio.wait_for(feed.connected.wait(), PATIENCE)
        yield Nodes(first=feeds[0], second=feeds[1], database=database, redis=server)
    finally:
        for feed in feeds:
            await feed.stop()
        for client in clients:
            await client.aclose()
        await server.kill()


@pytest.fixture(params=[one_process, two_processes_over_redis], ids=["in_process", "redis_streams"])
async def nodes(request: pytest.FixtureRequest) -> AsyncIterator[Nodes]:
    async with request.param() as made:
        yield made


@pytest.fixture
async def redis_nodes() -> AsyncIterator[Nodes]:
    async with two_processes_over_redis() as made:
        yield made


async def take(inbox: Subscription, count: int) -> Sequence[object]:
    """The payload numbers of the next messages, in order."""
    taken: list[LiveMessage] = []
    async with asyncio.timeout(PATIENCE):
        while len(taken) < count:
            message = await inbox.next()
            assert message is not None, "the inbox closed early"
            taken.append(message)
    return [message.payload["n"] for message in taken]


async def test_a_message_reaches_the_streams_of_its_person_on_every_node(nodes: Nodes) -> None:
    here, there = (node.subscribe(frozenset({to_person(1)})) for node in (nodes.first, nodes.second))
    await nodes.commit(to_person(1), n=1)
    assert await take(here, 1) == [1]
    assert await take(there, 1) == [1]


async def test_another_persons_message_is_not_heard(nodes: Nodes) -> None:
    inbox = nodes.second.subscribe(frozenset({to_person(2), FLOOR}))
    await nodes.commit(to_person(1), n=1)
    await nodes.commit(to_person(2), n=2)
    assert await take(inbox, 1) == [2]


async def test_what_is_told_to_the_floor_is_heard_by_everybody_on_it(nodes: Nodes) -> None:
    inboxes = [nodes.second.subscribe(frozenset({to_person(person), FLOOR})) for person in (1, 2, 3)]
    await nodes.commit(FLOOR, n=7)
    for inbox in inboxes:
        assert await take(inbox, 1) == [7]


async def test_messages_arrive_in_the_order_of_their_commits(nodes: Nodes) -> None:
    inbox = nodes.second.subscribe(frozenset({to_person(1), FLOOR}))
    for n in range(50):
        await nodes.commit(to_person(1) if n % 2 else FLOOR, n=n)
    assert await take(inbox, 50) == list(range(50))


async def test_a_message_published_twice_is_heard_once_where_processes_share_it(redis_nodes: Nodes) -> None:
    nodes = redis_nodes
    inbox = nodes.second.subscribe(frozenset({to_person(1)}))
    await nodes.commit(to_person(1), n=1)
    async with nodes.database.uow(write=False) as uow:
        await nodes.first.publish(await uow.live.after(0, limit=10))
    await nodes.commit(to_person(1), n=2)
    assert await take(inbox, 2) == [1, 2]


async def test_a_closed_inbox_gives_out_what_it_holds_and_then_nothing(nodes: Nodes) -> None:
    inbox = nodes.first.subscribe(frozenset({to_person(1)}))
    await nodes.commit(to_person(1), n=1)
    await take(inbox, 1)
    inbox.close()
    assert inbox.closed
    assert await inbox.next() is None


async def test_a_stream_that_does_not_read_is_closed_and_never_grows(nodes: Nodes) -> None:
    sleepy = nodes.first.subscribe(frozenset({to_person(1)}))
    awake = nodes.first.subscribe(frozenset({to_person(1)}))
    for n in range(300):
        await nodes.commit(to_person(1), n=n)
        assert await take(awake, 1) == [n]
    assert sleepy.closed
    assert len(sleepy.waiting()) == 256
    assert not awake.closed


async def test_a_message_that_its_process_never_published_comes_from_the_stored_log(
    redis_nodes: Nodes,
) -> None:
    inbox = redis_nodes.second.subscribe(frozenset({to_person(1)}))
    await redis_nodes.commit_without_publishing(to_person(1), n=1)
    assert await take(inbox, 1) == [1]


async def test_redis_killed_delays_messages_and_loses_none(redis_nodes: Nodes) -> None:
    nodes = redis_nodes
    assert nodes.redis is not None
    inbox = nodes.second.subscribe(frozenset({to_person(1)}))
    await nodes.commit(to_person(1), n=0)
    assert await take(inbox, 1) == [0]
    await nodes.redis.kill()
    for n in range(1, 6):
        await nodes.commit(to_person(1), n=n)
    assert await take(inbox, 5) == [1, 2, 3, 4, 5]


async def test_redis_that_comes_back_empty_is_used_again(redis_nodes: Nodes) -> None:
    nodes = redis_nodes
    assert nodes.redis is not None
    assert isinstance(nodes.second, RedisStreamsFeed)
    await nodes.commit(to_person(1), n=0)
    await nodes.redis.kill()
    await asyncio.wait_for(nodes.second.lost.wait(), PATIENCE)
    await nodes.redis.start()
    for feed in (nodes.first, nodes.second):
        assert isinstance(feed, RedisStreamsFeed)
        await asyncio.wait_for(feed.connected.wait(), PATIENCE)
    nodes.database.unavailable = True  # whatever arrives now can only have come through Redis
    inbox = nodes.second.subscribe(frozenset({to_person(1)}))
    await nodes.first.publish(
        [
            LiveMessage(
                id=900, audience=to_person(1), kind=LiveKind.POP_SHOW, payload={"n": 900}, at=AT, event_at=AT
            )
        ]
    )
    assert await take(inbox, 1) == [900]


async def test_a_foreign_entry_in_the_stream_is_counted_and_passed_over(redis_nodes: Nodes) -> None:
    nodes = redis_nodes
    assert nodes.redis is not None
    assert isinstance(nodes.second, RedisStreamsFeed)
    inbox = nodes.second.subscribe(frozenset({to_person(1)}))
    client = connect(nodes.redis.url)
    for foreign in ({"message": "not json"}, {"other": "field"}, {"message": '{"id": 1}'}):
        await client.xadd("callcenter:live", foreign)
    await client.aclose()
    await nodes.commit(to_person(1), n=1)
    assert await take(inbox, 1) == [1]
    await nodes.commit(to_person(1), n=2)
    assert await take(inbox, 1) == [2]
    assert nodes.second.refused == 3


async def test_a_taker_is_given_what_comes_while_the_reader_waits(nodes: Nodes) -> None:
    given: list[list[object]] = []
    enough = asyncio.Event()

    def taker(messages: Sequence[LiveMessage]) -> bool:
        given.append([message.payload["n"] for message in messages])
        if sum(map(len, given)) >= 3:
            enough.set()
        return True

    inbox = nodes.second.subscribe(frozenset({to_person(7), FLOOR}))
    inbox.take_at_once(taker)
    reading = asyncio.create_task(inbox.next())
    await asyncio.sleep(0)
    await nodes.commit(to_person(7), n=1)
    await nodes.commit(FLOOR, n=2)
    await nodes.commit(to_person(7), n=3)
    await asyncio.wait_for(enough.wait(), PATIENCE)
    assert [number for numbers in given for number in numbers] == [1, 2, 3]
    assert not reading.done(), "the reader sleeps on"
    inbox.close()
    assert await asyncio.wait_for(reading, PATIENCE) is None


async def test_what_the_taker_refuses_the_reader_gets_in_order(nodes: Nodes) -> None:
    inbox = nodes.second.subscribe(frozenset({to_person(7)}))
    inbox.take_at_once(lambda _: False)
    reading = asyncio.create_task(take(inbox, 2))
    await asyncio.sleep(0)
    for number in (1, 2):
        await nodes.commit(to_person(7), n=number)
    assert await asyncio.wait_for(reading, PATIENCE) == [1, 2]
