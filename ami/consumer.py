"""The one consumer: from queued messages to the board and to the application, strictly in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

from ami.board import Board
from ami.event_types import Event
from ami.events import parse
from ami.framing import headers_of
from ami.inbox import Inbox, Item
from ami.journal import Journal
from ami.pbx import ClientCounts
from ami.reducer import reduce
from ami.schema import MalformedEvent
from ami.signals import LinkChanged, Signal

_log = logging.getLogger(__name__)
_BATCH: Final = 64
GATHER: Final = 0.005
"""Seconds to wait for the rest of a burst: one thing that happens to a call is told in several events."""

OnSignals = Callable[[Sequence[Signal]], Awaitable[None]]


class Consumer:
    """Holds the board and changes it, one item at a time; hands the signals on and waits until they are taken."""

    def __init__(
        self,
        board: Board,
        *,
        on_signals: OnSignals,
        clock: Callable[[], datetime],
        counts: ClientCounts,
        journal: Journal | None,
    ) -> None:
        self.board = board
        self._on_signals = on_signals
        self._clock = clock
        self._counts = counts
        self._journal = journal

    async def run(self, inbox: Inbox) -> None:
        """Consume until cancelled."""
        while True:
            await inbox.wait()
            await inbox.rest_of_burst(GATHER)
            while inbox.waiting:
                signals = [signal for item in inbox.take(_BATCH) for signal in self._understand(item)]
                if self._journal is not None:
                    self._journal.flush()
                if signals:
                    await self._deliver(tuple(signals))
                else:
                    await asyncio.sleep(0)

    def put_aside(self, message: bytes, reason: str) -> None:
        """Count a message from which nothing is concluded, and keep it in the journal."""
        self._counts.malformed += 1
        if self._journal is not None:
            self._journal.write(message, self._clock(), put_aside=reason)

    def _understand(self, item: Item) -> tuple[Signal, ...]:
        if isinstance(item, LinkChanged):
            return (item,)
        if isinstance(item, bytes):
            return self._understand_message(item)
        return self._reduce(item, repr(item).encode())

    def _understand_message(self, message: bytes) -> tuple[Signal, ...]:
        self._counts.events += 1
        now = self._clock()
        try:
            event = parse(headers_of(message), arrived_at=now)
        except MalformedEvent as error:
            self.put_aside(message, str(error))
            return ()
        if self._journal is not None:
            self._journal.write(message, now)
        if event is None:
            self._counts.unknown += 1
            return ()
        return self._reduce(event, message)

    def _reduce(self, event: Event, message: bytes) -> tuple[Signal, ...]:
        """A rule that fails leaves the board as it was: the event is put aside and the rest goes on."""
        try:
            self.board, signals = reduce(self.board, event)
        except Exception as error:  # noqa: BLE001 - a bug of ours must not stop the telephony of everybody
            self._counts.poisonous += 1
            _log.exception("an event could not be understood and was put aside")
            if self._journal is not None:
                self._journal.write(message, self._clock(), put_aside=f"{type(error).__name__}: {error}")
            return ()
        return signals

    async def _deliver(self, signals: tuple[Signal, ...]) -> None:
        try:
            await self._on_signals(signals)
        except Exception:  # noqa: BLE001 - the application's failure must not stop the link
            self._counts.failed_deliveries += 1
            _log.exception("signals were not taken")
