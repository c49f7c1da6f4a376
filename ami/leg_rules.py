"""Rules for single legs: where a channel belongs, when its phone rings, why it stopped."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from ami.attempt_rules import attempt_leg_changed, begun
from ami.board import Dialplan
from ami.call import Call, Direction, Leg, Ringing, endpoint_of, local_pair
from ami.event_types import ChannelFacts, ChannelState
from ami.replacing import replace
from ami.signals import CallEntered, LegRinging, LegStopped, StopReason
from ami.turn import Turn

NOT_A_NUMBER: Final = frozenset({"", "s", "h", "i", "t", "T", "e", "o", "a", "failed", "hangup"})
"""Extensions that are places in a dialplan, never a dialled number."""

_PHONE_NUMBER: Final = re.compile(r"\+?\d{6,15}\Z", re.ASCII)
_DIALLED: Final = frozenset(
    {ChannelState.DOWN, ChannelState.RESERVED, ChannelState.DIALING, ChannelState.RINGING}
)


def seat(turn: Turn, facts: ChannelFacts, *, since: datetime | None = None) -> tuple[Call, Leg] | None:
    """The call and leg of this channel, brought up to what `facts` show; None for a channel that has ended."""
    if turn.is_gone(facts.uniqueid):
        return None
    call = turn.call_of(facts.uniqueid)
    if call is None:
        call = _call_for(turn, facts, since or turn.at)
        if call is None:
            return None
    leg = call.legs.get(facts.uniqueid)
    if leg is None:
        leg = _new_leg(turn, facts, since or turn.at)
        call = turn.put_leg(call, leg)
    else:
        updated = _updated(leg, facts)
        if updated is not leg:
            call, leg = turn.put_leg(call, updated), updated
    if call.call_id == facts.uniqueid:
        call = _describe_entry(turn, call, leg, facts)
    return call, leg


def _call_for(turn: Turn, facts: ChannelFacts, since: datetime) -> Call | None:
    call_id = turn.call_id_of(facts.linkedid) or facts.linkedid
    call = turn.call(call_id)
    if call is not None or turn.is_gone(call_id):
        return call
    turn.room_for_call()
    return turn.put(
        Call(
            call_id=call_id,
            direction=Direction.UNKNOWN,
            started_at=since,
            changed_at=turn.at,
            gap=turn.rebuilding,
        )
    )


def _new_leg(turn: Turn, facts: ChannelFacts, since: datetime) -> Leg:
    leg = Leg(
        uniqueid=facts.uniqueid,
        channel=facts.channel,
        endpoint=endpoint_of(facts.channel),
        pair=local_pair(facts.channel),
        state=facts.state,
        first_context=facts.context,
        exten=facts.exten,
        caller_number=facts.caller_number,
        caller_name=facts.caller_name,
        seen_at=since,
        did=facts.did,
    )
    if leg.pair:
        turn.join_pair(leg)
    return leg


def _updated(leg: Leg, facts: ChannelFacts) -> Leg:
    """A channel keeps its first context and extension; a masquerade may rename it; an answered one stays so."""
    renamed = facts.channel != leg.channel and not facts.channel.endswith(">")
    state = max(leg.state, facts.state) if leg.state == ChannelState.UP else facts.state
    if not renamed and state == leg.state and (leg.did or not facts.did):
        return leg
    channel = facts.channel if renamed else leg.channel
    return replace(leg, channel=channel, endpoint=endpoint_of(channel), state=state, did=leg.did or facts.did)


def _describe_entry(turn: Turn, call: Call, leg: Leg, facts: ChannelFacts) -> Call:
    """Learn from the entry channel who called whom, and announce an inbound call once its number is known."""
    if call.direction in (Direction.UNKNOWN, Direction.INTERNAL):
        direction = _direction(turn.board.dialplan, leg, facts)
        if direction is not call.direction:
            call = _directed(turn, call, leg, direction)
    if call.direction is Direction.INBOUND and not call.announced:
        did = call.did or leg.did or _dialled_number(turn.board.dialplan, leg)
        if did:
            call = announce(turn, replace(call, did=did))
    return call


def _direction(dialplan: Dialplan, leg: Leg, facts: ChannelFacts) -> Direction:
    if leg.uniqueid.startswith(dialplan.attempt_prefix):
        return Direction.ATTEMPT
    if leg.dialled:
        return Direction.OUTBOUND
    if leg.first_context not in dialplan.trunk_contexts and leg.endpoint not in dialplan.trunk_endpoints:
        return Direction.INTERNAL
    return Direction.UNKNOWN if facts.state in _DIALLED else Direction.INBOUND


def _directed(turn: Turn, call: Call, leg: Leg, direction: Direction) -> Call:
    attempt = (call.attempt or begun(leg)) if direction is Direction.ATTEMPT else None
    call = turn.put(
        replace(
            call,
            direction=direction,
            entry_endpoint=leg.endpoint,
            caller_number=leg.caller_number,
            caller_name=leg.caller_name,
            started_at=min(call.started_at, leg.seen_at),
            attempt=attempt,
        )
    )
    if direction is Direction.INBOUND and any(other.ringing is Ringing.NOW for other in call.legs.values()):
        call = announce(turn, call)
        for other in call.legs.values():
            if other.ringing is Ringing.NOW:
                _tell_ringing(turn, call, other)
    return call


def _dialled_number(dialplan: Dialplan, leg: Leg) -> str:
    """The extension is the dialled number in a trunk's context; elsewhere only when it looks like one."""
    if leg.first_context in dialplan.trunk_contexts:
        return "" if leg.exten in NOT_A_NUMBER else leg.exten
    return leg.exten if _PHONE_NUMBER.match(leg.exten) else ""


def call_from_outside(turn: Turn, call: Call, did: str) -> Call:
    """The dialplan itself said which number was dialled: the call is inbound, whatever its context looks like."""
    entry = call.entry
    if call.direction in (Direction.UNKNOWN, Direction.INTERNAL) and entry is not None:
        call = _directed(turn, replace(call, did=did), entry, Direction.INBOUND)
    if call.direction is Direction.INBOUND and not call.announced:
        call = announce(turn, replace(call, did=call.did or did))
    return call


def announce(turn: Turn, call: Call) -> Call:
    """Tell that an inbound call entered, once."""
    if call.announced or call.direction is not Direction.INBOUND:
        return call
    entry = call.entry
    did = (
        call.did
        or (entry.did if entry else "")
        or (_dialled_number(turn.board.dialplan, entry) if entry else "")
    )
    turn.signals.append(
        CallEntered(
            pbx=turn.pbx,
            call_id=call.call_id,
            at=call.started_at,
            did=did,
            caller_number=call.caller_number,
            caller_name=call.caller_name,
            context=entry.first_context if entry else "",
            endpoint=call.entry_endpoint,
            reconstructed=call.gap,
        )
    )
    return turn.put(replace(call, announced=True, did=did))


def mark_dialled(turn: Turn, call: Call, leg: Leg, *, by: str = "", interface: str = "") -> tuple[Call, Leg]:
    """Remember that this channel is one that we call, by whom, and for which queue member."""
    changed = replace(
        leg, dialled=True, dialled_by=by or leg.dialled_by, interface=interface or leg.interface
    )
    if changed == leg:
        return call, leg
    call = turn.put_leg(call, changed)
    if leg.uniqueid == call.call_id and call.direction is Direction.UNKNOWN:
        call = turn.put(replace(call, direction=Direction.OUTBOUND))
    trunk = (
        leg.first_context in turn.board.dialplan.trunk_contexts
        or leg.endpoint in turn.board.dialplan.trunk_endpoints
    )
    if call.direction is Direction.INTERNAL and trunk:
        call = turn.put(replace(call, direction=Direction.OUTBOUND))
    return call, changed


def ring(turn: Turn, call: Call, leg: Leg, at: datetime) -> Call:
    """The phone of this leg rings. Local channels are no phones; the caller's own channel never rings."""
    is_caller = leg.uniqueid == call.call_id and call.direction is not Direction.ATTEMPT
    if leg.ringing is not Ringing.NOT_YET or leg.pair or is_caller or leg.dial_status:
        return call
    if leg.state == ChannelState.UP:
        return call
    leg = replace(leg, ringing=Ringing.NOW, ringing_since=at)
    call = turn.put_leg(call, leg)
    if call.direction is Direction.INBOUND:
        call = announce(turn, call)
        _tell_ringing(turn, call, leg)
    return attempt_leg_changed(turn, call, leg, at)


def _tell_ringing(turn: Turn, call: Call, leg: Leg) -> None:
    stay = call.stay
    turn.signals.append(
        LegRinging(
            pbx=turn.pbx,
            call_id=call.call_id,
            at=leg.ringing_since or turn.at,
            endpoint=leg.endpoint,
            leg_id=leg.uniqueid,
            interface=member_interface(turn, call, leg),
            queue=stay.queue if stay is not None and call.waiting else "",
            reconstructed=turn.rebuilding,
        )
    )


def member_interface(turn: Turn, call: Call, leg: Leg) -> str:
    """The queue member behind a leg; a device behind a Local member is found through the Local pair."""
    if leg.interface or not leg.dialled_by:
        return leg.interface
    dialler = call.legs.get(leg.dialled_by)
    if dialler is None or not dialler.pair:
        return ""
    halves = (call.legs.get(uniqueid) for uniqueid in turn.pair(dialler.pair))
    return next((half.interface for half in halves if half is not None and half.interface), "")


def stop(turn: Turn, call: Call, leg: Leg, reason: StopReason, at: datetime) -> Call:
    """The phone of this leg rings no longer; told once, and only where it had rung."""
    if leg.ringing is Ringing.OVER:
        return call
    rang = leg.ringing is Ringing.NOW
    if rang and call.direction is Direction.INBOUND:
        turn.signals.append(
            LegStopped(
                pbx=turn.pbx,
                call_id=call.call_id,
                at=at,
                endpoint=leg.endpoint,
                leg_id=leg.uniqueid,
                reason=reason,
                interface=member_interface(turn, call, leg),
            )
        )
    return turn.put_leg(call, replace(leg, ringing=Ringing.OVER))


def stop_others(turn: Turn, call: Call, reason: StopReason, at: datetime, *, but: str = "") -> Call:
    """Every phone that rings for this call stops, except the leg `but`."""
    for uniqueid in sorted(call.legs):
        leg = call.legs[uniqueid]
        if uniqueid != but and leg.ringing is Ringing.NOW:
            call = stop(turn, call, leg, reason, at)
    return call


def has_winner(call: Call) -> bool:
    """Somebody already took this call."""
    return call.talking or call.picked_up or any(leg.dial_status == "ANSWER" for leg in call.legs.values())
