"""The board of one PBX: every live call, every queue member, and what is needed to understand the next event.

Immutable; `reduce` returns the next one. It answers who waits, since when and where; who rings; who talks; which
members are there. Everything on it is bounded: see `Limits`; whatever had to be shed is counted in `Shed`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ami.call import Call, Direction, Ringing
from ami.persistent_map import PersistentMap


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialplan:
    """What the reducer must know of the PBX's configuration.

    trunk_contexts: contexts that calls from outside enter. trunk_endpoints: devices of carriers (`PJSIP/trunk`),
    which also tell a trunk's channel after its context changed. attempt_prefix: how ids of our Originates begin.
    """

    trunk_contexts: frozenset[str] = frozenset({"from-trunk"})
    trunk_endpoints: frozenset[str] = frozenset()
    attempt_prefix: str = "cb-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Bounds of the board. A call older than `oldest_call` whose end was never seen is dropped."""

    calls: int = 5_000
    forgotten_ids: int = 20_000
    members: int = 2_000
    settle: timedelta = timedelta(seconds=2)
    remember_gone: timedelta = timedelta(minutes=10)
    oldest_call: timedelta = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shed:
    """What was thrown away: by a bound or an age limit, as too old, or as a report about no attempt of ours."""

    calls: int = 0
    members: int = 0
    stale_events: int = 0
    forged_reports: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A queue member. `endpoint` is the device whose state is watched."""

    queue: str
    interface: str
    endpoint: str
    name: str
    paused: bool
    pause_reason: str
    device_state: int
    changed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """One caller in a queue."""

    call_id: str
    queue: str
    since: datetime
    caller_number: str
    caller_name: str
    did: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RingingPhone:
    """One phone that rings now."""

    call_id: str
    endpoint: str
    leg_id: str
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """One caller and the endpoint that speaks with him."""

    call_id: str
    endpoint: str
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """The state of one PBX. `gone` remembers ended channels so that late events raise no ghosts."""

    pbx: str
    dialplan: Dialplan = field(default_factory=Dialplan)
    limits: Limits = field(default_factory=Limits)
    calls: PersistentMap[Call] = field(default_factory=PersistentMap)
    call_of: PersistentMap[str] = field(default_factory=PersistentMap)
    gone: PersistentMap[datetime] = field(default_factory=PersistentMap)
    members: PersistentMap[Member] = field(default_factory=PersistentMap)
    bridges: PersistentMap[frozenset[str]] = field(default_factory=PersistentMap)
    pairs: PersistentMap[frozenset[str]] = field(default_factory=PersistentMap)
    last_event_at: datetime | None = None
    synced_at: datetime | None = None
    pruned_at: datetime | None = None
    shed: Shed = field(default_factory=Shed)

    def inbound(self) -> tuple[Call, ...]:
        """Live calls from outside, oldest first."""
        calls = (call for call in self.calls.values() if call.direction is Direction.INBOUND)
        return tuple(sorted(calls, key=lambda call: (call.started_at, call.call_id)))

    def waiting(self, queue: str | None = None) -> tuple[Waiting, ...]:
        """Who waits in `queue` (in any when None), longest first."""
        found = [
            Waiting(
                call_id=call.call_id,
                queue=call.stay.queue,
                since=call.stay.joined_at,
                caller_number=call.caller_number,
                caller_name=call.caller_name,
                did=call.did,
            )
            for call in self.inbound()
            if call.waiting and call.stay is not None and queue in (None, call.stay.queue)
        ]
        return tuple(sorted(found, key=lambda one: (one.since, one.call_id)))

    def ringing(self) -> tuple[RingingPhone, ...]:
        """Which phones ring for calls from outside, longest first."""
        found = [
            RingingPhone(
                call_id=call.call_id, endpoint=leg.endpoint, leg_id=leg.uniqueid, since=leg.ringing_since
            )
            for call in self.inbound()
            for leg in call.legs.values()
            if leg.ringing is Ringing.NOW and leg.ringing_since is not None
        ]
        return tuple(sorted(found, key=lambda one: (one.since, one.leg_id)))

    def talking(self) -> tuple[Conversation, ...]:
        """Who speaks with a caller from outside, longest first."""
        found = [
            Conversation(call_id=call.call_id, endpoint=call.talk.endpoint, since=call.talk.since)
            for call in self.inbound()
            if call.talk is not None and call.talk.until is None
        ]
        return tuple(sorted(found, key=lambda one: (one.since, one.call_id)))

    def queue_members(self, queue: str | None = None) -> tuple[Member, ...]:
        """The members of `queue` (of all when None), by queue and name."""
        found = [member for member in self.members.values() if queue in (None, member.queue)]
        return tuple(sorted(found, key=lambda one: (one.queue, one.name, one.interface)))
