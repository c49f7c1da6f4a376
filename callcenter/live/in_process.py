"""The live feed of one process: bounded inboxes, found by audience.

What is meant for one person (a ringing phone) wakes his streams at once. What is meant for the whole floor
only says that a list changed: it is gathered for a quarter of a second, so that three hundred streams are woken
four times a second at most, however many calls there are. Order within a stream is kept either way.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from callcenter.domain.live import FLOOR, LiveMessage

DEFAULT_INBOX_SIZE = 256
GATHER_FLOOR = 0.25
"""Seconds for which messages to the floor may be gathered."""
_SLICE = 16

Taker = Callable[[Sequence[LiveMessage]], bool]
"""Takes all the messages now, without waiting, or refuses them all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedFigures:
    """What the feed did since it was made; `shed` counts inboxes that overflowed and were closed."""

    published: int
    delivered: int
    shed: int
    subscribers: int


class Inbox:
    """The bounded inbox of one stream.

    It closes itself when it would grow past its size: a slow client is dropped and replays, it never makes
    the process hold more. What was put in before it closed is still handed out.
    """

    def __init__(self, feed: "InProcessFeed", audiences: frozenset[str], size: int) -> None:
        self.audiences = audiences
        self.closed = False
        self._feed = feed
        self._size = size
        self._waiting: deque[LiveMessage] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._taker: Taker | None = None

    def put(self, message: LiveMessage) -> bool:
        """Take a message in without waking the reader; False when there was no room and the inbox closed."""
        if len(self._waiting) >= self._size:
            self.close()
            return False
        self._waiting.append(message)
        return True

    def take_at_once(self, taker: Taker) -> None:
        """Give the taker what comes while the reader waits; what he refuses wakes the reader."""
        self._taker = taker

    def rouse(self) -> None:
        """Hand over what waits if the reader waits for it: to his taker, else by waking him."""
        wake = self._wake
        if wake is None or wake.done() or not (self._waiting or self.closed):
            return
        if self._taker is not None and not self.closed and self._taker(tuple(self._waiting)):
            self._waiting.clear()
        else:
            wake.set_result(None)

    async def next(self) -> LiveMessage | None:
        """The next message in order of publication; None when the inbox is closed and empty."""
        while not self._waiting:
            if self.closed:
                return None
            self._wake = asyncio.get_running_loop().create_future()
            try:
                await self._wake
            finally:
                self._wake = None
        return self._waiting.popleft()

    def waiting(self) -> Sequence[LiveMessage]:
        """Everything that is already here, taken out."""
        messages = tuple(self._waiting)
        self._waiting.clear()
        return messages

    def close(self) -> None:
        """Take no more messages; may be called twice."""
        if not self.closed:
            self.closed = True
            self._feed.forget(self)
            self.rouse()


class InProcessFeed:
    """`LiveFeed` inside one process: publishing puts the same object into every inbox of its audience."""

    def __init__(self, *, inbox_size: int = DEFAULT_INBOX_SIZE, gather_floor: float = GATHER_FLOOR) -> None:
        self._inbox_size = inbox_size
        self._gather_floor = gather_floor
        self._gathering: asyncio.TimerHandle | None = None
        self._by_audience: dict[str, set[Inbox]] = {}
        self._published = self._delivered = self._shed = self._subscribers = 0

    async def publish(self, messages: Sequence[LiveMessage]) -> None:
        """Hand committed messages to the streams that may see them; never waits for a stream."""
        self.fan_out(messages)

    def fan_out(self, messages: Sequence[LiveMessage]) -> None:
        """The synchronous part of `publish`, for feeds built on this one.

        Streams are roused after the last message, so that what was committed together leaves in one write.
        """
        roused: dict[Inbox, None] = {}
        for message in messages:
            self._published += 1
            urgent = message.audience != FLOOR
            for inbox in tuple(self._by_audience.get(message.audience, ())):
                if inbox.put(message):
                    self._delivered += 1
                else:
                    self._shed += 1
                if urgent:
                    roused[inbox] = None
            if not urgent:
                self._gather()
        for inbox in roused:
            inbox.rouse()

    def _gather(self) -> None:
        if self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(self._gather_floor, self._rouse_floor)

    def _rouse_floor(self) -> None:
        self._gathering = None
        self._rouse_slice(tuple(self._by_audience.get(FLOOR, ())), 0)

    def _rouse_slice(self, inboxes: Sequence[Inbox], start: int) -> None:
        """A few at a time: a pop-up that comes meanwhile waits for one slice, not for the whole floor."""
        for inbox in inboxes[start : start + _SLICE]:
            inbox.rouse()
        if start + _SLICE < len(inboxes):
            asyncio.get_running_loop().call_soon(self._rouse_slice, inboxes, start + _SLICE)

    def subscribe(self, audiences: frozenset[str]) -> Inbox:
        """A new inbox for everything that is published to these audiences from now on."""
        inbox = Inbox(self, audiences, self._inbox_size)
        for audience in audiences:
            self._by_audience.setdefault(audience, set()).add(inbox)
        self._subscribers += 1
        return inbox

    def forget(self, inbox: Inbox) -> None:
        """Deliver nothing more to this inbox."""
        for audience in inbox.audiences:
            inboxes = self._by_audience[audience]
            inboxes.discard(inbox)
            if not inboxes:
                del self._by_audience[audience]
        self._subscribers -= 1

    def figures(self) -> FeedFigures:
        """Counters for `/metrics`."""
        return FeedFigures(
            published=self._published,
            delivered=self._delivered,
            shed=self._shed,
            subscribers=self._subscribers,
        )
