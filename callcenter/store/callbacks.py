"""Series of callbacks (port `Callbacks`). The claim's cost does not depend on how many wait."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, literal_column, select, update

from callcenter.domain.callbacks import OPEN_STATES, Callback, CallbackState, Origin
from callcenter.domain.errors import Conflict
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_callbacks import callback
from callcenter.store.types import UtcDateTime

_COLUMNS = tuple(callback.c)
_FIXED = {"id", "ticket_id", "number", "origin", "asked_by", "asked_at"}
# literals and not parameters: only so do the databases see that a partial index answers the question
_IS_WAITING = callback.c.state == literal_column("'waiting'")
_IS_OPEN = callback.c.state.in_([literal_column(f"'{state}'") for state in sorted(OPEN_STATES)])

_ADD = insert_into(callback, returning_id=True, skip=("id",))
_BY_ID = Statement(select(*_COLUMNS).where(callback.c.id == bindparam("id")))
_SAVE = Statement(
    update(callback).where(
        callback.c.id == bindparam("key"), callback.c.version == bindparam("seen_version")
    ),
    columns=[column.name for column in callback.c if column.name not in _FIXED],
)
_DUE_ROWS = (
    select(*_COLUMNS)
    .where(_IS_WAITING, callback.c.look_at <= bindparam("now", type_=UtcDateTime))
    .order_by(callback.c.look_at, callback.c.id)
    .limit(bindparam("limit"))
)
_DUE = Statement(_DUE_ROWS, postgresql=_DUE_ROWS.with_for_update(skip_locked=True))
_OF_TICKET = Statement(
    select(*_COLUMNS).where(callback.c.ticket_id == bindparam("ticket_id")).order_by(callback.c.id)
)
_OPEN_OF_NUMBER = Statement(
    select(*_COLUMNS).where(_IS_OPEN, callback.c.number == bindparam("number")).order_by(callback.c.id)
)
_OPEN_OF_EXECUTOR = Statement(
    select(*_COLUMNS)
    .where(_IS_OPEN, callback.c.executor_id == bindparam("executor_id"))
    .order_by(callback.c.due_at.is_(None), callback.c.due_at, callback.c.id)
)
_ENDED_OF_EXECUTOR = Statement(
    select(*_COLUMNS)
    .where(
        callback.c.executor_id == bindparam("executor_id"),
        callback.c.updated_at >= bindparam("since", type_=UtcDateTime),
        callback.c.ended_at >= bindparam("since", type_=UtcDateTime),
    )
    .order_by(callback.c.ended_at, callback.c.id)
)
_IN_STATE = Statement(
    select(*_COLUMNS)
    .where(callback.c.state == bindparam("state"), callback.c.state != literal_column("'waiting'"))
    .order_by(func.coalesce(callback.c.look_at, callback.c.updated_at), callback.c.id)
    .limit(bindparam("limit"))
)
_WAITING_FIRST = Statement(
    select(*_COLUMNS).where(_IS_WAITING).order_by(callback.c.look_at, callback.c.id).limit(bindparam("limit"))
)
_COUNT = Statement(select(callback.c.state, func.count()).where(_IS_OPEN).group_by(callback.c.state))
_COUNT_DUE = Statement(
    select(func.count()).where(_IS_WAITING, callback.c.look_at <= bindparam("now", type_=UtcDateTime))
)


def _callback(row: Sequence[Any]) -> Callback:
    values = dict(zip((column.name for column in _COLUMNS), row, strict=True))
    return Callback(**{**values, "state": CallbackState(values["state"]), "origin": Origin(values["origin"])})


def _columns(value: Callback) -> dict[str, Any]:
    return {column.name: getattr(value, column.name) for column in _COLUMNS if column.name != "id"}


class Callbacks:
    """Port `Callbacks` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def _all(self, statement: Statement, **parameters: Any) -> Sequence[Callback]:
        return [_callback(row) for row in await self._db.rows(statement, parameters)]

    async def add(self, callback: Callback) -> Callback:
        first = replace(callback, version=1)
        row = await self._db.row(_ADD, _columns(first))
        assert row is not None
        return replace(first, id=row[0])

    async def by_id(self, callback_id: int) -> Callback | None:
        row = await self._db.row(_BY_ID, {"id": callback_id})
        return None if row is None else _callback(row)

    async def save(self, callback: Callback) -> Callback:
        changed = replace(callback, version=callback.version + 1)
        parameters = {**_columns(changed), "key": callback.id, "seen_version": callback.version}
        if not await self._db.run(_SAVE, {k: v for k, v in parameters.items() if k not in _FIXED}):
            raise Conflict("somebody else changed the series first", callback_id=callback.id)
        return changed

    async def due(self, now: datetime, *, limit: int) -> Sequence[Callback]:
        return await self._all(_DUE, now=now, limit=limit)

    async def of_ticket(self, ticket_id: int) -> Sequence[Callback]:
        return await self._all(_OF_TICKET, ticket_id=ticket_id)

    async def open_of_number(self, e164: str) -> Sequence[Callback]:
        return await self._all(_OPEN_OF_NUMBER, number=e164)

    async def open_of_executor(self, person_id: int) -> Sequence[Callback]:
        return await self._all(_OPEN_OF_EXECUTOR, executor_id=person_id)

    async def ended_of_executor(self, person_id: int, since: datetime) -> Sequence[Callback]:
        return await self._all(_ENDED_OF_EXECUTOR, executor_id=person_id, since=since)

    async def in_state(self, state: CallbackState, *, limit: int) -> Sequence[Callback]:
        if state is CallbackState.WAITING:
            return await self._all(_WAITING_FIRST, limit=limit)
        return await self._all(_IN_STATE, state=str(state), limit=limit)

    async def count_open(self, now: datetime) -> Mapping[str, int]:
        counts = {row[0]: int(row[1]) for row in await self._db.rows(_COUNT)}
        due = await self._db.row(_COUNT_DUE, {"now": now})
        assert due is not None
        return {**counts, "due": int(due[0])}
