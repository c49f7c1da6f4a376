"""Rules for our own Originates: what AMI showed about the executor's and the client's leg.

The executor's channel carries the attempt's id; the client's is the one it dials. Where the client is rung first the id
is that of a Local channel: its far half dials the client, and it dials the executor itself once the client answered.
Nothing is classified here.
"""

from __future__ import annotations

from datetime import datetime

from ami.call import Call, Direction, Leg, Ringing
from ami.event_types import ChannelState, Hangup, OriginateResponse, UserEvent
from ami.replacing import replace
from ami.signals import AttemptEnded, AttemptFacts, AttemptProgress, AttemptStep, CallbackReport
from ami.turn import Turn

REPORT_NAMES = frozenset({"CallbackDone", "CallbackResult"})
"""UserEvents of the callback context's hang-up handler."""


def _facts(call: Call) -> AttemptFacts:
    return call.attempt or AttemptFacts()


def _keep(turn: Turn, call: Call, facts: AttemptFacts) -> Call:
    return call if facts == call.attempt else turn.put(replace(call, attempt=facts, changed_at=turn.at))


def _tell(turn: Turn, call: Call, step: AttemptStep, endpoint: str, at: datetime) -> None:
    turn.signals.append(
        AttemptProgress(pbx=turn.pbx, at=at, attempt_id=call.call_id, step=step, endpoint=endpoint)
    )


def attempt_leg_changed(turn: Turn, call: Call, leg: Leg, at: datetime) -> Call:
    """Read the executor's or the client's leg after it changed; each step is told once."""
    if call.direction is not Direction.ATTEMPT or leg.pair:
        return call
    if leg.uniqueid == call.call_id:
        return _executor_changed(turn, call, leg, at)
    if _is_executor_dialled(call, leg):
        return _executor_joins(turn, call, leg, at)
    return _client_changed(turn, call, leg, at)


def begun(leg: Leg) -> AttemptFacts:
    """An attempt whose own channel is a Local one rings the client first."""
    return AttemptFacts(client_first=bool(leg.pair), executor="" if leg.pair else leg.endpoint)


def _is_executor_dialled(call: Call, leg: Leg) -> bool:
    return _facts(call).client_first and leg.dialled_by == call.call_id


def _executor_joins(turn: Turn, call: Call, leg: Leg, at: datetime) -> Call:
    """The executor's leg where the client waits for him: it was dialled, so its dial status tells of the answer."""
    facts = replace(_facts(call), executor=leg.endpoint)
    if leg.ringing is Ringing.NOW and not facts.executor_rang:
        facts = replace(facts, executor_rang=True)
        _tell(turn, call, AttemptStep.EXECUTOR_RINGING, leg.endpoint, at)
    answered = leg.dial_status == "ANSWER" or leg.state == ChannelState.UP
    if answered and facts.executor_answered_at is None:
        facts = replace(facts, executor_answered_at=at)
        _tell(turn, call, AttemptStep.EXECUTOR_ANSWERED, leg.endpoint, at)
    return _keep(turn, call, facts)


def _executor_changed(turn: Turn, call: Call, leg: Leg, at: datetime) -> Call:
    facts = _facts(call)
    if leg.ringing is Ringing.NOW and not facts.executor_rang:
        facts = replace(facts, executor_rang=True, executor=leg.endpoint)
        _tell(turn, call, AttemptStep.EXECUTOR_RINGING, leg.endpoint, at)
    if leg.state == ChannelState.UP and facts.executor_answered_at is None:
        facts = replace(facts, executor_answered_at=at, executor=leg.endpoint)
        _tell(turn, call, AttemptStep.EXECUTOR_ANSWERED, leg.endpoint, at)
    return _keep(turn, call, facts)


def _client_changed(turn: Turn, call: Call, leg: Leg, at: datetime) -> Call:
    facts = _facts(call)
    # Asterisk's thread that dials may tell of it after the channel's own thread told that it rings
    if (leg.dialled or leg.ringing is Ringing.NOW) and facts.client_dialled_at is None:
        facts = replace(facts, client_dialled_at=at)
        _tell(turn, call, AttemptStep.CLIENT_DIALLED, leg.endpoint, at)
    if leg.ringing is Ringing.NOW and not facts.client_rang:
        facts = replace(facts, client_rang=True)
        _tell(turn, call, AttemptStep.CLIENT_RINGING, leg.endpoint, at)
    if leg.dial_status and not facts.client_dial_status:
        facts = replace(facts, client_dial_status=leg.dial_status)
        if leg.dial_status == "ANSWER":
            facts = replace(facts, client_answered_at=at)
            _tell(turn, call, AttemptStep.CLIENT_ANSWERED, leg.endpoint, at)
    return _keep(turn, call, facts)


def client_progressed(turn: Turn, call: Call, leg: Leg) -> Call:
    """The client's network answered with PROGRESS (early media)."""
    if leg.pair or _is_executor_dialled(call, leg):
        return call
    return _keep(turn, call, replace(_facts(call), client_progress=True))


def attempt_leg_gone(turn: Turn, call: Call, leg: Leg, event: Hangup) -> Call:
    """Keep the cause of the channel that ended, apart for executor and client."""
    if call.direction is not Direction.ATTEMPT or leg.pair:
        return call
    facts = _facts(call)
    if leg.uniqueid == call.call_id or _is_executor_dialled(call, leg):
        facts = replace(facts, executor_cause=event.cause, executor_tech_cause=event.tech_cause)
    elif facts.client_gone_at is None:
        facts = replace(
            facts, client_cause=event.cause, client_tech_cause=event.tech_cause, client_gone_at=event.at
        )
    return _keep(turn, call, facts)


def originate_answered(turn: Turn, event: OriginateResponse) -> str:
    """Keep what Originate says of the executor's leg; a failure never overrides an answer. Returns the attempt's id.

    A second Originate with a live id is refused with the first call's Uniqueid: such a failure changes nothing
    that the channel itself does not confirm.
    """
    attempt_id = _attempt_id(turn, event)
    call = turn.call_of(attempt_id) or turn.call(attempt_id)
    if call is None:
        if not attempt_id or turn.is_gone(attempt_id):
            return ""
        call = _attempt_without_channel(turn, attempt_id, event)
    facts = _facts(call)
    late_failure = not event.success and facts.executor_answered_at is not None
    if call.direction is Direction.ATTEMPT and not facts.originate_success and not late_failure:
        _keep(turn, call, replace(facts, originate_success=event.success, originate_reason=event.reason))
    return attempt_id


def _attempt_without_channel(turn: Turn, attempt_id: str, event: OriginateResponse) -> Call:
    """An executor whose phone is not registered fails without any channel."""
    turn.room_for_call()
    return turn.put(
        Call(
            call_id=attempt_id,
            direction=Direction.ATTEMPT,
            started_at=event.at,
            changed_at=event.at,
            entry_gone_at=None if event.success else event.at,
            attempt=AttemptFacts(),
        )
    )


def _attempt_id(turn: Turn, event: OriginateResponse) -> str:
    prefix = turn.board.dialplan.attempt_prefix
    return next((one for one in (event.uniqueid, event.action_id) if one.startswith(prefix)), "")


def attempt_reported(turn: Turn, event: UserEvent) -> None:
    """Keep the hang-up handler's report, the first one, and only for an attempt that is on the board."""
    call = turn.call(event.field("Attempt"))
    channel = event.channel
    if call is None and turn.is_gone(event.field("Attempt")):
        return
    ours = call is not None and channel is not None and call.call_id in (channel.uniqueid, channel.linkedid)
    if call is None or call.direction is not Direction.ATTEMPT or not ours:
        turn.forged_reports += 1
        return
    if _facts(call).report is not None:
        return
    report = CallbackReport(
        dial_status=event.field("DialStatus"),
        cause=_number(event.field("Cause")),
        answered_seconds=_number(event.field("Answered")),
        ring_ms=_number(event.field("RingMs")),
        progress_ms=_number(event.field("ProgMs") or event.field("ProgressMs")),
        listened=event.field("Listened"),
    )
    _keep(turn, call, replace(_facts(call), report=report))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def attempt_is_told(call: Call) -> bool:
    """Everything that is expected to arrive about this attempt has arrived."""
    facts = _facts(call)
    reported = facts.client_dialled_at is None or facts.report is not None
    return facts.originate_success is not None and reported


def attempt_over(turn: Turn, call: Call) -> None:
    """Nothing of the attempt is left: tell its facts and forget it."""
    turn.signals.append(
        AttemptEnded(
            pbx=turn.pbx,
            at=call.entry_gone_at or turn.at,
            attempt_id=call.call_id,
            facts=_facts(call),
            interrupted=call.interrupted,
            reconstructed=call.gap,
        )
    )
    turn.drop(call)
