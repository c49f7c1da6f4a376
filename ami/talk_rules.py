"""Rules for talking: who is in a bridge with the caller, who owns the call, when a spell of talk ends.

The owner is whoever shares a bridge with the caller's channel, found through Local pairs too; queue events only
come earlier. A spell ends with the hang-up of either side (the earlier of both) or with the next owner.
"""

from __future__ import annotations

from datetime import datetime

from ami.call import Call, Direction, Leg, Ringing, Talk
from ami.leg_rules import announce, member_interface, stop, stop_others
from ami.queue_rules import left_for
from ami.replacing import replace
from ami.signals import CallAnswered, CallTransferred, LeaveReason, StopReason, TransferKind
from ami.turn import Turn


def entered_bridge(turn: Turn, call: Call, leg: Leg, bridge_id: str, at: datetime) -> None:
    """The channel is in that bridge; whoever now speaks with a caller is found out."""
    if leg.bridge_changed_at is not None and at < leg.bridge_changed_at:
        return
    if leg.bridge_id != bridge_id:
        turn.leave_bridge(leg)
        turn.put_leg(call, replace(leg, bridge_id=bridge_id, bridge_changed_at=at))
        turn.enter_bridge(bridge_id, leg.uniqueid)
    meet(turn, leg.uniqueid, at)


def left_bridge(turn: Turn, call: Call, leg: Leg, bridge_id: str, at: datetime) -> None:
    """The channel is no longer in that bridge; those who stay may have a new partner."""
    if leg.bridge_id != bridge_id or (leg.bridge_changed_at is not None and at < leg.bridge_changed_at):
        return
    turn.leave_bridge(leg)
    turn.put_leg(call, replace(leg, bridge_id="", bridge_changed_at=at))
    for uniqueid in sorted(turn.bridge(bridge_id)):
        meet(turn, uniqueid, at)


def company(turn: Turn, uniqueid: str) -> set[str]:
    """Everybody who hears this channel: its bridge, and the bridges behind Local channels in it."""
    found: set[str] = set()
    open_ends = [uniqueid]
    while open_ends:
        one = open_ends.pop()
        leg = turn.leg(one)
        if leg is None or one in found:
            continue
        found.add(one)
        if leg.bridge_id:
            open_ends.extend(turn.bridge(leg.bridge_id))
        if leg.pair:
            open_ends.extend(turn.pair(leg.pair))
    return found


def meet(turn: Turn, uniqueid: str, at: datetime) -> None:
    """Look who is with the only inbound caller in this channel's company; two callers together have no owner."""
    together = company(turn, uniqueid)
    callers = [one for one in together if _is_caller(turn, one)]
    if not callers:
        _consult(turn, together)
    if len(callers) != 1:
        return
    call = turn.call_of(callers[0])
    if call is None:
        return
    partners = [leg for one in together - {callers[0]} if (leg := turn.leg(one)) is not None and not leg.pair]
    if not partners or (
        call.talking and call.talk and call.talk.leg_id in {leg.uniqueid for leg in partners}
    ):
        return
    partner = max(partners, key=lambda leg: (leg.bridge_changed_at or leg.seen_at, leg.uniqueid))
    connect(turn, call, partner.uniqueid, at)


def _consult(turn: Turn, together: set[str]) -> None:
    """Colleagues speak with each other, no caller listening: whoever gets the caller later was spoken to first."""
    legs = [leg for one in sorted(together) if (leg := turn.leg(one)) is not None and not leg.pair]
    if len(legs) < 2:
        return
    for leg in legs:
        call = turn.call_of(leg.uniqueid)
        if call is not None and not leg.spoken_to_first:
            turn.put_leg(call, replace(leg, spoken_to_first=True))


def _is_caller(turn: Turn, uniqueid: str) -> bool:
    call = turn.call_of(uniqueid)
    return call is not None and call.direction is Direction.INBOUND and call.call_id == uniqueid


def connect(turn: Turn, call: Call, leg_id: str, at: datetime, *, interface: str = "") -> Call:
    """The caller speaks with this leg: the first time it is an answer, later, with somebody else, a transfer."""
    call, leg = _adopt(turn, call, leg_id)
    before = call.talk
    if leg is None or call.entry_gone_at is not None or (before and before.leg_id == leg_id):
        return call
    if before and at < before.since:
        return call
    call = left_for(turn, announce(turn, call), LeaveReason.ANSWERED, at)
    if leg.ringing is Ringing.NOW:
        call = stop(turn, call, leg, StopReason.ANSWERED, at)
    call = stop_others(turn, call, StopReason.ANSWERED_ELSEWHERE, at, but=leg_id)
    picked_up = call.picked_up or (leg.joined_from_other_call and call.answered_at is None)
    interface = "" if picked_up else (interface or member_interface(turn, call, leg))
    call = _close_talk(call, at)
    if call.answered_at is None:
        call = _answered(turn, call, leg, at, interface=interface, picked_up=picked_up)
    elif before is None or before.endpoint != leg.endpoint:
        _transferred(turn, call, leg, at)
    talk = Talk(leg_id=leg_id, endpoint=leg.endpoint, interface=interface, since=at)
    return turn.put(replace(call, talk=talk, picked_up=False, changed_at=turn.at))


def _answered(turn: Turn, call: Call, leg: Leg, at: datetime, *, interface: str, picked_up: bool) -> Call:
    stay = call.stay
    waited = call.waited_seconds if stay else max(0.0, (at - call.started_at).total_seconds())
    turn.signals.append(
        CallAnswered(
            pbx=turn.pbx,
            call_id=call.call_id,
            at=at,
            endpoint=leg.endpoint,
            leg_id=leg.uniqueid,
            interface=interface,
            queue=stay.queue if stay and stay.reason is LeaveReason.ANSWERED else "",
            wait_seconds=waited,
            picked_up=picked_up,
            reconstructed=turn.rebuilding,
        )
    )
    return turn.put(replace(call, answered_at=at, waited_seconds=waited))


def _transferred(turn: Turn, call: Call, leg: Leg, at: datetime) -> None:
    turn.signals.append(
        CallTransferred(
            pbx=turn.pbx,
            call_id=call.call_id,
            at=at,
            from_endpoint=call.talk.endpoint if call.talk else "",
            to_endpoint=leg.endpoint,
            leg_id=leg.uniqueid,
            kind=TransferKind.ATTENDED if leg.spoken_to_first else TransferKind.BLIND,
            reconstructed=turn.rebuilding,
        )
    )


def _adopt(turn: Turn, call: Call, leg_id: str) -> tuple[Call, Leg | None]:
    """Bring a channel that began in another call (consultation, pick-up) into this one."""
    other = turn.call_of(leg_id)
    if other is None or other.call_id == call.call_id:
        return call, call.legs.get(leg_id)
    leg = other.legs.get(leg_id)
    if leg is None or other.direction is Direction.INBOUND:
        return call, None
    other = turn.put(replace(other, legs={key: value for key, value in other.legs.items() if key != leg_id}))
    leg = replace(leg, joined_from_other_call=True, ringing=Ringing.OVER)
    call = turn.put_leg(call, leg)
    if not other.legs:
        turn.drop(other)
    return call, leg


def _close_talk(call: Call, at: datetime) -> Call:
    """Add the open spell to the total; a spell that a hang-up closed already counts as it was closed."""
    talk = call.talk
    if talk is None:
        return call
    seconds = max(0.0, ((talk.until or at) - talk.since).total_seconds())
    return replace(
        call, talked_seconds=call.talked_seconds + seconds, talk=replace(talk, until=talk.until or at)
    )


def talk_ended(call: Call, uniqueid: str, at: datetime) -> Call:
    """A channel ended: the spell it took part in ended too, with the earlier of both hang-ups."""
    talk = call.talk
    if talk is None or uniqueid not in (talk.leg_id, call.call_id):
        return call
    if talk.until is not None and talk.until <= at:
        return call
    return replace(call, talk=replace(talk, until=max(at, talk.since)))


def total_talk(call: Call, ended_at: datetime) -> float:
    """Seconds of talk with people of ours, the last spell included."""
    return _close_talk(call, ended_at).talked_seconds
