"""A ticket (обращение, заявка): one request of one client, from draft to the end. Regulation: 1.4, 2.1."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from callcenter.domain.calls import CallOutcome
from callcenter.domain.lifecycle import OPEN, CancelReason, Status
from callcenter.domain.numbers import Number


class Source(StrEnum):
    """Where a ticket came from."""

    CALL = "call"
    FORM = "form"
    OPERATOR = "operator"


class Kind(StrEnum):
    """What is asked, and so how long we have. Regulation: 2.6 (vendor), 2.7 (reference), 2.8 (outage)."""

    REFERENCE = "reference"
    OUTAGE = "outage"
    VENDOR = "vendor"


class Priority(StrEnum):
    """How urgent it is among its kind; a target may be set for one priority of a kind."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """`missed` is set while nobody has spoken with the caller, with the reason of the last missed call.

    `client_id` and `organization_id` are a person's confirmed choice; `possible_client_id` is only what the number
    suggests. `contact_…` is whom to answer. `arrived_at` is the start of the call or the sending of the form.
    `due_at` is when the clock that matters now is used up (NEW: to be assigned; afterwards: to be resolved), None
    while nothing runs. `version` grows with every change (optimistic locking).
    """

    id: int
    version: int
    status: Status
    source: Source
    hotline_id: int | None
    caller: Number | None
    created_at: datetime
    updated_at: datetime
    missed: CallOutcome | None = None
    operator_id: int | None = None
    possible_client_id: int | None = None
    client_id: int | None = None
    cancel_reason: CancelReason | None = None
    subject: str = ""
    organization_id: int | None = None
    contact_name: str = ""
    contact_phone: Number | None = None
    contact_email: str | None = None
    product_id: int | None = None
    topic_id: int | None = None
    kind: Kind | None = None
    priority: Priority = Priority.NORMAL
    text: str = ""
    site_id: int | None = None
    assignee_id: int | None = None
    arrived_at: datetime | None = None
    registered_at: datetime | None = None
    said_at: datetime | None = None
    said_text: str = ""
    answer: str = ""
    ended_at: datetime | None = None
    rating: int | None = None
    rating_text: str = ""
    merged_into: int | None = None
    due_at: datetime | None = None

    @property
    def number(self) -> str:
        """The number people say aloud."""
        return str(self.id)

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.status in OPEN

    @property
    def arrival(self) -> datetime:
        """When it came in: the instant its deadlines count from. Regulation: 2.7, 2.8."""
        return self.arrived_at or self.created_at

    def overdue(self, now: datetime) -> bool:
        """Whether the clock that matters now is used up."""
        return self.due_at is not None and self.due_at < now


DEFAULT_JOIN_WINDOW = timedelta(hours=4)


def joins(draft: Ticket, caller: Number, at: datetime, window: timedelta = DEFAULT_JOIN_WINDOW) -> bool:
    """Whether a further call of this number belongs to this draft instead of opening another.

    Only an open draft of the same known number, last touched within the window; a hidden number never joins.
    Regulation: 2.1 (decision).
    """
    if caller.e164 is None or draft.caller is None or draft.caller.e164 != caller.e164:
        return False
    return draft.status is Status.DRAFT and at - draft.updated_at <= window
