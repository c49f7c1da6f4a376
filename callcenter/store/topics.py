"""The tree of topics (port `Topics`)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, select, update

from callcenter.domain.errors import NotFound
from callcenter.domain.ticket import Kind
from callcenter.domain.topics import Topic
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_desk import topic

_ALL = Statement(select(*topic.c).order_by(topic.c.id))
_ADD = insert_into(topic, returning_id=True, skip=("id",))
_SAVE = Statement(
    update(topic).where(topic.c.id == bindparam("key")),
    columns=("name", "kind", "parent_id", "position", "active"),
)


def _topic(row: Sequence[Any]) -> Topic:
    identity, name, kind, parent_id, position, active = row
    return Topic(
        id=identity, name=name, kind=Kind(kind), parent_id=parent_id, position=position, active=active
    )


def _columns(value: Topic) -> dict[str, Any]:
    return {
        "name": value.name,
        "kind": value.kind,
        "parent_id": value.parent_id,
        "position": value.position,
        "active": value.active,
    }


class Topics:
    """Port `Topics` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def all(self) -> Sequence[Topic]:
        return [_topic(row) for row in await self._db.rows(_ALL)]

    async def add(self, topic: Topic) -> Topic:
        row = await self._db.row(_ADD, _columns(topic))
        assert row is not None
        return replace(topic, id=row[0])

    async def save(self, topic: Topic) -> None:
        if not await self._db.run(_SAVE, {**_columns(topic), "key": topic.id}):
            raise NotFound("topic", topic_id=topic.id)
