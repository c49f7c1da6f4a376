"""Rules for endings: a channel hangs up, a call settles, and what time alone decides."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from ami.attempt_rules import attempt_is_told, attempt_leg_gone, attempt_over
from ami.call import Call, Direction, Leg, Ringing
from ami.event_types import Hangup, Tick
from ami.leg_rules import announce, has_winner, seat, stop, stop_others
from ami.queue_rules import OUTSIDE_HOURS, left_for, reason_at_hangup
from ami.replacing import replace
from ami.signals import CallEnded, CallOutcome, LeaveReason, StopReason
from ami.talk_rules import meet, talk_ended, total_talk
from ami.turn import Turn

_OUTCOMES: Final = {
    LeaveReason.ABANDONED: CallOutcome.ABANDONED,
    LeaveReason.TIMEOUT: CallOutcome.QUEUE_TIMEOUT,
    LeaveReason.LEFT_EMPTY: CallOutcome.LEFT_EMPTY,
    LeaveReason.JOIN_EMPTY: CallOutcome.JOIN_EMPTY,
    LeaveReason.FULL: CallOutcome.FULL,
    LeaveReason.CONTINUED: CallOutcome.QUEUE_TIMEOUT,
    LeaveReason.WITHDRAWN: CallOutcome.QUEUE_TIMEOUT,
    LeaveReason.UNKNOWN: CallOutcome.UNKNOWN,
}

_BUSY, _REJECTED = 17, 21  # Q.850
_PRUNE_EVERY: Final = timedelta(seconds=30)


def hung_up(turn: Turn, event: Hangup) -> None:
    """A channel is gone. One never seen before still yields its call when it came from outside."""
    seated = seat(turn, event.channel)
    if seated is None:
        return
    call, leg = seated
    call = announce(turn, call)
    call = attempt_leg_gone(turn, call, leg, event)
    call = _stopped_by_hangup(turn, call, leg, event.cause, event.at)
    leg_is_gone(turn, call, leg, event.at, cause=event.cause)


def leg_is_gone(turn: Turn, call: Call, leg: Leg, at: datetime, *, cause: int | None) -> None:
    """Take the channel off the board, with all that its end means for its call."""
    if leg.uniqueid == call.call_id:
        call = stop_others(turn, call, StopReason.CALLER_LEFT, at, but=leg.uniqueid)
        call = replace(call, entry_gone_at=at, cause=cause)
    call = turn.put(talk_ended(call, leg.uniqueid, at))
    turn.take_leg(call, leg.uniqueid)
    turn.remember_gone(leg.uniqueid, at)
    for uniqueid in sorted(turn.bridge(leg.bridge_id)) if leg.bridge_id else ():
        meet(turn, uniqueid, at)
    current = turn.call(call.call_id)
    if current is not None:
        settle(turn, current)


def _stopped_by_hangup(turn: Turn, call: Call, leg: Leg, cause: int, at: datetime) -> Call:
    """Why it rings no longer, when only its hang-up tells.

    Cause 26 (answered elsewhere) proves nothing: Queue(…,C) gives it to every ring that it cancels.
    """
    if leg.ringing is not Ringing.NOW:
        return call
    if cause == _BUSY:
        reason = StopReason.BUSY
    elif cause == _REJECTED:
        reason = StopReason.DECLINED
    elif leg.refused_at is not None:
        reason = StopReason.NO_ANSWER
    elif has_winner(call):
        reason = StopReason.ANSWERED_ELSEWHERE
    elif call.entry_gone_at is not None:
        reason = StopReason.CALLER_LEFT
    else:
        reason = StopReason.NO_ANSWER
    return stop(turn, call, leg, reason, leg.refused_at or at)


def settle(turn: Turn, call: Call, *, force: bool = False) -> None:
    """A call whose channels are all gone, and of which all is told, is over."""
    if force:
        if call.entry is not None or call.entry_gone_at is None:
            return
    elif call.legs:
        return
    if call.direction is Direction.ATTEMPT:
        if call.entry_gone_at is not None and (force or attempt_is_told(call)):
            attempt_over(turn, call)
    elif call.direction is not Direction.INBOUND:
        turn.drop(call)
    elif call.entry_gone_at is not None and (force or _queue_has_told(call)):
        finish(turn, call)


def _queue_has_told(call: Call) -> bool:
    return call.stay is None or call.stay.left_at is not None


def finish(turn: Turn, call: Call) -> None:
    """The caller's call is over: tell how, once, and forget it."""
    ended_at = call.entry_gone_at or turn.at
    call = announce(turn, call)
    call = stop_others(turn, call, StopReason.CALLER_LEFT, ended_at)
    call = left_for(turn, call, reason_at_hangup(call, ended_at), ended_at)
    turn.signals.append(
        CallEnded(
            pbx=turn.pbx,
            call_id=call.call_id,
            at=ended_at,
            outcome=_outcome(call),
            entered_at=call.started_at,
            answered_at=call.answered_at,
            wait_seconds=_waited(call, ended_at),
            talk_seconds=total_talk(call, ended_at),
            owner=call.talk.endpoint if call.talk else "",
            cause=call.cause,
            reconstructed=call.gap,
        )
    )
    turn.drop(call)


def _waited(call: Call, ended_at: datetime) -> float:
    if call.stay is not None or call.answered_at is not None:
        return call.waited_seconds
    return max(0.0, (ended_at - call.started_at).total_seconds())


def _outcome(call: Call) -> CallOutcome:
    if call.interrupted:
        return CallOutcome.INTERRUPTED
    if call.answered_at is not None:
        return CallOutcome.ANSWERED
    if call.stay is not None and call.stay.reason is not None:
        return _OUTCOMES.get(call.stay.reason, CallOutcome.ABANDONED)
    if call.dialplan_reason == OUTSIDE_HOURS:
        return CallOutcome.OUTSIDE_HOURS
    if call.dialplan_reason:
        return _OUTCOMES.get(LeaveReason(call.dialplan_reason), CallOutcome.LEFT_EARLY)
    return CallOutcome.UNKNOWN if call.gap else CallOutcome.LEFT_EARLY


def time_passed(turn: Turn, event: Tick) -> None:
    """What only time can decide: late endings, refusals nobody confirmed, calls nobody ended."""
    limits = turn.board.limits
    for call_id in turn.call_ids():
        call = turn.call(call_id)
        if call is None:
            continue
        call = _confirm_refusals(turn, call, event.at - limits.settle)
        call = _confirm_leaving(turn, call, event.at - limits.settle)
        if call.entry_gone_at is not None and call.entry_gone_at <= event.at - limits.settle:
            settle(turn, call, force=True)
        elif call.changed_at < event.at - limits.oldest_call:
            _give_up(turn, call)


def _confirm_refusals(turn: Turn, call: Call, before: datetime) -> Call:
    for uniqueid in sorted(call.legs):
        leg = call.legs[uniqueid]
        if leg.ringing is Ringing.NOW and leg.refused_at is not None and leg.refused_at <= before:
            call = stop(turn, call, leg, StopReason.NO_ANSWER, leg.refused_at)
    return call


def _confirm_leaving(turn: Turn, call: Call, before: datetime) -> Call:
    stay = call.stay
    if stay is None or stay.reason is not None or stay.left_at is None or call.entry_gone_at is not None:
        return call
    return left_for(turn, call, LeaveReason.TIMEOUT, stay.left_at) if stay.left_at <= before else call


def _give_up(turn: Turn, call: Call) -> None:
    turn.shed_calls += 1
    if call.direction is Direction.INBOUND:
        finish(turn, turn.put(replace(call, gap=True, entry_gone_at=call.changed_at)))
    else:
        turn.drop(call)


def is_time_to_prune(last: datetime | None, now: datetime) -> bool:
    """Forgetting ended channels is not worth doing at every tick."""
    return last is None or now - last >= _PRUNE_EVERY
