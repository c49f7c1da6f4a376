"""The targets of the regulation as the administrator sets them, and running clocks measured anew when they change.

A change begins to hold at its instant on every node. Clocks that run or stand still are re-anchored, pauses kept, each
with one audit row; clocks that have ended, and verdicts, keep the target they had. Regulation: 2.3, 2.4, 2.7, 2.8.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from callcenter.domain.errors import Conflict, Unavailable
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.story import actor_of
from callcenter.domain.targets import TargetChange, check_change, in_force, targets_under
from callcenter.domain.ticket_clocks import TicketClock, due_at, stand
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.desk import Case, Desk, loaded
from sla.calendar import BusinessCalendar
from sla.clock import ClockState, Terms
from sla.courses import courses
from sla.errors import BadTimeline
from sla.targets import Targets
from sla.timeline import ClockName, Course, Step, Timeline
from sla.verdict import Verdict, judge_course

LOOK_EVERY = timedelta(seconds=5)
"""How late another node may learn of a change; it then measures anew what it judged by the old targets meanwhile."""
AT_ONCE = 200
ACTOR = "targets"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetState:
    """What the screen shows: the targets that hold now, what was configured, and every change, the newest first."""

    now: Targets
    configured: Targets
    current: TargetChange | None
    coming: Sequence[TargetChange]
    history: Sequence[TargetChange]
    names: Mapping[int, str]


class TargetDesk:
    """Changes the targets and keeps this node's `Desk.rules` in step with them; `run` is a task of every node."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._configured = desk.rules.terms.targets
        self.failures = 0

    @property
    def calendar(self) -> BusinessCalendar:
        """The calendar the targets are counted by."""
        return self._desk.rules.terms.calendar

    async def state(self, by: Person) -> TargetState:
        """The present targets with their history."""
        require(by, Action.SEE_TARGETS)
        async with self._desk.open_uow(write=False) as uow:
            changes = await uow.target_changes.all()
            names = {each.id: each.name for each in await uow.people.all()}
        now = self._desk.clock.now()
        current = in_force(changes, now)
        return TargetState(
            now=targets_under(self._configured, current),
            configured=self._configured,
            current=current,
            coming=[each for each in changes if each.valid_from > now],
            history=list(reversed(changes)),
            names=names,
        )

    async def change(
        self, by: Person, times: Mapping[str, timedelta], *, valid_from: datetime | None, reason: str
    ) -> TargetChange:
        """Set the whole table from an instant on (None: at once); no `times` go back to the configuration.

        Raises:
            InvalidInput: by target name, or on `valid_from` or `reason`.
        """
        require(by, Action.EDIT_TARGETS)
        now = self._desk.clock.now()
        wanted = TargetChange(
            id=0, at=now, by=by.id, valid_from=valid_from or now, times=dict(times), reason=reason.strip()
        )
        async with self._desk.open_uow() as uow:
            changes = await uow.target_changes.all()
            check_change(wanted, changes[-1] if changes else None)
            before = targets_under(self._configured, in_force(changes, now))
            added = await uow.target_changes.add(wanted)
            told: dict[str, object] = {
                "change_id": added.id,
                "valid_from": added.valid_from.isoformat(),
                "minutes": _differences(before, targets_under(self._configured, added)),
            }
            await uow.audit.record(
                at=now,
                actor=actor_of(by.id),
                ticket_id=None,
                action="targets.changed",
                reason=added.reason,
                change=told,
            )
            await uow.commit()
        await self.refresh()
        return added

    async def refresh(self) -> int:
        """Take over the targets that hold now; returns how many tickets were measured anew."""
        async with self._desk.open_uow(write=False) as uow:
            change = in_force(await uow.target_changes.all(), self._desk.clock.now())
        rules = self._desk.rules
        targets = targets_under(self._configured, change)
        if targets.version == rules.terms.targets.version:
            return 0
        self._desk.rules = replace(rules, terms=Terms(targets=targets, calendar=rules.terms.calendar))
        return await self.measure_anew()

    async def measure_anew(self) -> int:
        """Re-anchor every clock that has not ended; how many tickets changed. Repeating it changes nothing."""
        changed, last = 0, 0
        while True:
            async with self._desk.open_uow(write=False) as uow:
                page = await uow.target_changes.running_tickets(after=last, limit=AT_ONCE)
            if not page:
                return changed
            for ticket_id in page:
                changed += await self._again(ticket_id)
                await asyncio.sleep(0)
            last = page[-1]

    async def run(self) -> None:
        """Follow changes of other nodes and those whose time comes, until cancelled."""
        while True:
            try:
                await self.refresh()
            except (Unavailable, Conflict) as error:
                self.failures += 1
                _log.warning("the targets could not be followed", error=str(error))
            await asyncio.sleep(LOOK_EVERY.total_seconds())

    async def _again(self, ticket_id: int) -> bool:
        """Measure one ticket anew; somebody who changes it at this moment has measured it himself, so once more."""
        try:
            return await self._re_anchored(ticket_id)
        except Conflict:
            return await self._re_anchored(ticket_id)

    async def _re_anchored(self, ticket_id: int) -> bool:
        terms, clock = self._desk.rules.terms, self._desk.clock
        async with self._desk.open_uow() as uow:
            ticket = await loaded(uow, ticket_id)
            steps = await uow.clocks.steps(ticket_id)
            kept = {each.clock.key: each for each in await uow.clocks.clocks(ticket_id)}
            sent = await uow.clocks.sent(ticket_id)
            try:
                anew = stand(ticket_id, steps, terms, max(clock.now(), ticket.created_at), sent)
            except BadTimeline as error:
                _log.error("the clocks of a ticket are unknown", ticket_id=ticket_id, error=str(error))
                return False
            standing, moved = _merged(kept, anew)
            if not moved:
                return False
            await self._freeze_ended(uow, ticket_id, steps, kept)
            await uow.clocks.keep(ticket_id, standing)
            case = Case(uow, self._desk, ticket, actor=ACTOR)
            wanted = replace(ticket, due_at=due_at(ticket.status, standing))
            await case.change("ticket.target_changed", wanted, details={"clocks": moved})
            await uow.commit()
        return True

    async def _freeze_ended(
        self, uow: UnitOfWork, ticket_id: int, steps: Sequence[Step], kept: Mapping[str, TicketClock]
    ) -> None:
        """Judge the clocks that have ended by the target they had, before it is forgotten."""
        frozen = {(each.clock, each.number): each for each in await uow.clocks.verdicts(ticket_id)}
        for course in courses(Timeline(ticket=str(ticket_id), steps=tuple(steps))):
            old = kept.get(f"{course.ticket}/{course.clock}/{course.number}")
            if old is None or course.finished_at is None or (course.clock, course.number) in frozen:
                continue
            frozen[course.clock, course.number] = self._judged_as_it_was(course, old)
        await uow.clocks.freeze(ticket_id, list(frozen.values()))

    def _judged_as_it_was(self, course: Course, old: TicketClock) -> Verdict:
        name = str(course.clock)
        if course.clock is ClockName.RESOLVE:
            name = ".".join(part for part in (name, course.kind, course.priority) if part)
        terms = self._desk.rules.terms
        targets = terms.targets.with_times({name: old.clock.target})
        at = course.finished_at or self._desk.clock.now()
        return judge_course(course, Terms(targets=targets, calendar=terms.calendar), at)


def _merged(
    kept: Mapping[str, TicketClock], anew: Sequence[TicketClock]
) -> tuple[Sequence[TicketClock], dict[str, object]]:
    """The clocks to store: ended ones as they were, others anew; and what moved, for the audit."""
    standing: list[TicketClock] = []
    moved: dict[str, object] = {}
    for each in anew:
        old = kept.get(each.clock.key)
        if old is not None and old.clock.state is ClockState.FINISHED:
            standing.append(old)
            continue
        standing.append(each)
        if old is None or old.clock.target != each.clock.target:
            moved[str(each.clock.clock)] = {
                "minutes": [None if old is None else _minutes(old.clock.target), _minutes(each.clock.target)],
                "due_at": [None if old is None else _said(old.clock.due_at), _said(each.clock.due_at)],
            }
    return standing, moved


def _differences(before: Targets, after: Targets) -> dict[str, object]:
    old, new = dict(before.times), dict(after.times)
    return {
        name: [None if each is None else _minutes(each) for each in (old.get(name), new.get(name))]
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    }


def _minutes(time: timedelta) -> float:
    return time.total_seconds() / 60


def _said(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
