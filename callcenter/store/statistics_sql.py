"""The questions behind a tally: one statement for each kind of raw row, grouped by any dimensions at once, within any
selection.

Each reads only rows of its stretch of time, through an index on the instant it counts by
(`tests/contract/test_statistics_plans.py`), so a day costs by that day and not by the years before it.
"""

from collections.abc import Mapping, Sequence
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
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from callcenter.domain.callbacks import CallbackState
from callcenter.domain.calls import CallOutcome, FoundBy
from callcenter.domain.measure_spec import OPEN_CALL
from callcenter.domain.statistics import Dimension
from callcenter.store.statement import Statement
from callcenter.store.tables_callbacks import callback, callback_attempt
from callcenter.store.tables_calls import call
from callcenter.store.tables_desk import handover, ticket_step, verdict
from callcenter.store.tables_sites import consent, form_submission
from callcenter.store.tables_tickets import ticket
from callcenter.store.types import UtcDateTime
from dialer.attempt import CLIENT_UNAVAILABLE

REPEAT_SECONDS = 7 * 24 * 60 * 60
HALF_HOURS = range(1, 48)
LONGEST_GAP = 121
"""Minutes between attempts from here on are one count: a night, a holiday."""
Selected = frozenset[Dimension]
Asked = tuple[Dimension, ...]


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
PLACED = Family(
    table=ticket_step.join(ticket, ticket.c.id == ticket_step.c.ticket_id),
    at=ticket_step.c.at,
    ticket_id=None,
    own={},
)
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

FORMS = Family(
    table=form_submission, at=form_submission.c.submitted_at, ticket_id=form_submission.c.ticket_id, own={}
)

_OF_THE_INSTANT = frozenset({Dimension.HOUR, Dimension.HALF_HOUR})
_OF_TICKET: Mapping[Dimension, Column[Any]] = {
    Dimension.HOTLINE: ticket.c.hotline_id,
    Dimension.PRODUCT: ticket.c.product_id,
    Dimension.TOPIC: ticket.c.topic_id,
    Dimension.KIND: ticket.c.kind,
    Dimension.SOURCE: ticket.c.source,
    Dimension.OPERATOR: ticket.c.operator_id,
    Dimension.EXECUTOR: ticket.c.assignee_id,
}


def half_hour_of(at: Column[Any]) -> ColumnElement[Any]:
    """The local half hour of an instant inside one day, by where that day's half hours begin (`h1` to `h47`)."""
    bounds = [(at < bindparam(f"h{half}", type_=UtcDateTime()), half - 1) for half in HALF_HOURS]
    return case(*bounds, else_=47)


def _of(family: Family, dimension: Dimension) -> ColumnElement[Any]:
    if dimension is Dimension.HALF_HOUR:
        return half_hour_of(family.at)
    if dimension is Dimension.HOUR:
        return half_hour_of(family.at) // literal_column("2", Integer)
    return family.own[dimension] if dimension in family.own else _OF_TICKET[dimension]


def _needs_ticket(family: Family, dimensions: Selected) -> bool:
    return family.ticket_id is not None and any(
        each not in _OF_THE_INSTANT and each not in family.own for each in dimensions
    )


def _members(family: Family, dimensions: Asked) -> Sequence[ColumnElement[Any]]:
    """One column of members for each dimension, `m0` first; a constant where none is asked for."""
    if not dimensions:
        return [literal("").label("m0")]
    return [
        func.coalesce(cast(_of(family, each), String), "").label(f"m{place}")
        for place, each in enumerate(dimensions)
    ]


def _within(
    family: Family, dimensions: Asked, selected: Selected, *columns: ColumnElement[Any]
) -> Select[Any]:
    """The rows of the stretch that are selected, with their members first."""
    source: FromClause = family.table
    if family.ticket_id is not None and _needs_ticket(family, selected.union(dimensions)):
        source = source.join(ticket, ticket.c.id == family.ticket_id)
    wanted = select(*_members(family, dimensions), *columns).select_from(source)
    wanted = wanted.where(family.at >= bindparam("since"), family.at < bindparam("until"))
    for each in sorted(selected):
        value = func.coalesce(cast(_of(family, each), String), "")
        wanted = wanted.where(value == bindparam(f"only_{each}", type_=String()))
    return wanted


def _counted(wanted: Select[Any], dimensions: Asked, *groups: ColumnElement[Any] | str) -> Statement:
    """Computed groups are given by their labels: PostgreSQL takes a repeated expression with parameters for another."""
    members = [f"m{place}" for place in range(max(len(dimensions), 1))]
    return Statement(wanted.group_by(*members, *groups), slow=True)


def _times(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _calls(dimensions: Asked, selected: Selected) -> Statement:
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
        dimensions,
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
    return _counted(wanted, dimensions, "ended_as", "waited")


def _from_queue(end: ColumnElement[Any]) -> ColumnElement[int]:
    return whole_second(end) - whole_second(func.coalesce(call.c.queued_at, call.c.entered_at))


def _ended(dimensions: Asked, selected: Selected) -> Statement:
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
    solved = or_(ticket.c.status == "resolved", ticket.c.status == "closed")
    reference = and_(solved, ticket.c.kind == "reference")
    groups = (ticket.c.status, ticket.c.cancel_reason, ticket.c.rating)
    wanted = _within(
        ENDED,
        dimensions,
        selected,
        *groups,
        func.count(),
        _times(from_call),
        _times(first),
        _times(and_(solved, ticket.c.assignee_id.is_not(None))),
        _times(reference),
        _times(and_(reference, exists().where(handover.c.ticket_id == ticket.c.id).correlate(ticket))),
    )
    return _counted(wanted, dimensions, *groups)


def _verdicts(dimensions: Asked, selected: Selected) -> Statement:
    groups = (verdict.c.clock, verdict.c.kind, verdict.c.outcome)
    wanted = _within(ENDED, dimensions, selected, *groups, func.count())
    return _counted(wanted.join(verdict, verdict.c.ticket_id == ticket.c.id), dimensions, *groups)


def _breached(dimensions: Asked, selected: Selected) -> Statement:
    wanted = _within(ENDED, dimensions, selected, verdict.c.record)
    wanted = wanted.join(verdict, verdict.c.ticket_id == ticket.c.id).where(verdict.c.outcome == "breached")
    return Statement(wanted, slow=True)


def _plain(family: Family, *groups: Column[Any]) -> Any:
    def build(dimensions: Asked, selected: Selected) -> Statement:
        return _counted(_within(family, dimensions, selected, *groups, func.count()), dimensions, *groups)

    return build


def _back(dimensions: Asked, selected: Selected) -> Statement:
    late = _times(handover.c.ended_at > handover.c.due_at)
    return _counted(_within(BACK, dimensions, selected, func.count(), late), dimensions)


def _asked(dimensions: Asked, selected: Selected) -> Statement:
    return _counted(_within(ASKED, dimensions, selected, func.count()), dimensions)


def _handed(dimensions: Asked, selected: Selected) -> Statement:
    return _counted(_within(HANDED, dimensions, selected, func.count()), dimensions)


def _attempts(dimensions: Asked, selected: Selected) -> Statement:
    outcome = case(
        (
            and_(callback_attempt.c.outcome == "reached", callback_attempt.c.machine_marked_at.is_not(None)),
            "answering_machine",
        ),
        (callback_attempt.c.outcome.is_(None), "in_flight"),
        else_=callback_attempt.c.outcome,
    ).label("ended_as")
    return _counted(_within(ATTEMPTS, dimensions, selected, outcome, func.count()), dimensions, "ended_as")


def unavailable(attempt: Any) -> ColumnElement[bool]:
    """An attempt that counts: the client was called and could not be spoken with. Regulation: 2.9."""
    counted = [attempt.c.outcome == str(each) for each in sorted(CLIENT_UNAVAILABLE)]
    machine = and_(attempt.c.outcome == "reached", attempt.c.machine_marked_at.is_not(None))
    return or_(*counted, machine)


def counted_attempts() -> ColumnElement[int]:
    """How many attempts of a series counted."""
    mine = callback_attempt.alias("counted")
    return (
        select(func.count())
        .where(mine.c.callback_id == callback.c.id, unavailable(mine))
        .correlate(callback)
        .scalar_subquery()
    )


def last_counted() -> ColumnElement[Any]:
    """When the counted attempt before this one ended."""
    earlier = callback_attempt.alias("earlier")
    return (
        select(func.max(earlier.c.ended_at))
        .where(
            earlier.c.callback_id == callback_attempt.c.callback_id,
            earlier.c.claimed_at < callback_attempt.c.claimed_at,
            unavailable(earlier),
        )
        .correlate(callback_attempt)
        .scalar_subquery()
    )


SAID = ticket.c.said_at.is_not(None)
COMPLETE = and_(
    ticket.c.topic_id.is_not(None),
    ticket.c.kind.is_not(None),
    or_(ticket.c.contact_e164.is_not(None), ticket.c.contact_email.is_not(None)),
)


def _registered(dimensions: Asked, selected: Selected) -> Statement:
    """Registrations by source, whether the deadline was said, and whether they are complete. Regulation: 2.1, 2.10."""
    groups = (
        ticket.c.source,
        case((SAID, 1), else_=0).label("was_said"),
        case((COMPLETE, 1), else_=0).label("is_complete"),
    )
    wanted = _within(PLACED, dimensions, selected, *groups, func.count()).where(
        ticket_step.c.what == "placed"
    )
    return _counted(wanted, dimensions, "source", "was_said", "is_complete")


def _consents(dimensions: Asked, selected: Selected) -> Statement:
    """Accepted forms with a stored consent and without. Regulation: 2.2."""
    given = exists().where(consent.c.ticket_id == form_submission.c.ticket_id).correlate(form_submission)
    kept = case((given, 1), else_=0).label("kept")
    return _counted(_within(FORMS, dimensions, selected, kept, func.count()), dimensions, "kept")


def _unreachable(dimensions: Asked, selected: Selected) -> Statement:
    """Series that ended «unreachable» by how many attempts counted. Regulation: 2.9."""
    after = counted_attempts().label("after")
    wanted = _within(SERIES, dimensions, selected, after, func.count())
    return _counted(wanted.where(callback.c.state == str(CallbackState.UNREACHABLE)), dimensions, "after")


def _gaps(dimensions: Asked, selected: Selected) -> Statement:
    """Attempts after a counted one, by whole minutes since its end and after their due time. Regulation: 2.9."""
    claimed, before = whole_second(callback_attempt.c.claimed_at), last_counted()
    gap = minutes(claimed - whole_second(before)).label("gap")
    late = minutes(claimed - whole_second(callback_attempt.c.due_at)).label("late")
    wanted = _within(ATTEMPTS, dimensions, selected, gap, late, func.count())
    return _counted(wanted.where(before.is_not(None)), dimensions, "gap", "late")


def minutes(seconds: ColumnElement[int]) -> ColumnElement[int]:
    """Whole minutes from 0 to `LONGEST_GAP`."""
    return case(
        (seconds < 0, literal_column("0", Integer)),
        (seconds >= LONGEST_GAP * 60, literal_column(str(LONGEST_GAP), Integer)),
        else_=seconds // literal_column("60", Integer),
    )


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
    "registered": _registered,
    "consents": _consents,
    "unreachable": _unreachable,
    "gaps": _gaps,
}
QUESTIONS = tuple(_BUILDERS)


@cache
def question(name: str, dimensions: Asked, selected: Selected) -> Statement:
    """The statement of one kind of row; compiled once and kept."""
    built: Statement = _BUILDERS[name](dimensions, selected)
    return built
