"""Tickets at their vendors (port `Handovers`). Regulation: 2.6."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from callcenter.domain.support import Handover
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_desk import handover

_ADD = insert_into(handover, returning_id=True, skip=("id",))
_OF_TICKET = Statement(
    select(*handover.c).where(handover.c.ticket_id == bindparam("ticket_id")).order_by(handover.c.id)
)
_OVERDUE = Statement(
    select(*handover.c)
    .where(handover.c.ended_at.is_(None), handover.c.due_at < bindparam("now"))
    .order_by(handover.c.due_at)
    .limit(bindparam("limit"))
)
_END = Statement(
    update(handover).where(handover.c.id == bindparam("key"), handover.c.ended_at.is_(None)),
    columns=("ended_at", "answer"),
)


def _handover(row: Sequence[Any]) -> Handover:
    identity, ticket_id, vendor, at, by, due_at, dossier, ended_at, answer = row
    return Handover(
        id=identity,
        ticket_id=ticket_id,
        vendor=vendor,
        at=at,
        by=by,
        due_at=due_at,
        dossier=dossier,
        ended_at=ended_at,
        answer=answer,
    )


class Handovers:
    """Port `Handovers` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, handover: Handover) -> Handover:
        row = await self._db.row(
            _ADD,
            {
                "ticket_id": handover.ticket_id,
                "vendor": handover.vendor,
                "at": handover.at,
                "by": handover.by,
                "due_at": handover.due_at,
                "dossier": handover.dossier,
                "ended_at": handover.ended_at,
                "answer": handover.answer,
            },
        )
        assert row is not None
        return replace(handover, id=row[0])

    async def end(self, handover_id: int, *, at: datetime, answer: str) -> bool:
        return await self._db.run(_END, {"ended_at": at, "answer": answer, "key": handover_id}) == 1

    async def of_ticket(self, ticket_id: int) -> Sequence[Handover]:
        return [_handover(row) for row in await self._db.rows(_OF_TICKET, {"ticket_id": ticket_id})]

    async def overdue(self, now: datetime, *, limit: int) -> Sequence[Handover]:
        return [_handover(row) for row in await self._db.rows(_OVERDUE, {"now": now, "limit": limit})]
