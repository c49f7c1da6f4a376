"""Two web processes on one PostgreSQL and one Redis: pop-ups reach both, and losing either part loses nothing."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway

from callcenter.store import Database
from tests.asterisk.node import Node, Screen, environment, free_port, hire, running, watching
from tests.asterisk.sample_pbx import SamplePbx
from tests.databases import PostgresqlCluster, opened

pytestmark = pytest.mark.usefixtures("ami")  # hangs up whatever a test leaves on the line


class RedisServer:
    """A real Redis of its own; `kill` and `start` as often as a test likes."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Return when it answers."""
        self._process = subprocess.Popen(
            [
                "redis-server",
                "--port",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ],
            stdout=subprocess.DEVNULL,
        )
        client = Redis(port=self.port)
        while True:
            try:
                client.ping()
                client.close()
                return
            except RedisAway:
                assert self._process.poll() is None, "redis-server did not start"

    def kill(self) -> None:
        """As a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgresqlCluster]:
    found = PostgresqlCluster()
    try:
        found.start()
        yield found
    finally:
        found.stop()


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.kill()


@dataclass(kw_only=True)
class House:
    """Two nodes; `mine` and `others` are two tabs of one operator, one on each node."""

    nodes: tuple[Node, Node]
    mine: Screen
    others: Screen
    database: Database


@pytest.fixture
async def house(
    pbx: SamplePbx, cluster: PostgresqlCluster, redis: RedisServer, tmp_path: Path
) -> AsyncIterator[House]:
    url = await cluster.new()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(cluster.drop, url)
        database = await stack.enter_async_context(opened(url))
        token = await hire(database, "ivanova", "101")
        nodes: list[Node] = []
        for number, agi in enumerate(("true", "false")):
            environ = environment(pbx.facts, url, free_port(), CC_REDIS__URL=redis.url, CC_AGI__ENABLED=agi)
            node = await stack.enter_async_context(running(environ, tmp_path, f"node-{number}"))
            await node.until_ready()
            nodes.append(node)
        screens = [await stack.enter_async_context(watching(node.address, token)) for node in nodes]
        yield House(nodes=(nodes[0], nodes[1]), mine=screens[0], others=screens[1], database=database)


async def test_the_pop_up_reaches_the_operators_tabs_on_both_nodes_and_one_ticket_exists(
    pbx: SamplePbx, house: House
) -> None:
    with pbx.phone("101", "rings_for_ever"):
        async with pbx.caller("caller_waits", number="79161234567"):
            first = await house.mine.until("pop.show")
            second = await house.others.until("pop.show")
            assert first.id == second.id
    async with house.database.uow(write=False) as uow:
        calls = [call for call in await uow.calls.recent(limit=50) if call.id == first.payload["call_id"]]
        links = await uow.links.all()
    assert len(calls) == 1
    assert [link.node for link in links] == ["node-0"]


async def test_redis_killed_delays_a_pop_up_by_two_seconds_at_most_and_loses_none(
    pbx: SamplePbx, house: House, redis: RedisServer
) -> None:
    redis.kill()
    with pbx.phone("101", "rings_for_ever"):
        async with pbx.caller("caller_waits", number="79161234567"):
            near, far = await asyncio.gather(house.mine.until("pop.show"), house.others.until("pop.show"))
    assert near.id == far.id
    assert abs(far.at - near.at) <= timedelta(seconds=2)
    redis.start()
    with pbx.phone("101", "rings_for_ever"):
        async with pbx.caller("caller_waits", number="79031112233"):
            near, far = await asyncio.gather(house.mine.until("pop.show"), house.others.until("pop.show"))
    assert near.id == far.id


async def test_when_the_listening_node_dies_the_other_takes_over_and_the_next_call_pops_up(
    pbx: SamplePbx, house: House
) -> None:
    house.nodes[0].process.kill()
    await house.nodes[0].process.wait()
    await house.others.until("link.changed", state="live")
    with pbx.phone("101", "rings_for_ever"):
        async with pbx.caller("caller_waits", number="79161234567"):
            await house.others.until("pop.show")
    async with house.database.uow(write=False) as uow:
        assert [link.node for link in await uow.links.all()] == ["node-1"]
