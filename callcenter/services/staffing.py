"""Shifts, leave and skills of people, and who is at work now. Regulation: 2.4, 2.5."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from callcenter.domain.errors import InvalidInput, NotFound
from callcenter.domain.lists import LARGEST_PAGE, Filter, Sort
from callcenter.domain.people import Action, Person, Role
from callcenter.domain.policy import require
from callcenter.domain.shifts import (
    Availability,
    Leave,
    Shift,
    Skills,
    availability,
    check_leave,
    check_shifts,
)
from callcenter.domain.story import actor_of
from callcenter.domain.ticket import Ticket
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.ticket_lists import IN_HAND


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffMember:
    """One person with his hours, his leave from today on, what he serves and what he has in hand."""

    person: Person
    shifts: Sequence[Shift]
    leaves: Sequence[Leave]
    skills: Skills
    load: int
    now: Availability


class Staff:
    """The page of people at work. Every change is one audit row without a ticket."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def all(self, by: Person) -> Sequence[StaffMember]:
        """Everybody who is with us, by name."""
        require(by, Action.SEE_STAFFING)
        local = self._desk.clock.now().astimezone(self._desk.rules.zone)
        async with self._desk.open_uow(write=False) as uow:
            shifts, leaves = await uow.staffing.shifts(), await uow.staffing.leaves(local.date())
            skills = {each.person_id: each for each in await uow.staffing.skills()}
            loads = await uow.staffing.loads()
            return [
                StaffMember(
                    person=each,
                    shifts=[shift for shift in shifts if shift.person_id == each.id],
                    leaves=[leave for leave in leaves if leave.person_id == each.id],
                    skills=skills.get(each.id, Skills(person_id=each.id)),
                    load=loads.get(each.id, 0),
                    now=availability(each.id, shifts, leaves, local),
                )
                for each in await uow.people.all()
                if each.active
            ]

    async def on_shift(self, by: Person) -> Sequence[Person]:
        """Executors who can be given work now; none while we are closed."""
        if not self._desk.rules.terms.calendar.is_open(self._desk.clock.now()):
            require(by, Action.SEE_STAFFING)
            return []
        return [
            each.person
            for each in await self.all(by)
            if each.now is Availability.ON_SHIFT and Role.EXECUTOR in each.person.roles
        ]

    async def set_shifts(self, by: Person, person_id: int, shifts: Sequence[Shift]) -> None:
        """Replace a person's weekly hours; InvalidInput (`shifts`) when they overlap or end before they start."""
        require(by, Action.EDIT_STAFFING)
        mine = [replace(each, person_id=person_id) for each in shifts]
        check_shifts(mine)
        async with self._desk.open_uow() as uow:
            await _known(uow, person_id)
            await uow.staffing.set_shifts(person_id, mine)
            told: list[object] = [f"{each.weekday} {each.starts:%H:%M}-{each.ends:%H:%M}" for each in mine]
            await self._record(uow, by, "staff.shifts", {"person_id": person_id, "shifts": told})
            await uow.commit()

    async def add_leave(self, by: Person, leave: Leave) -> tuple[Leave, Sequence[Ticket]]:
        """Write down a leave; also returns what the person has in hand, to be given on."""
        require(by, Action.EDIT_STAFFING)
        check_leave(leave)
        if len(leave.reason) > 300:
            raise InvalidInput({"reason": "too_long"})
        async with self._desk.open_uow() as uow:
            await _known(uow, leave.person_id)
            added = await uow.staffing.add_leave(leave)
            change: dict[str, object] = {
                "person_id": leave.person_id,
                "from": leave.starts_on.isoformat(),
                "to": leave.ends_on.isoformat(),
            }
            await self._record(uow, by, "staff.leave", change)
            await uow.commit()
        async with self._desk.open_uow(write=False) as uow:
            wanted = Filter(statuses=IN_HAND, assignee_id=leave.person_id)
            in_hand = await uow.tickets.page(wanted, Sort.TIME_LEFT, after=None, limit=LARGEST_PAGE)
        return added, in_hand

    async def drop_leave(self, by: Person, leave_id: int) -> None:
        """Take a leave back; NotFound when there is none."""
        require(by, Action.EDIT_STAFFING)
        async with self._desk.open_uow() as uow:
            dropped = await uow.staffing.drop_leave(leave_id)
            if dropped is None:
                raise NotFound("leave", leave_id=leave_id)
            change: dict[str, object] = {
                "person_id": dropped.person_id,
                "from": dropped.starts_on.isoformat(),
            }
            await self._record(uow, by, "staff.leave_dropped", change)
            await uow.commit()

    async def set_skills(
        self, by: Person, person_id: int, *, topics: Collection[int], products: Collection[int]
    ) -> None:
        """What a person serves; nothing named means everything. InvalidInput on `topics` or `products`."""
        require(by, Action.EDIT_STAFFING)
        async with self._desk.open_uow() as uow:
            await _known(uow, person_id)
            if set(topics) - {each.id for each in await uow.topics.all()}:
                raise InvalidInput({"topics": "unknown"})
            for each in products:
                if await uow.clients.product(each) is None:
                    raise InvalidInput({"products": "unknown"})
            skills = Skills(person_id=person_id, topic_ids=frozenset(topics), product_ids=frozenset(products))
            await uow.staffing.set_skills(skills)
            change: dict[str, object] = {
                "person_id": person_id,
                "topics": sorted(topics),
                "products": sorted(products),
            }
            await self._record(uow, by, "staff.skills", change)
            await uow.commit()

    async def leaves(self, by: Person, since: date) -> Sequence[Leave]:
        """Leave that ends on this day or later."""
        require(by, Action.SEE_STAFFING)
        async with self._desk.open_uow(write=False) as uow:
            return await uow.staffing.leaves(since)

    async def _record(self, uow: UnitOfWork, by: Person, action: str, change: Mapping[str, object]) -> None:
        await uow.audit.record(
            at=self._desk.clock.now(),
            actor=actor_of(by.id),
            ticket_id=None,
            action=action,
            reason="",
            change=dict(change),
        )


async def _known(uow: UnitOfWork, person_id: int) -> None:
    if await uow.people.by_id(person_id) is None:
        raise NotFound("person", person_id=person_id)
