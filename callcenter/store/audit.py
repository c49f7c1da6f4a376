"""The append-only, hash-chained audit (port `Audit`). Regulation: 2.10.

Rows wait in the unit of work until its commit: the chain needs one writer at a time, and so that lock is short.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select

from callcenter.domain.audit import BEFORE_THE_FIRST, AuditFilter, ChainPage
from callcenter.domain.story import AuditEntry
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_tickets import audit
from callcenter.store.types import to_json

_PAGE = 1000

_LAST = Statement(select(audit.c.id, audit.c.hash).order_by(audit.c.id.desc()).limit(1))
_ADD = insert_into(audit)
_PAGE_AFTER = Statement(
    select(*audit.c).where(audit.c.id > bindparam("after")).order_by(audit.c.id).limit(_PAGE)
)
_SHOWN = (
    audit.c.id,
    audit.c.at,
    audit.c.actor,
    audit.c.ticket_id,
    audit.c.action,
    audit.c.reason,
    audit.c.change,
)
_OF_TICKET = Statement(
    select(*_SHOWN).where(audit.c.ticket_id == bindparam("ticket_id")).order_by(audit.c.id)
)
_LAST_OF_TICKET = Statement(
    select(*_SHOWN).where(audit.c.ticket_id == bindparam("ticket_id")).order_by(audit.c.id.desc()).limit(1)
)
_OF_ACTOR = Statement(
    select(*_SHOWN)
    .where(audit.c.actor == bindparam("actor"), audit.c.id < bindparam("before"))
    .order_by(audit.c.id.desc())
    .limit(bindparam("limit"))
)
_LAST_ID = Statement(select(func.max(audit.c.id)))
_FIRST_AFTER = Statement(
    select(audit.c.id)
    .where(audit.c.at >= bindparam("at", type_=audit.c.at.type))
    .order_by(audit.c.at)
    .limit(1)
)
_NO_LIMIT = 2**31 - 1
_SLACK = timedelta(minutes=10)
"""Rows get their numbers at their commit, a little after the instant they tell of."""
_BY_NUMBER = {"ticket_id": audit.c.ticket_id, "actor": audit.c.actor, "action": audit.c.action}


def _page_of(names: frozenset[str]) -> Statement:
    return Statement(
        select(*_SHOWN)
        .where(
            audit.c.id < bindparam("before"),
            audit.c.id >= bindparam("first"),
            audit.c.at >= bindparam("since", type_=audit.c.at.type),
            audit.c.at < bindparam("until", type_=audit.c.at.type),
            *(_BY_NUMBER[name] == bindparam(f"wanted_{name}") for name in sorted(names)),
        )
        .order_by(audit.c.id.desc())
        .limit(bindparam("limit"))
    )


_PAGES = {
    names: _page_of(names)
    for names in (
        frozenset(name for place, name in enumerate(sorted(_BY_NUMBER)) if number >> place & 1)
        for number in range(2 ** len(_BY_NUMBER))
    )
}
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def _entry(row: Sequence[Any]) -> AuditEntry:
    identity, at, actor, ticket_id, action, reason, change = row
    return AuditEntry(
        id=identity,
        at=at,
        actor=actor,
        ticket_id=ticket_id,
        action=action,
        reason=reason,
        change=json.loads(change),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Verification:
    """Result of `verify`: how many rows were read, and the first one that does not fit the chain."""

    rows: int
    broken_at: int | None

    @property
    def intact(self) -> bool:
        return self.broken_at is None


class Audit:
    """Port `Audit`; `flush` writes what was recorded and is called by the unit of work right before its commit."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._waiting: list[dict[str, Any]] = []

    async def record(
        self,
        *,
        at: datetime,
        actor: str,
        ticket_id: int | None,
        action: str,
        reason: str,
        change: dict[str, object],
    ) -> None:
        if at.tzinfo is None:
            raise ValueError("a naive datetime cannot be recorded: its time zone is unknown")
        self._waiting.append(
            {
                "at": at,
                "actor": actor[:100],
                "ticket_id": ticket_id,
                "action": action,
                "reason": reason,
                "change": to_json(change),
            }
        )

    async def of_ticket(self, ticket_id: int) -> Sequence[AuditEntry]:
        return [_entry(row) for row in await self._db.rows(_OF_TICKET, {"ticket_id": ticket_id})]

    async def last_of_ticket(self, ticket_id: int) -> AuditEntry | None:
        row = await self._db.row(_LAST_OF_TICKET, {"ticket_id": ticket_id})
        return None if row is None else _entry(row)

    async def of_actor(self, actor: str, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
        values = {"actor": actor, "before": _NO_LIMIT if before is None else before, "limit": limit}
        return [_entry(row) for row in await self._db.rows(_OF_ACTOR, values)]

    async def page(self, wanted: AuditFilter, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
        named = {name: getattr(wanted, name) for name in _BY_NUMBER if getattr(wanted, name) is not None}
        first = 0
        if wanted.since is not None:
            row = await self._db.row(_FIRST_AFTER, {"at": wanted.since - _SLACK})
            if row is None:
                return []
            first = row[0]
        last = _NO_LIMIT if before is None else before
        if wanted.until is not None:
            row = await self._db.row(_FIRST_AFTER, {"at": wanted.until + _SLACK})
            last = last if row is None else min(last, row[0])
        values = {
            "before": last,
            "first": first,
            "since": wanted.since or _LONG_AGO,
            "until": wanted.until or _NEVER,
            "limit": limit,
            **{f"wanted_{name}": value for name, value in named.items()},
        }
        return [_entry(row) for row in await self._db.rows(_PAGES[frozenset(named)], values)]

    async def last_id(self) -> int:
        row = await self._db.row(_LAST_ID)
        return 0 if row is None or row[0] is None else int(row[0])

    async def chain(self, after: int, previous: str) -> ChainPage:
        names = [column.name for column in audit.c]
        rows = await self._db.rows(_PAGE_AFTER, {"after": after})
        expected, number = previous, after
        for values in rows:
            row, number = dict(zip(names, values, strict=True)), number + 1
            expected = chained(expected, number, row)
            if row["id"] != number or row["hash"] != expected:
                return ChainPage(last=row["id"], last_hash=expected, rows=len(rows), broken_at=row["id"])
        return ChainPage(last=number, last_hash=expected, rows=len(rows))

    @property
    def waiting(self) -> bool:
        """Whether `flush` has something to write."""
        return bool(self._waiting)

    async def flush(self) -> None:
        last = await self._db.row(_LAST)
        identity, previous = (0, BEFORE_THE_FIRST) if last is None else (last[0], last[1])
        rows = []
        for row in self._waiting:
            identity += 1
            previous = chained(previous, identity, row)
            rows.append({**row, "id": identity, "hash": previous})
        self._waiting = []
        await self._db.run_many(_ADD, rows)


def chained(previous: str, identity: int, row: dict[str, Any]) -> str:
    """The hash of a row that follows a row with the hash `previous`."""
    content = to_json(
        {
            "id": identity,
            "at": round(row["at"].timestamp() * 1_000_000),
            "actor": row["actor"],
            "ticket_id": row["ticket_id"],
            "action": row["action"],
            "reason": row["reason"],
            "change": row["change"],
        }
    )
    return hashlib.sha256(f"{previous}{content}".encode()).hexdigest()


async def verify(connection: Connection) -> Verification:
    """Recompute the chain from its first row; the answer to "has anybody edited the audit?"."""
    expected, count = BEFORE_THE_FIRST, 0
    async for row in _every_row(connection):
        count += 1
        expected = chained(expected, count, row)
        if row["id"] != count or row["hash"] != expected:
            return Verification(rows=count, broken_at=row["id"])
    return Verification(rows=count, broken_at=None)


async def _every_row(connection: Connection) -> AsyncIterator[dict[str, Any]]:
    names = [column.name for column in audit.c]
    after = 0
    while page := await connection.rows(_PAGE_AFTER, {"after": after}):
        for values in page:
            yield dict(zip(names, values, strict=True))
        after = page[-1][0]
