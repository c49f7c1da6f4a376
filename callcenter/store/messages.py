"""What was written on tickets (port `Messages`)."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import bindparam, select

from callcenter.domain.messages import Message, MessageKind
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_desk import message

_ADD = insert_into(message, returning_id=True, skip=("id",))
_OF_TICKET = Statement(
    select(*message.c).where(message.c.ticket_id == bindparam("ticket_id")).order_by(message.c.id)
)


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
            },
        )
        assert row is not None
        return replace(message, id=row[0])

    async def of_ticket(self, ticket_id: int) -> Sequence[Message]:
        return [
            Message(
                id=identity,
                ticket_id=ticket,
                at=at,
                kind=MessageKind(kind),
                text=text,
                author_id=author_id,
                to_person_id=to_person_id,
            )
            for identity, ticket, at, kind, text, author_id, to_person_id in await self._db.rows(
                _OF_TICKET, {"ticket_id": ticket_id}
            )
        ]
