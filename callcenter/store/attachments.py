"""Rows of stored files (port `Attachments`)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, select

from callcenter.domain.attachments import Attachment, AttachmentKind
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_sites import attachment

_NAMES = tuple(column.name for column in attachment.c)
_ADD = insert_into(attachment, returning_id=True, skip=("id",))
_BY_ID = Statement(select(*attachment.c).where(attachment.c.id == bindparam("id")))
_OF_TICKET = Statement(
    select(*attachment.c).where(attachment.c.ticket_id == bindparam("ticket_id")).order_by(attachment.c.id)
)


def _attachment(row: Sequence[Any]) -> Attachment:
    values = dict(zip(_NAMES, row, strict=True))
    return Attachment(**{**values, "kind": AttachmentKind(values["kind"])})


class Attachments:
    """Port `Attachments` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, value: Attachment) -> Attachment:
        row = await self._db.row(_ADD, {name: getattr(value, name) for name in _NAMES if name != "id"})
        assert row is not None
        return replace(value, id=row[0])

    async def by_id(self, attachment_id: int) -> Attachment | None:
        row = await self._db.row(_BY_ID, {"id": attachment_id})
        return None if row is None else _attachment(row)

    async def of_ticket(self, ticket_id: int) -> Sequence[Attachment]:
        return [_attachment(row) for row in await self._db.rows(_OF_TICKET, {"ticket_id": ticket_id})]
