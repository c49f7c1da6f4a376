"""Evidence of compliance, clause by clause, for a stretch of time (port `ComplianceRows`). Regulation: 2.10, 3.2."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select

from callcenter.domain.breaches import held_seconds
from callcenter.domain.callbacks import CallbackState
from callcenter.domain.compliance import Breach
from callcenter.ports.statistics import Obeyed
from callcenter.store.statement import Connection, Statement
from callcenter.store.tables_callbacks import callback, callback_attempt
from callcenter.store.tables_desk import ticket_step, verdict
from callcenter.store.tables_sites import consent, form_submission
from callcenter.store.tables_tickets import ticket
from sla.errors import SlaError
from sla.record import load_verdict

LOOKED_AT = 400


def _in(at: ColumnElement[Any]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return at >= bindparam("since"), at < bindparam("until")


_of_clock = (
    verdict.c.clock == bindparam("clock"),
    or_(bindparam("any_kind") == 1, verdict.c.kind == bindparam("kind")),
)
_ended = select(verdict.c.ticket_id).join(ticket, ticket.c.id == verdict.c.ticket_id)
_BROKEN = Statement(
    select(verdict.c.ticket_id, ticket.c.ended_at, verdict.c.record)
    .join(ticket, ticket.c.id == verdict.c.ticket_id)
    .where(*_in(ticket.c.ended_at), *_of_clock, verdict.c.outcome == "breached")
    .order_by(ticket.c.ended_at.desc())
    .limit(LOOKED_AT),
    slow=True,
)
_KEPT = Statement(
    _ended.where(*_in(ticket.c.ended_at), *_of_clock, verdict.c.outcome == "kept")
    .order_by(ticket.c.ended_at.desc())
    .limit(bindparam("limit")),
    slow=True,
)

_counted = (
    select(func.count())
    .where(
        callback_attempt.c.callback_id == callback.c.id,
        or_(
            callback_attempt.c.outcome == "no_answer",
            callback_attempt.c.outcome == "busy",
            callback_attempt.c.outcome == "declined",
            callback_attempt.c.outcome == "unreachable",
            callback_attempt.c.outcome == "answering_machine",
            and_(callback_attempt.c.outcome == "reached", callback_attempt.c.machine_marked_at.is_not(None)),
        ),
    )
    .correlate(callback)
    .scalar_subquery()
)
_placed = (
    select(ticket.c.id.label("ticket_id"), ticket_step.c.at.label("at"))
    .join(ticket_step, ticket_step.c.ticket_id == ticket.c.id)
    .where(*_in(ticket_step.c.at), ticket_step.c.what == "placed")
)


def _judged(rows: Select[Any], good: ColumnElement[bool]) -> Select[Any]:
    return rows.add_columns(case((good, 1), else_=0).label("good"))


_RULES: Mapping[str, Select[Any]] = {
    "said": _judged(
        _placed.where(or_(ticket.c.source == "call", ticket.c.source == "operator")),
        ticket.c.said_at.is_not(None),
    ),
    "complete": _judged(
        _placed,
        and_(
            ticket.c.topic_id.is_not(None),
            ticket.c.kind.is_not(None),
            or_(ticket.c.contact_e164.is_not(None), ticket.c.contact_email.is_not(None)),
        ),
    ),
    "consent": _judged(
        select(form_submission.c.ticket_id.label("ticket_id"), form_submission.c.submitted_at.label("at"))
        .select_from(form_submission.outerjoin(consent, consent.c.ticket_id == form_submission.c.ticket_id))
        .where(*_in(form_submission.c.submitted_at)),
        consent.c.ticket_id.is_not(None),
    ),
    "series": _judged(
        select(callback.c.ticket_id.label("ticket_id"), callback.c.ended_at.label("at")).where(
            *_in(callback.c.ended_at), callback.c.state == str(CallbackState.UNREACHABLE)
        ),
        _counted == bindparam("attempts"),
    ),
}


def _counts(rows: Select[Any]) -> Statement:
    every = rows.subquery()
    return Statement(select(every.c.good, func.count()).group_by(every.c.good), slow=True)


def _examples(rows: Select[Any]) -> Statement:
    every = rows.subquery()
    return Statement(
        select(every.c.ticket_id, every.c.at)
        .where(every.c.good == bindparam("good"))
        .order_by(every.c.at.desc(), every.c.ticket_id)
        .limit(bindparam("limit")),
        slow=True,
    )


_COUNTS = {name: _counts(rows) for name, rows in _RULES.items()}
_EXAMPLES = {name: _examples(rows) for name, rows in _RULES.items()}


class Compliance:
    """Port `ComplianceRows` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def broken_clocks(
        self, clock: str, kind: str, since: datetime, until: datetime
    ) -> Sequence[Breach]:
        found = await self._db.rows(_BROKEN, _asked(clock, kind, since, until))
        return sorted((_breach(row) for row in found), key=lambda each: -each.over_seconds)

    async def kept_clocks(
        self, clock: str, kind: str, since: datetime, until: datetime, *, limit: int
    ) -> Sequence[int]:
        asked = {**_asked(clock, kind, since, until), "limit": limit}
        return [row[0] for row in await self._db.rows(_KEPT, asked)]

    async def obeyed(
        self, rule: str, since: datetime, until: datetime, *, attempts: int, kept: int, broken: int
    ) -> Obeyed:
        asked = {"since": since, "until": until, "attempts": attempts}
        counts = {row[0]: row[1] for row in await self._db.rows(_COUNTS[rule], asked)}
        examples = _EXAMPLES[rule]
        good = await self._db.rows(examples, {**asked, "good": 1, "limit": kept})
        bad = await self._db.rows(examples, {**asked, "good": 0, "limit": broken})
        return Obeyed(
            kept=counts.get(1, 0),
            broken=counts.get(0, 0),
            evidence=[row[0] for row in good],
            breaches=[(row[0], row[1]) for row in bad],
        )


def _asked(clock: str, kind: str, since: datetime, until: datetime) -> dict[str, Any]:
    return {"clock": clock, "kind": kind, "any_kind": int(not kind), "since": since, "until": until}


def _breach(row: Sequence[Any]) -> Breach:
    """A record that cannot be read any more is a breach without its explanation, not an error."""
    ticket_id, ended_at, record = row
    try:
        verdict_ = load_verdict(json.loads(record))
    except (ValueError, KeyError, TypeError, AttributeError, SlaError):
        return Breach(ticket_id=ticket_id, at=ended_at, what="the stored verdict cannot be read")
    return Breach(
        ticket_id=ticket_id,
        at=verdict_.breached_at or ended_at,
        what="the target was used up",
        over_seconds=int(verdict_.overrun.total_seconds()),
        held_seconds={str(holder): seconds for holder, seconds in held_seconds(verdict_).items()},
        verdict=verdict_,
    )
