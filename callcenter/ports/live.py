"""Live messages: their stored tail and their way to the streams."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from callcenter.domain.live import LiveKind, LiveMessage


class LiveLog(Protocol):
    """The stored tail of live messages: written in the same commit as the change they tell of."""

    async def add(
        self,
        audience: str,
        kind: LiveKind,
        payload: dict[str, object],
        *,
        at: datetime,
        event_at: datetime | None = None,
    ) -> None: ...

    async def after(self, message_id: int, *, limit: int) -> Sequence[LiveMessage]: ...

    async def last_id(self) -> int: ...

    async def prune(self, before: datetime) -> int: ...


class LiveFeed(Protocol):
    """Fan-out of stored live messages to the streams of every web process; a hint, never the truth."""

    async def publish(self, messages: Sequence[LiveMessage]) -> None: ...

    def subscribe(self, audiences: frozenset[str]) -> "Subscription": ...


class Subscription(Protocol):
    """A bounded inbox of one stream; `closed` becomes true when it overflowed and the client must replay."""

    closed: bool

    async def next(self) -> LiveMessage | None:
        """The next message, or None when the inbox was closed."""
        ...

    def waiting(self) -> Sequence[LiveMessage]:
        """Everything else that is already there, without waiting; several messages then leave in one write."""
        ...

    def take_at_once(self, taker: Callable[[Sequence[LiveMessage]], bool]) -> None:
        """Call `taker` with what comes while `next` waits; it takes all of it without waiting, or refuses with False.

        What it refuses, `next` returns. It spares a task's turn for each message and stream.
        """
        ...

    def close(self) -> None: ...
