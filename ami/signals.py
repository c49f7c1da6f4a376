"""What the reducer tells the application: frozen facts about calls, in the order they became true.

Each signal names its PBX, its call and the instant (UTC, from the event's `Timestamp`). Numbers and names are
raw: they are what the other side claimed, and the application normalises them. `reconstructed` marks a fact
that was found by a snapshot after a gap, not seen as it happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StopReason(StrEnum):
    """Why a phone stopped ringing."""

    ANSWERED = "answered"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    CALLER_LEFT = "caller_left"
    FAILED = "failed"


class LeaveReason(StrEnum):
    """Why a caller is no longer in a queue. UNKNOWN: it happened while the link was down."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    TIMEOUT = "timeout"
    LEFT_EMPTY = "left_empty"
    JOIN_EMPTY = "join_empty"
    FULL = "full"
    CONTINUED = "continued"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


class CallOutcome(StrEnum):
    """How an inbound call ended, for the person who rang us.

    LEFT_EARLY: hung up before any queue (menu, announcement). UNKNOWN: ended while the link was down.
    INTERRUPTED: Asterisk itself went down with the call in it.
    """

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    QUEUE_TIMEOUT = "queue_timeout"
    LEFT_EMPTY = "left_empty"
    JOIN_EMPTY = "join_empty"
    FULL = "full"
    OUTSIDE_HOURS = "outside_hours"
    LEFT_EARLY = "left_early"
    INTERRUPTED = "interrupted"
    UNKNOWN = "unknown"


class TransferKind(StrEnum):
    """BLIND: sent on; ATTENDED: spoken to first."""

    BLIND = "blind"
    ATTENDED = "attended"


class AttemptStep(StrEnum):
    """How far a callback attempt has come."""

    EXECUTOR_RINGING = "executor_ringing"
    EXECUTOR_ANSWERED = "executor_answered"
    CLIENT_DIALLED = "client_dialled"
    CLIENT_RINGING = "client_ringing"
    CLIENT_ANSWERED = "client_answered"


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """Something became true on `pbx` at `at` (UTC)."""

    pbx: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CallSignal(Signal):
    """Something became true about one inbound call; (pbx, call_id) is its key for ever."""

    call_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CallEntered(CallSignal):
    """Somebody called in. `did` is the dialled number as the trunk sent it, empty when it never became known."""

    did: str
    caller_number: str
    caller_name: str
    context: str
    endpoint: str
    reconstructed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CallQueued(CallSignal):
    """The caller waits in `queue` since `at`."""

    queue: str
    position: int
    reconstructed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class LegRinging(CallSignal):
    """A person's phone rings for this call. `interface` is the queue member behind it, where there is one."""

    endpoint: str
    leg_id: str
    interface: str = ""
    queue: str = ""
    reconstructed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class LegStopped(CallSignal):
    """The phone that rang no longer does; exactly one for each LegRinging."""

    endpoint: str
    leg_id: str
    reason: StopReason
    interface: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallAnswered(CallSignal):
    """A person speaks with the caller for the first time; after a pick-up this is who picked it up."""

    endpoint: str
    leg_id: str
    interface: str = ""
    queue: str = ""
    wait_seconds: float = 0.0
    picked_up: bool = False
    reconstructed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CallTransferred(CallSignal):
    """The caller now speaks with somebody else."""

    from_endpoint: str
    to_endpoint: str
    leg_id: str
    kind: TransferKind
    reconstructed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CallLeftQueue(CallSignal):
    """The caller is no longer in `queue`; sent once the reason is known. `at` is when he left it."""

    queue: str
    reason: LeaveReason
    wait_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CallEnded(CallSignal):
    """The caller's channel is gone; `at` is when. Exactly one for each CallEntered.

    wait_seconds: in queues, or from entry to answer where there was no queue. talk_seconds: with people of ours.
    `owner`: the endpoint that spoke last, empty when nobody did.
    """

    outcome: CallOutcome
    entered_at: datetime
    answered_at: datetime | None
    wait_seconds: float
    talk_seconds: float
    owner: str
    cause: int | None
    reconstructed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberStatus(Signal):
    """A queue member as he now stands; sent on change only. `device_state`: see DeviceState."""

    queue: str
    interface: str
    endpoint: str
    name: str
    present: bool
    paused: bool
    pause_reason: str
    device_state: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptProgress(Signal):
    """One of our Originates moved on. `endpoint` is whose leg it concerns."""

    attempt_id: str
    step: AttemptStep
    endpoint: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallbackReport:
    """What the dialplan's hang-up handler reported about the client's leg (UserEvent CallbackDone).

    listened: AMD's status and cause where it listened for a machine, BEGUN where it was broken off; after `|` the
    milliseconds from there to the hang-up, and after another who hung up, `executor` or `client`. Else empty.
    """

    dial_status: str
    cause: int | None = None
    answered_seconds: int | None = None
    ring_ms: int | None = None
    progress_ms: int | None = None
    listened: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptFacts:
    """Everything AMI showed about one attempt; to classify it is the dialer's business.

    client_rang: DialState RINGING was seen; client_progress: PROGRESS. client_* come from the client's own
    channel only: the executor's Hangup copies the client's cause. originate_reason: 0 failure, 3 no answer,
    4 answered, 5 busy, 8 congestion. client_first: the client was rung first and the executor after he answered.
    """

    client_first: bool = False
    executor: str = ""
    executor_rang: bool = False
    executor_answered_at: datetime | None = None
    executor_cause: int | None = None
    executor_tech_cause: str = ""
    originate_success: bool | None = None
    originate_reason: int | None = None
    client_dialled_at: datetime | None = None
    client_rang: bool = False
    client_progress: bool = False
    client_answered_at: datetime | None = None
    client_dial_status: str = ""
    client_cause: int | None = None
    client_tech_cause: str = ""
    client_gone_at: datetime | None = None
    report: CallbackReport | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptEnded(Signal):
    """Nothing of this attempt is left in Asterisk. interrupted: Asterisk went down; reconstructed: seen by snapshot."""

    attempt_id: str
    facts: AttemptFacts
    interrupted: bool = False
    reconstructed: bool = False


class LinkState(StrEnum):
    """State of the telephony link: DOWN → CONNECTING → LOGIN → WAIT_BOOTED → SYNCING → LIVE."""

    DOWN = "down"
    CONNECTING = "connecting"
    LOGIN = "login"
    WAIT_BOOTED = "wait_booted"
    SYNCING = "syncing"
    LIVE = "live"


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkChanged(Signal):
    """The telephony link changed; `reason` is one sentence for a person. `at` is our own clock.

    restarted: this LIVE follows a restart of Asterisk, not a lost link.
    """

    state: LinkState
    reason: str = ""
    restarted: bool = False
