"""Lists of tickets taken along as a file; that somebody did is in the audit. Regulation: 2.10, 3.1."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import fields

from callcenter.domain.lists import LARGEST_PAGE, Filter, Query, Sort
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.story import actor_of
from callcenter.domain.ticket import Ticket
from callcenter.services.desk import Desk, plain
from callcenter.services.ticket_lists import TicketLists
from callcenter.services.ticket_search import TicketSearch

MOST_FOUND = 5000
"""A search is taken along up to so many tickets; a filter without one whole."""


class TicketExport:
    """Reads whole lists portion by portion, so that neither the database nor the memory holds them at once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lists = TicketLists(desk)
        self._search = TicketSearch(desk)

    async def portions(
        self, by: Person, wanted: Filter, sort: Sort, *, text: str = ""
    ) -> AsyncIterator[Sequence[Ticket]]:
        """All tickets of a list, or those a search finds in it; who asked for them is written down first.

        What he searched for is not: it may be a person's name, and the audit is never edited.
        """
        require(by, Action.EXPORT_TICKETS)
        await self._record(by, wanted, sort, searched=bool(text))
        found = self._found(by, wanted, text) if text else self._listed(by, wanted, sort)
        async for portion in found:
            yield portion

    async def _record(self, by: Person, wanted: Filter, sort: Sort, *, searched: bool) -> None:
        async with self._desk.open_uow() as uow:
            await uow.audit.record(
                at=self._desk.clock.now(),
                actor=actor_of(by.id),
                ticket_id=None,
                action="tickets.exported",
                reason="",
                change={"filter": asked_for(wanted), "sort": str(sort), "searched": searched},
            )
            await uow.commit()

    async def _listed(self, by: Person, wanted: Filter, sort: Sort) -> AsyncIterator[Sequence[Ticket]]:
        after: str | None = None
        while True:
            query = Query(filter=wanted, sort=sort, after=after, limit=LARGEST_PAGE)
            page = await self._lists.page(by, query)
            yield page.tickets
            if (after := page.after) is None:
                return

    async def _found(self, by: Person, wanted: Filter, text: str) -> AsyncIterator[Sequence[Ticket]]:
        before: int | None = None
        given = 0
        while given < MOST_FOUND:
            found = await self._search.among(by, text, wanted, before=before, limit=LARGEST_PAGE)
            yield found.tickets
            given += len(found.tickets)
            if (before := found.before) is None:
                return


def asked_for(wanted: Filter) -> dict[str, object]:
    """What a filter asks for, in plain values; what it leaves open is left out."""
    asked = {each.name: getattr(wanted, each.name) for each in fields(Filter)}
    return {
        name: sorted(map(str, value)) if isinstance(value, frozenset) else plain(value)
        for name, value in asked.items()
        if value is not None and value != frozenset()
    }
