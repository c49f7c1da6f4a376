"""The in-memory stand-in for `callcenter.store.Database`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from callcenter.domain.errors import Unavailable
from callcenter.domain.live import LiveMessage
from tests.fakes.memory import Memory
from tests.fakes.unit_of_work import FakeUnitOfWork


class FakeDatabase:
    """`published` collects what was published; `unavailable = True` switches it off."""

    def __init__(self, *, publish: Callable[[Sequence[LiveMessage]], Awaitable[None]] | None = None) -> None:
        self.memory = Memory()
        self.published: list[LiveMessage] = []
        self.commits = 0
        self.unavailable = False
        self._publish = publish
        self._write_turn = asyncio.Lock()

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    @asynccontextmanager
    async def uow(self, *, write: bool = True) -> AsyncIterator[FakeUnitOfWork]:
        if self.unavailable:
            raise Unavailable("the fake database is switched off")
        if not write:
            yield FakeUnitOfWork(self.memory.copied(), write=False)
            return
        unit: FakeUnitOfWork | None = None
        try:
            async with self._write_turn:
                unit = FakeUnitOfWork(self.memory.copied(), write=True)
                try:
                    yield unit
                finally:
                    if unit.done:
                        self.memory = unit.memory
                        self.commits += 1
        finally:
            if unit is not None and unit.committed:
                self.published.extend(unit.committed)
                if self._publish is not None:
                    await self._publish(unit.committed)
