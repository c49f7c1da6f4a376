"""Tickets (port `Tickets`)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Integer,
    Select,
    any_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    update,
)

from callcenter.domain.calls import CallOutcome
from callcenter.domain.errors import Conflict
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.lists import Cursor, Filter, Sort
from callcenter.domain.numbers import Number
from callcenter.domain.ticket import Kind, Priority, Source, Ticket
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_tickets import NO_DEADLINE, ticket
from callcenter.store.ticket_pages import COLUMNS, IS_OPEN, count_statement, page_statement, values_of
from callcenter.store.types import IntegersJson

_NAMES = tuple(column.name for column in ticket.c)
_CHANGEABLE = tuple(name for name in _NAMES if name not in {"id", "source", "created_at"})
_IS_DRAFT = ticket.c.status == literal_column(f"'{Status.DRAFT}'")


def _newest(*conditions: Any) -> Select[Any]:
    return (
        select(*COLUMNS)
        .where(*conditions)
        .order_by(ticket.c.updated_at.desc(), ticket.c.id.desc())
        .limit(bindparam("limit"))
    )


_BY_ID = Statement(select(*COLUMNS).where(ticket.c.id == bindparam("id")))
_BY_IDS = Statement(
    select(*COLUMNS).where(
        ticket.c.id.in_(
            select(func.json_each(bindparam("ids", type_=IntegersJson)).table_valued("value").c.value)
        )
    ),
    postgresql=select(*COLUMNS).where(ticket.c.id == any_(bindparam("ids", type_=ARRAY(Integer)))),
)
_ADD = insert_into(ticket, returning_id=True, skip=("id",))


@lru_cache(maxsize=512)
def _save(names: tuple[str, ...]) -> Statement:
    """Only what changed: each column that an UPDATE names costs its indexes, and a ticket has twenty."""
    return Statement(
        update(ticket).where(ticket.c.id == bindparam("key"), ticket.c.version == bindparam("seen_version")),
        columns=names,
    )


_OPEN_DRAFT_OF_NUMBER = Statement(
    _newest(
        _IS_DRAFT,
        IS_OPEN,
        ticket.c.caller_e164 == bindparam("e164"),
        ticket.c.hotline_id == bindparam("hotline_id"),
    )
)
_OPEN_OF_NUMBER = Statement(_newest(IS_OPEN, ticket.c.caller_e164 == bindparam("e164")))
_OPEN_OF_CLIENT = Statement(_newest(IS_OPEN, ticket.c.client_id == bindparam("client_id")))
_DRAFTS = Statement(_newest(_IS_DRAFT))
_DRAFTS_OF = Statement(_newest(_IS_DRAFT, ticket.c.operator_id == bindparam("operator_id")))
_WHO = case((_IS_DRAFT, ticket.c.operator_id), else_=ticket.c.assignee_id)
_OPEN_COUNTS = Statement(
    select(ticket.c.status, _WHO, func.count()).where(IS_OPEN).group_by(ticket.c.status, _WHO)
)


def _ticket(row: Sequence[Any]) -> Ticket:
    value = dict(zip(_NAMES, row, strict=True))
    for name, kind in _ENUMS:
        if value[name] is not None:
            value[name] = kind(value[name])
    raw, e164 = value.pop("caller_raw"), value.pop("caller_e164")
    value["caller"] = None if raw is None else Number(raw=raw, e164=e164)
    raw, e164 = value.pop("contact_raw"), value.pop("contact_e164")
    value["contact_phone"] = None if raw is None else Number(raw=raw, e164=e164)
    if value["due_at"] == NO_DEADLINE:
        value["due_at"] = None
    return Ticket(**value)


_ENUMS: tuple[tuple[str, Any], ...] = (
    ("status", Status),
    ("source", Source),
    ("missed", CallOutcome),
    ("cancel_reason", CancelReason),
    ("kind", Kind),
    ("priority", Priority),
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
        "organization_id": value.organization_id,
        "contact_name": value.contact_name,
        "contact_raw": None if value.contact_phone is None else value.contact_phone.raw[:80],
        "contact_e164": None if value.contact_phone is None else value.contact_phone.e164,
        "contact_email": value.contact_email,
        "product_id": value.product_id,
        "topic_id": value.topic_id,
        "kind": value.kind,
        "priority": value.priority,
        "text": value.text,
        "site_id": value.site_id,
        "assignee_id": value.assignee_id,
        "arrived_at": value.arrived_at,
        "registered_at": value.registered_at,
        "said_at": value.said_at,
        "said_text": value.said_text,
        "answer": value.answer,
        "ended_at": value.ended_at,
        "rating": value.rating,
        "rating_text": value.rating_text,
        "merged_into": value.merged_into,
        "due_at": value.due_at or NO_DEADLINE,
    }


class Tickets:
    """Port `Tickets` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._stored: dict[int, Ticket] = {}
        """Tickets as this transaction read or wrote them one by one; `save` writes what differs."""

    async def hold(self, ticket_id: int) -> None:
        await self._db.lock(-1 - ticket_id)

    async def by_id(self, ticket_id: int) -> Ticket | None:
        row = await self._db.row(_BY_ID, {"id": ticket_id})
        return None if row is None else self._keep(_ticket(row))

    def _keep(self, ticket: Ticket) -> Ticket:
        self._stored[ticket.id] = ticket
        return ticket

    async def by_ids(self, ticket_ids: Sequence[int]) -> Sequence[Ticket]:
        if not ticket_ids:
            return []
        rows = await self._db.rows(_BY_IDS, {"ids": list(ticket_ids)})
        found = {each.id: each for each in map(_ticket, rows)}
        return [found[each] for each in ticket_ids if each in found]

    async def add(self, ticket: Ticket) -> Ticket:
        first = replace(ticket, version=1)
        row = await self._db.row(
            _ADD, {**_columns(first), "source": first.source, "created_at": first.created_at}
        )
        assert row is not None
        return self._keep(replace(first, id=row[0]))

    async def save(self, ticket: Ticket) -> Ticket:
        changed = replace(ticket, version=ticket.version + 1)
        columns, known = _columns(changed), self._stored.get(ticket.id)
        # of the same version, so the row is as it was read, or the condition on the version finds none
        before = _columns(known) if known is not None and known.version == ticket.version else {}
        names = tuple(name for name in _CHANGEABLE if name not in before or before[name] != columns[name])
        parameters = {**columns, "key": ticket.id, "seen_version": ticket.version}
        if not await self._db.run(_save(names), parameters):
            raise Conflict("somebody else changed the ticket first", ticket_id=ticket.id)
        return self._keep(changed)

    async def open_draft_of_number(self, e164: str, hotline_id: int) -> Ticket | None:
        await self._db.lock(_lock_name(e164))
        row = await self._db.row(_OPEN_DRAFT_OF_NUMBER, {"e164": e164, "hotline_id": hotline_id, "limit": 1})
        return None if row is None else self._keep(_ticket(row))

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

    async def page(self, wanted: Filter, sort: Sort, *, after: Cursor | None, limit: int) -> Sequence[Ticket]:
        values = values_of(wanted)
        statement = page_statement(
            tuple(sorted(wanted.statuses)), tuple(values), wanted.missed, sort, after is not None
        )
        values["limit"] = limit
        if after is not None:
            values["after_id"] = after.id
            values["after_at"] = after.at or NO_DEADLINE
        return [_ticket(row) for row in await self._db.rows(statement, values)]

    async def count(self, wanted: Filter, *, most: int) -> int:
        values = values_of(wanted)
        statement = count_statement(tuple(sorted(wanted.statuses)), tuple(values), wanted.missed)
        row = await self._db.row(statement, {**values, "most": most})
        assert row is not None
        return int(row[0])

    async def open_counts(self) -> Mapping[tuple[Status, int | None], int]:
        return {(Status(row[0]), row[1]): row[2] for row in await self._db.rows(_OPEN_COUNTS)}


def _lock_name(e164: str) -> int:
    """A number's lock: two PBXs reporting one caller at once must not open two drafts for him."""
    return int(e164.lstrip("+"))
