"""A client that follows a fake Asterisk, with short times, and what it told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ami.client import Client
from ami.journal import Journal
from ami.link import LinkSettings
from ami.pbx import PbxSettings
from ami.signals import LinkChanged, LinkState, Signal
from tests.unit.ami.event_table import DIALPLAN
from tests.unit.ami.fake_asterisk import HOST, FakeAsterisk

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
QUICK: dict[str, Any] = {
    "ping_every": 0.02,
    "dead_after": 5.0,
    "retry_first": 0.01,
    "retry_longest": 0.02,
    "action_within": 2.0,
}


class Follower:
    """Collects signals; `heard` returns once one satisfies the question."""

    def __init__(self) -> None:
        self.signals: list[Signal] = []
        self.on_each: Callable[[Signal], None] = lambda _: None
        self._changed = asyncio.Condition()

    async def take(self, signals: Sequence[Signal]) -> None:
        for signal in signals:
            self.on_each(signal)
        async with self._changed:
            self.signals.extend(signals)
            self._changed.notify_all()

    async def heard(self, wanted: Callable[[Signal], bool]) -> Signal:
        async with self._changed:
            await self._changed.wait_for(lambda: any(map(wanted, self.signals)))
        return next(filter(wanted, self.signals))

    async def heard_all(self, kind: type[Signal], count: int) -> list[Signal]:
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)

    def of(self, kind: type[Signal]) -> list[Signal]:
        return [signal for signal in self.signals if isinstance(signal, kind)]

    @property
    def states(self) -> list[LinkState]:
        return [signal.state for signal in self.signals if isinstance(signal, LinkChanged)]


async def until(true: Callable[[], bool]) -> None:
    """Give the other tasks turns until `true()` holds."""
    while not true():  # noqa: ASYNC110 - a turn of the loop, no time passes
        await asyncio.sleep(0)


def link_to(pbx: FakeAsterisk, **changes: Any) -> LinkSettings:
    return LinkSettings(
        host=HOST, port=pbx.port, username="callcenter", secret="secret", **{**QUICK, **changes}
    )


@asynccontextmanager
async def following(
    pbx: FakeAsterisk, *, journal: Journal | None = None, link: dict[str, Any] | None = None, **changes: Any
) -> AsyncIterator[tuple[Client, Follower]]:
    """A running client; cancelled, with both connections closed, when the block ends."""
    settings = PbxSettings(name="main", link=link_to(pbx, **(link or {})), dialplan=DIALPLAN, tick_every=0.02)
    follower = Follower()
    client = Client(
        replace(settings, **changes), on_signals=follower.take, clock=lambda: NOON, journal=journal
    )
    running = asyncio.create_task(client.run())
    try:
        yield client, follower
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def live(pbx: FakeAsterisk, **changes: Any) -> AsyncIterator[tuple[Client, Follower]]:
    """A client that is LIVE and may send."""
    async with following(pbx, **changes) as (client, follower):
        async with asyncio.timeout(10):
            await client.wait_until(LinkState.LIVE, sending=True)
        yield client, follower
