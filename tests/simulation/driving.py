"""How the coroutines of a story are driven: by hand over the in-memory store, where nothing waits, or on a loop of
the simulation's own over a real database. A worker that was told to stand still goes on when the story says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class StandStill:
    """Awaited by a worker that is stopped (SIGSTOP): it goes on when the simulation sends to it again."""

    def __await__(self) -> Generator[StandStill, None, None]:
        yield self


class Crash(BaseException):
    """The process dies here; nothing after it happens."""


class Driver(Protocol):
    """Runs coroutines to their end, or until they stand still; what stands still can be resumed."""

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T: ...

    async def stand_still(self) -> None: ...

    def begin(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """None when it came to its end, else what stands still. Raises Crash when it died."""
        ...

    def resume(self, standing: Any) -> Any: ...


class ByHand:
    """Over the in-memory store: nothing ever waits."""

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return run(coroutine)

    async def stand_still(self) -> None:
        await StandStill()

    def begin(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        try:
            coroutine.send(None)
        except StopIteration:
            return None
        return coroutine

    def resume(self, standing: Any) -> Any:
        return self.begin(standing)


class OnLoop:
    """Over a real database: a loop that runs only while somebody of the story acts."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._stood: asyncio.Future[asyncio.Future[None]] | None = None
        self._standing: set[asyncio.Task[Any]] = set()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(coroutine)

    async def stand_still(self) -> None:
        gate: asyncio.Future[None] = self.loop.create_future()
        assert self._stood is not None
        self._stood.set_result(gate)
        await gate

    def begin(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self._until_it_stands(self.loop.create_task(coroutine))

    def resume(self, standing: Any) -> Any:
        task, gate = standing
        self._standing.discard(task)
        gate.set_result(None)
        return self._until_it_stands(task)

    def _until_it_stands(self, task: asyncio.Task[Any]) -> Any:
        self._stood = self.loop.create_future()
        self.run(asyncio.wait({task, self._stood}, return_when=asyncio.FIRST_COMPLETED))
        if task.done():
            task.result()
            return None
        self._standing.add(task)
        return task, self._stood.result()

    def close(self) -> None:
        """Let go of what still stands, and of the loop."""
        for task in self._standing:
            task.cancel()
        if self._standing:
            self.run(asyncio.wait(self._standing))
        self.run(self.loop.shutdown_default_executor())
        self.loop.close()


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run what never waits to its end."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("something waited that must not wait here")
