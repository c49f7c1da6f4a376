"""What all nodes share about dialling (port `Dialing`): one row of state, and numbers nobody may call."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select

from callcenter.domain.callbacks import DialerState, OptOut
from callcenter.store.statement import Connection, Statement, insert_or_ignore, upsert
from callcenter.store.tables_callbacks import call_opt_out, dialer_node, dialer_state
from dialer.breaker import Breaker

_THE_ONE = 1
_STATE_ROW = select(
    dialer_state.c.paused,
    dialer_state.c.paused_by,
    dialer_state.c.paused_reason,
    dialer_state.c.changed_at,
    dialer_state.c.breaker,
    dialer_state.c.day,
    dialer_state.c.busy_seconds,
    dialer_state.c.halted,
).where(dialer_state.c.id == _THE_ONE)
_STATE = Statement(_STATE_ROW)
_STATE_TO_CHANGE = Statement(_STATE_ROW, postgresql=_STATE_ROW.with_for_update())
_SAVE = upsert(dialer_state, key=("id",))
_OPTED_OUT = Statement(
    select(call_opt_out.c.number, call_opt_out.c.at, call_opt_out.c.by, call_opt_out.c.reason).where(
        call_opt_out.c.number == bindparam("number")
    )
)
_OPT_OUTS = Statement(
    select(call_opt_out.c.number, call_opt_out.c.at, call_opt_out.c.by, call_opt_out.c.reason)
    .order_by(call_opt_out.c.at.desc(), call_opt_out.c.number)
    .limit(bindparam("limit"))
)
_SEEN = upsert(dialer_node, key=("node",))
_LAST_SEEN = Statement(select(func.max(dialer_node.c.seen_at)))
_OPT_OUT = insert_or_ignore(call_opt_out)
_OPT_IN = Statement(delete(call_opt_out).where(call_opt_out.c.number == bindparam("key")))


class Dialing:
    """Port `Dialing` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def _state(self, statement: Statement) -> DialerState:
        row = await self._db.row(statement)
        if row is None:
            return DialerState()
        paused, paused_by, paused_reason, changed_at, breaker, day, busy_seconds, halted = row
        return DialerState(
            paused=bool(paused),
            paused_by=paused_by,
            paused_reason=paused_reason,
            changed_at=changed_at,
            breaker=Breaker(**breaker),
            day=day,
            busy_seconds=busy_seconds,
            halted=halted,
        )

    async def state(self) -> DialerState:
        return await self._state(_STATE)

    async def state_to_change(self) -> DialerState:
        return await self._state(_STATE_TO_CHANGE)

    async def save_state(self, state: DialerState) -> None:
        values: dict[str, Any] = {
            "id": _THE_ONE,
            "paused": state.paused,
            "paused_by": state.paused_by,
            "paused_reason": state.paused_reason,
            "changed_at": state.changed_at,
            "breaker": asdict(state.breaker),
            "day": state.day,
            "busy_seconds": state.busy_seconds,
            "halted": state.halted,
        }
        await self._db.run(_SAVE, values)

    async def seen(self, node: str, at: datetime) -> None:
        await self._db.run(_SEEN, {"node": node, "seen_at": at})

    async def last_seen(self) -> datetime | None:
        row = await self._db.row(_LAST_SEEN)
        return None if row is None else row[0]

    async def opted_out(self, e164: str) -> OptOut | None:
        row = await self._db.row(_OPTED_OUT, {"number": e164})
        if row is None:
            return None
        number, at, by, reason = row
        return OptOut(number=number, at=at, by=by, reason=reason)

    async def opt_out(self, opt_out: OptOut) -> bool:
        values = {"number": opt_out.number, "at": opt_out.at, "by": opt_out.by, "reason": opt_out.reason}
        return await self._db.run(_OPT_OUT, values) == 1

    async def opt_in(self, e164: str) -> bool:
        return await self._db.run(_OPT_IN, {"key": e164}) == 1

    async def opt_outs(self, *, limit: int) -> Sequence[OptOut]:
        rows = await self._db.rows(_OPT_OUTS, {"limit": limit})
        return [OptOut(number=number, at=at, by=by, reason=reason) for number, at, by, reason in rows]
