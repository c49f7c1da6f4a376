"""`reduce(board, event) → board, signals`: the whole meaning of AMI, pure.

Time comes with the event. The same events, doubled, or with the tail of a call in another order, lead to the
same board; an event for a channel that has ended raises no ghost. A `Tick` each second lets time-outs settle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from ami.attempt_rules import (
    REPORT_NAMES,
    attempt_leg_changed,
    attempt_reported,
    client_progressed,
    originate_answered,
)
from ami.board import Board
from ami.call import Call, Direction, Leg, Ringing
from ami.ending_rules import hung_up, is_time_to_prune, settle, time_passed
from ami.event_types import (
    AgentCalled,
    AgentComplete,
    AgentConnect,
    AgentRingNoAnswer,
    BridgeEnter,
    BridgeLeave,
    ChannelFacts,
    ChannelState,
    DialBegin,
    DialEnd,
    DialState,
    Event,
    Hangup,
    Newchannel,
    Newstate,
    OriginateResponse,
    Pickup,
    QueueCallerAbandon,
    QueueCallerJoin,
    QueueCallerLeave,
    QueueMember,
    Tick,
    UserEvent,
)
from ami.leg_rules import announce, call_from_outside, has_winner, mark_dialled, ring, seat, stop
from ami.member_rules import member_changed
from ami.queue_rules import QUEUE_ENDED_NAMES, dialplan_says, joined, left, nobody_took_it
from ami.replacing import replace
from ami.signals import Signal, StopReason
from ami.snapshot import Snapshot, put_right
from ami.talk_rules import connect, entered_bridge, left_bridge
from ami.turn import Turn

_REFUSALS: Final = {
    "BUSY": StopReason.BUSY,
    "CONGESTION": StopReason.FAILED,
    "CHANUNAVAIL": StopReason.FAILED,
}


def reduce(board: Board, event: Event) -> tuple[Board, tuple[Signal, ...]]:
    """The board after `event`, and what became true by it, in order."""
    rule = _RULES.get(type(event))
    if rule is None:
        return board, ()
    late = board.synced_at is not None and event.at < board.synced_at
    if late and _superseded(event):
        return replace(board, shed=replace(board.shed, stale_events=board.shed.stale_events + 1)), ()
    turn = Turn(board, event.at, rebuilding=late or isinstance(event, Snapshot))
    rule(turn, event)
    told = tuple(turn.signals)
    if isinstance(event, Tick):
        return _pruned(turn.next_board(), event.at), told
    beside = {"synced_at": event.at} if isinstance(event, Snapshot) else {}
    if board.last_event_at is None or event.at > board.last_event_at:
        beside["last_event_at"] = event.at
    return turn.next_board(**beside), told


def _superseded(event: Event) -> bool:
    """A newer snapshot makes the event meaningless; a late Hangup or report still counts."""
    if isinstance(event, UserEvent):
        return event.name not in REPORT_NAMES
    return type(event) in _SUPERSEDED


def reduce_all(board: Board, events: Iterable[Event]) -> tuple[Board, tuple[Signal, ...]]:
    """The board after all the events, and all that became true on the way."""
    signals: list[Signal] = []
    for event in events:
        board, told = reduce(board, event)
        signals.extend(told)
    return board, tuple(signals)


def _pruned(board: Board, now: datetime) -> Board:
    """Ended channels are remembered only as long as their events may still arrive, and never beyond the bound."""
    crowded = len(board.gone) > 2 * board.limits.forgotten_ids
    if not len(board.gone) or not (crowded or is_time_to_prune(board.pruned_at, now)):
        return board
    limit = now - board.limits.remember_gone
    kept = {key: at for key, at in board.gone.items() if at >= limit}
    if len(kept) > board.limits.forgotten_ids:
        newest = sorted(kept.items(), key=lambda pair: pair[1])[-board.limits.forgotten_ids :]
        kept = dict(newest)
    gone = board.gone
    if len(kept) < len(gone):
        gone = gone.with_items({key: None for key in list(gone) if key not in kept})
    return replace(board, gone=gone, pruned_at=now)


def _touched(turn: Turn, facts: ChannelFacts, at: datetime) -> tuple[Call, Leg] | None:
    """Seat the channel and read from its state whether its phone rings or was answered."""
    seated = seat(turn, facts)
    if seated is None:
        return None
    call, leg = seated
    if facts.state == ChannelState.RINGING:
        call = ring(turn, call, leg, at)
    elif facts.state == ChannelState.UP and call.direction is Direction.ATTEMPT:
        call = attempt_leg_changed(turn, call, leg, at)
    return call, call.legs[leg.uniqueid]


def _channel_event(turn: Turn, event: Newchannel | Newstate) -> None:
    _touched(turn, event.channel, event.at)


def _dialled(
    turn: Turn, channel: ChannelFacts | None, dest: ChannelFacts, *, interface: str = ""
) -> tuple[Call, Leg] | None:
    """Seat both sides of a dialling; the dialler first, so that its call exists when the leg joins it."""
    if channel is not None:
        seat(turn, channel)
    seated = seat(turn, dest)
    if seated is None:
        return None
    return mark_dialled(
        turn, *seated, by=channel.uniqueid if channel is not None else "", interface=interface
    )


def _dial_begin(turn: Turn, event: DialBegin) -> None:
    dialled = _dialled(turn, event.channel, event.dest)
    if dialled is not None:
        call, leg = dialled
        attempt_leg_changed(turn, call, leg, event.at)


def _dial_state(turn: Turn, event: DialState) -> None:
    dialled = _dialled(turn, event.channel, event.dest)
    if dialled is None:
        return
    call, leg = dialled
    if event.status == "RINGING":
        ring(turn, call, leg, event.at)
    elif event.status == "PROGRESS" and call.direction is Direction.ATTEMPT and leg.uniqueid != call.call_id:
        client_progressed(turn, call, leg)


def _dial_end(turn: Turn, event: DialEnd) -> None:
    dialled = _dialled(turn, event.channel, event.dest)
    if dialled is None or dialled[1].dial_status:
        return
    call, leg = dialled
    refused_at = event.at if event.status == "NOANSWER" else None
    leg = replace(leg, dial_status=event.status, refused_at=refused_at)
    call = attempt_leg_changed(turn, turn.put_leg(call, leg), leg, event.at)
    if event.status == "NOANSWER":
        nobody_took_it(turn, call, event.at)
    elif event.status == "ANSWER":
        stop(turn, call, leg, StopReason.ANSWERED, event.at)
    elif event.status in _REFUSALS:
        stop(turn, call, leg, _REFUSALS[event.status], event.at)
    else:
        elsewhere = has_winner(call)
        reason = StopReason.ANSWERED_ELSEWHERE if elsewhere else StopReason.CALLER_LEFT
        stop(turn, call, leg, reason, event.at)


def _bridge_enter(turn: Turn, event: BridgeEnter) -> None:
    touched = _touched(turn, event.channel, event.at)
    if touched is not None:
        entered_bridge(turn, *touched, event.bridge_id, event.at)


def _bridge_leave(turn: Turn, event: BridgeLeave) -> None:
    touched = _touched(turn, event.channel, event.at)
    if touched is not None:
        left_bridge(turn, *touched, event.bridge_id, event.at)


def _caller_join(turn: Turn, event: QueueCallerJoin) -> None:
    seated = seat(turn, event.channel)
    if seated is not None:
        call = announce(turn, seated[0])
        joined(turn, call, event.queue, event.position, event.at)


def _caller_leave(turn: Turn, event: QueueCallerLeave | QueueCallerAbandon) -> None:
    """Leave and Abandon tell the same: out of the queue, reason open. Also true when the channel is gone already."""
    call = turn.call_of(event.channel.uniqueid) or turn.call(event.channel.uniqueid)
    if call is None:
        seated = seat(turn, event.channel)
        if seated is None:
            return
        call = seated[0]
    left(turn, call, event.queue, event.at)
    _settle_late(turn, call.call_id)


def _agent_called(turn: Turn, event: AgentCalled) -> None:
    _dialled(turn, event.channel, event.dest, interface=event.interface)


def _agent_connect(turn: Turn, event: AgentConnect) -> None:
    seated = seat(turn, event.channel)
    dest = seat(turn, event.dest)
    if seated is None or dest is None:
        return
    call, leg = turn.call_of(event.channel.uniqueid) or seated[0], dest[1]
    if call.direction is not Direction.INBOUND:
        return
    if not leg.pair:
        connect(turn, call, leg.uniqueid, event.at, interface=event.interface)
        return
    behind = _answered_behind(turn, call, leg)
    if behind is not None:
        connect(turn, call, behind.uniqueid, event.at, interface=event.interface)


def _answered_behind(turn: Turn, call: Call, local: Leg) -> Leg | None:
    """The device that answered behind one half of a Local channel."""
    halves = turn.pair(local.pair)
    found = [leg for leg in call.legs.values() if leg.dialled_by in halves and leg.dial_status == "ANSWER"]
    return next((leg for leg in found if not leg.pair), None)


def _agent_complete(turn: Turn, event: AgentComplete) -> None:
    """Only of use when the answer itself was missed: then it proves that there was one."""
    if event.dest is None:
        return
    seated = seat(turn, event.channel)
    dest = seat(turn, event.dest)
    if seated is None or dest is None or dest[1].pair:
        return
    call = turn.call_of(event.channel.uniqueid) or seated[0]
    if call.direction is Direction.INBOUND and call.answered_at is None:
        connect(turn, call, dest[1].uniqueid, event.at, interface=event.interface)


def _agent_ring_no_answer(turn: Turn, event: AgentRingNoAnswer) -> None:
    call = turn.call_of(event.channel.uniqueid)
    if call is not None:
        nobody_took_it(turn, call, event.at)


def _originate_response(turn: Turn, event: OriginateResponse) -> None:
    _settle_late(turn, originate_answered(turn, event))


def _settle_late(turn: Turn, call_id: str) -> None:
    """What was told last may be told after the last channel ended."""
    call = turn.call(call_id)
    if call is not None and not call.legs and call.entry_gone_at is not None:
        settle(turn, call)


def _pickup(turn: Turn, event: Pickup) -> None:
    target = seat(turn, event.target)
    seat(turn, event.channel)
    if target is None:
        return
    call, leg = target
    if call.direction is Direction.INBOUND and call.answered_at is None:
        call = turn.put(replace(call, picked_up=True))
    if leg.ringing is Ringing.NOW:
        stop(turn, call, leg, StopReason.ANSWERED_ELSEWHERE, event.at)


def _user_event(turn: Turn, event: UserEvent) -> None:
    if event.name in REPORT_NAMES:
        attempt_reported(turn, event)
        _settle_late(turn, event.field("Attempt"))
        return
    if event.channel is None:
        return
    call = turn.call_of(event.channel.uniqueid) or turn.call(event.channel.uniqueid)
    if call is None:
        seated = seat(turn, event.channel)
        if seated is None:
            return
        call = seated[0]
    did = event.field("DID")
    if did and event.channel.uniqueid == call.call_id:
        call = call_from_outside(turn, call, did)
    if event.name in QUEUE_ENDED_NAMES:
        dialplan_says(turn, call, event.field("Reason") or event.field("Status"), event.at)


_RULES: Final[dict[type[Event], Callable[[Turn, Any], None]]] = {
    Newchannel: _channel_event,
    Newstate: _channel_event,
    Hangup: hung_up,
    DialBegin: _dial_begin,
    DialState: _dial_state,
    DialEnd: _dial_end,
    BridgeEnter: _bridge_enter,
    BridgeLeave: _bridge_leave,
    QueueCallerJoin: _caller_join,
    QueueCallerLeave: _caller_leave,
    QueueCallerAbandon: _caller_leave,
    AgentCalled: _agent_called,
    AgentConnect: _agent_connect,
    AgentComplete: _agent_complete,
    AgentRingNoAnswer: _agent_ring_no_answer,
    QueueMember: member_changed,
    OriginateResponse: _originate_response,
    Pickup: _pickup,
    UserEvent: _user_event,
    Tick: time_passed,
    Snapshot: put_right,
}

_SUPERSEDED: Final = frozenset(_RULES) - {Hangup, UserEvent, OriginateResponse, QueueMember, Tick, Snapshot}
