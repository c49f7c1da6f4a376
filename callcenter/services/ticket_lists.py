"""The lists people live in: drafts, moderation, mine, all; saved views; how many of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from callcenter.domain.errors import InvalidInput, NotFound
from callcenter.domain.lifecycle import Status
from callcenter.domain.lists import (
    LARGEST_PAGE,
    Cursor,
    Filter,
    Page,
    Query,
    SavedView,
    Sort,
    read_cursor,
    written,
)
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.ticket import Ticket
from callcenter.services.desk import Desk

MOST_VIEWS = 50
MOST_ASKED = 100
IN_HAND = frozenset({Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING, Status.AT_VENDOR})


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Open tickets for the tabs of one person; `asked` are colleagues' questions that wait for him."""

    drafts: int
    own_drafts: int
    moderation: int
    mine: int
    open: int
    asked: int


class TicketLists:
    """Every list is one page of one query; pages never shift when rows arrive."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def drafts(self, by: Person, *, own: bool = False, after: str | None = None) -> Page:
        """Drafts, newest change first."""
        wanted = Filter(statuses=frozenset({Status.DRAFT}), operator_id=by.id if own else None)
        return await self.page(by, Query(filter=wanted, sort=Sort.UPDATED, after=after))

    async def moderation(self, by: Person, *, after: str | None = None) -> Page:
        """What is to be distributed, by time left. Regulation: 2.4."""
        require(by, Action.SEE_TICKETS)
        return await self.page(by, Query(filter=Filter(statuses=frozenset({Status.NEW})), after=after))

    async def mine(self, by: Person, *, after: str | None = None) -> Page:
        """What this person has in hand, by time left; what waits comes last."""
        return await self.page(by, Query(filter=Filter(statuses=IN_HAND, assignee_id=by.id), after=after))

    async def page(self, by: Person, query: Query) -> Page:
        """Any list. InvalidInput on `limit` or `after`."""
        require(by, Action.SEE_TICKETS)
        if not 1 <= query.limit <= LARGEST_PAGE:
            raise InvalidInput({"limit": "out_of_range"})
        after = None if query.after is None else read_cursor(query.after)
        if after is not None and query.sort is not Sort.TIME_LEFT:
            by_number = query.sort in {Sort.NEWEST, Sort.OLDEST} and not query.filter.by_days
            if (after.at is None) != by_number:
                raise InvalidInput({"after": "not_a_cursor"})
        async with self._desk.open_uow(write=False) as uow:
            rows = await uow.tickets.page(query.filter, query.sort, after=after, limit=query.limit + 1)
        shown = rows[: query.limit]
        more = len(rows) > query.limit
        return Page(tickets=shown, after=written(cursor_of(shown[-1], query)) if more else None)

    async def these(self, by: Person, ticket_ids: Sequence[int]) -> Sequence[Ticket]:
        """Some tickets by their numbers, those that exist, in that order."""
        require(by, Action.SEE_TICKETS)
        async with self._desk.open_uow(write=False) as uow:
            return await uow.tickets.by_ids(ticket_ids)

    async def count(self, by: Person, wanted: Filter, *, most: int) -> int:
        """How many tickets fit, counted up to `most`."""
        require(by, Action.SEE_TICKETS)
        async with self._desk.open_uow(write=False) as uow:
            return await uow.tickets.count(wanted, most=most)

    async def counts(self, by: Person) -> Counts:
        """The figures on the tabs."""
        require(by, Action.SEE_TICKETS)
        async with self._desk.open_uow(write=False) as uow:
            counted = await uow.tickets.open_counts()
            asked = await uow.messages.questions_to(by.id, limit=MOST_ASKED)
        drafts = {who: count for (status, who), count in counted.items() if status is Status.DRAFT}
        return Counts(
            drafts=sum(drafts.values()),
            own_drafts=drafts.get(by.id, 0),
            moderation=sum(count for (status, _), count in counted.items() if status is Status.NEW),
            mine=sum(count for (status, who), count in counted.items() if status in IN_HAND and who == by.id),
            open=sum(counted.values()),
            asked=len(asked),
        )

    async def views(self, by: Person) -> Sequence[SavedView]:
        """His saved lists and the shared ones."""
        require(by, Action.SEE_TICKETS)
        async with self._desk.open_uow(write=False) as uow:
            return await uow.views.of_person(by.id)

    async def save_view(self, by: Person, view: SavedView) -> SavedView:
        """Keep a list under a name. InvalidInput on `name` or `query`."""
        require(by, Action.SEE_TICKETS)
        name = view.name.strip()
        if not name or len(name) > 100:
            raise InvalidInput({"name": "required" if not name else "too_long"})
        if len(view.query) > 2000:
            raise InvalidInput({"query": "too_long"})
        async with self._desk.open_uow() as uow:
            mine = [each for each in await uow.views.of_person(by.id) if each.person_id == by.id]
            if len(mine) >= MOST_VIEWS:
                raise InvalidInput({"name": "too_many"})
            added = await uow.views.add(replace(view, name=name, person_id=by.id, position=len(mine)))
            await uow.commit()
        return added

    async def drop_view(self, by: Person, view_id: int) -> None:
        """Forget one's own saved list; NotFound when it is not his."""
        require(by, Action.SEE_TICKETS)
        async with self._desk.open_uow() as uow:
            if not await uow.views.drop(view_id, by.id):
                raise NotFound("saved view", view_id=view_id)
            await uow.commit()


def cursor_of(ticket: Ticket, query: Query) -> Cursor:
    """Where a page of this query that ends with this ticket ends."""
    by_arrival = ticket.created_at if query.filter.by_days else None
    at = {Sort.TIME_LEFT: ticket.due_at, Sort.UPDATED: ticket.updated_at}.get(query.sort, by_arrival)
    return Cursor(at=at, id=ticket.id)
