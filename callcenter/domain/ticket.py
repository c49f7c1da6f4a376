"""A ticket (обращение, заявка): one request of one client, from draft to the end. Regulation: 1.4, 2.1."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from callcenter.domain.calls import CallOutcome
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.numbers import Number


class Source(StrEnum):
    """Where a ticket came from."""

    CALL = "call"
    FORM = "form"
    OPERATOR = "operator"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """`missed` is set while nobody has spoken with the caller, with the reason of the last missed call.

    `client_id` is a person's confirmed choice; `possible_client_id` is only what the number suggests.
    `version` grows with every change (optimistic locking).
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

    @property
    def number(self) -> str:
        """The number people say aloud."""
        return str(self.id)


DEFAULT_JOIN_WINDOW = timedelta(hours=4)


def joins(draft: Ticket, caller: Number, at: datetime, window: timedelta = DEFAULT_JOIN_WINDOW) -> bool:
    """Whether a further call of this number belongs to this draft instead of opening another.

    Only an open draft of the same known number, last touched within the window; a hidden number never joins.
    Regulation: 2.1 (decision).
    """
    if caller.e164 is None or draft.caller is None or draft.caller.e164 != caller.e164:
        return False
    return draft.status is Status.DRAFT and at - draft.updated_at <= window
