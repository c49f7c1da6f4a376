"""The statements behind lists of tickets: one for each kind of filter and order, compiled at first use.

An index answers each: the one that gives the order, or the few open tickets as a whole. SQLite's planner does not
weigh a page's LIMIT, so where it would choose the wrong one a unary plus keeps it from it; PostgreSQL's does.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, literal_column, select, tuple_

from callcenter.domain.lifecycle import OPEN, Status
from callcenter.domain.lists import EQUAL, Filter, Sort
from callcenter.store.statement import Statement
from callcenter.store.tables_tickets import ticket

COLUMNS = tuple(ticket.c)
# literals and not parameters: only so do the databases see that a partial index answers the question
IS_OPEN = ticket.c.status.in_([literal_column(f"'{status}'") for status in sorted(OPEN)])

_NARROW = frozenset({"priority", "source", "kind", "cancel_reason"})
"""Fields without an index of their own: a value that is rare may cost a look at many tickets."""
_DAYS = frozenset({"since", "until"})
_ENDED = frozenset({Status.CLOSED, Status.CANCELLED})
_OPEN_INDEXED = frozenset({"assignee_id", "client_id"})
"""Fields with an index of the open tickets only."""
_COMPUTED: Any = literal_column("(ticket.updated_at + interval '0')")
"""The instant of the last change as a value that no index of PostgreSQL's gives in order."""


@lru_cache(maxsize=512)
def page_statement(
    statuses: tuple[Status, ...], given: tuple[str, ...], missed: bool | None, sort: Sort, going_on: bool
) -> Statement:
    """The statement of one kind of page; its values are bound when it runs."""
    by_days = not _DAYS.isdisjoint(given)
    slow = not _NARROW.isdisjoint(given) or (by_days and sort in {Sort.TIME_LEFT, Sort.UPDATED})
    forms = [_page_form(statuses, given, missed, sort, going_on, sqlite=sqlite) for sqlite in (True, False)]
    return Statement(forms[0], postgresql=forms[1], slow=slow)


def _page_form(
    statuses: tuple[Status, ...],
    given: tuple[str, ...],
    missed: bool | None,
    sort: Sort,
    going_on: bool,
    *,
    sqlite: bool,
) -> Select[Any]:
    by_days = not _DAYS.isdisjoint(given)
    few = sqlite and _few(statuses)
    bounded = sort is Sort.TIME_LEFT
    if by_days and sort is Sort.UPDATED:
        # the numbers first, which an index alone tells; then only the page's own rows
        numbers = _narrowed(select(ticket.c.id), statuses, given, missed, bounded=bounded, sqlite=sqlite)
        numbers = _ordered(numbers, sort, going_on, by_days=True, few=few).limit(bindparam("limit"))
        if not sqlite:
            # of the days' tickets the last changed; not the last changed of all, until enough are of the days
            numbers = numbers.order_by(None).order_by(_COMPUTED.desc(), ticket.c.id.desc())
        chosen = select(*COLUMNS).where(ticket.c.id.in_(numbers.correlate(None)))
        return chosen.order_by(ticket.c.updated_at.desc(), ticket.c.id.desc())
    asked = _narrowed(
        select(*COLUMNS),
        statuses,
        given,
        missed,
        bounded=bounded,
        sqlite=sqlite,
        ordered=sort is Sort.UPDATED,
    )
    return _ordered(asked, sort, going_on, by_days=by_days, few=few).limit(bindparam("limit"))


@lru_cache(maxsize=512)
def count_statement(statuses: tuple[Status, ...], given: tuple[str, ...], missed: bool | None) -> Statement:
    """How many fit, counted up to `most`."""
    forms = []
    for sqlite in (True, False):
        few = _narrowed(select(ticket.c.id), statuses, given, missed, bounded=False, sqlite=sqlite)
        forms.append(select(func.count()).select_from(few.limit(bindparam("most")).subquery()))
    return Statement(forms[0], postgresql=forms[1], slow=True)


def _few(statuses: tuple[Status, ...]) -> bool:
    """Whether only open tickets are asked for: all of them are fewer than what one product has had."""
    return bool(statuses) and set(statuses) <= OPEN


def _narrowed(
    asked: Select[Any],
    statuses: tuple[Status, ...],
    given: tuple[str, ...],
    missed: bool | None,
    *,
    bounded: bool,
    sqlite: bool,
    ordered: bool = False,
) -> Select[Any]:
    """With the filter's conditions; `bounded` leaves out what has ended unless its status was asked for.

    `ordered`: an index of the order itself is there.
    """
    few = sqlite and _few(statuses)
    if statuses or bounded:
        if not statuses or set(statuses) <= OPEN:
            asked = asked.where(IS_OPEN)
        if statuses:
            words: list[Any] = [literal_column(f"'{status}'") for status in statuses]
            # nine of ten tickets have ended: any other filter, or the order, leads sooner to a page of them
            most = sqlite and not _ENDED.isdisjoint(statuses) and (bool(given) or ordered)
            state = _unindexed(ticket.c.status) if most else ticket.c.status
            asked = asked.where(state == words[0] if len(words) == 1 else state.in_(words))
    for name in given:
        if name == "overdue_at":
            asked = asked.where(IS_OPEN, ticket.c.due_at < bindparam("overdue_at"))
        elif name == "since":
            asked = asked.where(ticket.c.created_at >= bindparam("since"))
        elif name == "until":
            asked = asked.where(ticket.c.created_at < bindparam("until"))
        else:
            plain = not few or name in _OPEN_INDEXED
            asked = asked.where((ticket.c[name] if plain else _unindexed(ticket.c[name])) == bindparam(name))
        if name == "cancel_reason":
            asked = asked.where(ticket.c.status == literal_column(f"'{Status.CANCELLED}'"))
    if missed is not None:
        asked = asked.where(ticket.c.missed.is_not(None) if missed else ticket.c.missed.is_(None))
    return asked


def _unindexed(column: Any) -> Any:
    """The same value, which no index of SQLite's answers."""
    return literal_column(f"+ticket.{column.name}", type_=column.type)


def _ordered(asked: Select[Any], sort: Sort, going_on: bool, *, by_days: bool, few: bool) -> Select[Any]:
    if sort in {Sort.NEWEST, Sort.OLDEST} and not by_days:
        number = _unindexed(ticket.c.id) if few else ticket.c.id
        if going_on:
            last: Any = bindparam("after_id")
            asked = asked.where(number < last if sort is Sort.NEWEST else number > last)
        return asked.order_by(number.desc() if sort is Sort.NEWEST else number)
    instant = {Sort.TIME_LEFT: ticket.c.due_at, Sort.UPDATED: ticket.c.updated_at}.get(
        sort, ticket.c.created_at
    )
    row = tuple_(instant, ticket.c.id)
    forward = sort in {Sort.TIME_LEFT, Sort.OLDEST}
    if going_on:
        last_row = tuple_(bindparam("after_at", type_=instant.type), bindparam("after_id", type_=Integer))
        asked = asked.where(row > last_row if forward else row < last_row)
    if forward:
        return asked.order_by(instant, ticket.c.id)
    return asked.order_by(instant.desc(), ticket.c.id.desc())


def values_of(wanted: Filter) -> dict[str, Any]:
    """What is bound to the statement's names."""
    names = (*EQUAL, "overdue_at", "since", "until")
    return {name: value for name in names if (value := getattr(wanted, name)) is not None}
