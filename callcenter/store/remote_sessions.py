"""Sessions of remote administration (port `RemoteSessions`). Regulation: 2.8."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, select, update

from callcenter.domain.remote import RemoteResult, RemoteSession
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_desk import remote_session

_ADD = insert_into(remote_session, returning_id=True, skip=("id",))
_BY_ID = Statement(select(*remote_session.c).where(remote_session.c.id == bindparam("id")))
_OF_TICKET = Statement(
    select(*remote_session.c)
    .where(remote_session.c.ticket_id == bindparam("ticket_id"))
    .order_by(remote_session.c.id)
)
_END = Statement(
    update(remote_session).where(
        remote_session.c.id == bindparam("key"), remote_session.c.ended_at.is_(None)
    ),
    columns=("ended_at", "result", "note"),
)


def _session(row: Sequence[Any]) -> RemoteSession:
    identity, ticket_id, person_id, tool, remote_id, started_at, ended_at, result, note = row
    return RemoteSession(
        id=identity,
        ticket_id=ticket_id,
        person_id=person_id,
        tool=tool,
        remote_id=remote_id,
        started_at=started_at,
        ended_at=ended_at,
        result=None if result is None else RemoteResult(result),
        note=note,
    )


class RemoteSessions:
    """Port `RemoteSessions` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, session: RemoteSession) -> RemoteSession:
        row = await self._db.row(
            _ADD,
            {
                "ticket_id": session.ticket_id,
                "person_id": session.person_id,
                "tool": session.tool,
                "remote_id": session.remote_id,
                "started_at": session.started_at,
                "ended_at": session.ended_at,
                "result": session.result,
                "note": session.note,
            },
        )
        assert row is not None
        return replace(session, id=row[0])

    async def by_id(self, session_id: int) -> RemoteSession | None:
        row = await self._db.row(_BY_ID, {"id": session_id})
        return None if row is None else _session(row)

    async def end(self, session: RemoteSession) -> bool:
        values = {
            "ended_at": session.ended_at,
            "result": session.result,
            "note": session.note,
            "key": session.id,
        }
        return await self._db.run(_END, values) == 1

    async def of_ticket(self, ticket_id: int) -> Sequence[RemoteSession]:
        return [_session(row) for row in await self._db.rows(_OF_TICKET, {"ticket_id": ticket_id})]
