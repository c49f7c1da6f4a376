"""Hotline calls and the phones that ring for them (port `Calls`)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from callcenter.domain.calls import (
    Call,
    CallKey,
    CallOutcome,
    FoundBy,
    Hotline,
    RingEnd,
    Ringing,
    Transfer,
)
from callcenter.domain.errors import NotFound
from callcenter.domain.numbers import Number
from callcenter.store.statement import Connection, Statement, insert_into, insert_or_ignore
from callcenter.store.tables_calls import call, hotline, hotline_did, ringing, transfer
from callcenter.store.types import UtcDateTime

_HOTLINE_BY_DID = Statement(
    select(hotline.c.id, hotline.c.name, hotline_did.c.e164)
    .join(hotline_did, hotline_did.c.hotline_id == hotline.c.id)
    .where(
        hotline.c.id
        == select(hotline_did.c.hotline_id).where(hotline_did.c.e164 == bindparam("e164")).scalar_subquery()
    )
)
_HOTLINES = Statement(
    select(hotline.c.id, hotline.c.name, hotline_did.c.e164)
    .outerjoin(hotline_did, hotline_did.c.hotline_id == hotline.c.id)
    .order_by(hotline.c.id)
)
_ADD_HOTLINE = insert_into(hotline, returning_id=True, skip=("id",))
_ADD_DID = insert_into(hotline_did)
_FORGET_DIDS = Statement(delete(hotline_did))

_CALL = tuple(call.c)
_STATE = (
    "phone_queue",
    "queued_at",
    "answered_at",
    "answered_by",
    "ended_at",
    "outcome",
    "found_by",
    "ticket_id",
)
_BY_KEY = Statement(
    select(*_CALL).where(call.c.pbx == bindparam("pbx"), call.c.linkedid == bindparam("linkedid"))
)
_BY_ID = Statement(select(*_CALL).where(call.c.id == bindparam("id")))
_ADD = insert_into(call, returning_id=True, skip=("id",))


@lru_cache(maxsize=256)
def _save(names: tuple[str, ...]) -> Statement:
    """Only what changed: each column that an UPDATE names costs its indexes, changed or not."""
    return Statement(update(call).where(call.c.id == bindparam("key")), columns=names)


_OPEN = Statement(select(*_CALL).where(call.c.ended_at.is_(None)).order_by(call.c.entered_at, call.c.id))
_OPEN_OF_PBX = Statement(
    select(*_CALL)
    .where(call.c.ended_at.is_(None), call.c.pbx == bindparam("pbx"))
    .order_by(call.c.entered_at, call.c.id)
)
_LAST_OF_NUMBER = Statement(
    select(*_CALL)
    .where(call.c.caller_e164 == bindparam("e164"))
    .order_by(call.c.entered_at.desc())
    .limit(bindparam("limit"))
)
_RECENT = Statement(
    select(*_CALL).order_by(call.c.entered_at.desc(), call.c.id.desc()).limit(bindparam("limit"))
)
_OF_TICKET = Statement(
    select(*_CALL).where(call.c.ticket_id == bindparam("ticket_id")).order_by(call.c.entered_at, call.c.id)
)
_MOVE = Statement(update(call).where(call.c.ticket_id == bindparam("from_ticket")), columns=("ticket_id",))
_COUNT_BY_OUTCOME = Statement(
    select(call.c.outcome, func.count())
    .where(call.c.entered_at >= bindparam("since"), call.c.entered_at < bindparam("until"))
    .group_by(call.c.outcome)
)

# a repeated report of a ring that is known, or already over, changes nothing
_NEW_RING = select(
    bindparam("call_id", type_=ringing.c.call_id.type),
    bindparam("person_id", type_=ringing.c.person_id.type),
    bindparam("since", type_=UtcDateTime),
).where(
    ~exists(
        select(literal(1)).where(
            ringing.c.call_id == bindparam("call_id"),
            ringing.c.person_id == bindparam("person_id"),
            or_(ringing.c.ended_at.is_(None), ringing.c.ended_at >= bindparam("since", type_=UtcDateTime)),
        )
    )
)
_RING_COLUMNS = ["call_id", "person_id", "since"]
_START_RINGING = Statement(
    sqlite_insert(ringing).from_select(_RING_COLUMNS, _NEW_RING).on_conflict_do_nothing(),
    postgresql=postgresql_insert(ringing).from_select(_RING_COLUMNS, _NEW_RING).on_conflict_do_nothing(),
)
_STOP_RINGING = Statement(
    update(ringing).where(
        ringing.c.call_id == bindparam("ringing_call"),
        ringing.c.person_id == bindparam("ringing_person"),
        ringing.c.ended_at.is_(None),
    ),
    columns=("ended_at", "reason"),
)
_ACKNOWLEDGE = Statement(
    update(ringing).where(
        ringing.c.call_id == bindparam("ringing_call"),
        ringing.c.person_id == bindparam("ringing_person"),
        ringing.c.ended_at.is_(None),
        ringing.c.acknowledged_at.is_(None),
    ),
    columns=("acknowledged_at",),
)
_RINGING = (
    ringing.c.call_id,
    ringing.c.person_id,
    ringing.c.since,
    ringing.c.ended_at,
    ringing.c.reason,
    ringing.c.acknowledged_at,
)
_RINGING_OF_CALL = Statement(
    select(*_RINGING)
    .where(ringing.c.call_id == bindparam("call_id"), ringing.c.ended_at.is_(None))
    .order_by(ringing.c.since, ringing.c.person_id)
)
_RINGING_OF_PERSON = Statement(
    select(*_RINGING)
    .where(ringing.c.person_id == bindparam("person_id"), ringing.c.ended_at.is_(None))
    .order_by(ringing.c.since, ringing.c.call_id)
)
_ALL_RINGING = Statement(
    select(*_RINGING).where(ringing.c.ended_at.is_(None)).order_by(ringing.c.since, ringing.c.person_id)
)
_ADD_TRANSFER = insert_or_ignore(transfer, skip=("id",))
_TRANSFERS_OF = Statement(
    select(
        transfer.c.call_id,
        transfer.c.at,
        transfer.c.from_person_id,
        transfer.c.to_person_id,
        transfer.c.to_endpoint,
    )
    .where(transfer.c.call_id == bindparam("call_id"))
    .order_by(transfer.c.at, transfer.c.id)
)


def _call(row: Sequence[Any]) -> Call:
    (
        identity,
        pbx,
        linkedid,
        hotline_id,
        ticket_id,
        did_raw,
        did_e164,
        caller_raw,
        caller_e164,
        caller_name,
        found_by,
        entered_at,
        phone_queue,
        queued_at,
        answered_at,
        answered_by,
        ended_at,
        outcome,
    ) = row
    return Call(
        id=identity,
        key=CallKey(pbx=pbx, linkedid=linkedid),
        hotline_id=hotline_id,
        ticket_id=ticket_id,
        did=Number(raw=did_raw, e164=did_e164),
        caller=Number(raw=caller_raw, e164=caller_e164),
        caller_name=caller_name,
        found_by=FoundBy(found_by),
        entered_at=entered_at,
        phone_queue=phone_queue,
        queued_at=queued_at,
        answered_at=answered_at,
        answered_by=answered_by,
        ended_at=ended_at,
        outcome=None if outcome is None else CallOutcome(outcome),
    )


def _state(value: Call) -> dict[str, Any]:
    return {
        "phone_queue": value.phone_queue,
        "queued_at": value.queued_at,
        "answered_at": value.answered_at,
        "answered_by": value.answered_by,
        "ended_at": value.ended_at,
        "outcome": value.outcome,
        "found_by": value.found_by,
        "ticket_id": value.ticket_id,
    }


def _ringing(row: Sequence[Any]) -> Ringing:
    call_id, person_id, since, ended_at, reason, acknowledged_at = row
    return Ringing(
        call_id=call_id,
        person_id=person_id,
        since=since,
        ended_at=ended_at,
        reason=None if reason is None else RingEnd(reason),
        acknowledged_at=acknowledged_at,
    )


class Calls:
    """Port `Calls` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._stored: dict[int, Call] = {}
        """Calls as this transaction read or wrote them last; `save` writes what differs."""

    async def hotline_by_did(self, e164: str) -> Hotline | None:
        rows = await self._db.rows(_HOTLINE_BY_DID, {"e164": e164})
        if not rows:
            return None
        return Hotline(id=rows[0][0], name=rows[0][1], dids=frozenset(row[2] for row in rows))

    async def hotlines(self) -> Sequence[Hotline]:
        dids: dict[tuple[int, str], list[str]] = {}
        for identity, name, e164 in await self._db.rows(_HOTLINES):
            dids.setdefault((identity, name), []).extend([e164] if e164 else [])
        return [Hotline(id=key[0], name=key[1], dids=frozenset(each)) for key, each in dids.items()]

    async def add_hotline(self, hotline: Hotline) -> Hotline:
        row = await self._db.row(_ADD_HOTLINE, {"name": hotline.name})
        assert row is not None
        await self._db.run_many(
            _ADD_DID, [{"e164": e164, "hotline_id": row[0]} for e164 in sorted(hotline.dids)]
        )
        return replace(hotline, id=row[0])

    async def advertise(self, hotlines: Sequence[Hotline]) -> None:
        known = {each.name: each.id for each in await self.hotlines()}
        await self._db.run(_FORGET_DIDS, {})
        for each in hotlines:
            if each.name not in known:
                await self.add_hotline(each)
                continue
            await self._db.run_many(
                _ADD_DID, [{"e164": e164, "hotline_id": known[each.name]} for e164 in sorted(each.dids)]
            )

    async def by_key(self, key: CallKey) -> Call | None:
        row = await self._db.row(_BY_KEY, {"pbx": key.pbx, "linkedid": key.linkedid})
        return None if row is None else self._keep(_call(row))

    async def by_id(self, call_id: int) -> Call | None:
        row = await self._db.row(_BY_ID, {"id": call_id})
        return None if row is None else self._keep(_call(row))

    def _keep(self, call: Call) -> Call:
        self._stored[call.id] = call
        return call

    async def add(self, call: Call) -> Call:
        row = await self._db.row(
            _ADD,
            {
                "pbx": call.key.pbx,
                "linkedid": call.key.linkedid,
                "hotline_id": call.hotline_id,
                "did_raw": call.did.raw[:80],
                "did_e164": call.did.e164,
                "caller_raw": call.caller.raw[:80],
                "caller_e164": call.caller.e164,
                "caller_name": call.caller_name[:200],
                "entered_at": call.entered_at,
                **_state(call),
            },
        )
        assert row is not None
        return self._keep(replace(call, id=row[0]))

    async def save(self, call: Call) -> None:
        state, known = _state(call), self._stored.get(call.id)
        before = {} if known is None else _state(known)
        names = tuple(name for name in _STATE if name not in before or before[name] != state[name])
        if not await self._db.run(_save(names or _STATE), {**state, "key": call.id}):
            raise NotFound("call", call_id=call.id)
        self._keep(call)

    async def open_calls(self, pbx: str | None = None) -> Sequence[Call]:
        if pbx is None:
            return [_call(row) for row in await self._db.rows(_OPEN)]
        return [_call(row) for row in await self._db.rows(_OPEN_OF_PBX, {"pbx": pbx})]

    async def last_of_number(self, e164: str, *, limit: int) -> Sequence[Call]:
        return [_call(row) for row in await self._db.rows(_LAST_OF_NUMBER, {"e164": e164, "limit": limit})]

    async def recent(self, *, limit: int) -> Sequence[Call]:
        return [_call(row) for row in await self._db.rows(_RECENT, {"limit": limit})]

    async def of_ticket(self, ticket_id: int) -> Sequence[Call]:
        return [_call(row) for row in await self._db.rows(_OF_TICKET, {"ticket_id": ticket_id})]

    async def move(self, from_ticket: int, to_ticket: int) -> int:
        return await self._db.run(_MOVE, {"from_ticket": from_ticket, "ticket_id": to_ticket})

    async def start_ringing(self, ringing: Ringing) -> bool:
        parameters = {"call_id": ringing.call_id, "person_id": ringing.person_id, "since": ringing.since}
        return await self._db.run(_START_RINGING, parameters) == 1

    async def stop_ringing(self, call_id: int, person_id: int, *, reason: RingEnd, at: datetime) -> bool:
        parameters = {"ringing_call": call_id, "ringing_person": person_id, "ended_at": at, "reason": reason}
        return await self._db.run(_STOP_RINGING, parameters) == 1

    async def acknowledge_ringing(self, call_id: int, person_id: int, *, at: datetime) -> bool:
        parameters = {"ringing_call": call_id, "ringing_person": person_id, "acknowledged_at": at}
        return await self._db.run(_ACKNOWLEDGE, parameters) == 1

    async def ringing_of_call(self, call_id: int) -> Sequence[Ringing]:
        return [_ringing(row) for row in await self._db.rows(_RINGING_OF_CALL, {"call_id": call_id})]

    async def ringing_of_person(self, person_id: int) -> Sequence[Ringing]:
        return [_ringing(row) for row in await self._db.rows(_RINGING_OF_PERSON, {"person_id": person_id})]

    async def all_ringing(self) -> Sequence[Ringing]:
        return [_ringing(row) for row in await self._db.rows(_ALL_RINGING)]

    async def add_transfer(self, transfer: Transfer) -> bool:
        parameters = {
            "call_id": transfer.call_id,
            "at": transfer.at,
            "from_person_id": transfer.from_person_id,
            "to_person_id": transfer.to_person_id,
            "to_endpoint": transfer.to_endpoint[:80],
        }
        return await self._db.run(_ADD_TRANSFER, parameters) == 1

    async def transfers_of(self, call_id: int) -> Sequence[Transfer]:
        return [
            Transfer(
                call_id=row[0], at=row[1], from_person_id=row[2], to_person_id=row[3], to_endpoint=row[4]
            )
            for row in await self._db.rows(_TRANSFERS_OF, {"call_id": call_id})
        ]

    async def count_by_outcome(
        self, since: datetime, until: datetime
    ) -> Sequence[tuple[CallOutcome | None, int]]:
        rows = await self._db.rows(_COUNT_BY_OUTCOME, {"since": since, "until": until})
        return [(None if row[0] is None else CallOutcome(row[0]), int(row[1])) for row in rows]
