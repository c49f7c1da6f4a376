"""What we answered to similar requests. Regulation: 2.5, 2.7."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.errors import NotFound
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.search import words
from callcenter.domain.ticket import Ticket
from callcenter.services.desk import Desk

CANDIDATES = 60
LEAST_LIKENESS = 0.15
SHOWN = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class SimilarAnswer:
    """A solved request: `likeness` 0 to 1 is the share of common words (Jaccard) of both texts."""

    ticket_id: int
    subject: str
    answer: str
    solved_at: datetime | None
    rating: int | None
    likeness: float


class Knowledge:
    """Past answers, found by shared words; it claims no more than that."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def similar(self, by: Person, ticket_id: int, *, limit: int = SHOWN) -> Sequence[SimilarAnswer]:
        """Answers to requests like this ticket, likest first; NotFound when there is no such ticket."""
        require(by, Action.SEE_TICKETS)
        async with self._desk.open_uow(write=False) as uow:
            ticket = await uow.tickets.by_id(ticket_id)
        if ticket is None:
            raise NotFound("ticket", ticket_id=ticket_id)
        found = await self.answers(
            by, f"{ticket.subject} {ticket.text}", product_id=ticket.product_id, limit=limit + 1
        )
        return [each for each in found if each.ticket_id != ticket_id][:limit]

    async def answers(
        self, by: Person, text: str, *, product_id: int | None = None, limit: int = SHOWN
    ) -> Sequence[SimilarAnswer]:
        """Answers to requests like this text; those on the same product come before equally like ones."""
        require(by, Action.SEE_TICKETS)
        asked = frozenset(words(text))
        if not asked:
            return []
        async with self._desk.open_uow(write=False) as uow:
            shared = await uow.search.sharing(asked, limit=CANDIDATES)
            tickets = await uow.tickets.by_ids(list(shared))
        ranked = [
            (likeness, each.product_id == product_id, each)
            for each in tickets
            if each.answer and (likeness := _likeness(asked, each)) >= LEAST_LIKENESS
        ]
        ranked.sort(key=lambda row: (round(row[0], 2), row[1], row[2].id), reverse=True)
        return [_answer(ticket, likeness) for likeness, _, ticket in ranked[:limit]]


def _likeness(asked: frozenset[str], ticket: Ticket) -> float:
    other = frozenset(words(ticket.subject, ticket.text))
    return len(asked & other) / len(asked | other) if other else 0.0


def _answer(ticket: Ticket, likeness: float) -> SimilarAnswer:
    return SimilarAnswer(
        ticket_id=ticket.id,
        subject=ticket.subject,
        answer=ticket.answer,
        solved_at=ticket.ended_at,
        rating=ticket.rating,
        likeness=round(likeness, 3),
    )
