"""Tickets (port `Tickets`)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, bindparam, literal_column, select, update

from callcenter.domain.calls import CallOutcome
from callcenter.domain.errors import Conflict
from callcenter.domain.lifecycle import OPEN, CancelReason, Status
from callcenter.domain.numbers import Number
from callcenter.domain.ticket import Source, Ticket
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_tickets import ticket

_COLUMNS = tuple(ticket.c)
_CHANGEABLE = tuple(column.name for column in ticket.c if column.name not in {"id", "source", "created_at"})
# literals and not parameters: only so do the databases see that a partial index answers the question
_IS_OPEN = ticket.c.status.in_([literal_column(f"'{status}'") for status in sorted(OPEN)])
_IS_DRAFT = ticket.c.status == literal_column(f"'{Status.DRAFT}'")


def _newest(*conditions: Any) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .where(*conditions)
        .order_by(ticket.c.updated_at.desc(), ticket.c.id.desc())
        .limit(bindparam("limit"))
    )


_BY_ID = Statement(select(*_COLUMNS).where(ticket.c.id == bindparam("id")))
_ADD = insert_into(ticket, returning_id=True, skip=("id",))
_SAVE = Statement(
    update(ticket).where(ticket.c.id == bindparam("key"), ticket.c.version == bindparam("seen_version")),
    columns=_CHANGEABLE,
)
_OPEN_DRAFT_OF_NUMBER = Statement(
    _newest(
        _IS_DRAFT,
        _IS_OPEN,
        ticket.c.caller_e164 == bindparam("e164"),
        ticket.c.hotline_id == bindparam("hotline_id"),
    )
)
_OPEN_OF_NUMBER = Statement(_newest(_IS_OPEN, ticket.c.caller_e164 == bindparam("e164")))
_OPEN_OF_CLIENT = Statement(_newest(_IS_OPEN, ticket.c.client_id == bindparam("client_id")))
_DRAFTS = Statement(_newest(_IS_DRAFT))
_DRAFTS_OF = Statement(_newest(_IS_DRAFT, ticket.c.operator_id == bindparam("operator_id")))


def _ticket(row: Sequence[Any]) -> Ticket:
    (
        identity,
        version,
        status,
        source,
        hotline_id,
        caller_raw,
        caller_e164,
        created_at,
        updated_at,
        missed,
        operator_id,
        possible_client_id,
        client_id,
        cancel_reason,
        subject,
    ) = row
    return Ticket(
        id=identity,
        version=version,
        status=Status(status),
        source=Source(source),
        hotline_id=hotline_id,
        caller=None if caller_raw is None else Number(raw=caller_raw, e164=caller_e164),
        created_at=created_at,
        updated_at=updated_at,
        missed=None if missed is None else CallOutcome(missed),
        operator_id=operator_id,
        possible_client_id=possible_client_id,
        client_id=client_id,
        cancel_reason=None if cancel_reason is None else CancelReason(cancel_reason),
        subject=subject,
    )


def _columns(value: Ticket) -> dict[str, Any]:
    return {
        "version": value.version,
        "status": value.status,
        "hotline_id": value.hotline_id,
        "caller_raw": None if value.caller is None else value.caller.raw[:80],
        "caller_e164": None if value.caller is None else value.caller.e164,
        "updated_at": value.updated_at,
        "missed": value.missed,
        "operator_id": value.operator_id,
        "possible_client_id": value.possible_client_id,
        "client_id": value.client_id,
        "cancel_reason": value.cancel_reason,
        "subject": value.subject,
    }


class Tickets:
    """Port `Tickets` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def by_id(self, ticket_id: int) -> Ticket | None:
        row = await self._db.row(_BY_ID, {"id": ticket_id})
        return None if row is None else _ticket(row)

    async def add(self, ticket: Ticket) -> Ticket:
        first = replace(ticket, version=1)
        row = await self._db.row(
            _ADD, {**_columns(first), "source": first.source, "created_at": first.created_at}
        )
        assert row is not None
        return replace(first, id=row[0])

    async def save(self, ticket: Ticket) -> Ticket:
        changed = replace(ticket, version=ticket.version + 1)
        parameters = {**_columns(changed), "key": ticket.id, "seen_version": ticket.version}
        if not await self._db.run(_SAVE, parameters):
            raise Conflict("somebody else changed the ticket first", ticket_id=ticket.id)
        return changed

    async def open_draft_of_number(self, e164: str, hotline_id: int) -> Ticket | None:
        await self._db.lock(_lock_name(e164))
        row = await self._db.row(_OPEN_DRAFT_OF_NUMBER, {"e164": e164, "hotline_id": hotline_id, "limit": 1})
        return None if row is None else _ticket(row)

    async def open_of_number(self, e164: str, *, limit: int) -> Sequence[Ticket]:
        return [_ticket(row) for row in await self._db.rows(_OPEN_OF_NUMBER, {"e164": e164, "limit": limit})]

    async def open_of_client(self, client_id: int, *, limit: int) -> Sequence[Ticket]:
        rows = await self._db.rows(_OPEN_OF_CLIENT, {"client_id": client_id, "limit": limit})
        return [_ticket(row) for row in rows]

    async def drafts(self, *, operator_id: int | None = None, limit: int) -> Sequence[Ticket]:
        if operator_id is None:
            return [_ticket(row) for row in await self._db.rows(_DRAFTS, {"limit": limit})]
        rows = await self._db.rows(_DRAFTS_OF, {"operator_id": operator_id, "limit": limit})
        return [_ticket(row) for row in rows]


def _lock_name(e164: str) -> int:
    """A number's lock: two PBXs reporting one caller at once must not open two drafts for him."""
    return int(e164.lstrip("+"))
