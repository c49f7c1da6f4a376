"""The questions behind a tally: one statement for each kind of raw row, grouped by any dimension, within any selection.

Each reads only rows of its stretch of time, through an index on the instant it counts by
(`tests/contract/test_statistics_plans.py`), so a day costs by that day and not by the years before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from callcenter.domain.calls import CallOutcome, FoundBy
from callcenter.domain.measures import OPEN_CALL
from callcenter.domain.statistics import Dimension
from callcenter.store.statement import Statement
from callcenter.store.tables_callbacks import callback, callback_attempt
from callcenter.store.tables_calls import call
from callcenter.store.tables_desk import handover, ticket_step, verdict
from callcenter.store.tables_tickets import ticket
from callcenter.store.types import UtcDateTime

REPEAT_SECONDS = 7 * 24 * 60 * 60
HOURS = range(1, 24)
Selected = frozenset[Dimension]


class whole_second(FunctionElement[int]):  # noqa: N801 - an SQL function
    """An instant's second since 1970, fractions dropped: alike on both databases."""

    inherit_cache = True
    type = Integer()


@compiles(whole_second, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"CAST(strftime('%s', substr({compiler.process(element.clauses, **more)}, 1, 19)) AS INTEGER)"


@compiles(whole_second, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"CAST(floor(extract(epoch FROM {compiler.process(element.clauses, **more)})) AS BIGINT)"


@dataclass(frozen=True, kw_only=True)
class Family:
    """One kind of raw row: its table, the instant it is counted by, and whose rows they are."""

    table: FromClause
    at: Column[Any]
    ticket_id: Column[Any] | None
    own: Mapping[Dimension, Column[Any]]


CALLS = Family(
    table=call,
    at=call.c.entered_at,
    ticket_id=call.c.ticket_id,
    own={Dimension.HOTLINE: call.c.hotline_id, Dimension.OPERATOR: call.c.answered_by},
)
OPENED = Family(table=ticket, at=ticket.c.created_at, ticket_id=None, own={})
ENDED = Family(table=ticket, at=ticket.c.ended_at, ticket_id=None, own={})
STEPS = Family(table=ticket_step, at=ticket_step.c.at, ticket_id=ticket_step.c.ticket_id, own={})
ASKED = Family(
    table=callback,
    at=callback.c.asked_at,
    ticket_id=callback.c.ticket_id,
    own={Dimension.EXECUTOR: callback.c.executor_id},
)
SERIES = Family(table=callback, at=callback.c.ended_at, ticket_id=callback.c.ticket_id, own=ASKED.own)
ATTEMPTS = Family(
    table=callback_attempt,
    at=callback_attempt.c.claimed_at,
    ticket_id=callback_attempt.c.ticket_id,
    own={Dimension.EXECUTOR: callback_attempt.c.executor_id},
)
HANDED = Family(table=handover, at=handover.c.at, ticket_id=handover.c.ticket_id, own={})
BACK = Family(table=handover, at=handover.c.ended_at, ticket_id=handover.c.ticket_id, own={})

_OF_TICKET: Mapping[Dimension, Column[Any]] = {
    Dimension.HOTLINE: ticket.c.hotline_id,
    Dimension.PRODUCT: ticket.c.product_id,
    Dimension.TOPIC: ticket.c.topic_id,
    Dimension.KIND: ticket.c.kind,
    Dimension.SOURCE: ticket.c.source,
    Dimension.OPERATOR: ticket.c.operator_id,
    Dimension.EXECUTOR: ticket.c.assignee_id,
}


def hour_of(at: Column[Any]) -> ColumnElement[Any]:
    """The local hour of an instant inside one day, by where that day's hours begin (`h1` to `h23`)."""
    bounds = [(at < bindparam(f"h{hour}", type_=UtcDateTime()), hour - 1) for hour in HOURS]
    return case(*bounds, else_=23)


def _of(family: Family, dimension: Dimension) -> ColumnElement[Any]:
    if dimension is Dimension.HOUR:
        return hour_of(family.at)
    return family.own[dimension] if dimension in family.own else _OF_TICKET[dimension]


def _needs_ticket(family: Family, dimensions: Selected) -> bool:
    return family.ticket_id is not None and any(
        each is not Dimension.HOUR and each not in family.own for each in dimensions
    )


def _member(family: Family, dimension: Dimension | None) -> ColumnElement[Any]:
    if dimension is None:
        return literal("").label("member")
    return func.coalesce(cast(_of(family, dimension), String), "").label("member")


def _within(
    family: Family, dimension: Dimension | None, selected: Selected, *columns: ColumnElement[Any]
) -> Select[Any]:
    """The rows of the stretch that are selected, with their member first."""
    source: FromClause = family.table
    asked = selected if dimension is None else selected | {dimension}
    if family.ticket_id is not None and _needs_ticket(family, asked):
        source = source.join(ticket, ticket.c.id == family.ticket_id)
    wanted = select(_member(family, dimension), *columns).select_from(source)
    wanted = wanted.where(family.at >= bindparam("since"), family.at < bindparam("until"))
    for each in sorted(selected):
        value = func.coalesce(cast(_of(family, each), String), "")
        wanted = wanted.where(value == bindparam(f"only_{each}", type_=String()))
    return wanted


def _counted(wanted: Select[Any], *groups: ColumnElement[Any] | str) -> Statement:
    """Computed groups are given by their labels: PostgreSQL takes a repeated expression with parameters for another."""
    return Statement(wanted.group_by("member", *groups), slow=True)


def _times(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _calls(dimension: Dimension | None, selected: Selected) -> Statement:
    """Calls by how they ended and how many seconds they waited."""
    spoken = call.c.answered_at.is_not(None)
    ended = case(
        (spoken, str(CallOutcome.ANSWERED)), (call.c.outcome.is_(None), OPEN_CALL), else_=call.c.outcome
    ).label("ended_as")
    answer = case((spoken, call.c.answered_at), else_=call.c.ended_at)
    waited = case(
        (call.c.outcome == str(CallOutcome.ANSWERED), case((spoken, _from_queue(answer)), else_=None)),
        else_=_from_queue(answer),
    ).label("waited")
    earlier = call.alias("earlier")
    previous = (
        select(func.max(earlier.c.entered_at))
        .where(earlier.c.caller_e164 == call.c.caller_e164, earlier.c.entered_at < call.c.entered_at)
        .correlate(call)
        .scalar_subquery()
    )
    talked = and_(spoken, call.c.ended_at.is_not(None))
    talk = whole_second(call.c.ended_at) - whole_second(call.c.answered_at)
    wanted = _within(
        CALLS,
        dimension,
        selected,
        ended,
        waited,
        func.count(),
        _times(call.c.found_by != str(FoundBy.LIVE)),
        _times(call.c.caller_e164.is_not(None)),
        _times(whole_second(call.c.entered_at) - whole_second(previous) <= REPEAT_SECONDS),
        _times(talked),
        func.sum(case((and_(talked, talk > 0), talk), else_=0)),
    )
    return _counted(wanted, "ended_as", "waited")


def _from_queue(end: ColumnElement[Any]) -> ColumnElement[int]:
    return whole_second(end) - whole_second(func.coalesce(call.c.queued_at, call.c.entered_at))


def _ended(dimension: Dimension | None, selected: Selected) -> Statement:
    """Tickets that ended, with their ratings, and how many of those from calls were solved at first contact."""
    from_call = and_(
        ticket.c.source == "call", or_(ticket.c.status == "resolved", ticket.c.status == "closed")
    )
    calls = select(func.count()).where(call.c.ticket_id == ticket.c.id).correlate(ticket).scalar_subquery()
    reopened = exists().where(ticket_step.c.ticket_id == ticket.c.id, ticket_step.c.what == "reopened")
    first = and_(
        from_call,
        calls == 1,
        ~exists().where(callback.c.ticket_id == ticket.c.id).correlate(ticket),
        ~exists().where(handover.c.ticket_id == ticket.c.id).correlate(ticket),
        ~reopened.correlate(ticket),
    )
    groups = (ticket.c.status, ticket.c.cancel_reason, ticket.c.rating)
    wanted = _within(ENDED, dimension, selected, *groups, func.count(), _times(from_call), _times(first))
    return _counted(wanted, *groups)


def _verdicts(dimension: Dimension | None, selected: Selected) -> Statement:
    groups = (verdict.c.clock, verdict.c.kind, verdict.c.outcome)
    wanted = _within(ENDED, dimension, selected, *groups, func.count())
    return _counted(wanted.join(verdict, verdict.c.ticket_id == ticket.c.id), *groups)


def _breached(dimension: Dimension | None, selected: Selected) -> Statement:
    wanted = _within(ENDED, dimension, selected, verdict.c.record)
    wanted = wanted.join(verdict, verdict.c.ticket_id == ticket.c.id).where(verdict.c.outcome == "breached")
    return Statement(wanted, slow=True)


def _plain(family: Family, *groups: Column[Any]) -> Any:
    def build(dimension: Dimension | None, selected: Selected) -> Statement:
        return _counted(_within(family, dimension, selected, *groups, func.count()), *groups)

    return build


def _back(dimension: Dimension | None, selected: Selected) -> Statement:
    late = _times(handover.c.ended_at > handover.c.due_at)
    return _counted(_within(BACK, dimension, selected, func.count(), late))


def _asked(dimension: Dimension | None, selected: Selected) -> Statement:
    return _counted(_within(ASKED, dimension, selected, func.count()))


def _handed(dimension: Dimension | None, selected: Selected) -> Statement:
    return _counted(_within(HANDED, dimension, selected, func.count()))


def _attempts(dimension: Dimension | None, selected: Selected) -> Statement:
    outcome = case(
        (
            and_(callback_attempt.c.outcome == "reached", callback_attempt.c.machine_marked_at.is_not(None)),
            "answering_machine",
        ),
        (callback_attempt.c.outcome.is_(None), "in_flight"),
        else_=callback_attempt.c.outcome,
    ).label("ended_as")
    return _counted(_within(ATTEMPTS, dimension, selected, outcome, func.count()), "ended_as")


_BUILDERS = {
    "calls": _calls,
    "opened": _plain(OPENED, ticket.c.source),
    "steps": _plain(STEPS, ticket_step.c.what),
    "ended": _ended,
    "verdicts": _verdicts,
    "breached": _breached,
    "asked": _asked,
    "series": _plain(SERIES, callback.c.state),
    "attempts": _attempts,
    "handed": _handed,
    "back": _back,
}
QUESTIONS = tuple(_BUILDERS)


@cache
def question(name: str, dimension: Dimension | None, selected: Selected) -> Statement:
    """The statement of one kind of row; compiled once and kept."""
    built: Statement = _BUILDERS[name](dimension, selected)
    return built
