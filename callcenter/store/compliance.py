"""Evidence of compliance for a stretch of time, the newest first (port `ComplianceRows`). Regulation: 2.10, 3.2.

What is kept and broken is counted with the figures (`statistics_sql`); here are the tickets behind the counts, by the
same conditions, some at a time.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, func, or_, select

from callcenter.domain.breaches import held_seconds
from callcenter.domain.callbacks import CallbackState
from callcenter.domain.calls import CallOutcome
from callcenter.domain.compliance import Breach
from callcenter.domain.measure_rules import LATE_MINUTES
from callcenter.domain.statistics import Rules
from callcenter.store.statement import Connection, Statement
from callcenter.store.statistics_sql import (
    COMPLETE,
    SAID,
    counted_attempts,
    last_counted,
    minutes,
    whole_second,
)
from callcenter.store.tables_callbacks import callback, callback_attempt
from callcenter.store.tables_calls import call
from callcenter.store.tables_desk import handover, ticket_step, verdict
from callcenter.store.tables_sites import consent, form_submission
from callcenter.store.tables_tickets import ticket
from callcenter.store.types import UtcDateTime
from sla.errors import SlaError
from sla.record import load_verdict


def _rows(
    ticket_id: ColumnElement[Any], at: ColumnElement[Any], source: Any, good: ColumnElement[bool]
) -> Select[Any]:
    """Ticket, instant and whether the rule was kept, of what is judged in a stretch of time."""
    judged = case((good, 1), else_=0).label("good")
    wanted = select(ticket_id.label("ticket_id"), at.label("at"), judged).select_from(source)
    return wanted.where(at >= bindparam("since"), at < bindparam("until"))


_steps = ticket_step.join(ticket, ticket.c.id == ticket_step.c.ticket_id)
_placed = ticket_step.c.what == "placed"
_solved = or_(ticket.c.status == "resolved", ticket.c.status == "closed")
_claimed, _before = whole_second(callback_attempt.c.claimed_at), last_counted()
_RULES: Mapping[str, Select[Any]] = {
    "rule.line": _rows(
        func.coalesce(call.c.ticket_id, 0),
        call.c.entered_at,
        call,
        or_(call.c.outcome != str(CallOutcome.QUEUE_EMPTY), call.c.answered_at.is_not(None)),
    ).where(call.c.outcome != str(CallOutcome.OUTSIDE_HOURS)),
    "rule.responsible": _rows(
        ticket.c.id, ticket.c.ended_at, ticket, ticket.c.assignee_id.is_not(None)
    ).where(_solved),
    "rule.said": _rows(ticket.c.id, ticket_step.c.at, _steps, SAID).where(
        _placed, or_(ticket.c.source == "call", ticket.c.source == "operator")
    ),
    "rule.consent": _rows(
        form_submission.c.ticket_id,
        form_submission.c.submitted_at,
        form_submission.outerjoin(consent, consent.c.ticket_id == form_submission.c.ticket_id),
        consent.c.ticket_id.is_not(None),
    ),
    "rule.house": _rows(
        ticket.c.id,
        ticket.c.ended_at,
        ticket,
        ~exists().where(handover.c.ticket_id == ticket.c.id).correlate(ticket),
    ).where(_solved, ticket.c.kind == "reference"),
    "rule.series": _rows(
        callback.c.ticket_id, callback.c.ended_at, callback, counted_attempts() == bindparam("attempts")
    ).where(callback.c.state == str(CallbackState.UNREACHABLE)),
    "rule.gap": _rows(
        callback_attempt.c.ticket_id,
        callback_attempt.c.claimed_at,
        callback_attempt,
        and_(
            minutes(_claimed - whole_second(_before)) >= bindparam("gap"),
            minutes(_claimed - whole_second(callback_attempt.c.due_at)) <= LATE_MINUTES,
        ),
    ).where(_before.is_not(None)),
    "rule.complete": _rows(ticket.c.id, ticket_step.c.at, _steps, COMPLETE).where(_placed),
}


def _newest(every: Any, *columns: ColumnElement[Any], good: ColumnElement[bool]) -> Statement:
    """The newest first, from the one after a ticket and instant already seen."""
    before = bindparam("before", type_=UtcDateTime())
    seen = or_(every.c.at < before, and_(every.c.at == before, every.c.ticket_id < bindparam("before_id")))
    return Statement(
        select(every.c.ticket_id, every.c.at, *columns)
        .where(good, seen)
        .order_by(every.c.at.desc(), every.c.ticket_id.desc())
        .limit(bindparam("limit")),
        slow=True,
    )


def _of_rule(rows: Select[Any]) -> Statement:
    every = rows.subquery()
    return _newest(every, good=every.c.good == bindparam("good"))


_clock_rows = (
    select(ticket.c.id.label("ticket_id"), ticket.c.ended_at.label("at"), verdict.c.outcome, verdict.c.record)
    .join(verdict, verdict.c.ticket_id == ticket.c.id)
    .where(
        ticket.c.ended_at >= bindparam("since"),
        ticket.c.ended_at < bindparam("until"),
        verdict.c.clock == bindparam("clock"),
        or_(bindparam("any_kind") == 1, verdict.c.kind == bindparam("kind")),
    )
    .subquery()
)
_OF_RULE = {code: _of_rule(rows) for code, rows in _RULES.items()}
_OF_CLOCK = _newest(_clock_rows, _clock_rows.c.record, good=_clock_rows.c.outcome == bindparam("outcome"))
_CLOCK = "clock."
_OUTCOMES = {True: "kept", False: "breached"}


class Compliance:
    """Port `ComplianceRows` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def kept(
        self, code: str, since: datetime, until: datetime, *, rules: Rules, limit: int
    ) -> Sequence[int]:
        rows = await self._rows(code, since, until, (until, 0), rules, good=True, limit=limit)
        return [row[0] for row in rows]

    async def broken(
        self,
        code: str,
        since: datetime,
        until: datetime,
        *,
        rules: Rules,
        before: tuple[datetime, int] | None = None,
        limit: int,
    ) -> Sequence[Breach]:
        rows = await self._rows(code, since, until, before or (until, 0), rules, good=False, limit=limit)
        if code.startswith(_CLOCK):
            return [_breach(row) for row in rows]
        return [Breach(ticket_id=row[0], at=row[1], judged_at=row[1], what="") for row in rows]

    async def _rows(
        self,
        code: str,
        since: datetime,
        until: datetime,
        before: tuple[datetime, int],
        rules: Rules,
        *,
        good: bool,
        limit: int,
    ) -> Sequence[Any]:
        asked: dict[str, Any] = {"since": since, "until": until, "limit": limit}
        asked |= {"before": before[0], "before_id": before[1]}
        if not code.startswith(_CLOCK):
            more = {"good": int(good), "attempts": rules.attempts, "gap": rules.gap}
            return await self._db.rows(_OF_RULE[code], asked | more)
        clock, _, kind = code.removeprefix(_CLOCK).partition("-")
        asked |= {"clock": clock, "kind": kind, "any_kind": int(not kind), "outcome": _OUTCOMES[good]}
        return await self._db.rows(_OF_CLOCK, asked)


def _breach(row: Sequence[Any]) -> Breach:
    """A record that cannot be read any more is a breach without its explanation, not an error."""
    ticket_id, ended_at, record = row
    try:
        verdict_ = load_verdict(json.loads(record))
    except (ValueError, KeyError, TypeError, AttributeError, SlaError):
        return Breach(
            ticket_id=ticket_id, at=ended_at, judged_at=ended_at, what="the stored verdict cannot be read"
        )
    return Breach(
        ticket_id=ticket_id,
        at=verdict_.breached_at or ended_at,
        judged_at=ended_at,
        what="the target was used up",
        over_seconds=int(verdict_.overrun.total_seconds()),
        held_seconds={str(holder): seconds for holder, seconds in held_seconds(verdict_).items()},
        verdict=verdict_,
    )
