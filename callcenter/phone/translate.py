"""From the PBX's signals (`ami`) to facts about calls (`callcenter.domain.calls`). Pure; loses nothing that matters."""

from collections.abc import Callable, Mapping

from ami import signals
from callcenter.domain import calls
from callcenter.domain.numbers import parse_number
from callcenter.domain.people import PhoneState

Fact = calls.CallFact | calls.PhoneReported

OUTCOMES: Mapping[signals.CallOutcome, calls.CallOutcome] = {
    signals.CallOutcome.ANSWERED: calls.CallOutcome.ANSWERED,
    signals.CallOutcome.ABANDONED: calls.CallOutcome.ABANDONED,
    signals.CallOutcome.LEFT_EARLY: calls.CallOutcome.ABANDONED,
    signals.CallOutcome.QUEUE_TIMEOUT: calls.CallOutcome.QUEUE_TIMEOUT,
    signals.CallOutcome.LEFT_EMPTY: calls.CallOutcome.QUEUE_EMPTY,
    signals.CallOutcome.JOIN_EMPTY: calls.CallOutcome.QUEUE_EMPTY,
    signals.CallOutcome.FULL: calls.CallOutcome.QUEUE_FULL,
    signals.CallOutcome.OUTSIDE_HOURS: calls.CallOutcome.OUTSIDE_HOURS,
    signals.CallOutcome.INTERRUPTED: calls.CallOutcome.INTERRUPTED,
    signals.CallOutcome.UNKNOWN: calls.CallOutcome.UNKNOWN,
}
RING_ENDS: Mapping[signals.StopReason, calls.RingEnd] = {
    reason: calls.RingEnd(reason.value) for reason in signals.StopReason
}

# Asterisk include/asterisk/devicestate.h: AST_DEVICE_*
PHONE_STATES: Mapping[int, PhoneState] = {
    0: PhoneState.UNKNOWN,
    1: PhoneState.IDLE,
    2: PhoneState.BUSY,
    3: PhoneState.BUSY,
    4: PhoneState.UNREACHABLE,
    5: PhoneState.UNREACHABLE,
    6: PhoneState.RINGING,
    7: PhoneState.BUSY,
    8: PhoneState.BUSY,
}


def to_fact(signal: signals.Signal) -> Fact | None:
    """The fact behind a signal; None for what is not about a hotline call or a person's phone."""
    translate = _TRANSLATIONS.get(type(signal))
    return translate(signal) if translate else None


def _key(signal: signals.CallSignal) -> calls.CallKey:
    return calls.CallKey(pbx=signal.pbx, linkedid=signal.call_id)


def _entered(signal: signals.CallEntered) -> Fact:
    return calls.CallEntered(
        key=_key(signal),
        at=signal.at,
        did=parse_number(signal.did),
        caller=parse_number(signal.caller_number),
        caller_name=signal.caller_name,
        found_by=calls.FoundBy.SNAPSHOT if signal.reconstructed else calls.FoundBy.LIVE,
    )


def _queued(signal: signals.CallQueued) -> Fact:
    return calls.CallQueued(key=_key(signal), at=signal.at, phone_queue=signal.queue)


def _person_of(signal: signals.LegRinging | signals.LegStopped | signals.CallAnswered) -> str:
    """The phone as it is mapped to a person: the device, or the queue member where a Local channel hides it."""
    return signal.interface if signal.endpoint.startswith("Local/") and signal.interface else signal.endpoint


def _ringing(signal: signals.LegRinging) -> Fact:
    return calls.PhoneRinging(key=_key(signal), at=signal.at, endpoint=_person_of(signal), leg=signal.leg_id)


def _stopped(signal: signals.LegStopped) -> Fact:
    return calls.PhoneStopped(
        key=_key(signal),
        at=signal.at,
        endpoint=_person_of(signal),
        leg=signal.leg_id,
        reason=RING_ENDS[signal.reason],
    )


def _answered(signal: signals.CallAnswered) -> Fact:
    return calls.CallAnswered(key=_key(signal), at=signal.at, endpoint=_person_of(signal))


def _transferred(signal: signals.CallTransferred) -> Fact:
    return calls.CallTransferred(
        key=_key(signal),
        at=signal.at,
        from_endpoint=signal.from_endpoint or None,
        to_endpoint=signal.to_endpoint,
    )


def _ended(signal: signals.CallEnded) -> Fact:
    return calls.CallEnded(key=_key(signal), at=signal.at, outcome=OUTCOMES[signal.outcome])


def _member(signal: signals.MemberStatus) -> Fact:
    return calls.PhoneReported(
        pbx=signal.pbx,
        endpoint=signal.endpoint or signal.interface,
        at=signal.at,
        state=PHONE_STATES.get(signal.device_state, PhoneState.UNKNOWN),
        in_queue=signal.present,
        paused=signal.paused,
    )


_TRANSLATIONS: Mapping[type[signals.Signal], Callable[..., Fact]] = {
    signals.CallEntered: _entered,
    signals.CallQueued: _queued,
    signals.LegRinging: _ringing,
    signals.LegStopped: _stopped,
    signals.CallAnswered: _answered,
    signals.CallTransferred: _transferred,
    signals.CallEnded: _ended,
    signals.MemberStatus: _member,
}
