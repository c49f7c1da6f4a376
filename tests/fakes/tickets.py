"""In-memory `Tickets`."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from callcenter.domain.errors import Conflict
from callcenter.domain.lifecycle import OPEN, Status
from callcenter.domain.lists import Cursor, Filter, Sort
from callcenter.domain.ticket import Ticket
from tests.fakes.memory import Memory


class FakeTickets:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def hold(self, ticket_id: int) -> None:
        """Units of work that write have their turn one after another here."""

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

    async def by_ids(self, ticket_ids: Sequence[int]) -> Sequence[Ticket]:
        return [self._memory.tickets[each] for each in ticket_ids if each in self._memory.tickets]

    async def page(self, wanted: Filter, sort: Sort, *, after: Cursor | None, limit: int) -> Sequence[Ticket]:
        found = [each for each in self._memory.tickets.values() if _wanted(each, wanted, sort)]
        descending = sort in {Sort.NEWEST, Sort.UPDATED}
        found.sort(key=lambda each: _place(each, wanted, sort), reverse=descending)
        if after is not None:
            last = (after.at or _NEVER, after.id)
            found = [
                each
                for each in found
                if (place := _place(each, wanted, sort)) != last and (place < last) == descending
            ]
        return found[:limit]

    async def count(self, wanted: Filter, *, most: int) -> int:
        return min(most, sum(wanted.fits(each) for each in self._memory.tickets.values()))

    async def open_counts(self) -> Mapping[tuple[Status, int | None], int]:
        return Counter(
            (each.status, each.operator_id if each.status is Status.DRAFT else each.assignee_id)
            for each in self._memory.tickets.values()
            if each.status in OPEN
        )

    def _newest(self, wanted: Callable[[Ticket], bool]) -> list[Ticket]:
        found = (each for each in self._memory.tickets.values() if wanted(each))
        return sorted(found, key=lambda each: (each.updated_at, each.id), reverse=True)


def _number(ticket: Ticket) -> str | None:
    return None if ticket.caller is None else ticket.caller.e164


_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def _place(ticket: Ticket, wanted: Filter, sort: Sort) -> tuple[datetime, int]:
    if sort in {Sort.NEWEST, Sort.OLDEST}:
        return (ticket.created_at if wanted.by_days else _NEVER, ticket.id)
    return ((ticket.due_at if sort is Sort.TIME_LEFT else ticket.updated_at) or _NEVER, ticket.id)


def _wanted(ticket: Ticket, wanted: Filter, sort: Sort) -> bool:
    if not wanted.statuses and sort is Sort.TIME_LEFT and ticket.status not in OPEN:
        return False
    return wanted.fits(ticket)
