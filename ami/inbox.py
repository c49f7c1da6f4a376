"""The one ordered, bounded queue between the socket and the consumer. Putting never blocks the reader."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator

from ami.event_types import Tick
from ami.pbx import ClientCounts
from ami.signals import LinkChanged
from ami.snapshot import Snapshot

Item = bytes | Snapshot | Tick | LinkChanged


class Inbox:
    """Keeps what came, in order. Over `bound` messages it drops, counts, and is `lossy` until a snapshot is put.

    While it is held (a snapshot is being taken) messages are kept apart; `release` puts the snapshot before them.
    """

    def __init__(self, bound: int, counts: ClientCounts) -> None:
        self._bound = bound
        self._counts = counts
        self._items: deque[Item] = deque()
        self._held: deque[Item] | None = None
        self._something = asyncio.Event()
        self._own_word = asyncio.Event()
        self.lossy = False

    def __len__(self) -> int:
        return len(self._items) + len(self._held or ())

    def put_message(self, message: bytes) -> None:
        """One message from Asterisk; dropped and counted when there is no room."""
        if len(self) >= self._bound:
            self._counts.dropped += 1
            self.lossy = True
        elif self._held is not None:
            self._held.append(message)
        else:
            self._items.append(message)
            self._something.set()

    def put_tick(self, tick: Tick) -> None:
        """Time passed; needless while the queue is long."""
        if len(self) < self._bound:
            self._items.append(tick)
            self._something.set()

    def put(self, item: Snapshot | LinkChanged) -> None:
        """A snapshot or a change of the link: few, and never dropped."""
        if isinstance(item, Snapshot):
            self.lossy = False
        self._items.append(item)
        self._own_word.set()
        self._something.set()

    def hold(self) -> None:
        """Keep messages apart from now on."""
        self._held = self._held or deque()

    def release(self) -> None:
        """Let the messages that were held follow what is in the queue."""
        if self._held is not None:
            self._items.extend(self._held)
            self._held = None
            self._something.set()

    async def wait(self) -> None:
        """Return once there is something to take."""
        await self._something.wait()
        self._something.clear()

    async def rest_of_burst(self, seconds: float) -> None:
        """Let the rest of what Asterisk is telling come; a snapshot or a change of the link waits for nobody."""
        if not self._own_word.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._own_word.wait()
        self._own_word.clear()

    def take(self, most: int) -> Iterator[Item]:
        """Up to `most` items, oldest first."""
        for _ in range(min(most, len(self._items))):
            yield self._items.popleft()

    @property
    def waiting(self) -> bool:
        """There is something to take."""
        return bool(self._items)
