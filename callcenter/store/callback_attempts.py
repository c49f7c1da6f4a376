"""Attempts of callbacks (port `CallbackAttempts`): every change of one in flight is fenced by its token.

`outcome IS NULL` means in flight: the partial indexes over it stay as small as the number of calls on the line.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, func, literal_column, select, true, update

from callcenter.domain.callbacks import STAGES, AttemptStage, CallbackAttempt
from callcenter.store.statement import Connection, Statement, insert_or_ignore
from callcenter.store.tables_callbacks import callback_attempt as attempt
from callcenter.store.types import UtcDateTime
from dialer.attempt import Outcome

_COLUMNS = tuple(attempt.c)
_IN_FLIGHT_NOW = attempt.c.outcome.is_(None)
_KEY = attempt.c.id == bindparam("key")
_TOKEN = attempt.c.token == bindparam("seen_token")
_END = ("ended_at", "outcome", "rule", "seen", "touched")

_ADD = insert_or_ignore(attempt)
_BY_ID = Statement(select(*_COLUMNS).where(attempt.c.id == bindparam("id")))
_OF_CALLBACK = Statement(
    select(*_COLUMNS)
    .where(attempt.c.callback_id == bindparam("callback_id"))
    .order_by(attempt.c.claimed_at, attempt.c.id)
)
_OF_TICKET = Statement(
    select(*_COLUMNS)
    .where(attempt.c.ticket_id == bindparam("ticket_id"))
    .order_by(attempt.c.claimed_at, attempt.c.id)
)
_IN_FLIGHT = Statement(select(*_COLUMNS).where(_IN_FLIGHT_NOW).order_by(attempt.c.claimed_at, attempt.c.id))
_CLAIMED_SINCE = Statement(
    select(func.count()).where(attempt.c.claimed_at > bindparam("since", type_=UtcDateTime))
)
_TOUCHED_SINCE = Statement(
    select(func.count()).where(
        attempt.c.number == bindparam("number"),
        attempt.c.claimed_at >= bindparam("since", type_=UtcDateTime),
        attempt.c.touched == true(),
    )
)
_MEANING = case(
    (attempt.c.machine_marked_at.is_not(None), literal_column("'answering_machine'")), else_=attempt.c.outcome
)
_COUNT_BY_OUTCOME = Statement(
    select(_MEANING, func.count())
    .where(attempt.c.claimed_at >= bindparam("since", type_=UtcDateTime), attempt.c.outcome.is_not(None))
    .group_by(_MEANING)
)
_OF_OUTCOME = Statement(
    select(*_COLUMNS)
    .where(
        attempt.c.claimed_at >= bindparam("since", type_=UtcDateTime),
        attempt.c.outcome == bindparam("outcome"),
    )
    .order_by(attempt.c.claimed_at, attempt.c.id)
)
_LAPSED_ROWS = (
    select(*_COLUMNS)
    .where(_IN_FLIGHT_NOW, attempt.c.lease_until <= bindparam("now", type_=UtcDateTime))
    .order_by(attempt.c.lease_until, attempt.c.id)
    .limit(bindparam("limit"))
)
_LAPSED = Statement(_LAPSED_ROWS, postgresql=_LAPSED_ROWS.with_for_update(skip_locked=True))
_LEASE = Statement(update(attempt).where(_KEY, _IN_FLIGHT_NOW, _TOKEN), columns=("lease_until", "token"))
_ADVANCE = {
    stage: Statement(
        update(attempt).where(
            _KEY,
            _IN_FLIGHT_NOW,
            attempt.c.stage.in_([literal_column(f"'{earlier}'") for earlier in STAGES[:place]]),
        ),
        columns=("stage",),
    )
    for place, stage in enumerate(STAGES)
    if place
}
"""An attempt only goes forward: reports that come late change nothing."""

_ASK_WITHDRAWAL = Statement(
    update(attempt).where(_KEY, _IN_FLIGHT_NOW, attempt.c.withdraw_asked_at.is_(None)),
    columns=("withdraw_asked_at",),
)
_FINISH = Statement(update(attempt).where(_KEY, _IN_FLIGHT_NOW), columns=_END)
_FINISH_FENCED = Statement(update(attempt).where(_KEY, _IN_FLIGHT_NOW, _TOKEN), columns=_END)
_MARK = Statement(
    update(attempt).where(_KEY, attempt.c.machine_marked_at.is_(None), attempt.c.outcome == "reached"),
    columns=("machine_marked_by", "machine_marked_at"),
)
_CORRECT = Statement(
    update(attempt).where(_KEY, attempt.c.outcome == "answering_machine"), columns=("outcome", "rule", "seen")
)


def _attempt(row: Sequence[Any]) -> CallbackAttempt:
    values = dict(zip((column.name for column in _COLUMNS), row, strict=True))
    outcome = values["outcome"]
    return CallbackAttempt(
        **{
            **values,
            "stage": AttemptStage(values["stage"]),
            "outcome": None if outcome is None else Outcome(outcome),
            "seen": tuple(json.loads(values["seen"])),
            "touched": bool(values["touched"]),
            "client_first": bool(values["client_first"]),
        }
    )


def _columns(value: CallbackAttempt) -> dict[str, Any]:
    values = {column.name: getattr(value, column.name) for column in _COLUMNS}
    return {**values, "seen": json.dumps(value.seen, ensure_ascii=False)}


class CallbackAttempts:
    """Port `CallbackAttempts` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def _all(self, statement: Statement, **parameters: Any) -> Sequence[CallbackAttempt]:
        return [_attempt(row) for row in await self._db.rows(statement, parameters)]

    async def _count(self, statement: Statement, **parameters: Any) -> int:
        row = await self._db.row(statement, parameters)
        assert row is not None
        return int(row[0])

    async def add(self, attempt: CallbackAttempt) -> bool:
        return await self._db.run(_ADD, _columns(attempt)) == 1

    async def by_id(self, attempt_id: str) -> CallbackAttempt | None:
        row = await self._db.row(_BY_ID, {"id": attempt_id})
        return None if row is None else _attempt(row)

    async def of_callback(self, callback_id: int) -> Sequence[CallbackAttempt]:
        return await self._all(_OF_CALLBACK, callback_id=callback_id)

    async def of_ticket(self, ticket_id: int) -> Sequence[CallbackAttempt]:
        return await self._all(_OF_TICKET, ticket_id=ticket_id)

    async def in_flight(self) -> Sequence[CallbackAttempt]:
        return await self._all(_IN_FLIGHT)

    async def claimed_since(self, since: datetime) -> int:
        return await self._count(_CLAIMED_SINCE, since=since)

    async def touched_since(self, e164: str, since: datetime) -> int:
        return await self._count(_TOUCHED_SINCE, number=e164, since=since)

    async def count_by_outcome(self, since: datetime) -> Mapping[str, int]:
        return {row[0]: int(row[1]) for row in await self._db.rows(_COUNT_BY_OUTCOME, {"since": since})}

    async def of_outcome(self, outcome: Outcome, since: datetime) -> Sequence[CallbackAttempt]:
        return await self._all(_OF_OUTCOME, since=since, outcome=str(outcome))

    async def lapsed(self, now: datetime, *, limit: int) -> Sequence[CallbackAttempt]:
        return await self._all(_LAPSED, now=now, limit=limit)

    async def lease(self, attempt_id: str, *, token: int, until: datetime, new_token: int) -> bool:
        parameters = {"key": attempt_id, "seen_token": token, "lease_until": until, "token": new_token}
        return await self._db.run(_LEASE, parameters) == 1

    async def advance(self, attempt_id: str, stage: AttemptStage) -> bool:
        if stage not in _ADVANCE:
            return False
        return await self._db.run(_ADVANCE[stage], {"key": attempt_id, "stage": str(stage)}) == 1

    async def ask_withdrawal(self, attempt_id: str, at: datetime) -> bool:
        return await self._db.run(_ASK_WITHDRAWAL, {"key": attempt_id, "withdraw_asked_at": at}) == 1

    async def finish(self, attempt: CallbackAttempt, *, token: int | None = None) -> bool:
        values = _columns(attempt)
        parameters = {"key": attempt.id, **{name: values[name] for name in _END}}
        if token is None:
            return await self._db.run(_FINISH, parameters) == 1
        return await self._db.run(_FINISH_FENCED, {**parameters, "seen_token": token}) == 1

    async def mark_machine(self, attempt_id: str, *, by: int, at: datetime) -> bool:
        parameters = {"key": attempt_id, "machine_marked_by": by, "machine_marked_at": at}
        return await self._db.run(_MARK, parameters) == 1

    async def correct_machine(self, attempt: CallbackAttempt) -> bool:
        values = _columns(attempt)
        parameters = {"key": attempt.id, **{name: values[name] for name in ("outcome", "rule", "seen")}}
        return await self._db.run(_CORRECT, parameters) == 1
