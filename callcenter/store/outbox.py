"""The outbox (port `Outbox`): rows are claimed with a fencing token, so that two workers never settle one attempt."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, literal_column, select, update

from callcenter.domain.notices import OutboxItem, OutboxKind, OutboxState, Settlement
from callcenter.store.statement import Connection, Statement, insert_or_ignore
from callcenter.store.tables_outbox import mail_opt_out, outbox

_COLUMNS = tuple(outbox.c)
_IS_DUE = outbox.c.state.in_([literal_column("'sending'"), literal_column("'waiting'")])
_ERROR_LENGTH = 1000

_ADD = insert_or_ignore(outbox, skip=("id",))
_BY_KEY = Statement(select(*_COLUMNS).where(outbox.c.dedupe_key == bindparam("key")))
_BY_ID = Statement(select(*_COLUMNS).where(outbox.c.id == bindparam("id")))
_OF_TICKET = Statement(
    select(*_COLUMNS).where(outbox.c.ticket_id == bindparam("ticket_id")).order_by(outbox.c.id)
)
_DUE = (
    select(outbox.c.id)
    .where(_IS_DUE, outbox.c.next_try_at <= bindparam("now", type_=outbox.c.next_try_at.type))
    .order_by(outbox.c.next_try_at)
    .limit(bindparam("limit"))
)
_CLAIM = Statement(
    update(outbox)
    .where(outbox.c.id.in_(_DUE.with_for_update(skip_locked=True).scalar_subquery()))
    .values(state="sending", attempts=outbox.c.attempts + 1)
    .returning(*_COLUMNS),
    columns=("next_try_at",),
)
_NEXT_DUE = Statement(select(func.min(outbox.c.next_try_at)).where(_IS_DUE))
_SETTLE = Statement(
    update(outbox).where(
        outbox.c.id == bindparam("key"),
        outbox.c.state == literal_column("'sending'"),
        outbox.c.attempts == bindparam("attempt"),
    ),
    columns=("state", "next_try_at", "last_error", "settled_at"),
)
_RETRY = Statement(
    update(outbox)
    .where(
        outbox.c.id == bindparam("key"),
        outbox.c.state.in_([literal_column("'refused'"), literal_column("'waiting'")]),
    )
    .values(state="waiting", settled_at=None),
    columns=("next_try_at", "give_up_at"),
)
_COUNTS = Statement(select(outbox.c.state, func.count()).group_by(outbox.c.state))


def _page(*conditions: Any) -> Statement:
    return Statement(
        select(*_COLUMNS)
        .where(outbox.c.id < bindparam("before"), *conditions)
        .order_by(outbox.c.id.desc())
        .limit(bindparam("limit"))
    )


_NEWEST = _page()
_NEWEST_IN_STATE = _page(outbox.c.state == bindparam("wanted"))
_OPT_OUT = insert_or_ignore(mail_opt_out)
_OPTED_OUT = Statement(
    select(mail_opt_out.c.at).where(mail_opt_out.c.address_key == bindparam("address_key"))
)
_AFTER_ALL = 2**31 - 1


def item_of(row: Sequence[Any]) -> OutboxItem:
    """A row of the table as it stands."""
    values = dict(zip((each.name for each in _COLUMNS), row, strict=True))
    values["kind"], values["state"] = OutboxKind(values["kind"]), OutboxState(values["state"])
    return OutboxItem(**values)


class Outbox:
    """Port `Outbox` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, item: OutboxItem) -> OutboxItem | None:
        values = {each.name: getattr(item, each.name) for each in _COLUMNS if each.name != "id"}
        if not await self._db.run(_ADD, {**values, "payload": dict(item.payload)}):
            return None
        row = await self._db.row(_BY_KEY, {"key": item.dedupe_key})
        assert row is not None
        return item_of(row)

    async def claim(self, *, now: datetime, until: datetime, limit: int) -> Sequence[OutboxItem]:
        rows = await self._db.rows(_CLAIM, {"now": now, "next_try_at": until, "limit": limit})
        return sorted((item_of(row) for row in rows), key=lambda each: each.id)

    async def next_due(self) -> datetime | None:
        row = await self._db.row(_NEXT_DUE)
        return None if row is None else row[0]

    async def settle(self, item: OutboxItem, settlement: Settlement, *, at: datetime) -> bool:
        parameters = {
            "key": item.id,
            "attempt": item.attempts,
            "state": settlement.state,
            "next_try_at": settlement.next_try_at,
            "last_error": settlement.error[:_ERROR_LENGTH],
            "settled_at": None if settlement.state is OutboxState.WAITING else at,
        }
        return await self._db.run(_SETTLE, parameters) == 1

    async def retry(self, item_id: int, *, now: datetime, give_up_at: datetime) -> bool:
        return await self._db.run(_RETRY, {"key": item_id, "next_try_at": now, "give_up_at": give_up_at}) == 1

    async def by_id(self, item_id: int) -> OutboxItem | None:
        row = await self._db.row(_BY_ID, {"id": item_id})
        return None if row is None else item_of(row)

    async def of_ticket(self, ticket_id: int) -> Sequence[OutboxItem]:
        return [item_of(row) for row in await self._db.rows(_OF_TICKET, {"ticket_id": ticket_id})]

    async def newest(
        self, *, state: OutboxState | None = None, before: int | None = None, limit: int
    ) -> Sequence[OutboxItem]:
        parameters = {"before": _AFTER_ALL if before is None else before, "limit": limit}
        if state is None:
            rows = await self._db.rows(_NEWEST, parameters)
        else:
            rows = await self._db.rows(_NEWEST_IN_STATE, {**parameters, "wanted": state})
        return [item_of(row) for row in rows]

    async def counts(self) -> Mapping[OutboxState, int]:
        return {OutboxState(state): count for state, count in await self._db.rows(_COUNTS)}

    async def opt_out(self, address_key: str, *, at: datetime) -> bool:
        return await self._db.run(_OPT_OUT, {"address_key": address_key, "at": at}) == 1

    async def opted_out(self, address_key: str) -> bool:
        return await self._db.row(_OPTED_OUT, {"address_key": address_key}) is not None
