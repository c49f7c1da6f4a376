"""One ticket: its calls, its caller, what happened to it, and what may be done with it now."""

from aiohttp import web

from callcenter.domain.errors import NotFound
from callcenter.domain.lifecycle import Status
from callcenter.domain.lists import Filter, Query
from callcenter.domain.people import Action, Person
from callcenter.domain.ticket import Ticket
from callcenter.web.desk_room import DeskRoom
from callcenter.web.desk_wording import say_reasons
from callcenter.web.forms import number_in_path
from callcenter.web.keys import SERVICES
from callcenter.web.pages.callback_parts import callbacks_of
from callcenter.web.responses import page, visitor, words_of
from callcenter.web.views.callback_view import NO_REFUSAL, CallbackRefusal
from callcenter.web.views.ticket_view import ticket_view
from callcenter.web.views.work_view import (
    Refusal,
    WorkView,
    classes,
    colleagues_of,
    executors_of,
    kind_of,
    open_questions,
    rights,
    unsaid,
)

_TO_BE_DONE = frozenset({Status.ASSIGNED, Status.IN_PROGRESS})


async def ticket(request: web.Request) -> web.Response:
    """The ticket's page.

    Raises:
        NotFound: there is no such ticket.
    """
    return await ticket_page(request, number_in_path(request, "ticket_id"))


async def ticket_page(
    request: web.Request,
    ticket_id: int,
    refusal: Refusal | None = None,
    *,
    status: int = 200,
    calling: CallbackRefusal = NO_REFUSAL,
) -> web.Response:
    """The same, also after something on it was refused; NotFound when there is no such ticket."""
    words = words_of(request)
    async with request.app[SERVICES].open_uow(write=False) as uow:
        found = await uow.tickets.by_id(ticket_id)
        if found is None:
            raise NotFound(f"no ticket {ticket_id}", ticket_id=ticket_id)
        view = await ticket_view(uow, found, words)
    context = {
        "view": view,
        "work": await _work(request, ticket_id, refusal),
        "callbacks": await callbacks_of(request, found, calling),
        "reasons": lambda suggestion: say_reasons(suggestion, words),
    }
    return await page(request, "ticket.html", context, status=status)


async def _work(request: web.Request, ticket_id: int, refusal: Refusal | None) -> WorkView | None:
    desk, who = request.app[SERVICES].desk, visitor(request)
    if desk is None:
        return None
    details = await desk.reading.details(who.person, ticket_id)
    proposes = who.may(Action.MODERATE_TICKETS) and "assign" in {str(each) for each in details.steps}
    async with request.app[SERVICES].open_uow(write=False) as uow:
        executors = await executors_of(uow)
        colleagues = await colleagues_of(uow, who.person)
        choices = await classes(uow)
    return WorkView(
        details=details,
        me=who.person.id,
        executors=executors,
        colleagues=colleagues,
        questions=open_questions(who.person, details),
        tools=desk.work.tools(),
        choices=choices,
        proposal=await desk.moderation.proposal(who.person, ticket_id) if proposes else None,
        promise=unsaid(who.person, details, desk.registration.promise(details.ticket, kind_of(details))),
        refusal=refusal,
        following=await _following(desk, who.person, details.ticket),
        **rights(who.person, details),
    )


async def _following(desk: DeskRoom, by: Person, ticket: Ticket) -> Ticket | None:
    """His next ticket by time left, once nothing is to be done on this one of his."""
    if ticket.assignee_id != by.id or ticket.status in _TO_BE_DONE:
        return None
    wanted = Filter(statuses=_TO_BE_DONE, assignee_id=by.id)
    found = await desk.lists.page(by, Query(filter=wanted, limit=1))
    return found.tickets[0] if found.tickets else None
