"""What was written on tickets (port `Messages`)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, exists, select

from callcenter.domain.messages import Message, MessageKind
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_desk import message

_ADD = insert_into(message, returning_id=True, skip=("id",))
_OF_TICKET = Statement(
    select(*message.c).where(message.c.ticket_id == bindparam("ticket_id")).order_by(message.c.id)
)
_answer = message.alias("answer")
_OPEN_QUESTIONS = Statement(
    select(*message.c)
    .where(
        message.c.to_person_id == bindparam("person_id"),
        ~exists(select(_answer.c.id).where(_answer.c.in_reply_to == message.c.id)),
    )
    .order_by(message.c.id)
    .limit(bindparam("limit"))
)
_NAMES = tuple(column.name for column in message.c)


class Messages:
    """Port `Messages` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, message: Message) -> Message:
        row = await self._db.row(
            _ADD,
            {
                "ticket_id": message.ticket_id,
                "at": message.at,
                "kind": message.kind,
                "text": message.text,
                "author_id": message.author_id,
                "to_person_id": message.to_person_id,
                "in_reply_to": message.in_reply_to,
            },
        )
        assert row is not None
        return replace(message, id=row[0])

    async def of_ticket(self, ticket_id: int) -> Sequence[Message]:
        return [_message(row) for row in await self._db.rows(_OF_TICKET, {"ticket_id": ticket_id})]

    async def questions_to(self, person_id: int, *, limit: int) -> Sequence[Message]:
        rows = await self._db.rows(_OPEN_QUESTIONS, {"person_id": person_id, "limit": limit})
        return [_message(row) for row in rows]


def _message(row: Sequence[Any]) -> Message:
    value = dict(zip(_NAMES, row, strict=True))
    return Message(**{**value, "kind": MessageKind(value["kind"])})
