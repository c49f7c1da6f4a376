"""One telephone call and its legs, as far as AMI has shown them. Values only; the rules are in the reducer.

A call is keyed by the Linkedid its first channel had: later a channel's Linkedid may change, the key does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ami.signals import AttemptFacts, LeaveReason


class Direction(StrEnum):
    """Who called whom. Only INBOUND calls open anything in the application."""

    UNKNOWN = "unknown"
    INBOUND = "inbound"
    INTERNAL = "internal"
    OUTBOUND = "outbound"
    ATTEMPT = "attempt"


class Ringing(StrEnum):
    """A dialled leg: not ringing yet, ringing now, or over (it rang or never will again)."""

    NOT_YET = "not_yet"
    NOW = "now"
    OVER = "over"


def endpoint_of(channel: str) -> str:
    """The device behind a channel name.

    >>> endpoint_of("PJSIP/101-00000014")
    'PJSIP/101'
    >>> endpoint_of("Local/101@members-00000003;1")
    'Local/101@members'
    """
    return channel.rpartition("-")[0] or channel


def local_pair(channel: str) -> str:
    """The name both halves of a Local channel share, empty for any other channel.

    >>> local_pair("Local/101@members-00000003;2")
    'Local/101@members-00000003'
    """
    return channel.rpartition(";")[0] if channel.startswith("Local/") else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Leg:
    """One live channel of a call."""

    uniqueid: str
    channel: str
    endpoint: str
    pair: str
    state: int
    first_context: str
    exten: str
    caller_number: str
    caller_name: str
    seen_at: datetime
    did: str = ""
    dialled: bool = False
    dialled_by: str = ""
    interface: str = ""
    ringing: Ringing = Ringing.NOT_YET
    ringing_since: datetime | None = None
    refused_at: datetime | None = None
    dial_status: str = ""
    bridge_id: str = ""
    bridge_changed_at: datetime | None = None
    joined_from_other_call: bool = False
    spoken_to_first: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueStay:
    """The caller's stay in one queue."""

    queue: str
    position: int
    joined_at: datetime
    left_at: datetime | None = None
    reason: LeaveReason | None = None
    no_answer_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Talk:
    """A spell of talk between the caller and one leg of ours. `until` is None while they talk."""

    leg_id: str
    endpoint: str
    interface: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call; `legs` holds its live channels by uniqueid, the entry channel (uniqueid = call_id) included."""

    call_id: str
    direction: Direction
    started_at: datetime
    changed_at: datetime
    legs: Mapping[str, Leg] = field(default_factory=dict)
    announced: bool = False
    entry_endpoint: str = ""
    did: str = ""
    caller_number: str = ""
    caller_name: str = ""
    stay: QueueStay | None = None
    waited_seconds: float = 0.0
    talk: Talk | None = None
    talked_seconds: float = 0.0
    answered_at: datetime | None = None
    picked_up: bool = False
    dialplan_reason: str = ""
    entry_gone_at: datetime | None = None
    cause: int | None = None
    gap: bool = False
    interrupted: bool = False
    attempt: AttemptFacts | None = None

    @property
    def entry(self) -> Leg | None:
        """The channel that began the call, while it lives."""
        return self.legs.get(self.call_id)

    @property
    def waiting(self) -> bool:
        """The caller stands in a queue and nobody speaks with him."""
        return self.stay is not None and self.stay.left_at is None and self.entry_gone_at is None

    @property
    def talking(self) -> bool:
        """Somebody of ours speaks with the caller."""
        return self.talk is not None and self.talk.until is None
