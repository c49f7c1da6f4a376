"""Search over number, name, company, phone in any form, and text with Russian word forms."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.domain.lists import Filter
from callcenter.domain.numbers import parse_number
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.search import readings
from callcenter.domain.ticket import Ticket
from callcenter.services.desk import Desk

SHOWN = 50
PORTION, ROUNDS = 150, 1
"""With a filter so many found tickets are looked through at a time, and so many portions after the first."""
LONGEST_QUERY = 200
_NUMBER_DIGITS = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Newest tickets first; `exact` is the one of this very number. `before` goes on to older ones."""

    exact: Ticket | None
    tickets: Sequence[Ticket]
    before: int | None


class TicketSearch:
    """One box for everything."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def find(self, by: Person, text: str, *, before: int | None = None, limit: int = SHOWN) -> Found:
        """Tickets that hold every word of the text in any of its forms, or this number or part of a phone."""
        return await self.among(by, text, Filter(), before=before, limit=limit)

    async def among(
        self, by: Person, text: str, wanted: Filter, *, before: int | None = None, limit: int = SHOWN
    ) -> Found:
        """The same among the tickets of a filter; the one of this very number is found whatever the filter.

        Looks through at most `ROUNDS` further portions: a rare filter may give a short page that goes on.
        """
        require(by, Action.SEE_TICKETS)
        if wanted == Filter():
            return await self._portion(text, before=before, limit=limit)
        found = last = await self._portion(text, before=before, limit=PORTION)
        fitting = [each for each in found.tickets if wanted.fits(each)]
        for _ in range(ROUNDS):
            if len(fitting) >= limit or last.before is None:
                break
            last = await self._portion(text, before=last.before, limit=PORTION)
            fitting += [each for each in last.tickets if wanted.fits(each)]
        cut = len(fitting) > limit
        return Found(
            exact=found.exact,
            tickets=fitting[:limit],
            before=fitting[limit - 1].id if cut else last.before,
        )

    async def _portion(self, text: str, *, before: int | None, limit: int) -> Found:
        typed = text.strip()[:LONGEST_QUERY]
        number = typed.removeprefix("№").strip()
        async with self._desk.open_uow(write=False) as uow:
            exact = None
            if before is None and number.isascii() and number.isdigit() and len(number) <= _NUMBER_DIGITS:
                exact = await uow.tickets.by_id(int(number))
            ids: list[int] = []
            for prefixes in readings(typed):
                ids += await uow.search.find(prefixes, before=before, limit=limit + 1)
            e164 = parse_number(typed).e164
            if before is None and e164 is not None:
                ids += [each.id for each in await uow.tickets.open_of_number(e164, limit=limit)]
            newest = sorted(set(ids), reverse=True)
            shown = newest[:limit]
            tickets = await uow.tickets.by_ids(shown)
        return Found(
            exact=exact,
            tickets=[each for each in tickets if exact is None or each.id != exact.id],
            before=shown[-1] if len(newest) > limit else None,
        )
