"""From a draft, or a form, to a registered ticket. Regulation: 2.1, 2.2, 2.3, 2.10."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from callcenter.domain.errors import InvalidInput
from callcenter.domain.lifecycle import CancelReason, Status, Step
from callcenter.domain.notices import Notice
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.promise import sentence, spoken_until
from callcenter.domain.registration import TicketFields, fields_of, filled, incomplete, unreadable
from callcenter.domain.story import CLIENT, actor_of
from callcenter.domain.ticket import Kind, Priority, Source, Ticket
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.desk import Case, Desk, loaded
from sla.timeline import ClockName

OPEN_BESIDE = 10
DISCARDS = frozenset(
    {CancelReason.NOT_A_REQUEST, CancelReason.SPAM, CancelReason.BY_CLIENT, CancelReason.DUPLICATE}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """What the operator says: the sentence and the deadline in it (UTC). Regulation: 2.1."""

    text: str
    due_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftCard:
    """A draft's form with everything beside it; `missing` says what registration would refuse, by field."""

    ticket: Ticket
    fields: TicketFields
    missing: Mapping[str, str]
    open_tickets: Sequence[Ticket]
    promises: Mapping[Kind, Promise]


class Registration:
    """What operators do with drafts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def card(self, by: Person, ticket_id: int) -> DraftCard:
        """The form of a draft (or of a registered ticket), duplicates and open tickets of the client beside it."""
        require(by, Action.SEE_TICKETS)
        async with self._desk.open_uow(write=False) as uow:
            ticket = await loaded(uow, ticket_id)
            beside = await open_beside(uow, ticket)
        return DraftCard(
            ticket=ticket,
            fields=fields_of(ticket),
            missing=incomplete(filled(ticket, fields_of(ticket))),
            open_tickets=beside,
            promises={kind: self.promise(ticket, kind) for kind in Kind},
        )

    def promise(self, ticket: Ticket, kind: Kind) -> Promise:
        """The sentence to say, with the deadline this kind has from the ticket's arrival (or its own, once set)."""
        rules = self._desk.rules
        now = self._desk.clock.now()
        due = ticket.due_at if ticket.kind is kind and ticket.status is not Status.NEW else None
        if due is None:
            target = rules.terms.targets.of(ClockName.RESOLVE, str(kind), str(ticket.priority))
            due = rules.terms.calendar.add(min(ticket.arrival, now), target)
            due = max(due, rules.terms.calendar.next_open(now))
        until = spoken_until(due.astimezone(rules.zone), now.astimezone(rules.zone))
        text = sentence(rules.sentence, number=ticket.number, until=until, address=rules.address)
        return Promise(text=text, due_at=due)

    def _told(self, ticket: Ticket) -> Mapping[str, object]:
        """What the confirmation says: the promised instant."""
        return {"due_at": self.promise(ticket, ticket.kind or Kind.REFERENCE).due_at.isoformat()}

    async def start(self, by: Person, *, priority: Priority = Priority.NORMAL) -> Ticket:
        """A draft without a call: somebody asks in person or in another way."""
        require(by, Action.REGISTER_TICKETS)
        async with self._desk.open_uow() as uow:
            now = self._desk.clock.now()
            draft = Ticket(
                id=0,
                version=0,
                status=Status.DRAFT,
                source=Source.OPERATOR,
                hotline_id=None,
                caller=None,
                created_at=now,
                updated_at=now,
                operator_id=by.id,
                priority=priority,
            )
            case = Case(uow, self._desk, await uow.tickets.add(draft), actor=actor_of(by.id))
            ticket = await case.note("ticket.drafted")
            await uow.commit()
        return ticket

    async def fill(self, by: Person, ticket_id: int, version: int, fields: TicketFields) -> Ticket:
        """Keep what was typed so far; an incomplete form is kept as well.

        Raises:
            InvalidInput: something typed cannot be kept, by field.
        """
        _readable(fields)
        async with self._desk.case(ticket_id, version, by=by, action=Action.REGISTER_TICKETS) as case:
            await check_links(case.uow, fields)
            wanted = replace(filled(case.ticket, fields), operator_id=case.ticket.operator_id or by.id)
            await case.change("ticket.filled", wanted)
        return case.ticket

    async def register(
        self, by: Person, ticket_id: int, version: int, fields: TicketFields, *, said: bool = False
    ) -> Ticket:
        """Make the draft a registered ticket that moderators see at once; `said` stores that the promise was said.

        Raises:
            InvalidInput: what is missing or cannot be read, by field.
        """
        _readable(fields)
        async with self._desk.case(ticket_id, version, by=by, action=Action.REGISTER_TICKETS) as case:
            await check_links(case.uow, fields)
            wanted = filled(case.ticket, fields)
            if missing := incomplete(wanted):
                raise InvalidInput(missing)
            wanted = replace(
                wanted,
                registered_at=case.now,
                arrived_at=case.ticket.arrival,
                operator_id=by.id,
                missed=None,
            )
            if said and wanted.kind is not None:
                promise = self.promise(wanted, wanted.kind)
                wanted = replace(wanted, said_at=case.now, said_text=promise.text)
            await case.change("ticket.registered", wanted, step=Step.REGISTER)
            await case.write(Notice.REGISTERED, self._told(case.ticket))
        return case.ticket

    async def say(self, by: Person, ticket_id: int, version: int) -> Ticket:
        """Store that the promise was said, with its words, after the registration."""
        async with self._desk.case(ticket_id, version, by=by, action=Action.REGISTER_TICKETS) as case:
            kind = case.ticket.kind or Kind.REFERENCE
            promise = self.promise(case.ticket, kind)
            wanted = replace(case.ticket, said_at=case.now, said_text=promise.text)
            await case.change("ticket.said", wanted)
        return case.ticket

    async def join(self, by: Person, draft_id: int, version: int, *, into: int, reason: str = "") -> Ticket:
        """The draft's call belongs to an open ticket: the call moves there, the draft ends as its duplicate.

        Returns the ticket the call is on now. InvalidInput (`into`) when that one is not open.
        """
        async with self._desk.case(draft_id, version, by=by, action=Action.REGISTER_TICKETS) as case:
            other = await target_of_merge(case, into)
            moved = await case.uow.calls.move(draft_id, into)
            wanted = replace(case.ticket, cancel_reason=CancelReason.DUPLICATE, merged_into=into, missed=None)
            await case.change("ticket.joined", wanted, step=Step.DISCARD, reason=reason)
            beside = Case(case.uow, self._desk, other, actor=case.actor)
            await beside.note("call.moved_here", reason=reason, details={"from": draft_id, "calls": moved})
        return beside.ticket

    async def discard(
        self, by: Person, draft_id: int, version: int, *, why: CancelReason, reason: str = ""
    ) -> Ticket:
        """The draft is no request; the reason stays with it and it can be restored."""
        if why not in DISCARDS:
            raise InvalidInput({"why": "choice"})
        async with self._desk.case(draft_id, version, by=by, action=Action.REGISTER_TICKETS) as case:
            wanted = replace(case.ticket, cancel_reason=why)
            await case.change("ticket.discarded", wanted, step=Step.DISCARD, reason=reason)
        return case.ticket

    async def restore(self, by: Person, ticket_id: int, version: int, *, reason: str = "") -> Ticket:
        """A discarded draft is a draft again; a joined one leaves its call where it moved."""
        async with self._desk.case(ticket_id, version, by=by, action=Action.REGISTER_TICKETS) as case:
            if case.ticket.registered_at is not None:
                raise InvalidInput({"ticket": "reopen_instead"})
            wanted = replace(case.ticket, cancel_reason=None, merged_into=None)
            await case.change("ticket.restored", wanted, step=Step.RESTORE, reason=reason)
        return case.ticket


async def place_form(uow: UnitOfWork, desk: Desk, request: Ticket) -> Ticket:
    """Register what a client sent himself, inside the unit of work that also stores his consent.

    `request` carries contact, text, kind, site and `arrived_at` (when he sent it). A form asks less than an
    operator does: topic and company may be missing, moderators add them. Regulation: 2.2, 2.3.
    """
    now = desk.clock.now()
    arrived = request.arrived_at or now
    draft = replace(
        request,
        status=Status.DRAFT,
        source=Source.FORM,
        created_at=arrived,
        updated_at=now,
        arrived_at=arrived,
        kind=request.kind or Kind.REFERENCE,
    )
    case = Case(uow, desk, await uow.tickets.add(draft), actor=CLIENT)
    await case.change("ticket.registered", replace(case.ticket, registered_at=now), step=Step.REGISTER)
    await case.write(Notice.REGISTERED, Registration(desk)._told(case.ticket))
    return case.ticket


async def open_beside(uow: UnitOfWork, ticket: Ticket) -> list[Ticket]:
    """Other open tickets of the same number or client: possible duplicates, newest first."""
    found: dict[int, Ticket] = {}
    numbers = {each.e164 for each in (ticket.caller, ticket.contact_phone) if each and each.e164}
    for e164 in numbers:
        found.update((each.id, each) for each in await uow.tickets.open_of_number(e164, limit=OPEN_BESIDE))
    client_id = ticket.client_id or ticket.possible_client_id
    if client_id is not None:
        mine = await uow.tickets.open_of_client(client_id, limit=OPEN_BESIDE)
        found.update((each.id, each) for each in mine)
    found.pop(ticket.id, None)
    return sorted(found.values(), key=lambda each: (each.updated_at, each.id), reverse=True)[:OPEN_BESIDE]


async def target_of_merge(case: Case, into: int) -> Ticket:
    """The ticket another one is merged into; InvalidInput on `into` unless it is another, open one."""
    other = await case.uow.tickets.by_id(into)
    if other is None or other.id == case.ticket.id:
        raise InvalidInput({"into": "unknown"})
    if not other.open:
        raise InvalidInput({"into": "not_open"})
    return other


def _readable(fields: TicketFields) -> None:
    if problems := unreadable(fields):
        raise InvalidInput(problems)


async def check_links(uow: UnitOfWork, fields: TicketFields) -> None:
    """What was chosen from lists must be there; the lists may be older than the choice."""
    problems: dict[str, str] = {}
    if fields.client_id is not None and await uow.clients.by_id(fields.client_id) is None:
        problems["client_id"] = "unknown"
    if fields.organization_id is not None and await uow.clients.organization(fields.organization_id) is None:
        problems["organization_id"] = "unknown"
    if fields.product_id is not None and await uow.clients.product(fields.product_id) is None:
        problems["product_id"] = "unknown"
    if fields.topic_id is not None:
        topics = {each.id: each for each in await uow.topics.all()}
        if fields.topic_id not in topics:
            problems["topic_id"] = "unknown"
    if problems:
        raise InvalidInput(problems)
