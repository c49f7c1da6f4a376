"""Raw rows counted, and what is stored of closed days and months (port `StatisticsRows`). Regulation: 3.1, 3.2."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select

from callcenter.domain.errors import Conflict
from callcenter.domain.lifecycle import Status
from callcenter.domain.statistics import Check, Difference, Dimension, Member, Selection
from callcenter.domain.tally import Tally, dump_tally, load_tally
from callcenter.domain.ticket import Kind, Source
from callcenter.ports.statistics import Closing, DayBounds, Present, StoredTally
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.statistics_folding import fold, staffed, tally_of
from callcenter.store.statistics_sql import HALF_HOURS, QUESTIONS, question
from callcenter.store.tables_calls import call, hotline
from callcenter.store.tables_clients import product
from callcenter.store.tables_desk import topic
from callcenter.store.tables_people import person
from callcenter.store.tables_statistics import (
    day_closing,
    day_tally,
    month_closing,
    month_tally,
    recount_check,
    recount_difference,
    staffed_span,
)
from callcenter.store.tables_tickets import ticket

SHOWN_DIFFERENCES = 1000
FOLDED_AT_ONCE = 500
_BETWEEN: tuple[Any, Any] = (bindparam("first"), bindparam("last"))
_DAYS = Statement(
    select(day_tally.c.day, day_tally.c.member, day_tally.c.tally)
    .where(day_tally.c.dimension == bindparam("dimension"), day_tally.c.day.between(*_BETWEEN))
    .order_by(day_tally.c.day),
    slow=True,
)
_MONTHS = Statement(
    select(month_tally.c.month, month_tally.c.member, month_tally.c.tally)
    .where(month_tally.c.dimension == bindparam("dimension"), month_tally.c.month.between(*_BETWEEN))
    .order_by(month_tally.c.month),
    slow=True,
)
_DAY_CLOSINGS = Statement(
    select(*day_closing.c).where(day_closing.c.day.between(*_BETWEEN)).order_by(day_closing.c.day)
)
_MONTH_CLOSINGS = Statement(
    select(*month_closing.c).where(month_closing.c.month.between(*_BETWEEN)).order_by(month_closing.c.month)
)
_FIRST_CALL = Statement(select(func.min(call.c.entered_at)))
_FIRST_TICKET = Statement(select(func.min(ticket.c.created_at)))
_DROP_DAY = Statement(delete(day_closing).where(day_closing.c.day == bindparam("day_key")))
_DROP_DAY_TALLIES = Statement(delete(day_tally).where(day_tally.c.day == bindparam("day_key")))
_ADD_DAY = insert_into(day_closing)
_ADD_DAY_TALLY = insert_into(day_tally)
_ADD_MONTH = insert_into(month_closing)
_ADD_MONTH_TALLY = insert_into(month_tally)
_ADD_CHECK = insert_into(recount_check, returning_id=True, skip=("id",))
_ADD_DIFFERENCE = insert_into(recount_difference, skip=("id",))
_DIFFERENCE = (
    recount_difference.c.day,
    recount_difference.c.dimension,
    recount_difference.c.member,
    recount_difference.c.counter,
    recount_difference.c.stored,
    recount_difference.c.counted,
    recount_difference.c.applied,
)
_LAST_CHECK = Statement(select(*recount_check.c).order_by(recount_check.c.id.desc()).limit(1))
_OF_CHECK = Statement(
    select(*_DIFFERENCE)
    .where(recount_difference.c.check_id == bindparam("check_id"))
    .order_by(recount_difference.c.id)
    .limit(SHOWN_DIFFERENCES)
)
_DIFFERENCES = Statement(
    select(*_DIFFERENCE)
    .where(recount_difference.c.day.between(*_BETWEEN))
    .order_by(recount_difference.c.id.desc())
    .limit(SHOWN_DIFFERENCES)
)
_STAFFED = Statement(
    select(staffed_span.c.person_id, staffed_span.c.since, staffed_span.c.until).where(
        or_(staffed_span.c.until > bindparam("since_key"), staffed_span.c.until.is_(None)),
        staffed_span.c.since < bindparam("until_key"),
    )
)
_ON_THE_LINE = Statement(
    select(call.c.answered_at, func.count(), func.min(func.coalesce(call.c.queued_at, call.c.entered_at)))
    .where(call.c.ended_at.is_(None))
    .group_by(call.c.answered_at)
)
_OPEN_NOW = or_(
    ticket.c.status == str(Status.NEW),
    ticket.c.status == str(Status.ASSIGNED),
    ticket.c.status == str(Status.IN_PROGRESS),
)
_OVERDUE = Statement(
    select(ticket.c.status, func.count())
    .where(_OPEN_NOW, ticket.c.due_at < bindparam("now"))
    .group_by(ticket.c.status)
)
_NAMES: Mapping[Dimension, Statement] = {
    Dimension.HOTLINE: Statement(select(hotline.c.id, hotline.c.name).order_by(hotline.c.name)),
    Dimension.PRODUCT: Statement(select(product.c.id, product.c.name).order_by(product.c.name)),
    Dimension.TOPIC: Statement(select(topic.c.id, topic.c.name).order_by(topic.c.position, topic.c.id)),
    Dimension.OPERATOR: Statement(select(person.c.id, person.c.name).order_by(person.c.name)),
    Dimension.EXECUTOR: Statement(select(person.c.id, person.c.name).order_by(person.c.name)),
}
_WORDS: Mapping[Dimension, Sequence[str]] = {
    Dimension.HOUR: [str(hour) for hour in range(24)],
    Dimension.HALF_HOUR: [str(half) for half in range(48)],
    Dimension.WEEKDAY: [str(day) for day in range(7)],
    Dimension.SLOT: [f"{day}.{half}" for day in range(7) for half in range(48)],
    Dimension.KIND: [str(each) for each in Kind],
    Dimension.SOURCE: [str(each) for each in Source],
}
_STAFFED_BY = {Dimension.OPERATOR}


def _closing(row: Sequence[Any]) -> Closing:
    start, at, revision, zone, calendar, targets = row
    return Closing(
        start=start,
        at=at,
        revision=revision,
        zone=zone,
        calendar_version=calendar,
        targets_version=targets,
    )


def _month(row: Sequence[Any]) -> Closing:
    month, at, zone, calendar, targets = row
    return _closing((month, at, 1, zone, calendar, targets))


def _rules(closing: Closing) -> dict[str, Any]:
    return {
        "at": closing.at,
        "zone": closing.zone,
        "calendar_version": closing.calendar_version,
        "targets_version": closing.targets_version,
    }


def _difference(row: Sequence[Any]) -> Difference:
    day, dimension, member, counter, stored, counted, applied = row
    return Difference(
        day=day,
        dimension=Dimension(dimension) if dimension else None,
        member=member,
        counter=counter,
        stored=stored,
        counted=counted,
        applied=applied,
    )


def _stored(dimension: Dimension | None, rows: Sequence[Sequence[Any]]) -> Sequence[StoredTally]:
    return [
        StoredTally(start=start, dimension=dimension, member=member, tally=load_tally(tally))
        for start, member, tally in rows
    ]


def _row(start: str, each: StoredTally) -> dict[str, Any]:
    return {
        start: each.start,
        "dimension": each.dimension or "",
        "member": each.member[:64],
        "tally": dump_tally(each.tally),
    }


class Statistics:
    """Port `StatisticsRows` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def count(
        self,
        bounds: DayBounds,
        *,
        dimensions: Collection[Dimension | None],
        selection: Selection,
        now: datetime,
    ) -> Mapping[Dimension | None, Mapping[str, Tally]]:
        tallies: dict[Dimension | None, dict[str, Tally]] = {each: {} for each in dimensions}
        asked = tuple(each for each in Dimension if each in tallies)
        parameters: dict[str, Any] = {"since": bounds.since, "until": bounds.until}
        parameters |= {f"h{half}": at for half, at in zip(HALF_HOURS, bounds.half_hours, strict=False)}
        parameters |= {f"only_{each}": member for each, member in selection.members.items()}
        for name in QUESTIONS:
            rows = await self._db.rows(question(name, asked, frozenset(selection.members)), parameters)
            if len(rows) > FOLDED_AT_ONCE:  # other people's requests go on meanwhile
                await asyncio.to_thread(fold, name, rows, asked, tallies)
            else:
                fold(name, rows, asked, tallies)
        await self._staffed(tallies, bounds, selection, now)
        return {
            dimension: {member: tally for member, tally in members.items() if tally}
            for dimension, members in tallies.items()
        }

    async def _staffed(
        self,
        tallies: Mapping[Dimension | None, dict[str, Tally]],
        bounds: DayBounds,
        selection: Selection,
        now: datetime,
    ) -> None:
        """Operators' time belongs to persons: not to an hour's, a product's or a hotline's calls."""
        if set(selection.members) - _STAFFED_BY or not {None, Dimension.OPERATOR} & set(tallies):
            return
        rows = await self._db.rows(_STAFFED, {"since_key": bounds.since, "until_key": bounds.until})
        only = selection.members.get(Dimension.OPERATOR)
        spans = [(row[0], row[1], row[2]) for row in rows if only is None or str(row[0]) == only]
        for person_id, seconds in staffed(spans, bounds.since, bounds.until, now).items():
            if None in tallies:
                tally_of(tallies[None], "").add("staffed.seconds", seconds)
            if Dimension.OPERATOR in tallies:
                tally_of(tallies[Dimension.OPERATOR], str(person_id)).add("staffed.seconds", seconds)

    async def present(self, now: datetime) -> Present:
        lines = await self._db.rows(_ON_THE_LINE)
        waiting = [row for row in lines if row[0] is None]
        overdue = {"assign": 0, "resolve": 0}
        for status, count in await self._db.rows(_OVERDUE, {"now": now}):
            overdue["assign" if status == Status.NEW else "resolve"] += count
        return Present(
            waiting=sum(row[1] for row in waiting),
            talking=sum(row[1] for row in lines if row[0] is not None),
            oldest_waiting=min((row[2] for row in waiting), default=None),
            overdue=overdue,
        )

    async def days(self, first: date, last: date, dimension: Dimension | None) -> Sequence[StoredTally]:
        asked = {"first": first, "last": last, "dimension": dimension or ""}
        return _stored(dimension, await self._db.rows(_DAYS, asked))

    async def months(self, first: date, last: date, dimension: Dimension | None) -> Sequence[StoredTally]:
        asked = {"first": first, "last": last, "dimension": dimension or ""}
        return _stored(dimension, await self._db.rows(_MONTHS, asked))

    async def day_closings(self, first: date, last: date) -> Sequence[Closing]:
        return [_closing(row) for row in await self._db.rows(_DAY_CLOSINGS, {"first": first, "last": last})]

    async def month_closings(self, first: date, last: date) -> Sequence[Closing]:
        return [_month(row) for row in await self._db.rows(_MONTH_CLOSINGS, {"first": first, "last": last})]

    async def first_event(self) -> datetime | None:
        found = [await self._db.row(each) for each in (_FIRST_CALL, _FIRST_TICKET)]
        return min((row[0] for row in found if row is not None and row[0] is not None), default=None)

    async def close_day(self, closing: Closing, tallies: Sequence[StoredTally]) -> None:
        await self._db.run(_DROP_DAY_TALLIES, {"day_key": closing.start})
        await self._db.run(_DROP_DAY, {"day_key": closing.start})
        await self._db.run(_ADD_DAY, {"day": closing.start, "revision": closing.revision, **_rules(closing)})
        await self._db.run_many(_ADD_DAY_TALLY, [_row("day", each) for each in tallies])

    async def freeze_month(self, closing: Closing, tallies: Sequence[StoredTally]) -> None:
        if await self.month_closings(closing.start, closing.start):
            raise Conflict("the month is frozen", month=closing.start.isoformat())
        await self._db.run(_ADD_MONTH, {"month": closing.start, **_rules(closing)})
        await self._db.run_many(_ADD_MONTH_TALLY, [_row("month", each) for each in tallies])

    async def add_check(self, check: Check) -> None:
        row = await self._db.row(
            _ADD_CHECK,
            {
                "at": check.at,
                "first": check.first,
                "last": check.last,
                "days": check.days,
                "equal": check.equal,
            },
        )
        assert row is not None
        rows = [
            {
                "check_id": row[0],
                "day": each.day,
                "dimension": each.dimension or "",
                "member": each.member,
                "counter": each.counter,
                "stored": each.stored,
                "counted": each.counted,
                "applied": each.applied,
            }
            for each in check.differences
        ]
        await self._db.run_many(_ADD_DIFFERENCE, rows)

    async def last_check(self) -> Check | None:
        row = await self._db.row(_LAST_CHECK)
        if row is None:
            return None
        found = await self._db.rows(_OF_CHECK, {"check_id": row[0]})
        return Check(
            at=row[1],
            first=row[2],
            last=row[3],
            days=row[4],
            equal=row[5],
            differences=tuple(_difference(each) for each in found),
        )

    async def differences(self, first: date, last: date) -> Sequence[Difference]:
        rows = await self._db.rows(_DIFFERENCES, {"first": first, "last": last})
        return [_difference(row) for row in rows]

    async def members(self, dimension: Dimension) -> Sequence[Member]:
        statement = _NAMES.get(dimension)
        if statement is None:
            return [Member(dimension=dimension, key=word) for word in _WORDS[dimension]]
        rows = await self._db.rows(statement)
        return [Member(dimension=dimension, key=str(row[0]), name=row[1]) for row in rows]
