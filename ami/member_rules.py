"""Rules for queue members: who is there, paused or not, and the state of his device."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ami.board import Member
from ami.event_types import DeviceState, MemberChange, QueueMember
from ami.replacing import replace
from ami.signals import MemberStatus
from ami.turn import Turn


def _key(queue: str, interface: str) -> str:
    return f"member {queue} {interface}"


def member_changed(turn: Turn, event: QueueMember) -> None:
    """The member as the event shows him; told only when something differs, and never from an older event."""
    key = _key(event.queue, event.interface)
    before = turn.member(key)
    removed_at = turn.gone_at(key)
    if (before is not None and event.at < before.changed_at) or (
        removed_at is not None and event.at <= removed_at
    ):
        return
    if event.change is MemberChange.REMOVED:
        turn.remember_gone(key, event.at)
        if before is not None:
            turn.put_member(key, None)
            _tell(turn, before, event.at, present=False)
        return
    if before is None and len(turn.board.members) >= turn.board.limits.members:
        turn.shed_members += 1
        return
    after = Member(
        queue=event.queue,
        interface=event.interface,
        endpoint=event.endpoint,
        name=event.name,
        paused=event.paused,
        pause_reason=event.pause_reason,
        device_state=event.device_state,
        changed_at=event.at,
    )
    if before is not None and replace(before, changed_at=event.at) == after:
        return
    turn.put_member(key, after)
    _tell(turn, after, event.at, present=True)


def members_are(turn: Turn, listed: Iterable[QueueMember]) -> None:
    """Whoever is not in the list is no member any more."""
    known = {_key(one.queue, one.interface) for one in listed}
    for key, member in list(turn.board.members.items()):
        if key not in known and member.changed_at <= turn.at:
            turn.put_member(key, None)
            _tell(turn, member, turn.at, present=False)


def _tell(turn: Turn, member: Member, at: datetime, *, present: bool) -> None:
    turn.signals.append(
        MemberStatus(
            pbx=turn.pbx,
            at=at,
            queue=member.queue,
            interface=member.interface,
            endpoint=member.endpoint,
            name=member.name,
            present=present,
            paused=member.paused,
            pause_reason=member.pause_reason,
            device_state=member.device_state if present else DeviceState.UNAVAILABLE,
        )
    )
