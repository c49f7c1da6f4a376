"""Rules for waiting: a caller's stay in a queue, and why it ended.

`QueueCallerAbandon` and `QueueCallerLeave` do not say why. The reason comes, in this order, from an answer, from
the dialplan (`UserEvent(CallMissed,Reason: queue_timeout)` or `UserEvent(QueueDone,Status: ${QUEUESTATUS})`),
from the caller's hang-up at that very moment, and last from his staying on the line without a queue.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from ami.call import Call, Direction, QueueStay
from ami.replacing import replace
from ami.signals import CallLeftQueue, CallQueued, LeaveReason
from ami.turn import Turn

QUEUE_ENDED_NAMES: Final = frozenset({"CallMissed", "QueueDone"})
"""UserEvents by which the dialplan tells why nobody spoke with the caller."""

OUTSIDE_HOURS: Final = "outside_hours"

QUEUE_STATUS: Final = {
    "QUEUE_TIMEOUT": LeaveReason.TIMEOUT,
    "QUEUE_FULL": LeaveReason.FULL,
    "TIMEOUT": LeaveReason.TIMEOUT,
    "FULL": LeaveReason.FULL,
    "JOINEMPTY": LeaveReason.JOIN_EMPTY,
    "JOINUNAVAIL": LeaveReason.JOIN_EMPTY,
    "LEAVEEMPTY": LeaveReason.LEFT_EMPTY,
    "LEAVEUNAVAIL": LeaveReason.LEFT_EMPTY,
    "CONTINUE": LeaveReason.CONTINUED,
    "WITHDRAW": LeaveReason.WITHDRAWN,
    "ABANDON": LeaveReason.ABANDONED,
    "ABANDONED": LeaveReason.ABANDONED,
}
"""`QUEUESTATUS` of app_queue, and our sample's own words, and what they mean for the caller."""

HANGS_UP_WITHIN: Final = timedelta(milliseconds=100)
"""A caller who leaves the queue by hanging up is gone this soon after."""

RING_TIMEOUT_WITHIN: Final = timedelta(milliseconds=50)
"""A queue that times out gives up its last ringing member this shortly before."""


def joined(turn: Turn, call: Call, queue: str, position: int, at: datetime) -> Call:
    """The caller waits in `queue` since `at`; an echo or a late copy of an older join changes nothing."""
    stay = call.stay
    if stay is not None:
        if stay.left_at is None and stay.queue == queue:
            return call
        if at <= (stay.left_at or stay.joined_at):
            return call
        call = left_for(turn, call, LeaveReason.CONTINUED, at)
    call = turn.put(
        replace(call, stay=QueueStay(queue=queue, position=position, joined_at=at), changed_at=turn.at)
    )
    if call.direction is Direction.INBOUND:
        turn.signals.append(
            CallQueued(
                pbx=turn.pbx,
                call_id=call.call_id,
                at=at,
                queue=queue,
                position=position,
                reconstructed=turn.rebuilding,
            )
        )
    return call


def left(turn: Turn, call: Call, queue: str, at: datetime) -> Call:
    """The caller is out of `queue`; why is not known yet."""
    stay = call.stay
    if stay is None or stay.queue != queue or at < stay.joined_at:
        return call
    if stay.left_at is not None and stay.left_at <= at:
        return call
    return turn.put(replace(call, stay=replace(stay, left_at=at), changed_at=turn.at))


def nobody_took_it(turn: Turn, call: Call, at: datetime) -> Call:
    """A member let it ring to the end."""
    if call.stay is None or call.stay.left_at is not None:
        return call
    return turn.put(replace(call, stay=replace(call.stay, no_answer_at=at)))


def left_for(turn: Turn, call: Call, reason: LeaveReason, at: datetime) -> Call:
    """The stay is over for `reason`; told once."""
    stay = call.stay
    if stay is None or stay.reason is not None:
        return call
    left_at = min(stay.left_at or at, at)
    waited = max(0.0, (left_at - stay.joined_at).total_seconds())
    if call.direction is Direction.INBOUND:
        turn.signals.append(
            CallLeftQueue(
                pbx=turn.pbx,
                call_id=call.call_id,
                at=left_at,
                queue=stay.queue,
                reason=reason,
                wait_seconds=waited,
            )
        )
    return turn.put(
        replace(
            call,
            stay=replace(stay, left_at=left_at, reason=reason),
            waited_seconds=call.waited_seconds + waited,
            changed_at=turn.at,
        )
    )


def dialplan_says(turn: Turn, call: Call, told: str, at: datetime) -> Call:
    """The dialplan tells why nobody spoke with the caller (empty `QUEUESTATUS`: he hung up in the queue)."""
    told = told.upper()
    if told == OUTSIDE_HOURS.upper():
        return turn.put(replace(call, dialplan_reason=OUTSIDE_HOURS, changed_at=turn.at))
    reason = QUEUE_STATUS.get(told)
    if told == "QUEUE_EMPTY":
        reason = LeaveReason.JOIN_EMPTY if call.stay is None else LeaveReason.LEFT_EMPTY
    if reason is None:
        return call
    if call.stay is not None and call.stay.reason is None:
        return left_for(turn, call, reason, at)
    if call.stay is None:
        return turn.put(replace(call, dialplan_reason=reason.value, changed_at=turn.at))
    return call


def reason_at_hangup(call: Call, hung_at: datetime) -> LeaveReason:
    """Why the caller is out of the queue, judged when his channel ended and nobody told."""
    stay = call.stay
    if call.gap or stay is None:
        return LeaveReason.UNKNOWN
    if stay.left_at is None or hung_at - stay.left_at <= HANGS_UP_WITHIN:
        left_at = min(stay.left_at or hung_at, hung_at)
        let_ring = stay.no_answer_at is not None and left_at - stay.no_answer_at <= RING_TIMEOUT_WITHIN
        return LeaveReason.TIMEOUT if let_ring else LeaveReason.ABANDONED
    return LeaveReason.TIMEOUT
