"""What a client may do on his ticket himself, by the unguessable link of its status page. Regulation: 2.2."""

from dataclasses import replace

from callcenter.domain.errors import InvalidInput
from callcenter.domain.lifecycle import CancelReason, Status, Step
from callcenter.domain.live import LiveKind, to_person
from callcenter.domain.messages import Message, MessageKind, checked_text
from callcenter.domain.story import CLIENT
from callcenter.domain.ticket import Ticket
from callcenter.services.desk import Case, Desk
from callcenter.services.work import reopened

BEST = 5


class ClientDesk:
    """Whoever calls this has checked the link; a client's doing needs no version, he sees one button at a time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def write(self, ticket_id: int, *, text: str) -> Ticket:
        """Add a message; a ticket that waited for the client goes on, its clock runs again."""
        words = checked_text(text)
        async with self._desk.acting(ticket_id, None, actor=CLIENT) as case:
            await case.uow.messages.add(
                Message(id=0, ticket_id=ticket_id, at=case.now, kind=MessageKind.FROM_CLIENT, text=words)
            )
            step = Step.CONTINUE if case.ticket.status is Status.WAITING else None
            await case.change("client.wrote", case.ticket, step=step)
            await _tell_assignee(case)
        return case.ticket

    async def cancel(self, ticket_id: int, *, reason: str = "") -> Ticket:
        """Take the request back; TransitionRefused when it has ended.

        His words become a message: the audit keeps none of a client's, for nobody could take them out again.
        """
        words = reason.strip()[:1000]
        async with self._desk.acting(ticket_id, None, actor=CLIENT) as case:
            step = Step.DISCARD if case.ticket.status is Status.DRAFT else Step.CANCEL
            wanted = replace(case.ticket, cancel_reason=CancelReason.BY_CLIENT)
            await case.change("client.cancelled", wanted, step=step)
            if words:
                await case.uow.messages.add(
                    Message(id=0, ticket_id=ticket_id, at=case.now, kind=MessageKind.FROM_CLIENT, text=words)
                )
        return case.ticket

    async def confirm(self, ticket_id: int, *, rating: int | None = None, comment: str = "") -> Ticket:
        """The solution is right: the ticket is closed, with 1 to 5 points if he likes."""
        _check_rating(rating)
        async with self._desk.acting(ticket_id, None, actor=CLIENT) as case:
            wanted = replace(case.ticket, rating=rating, rating_text=comment.strip()[:1000])
            await case.change("client.confirmed", wanted, step=Step.CONFIRM)
        return case.ticket

    async def rate(self, ticket_id: int, *, rating: int, comment: str = "") -> Ticket:
        """Rate an ended ticket, also later or again."""
        _check_rating(rating)
        async with self._desk.acting(ticket_id, None, actor=CLIENT) as case:
            if case.ticket.status not in {Status.RESOLVED, Status.CLOSED}:
                raise InvalidInput({"rating": "not_resolved"})
            wanted = replace(case.ticket, rating=rating, rating_text=comment.strip()[:1000])
            await case.change("client.rated", wanted)
        return case.ticket

    async def reopen(self, ticket_id: int, *, reason: str) -> Ticket:
        """It is not solved: back to the moderators.

        Words are needed, except where nobody had reached him: then one button is enough. Regulation: 2.9, point 6.
        """
        async with self._desk.acting(ticket_id, None, actor=CLIENT) as case:
            words = reason.strip()
            if words or case.ticket.cancel_reason is not CancelReason.UNREACHABLE:
                words = checked_text(reason, field="reason")
            if case.ticket.registered_at is None:
                wanted = replace(case.ticket, cancel_reason=None)
                await case.change("ticket.restored", wanted, step=Step.RESTORE)
            else:
                await reopened(case, "")
            if words:
                await case.uow.messages.add(
                    Message(id=0, ticket_id=ticket_id, at=case.now, kind=MessageKind.FROM_CLIENT, text=words)
                )
        return case.ticket


def _check_rating(rating: int | None) -> None:
    if rating is not None and not 1 <= rating <= BEST:
        raise InvalidInput({"rating": "choice"})


async def _tell_assignee(case: Case) -> None:
    if case.ticket.assignee_id is None:
        return
    payload: dict[str, object] = {"ticket_id": case.ticket.id}
    await case.uow.live.add(to_person(case.ticket.assignee_id), LiveKind.TICKET_WRITTEN, payload, at=case.now)
