"""One ticket with everything a person needs beside it, in one read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from callcenter.domain.calls import Call
from callcenter.domain.clients import Client, Organization, Product
from callcenter.domain.lifecycle import TRANSITIONS, Step
from callcenter.domain.messages import Message
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import may_on, require
from callcenter.domain.remote import RemoteSession
from callcenter.domain.story import AuditEntry, actor_of
from callcenter.domain.support import Handover, SupportAnswer, support_of
from callcenter.domain.ticket import Ticket
from callcenter.domain.topics import Topic, path
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.desk import Desk, loaded
from callcenter.services.registration import open_beside
from sla.clock import Clock
from sla.errors import BadTimeline
from sla.timeline import Timeline
from sla.verdict import Verdict, judge

_log = structlog.get_logger(__name__)
STEP_ACTION: Mapping[Step, Action] = {
    Step.REGISTER: Action.REGISTER_TICKETS,
    Step.DISCARD: Action.REGISTER_TICKETS,
    Step.RESTORE: Action.REGISTER_TICKETS,
    Step.ASSIGN: Action.MODERATE_TICKETS,
    Step.CANCEL: Action.MODERATE_TICKETS,
    Step.RETURN: Action.WORK_ON_TICKETS,
    Step.ACCEPT: Action.WORK_ON_TICKETS,
    Step.WAIT: Action.WORK_ON_TICKETS,
    Step.CONTINUE: Action.WORK_ON_TICKETS,
    Step.RESOLVE: Action.WORK_ON_TICKETS,
    Step.CONFIRM: Action.WORK_ON_TICKETS,
    Step.HAND_OVER: Action.HAND_OVER_TICKETS,
    Step.TAKE_BACK: Action.HAND_OVER_TICKETS,
    Step.REOPEN: Action.REOPEN_TICKETS,
}
"""What a person needs to take a step; a moderator resolves with the first right, an executor with the second."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockReading:
    """A clock with what is left of it now (negative when overdue), in business time."""

    clock: Clock
    used: timedelta
    left: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketDetails:
    """A ticket's page. `verdicts` are frozen where a clock has ended, else as they stand now, with their intervals.

    `steps` are what this person may do to it now; `people` names everybody mentioned. `clocks_unknown`: the record of
    its time is lost or damaged, so nothing of it can be judged.
    """

    ticket: Ticket
    client: Client | None
    organization: Organization | None
    product: Product | None
    topics: Sequence[Topic]
    support: SupportAnswer | None
    messages: Sequence[Message]
    calls: Sequence[Call]
    sessions: Sequence[RemoteSession]
    handovers: Sequence[Handover]
    clocks: Sequence[ClockReading]
    verdicts: Sequence[Verdict]
    story: Sequence[AuditEntry]
    open_tickets: Sequence[Ticket]
    steps: frozenset[Step]
    people: Mapping[int, str]

    @property
    def clocks_unknown(self) -> bool:
        """Whether it was registered and nothing is known of its time."""
        return self.ticket.registered_at is not None and not self.verdicts


class TicketReading:
    """Reads; changes nothing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def details(self, by: Person, ticket_id: int) -> TicketDetails:
        """Everything about a ticket; NotFound when there is none."""
        require(by, Action.SEE_TICKETS)
        async with self._desk.open_uow(write=False) as uow:
            ticket = await loaded(uow, ticket_id)
            client = None if ticket.client_id is None else await uow.clients.by_id(ticket.client_id)
            company = await _company(uow, ticket, client)
            product = None if ticket.product_id is None else await uow.clients.product(ticket.product_id)
            topics = {each.id: each for each in await uow.topics.all()}
            clocks = [each.clock for each in await uow.clocks.clocks(ticket_id)]
            return TicketDetails(
                ticket=ticket,
                client=client,
                organization=company,
                product=product,
                topics=path(topics, ticket.topic_id),
                support=await self._support(uow, company, product),
                messages=await uow.messages.of_ticket(ticket_id),
                calls=await uow.calls.of_ticket(ticket_id),
                sessions=await uow.remote.of_ticket(ticket_id),
                handovers=await uow.handovers.of_ticket(ticket_id),
                clocks=[self._reading(each) for each in clocks],
                verdicts=await self._verdicts(uow, ticket_id),
                story=await uow.audit.of_ticket(ticket_id),
                open_tickets=await open_beside(uow, ticket),
                steps=possible_steps(by, ticket),
                people={each.id: each.name for each in await uow.people.all()},
            )

    async def story_of_person(
        self, by: Person, person_id: int, *, before: int | None = None, limit: int = 100
    ) -> Sequence[AuditEntry]:
        """What a person did, newest first: for supervisors, and for himself. Regulation: 2.10."""
        if by.id != person_id:
            require(by, Action.SEE_AUDIT)
        async with self._desk.open_uow(write=False) as uow:
            return await uow.audit.of_actor(actor_of(person_id), before=before, limit=limit)

    def _reading(self, clock: Clock) -> ClockReading:
        now, terms = self._desk.clock.now(), self._desk.rules.terms
        return ClockReading(clock=clock, used=clock.used(now, terms), left=clock.left(now, terms))

    async def _verdicts(self, uow: UnitOfWork, ticket_id: int) -> Sequence[Verdict]:
        steps = await uow.clocks.steps(ticket_id)
        if not steps:
            return []
        frozen = await uow.clocks.verdicts(ticket_id)
        at = max(self._desk.clock.now(), steps[-1].at)
        try:
            timeline = Timeline(ticket=str(ticket_id), steps=tuple(steps))
            return judge(timeline, self._desk.rules.terms, at, frozen=frozen)
        except BadTimeline as error:
            _log.error("the clocks of a ticket are unknown", ticket_id=ticket_id, error=str(error))
            return list(frozen)

    async def _support(
        self, uow: UnitOfWork, company: Organization | None, product: Product | None
    ) -> SupportAnswer | None:
        if product is None:
            return None
        contracts = [] if company is None else await uow.clients.contracts_of(company.id)
        today = self._desk.clock.now().astimezone(self._desk.rules.zone).date()
        return support_of(product, contracts, today)


def possible_steps(by: Person, ticket: Ticket) -> frozenset[Step]:
    """What this person may do to this ticket now: the life cycle's steps that his rights allow."""
    registered = ticket.registered_at is not None
    return frozenset(
        step
        for (status, step) in TRANSITIONS
        if status is ticket.status
        and may_on(by, STEP_ACTION[step], ticket)
        and not (step is Step.RESTORE and registered)
        and not (step is Step.REOPEN and not registered)
    )


async def _company(uow: UnitOfWork, ticket: Ticket, client: Client | None) -> Organization | None:
    company_id = ticket.organization_id or (None if client is None else client.organization_id)
    return None if company_id is None else await uow.clients.organization(company_id)
