"""What the zero-loss page is made of (port `LossRows`). Regulation: 2.1, 2.10."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, distinct, func, select, update

from callcenter.domain.calls import CallOutcome
from callcenter.domain.lifecycle import Status
from callcenter.domain.zero_loss import HeldCall, LossLedger, MissedCalls, Remainder, RemainderKind
from callcenter.store.statement import Connection, Statement, insert_into, upsert
from callcenter.store.tables_callbacks import callback_attempt
from callcenter.store.tables_calls import call
from callcenter.store.tables_statistics import loss_ledger, loss_remainder
from callcenter.store.tables_tickets import ticket

_STRETCH = (call.c.entered_at >= bindparam("since"), call.c.entered_at < bindparam("until"))
_CALLS = Statement(
    select(
        call.c.id,
        call.c.pbx,
        call.c.linkedid,
        call.c.entered_at,
        call.c.caller_raw,
        call.c.answered_at,
        call.c.outcome,
        call.c.ended_at,
        ticket.c.id,
    )
    .select_from(call.outerjoin(ticket, ticket.c.id == call.c.ticket_id))
    .where(*_STRETCH)
    .order_by(call.c.entered_at, call.c.id),
    slow=True,
)
_TICKETS = Statement(
    select(func.count(distinct(call.c.ticket_id)))
    .select_from(call.join(ticket, ticket.c.id == call.c.ticket_id))
    .where(*_STRETCH),
    slow=True,
)
_later = call.alias("later")
_spoken = (
    select(func.max(_later.c.entered_at))
    .where(
        _later.c.caller_e164 == call.c.caller_e164,
        _later.c.entered_at > call.c.entered_at,
        _later.c.answered_at.is_not(None),
    )
    .correlate(call)
    .scalar_subquery()
)
_attempted = (
    select(func.max(callback_attempt.c.claimed_at))
    .where(callback_attempt.c.number == call.c.caller_e164, callback_attempt.c.claimed_at > call.c.entered_at)
    .correlate(call)
)
_reached = and_(callback_attempt.c.outcome == "reached", callback_attempt.c.machine_marked_at.is_(None))
_MISSED = Statement(
    select(
        call.c.caller_e164,
        call.c.ticket_id,
        ticket.c.status,
        _spoken,
        _attempted.where(_reached).scalar_subquery(),
        _attempted.where(callback_attempt.c.touched).scalar_subquery(),
    )
    .select_from(call.outerjoin(ticket, ticket.c.id == call.c.ticket_id))
    .where(
        *_STRETCH,
        call.c.answered_at.is_(None),
        call.c.ended_at.is_not(None),
        call.c.outcome != str(CallOutcome.ANSWERED),
    )
    .order_by(call.c.entered_at, call.c.id),
    slow=True,
)
_LEDGER = Statement(select(*loss_ledger.c).where(loss_ledger.c.day == bindparam("day")))
_LEDGERS = Statement(
    select(*loss_ledger.c)
    .where(loss_ledger.c.day.between(bindparam("first"), bindparam("last")))
    .order_by(loss_ledger.c.day.desc())
)
_KEEP = upsert(loss_ledger, key=("day",))
_REMAINDER = Statement(select(*loss_remainder.c).where(loss_remainder.c.id == bindparam("id")))
_REMAINDERS = Statement(
    select(*loss_remainder.c)
    .where(loss_remainder.c.day.between(bindparam("first"), bindparam("last")))
    .order_by(loss_remainder.c.day.desc(), loss_remainder.c.at, loss_remainder.c.id)
)
_ADD_REMAINDER = insert_into(loss_remainder, skip=("id",))
_DROP_REMAINDER = Statement(delete(loss_remainder).where(loss_remainder.c.id == bindparam("key")))
_SETTLE = Statement(
    update(loss_remainder).where(
        loss_remainder.c.id == bindparam("key"), loss_remainder.c.settled_at.is_(None)
    ),
    columns=("settled_at", "settled_by", "reason"),
)


def _held(row: Sequence[Any]) -> HeldCall:
    identity, pbx, linkedid, at, caller, answered_at, outcome, ended_at, ticket_id = row
    return HeldCall(
        id=identity,
        pbx=pbx,
        linkedid=linkedid,
        at=at,
        caller=caller,
        answered=answered_at is not None or outcome == CallOutcome.ANSWERED,
        ended=ended_at is not None,
        ticket_id=ticket_id,
    )


def _remainder(row: Sequence[Any]) -> Remainder:
    identity, day, kind, pbx, linkedid, at, caller, call_id, ticket_id, settled_at, settled_by, reason = row
    return Remainder(
        id=identity,
        day=day,
        kind=RemainderKind(kind),
        pbx=pbx,
        linkedid=linkedid,
        at=at,
        caller=caller,
        call_id=call_id,
        ticket_id=ticket_id,
        settled_at=settled_at,
        settled_by=settled_by,
        reason=reason,
    )


def _missed(rows: Sequence[Sequence[Any]]) -> MissedCalls:
    """Each number is judged by its last missed call."""
    hidden = sum(row[0] is None for row in rows)
    last = {row[0]: row for row in rows if row[0] is not None}
    fates = {"reached": 0, "called_back": 0, "handled": 0, "remaining": 0}
    tickets = []
    for _, ticket_id, status, spoken, reached, tried in last.values():
        if spoken is not None or reached is not None:
            fates["reached"] += 1
        elif tried is not None:
            fates["called_back"] += 1
        elif status is not None and status != Status.DRAFT:
            fates["handled"] += 1
        else:
            fates["remaining"] += 1
            tickets.append(ticket_id)
    return MissedCalls(missed=len(last) + hidden, hidden=hidden, tickets=tuple(tickets), **fates)


def _dump_missed(missed: MissedCalls) -> dict[str, object]:
    return {
        "missed": missed.missed,
        "reached": missed.reached,
        "called_back": missed.called_back,
        "hidden": missed.hidden,
        "remaining": missed.remaining,
        "handled": missed.handled,
        "tickets": list(missed.tickets),
    }


def _load_missed(stored: Mapping[str, Any]) -> MissedCalls:
    return MissedCalls(**{**stored, "tickets": tuple(stored["tickets"])})


def _ledger(row: Sequence[Any], remainders: Sequence[Remainder]) -> LossLedger:
    day, recorded, calls, tickets, held, missed, unread, compared_at = row
    return LossLedger(
        day=day,
        recorded=recorded,
        calls=calls,
        tickets=tickets,
        held=held,
        remainders=remainders,
        missed=_load_missed(missed),
        compared_at=compared_at,
        unread=unread,
    )


class Losses:
    """Port `LossRows` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def calls(self, since: datetime, until: datetime) -> Sequence[HeldCall]:
        return [_held(row) for row in await self._db.rows(_CALLS, {"since": since, "until": until})]

    async def tickets(self, since: datetime, until: datetime) -> int:
        row = await self._db.row(_TICKETS, {"since": since, "until": until})
        return 0 if row is None else int(row[0])

    async def missed(self, since: datetime, until: datetime) -> MissedCalls:
        return _missed(await self._db.rows(_MISSED, {"since": since, "until": until}))

    async def ledger(self, day: date) -> LossLedger | None:
        row = await self._db.row(_LEDGER, {"day": day})
        return None if row is None else _ledger(row, await self._remainders(day, day))

    async def ledgers(self, first: date, last: date) -> Sequence[LossLedger]:
        remainders = await self._remainders(first, last)
        rows = await self._db.rows(_LEDGERS, {"first": first, "last": last})
        return [_ledger(row, [each for each in remainders if each.day == row[0]]) for row in rows]

    async def _remainders(self, first: date, last: date) -> Sequence[Remainder]:
        rows = await self._db.rows(_REMAINDERS, {"first": first, "last": last})
        return [_remainder(row) for row in rows]

    async def keep(self, ledger: LossLedger) -> LossLedger:
        known = {each.key: each for each in await self._remainders(ledger.day, ledger.day)}
        wanted = {each.key: each for each in ledger.remainders}
        for key, each in known.items():
            if key not in wanted:
                await self._db.run(_DROP_REMAINDER, {"key": each.id})
        await self._db.run_many(
            _ADD_REMAINDER, [_columns(each) for key, each in wanted.items() if key not in known]
        )
        values = {
            "day": ledger.day,
            "recorded": ledger.recorded,
            "calls": ledger.calls,
            "tickets": ledger.tickets,
            "held": ledger.held,
            "missed": _dump_missed(ledger.missed),
            "unread": dict(ledger.unread),
            "compared_at": ledger.compared_at,
        }
        await self._db.run(_KEEP, values)
        kept = await self.ledger(ledger.day)
        assert kept is not None
        return kept

    async def remainder(self, remainder_id: int) -> Remainder | None:
        row = await self._db.row(_REMAINDER, {"id": remainder_id})
        return None if row is None else _remainder(row)

    async def settle(self, remainder_id: int, *, by: int, at: datetime, reason: str) -> bool:
        values = {"key": remainder_id, "settled_by": by, "settled_at": at, "reason": reason}
        return await self._db.run(_SETTLE, values) == 1


def _columns(each: Remainder) -> dict[str, Any]:
    return {
        "day": each.day,
        "kind": each.kind,
        "pbx": each.pbx[:64],
        "linkedid": each.linkedid[:150],
        "at": each.at,
        "caller": each.caller[:80],
        "call_id": each.call_id,
        "ticket_id": each.ticket_id,
        "settled_at": None,
        "settled_by": None,
        "reason": "",
    }
