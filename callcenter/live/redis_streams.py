"""The live feed of several web processes: Redis Streams for speed, the stored log for certainty.

Each process writes what it committed to one capped stream and reads that stream from its own last position.
It also reads the stored log once a second, so a message that Redis lost, refused or never saw is late by that
much and no more; a message id is delivered once, whichever way it came first. Redis is never waited for by
anybody who commits.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from callcenter.domain.live import LiveKind, LiveMessage
from callcenter.live.in_process import FeedFigures, Inbox, InProcessFeed
from callcenter.live.stored_log import StoredLogFollower

STREAM_KEY = "callcenter:live"
_BLOCK_MS = 2000
"""Shorter than the client's socket timeout (5 s by default), or a quiet minute would look like a dead server."""
_READ_COUNT = 500

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class RedisStreamSettings:
    """The stream's name, about how many messages it keeps, how many may wait to be sent, seconds between tries."""

    key: str = STREAM_KEY
    keep: int = 10_000
    outbox: int = 5_000
    retry_after: float = 1.0


def encode(message: LiveMessage) -> str:
    """A message as one JSON text."""
    return json.dumps(
        {
            "id": message.id,
            "audience": message.audience,
            "kind": message.kind.value,
            "payload": message.payload,
            "at": message.at.isoformat(),
            "event_at": None if message.event_at is None else message.event_at.isoformat(),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def decode(text: str) -> LiveMessage:
    """The message back from its JSON text.

    Raises:
        ValueError, KeyError, TypeError: it is not one of ours.
    """
    fields: dict[str, Any] = json.loads(text)
    event_at = fields["event_at"]
    return LiveMessage(
        id=int(fields["id"]),
        audience=str(fields["audience"]),
        kind=LiveKind(fields["kind"]),
        payload=dict(fields["payload"]),
        at=datetime.fromisoformat(fields["at"]),
        event_at=None if event_at is None else datetime.fromisoformat(event_at),
    )


def connect(url: str) -> Redis:
    """A client for the feed: it fails at once instead of retrying, because the feed has a better way meanwhile."""
    return Redis.from_url(
        url,
        protocol=2,
        decode_responses=True,
        socket_connect_timeout=2.0,
        socket_timeout=5.0,
        retry=Retry(NoBackoff(), 0),
    )


class RedisStreamsFeed:
    """`LiveFeed` shared by every process that has the same Redis and the same database."""

    def __init__(
        self,
        redis: Redis,
        follower: StoredLogFollower,
        local: InProcessFeed,
        settings: RedisStreamSettings | None = None,
    ) -> None:
        self._redis = redis
        self._follower = follower
        self._local = local
        self._settings = settings or RedisStreamSettings()
        self._outbox: asyncio.Queue[LiveMessage] = asyncio.Queue(self._settings.outbox)
        self._position: str | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.unsent = 0
        self.refused = 0
        self.connected = asyncio.Event()
        self.lost = asyncio.Event()

    async def start(self) -> None:
        """Begin to follow; Redis may be away, the database may not.

        Raises:
            Unavailable: the database cannot be read.
        """
        await self._follower.begin()
        self._tasks = [
            asyncio.create_task(self._follower.follow(self._deliver), name="live-stored-log"),
            asyncio.create_task(self._send(), name="live-redis-send"),
            asyncio.create_task(self._read(), name="live-redis-read"),
        ]

        for task in self._tasks:
            task.add_done_callback(_complain)

    async def stop(self) -> None:
        """Stop following; what was not sent yet is in the stored log."""
        running = set(self._tasks)
        while running:
            # a cancellation that meets the client's own time-out is swallowed by it (Python 3.11): ask again
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=0.2)
        self._tasks = []

    async def publish(self, messages: Sequence[LiveMessage]) -> None:
        """Hand committed messages to this process's streams at once and to the others through Redis."""
        self._local.fan_out(self._follower.new_only(messages))
        for message in messages:
            try:
                self._outbox.put_nowait(message)
            except asyncio.QueueFull:
                self.unsent += 1

    def subscribe(self, audiences: frozenset[str]) -> Inbox:
        """A new inbox for everything that any process publishes to these audiences."""
        return self._local.subscribe(audiences)

    def figures(self) -> FeedFigures:
        """Counters for `/metrics`."""
        return self._local.figures()

    async def _deliver(self, messages: Sequence[LiveMessage]) -> None:
        self._local.fan_out(messages)

    async def _send(self) -> None:
        while True:
            batch = [await self._outbox.get()]
            while not self._outbox.empty() and len(batch) < _READ_COUNT:
                batch.append(self._outbox.get_nowait())
            try:
                async with self._redis.pipeline(transaction=False) as pipeline:
                    for message in batch:
                        pipeline.xadd(
                            self._settings.key,
                            {"message": encode(message)},
                            maxlen=self._settings.keep,
                            approximate=True,
                        )
                    await pipeline.execute()
            except (RedisError, OSError) as error:
                self.unsent += len(batch)
                self._lost(error)

    async def _read(self) -> None:
        while True:
            try:
                if self._position is None:
                    self._position = await self._end_of_stream()
                    _log.info("redis connected", stream=self._settings.key)
                    self.connected.set()
                    self.lost.clear()
                answer: Any = await self._redis.xread(
                    {self._settings.key: self._position}, count=_READ_COUNT, block=_BLOCK_MS
                )
                self._take_in(answer)
            except (RedisError, OSError) as error:
                self._lost(error)
                await asyncio.sleep(self._settings.retry_after)

    async def _end_of_stream(self) -> str:
        newest: Any = await self._redis.xrevrange(self._settings.key, count=1)
        return str(newest[0][0]) if newest else "0-0"

    def _lost(self, error: Exception) -> None:
        # A Redis that comes back empty may give out smaller ids than before; start from its end again,
        # the stored log covers the gap.
        self._position = None
        if self.connected.is_set():
            self.connected.clear()
            self.lost.set()
            _log.warning("redis lost, pop-ups come from the database", error=str(error))

    def _take_in(self, answer: list[Any]) -> None:
        messages = []
        for _stream, entries in answer:
            for entry_id, fields in entries:
                self._position = str(entry_id)
                try:
                    messages.append(decode(fields["message"]))
                except (ValueError, KeyError, TypeError) as error:
                    self.refused += 1
                    _log.warning("foreign entry in the live stream", entry=entry_id, error=str(error))
        self._local.fan_out(self._follower.new_only(messages))


def _complain(task: asyncio.Task[None]) -> None:
    """These tasks end only by being cancelled; anything else is a bug and must be heard."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("a part of the live feed failed", part=task.get_name(), exc_info=error)
