"""The stored tail of live messages (port `LiveLog`).

Messages wait in the unit of work until its commit: ids are given under one lock, so that they become visible in
their order and a stream that has seen id 7 can never miss a later 6.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select

from callcenter.domain.live import LiveKind, LiveMessage
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_live import live_event
from callcenter.store.types import to_json

_ADD = insert_into(live_event, returning_id=True, skip=("id",))
_AFTER = Statement(
    select(*live_event.c)
    .where(live_event.c.id > bindparam("after"))
    .order_by(live_event.c.id)
    .limit(bindparam("limit"))
)
_LAST = Statement(select(func.max(live_event.c.id)))
_PRUNE = Statement(delete(live_event).where(live_event.c.at < bindparam("before")))


def _message(row: Sequence[Any]) -> LiveMessage:
    identity, audience, kind, payload, at, event_at = row
    return LiveMessage(
        id=identity,
        audience=audience,
        kind=LiveKind(kind),
        payload=json.loads(payload),
        at=at,
        event_at=event_at,
    )


class LiveLog:
    """Port `LiveLog`; `flush` writes what was added and is called by the unit of work right before its commit."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
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

    @property
    def waiting(self) -> bool:
        """Whether `flush` has something to write."""
        return bool(self._waiting)

    async def flush(self) -> Sequence[LiveMessage]:
        """The messages as stored, in the order of their ids."""
        stored = []
        for message in self._waiting:
            row = await self._db.row(
                _ADD,
                {
                    "audience": message.audience,
                    "kind": message.kind,
                    "payload": to_json(dict(message.payload)),
                    "at": message.at,
                    "event_at": message.event_at,
                },
            )
            assert row is not None
            stored.append(replace(message, id=row[0]))
        self._waiting = []
        return stored

    async def after(self, message_id: int, *, limit: int) -> Sequence[LiveMessage]:
        rows = await self._db.rows(_AFTER, {"after": message_id, "limit": limit})
        return [_message(row) for row in rows]

    async def last_id(self) -> int:
        row = await self._db.row(_LAST)
        return 0 if row is None or row[0] is None else int(row[0])

    async def prune(self, before: datetime) -> int:
        return await self._db.run(_PRUNE, {"before": before})
