"""What moderators do with tickets. Regulation: 2.4."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field

from callcenter.domain.lifecycle import CancelReason
from callcenter.domain.people import Action
from callcenter.domain.proposal import Because, Excluded
from callcenter.domain.ticket import Kind, Priority
from callcenter.services.moderation import MOST_AT_ONCE, BulkOutcome
from callcenter.web.api import answers
from callcenter.web.api.fields import Asked, GivenReason, Id, OptionalWords, Reason, Told, Words
from callcenter.web.api.operation import ApiCall, operation


class AssignBody(Asked):
    """To whom, and why."""

    to: Id
    reason: Reason = ""


class Seen(Asked):
    """A ticket in the version that was seen."""

    id: Id
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


Several = Annotated[list[Seen], Field(min_length=1, max_length=MOST_AT_ONCE)]


class AssignManyBody(Asked):
    """Several tickets for one executor."""

    tickets: Several
    to: Id
    reason: Reason = ""


class RejectManyBody(Asked):
    """Several tickets that are no requests."""

    tickets: Several
    why: CancelReason
    reason: GivenReason
    letter: OptionalWords = ""


class UndoManyBody(Asked):
    """Several tickets that shall be new again."""

    tickets: Several
    reason: GivenReason


class AnswerBody(Asked):
    """The answer that ends the request."""

    answer: Words


class RejectBody(Asked):
    """Why it is no request; `letter`: what the client is told, if anything."""

    why: CancelReason
    reason: GivenReason
    letter: OptionalWords = ""


class MergeBody(Asked):
    """The ticket that stays."""

    into: Id
    reason: Reason = ""


class ClassifyBody(Asked):
    """What it really is."""

    kind: Kind
    priority: Priority
    topic_id: Id | None = None
    product_id: Id | None = None
    reason: Reason = ""


class DeadlineBody(Asked):
    """What it might be."""

    kind: Kind
    priority: Priority = Priority.NORMAL


class Deadline(Told):
    """When it would have to be answered; null where no clock runs."""

    due_at: datetime | None


class Grounds(Told):
    """One reason of a proposal."""

    because: Because
    count: int


class Suggestion(Told):
    """Who may take it, the best first."""

    person_id: int
    name: str
    score: float
    reasons: list[Grounds]


class Exclusion(Told):
    """Who may not, and why."""

    person_id: int
    name: str
    why: Excluded


class Proposal(Told):
    """Who should take the ticket."""

    ranked: list[Suggestion]
    excluded: list[Exclusion]


class BulkResult(Told):
    """What became of one of several tickets: `ticket`, or the `code` of the error that stopped it."""

    id: int
    ticket: answers.Ticket | None
    code: str | None


def _outcomes(done: Sequence[BulkOutcome]) -> list[dict[str, object]]:
    return [
        {
            "id": each.ticket_id,
            "ticket": each.ticket,
            "code": None if each.error is None else each.error.code,
        }
        for each in done
    ]


async def propose(call: ApiCall) -> object:
    """Who should take this ticket, and why."""
    return await call.desk.moderation.proposal(call.person, call.ticket_id)


async def assign(call: ApiCall, body: AssignBody) -> object:
    """Give the ticket to an executor; he and the client are told."""
    return await call.desk.moderation.assign(
        call.person, call.ticket_id, call.version, to=body.to, reason=body.reason
    )


async def assign_many(call: ApiCall, body: AssignManyBody) -> object:
    """Give several tickets to one executor; each stands for itself."""
    seen = [(each.id, each.version) for each in body.tickets]
    return _outcomes(
        await call.desk.moderation.assign_many(call.person, seen, to=body.to, reason=body.reason)
    )


async def reject_many(call: ApiCall, body: RejectManyBody) -> object:
    """Reject several tickets for one reason; each stands for itself."""
    seen = [(each.id, each.version) for each in body.tickets]
    return _outcomes(
        await call.desk.moderation.reject_many(
            call.person, seen, why=body.why, reason=body.reason, letter=body.letter
        )
    )


async def undo_many(call: ApiCall, body: UndoManyBody) -> object:
    """Undo what was just done to several: the assigned and the rejected are new again."""
    seen = [(each.id, each.version) for each in body.tickets]
    return _outcomes(await call.desk.moderation.undo_many(call.person, seen, reason=body.reason))


async def take(call: ApiCall) -> object:
    """Take it oneself; it still has to be accepted."""
    return await call.desk.moderation.take(call.person, call.ticket_id, call.version)


async def answer(call: ApiCall, body: AnswerBody) -> object:
    """Answer a new ticket oneself: it is resolved and the client is told."""
    return await call.desk.moderation.answer(call.person, call.ticket_id, call.version, answer=body.answer)


async def reject(call: ApiCall, body: RejectBody) -> object:
    """Cancel what is no request, with the reason in words."""
    return await call.desk.moderation.reject(
        call.person, call.ticket_id, call.version, why=body.why, reason=body.reason, letter=body.letter
    )


async def merge(call: ApiCall, body: MergeBody) -> object:
    """Cancel a duplicate; its calls and its text move to the ticket that stays, which is answered."""
    return await call.desk.moderation.merge(
        call.person, call.ticket_id, call.version, into=body.into, reason=body.reason
    )


async def classify(call: ApiCall, body: ClassifyBody) -> object:
    """Correct what it is; another kind or priority moves the deadline, counted from the same arrival."""
    return await call.desk.moderation.classify(
        call.person,
        call.ticket_id,
        call.version,
        kind=body.kind,
        priority=body.priority,
        topic_id=body.topic_id,
        product_id=body.product_id,
        reason=body.reason,
    )


async def deadline_if(call: ApiCall, body: DeadlineBody) -> object:
    """When it would have to be answered, were it of this kind and priority. Changes nothing."""
    due_at = await call.desk.moderation.deadline_if(
        call.person, call.ticket_id, kind=body.kind, priority=body.priority
    )
    return {"due_at": due_at}


_MODERATE = Action.MODERATE_TICKETS
_TICKET = "/tickets/{ticket_id}"
_MANY = list[BulkResult]
OPERATIONS = (
    operation("GET", f"{_TICKET}/proposal", _MODERATE, propose, answer=Proposal),
    operation("POST", f"{_TICKET}/assign", _MODERATE, assign, answer=answers.Ticket, versioned=True),
    operation("POST", "/tickets/assign", _MODERATE, assign_many, answer=_MANY),
    operation("POST", "/tickets/reject", _MODERATE, reject_many, answer=_MANY),
    operation("POST", "/tickets/undo", _MODERATE, undo_many, answer=_MANY),
    operation("POST", f"{_TICKET}/take", _MODERATE, take, answer=answers.Ticket, versioned=True),
    operation("POST", f"{_TICKET}/answer", _MODERATE, answer, answer=answers.Ticket, versioned=True),
    operation("POST", f"{_TICKET}/reject", _MODERATE, reject, answer=answers.Ticket, versioned=True),
    operation("POST", f"{_TICKET}/merge", _MODERATE, merge, answer=answers.Ticket, versioned=True),
    operation("POST", f"{_TICKET}/classify", _MODERATE, classify, answer=answers.Ticket, versioned=True),
    operation("POST", f"{_TICKET}/deadline", _MODERATE, deadline_if, answer=Deadline, changes=False),
)
