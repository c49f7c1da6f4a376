"""From AMI headers to typed events: `parse(headers)`, strict about what it needs, blind to what it does not.

AMI events are untrusted input: a caller chooses his name and number, and other programs may inject lines.
A header that an event needs must be there exactly once and look as Asterisk writes it; else `MalformedEvent`.
Headers that are not needed are never looked at. Source: asterisk/main/manager_channels.c, apps/app_queue.c.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from ami.event_types import (
    AgentCalled,
    AgentComplete,
    AgentConnect,
    AgentDump,
    AgentRingNoAnswer,
    AttendedTransfer,
    BlindTransfer,
    BridgeEnter,
    BridgeLeave,
    ChannelFacts,
    ChannelState,
    DeviceState,
    DialBegin,
    DialEnd,
    DialState,
    Event,
    FullyBooted,
    Hangup,
    MemberChange,
    Newchannel,
    Newstate,
    OriginateResponse,
    Pickup,
    QueueCallerAbandon,
    QueueCallerJoin,
    QueueCallerLeave,
    QueueMember,
    Shutdown,
    Tick,
    UserEvent,
)
from ami.schema import (
    Headers,
    MalformedEvent,
    channel_facts,
    clean,
    destination,
    dialling,
    event_name,
    identifier,
    instant,
    integer,
    present,
    required,
    unescape,
)

__all__ = [
    "KNOWN_EVENTS",
    "AgentCalled",
    "AgentComplete",
    "AgentConnect",
    "AgentDump",
    "AgentRingNoAnswer",
    "AttendedTransfer",
    "BlindTransfer",
    "BridgeEnter",
    "BridgeLeave",
    "ChannelFacts",
    "ChannelState",
    "DeviceState",
    "DialBegin",
    "DialEnd",
    "DialState",
    "Event",
    "FullyBooted",
    "Hangup",
    "Headers",
    "MalformedEvent",
    "MemberChange",
    "Newchannel",
    "Newstate",
    "OriginateResponse",
    "Pickup",
    "QueueCallerAbandon",
    "QueueCallerJoin",
    "QueueCallerLeave",
    "QueueMember",
    "Shutdown",
    "Tick",
    "UserEvent",
    "channel_facts",
    "parse",
    "unescape",
]


def parse(headers: Headers, *, arrived_at: datetime | None = None) -> Event | None:
    """The typed event, or None for one the product does not use.

    `arrived_at` stands in when Asterisk does not stamp its events (`timestampevents=no`, and `FullyBooted`).
    Raises MalformedEvent when a needed header is missing, repeated or not as Asterisk writes it.
    """
    name = headers.get("Event")
    if isinstance(name, list):
        raise MalformedEvent(name[0], "Event", "is repeated")
    build = _BUILDERS.get(name or "")
    if build is None:
        return None
    return build(headers, instant(headers, arrived_at))


def _newchannel(h: Headers, at: datetime) -> Event:
    return Newchannel(at=at, channel=channel_facts(h))


def _newstate(h: Headers, at: datetime) -> Event:
    return Newstate(at=at, channel=channel_facts(h))


def _hangup(h: Headers, at: datetime) -> Event:
    tech_cause = clean(required(h, "TechCause")) if "TechCause" in h else ""
    return Hangup(at=at, channel=channel_facts(h), cause=integer(h, "Cause"), tech_cause=tech_cause)


def _dial_begin(h: Headers, at: datetime) -> Event:
    return DialBegin(at=at, channel=dialling(h), dest=channel_facts(h, "Dest"))


def _dial_state(h: Headers, at: datetime) -> Event:
    return DialState(
        at=at, channel=dialling(h), dest=channel_facts(h, "Dest"), status=present(h, "DialStatus")
    )


def _dial_end(h: Headers, at: datetime) -> Event:
    return DialEnd(at=at, channel=dialling(h), dest=channel_facts(h, "Dest"), status=present(h, "DialStatus"))


def _bridge_enter(h: Headers, at: datetime) -> Event:
    return BridgeEnter(at=at, channel=channel_facts(h), bridge_id=identifier(h, "BridgeUniqueid"))


def _bridge_leave(h: Headers, at: datetime) -> Event:
    return BridgeLeave(at=at, channel=channel_facts(h), bridge_id=identifier(h, "BridgeUniqueid"))


def _caller_join(h: Headers, at: datetime) -> Event:
    return QueueCallerJoin(
        at=at, channel=channel_facts(h), queue=present(h, "Queue"), position=integer(h, "Position")
    )


def _caller_leave(h: Headers, at: datetime) -> Event:
    return QueueCallerLeave(at=at, channel=channel_facts(h), queue=present(h, "Queue"))


def _caller_abandon(h: Headers, at: datetime) -> Event:
    return QueueCallerAbandon(at=at, channel=channel_facts(h), queue=present(h, "Queue"))


def _agent_called(h: Headers, at: datetime) -> Event:
    return AgentCalled(
        at=at,
        channel=channel_facts(h),
        dest=channel_facts(h, "Dest"),
        queue=present(h, "Queue"),
        interface=present(h, "Interface"),
    )


def _agent_connect(h: Headers, at: datetime) -> Event:
    return AgentConnect(
        at=at,
        channel=channel_facts(h),
        dest=channel_facts(h, "Dest"),
        queue=present(h, "Queue"),
        interface=present(h, "Interface"),
    )


def _agent_complete(h: Headers, at: datetime) -> Event:
    return AgentComplete(
        at=at,
        channel=channel_facts(h),
        dest=destination(h),
        queue=present(h, "Queue"),
        interface=present(h, "Interface"),
        talk_seconds=integer(h, "TalkTime"),
    )


def _agent_ring_no_answer(h: Headers, at: datetime) -> Event:
    return AgentRingNoAnswer(
        at=at,
        channel=channel_facts(h),
        dest=destination(h),
        queue=present(h, "Queue"),
        interface=present(h, "Interface"),
        ring_ms=integer(h, "RingTime"),
    )


def _agent_dump(h: Headers, at: datetime) -> Event:
    return AgentDump(
        at=at, channel=channel_facts(h), queue=present(h, "Queue"), interface=present(h, "Interface")
    )


def _member(change: MemberChange) -> Callable[[Headers, datetime], Event]:
    def build(h: Headers, at: datetime) -> Event:
        status = integer(h, "Status")
        if not 0 <= status <= DeviceState.ON_HOLD:
            raise MalformedEvent(event_name(h), "Status", "is not a device state")
        interface = present(h, "Interface")
        return QueueMember(
            at=at,
            change=change,
            queue=present(h, "Queue"),
            interface=interface,
            endpoint=clean(required(h, "StateInterface")) or interface,
            name=unescape(required(h, "MemberName")),
            device_state=status,
            paused=required(h, "Paused") == "1",
            pause_reason=clean(required(h, "PausedReason")),
        )

    return build


def _originate_response(h: Headers, at: datetime) -> Event:
    response = required(h, "Response")
    if response not in ("Success", "Failure"):
        raise MalformedEvent("OriginateResponse", "Response", "is neither Success nor Failure")
    return OriginateResponse(
        at=at,
        action_id=clean(required(h, "ActionID")) if "ActionID" in h else "",
        uniqueid=clean(required(h, "Uniqueid")),
        success=response == "Success",
        reason=integer(h, "Reason"),
    )


def _blind_transfer(h: Headers, at: datetime) -> Event:
    return BlindTransfer(
        at=at,
        transferer=channel_facts(h, "Transferer"),
        transferee=channel_facts(h, "Transferee") if "TransfereeChannel" in h else None,
        exten=clean(required(h, "Extension")),
        success=required(h, "Result") == "Success",
    )


def _attended_transfer(h: Headers, at: datetime) -> Event:
    return AttendedTransfer(
        at=at,
        first_transferer=channel_facts(h, "OrigTransferer"),
        second_transferer=channel_facts(h, "SecondTransferer"),
        success=required(h, "Result") == "Success",
    )


def _pickup(h: Headers, at: datetime) -> Event:
    return Pickup(at=at, channel=channel_facts(h), target=channel_facts(h, "Target"))


_CHANNEL_HEADERS: Final = frozenset(
    [
        "Event",
        "Privilege",
        "Timestamp",
        "SystemName",
        "ActionID",
        "Channel",
        "ChannelState",
        "ChannelStateDesc",
        "CallerIDNum",
        "CallerIDName",
        "ConnectedLineNum",
        "ConnectedLineName",
        "Language",
        "AccountCode",
        "Context",
        "Exten",
        "Priority",
        "Uniqueid",
        "Linkedid",
        "ChanVariable",
        "UserEvent",
    ]
)


def _user_event(h: Headers, at: datetime) -> Event:
    return UserEvent(
        at=at,
        channel=dialling(h),
        name=present(h, "UserEvent"),
        fields=tuple(
            (name, clean(required(h, name)))
            for name in h
            if name not in _CHANNEL_HEADERS and name.isprintable()
        ),
    )


def _fully_booted(h: Headers, at: datetime) -> Event:
    return FullyBooted(at=at, uptime=integer(h, "Uptime"))


def _shutdown(h: Headers, at: datetime) -> Event:
    return Shutdown(at=at, restart=required(h, "Restart") == "True")


_BUILDERS: Final[dict[str, Callable[[Headers, datetime], Event]]] = {
    "Newchannel": _newchannel,
    "Newstate": _newstate,
    "Hangup": _hangup,
    "DialBegin": _dial_begin,
    "DialState": _dial_state,
    "DialEnd": _dial_end,
    "BridgeEnter": _bridge_enter,
    "BridgeLeave": _bridge_leave,
    "QueueCallerJoin": _caller_join,
    "QueueCallerLeave": _caller_leave,
    "QueueCallerAbandon": _caller_abandon,
    "AgentCalled": _agent_called,
    "AgentConnect": _agent_connect,
    "AgentComplete": _agent_complete,
    "AgentRingNoAnswer": _agent_ring_no_answer,
    "AgentDump": _agent_dump,
    "QueueMemberStatus": _member(MemberChange.STATUS),
    "QueueMemberPause": _member(MemberChange.PAUSED),
    "QueueMemberAdded": _member(MemberChange.ADDED),
    "QueueMemberRemoved": _member(MemberChange.REMOVED),
    "OriginateResponse": _originate_response,
    "BlindTransfer": _blind_transfer,
    "AttendedTransfer": _attended_transfer,
    "Pickup": _pickup,
    "UserEvent": _user_event,
    "FullyBooted": _fully_booted,
    "Shutdown": _shutdown,
}

KNOWN_EVENTS: Final[Sequence[str]] = tuple(_BUILDERS)
"""Names of the events that `parse` turns into values; everything else may be dropped before parsing."""
