"""Lists, search, and one ticket with what belongs to it."""

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from pydantic import Field

from callcenter.domain.attachments import LARGEST_ATTACHMENT, Upload
from callcenter.domain.callbacks import Callback
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.lists import LARGEST_PAGE, PAGE, Filter, Query, Sort
from callcenter.domain.people import Action
from callcenter.domain.ticket import Kind, Priority, Source
from callcenter.services.callback_views import SeriesView
from callcenter.services.ticket_files import TicketFiles
from callcenter.web.api import answers
from callcenter.web.api.binding import found
from callcenter.web.api.fields import Asked, Cursor, Id, Instant, Line, Name, Told
from callcenter.web.api.operation import ApiCall, operation
from callcenter.web.callback_room import counting_of
from callcenter.web.keys import CLOCK
from callcenter.web.pages import tickets as screen
from callcenter.web.public.status import staff_file


class FilterBody(Asked):
    """Filters of a list; all of them must fit. `overdue`: the clock that runs is used up."""

    status: list[Status] = Field(default=[], max_length=9)
    kind: Kind | None = None
    priority: Priority | None = None
    source: Source | None = None
    topic_id: Id | None = None
    product_id: Id | None = None
    site_id: Id | None = None
    client_id: Id | None = None
    organization_id: Id | None = None
    assignee_id: Id | None = None
    operator_id: Id | None = None
    cancel_reason: CancelReason | None = None
    missed: bool | None = None
    overdue: bool = False
    since: Instant | None = None
    until: Instant | None = None
    sort: Sort = Sort.TIME_LEFT


class ExportBody(FilterBody):
    """The same, and words to search for among them."""

    text: Line = ""


class ListQuery(FilterBody):
    """The same, and where to go on."""

    after: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = PAGE


class SearchBody(Asked):
    """What to look for: words in any Russian form, a number, a name, a company, a phone in any form."""

    text: Line
    before: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class SearchAnswer(Told):
    """Newest first; `exact` is the ticket of this very number. Go on with `before` set to `next`."""

    exact: answers.Ticket | None
    tickets: list[answers.Ticket]
    next: int | None = Field(validation_alias="before")


class FileQuery(Asked):
    """What its sender calls it."""

    name: Name


class Counts(Told):
    """Open tickets; `mine` and `own_drafts` are the asker's."""

    drafts: int
    own_drafts: int
    moderation: int
    mine: int
    open: int


class SimilarAnswer(Told):
    """What was answered to a request like this one."""

    ticket_id: int
    subject: str
    answer: str
    likeness: float
    rating: int | None


class AnswersBody(Asked):
    """A request's text, and its product if known."""

    text: Annotated[str, Field(min_length=1, max_length=20_000, pattern=r"^[^\x00]*$")]
    product_id: Id | None = None


async def list_tickets(call: ApiCall, query: ListQuery) -> object:
    """One page of tickets.

    Pages go on by `next` and never shift when tickets arrive. Without `sort`: by time left.
    """
    wanted = _filter(call, query)
    return await call.desk.lists.page(
        call.person, Query(filter=wanted, sort=query.sort, after=query.after, limit=query.limit)
    )


def _filter(call: ApiCall, asked: FilterBody) -> Filter:
    given = asked.model_dump(exclude={"status", "overdue", "sort", "after", "limit", "text"})
    overdue_at = call.request.app[CLOCK].now() if asked.overdue else None
    return Filter(**given, statuses=frozenset(asked.status), overdue_at=overdue_at)


async def export_tickets(call: ApiCall, body: ExportBody) -> web.StreamResponse:
    """The whole list as CSV, sent while it is read; that it was taken out is in the audit."""
    return await screen.export_of(call.request, _filter(call, body), body.sort, body.text)


async def search_tickets(call: ApiCall, body: SearchBody) -> object:
    """Find tickets; POST, so that no name or number stands in an address. Changes nothing."""
    return await call.more.search.find(call.person, body.text, before=body.before, limit=body.limit)


async def count_tickets(call: ApiCall) -> object:
    """How many open tickets there are in the asker's lists."""
    return await call.desk.lists.counts(call.person)


async def get_ticket(call: ApiCall) -> object:
    """A ticket with everything beside it."""
    return await call.desk.reading.details(call.person, call.ticket_id)


async def get_story(call: ApiCall) -> object:
    """The ticket's audit, oldest first."""
    async with call.open_uow(write=False) as uow:
        found(await uow.tickets.by_id(call.ticket_id), "ticket", call.ticket_id)
        return await uow.audit.of_ticket(call.ticket_id)


async def get_messages(call: ApiCall) -> object:
    """Everything written on the ticket, oldest first."""
    async with call.open_uow(write=False) as uow:
        found(await uow.tickets.by_id(call.ticket_id), "ticket", call.ticket_id)
        return await uow.messages.of_ticket(call.ticket_id)


async def get_calls(call: ApiCall) -> object:
    """The calls of the ticket."""
    async with call.open_uow(write=False) as uow:
        found(await uow.tickets.by_id(call.ticket_id), "ticket", call.ticket_id)
        return await uow.calls.of_ticket(call.ticket_id)


async def get_files(call: ApiCall) -> object:
    """The files that came with the ticket."""
    async with call.open_uow(write=False) as uow:
        found(await uow.tickets.by_id(call.ticket_id), "ticket", call.ticket_id)
        return await uow.attachments.of_ticket(call.ticket_id)


async def get_file(call: ApiCall) -> web.StreamResponse:
    """A file of the ticket, as it came."""
    return await staff_file(call.request)


async def add_file(call: ApiCall, query: FileQuery, raw: bytes) -> object:
    """Attach a file: pictures, PDF, office documents, archives and text, by their content and not their name."""
    upload = Upload(name=query.name, body=raw)
    return await TicketFiles(call.more.desk, call.public.files).add(call.person, call.ticket_id, upload)


async def get_clocks(call: ApiCall) -> object:
    """The ticket's clocks, and every verdict explained interval by interval."""
    return await call.desk.reading.details(call.person, call.ticket_id)


async def get_attempts(call: ApiCall) -> object:
    """The ticket's series of callbacks with every attempt and what it is counted as."""
    async with call.open_uow(write=False) as uow:
        found(await uow.tickets.by_id(call.ticket_id), "ticket", call.ticket_id)
        attempts = await uow.callback_attempts.of_ticket(call.ticket_id)
        series: Sequence[Callback] = await uow.callbacks.of_ticket(call.ticket_id)
    counting = counting_of(call.services.callbacks)
    return [
        SeriesView(
            callback=each,
            attempts=[one for one in attempts if one.callback_id == each.id],
            counting=counting,
        )
        for each in series
    ]


async def similar_answers(call: ApiCall) -> object:
    """What was answered to requests like this ticket, likest first."""
    return await call.more.knowledge.similar(call.person, call.ticket_id)


async def find_answers(call: ApiCall, body: AnswersBody) -> object:
    """What was answered to requests like this text, likest first. Changes nothing."""
    return await call.more.knowledge.answers(call.person, body.text, product_id=body.product_id)


ANY_FILE = ("application/octet-stream",)
_SEE = Action.SEE_TICKETS
_TICKET = "/tickets/{ticket_id}"
OPERATIONS = (
    operation("GET", "/tickets", _SEE, list_tickets, answer=answers.TicketPage),
    operation("POST", "/tickets/search", _SEE, search_tickets, answer=SearchAnswer, changes=False),
    operation(
        "POST", "/tickets/export", Action.EXPORT_TICKETS, export_tickets, media="text/csv", changes=False
    ),
    operation("GET", "/tickets/counts", _SEE, count_tickets, answer=Counts),
    operation("GET", _TICKET, _SEE, get_ticket, answer=answers.TicketDetails, tagged=True),
    operation("GET", f"{_TICKET}/story", _SEE, get_story, answer=list[answers.AuditEntry]),
    operation("GET", f"{_TICKET}/messages", _SEE, get_messages, answer=list[answers.Message]),
    operation("GET", f"{_TICKET}/calls", _SEE, get_calls, answer=list[answers.Call]),
    operation("GET", f"{_TICKET}/files", _SEE, get_files, answer=list[answers.Attachment]),
    operation(
        "POST",
        f"{_TICKET}/files",
        Action.NOTE_ON_TICKETS,
        add_file,
        answer=answers.Attachment,
        status=201,
        takes=ANY_FILE,
        largest=LARGEST_ATTACHMENT,
    ),
    operation("GET", f"{_TICKET}/files/{{attachment_id}}", _SEE, get_file, media=ANY_FILE[0]),
    operation("GET", f"{_TICKET}/clocks", _SEE, get_clocks, answer=answers.Clocks),
    operation("GET", f"{_TICKET}/callbacks", _SEE, get_attempts, answer=list[answers.Series]),
    operation("GET", f"{_TICKET}/similar-answers", _SEE, similar_answers, answer=list[SimilarAnswer]),
    operation("POST", "/answers/search", _SEE, find_answers, answer=list[SimilarAnswer], changes=False),
)
