"""What screens are told while it happens. The database is the truth; a lost message is replayed or re-read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LiveKind(StrEnum):
    """Names of the messages on the live stream."""

    POP_SHOW = "pop.show"
    POP_UPDATE = "pop.update"
    POP_WITHDRAW = "pop.withdraw"
    LINE_CHANGED = "line.changed"
    LINK_CHANGED = "link.changed"
    TICKET_CHANGED = "ticket.changed"
    TICKET_ASSIGNED = "ticket.assigned"
    TICKET_ASKED = "ticket.asked"
    TICKET_REPLIED = "ticket.replied"
    TICKET_WRITTEN = "ticket.written"
    DEADLINE_NEAR = "deadline.near"
    DEADLINE_PROPOSAL = "deadline.proposal"
    PRESENCE_CHANGED = "presence.changed"
    SESSION_ENDED = "session.ended"
    OUTBOX_CHANGED = "outbox.changed"
    CALLBACK_CHANGED = "callback.changed"
    DIALER_CHANGED = "dialer.changed"


def to_person(person_id: int) -> str:
    """The audience of one person."""
    return f"person:{person_id}"


def to_role(role: str) -> str:
    """The audience of everybody who has this role."""
    return f"role:{role}"


FLOOR = "floor"
"""Everybody who may see the line (`Action.SEE_LINE`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveMessage:
    """One message to an audience. `id` grows within the store and is the stream's event id; 0 before it is stored.

    `event_at` is the PBX's time of the event behind it, so that the way to the screen can be measured.
    """

    id: int
    audience: str
    kind: LiveKind
    payload: Mapping[str, object]
    at: datetime
    event_at: datetime | None = None
