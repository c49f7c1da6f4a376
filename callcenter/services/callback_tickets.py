"""What a series of callbacks does to its ticket: pauses its clock, continues it, cancels it. Regulation: 2.9."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from callcenter.domain.callbacks import CallbackAttempt
from callcenter.domain.lifecycle import CancelReason, Status, Step
from callcenter.domain.notices import Notice
from callcenter.domain.ticket import Ticket
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.desk import Case, Desk

ACTOR = "dialer"
_CANCELLING = {Status.DRAFT: Step.DISCARD}
_CAN_WAIT = frozenset({Status.ASSIGNED, Status.IN_PROGRESS})
_CANCELLABLE = frozenset(
    {Status.DRAFT, Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING, Status.AT_VENDOR}
)


class CallbackTickets(Protocol):
    """The ticket's side of a series; everything happens inside the caller's unit of work."""

    async def client_away(self, uow: UnitOfWork, ticket: Ticket) -> None:
        """The client was really unavailable: our resolution clock pauses (point 9)."""
        ...

    async def client_back(self, uow: UnitOfWork, ticket: Ticket) -> None:
        """He was reached: the clock runs on."""
        ...

    async def unreachable(self, uow: UnitOfWork, ticket: Ticket, counted: Sequence[CallbackAttempt]) -> bool:
        """Cancel the ticket and queue the one letter; False when the ticket is over already (point 6)."""
        ...


class DeskTickets:
    """Port `CallbackTickets` on the help desk's own way of changing a ticket: clocks, audit and screens follow."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def client_away(self, uow: UnitOfWork, ticket: Ticket) -> None:
        if ticket.status not in _CAN_WAIT:
            return
        case = Case(uow, self._desk, ticket, actor=ACTOR)
        if ticket.status is Status.ASSIGNED:
            await case.change("ticket.accepted", case.ticket, step=Step.ACCEPT)
        await case.change("callback.client_away", case.ticket, step=Step.WAIT)

    async def client_back(self, uow: UnitOfWork, ticket: Ticket) -> None:
        if ticket.status is Status.WAITING:
            case = Case(uow, self._desk, ticket, actor=ACTOR)
            await case.change("callback.client_back", case.ticket, step=Step.CONTINUE)

    async def unreachable(self, uow: UnitOfWork, ticket: Ticket, counted: Sequence[CallbackAttempt]) -> bool:
        if ticket.status not in _CANCELLABLE:
            return False
        case = Case(uow, self._desk, ticket, actor=ACTOR)
        wanted = replace(ticket, cancel_reason=CancelReason.UNREACHABLE)
        called_at = [each.claimed_at.isoformat() for each in counted]
        await case.change(
            "callback.unreachable",
            wanted,
            step=_CANCELLING.get(ticket.status, Step.CANCEL),
            details={"called_at": called_at, "outcomes": [str(each.outcome) for each in counted]},
        )
        await case.write(Notice.CANCELLED_UNREACHABLE, {"called_at": called_at})
        return True
