"""A snapshot of Asterisk (CoreShowChannels + QueueStatus), and how the board is put right by it.

AMI replays nothing: what happened while the link was down is known only from here. Calls that are no longer
there ended in the gap, calls that are new began in it; both are marked reconstructed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ami.attempt_rules import attempt_leg_changed, attempt_over
from ami.call import Call, Direction
from ami.ending_rules import finish, leg_is_gone, settle
from ami.event_types import ChannelFacts, ChannelState, DeviceState, Event, MemberChange, QueueMember
from ami.leg_rules import announce, ring, seat
from ami.member_rules import member_changed, members_are
from ami.queue_rules import joined, left
from ami.replacing import replace
from ami.schema import Headers, MalformedEvent, channel_facts, clean, integer, present, required, unescape
from ami.talk_rules import entered_bridge, left_bridge
from ami.turn import Turn


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveChannel:
    """One row of CoreShowChannels. `duration` since the channel was made."""

    facts: ChannelFacts
    bridge_id: str
    duration: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class QueuedCaller:
    """One QueueEntry of QueueStatus."""

    queue: str
    position: int
    uniqueid: str
    waited: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot(Event):
    """All of Asterisk at `at` (Asterisk's clock, taken before the lists were asked for).

    restarted: Asterisk started anew since the board was last in step; every older call was interrupted.
    """

    channels: tuple[LiveChannel, ...]
    callers: tuple[QueuedCaller, ...]
    members: tuple[QueueMember, ...]
    restarted: bool = False


def live_channel(headers: Headers) -> LiveChannel:
    """A row of CoreShowChannels. Raises MalformedEvent."""
    return LiveChannel(
        facts=channel_facts(headers),
        bridge_id=clean(required(headers, "BridgeId")),
        duration=_duration(headers),
    )


def _duration(headers: Headers) -> timedelta:
    parts = required(headers, "Duration").split(":")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
        raise MalformedEvent("CoreShowChannel", "Duration", "is not hours:minutes:seconds")
    hours, minutes, seconds = (int(part) for part in parts)
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def queued_caller(headers: Headers) -> QueuedCaller:
    """A QueueEntry row of QueueStatus. Raises MalformedEvent."""
    return QueuedCaller(
        queue=present(headers, "Queue"),
        position=integer(headers, "Position"),
        uniqueid=present(headers, "Uniqueid"),
        waited=timedelta(seconds=integer(headers, "Wait")),
    )


def listed_member(headers: Headers, at: datetime) -> QueueMember:
    """A QueueMember row of QueueStatus (it names its fields otherwise than the events do). Raises MalformedEvent."""
    status = integer(headers, "Status")
    if not 0 <= status <= DeviceState.ON_HOLD:
        raise MalformedEvent("QueueMember", "Status", "is not a device state")
    interface = present(headers, "Location")
    return QueueMember(
        at=at,
        change=MemberChange.STATUS,
        queue=present(headers, "Queue"),
        interface=interface,
        endpoint=clean(required(headers, "StateInterface")) or interface,
        name=unescape(required(headers, "Name")),
        device_state=status,
        paused=required(headers, "Paused") == "1",
        pause_reason=clean(required(headers, "PausedReason")) if "PausedReason" in headers else "",
    )


def put_right(turn: Turn, snapshot: Snapshot) -> None:
    """Bring the board in step with the snapshot; what an event showed after it was taken stays."""
    alive = {one.facts.uniqueid for one in snapshot.channels}
    for call_id in turn.call_ids():
        call = turn.call(call_id)
        if call is not None:
            _lose_dead_legs(turn, call, alive, snapshot)
    _seat_channels(turn, snapshot)
    _queue_callers(turn, snapshot)
    _bridge_channels(turn, snapshot)
    for member in snapshot.members:
        member_changed(turn, member)
    members_are(turn, snapshot.members)


def _lose_dead_legs(turn: Turn, call: Call, alive: set[str], snapshot: Snapshot) -> None:
    dead = sorted(one for one, leg in call.legs.items() if one not in alive and leg.seen_at <= snapshot.at)
    over = call.call_id in dead or call.entry_gone_at is not None
    if not dead and not over:
        return
    ended_at = (turn.board.last_event_at or snapshot.at) if snapshot.restarted else snapshot.at
    current: Call | None = turn.put(replace(call, gap=True, interrupted=snapshot.restarted and over))
    for uniqueid in dead:
        leg = current.legs.get(uniqueid) if current is not None else None
        if current is not None and leg is not None:
            leg_is_gone(turn, current, leg, max(ended_at, call.started_at), cause=None)
            current = turn.call(call.call_id)
    if current is None or not over:
        return
    if current.direction is Direction.INBOUND:
        finish(turn, current)
    elif current.direction is Direction.ATTEMPT and not current.legs:
        attempt_over(turn, current)
    else:
        settle(turn, current, force=True)


def _seat_channels(turn: Turn, snapshot: Snapshot) -> None:
    rows = sorted(
        snapshot.channels, key=lambda row: (row.facts.uniqueid != row.facts.linkedid, row.facts.uniqueid)
    )
    for row in rows:
        seated = seat(turn, row.facts, since=snapshot.at - row.duration)
        if seated is None:
            continue
        call, leg = seated
        if row.facts.state == ChannelState.RINGING:
            call = ring(turn, call, leg, snapshot.at)
        call = attempt_leg_changed(turn, call, call.legs[leg.uniqueid], snapshot.at)
        if leg.uniqueid == call.call_id and row.facts.state == ChannelState.UP:
            announce(turn, call)


def _queue_callers(turn: Turn, snapshot: Snapshot) -> None:
    waiting = {one.uniqueid: one for one in snapshot.callers}
    for call_id in turn.call_ids():
        call = turn.call(call_id)
        if call is None:
            continue
        one = waiting.get(call_id)
        if one is not None:
            joined(turn, announce(turn, call), one.queue, one.position, snapshot.at - one.waited)
        elif call.stay is not None and call.stay.left_at is None:
            left(turn, call, call.stay.queue, snapshot.at)


def _bridge_channels(turn: Turn, snapshot: Snapshot) -> None:
    for row in snapshot.channels:
        call = turn.call_of(row.facts.uniqueid)
        leg = call.legs.get(row.facts.uniqueid) if call is not None else None
        if call is None or leg is None:
            continue
        if leg.bridge_changed_at is not None and leg.bridge_changed_at > snapshot.at:
            continue
        if leg.bridge_id and leg.bridge_id != row.bridge_id:
            left_bridge(turn, call, leg, leg.bridge_id, snapshot.at)
            call = turn.call_of(row.facts.uniqueid) or call
            leg = call.legs[row.facts.uniqueid]
        if row.bridge_id and leg.bridge_id != row.bridge_id:
            entered_bridge(turn, call, leg, row.bridge_id, snapshot.at)
