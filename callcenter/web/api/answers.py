"""What the API tells of tickets and of everything beside them; names here are the contract with other programs."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from callcenter.domain.callbacks import AttemptStage, CallbackState, Origin
from callcenter.domain.calls import CallOutcome, FoundBy
from callcenter.domain.lifecycle import CancelReason, Status, Step
from callcenter.domain.messages import MessageKind
from callcenter.domain.remote import RemoteResult
from callcenter.domain.support import Support
from callcenter.domain.ticket import Kind, Priority, Source
from callcenter.services.callback_views import SeriesView
from callcenter.web.api.fields import Seconds, Told
from dialer.attempt import Outcome as AttemptOutcome
from sla.clock import ClockState
from sla.timeline import ClockName, Holder, Pause
from sla.verdict import Doing
from sla.verdict import Outcome as VerdictOutcome


class Number(Told):
    """A telephone number as it came, and as E.164 where it is one; a caller's number is a claim, not a proof."""

    raw: str
    e164: str | None


class Ticket(Told):
    """A ticket; `version` is its `ETag`. `due_at` is the deadline that runs now, null while none does."""

    id: int
    version: int
    status: Status
    source: Source
    kind: Kind | None
    priority: Priority
    subject: str
    text: str
    answer: str
    contact_name: str
    contact_phone: Number | None
    contact_email: str | None
    caller: Number | None
    client_id: int | None
    possible_client_id: int | None
    organization_id: int | None
    product_id: int | None
    topic_id: int | None
    site_id: int | None
    hotline_id: int | None
    operator_id: int | None
    assignee_id: int | None
    missed: CallOutcome | None
    cancel_reason: CancelReason | None
    merged_into: int | None
    rating: int | None
    rating_text: str
    created_at: datetime
    arrived_at: datetime | None
    registered_at: datetime | None
    said_at: datetime | None
    updated_at: datetime
    ended_at: datetime | None
    due_at: datetime | None


class TicketPage(Told):
    """One page of a list; ask again with `after` set to `next`, null at the end."""

    tickets: list[Ticket]
    next: str | None = Field(validation_alias="after")


class Organization(Told):
    """A company."""

    id: int
    name: str
    inn: str | None


class Client(Told):
    """A client; phones are E.164."""

    id: int
    name: str
    organization_id: int | None
    phones: list[str]
    email: str | None


class Product(Told):
    """A program we support, with its developer."""

    id: int
    code: str
    name: str
    vendor: str | None
    vendor_email: str | None
    support_included: bool


class Contract(Told):
    """A company's contract for a product."""

    id: int
    organization_id: int
    product_id: int
    number: str
    starts_on: date
    ends_on: date | None
    vendor_support: bool


class Topic(Told):
    """A topic; `kind` is what a request on it usually is."""

    id: int
    name: str
    kind: Kind
    parent_id: int | None
    position: int
    active: bool


class SupportAnswer(Told):
    """Whether the developer answers for this company, with the words to say. Regulation: 2.6."""

    support: Support
    vendor: str | None
    contract: Contract | None
    words: str
    covered: bool


class Message(Told):
    """Something written on a ticket."""

    id: int
    at: datetime
    kind: MessageKind
    text: str
    author_id: int | None
    to_person_id: int | None


class Call(Told):
    """A call to the hotline."""

    id: int
    hotline_id: int
    ticket_id: int
    did: Number
    caller: Number
    caller_name: str
    found_by: FoundBy
    phone_queue: str | None
    entered_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    answered_by: int | None
    ended_at: datetime | None
    outcome: CallOutcome | None


class RemoteSession(Told):
    """A session on a client's workplace. Regulation: 2.8."""

    id: int
    ticket_id: int
    person_id: int
    tool: str
    remote_id: str
    started_at: datetime
    ended_at: datetime | None
    result: RemoteResult | None
    note: str


class Handover(Told):
    """A stay at the product's developer. Regulation: 2.6."""

    id: int
    ticket_id: int
    vendor: str
    at: datetime
    by: int
    due_at: datetime
    dossier: str
    ended_at: datetime | None
    answer: str


class Clock(Told):
    """A clock as it stands; business time in seconds. Regulation: 2.3, 2.4, 2.7, 2.8."""

    clock: ClockName
    number: int
    state: ClockState
    pause: Pause | None
    target: Seconds
    elapsed: Seconds
    started_at: datetime
    due_at: datetime | None
    finished_at: datetime | None
    reopened_at: datetime | None


class ClockReading(Told):
    """A clock with what is used and left of it now; negative when overdue."""

    clock: Clock
    used: Seconds
    left: Seconds


class Interval(Told):
    """A stretch of a clock's time: who held the ticket, whether the clock ran, and why not."""

    start: datetime
    end: datetime
    doing: Doing
    holder: Holder
    why: str
    name: str


class Verdict(Told):
    """Kept, breached or still open, explained without gaps by `intervals`; business time in seconds."""

    clock: ClockName
    number: int
    kind: str
    priority: str
    outcome: VerdictOutcome
    target: Seconds
    elapsed: Seconds
    overrun: Seconds
    started_at: datetime
    ended_at: datetime
    finished: bool
    due_at: datetime | None
    breached_at: datetime | None
    breached_under: Holder | None
    intervals: list[Interval]


class AuditEntry(Told):
    """One row of the audit. Regulation: 2.10."""

    id: int
    at: datetime
    actor: str
    ticket_id: int | None
    action: str
    reason: str
    change: dict[str, object]


class TicketDetails(Told):
    """A ticket with everything beside it; `steps` are what the asker may do to it now.

    `clocks_unknown`: the record of its time is lost, so nothing of it can be judged.
    """

    ticket: Ticket
    client: Client | None
    organization: Organization | None
    product: Product | None
    topics: list[Topic]
    support: SupportAnswer | None
    messages: list[Message]
    calls: list[Call]
    sessions: list[RemoteSession]
    handovers: list[Handover]
    clocks: list[ClockReading]
    verdicts: list[Verdict]
    story: list[AuditEntry]
    clocks_unknown: bool
    open_tickets: list[Ticket]
    steps: Annotated[list[Step], BeforeValidator(sorted)]
    people: dict[int, str]


class Clocks(Told):
    """A ticket's clocks, and its verdicts with their explanation; `clocks_unknown`: the record of its time is lost."""

    clocks: list[ClockReading]
    verdicts: list[Verdict]
    clocks_unknown: bool


class Attachment(Told):
    """A file of a ticket; its body is at `/tickets/{ticket}/files/{id}` for signed-in people."""

    id: int
    name: str
    kind: str
    size: int
    sha256: str
    at: datetime
    by: str


class Callback(Told):
    """A series of callbacks. Regulation: 2.9."""

    id: int
    version: int
    ticket_id: int
    number: str
    executor_id: int
    state: CallbackState
    origin: Origin
    asked_by: int | None
    asked_at: datetime
    updated_at: datetime
    due_at: datetime | None
    not_before: datetime | None
    reason: str
    snoozed: bool
    ended_at: datetime | None


class CallbackAttempt(Told):
    """One attempt of a series; `counted`: it counts against the client."""

    id: str
    callback_id: int
    no: int
    number: str
    executor_id: int
    due_at: datetime
    claimed_at: datetime
    stage: AttemptStage
    ended_at: datetime | None
    outcome: AttemptOutcome | None
    rule: str
    seen: list[str]
    counted: bool
    machine_marked_by: int | None


class Series(Told):
    """A series with its attempts, oldest first; what counts is a setting."""

    callback: Callback
    attempts: list[CallbackAttempt]
    counted: int

    @model_validator(mode="before")
    @classmethod
    def _as_it_is_set(cls, value: object) -> object:
        """Each attempt counts as the series' own setting says, not by the regulation's list."""
        if not isinstance(value, SeriesView):
            return value
        attempts = []
        for each in value.attempts:
            told = {name: getattr(each, name) for name in CallbackAttempt.model_fields}
            attempts.append({**told, "counted": each.counts_by(value.counting)})
        return {"callback": value.callback, "attempts": attempts, "counted": value.counted}


class Person(Told):
    """An employee by name."""

    id: int
    name: str
