"""In-memory `Tickets`."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from callcenter.domain.errors import Conflict
from callcenter.domain.lifecycle import OPEN, Status
from callcenter.domain.ticket import Ticket
from tests.fakes.memory import Memory


class FakeTickets:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def by_id(self, ticket_id: int) -> Ticket | None:
        return self._memory.tickets.get(ticket_id)

    async def add(self, ticket: Ticket) -> Ticket:
        added = replace(ticket, id=self._memory.next_id("ticket"), version=1)
        self._memory.tickets[added.id] = added
        return added

    async def save(self, ticket: Ticket) -> Ticket:
        present = self._memory.tickets.get(ticket.id)
        if present is None or present.version != ticket.version:
            raise Conflict("somebody else changed the ticket first", ticket_id=ticket.id)
        changed = replace(ticket, version=ticket.version + 1)
        self._memory.tickets[ticket.id] = changed
        return changed

    async def open_draft_of_number(self, e164: str, hotline_id: int) -> Ticket | None:
        drafts = self._newest(
            lambda each: (
                each.status is Status.DRAFT and _number(each) == e164 and each.hotline_id == hotline_id
            )
        )
        return drafts[0] if drafts else None

    async def open_of_number(self, e164: str, *, limit: int) -> Sequence[Ticket]:
        return self._newest(lambda each: each.status in OPEN and _number(each) == e164)[:limit]

    async def open_of_client(self, client_id: int, *, limit: int) -> Sequence[Ticket]:
        return self._newest(lambda each: each.status in OPEN and each.client_id == client_id)[:limit]

    async def drafts(self, *, operator_id: int | None = None, limit: int) -> Sequence[Ticket]:
        return self._newest(
            lambda each: each.status is Status.DRAFT and operator_id in {None, each.operator_id}
        )[:limit]

    def _newest(self, wanted: Callable[[Ticket], bool]) -> list[Ticket]:
        found = (each for each in self._memory.tickets.values() if wanted(each))
        return sorted(found, key=lambda each: (each.updated_at, each.id), reverse=True)


def _number(ticket: Ticket) -> str | None:
    return None if ticket.caller is None else ticket.caller.e164
