"""Drafts and their registration. Regulation: 2.1."""

from datetime import datetime

from callcenter.domain.lifecycle import CancelReason
from callcenter.domain.people import Action
from callcenter.domain.registration import TicketFields
from callcenter.domain.ticket import Kind, Priority
from callcenter.web.api import answers
from callcenter.web.api.fields import Asked, Id, Line, OptionalWords, Reason, Told
from callcenter.web.api.operation import ApiCall, operation


class StartBody(Asked):
    """A request that comes without a call."""

    priority: Priority = Priority.NORMAL


class FormBody(Asked):
    """The form of a request; what is missing is empty."""

    client_id: Id | None = None
    organization_id: Id | None = None
    contact_name: Line = ""
    contact_phone: Line = ""
    contact_email: Line = ""
    product_id: Id | None = None
    topic_id: Id | None = None
    kind: Kind | None = None
    priority: Priority = Priority.NORMAL
    subject: Line = ""
    text: OptionalWords = ""


class RegisterBody(FormBody):
    """The whole form; `said`: the promise was said to the caller."""

    said: bool = False


class JoinBody(Asked):
    """The open ticket that the draft's call belongs to."""

    into: Id
    reason: Reason = ""


class DiscardBody(Asked):
    """Why the draft is no request."""

    why: CancelReason
    reason: Reason = ""


class RestoreBody(Asked):
    """Why it is a request after all."""

    reason: Reason = ""


class Promise(Told):
    """The sentence to say, with the deadline in it."""

    text: str
    due_at: datetime


class Fields(Told):
    """What the form holds."""

    client_id: int | None
    organization_id: int | None
    contact_name: str
    contact_phone: str
    contact_email: str
    product_id: int | None
    topic_id: int | None
    kind: Kind | None
    priority: Priority
    subject: str
    text: str


class DraftCard(Told):
    """The form, what is missing in it (field to key), the client's open tickets, and the promise of each kind."""

    ticket: answers.Ticket
    fields: Fields
    missing: dict[str, str]
    open_tickets: list[answers.Ticket]
    promises: dict[Kind, Promise]


def _fields(body: FormBody) -> TicketFields:
    return TicketFields(**body.model_dump(exclude={"said"}))


async def start_draft(call: ApiCall, body: StartBody) -> object:
    """A draft without a call: somebody asks in person or in another way."""
    return await call.desk.registration.start(call.person, priority=body.priority)


async def get_form(call: ApiCall) -> object:
    """The form of a draft, duplicates and open tickets of the client beside it, and the words to say."""
    return await call.desk.registration.card(call.person, call.ticket_id)


async def fill_form(call: ApiCall, body: FormBody) -> object:
    """Keep what was typed so far; an incomplete form is kept as well."""
    return await call.desk.registration.fill(call.person, call.ticket_id, call.version, _fields(body))


async def register(call: ApiCall, body: RegisterBody) -> object:
    """Make the draft a registered ticket that moderators see at once."""
    return await call.desk.registration.register(
        call.person, call.ticket_id, call.version, _fields(body), said=body.said
    )


async def say_promise(call: ApiCall) -> object:
    """Store that the promise was said, with its words."""
    return await call.desk.registration.say(call.person, call.ticket_id, call.version)


async def join(call: ApiCall, body: JoinBody) -> object:
    """The draft's call belongs to an open ticket: the call moves there, the draft ends as its duplicate."""
    return await call.desk.registration.join(
        call.person, call.ticket_id, call.version, into=body.into, reason=body.reason
    )


async def discard(call: ApiCall, body: DiscardBody) -> object:
    """The draft is no request; it can be restored."""
    return await call.desk.registration.discard(
        call.person, call.ticket_id, call.version, why=body.why, reason=body.reason
    )


async def restore(call: ApiCall, body: RestoreBody) -> object:
    """A discarded draft is a draft again."""
    return await call.desk.registration.restore(call.person, call.ticket_id, call.version, reason=body.reason)


_REGISTER = Action.REGISTER_TICKETS
_TICKET = "/tickets/{ticket_id}"
OPERATIONS = (
    operation("POST", "/tickets", _REGISTER, start_draft, answer=answers.Ticket, status=201, tagged=True),
    operation("GET", f"{_TICKET}/form", _REGISTER, get_form, answer=DraftCard, tagged=True),
    operation("PUT", f"{_TICKET}/form", _REGISTER, fill_form, answer=answers.Ticket, versioned=True),
    operation("POST", f"{_TICKET}/register", _REGISTER, register, answer=answers.Ticket, versioned=True),
    operation("POST", f"{_TICKET}/say", _REGISTER, say_promise, answer=answers.Ticket, versioned=True),
    operation("POST", f"{_TICKET}/join", _REGISTER, join, answer=answers.Ticket, versioned=True),
    operation("POST", f"{_TICKET}/discard", _REGISTER, discard, answer=answers.Ticket, versioned=True),
    operation("POST", f"{_TICKET}/restore", _REGISTER, restore, answer=answers.Ticket, versioned=True),
)
