"""In-memory `TicketClocks`."""

from collections.abc import Sequence
from datetime import datetime

from callcenter.domain.errors import Conflict
from callcenter.domain.ticket_clocks import TicketClock
from sla.timeline import Step, Timeline
from sla.verdict import Verdict
from tests.fakes.memory import Memory


class FakeTicketClocks:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def steps(self, ticket_id: int) -> Sequence[Step]:
        return self._memory.steps.get(ticket_id, ())

    async def add_steps(self, ticket_id: int, steps: Sequence[Step], *, first: int) -> None:
        known = self._memory.steps.get(ticket_id, ())
        if len(known) != first and steps:
            raise Conflict("step")
        self._memory.steps[ticket_id] = (*known, *steps)

    async def clocks(self, ticket_id: int) -> Sequence[TicketClock]:
        found = list(self._memory.clocks.get(ticket_id, ()))
        found.sort(key=lambda each: each.clock.number)
        return sorted(found, key=lambda each: each.clock.clock, reverse=True)

    async def keep(self, ticket_id: int, clocks: Sequence[TicketClock]) -> None:
        self._memory.clocks[ticket_id] = tuple(clocks)

    async def due(self, now: datetime, *, limit: int) -> Sequence[int]:
        waiting = sorted(
            (each.wake_at, ticket_id)
            for ticket_id, clocks in self._memory.clocks.items()
            for each in clocks
            if each.wake_at is not None and each.wake_at <= now
        )
        return list(dict.fromkeys(ticket_id for _, ticket_id in waiting))[:limit]

    async def next_wake(self) -> datetime | None:
        every = (
            each.wake_at
            for clocks in self._memory.clocks.values()
            for each in clocks
            if each.wake_at is not None
        )
        return min(every, default=None)

    async def unclocked(self, *, open_only: bool, limit: int) -> Sequence[int]:
        found = [
            each.id
            for each in self._memory.tickets.values()
            if each.registered_at is not None
            and not self._memory.steps.get(each.id)
            and (each.open or not open_only)
        ]
        return sorted(found, reverse=True)[:limit]

    async def sent(self, ticket_id: int) -> frozenset[str]:
        return frozenset(key for key, owner in self._memory.notices.items() if owner == ticket_id)

    async def claim(self, key: str, *, ticket_id: int, level: str, at: datetime) -> bool:
        if key in self._memory.notices:
            return False
        self._memory.notices[key] = ticket_id
        return True

    async def freeze(self, ticket_id: int, verdicts: Sequence[Verdict]) -> None:
        self._memory.verdicts[ticket_id] = tuple(verdicts)

    async def verdicts(self, ticket_id: int) -> Sequence[Verdict]:
        found = sorted(self._memory.verdicts.get(ticket_id, ()), key=lambda each: each.number)
        return sorted(found, key=lambda each: each.clock, reverse=True)

    async def timelines(
        self, since: datetime, until: datetime, *, after: int, limit: int
    ) -> Sequence[Timeline]:
        wanted = sorted(
            each.id
            for each in self._memory.tickets.values()
            if each.id > after
            and each.registered_at is not None
            and each.arrived_at is not None
            and since <= each.arrived_at < until
        )
        return [
            Timeline(ticket=str(each), steps=tuple(self._memory.steps[each]))
            for each in wanted[:limit]
            if each in self._memory.steps
        ]
