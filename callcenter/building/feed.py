"""The live feed of one node: in this process alone, or through Redis to the others."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from callcenter.clock import SystemClock
from callcenter.domain.live import LiveMessage
from callcenter.live.in_process import InProcessFeed
from callcenter.live.stored_log import StoredLogFollower
from callcenter.store import Database
from config.settings import Settings

if TYPE_CHECKING:
    from callcenter.live.redis_streams import RedisStreamsFeed


class Feed:
    """The live feed of this node; made before the database that publishes to it."""

    def __init__(self, settings: Settings) -> None:
        self.local = InProcessFeed()
        self.shared: RedisStreamsFeed | None = None
        self._redis = None
        if url := settings.redis.url.get_secret_value():
            from callcenter.live.redis_streams import connect  # five megabytes that most nodes do without

            self._redis = connect(url)

    async def publish(self, messages: Sequence[LiveMessage]) -> None:
        """Right after a commit: to this node's streams, and through Redis to the others'."""
        await (self.shared or self.local).publish(messages)

    async def start(self, database: Database, clock: SystemClock) -> None:
        """Follow the other nodes, where there is a Redis to follow them through."""
        if self._redis is not None:
            from callcenter.live.redis_streams import RedisStreamsFeed

            self.shared = RedisStreamsFeed(self._redis, StoredLogFollower(database.uow, clock), self.local)
            await self.shared.start()

    async def stop(self) -> None:
        """Stop following."""
        if self.shared is not None:
            await self.shared.stop()
        if self._redis is not None:
            await self._redis.aclose()
