"""What a batch of facts reads and changes: each row is read once, written once, and told of once."""

from datetime import datetime

from callcenter.domain.calls import Call, CallKey, Hotline
from callcenter.domain.live import FLOOR, LiveKind
from callcenter.domain.people import Person
from callcenter.domain.ticket import Ticket
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.screen_pop import CallerCard, caller_card


class CallRows:
    """An identity map over one unit of work; `write` stores what changed and tells the floor."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._calls: dict[CallKey, Call | None] = {}
        self._changed_calls: dict[CallKey, datetime] = {}
        self._unsaved_calls: set[CallKey] = set()
        self._tickets: dict[int, Ticket] = {}
        self._changed_tickets: dict[int, datetime] = {}
        self._unsaved_tickets: set[int] = set()
        self._people: dict[tuple[str, str], Person | None] = {}
        self._hotlines: dict[str, Hotline | None] = {}
        self._cards: dict[CallKey, CallerCard] = {}

    async def call(self, key: CallKey) -> Call | None:
        if key not in self._calls:
            self._calls[key] = await self._uow.calls.by_key(key)
        return self._calls[key]

    async def add_call(self, call: Call) -> Call:
        added = await self._uow.calls.add(call)
        self._calls[call.key] = added
        self._changed_calls[call.key] = call.entered_at
        return added

    def change_call(self, call: Call, at: datetime) -> None:
        if self._calls[call.key] != call:
            self._calls[call.key] = call
            self._unsaved_calls.add(call.key)
        self.touch_line(call, at)

    def touch_line(self, call: Call, at: datetime) -> None:
        """Something about this call is to be seen on the line, stored elsewhere."""
        self._changed_calls[call.key] = max(at, self._changed_calls.get(call.key, at))

    async def ticket(self, ticket_id: int) -> Ticket:
        if ticket_id not in self._tickets:
            found = await self._uow.tickets.by_id(ticket_id)
            assert found is not None, "a call without its ticket: the foreign key forbids it"
            self._tickets[ticket_id] = found
        return self._tickets[ticket_id]

    async def open_draft(self, e164: str, hotline_id: int) -> Ticket | None:
        found = await self._uow.tickets.open_draft_of_number(e164, hotline_id)
        return None if found is None else self._tickets.setdefault(found.id, found)

    async def add_ticket(self, ticket: Ticket) -> Ticket:
        added = await self._uow.tickets.add(ticket)
        self._tickets[added.id] = added
        self._changed_tickets[added.id] = ticket.created_at
        return added

    def change_ticket(self, ticket: Ticket, at: datetime) -> None:
        if self._tickets[ticket.id] != ticket:
            self._tickets[ticket.id] = ticket
            self._unsaved_tickets.add(ticket.id)
            self._changed_tickets[ticket.id] = max(at, self._changed_tickets.get(ticket.id, at))

    async def calls_of_ticket(self, ticket_id: int) -> list[Call]:
        """As they stand now, unsaved changes included."""
        stored = await self._uow.calls.of_ticket(ticket_id)
        return [self._calls.get(each.key) or each for each in stored]

    async def person(self, pbx: str, endpoint: str) -> Person | None:
        if (pbx, endpoint) not in self._people:
            self._people[pbx, endpoint] = await self._uow.people.by_endpoint(pbx, endpoint)
        return self._people[pbx, endpoint]

    async def hotline(self, did: str | None) -> Hotline | None:
        if did is None:
            return None
        if did not in self._hotlines:
            self._hotlines[did] = await self._uow.calls.hotline_by_did(did)
        return self._hotlines[did]

    async def card(self, call: Call) -> CallerCard:
        """Read once for all the phones that ring for this call."""
        if call.key not in self._cards:
            self._cards[call.key] = await caller_card(self._uow, call.caller, but_call=call.id)
        return self._cards[call.key]

    async def write(self, now: datetime) -> None:
        for key in self._unsaved_calls:
            call = self._calls[key]
            assert call is not None
            await self._uow.calls.save(call)
        for ticket_id in self._unsaved_tickets:
            self._tickets[ticket_id] = await self._uow.tickets.save(self._tickets[ticket_id])
        await self._tell(now)

    async def _tell(self, now: datetime) -> None:
        for ticket_id, at in self._changed_tickets.items():
            ticket = self._tickets[ticket_id]
            payload: dict[str, object] = {
                "ticket_id": ticket.id,
                "status": str(ticket.status),
                "missed": None if ticket.missed is None else str(ticket.missed),
                "operator_id": ticket.operator_id,
            }
            await self._uow.live.add(FLOOR, LiveKind.TICKET_CHANGED, payload, at=now, event_at=at)
        if self._changed_calls:
            ids = sorted(call.id for key in self._changed_calls if (call := self._calls[key]) is not None)
            await self._uow.live.add(
                FLOOR,
                LiveKind.LINE_CHANGED,
                {"call_ids": ids},
                at=now,
                event_at=max(self._changed_calls.values()),
            )
