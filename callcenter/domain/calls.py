"""Calls to the hotline: what the PBX reported (facts) and what we keep (the call).

Asterisk's words (agent, member, Linkedid) stay inside `ami`; `phone` translates them to these facts.
Regulation: 1.6, 2.1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from callcenter.domain.numbers import Number


class FoundBy(StrEnum):
    """How we learnt of a call; anything but LIVE means it was reconstructed after a gap."""

    LIVE = "live"
    SNAPSHOT = "snapshot"
    CEL = "cel"
    CDR = "cdr"


class CallOutcome(StrEnum):
    """How a hotline call ended. All but ANSWERED leave a missed ticket with this reason."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    QUEUE_TIMEOUT = "queue_timeout"
    QUEUE_EMPTY = "queue_empty"
    QUEUE_FULL = "queue_full"
    OUTSIDE_HOURS = "outside_hours"
    INTERRUPTED = "interrupted"
    UNKNOWN = "unknown"


class RingEnd(StrEnum):
    """Why a person's phone stopped ringing."""

    ANSWERED = "answered"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    CALLER_LEFT = "caller_left"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hotline:
    """One advertised number with its brand and queue. `dids` are E.164. Regulation: 1.6."""

    id: int
    name: str
    dids: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class CallKey:
    """What makes a call unique over all PBXs and their restarts: (pbx, linkedid of its entry)."""

    pbx: str
    linkedid: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CallFact:
    """Something the PBX reported about one call at `at` (UTC, the PBX's own clock)."""

    key: CallKey
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CallEntered(CallFact):
    """A call reached one of our numbers from outside."""

    did: Number
    caller: Number
    caller_name: str
    found_by: FoundBy = FoundBy.LIVE


@dataclass(frozen=True, kw_only=True, slots=True)
class CallQueued(CallFact):
    """The call waits in a phone queue."""

    phone_queue: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PhoneRinging(CallFact):
    """A person's phone really rings for this call (not merely: was called)."""

    endpoint: str
    leg: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PhoneStopped(CallFact):
    """That phone stopped ringing."""

    endpoint: str
    leg: str
    reason: RingEnd


@dataclass(frozen=True, kw_only=True, slots=True)
class CallAnswered(CallFact):
    """A person speaks with the caller; after a pick-up it is the one who picked up."""

    endpoint: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CallTransferred(CallFact):
    """Another person took the caller over."""

    from_endpoint: str | None
    to_endpoint: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CallEnded(CallFact):
    """The caller is gone."""

    outcome: CallOutcome


@dataclass(frozen=True, kw_only=True, slots=True)
class PhoneReported:
    """The PBX reported the state of a person's phone or of his place in the queue."""

    pbx: str
    endpoint: str
    at: datetime
    state: str
    in_queue: bool
    paused: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A hotline call as we keep it; exactly one ticket holds it."""

    id: int
    key: CallKey
    hotline_id: int
    ticket_id: int
    did: Number
    caller: Number
    caller_name: str
    found_by: FoundBy
    entered_at: datetime
    phone_queue: str | None = None
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by: int | None = None
    ended_at: datetime | None = None
    outcome: CallOutcome | None = None

    @property
    def reconstructed(self) -> bool:
        """True when the call was found after the fact and not seen as it happened."""
        return self.found_by is not FoundBy.LIVE


@dataclass(frozen=True, kw_only=True, slots=True)
class Ringing:
    """One person's phone ringing for one call: the state behind his pop-up."""

    call_id: int
    person_id: int
    since: datetime
    ended_at: datetime | None = None
    reason: RingEnd | None = None
    acknowledged_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer:
    """The caller was handed to another phone; a phone that is nobody's has no `to_person_id`."""

    call_id: int
    at: datetime
    from_person_id: int | None
    to_person_id: int | None
    to_endpoint: str


_EVIDENCE: Mapping[CallOutcome, int] = {
    CallOutcome.UNKNOWN: 0,
    CallOutcome.INTERRUPTED: 1,
    CallOutcome.ANSWERED: 3,
}
_OBSERVED = 2


def _evidence(outcome: CallOutcome | None) -> int:
    return -1 if outcome is None else _EVIDENCE.get(outcome, _OBSERVED)


def queued(call: Call, phone_queue: str, at: datetime) -> Call:
    """The call waits in a queue; the first instant stays, the last queue counts."""
    if call.queued_at is not None and at < call.queued_at:
        return replace(call, queued_at=at)
    return replace(call, phone_queue=phone_queue, queued_at=call.queued_at or at)


def answered(call: Call, person_id: int | None, at: datetime) -> Call:
    """A person spoke with the caller; nothing learnt later unsays it, an old report of it changes nothing."""
    if call.answered_at is not None:
        return call
    outcome = None if call.outcome is None else CallOutcome.ANSWERED
    return replace(call, answered_at=at, answered_by=person_id, outcome=outcome)


def ended(call: Call, outcome: CallOutcome, at: datetime) -> Call:
    """The caller is gone. Somebody spoke with him: answered, however it ended. Better evidence replaces weaker.

    Evidence grows: unknown, interrupted, a reason that was observed, answered.
    """
    known = CallOutcome.ANSWERED if call.answered_at is not None else outcome
    if call.ended_at is not None and _evidence(known) <= _evidence(call.outcome):
        return call
    return replace(call, ended_at=at, outcome=known)


def missed_reason(calls: Iterable[Call]) -> CallOutcome | None:
    """Why a ticket's caller is still unheard: the outcome of his newest finished call, None when it was answered.

    A call that still waits says nothing yet.
    """
    told = [each for each in calls if each.answered_at is not None or each.outcome is not None]
    if not told:
        return None
    newest = max(told, key=lambda each: (each.entered_at, each.id))
    if newest.answered_at is not None or newest.outcome is CallOutcome.ANSWERED:
        return None
    return newest.outcome
