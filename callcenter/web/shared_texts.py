"""Texts that several people are shown alike, written once per change instead of once per browser.

Two hundred browsers hear of a change in the same tenth of a second and read the same list. The first one's reading
is everybody's: the key holds the newest live message, and whatever changes a list tells of it in its commit.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable

KEPT_TEXTS = 64

Write = Callable[[], Awaitable[str]]


class SharedTexts:
    """Texts by what they depend on; while one is being written, whoever asks for the same waits for it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, asyncio.Task[str]] = OrderedDict()

    async def text(self, key: Hashable, write: Write) -> str:
        """The text of this key, written now if nobody did; a failure is told to those who wait and not kept."""
        writing = self._kept.get(key)
        if writing is None:
            writing = asyncio.ensure_future(_written(write))
            self._kept[key] = writing
            if len(self._kept) > KEPT_TEXTS:
                self._kept.popitem(last=False)
        try:
            return await asyncio.shield(writing)
        except Exception:
            self._kept.pop(key, None)
            raise


async def _written(write: Write) -> str:
    return await write()
