"""Changes of targets, words of letters, verifications (ports `TargetChanges`, `LetterOverrides`, `AuditChecks`)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, literal_column, select

from callcenter.domain.audit import AuditCheck
from callcenter.domain.letters import LetterOverride
from callcenter.domain.notices import OutboxItem
from callcenter.domain.targets import TargetChange
from callcenter.store.outbox import item_of
from callcenter.store.statement import Connection, Statement, insert_into, upsert
from callcenter.store.tables_administration import audit_check, letter_override, target_change
from callcenter.store.tables_desk import ticket_clock
from callcenter.store.tables_outbox import outbox

_CHANGES = Statement(select(*target_change.c).order_by(target_change.c.id))
_ADD_CHANGE = insert_into(target_change, returning_id=True, skip=("id",))
_RUNNING = Statement(
    select(ticket_clock.c.ticket_id)
    .where(
        ticket_clock.c.state != literal_column("'finished'"), ticket_clock.c.ticket_id > bindparam("after")
    )
    .distinct()
    .order_by(ticket_clock.c.ticket_id)
    .limit(bindparam("limit")),
    slow=True,
)
_LETTERS = Statement(select(*letter_override.c).order_by(letter_override.c.name, letter_override.c.locale))
_LETTER = Statement(
    select(*letter_override.c).where(
        letter_override.c.name == bindparam("name"), letter_override.c.locale == bindparam("locale")
    )
)
_PUT_LETTER = upsert(letter_override, key=("name", "locale"))
_DROP_LETTER = Statement(
    delete(letter_override).where(
        letter_override.c.name == bindparam("name"), letter_override.c.locale == bindparam("locale")
    )
)
_ADD_CHECK = insert_into(audit_check, skip=("id",))
_LAST_CHECK = Statement(select(*audit_check.c).order_by(audit_check.c.id.desc()).limit(1))
_LAST_TO = Statement(
    select(*outbox.c)
    .where(outbox.c.kind == literal_column("'webhook'"), outbox.c.to == bindparam("url"))
    .order_by(outbox.c.id.desc())
    .limit(bindparam("limit"))
)


class TargetChanges:
    """Port `TargetChanges` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def all(self) -> Sequence[TargetChange]:
        return [_change(row) for row in await self._db.rows(_CHANGES)]

    async def add(self, change: TargetChange) -> TargetChange:
        row = await self._db.row(
            _ADD_CHANGE,
            {
                "at": change.at,
                "by": change.by,
                "valid_from": change.valid_from,
                "times": {name: time.total_seconds() for name, time in change.times.items()},
                "reason": change.reason,
            },
        )
        assert row is not None
        return replace(change, id=row[0])

    async def running_tickets(self, *, after: int, limit: int) -> Sequence[int]:
        return [row[0] for row in await self._db.rows(_RUNNING, {"after": after, "limit": limit})]


def _change(row: Sequence[Any]) -> TargetChange:
    identity, at, by, valid_from, times, reason = row
    return TargetChange(
        id=identity,
        at=at,
        by=by,
        valid_from=valid_from,
        times={name: timedelta(seconds=seconds) for name, seconds in times.items()},
        reason=reason,
    )


class LetterOverrides:
    """Port `LetterOverrides` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def all(self) -> Sequence[LetterOverride]:
        return [_letter(row) for row in await self._db.rows(_LETTERS)]

    async def of(self, name: str, locale: str) -> LetterOverride | None:
        row = await self._db.row(_LETTER, {"name": name, "locale": locale})
        return None if row is None else _letter(row)

    async def put(self, override: LetterOverride) -> None:
        columns = {column.name: getattr(override, column.name) for column in letter_override.c}
        await self._db.run(_PUT_LETTER, columns)

    async def drop(self, name: str, locale: str) -> bool:
        return await self._db.run(_DROP_LETTER, {"name": name, "locale": locale}) == 1


def _letter(row: Sequence[Any]) -> LetterOverride:
    return LetterOverride(**dict(zip((column.name for column in letter_override.c), row, strict=True)))


class AuditChecks:
    """Port `AuditChecks` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, *, at: datetime, by: int | None, rows: int, broken_at: int | None) -> None:
        await self._db.run(_ADD_CHECK, {"at": at, "by": by, "rows": rows, "broken_at": broken_at})

    async def last(self) -> AuditCheck | None:
        row = await self._db.row(_LAST_CHECK)
        if row is None:
            return None
        identity, at, by, rows, broken_at = row
        return AuditCheck(id=identity, at=at, by=by, rows=rows, broken_at=broken_at)


class WebhookDeliveries:
    """Port `WebhookDeliveries` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def last_to(self, url: str, *, limit: int) -> Sequence[OutboxItem]:
        return [item_of(row) for row in await self._db.rows(_LAST_TO, {"url": url, "limit": limit})]
