"""In-memory `LiveLog`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from callcenter.domain.live import LiveKind, LiveMessage
from tests.fakes.memory import Memory


class FakeLiveLog:
    """Messages get their ids when the unit of work flushes them, as in the real store."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._waiting: list[LiveMessage] = []

    async def add(
        self,
        audience: str,
        kind: LiveKind,
        payload: dict[str, object],
        *,
        at: datetime,
        event_at: datetime | None = None,
    ) -> None:
        self._waiting.append(
            LiveMessage(id=0, audience=audience, kind=kind, payload=payload, at=at, event_at=event_at)
        )

    def flush(self) -> Sequence[LiveMessage]:
        stored = [replace(each, id=self._memory.next_id("live")) for each in self._waiting]
        self._memory.live.extend(stored)
        self._waiting = []
        return stored

    async def after(self, message_id: int, *, limit: int) -> Sequence[LiveMessage]:
        return [each for each in self._memory.live if each.id > message_id][:limit]

    async def last_id(self) -> int:
        return self._memory.live[-1].id if self._memory.live else 0

    async def prune(self, before: datetime) -> int:
        kept = [each for each in self._memory.live if each.at >= before]
        pruned = len(self._memory.live) - len(kept)
        self._memory.live = kept
        return pruned
