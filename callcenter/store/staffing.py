"""Shifts, leave and skills, and what a proposal weighs (port `Staffing`). Regulation: 2.4, 2.5."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import bindparam, delete, func, literal_column, select

from callcenter.domain.lifecycle import OPEN, Status
from callcenter.domain.shifts import Leave, Shift, Skills
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_desk import leave, shift, skill
from callcenter.store.tables_tickets import ticket

KNOWN_TICKETS = 200

_SHIFTS = Statement(
    select(shift.c.person_id, shift.c.weekday, shift.c.starts, shift.c.ends).order_by(
        shift.c.person_id, shift.c.weekday, shift.c.starts
    )
)
_DROP_SHIFTS = Statement(delete(shift).where(shift.c.person_id == bindparam("person_id")))
_ADD_SHIFT = insert_into(shift, skip=("id",))
_LEAVES = Statement(
    select(*leave.c).where(leave.c.ends_on >= bindparam("since")).order_by(leave.c.starts_on, leave.c.id)
)
_LEAVE = Statement(select(*leave.c).where(leave.c.id == bindparam("id")))
_ADD_LEAVE = insert_into(leave, returning_id=True, skip=("id",))
_DROP_LEAVE = Statement(delete(leave).where(leave.c.id == bindparam("id")))
_SKILLS = Statement(
    select(skill.c.person_id, skill.c.topic_id, skill.c.product_id).order_by(skill.c.person_id, skill.c.id)
)
_DROP_SKILLS = Statement(delete(skill).where(skill.c.person_id == bindparam("person_id")))
_ADD_SKILL = insert_into(skill, skip=("id",))
_IS_OPEN = ticket.c.status.in_([literal_column(f"'{status}'") for status in sorted(OPEN)])
_IN_HAND = ticket.c.status.in_(
    [literal_column(f"'{status}'") for status in (Status.ASSIGNED, Status.IN_PROGRESS)]
)
_LOADS = Statement(
    select(ticket.c.assignee_id, func.count())
    .where(_IS_OPEN, _IN_HAND, ticket.c.assignee_id.is_not(None))
    .group_by(ticket.c.assignee_id)
)
_SOLVED = ticket.c.status.in_([literal_column(f"'{status}'") for status in (Status.CLOSED, Status.RESOLVED)])
_KNOWN_OF_CLIENT = Statement(
    select(ticket.c.assignee_id)
    .where(_SOLVED, ticket.c.client_id == bindparam("key"), ticket.c.assignee_id.is_not(None))
    .order_by(ticket.c.id.desc())
    .limit(KNOWN_TICKETS)
)
_KNOWN_OF_COMPANY = Statement(
    select(ticket.c.assignee_id)
    .where(_SOLVED, ticket.c.organization_id == bindparam("key"), ticket.c.assignee_id.is_not(None))
    .order_by(ticket.c.id.desc())
    .limit(KNOWN_TICKETS)
)


class Staffing:
    """Port `Staffing` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def shifts(self) -> Sequence[Shift]:
        return [
            Shift(person_id=person_id, weekday=weekday, starts=starts, ends=ends)
            for person_id, weekday, starts, ends in await self._db.rows(_SHIFTS)
        ]

    async def set_shifts(self, person_id: int, shifts: Sequence[Shift]) -> None:
        await self._db.run(_DROP_SHIFTS, {"person_id": person_id})
        rows = [
            {"person_id": person_id, "weekday": each.weekday, "starts": each.starts, "ends": each.ends}
            for each in shifts
        ]
        await self._db.run_many(_ADD_SHIFT, rows)

    async def leaves(self, since: date) -> Sequence[Leave]:
        return [_leave(row) for row in await self._db.rows(_LEAVES, {"since": since})]

    async def add_leave(self, leave: Leave) -> Leave:
        row = await self._db.row(
            _ADD_LEAVE,
            {
                "person_id": leave.person_id,
                "starts_on": leave.starts_on,
                "ends_on": leave.ends_on,
                "reason": leave.reason,
            },
        )
        assert row is not None
        return replace(leave, id=row[0])

    async def drop_leave(self, leave_id: int) -> Leave | None:
        row = await self._db.row(_LEAVE, {"id": leave_id})
        await self._db.run(_DROP_LEAVE, {"id": leave_id})
        return None if row is None else _leave(row)

    async def skills(self) -> Sequence[Skills]:
        topics: dict[int, set[int]] = defaultdict(set)
        products: dict[int, set[int]] = defaultdict(set)
        people: list[int] = []
        for person_id, topic_id, product_id in await self._db.rows(_SKILLS):
            people.append(person_id)
            if topic_id is not None:
                topics[person_id].add(topic_id)
            if product_id is not None:
                products[person_id].add(product_id)
        return [
            Skills(person_id=each, topic_ids=frozenset(topics[each]), product_ids=frozenset(products[each]))
            for each in dict.fromkeys(people)
        ]

    async def set_skills(self, skills: Skills) -> None:
        who = skills.person_id
        await self._db.run(_DROP_SKILLS, {"person_id": who})
        rows: list[dict[str, int | None]] = [
            {"person_id": who, "topic_id": each, "product_id": None} for each in sorted(skills.topic_ids)
        ]
        rows += [
            {"person_id": who, "topic_id": None, "product_id": each} for each in sorted(skills.product_ids)
        ]
        await self._db.run_many(_ADD_SKILL, rows)

    async def loads(self) -> Mapping[int, int]:
        return {row[0]: row[1] for row in await self._db.rows(_LOADS)}

    async def known(self, *, client_id: int | None, organization_id: int | None) -> Mapping[int, int]:
        if client_id is not None:
            rows = await self._db.rows(_KNOWN_OF_CLIENT, {"key": client_id})
            if rows:
                return Counter(row[0] for row in rows)
        if organization_id is None:
            return {}
        rows = await self._db.rows(_KNOWN_OF_COMPANY, {"key": organization_id})
        return Counter(row[0] for row in rows)


def _leave(row: Sequence[object]) -> Leave:
    identity, person_id, starts_on, ends_on, reason = row
    assert isinstance(identity, int) and isinstance(person_id, int) and isinstance(reason, str)
    assert isinstance(starts_on, date) and isinstance(ends_on, date)
    return Leave(id=identity, person_id=person_id, starts_on=starts_on, ends_on=ends_on, reason=reason)
