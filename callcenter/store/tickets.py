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
    tuple_,
    update,
)

from callcenter.domain.calls import CallOutcome
from callcenter.domain.errors import Conflict
from callcenter.domain.lifecycle import OPEN, CancelReason, Status
from callcenter.domain.lists import EQUAL, Cursor, Filter, Sort
from callcenter.domain.numbers import Number
from callcenter.domain.ticket import Kind, Priority, Source, Ticket
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_tickets import NO_DEADLINE, ticket
from callcenter.store.types import IntegersJson

_COLUMNS = tuple(ticket.c)
_NAMES = tuple(column.name for column in ticket.c)
_CHANGEABLE = tuple(name for name in _NAMES if name not in {"id", "source", "created_at"})
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
_BY_IDS = Statement(
    select(*_COLUMNS).where(
        ticket.c.id.in_(
            select(func.json_each(bindparam("ids", type_=IntegersJson)).table_valued("value").c.value)
        )
    ),
    postgresql=select(*_COLUMNS).where(ticket.c.id == any_(bindparam("ids", type_=ARRAY(Integer)))),
)
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
_WHO = case((_IS_DRAFT, ticket.c.operator_id), else_=ticket.c.assignee_id)
_OPEN_COUNTS = Statement(
    select(ticket.c.status, _WHO, func.count()).where(_IS_OPEN).group_by(ticket.c.status, _WHO)
)

_NARROW = frozenset({"priority", "source", "kind", "cancel_reason"})
"""Fields without an index of their own: a value that is rare may cost a look at many tickets."""
_DAYS = frozenset({"since", "until"})


@lru_cache(maxsize=512)
def _page(
    statuses: tuple[Status, ...], given: tuple[str, ...], missed: bool | None, sort: Sort, going_on: bool
) -> Statement:
    """The statement of one kind of page; its values are bound when it runs."""
    asked = _narrowed(select(*_COLUMNS), statuses, given, missed, bounded=sort is Sort.TIME_LEFT)
    asked = asked.limit(bindparam("limit"))
    by_days = not _DAYS.isdisjoint(given)
    slow = not _NARROW.isdisjoint(given) or (by_days and sort in {Sort.TIME_LEFT, Sort.UPDATED})
    return Statement(_ordered(asked, sort, going_on, by_days=by_days), slow=slow)


@lru_cache(maxsize=512)
def _count(statuses: tuple[Status, ...], given: tuple[str, ...], missed: bool | None) -> Statement:
    few = _narrowed(select(ticket.c.id), statuses, given, missed, bounded=False).limit(bindparam("most"))
    return Statement(select(func.count()).select_from(few.subquery()), slow=True)


def _narrowed(
    asked: Select[Any],
    statuses: tuple[Status, ...],
    given: tuple[str, ...],
    missed: bool | None,
    *,
    bounded: bool,
) -> Select[Any]:
    """With the filter's conditions; `bounded` leaves out what has ended unless its status was asked for."""
    if statuses or bounded:
        if not statuses or set(statuses) <= OPEN:
            asked = asked.where(_IS_OPEN)
        if statuses:
            words: list[Any] = [literal_column(f"'{status}'") for status in statuses]
            asked = asked.where(
                ticket.c.status == words[0] if len(words) == 1 else ticket.c.status.in_(words)
            )
    for name in given:
        if name == "overdue_at":
            asked = asked.where(_IS_OPEN, ticket.c.due_at < bindparam("overdue_at"))
        elif name == "since":
            asked = asked.where(ticket.c.created_at >= bindparam("since"))
        elif name == "until":
            asked = asked.where(ticket.c.created_at < bindparam("until"))
        else:
            asked = asked.where(ticket.c[name] == bindparam(name))
        if name == "cancel_reason":
            asked = asked.where(ticket.c.status == literal_column(f"'{Status.CANCELLED}'"))
    if missed is not None:
        asked = asked.where(ticket.c.missed.is_not(None) if missed else ticket.c.missed.is_(None))
    return asked


def _ordered(asked: Select[Any], sort: Sort, going_on: bool, *, by_days: bool) -> Select[Any]:
    if sort in {Sort.NEWEST, Sort.OLDEST} and not by_days:
        number = ticket.c.id
        if going_on:
            last: Any = bindparam("after_id")
            asked = asked.where(number < last if sort is Sort.NEWEST else number > last)
        return asked.order_by(number.desc() if sort is Sort.NEWEST else number)
    instant = {Sort.TIME_LEFT: ticket.c.due_at, Sort.UPDATED: ticket.c.updated_at}.get(
        sort, ticket.c.created_at
    )
    row = tuple_(instant, ticket.c.id)
    forward = sort in {Sort.TIME_LEFT, Sort.OLDEST}
    if going_on:
        last_row = tuple_(bindparam("after_at", type_=instant.type), bindparam("after_id", type_=Integer))
        asked = asked.where(row > last_row if forward else row < last_row)
    if forward:
        return asked.order_by(instant, ticket.c.id)
    return asked.order_by(instant.desc(), ticket.c.id.desc())


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

    async def hold(self, ticket_id: int) -> None:
        await self._db.lock(-1 - ticket_id)

    async def by_id(self, ticket_id: int) -> Ticket | None:
        row = await self._db.row(_BY_ID, {"id": ticket_id})
        return None if row is None else _ticket(row)

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

    async def page(self, wanted: Filter, sort: Sort, *, after: Cursor | None, limit: int) -> Sequence[Ticket]:
        values = _values(wanted)
        statement = _page(
            tuple(sorted(wanted.statuses)), tuple(values), wanted.missed, sort, after is not None
        )
        values["limit"] = limit
        if after is not None:
            values["after_id"] = after.id
            values["after_at"] = after.at or NO_DEADLINE
        return [_ticket(row) for row in await self._db.rows(statement, values)]

    async def count(self, wanted: Filter, *, most: int) -> int:
        values = _values(wanted)
        statement = _count(tuple(sorted(wanted.statuses)), tuple(values), wanted.missed)
        row = await self._db.row(statement, {**values, "most": most})
        assert row is not None
        return int(row[0])

    async def open_counts(self) -> Mapping[tuple[Status, int | None], int]:
        return {(Status(row[0]), row[1]): row[2] for row in await self._db.rows(_OPEN_COUNTS)}


def _values(wanted: Filter) -> dict[str, Any]:
    names = (*EQUAL, "overdue_at", "since", "until")
    return {name: value for name in names if (value := getattr(wanted, name)) is not None}


def _lock_name(e164: str) -> int:
    """A number's lock: two PBXs reporting one caller at once must not open two drafts for him."""
    return int(e164.lstrip("+"))
