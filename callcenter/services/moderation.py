"""What moderators do: propose, assign, answer, reject, merge. Regulation: 2.4, 2.5."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from callcenter.domain.errors import CallCenterError, InvalidInput
from callcenter.domain.lifecycle import CancelReason, Status, Step
from callcenter.domain.live import LiveKind, to_person, to_role
from callcenter.domain.messages import Message, MessageKind, checked_text
from callcenter.domain.notices import Notice
from callcenter.domain.people import Action, Person, Role
from callcenter.domain.policy import require
from callcenter.domain.proposal import Proposal, Suggestion
from callcenter.domain.registration import TicketFields
from callcenter.domain.story import DEADLINES
from callcenter.domain.ticket import Kind, Priority, Ticket
from callcenter.domain.ticket_clocks import in_order, sla_steps, stand
from callcenter.services.desk import Case, Desk, loaded
from callcenter.services.proposing import proposals_for
from callcenter.services.registration import check_links, target_of_merge
from sla.errors import BadTimeline
from sla.timeline import ClockName

REJECTS = frozenset({CancelReason.SPAM, CancelReason.NOT_A_REQUEST, CancelReason.BY_CLIENT})
MOST_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class BulkOutcome:
    """What became of one ticket of a bulk action: `ticket`, or the `error` that stopped it."""

    ticket_id: int
    ticket: Ticket | None
    error: CallCenterError | None


class Moderation:
    """The moderators' work on registered tickets."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def proposal(self, by: Person, ticket_id: int) -> Proposal:
        """Who should take this ticket, and why."""
        require(by, Action.MODERATE_TICKETS)
        async with self._desk.open_uow(write=False) as uow:
            found = await proposals_for(uow, self._desk, [await loaded(uow, ticket_id)])
        return found[ticket_id]

    async def proposals(self, by: Person, ticket_ids: Sequence[int]) -> Mapping[int, Proposal]:
        """The proposals for a list, at most a hundred tickets."""
        require(by, Action.MODERATE_TICKETS)
        async with self._desk.open_uow(write=False) as uow:
            tickets = await uow.tickets.by_ids(ticket_ids[:MOST_AT_ONCE])
            return await proposals_for(uow, self._desk, tickets)

    async def assign(self, by: Person, ticket_id: int, version: int, *, to: int, reason: str = "") -> Ticket:
        """Give a ticket to an executor; he and the client are told. InvalidInput (`to`) when he is no executor."""
        async with self._desk.case(ticket_id, version, by=by, action=Action.MODERATE_TICKETS) as case:
            await give(case, to, reason=reason)
        return case.ticket

    async def assign_many(
        self, by: Person, tickets: Sequence[tuple[int, int]], *, to: int, reason: str = ""
    ) -> Sequence[BulkOutcome]:
        """Give several (number, version) to one executor; each stands for itself, at most a hundred."""
        require(by, Action.MODERATE_TICKETS)
        if len(tickets) > MOST_AT_ONCE:
            raise InvalidInput({"tickets": "too_many"})

        async def one(ticket_id: int, version: int) -> Ticket:
            return await self.assign(by, ticket_id, version, to=to, reason=reason)

        return await _each(tickets, one)

    async def reject_many(
        self,
        by: Person,
        tickets: Sequence[tuple[int, int]],
        *,
        why: CancelReason,
        reason: str,
        letter: str = "",
    ) -> Sequence[BulkOutcome]:
        """Reject several for one reason, as `assign_many` assigns them."""
        require(by, Action.MODERATE_TICKETS)
        if len(tickets) > MOST_AT_ONCE:
            raise InvalidInput({"tickets": "too_many"})
        if why not in REJECTS:
            raise InvalidInput({"why": "choice"})
        checked_text(reason, field="reason")

        async def one(ticket_id: int, version: int) -> Ticket:
            return await self.reject(by, ticket_id, version, why=why, reason=reason, letter=letter)

        return await _each(tickets, one)

    async def undo_many(
        self, by: Person, tickets: Sequence[tuple[int, int]], *, reason: str
    ) -> Sequence[BulkOutcome]:
        """Undo what was just done to several: the assigned and the rejected are new again.

        A letter that has left cannot be called back; a ticket somebody has touched since stays as it is.
        """
        require(by, Action.MODERATE_TICKETS)
        if len(tickets) > MOST_AT_ONCE:
            raise InvalidInput({"tickets": "too_many"})

        async def one(ticket_id: int, version: int) -> Ticket:
            async with self._desk.case(ticket_id, version, by=by, action=Action.MODERATE_TICKETS) as case:
                step = Step.REOPEN if case.ticket.status is Status.CANCELLED else Step.RETURN
                wanted = replace(case.ticket, assignee_id=None, cancel_reason=None, merged_into=None)
                await case.change("ticket.undone", wanted, step=step, reason=reason)
            return case.ticket

        return await _each(tickets, one)

    async def take(self, by: Person, ticket_id: int, version: int) -> Ticket:
        """Take it oneself; it still has to be accepted, as by any assignee."""
        async with self._desk.case(ticket_id, version, by=by, action=Action.MODERATE_TICKETS) as case:
            await give(case, by.id, reason="taken", anybody=True)
        return case.ticket

    async def answer(self, by: Person, ticket_id: int, version: int, *, answer: str) -> Ticket:
        """Answer a new ticket oneself: it is resolved and the client is told."""
        text = checked_text(answer, field="answer")
        async with self._desk.case(ticket_id, version, by=by, action=Action.MODERATE_TICKETS) as case:
            await resolved(case, by.id, text, assignee_id=case.ticket.assignee_id or by.id)
        return case.ticket

    async def reject(
        self, by: Person, ticket_id: int, version: int, *, why: CancelReason, reason: str, letter: str = ""
    ) -> Ticket:
        """Cancel what is no request, with the reason in words; `letter` are the words for the client, if any.

        The audit row says whether a letter was queued (`mailed`).
        """
        if why not in REJECTS:
            raise InvalidInput({"why": "choice"})
        words = checked_text(reason, field="reason")
        async with self._desk.case(ticket_id, version, by=by, action=Action.MODERATE_TICKETS) as case:
            details: dict[str, object] = {}
            if letter.strip():
                details["mailed"] = await _say_why(case, checked_text(letter, field="letter"), by.id)
            wanted = replace(case.ticket, cancel_reason=why)
            await case.change("ticket.rejected", wanted, step=Step.CANCEL, reason=words, details=details)
        return case.ticket

    async def merge(self, by: Person, ticket_id: int, version: int, *, into: int, reason: str = "") -> Ticket:
        """Cancel a duplicate; its calls and its text move to the ticket that stays, which is returned."""
        async with self._desk.case(ticket_id, version, by=by, action=Action.MODERATE_TICKETS) as case:
            other = await target_of_merge(case, into)
            moved = await case.uow.calls.move(ticket_id, into)
            duplicate = case.ticket
            if duplicate.text:
                await case.uow.messages.add(
                    Message(
                        id=0, ticket_id=into, at=case.now, kind=MessageKind.FROM_CLIENT, text=duplicate.text
                    )
                )
            wanted = replace(duplicate, cancel_reason=CancelReason.DUPLICATE, merged_into=into)
            step = Step.DISCARD if duplicate.status is Status.DRAFT else Step.CANCEL
            await case.change("ticket.merged", wanted, step=step, reason=reason)
            beside = Case(case.uow, self._desk, other, actor=case.actor)
            await beside.note(
                "ticket.merged_here", reason=reason, details={"from": ticket_id, "calls": moved}
            )
        return beside.ticket

    async def deadline_if(
        self, by: Person, ticket_id: int, *, kind: Kind, priority: Priority
    ) -> datetime | None:
        """When the ticket would have to be answered if it were of this kind and priority; None where no clock runs.

        Regulation: 2.7, 2.8.
        """
        require(by, Action.MODERATE_TICKETS)
        async with self._desk.open_uow(write=False) as uow:
            ticket = await loaded(uow, ticket_id)
            known = await uow.clocks.steps(ticket_id)
            sent = await uow.clocks.sent(ticket_id)
        now = max(self._desk.clock.now(), ticket.created_at)
        wanted = replace(ticket, kind=kind, priority=priority)
        fresh = in_order(sla_steps(None, ticket, wanted, now), known)
        try:
            standing = stand(ticket_id, (*known, *fresh), self._desk.rules.terms, now, sent)
        except BadTimeline:
            return None
        resolving = [each.clock for each in standing if each.clock.clock is ClockName.RESOLVE]
        return max(resolving, key=lambda clock: clock.number).due_at if resolving else None

    async def classify(
        self,
        by: Person,
        ticket_id: int,
        version: int,
        *,
        kind: Kind,
        priority: Priority,
        topic_id: int | None,
        product_id: int | None,
        reason: str = "",
    ) -> Ticket:
        """Correct what it is; another kind or priority moves the deadline, counted from the same arrival."""
        async with self._desk.case(ticket_id, version, by=by, action=Action.MODERATE_TICKETS) as case:
            await check_links(case.uow, TicketFields(topic_id=topic_id, product_id=product_id))
            wanted = replace(
                case.ticket, kind=kind, priority=priority, topic_id=topic_id, product_id=product_id
            )
            await case.change("ticket.classified", wanted, reason=reason)
        return case.ticket

    async def assign_by_rule(self, ticket_id: int) -> Suggestion | None:
        """Carry the proposal out when the time to assign is nearly up; None when nobody is eligible.

        A ticket that is no longer new is left alone. With nobody eligible nothing is assigned; supervisor and
        moderators are warned. Regulation: 2.4.
        """
        async with self._desk.acting(ticket_id, None, actor=DEADLINES) as case:
            return await give_by_rule(case)


_Do = Callable[[int, int], Awaitable[Ticket]]


async def _each(tickets: Sequence[tuple[int, int]], do: _Do) -> Sequence[BulkOutcome]:
    """Do it to each of (number, version) in a commit of its own."""
    outcomes = []
    for ticket_id, version in tickets:
        try:
            ticket = await do(ticket_id, version)
        except CallCenterError as error:
            outcomes.append(BulkOutcome(ticket_id=ticket_id, ticket=None, error=error))
        else:
            outcomes.append(BulkOutcome(ticket_id=ticket_id, ticket=ticket, error=None))
    return outcomes


async def _say_why(case: Case, words: str, author_id: int) -> bool:
    """Tell the client why his request is not taken; True when a letter was queued."""
    await case.uow.messages.add(
        Message(
            id=0,
            ticket_id=case.ticket.id,
            at=case.now,
            kind=MessageKind.TO_CLIENT,
            text=words,
            author_id=author_id,
        )
    )
    return await case.write(Notice.REJECTED, {"text": words})


async def give_by_rule(case: Case) -> Suggestion | None:
    """`Moderation.assign_by_rule` inside somebody's unit of work."""
    if case.ticket.status is not Status.NEW:
        return None
    proposals = await proposals_for(case.uow, case.desk, [case.ticket])
    best = proposals[case.ticket.id].best
    if best is None:
        await case.note("ticket.nobody_eligible", reason="no eligible executor is on shift")
        for role in (Role.SUPERVISOR, Role.MODERATOR):
            await _warn_nobody(case, to_role(role))
        return None
    why = ", ".join(f"{each.because}={each.count}" for each in best.reasons)
    await give(case, best.person_id, reason=f"by rule at 90% of the assign time: {why}")
    return best


async def give(case: Case, person_id: int, *, reason: str, anybody: bool = False) -> None:
    """Assign to an active executor (`anybody`: to whoever takes it himself) and tell him and the client."""
    person = await case.uow.people.by_id(person_id)
    if person is None or not person.active or not (anybody or Role.EXECUTOR in person.roles):
        raise InvalidInput({"to": "not_an_executor"})
    first = case.ticket.assignee_id is None
    await case.change(
        "ticket.assigned", replace(case.ticket, assignee_id=person_id), step=Step.ASSIGN, reason=reason
    )
    payload: dict[str, object] = {
        "ticket_id": case.ticket.id,
        "subject": case.ticket.subject,
        "due_at": None if case.ticket.due_at is None else case.ticket.due_at.isoformat(),
    }
    await case.uow.live.add(to_person(person_id), LiveKind.TICKET_ASSIGNED, payload, at=case.now)
    if first:
        await case.write(Notice.ASSIGNED, {"executor": person.name})


async def resolved(case: Case, author_id: int, answer: str, *, assignee_id: int | None) -> None:
    """The answer is stored as a message, the ticket is resolved, the client is told."""
    await case.uow.messages.add(
        Message(
            id=0,
            ticket_id=case.ticket.id,
            at=case.now,
            kind=MessageKind.ANSWER,
            text=answer,
            author_id=author_id,
        )
    )
    wanted = replace(case.ticket, answer=answer, assignee_id=assignee_id)
    await case.change("ticket.resolved", wanted, step=Step.RESOLVE)
    await case.write(Notice.ANSWERED, {"answer": answer})


async def _warn_nobody(case: Case, audience: str) -> None:
    payload: dict[str, object] = {"ticket_id": case.ticket.id, "level": "nobody_eligible", "clock": "assign"}
    await case.uow.live.add(audience, LiveKind.DEADLINE_NEAR, payload, at=case.now)
