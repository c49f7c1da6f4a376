"""Following the stored live log: what every process falls back to, and what makes Redis dispensable."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta

import structlog

from callcenter.domain.errors import Unavailable
from callcenter.domain.live import LiveMessage
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork

SETTLING = timedelta(seconds=5)
"""Ids are given out before the commit, so a smaller id may become visible after a larger one. For this long the
log is read again from the last id that is old enough; a transaction of this program takes milliseconds."""

_PAGE = 1000

_log = structlog.get_logger(__name__)


class SeenMessages:
    """Which messages went by, in bounded memory: everything up to `floor`, and single ids above it.

    >>> seen = SeenMessages(floor=10)
    >>> [seen.is_new(10), seen.is_new(12), seen.is_new(12), seen.is_new(11)]
    [False, True, False, True]
    """

    def __init__(self, *, floor: int) -> None:
        self.floor = floor
        self._above: set[int] = set()

    def is_new(self, message_id: int) -> bool:
        """True the first time it is asked about an id."""
        if message_id <= self.floor or message_id in self._above:
            return False
        self._above.add(message_id)
        return True

    def raise_floor(self, floor: int) -> None:
        """Treat every id up to here as seen and forget it."""
        if floor > self.floor:
            self.floor = floor
            self._above = {message_id for message_id in self._above if message_id > floor}


class StoredLogFollower:
    """Reads what was committed, by whichever process, and hands over each message once.

    `every` is the longest time a message waits when nothing faster brings it.
    """

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, *, every: float = 1.0) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._every = every
        self._seen: SeenMessages | None = None

    async def begin(self) -> None:
        """Start from the present end of the log: nobody listens yet, older messages are for replay.

        Raises:
            Unavailable: the database cannot be read.
        """
        async with self._open_uow(write=False) as uow:
            self._seen = SeenMessages(floor=await uow.live.last_id())

    def new_only(self, messages: Iterable[LiveMessage]) -> list[LiveMessage]:
        """Those of the messages that went by for the first time, from here or from anywhere else."""
        seen = self._seen
        if seen is None:
            raise RuntimeError("begin() comes first")
        return [message for message in messages if seen.is_new(message.id)]

    async def read(self) -> list[LiveMessage]:
        """What is new in the log since the last read.

        Raises:
            Unavailable: the database cannot be read.
        """
        if self._seen is None:
            await self.begin()
        seen = self._seen
        assert seen is not None
        new: list[LiveMessage] = []
        position = seen.floor
        settled_before = self._clock.now() - SETTLING
        while page := await self._page(position):
            new.extend(self.new_only(page))
            position = page[-1].id
            settled = [message.id for message in page if message.at < settled_before]
            if settled:
                seen.raise_floor(settled[-1])
            if len(page) < _PAGE:
                break
        return new

    async def _page(self, after: int) -> Sequence[LiveMessage]:
        async with self._open_uow(write=False) as uow:
            return await uow.live.after(after, limit=_PAGE)

    async def follow(self, deliver: Callable[[list[LiveMessage]], Awaitable[None]]) -> None:
        """Read and deliver for ever; while the database is away, keep trying."""
        away = False
        while True:
            try:
                new = await self.read()
                if new:
                    await deliver(new)
                if away:
                    _log.info("live log readable again")
                away = False
            except Unavailable as error:
                if not away:
                    _log.warning("live log cannot be read", error=str(error))
                away = True
            await asyncio.sleep(self._every)
