"""The AMI events the product understands, as frozen typed values.

Every event carries `at`: the instant Asterisk stamped it (UTC, header `Timestamp`), never the arrival time.
A channel is described whole in each event (`ChannelFacts`), so that a call can be followed even when its
`Newchannel` was lost. Source: manager events of Asterisk 22.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class ChannelState(IntEnum):
    """`ChannelState` of AMI. RING: the channel called us. RINGING: we call it and its phone rings."""

    DOWN = 0
    RESERVED = 1
    OFF_HOOK = 2
    DIALING = 3
    RING = 4
    RINGING = 5
    UP = 6
    BUSY = 7
    DIALING_OFF_HOOK = 8
    PRE_RING = 9
    UNKNOWN = 10


class DeviceState(IntEnum):
    """`Status` of a queue member (`AST_DEVICE_*`)."""

    UNKNOWN = 0
    NOT_IN_USE = 1
    IN_USE = 2
    BUSY = 3
    INVALID = 4
    UNAVAILABLE = 5
    RINGING = 6
    RING_IN_USE = 7
    ON_HOLD = 8


class MemberChange(StrEnum):
    """What happened to a queue member."""

    STATUS = "status"
    PAUSED = "paused"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelFacts:
    """One channel as an event shows it.

    `caller_number` is what the other side claimed, raw (`anonymous`, `<unknown>` and empty included), without
    control characters. `did` is the channel variable `DID` where `channelvars` of manager.conf sends it.
    """

    uniqueid: str
    linkedid: str
    channel: str
    state: int
    caller_number: str
    caller_name: str
    context: str
    exten: str
    did: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Anything Asterisk told us, stamped by Asterisk (UTC)."""

    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Newchannel(Event):
    """A channel was created."""

    channel: ChannelFacts


@dataclass(frozen=True, kw_only=True, slots=True)
class Newstate(Event):
    """A channel changed its state (`Ringing`, `Up`, …)."""

    channel: ChannelFacts


@dataclass(frozen=True, kw_only=True, slots=True)
class Hangup(Event):
    """A channel is gone. `cause` is Q.850, `tech_cause` the SIP code (Asterisk ≥ 20.17 / 22.7) or empty."""

    channel: ChannelFacts
    cause: int
    tech_cause: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DialBegin(Event):
    """`channel` (None for an Originate) starts to dial `dest`."""

    channel: ChannelFacts | None
    dest: ChannelFacts


@dataclass(frozen=True, kw_only=True, slots=True)
class DialState(Event):
    """The dialled leg reports RINGING, PROGRESS or PROCEEDING."""

    channel: ChannelFacts | None
    dest: ChannelFacts
    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DialEnd(Event):
    """The dialled leg came to an end of its dialling. Not unique, may be missing: the first wins."""

    channel: ChannelFacts | None
    dest: ChannelFacts
    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BridgeEnter(Event):
    """A channel entered a bridge."""

    channel: ChannelFacts
    bridge_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BridgeLeave(Event):
    """A channel left a bridge."""

    channel: ChannelFacts
    bridge_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueCallerJoin(Event):
    """A caller entered a queue."""

    channel: ChannelFacts
    queue: str
    position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueCallerLeave(Event):
    """A caller is no longer in the queue: connected, gone or sent on; the event does not say which."""

    channel: ChannelFacts
    queue: str


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueCallerAbandon(Event):
    """A caller left without an answer. Also sent on queue timeout: it does not prove that he hung up."""

    channel: ChannelFacts
    queue: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentCalled(Event):
    """The queue calls a member. Not ringing yet, and perhaps never."""

    channel: ChannelFacts
    dest: ChannelFacts
    queue: str
    interface: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentConnect(Event):
    """A member got the caller. After a pick-up `interface` is the old member; `dest` is who really answered."""

    channel: ChannelFacts
    dest: ChannelFacts
    queue: str
    interface: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentComplete(Event):
    """A member's talk with a caller ended. `dest` may be missing after an attended transfer."""

    channel: ChannelFacts
    dest: ChannelFacts | None
    queue: str
    interface: str
    talk_seconds: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentRingNoAnswer(Event):
    """A member did not take the call. `ring_ms` is milliseconds (`AgentConnect.RingTime` is seconds)."""

    channel: ChannelFacts
    dest: ChannelFacts | None
    queue: str
    interface: str
    ring_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentDump(Event):
    """A member hung up on the announcement; the caller stays in the queue."""

    channel: ChannelFacts
    queue: str
    interface: str


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueMember(Event):
    """A member of a queue as it now stands. `endpoint` is the device whose state is watched."""

    change: MemberChange
    queue: str
    interface: str
    endpoint: str
    name: str
    device_state: int
    paused: bool
    pause_reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OriginateResponse(Event):
    """The first leg of an Originate: answered or not. It says nothing about the second leg."""

    action_id: str
    uniqueid: str
    success: bool
    reason: int


@dataclass(frozen=True, kw_only=True, slots=True)
class BlindTransfer(Event):
    """Somebody sent the other party on to an extension."""

    transferer: ChannelFacts
    transferee: ChannelFacts | None
    exten: str
    success: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class AttendedTransfer(Event):
    """Somebody joined his two calls."""

    first_transferer: ChannelFacts
    second_transferer: ChannelFacts
    success: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Pickup(Event):
    """`channel` took over the call that rang at `target`."""

    channel: ChannelFacts
    target: ChannelFacts


@dataclass(frozen=True, kw_only=True, slots=True)
class UserEvent(Event):
    """The dialplan tells something: `name` and its own headers in `fields`."""

    channel: ChannelFacts | None
    name: str
    fields: tuple[tuple[str, str], ...]

    def field(self, name: str) -> str:
        """The value of one own header, empty when absent (names compared without case)."""
        wanted = name.casefold()
        return next((value for key, value in self.fields if key.casefold() == wanted), "")


@dataclass(frozen=True, kw_only=True, slots=True)
class FullyBooted(Event):
    """Asterisk is ready. `uptime` in seconds tells a lost link from a restart."""

    uptime: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Shutdown(Event):
    """Asterisk says it is going down."""

    restart: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick(Event):
    """Not from Asterisk: time has come to `at`. Lets the reducer settle and forget without a clock."""
