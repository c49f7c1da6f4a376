"""Tables of AMI events in, tables of signals out: scenario tests read as two columns of text.

A cast names channels; a script line is `seconds Event who[>whom] words…`. Every line is written out as the AMI
message Asterisk would send and parsed by the product's own code, so a table exercises the schema too.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ami.board import Board, Dialplan, Limits
from ami.event_types import Event, Tick
from ami.events import parse
from ami.framing import Framer, headers_of
from ami.reducer import reduce_all
from ami.signals import Signal

START = 1795355500
CAPTURES = Path(__file__).parent / "captures"
DIALPLAN = Dialplan(trunk_contexts=frozenset({"from-trunk"}), trunk_endpoints=frozenset({"PJSIP/trunk"}))
STATES = {"Down": 0, "Ring": 4, "Ringing": 5, "Up": 6}

CAST = """
caller   PJSIP/trunk-00000001           1.1   1.1   from-trunk  88005550640  79161234567
second   PJSIP/trunk-00000002           1.2   1.2   from-trunk  88005550640  79169999999
anna     PJSIP/101-00000003             1.3   1.1   internal    s            101
oleg     PJSIP/102-00000004             1.4   1.1   internal    s            102
maria    PJSIP/103-00000005             1.5   1.2   internal    s            103
"""


def instant(seconds: float) -> datetime:
    """The instant that many seconds after the start of every table."""
    return datetime.fromtimestamp(START, UTC) + timedelta(seconds=seconds)


def channel_headers(cast: dict[str, list[str]], who: str, prefix: str, state: str) -> dict[str, str]:
    """The headers that describe one channel of the cast."""
    channel, uniqueid, linkedid, context, exten, number = cast[who]
    return {
        f"{prefix}Channel": channel,
        f"{prefix}ChannelState": str(STATES[state]),
        f"{prefix}CallerIDNum": number,
        f"{prefix}CallerIDName": "<unknown>",
        f"{prefix}Context": context,
        f"{prefix}Exten": exten,
        f"{prefix}Uniqueid": uniqueid,
        f"{prefix}Linkedid": linkedid,
    }


def the_cast(text: str = "") -> dict[str, list[str]]:
    """The usual cast, with further channels."""
    return {words[0]: words[1:] for line in (CAST + text).splitlines() if (words := line.split())}


_WORDS: dict[str, tuple[str, ...]] = {
    "DialState": ("DialStatus",),
    "DialEnd": ("DialStatus",),
    "BridgeEnter": ("BridgeUniqueid",),
    "BridgeLeave": ("BridgeUniqueid",),
    "QueueCallerJoin": ("Queue", "Position"),
    "QueueCallerLeave": ("Queue",),
    "QueueCallerAbandon": ("Queue",),
    "AgentCalled": ("Queue", "Interface"),
    "AgentConnect": ("Queue", "Interface"),
    "AgentComplete": ("Queue", "Interface", "TalkTime"),
    "AgentRingNoAnswer": ("Queue", "Interface", "RingTime"),
    "Hangup": ("Cause", "TechCause"),
    "BlindTransfer": ("Extension",),
}
_PREFIXES = {
    "BlindTransfer": ("Transferer", "Transferee"),
    "AttendedTransfer": ("OrigTransferer", "SecondTransferer"),
    "Pickup": ("", "Target"),
}


def message(line: str, cast: dict[str, list[str]], states: dict[str, str]) -> dict[str, str | list[str]]:
    """The AMI headers of one script line; `states` remembers the last state of each channel."""
    seconds, event, *words = line.split()
    stamp = (instant(float(seconds)) - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
    headers: dict[str, str | list[str]] = {
        "Event": event,
        "Timestamp": f"{stamp // 1_000_000}.{stamp % 1_000_000:06d}",
    }
    if event == "OriginateResponse":
        names = ("Uniqueid", "Response", "Reason", "ActionID")
        return {**headers, **dict(zip(names, words, strict=False))}
    if event.startswith("QueueMember"):
        return {**headers, **_member(words)}
    who, _, whom = words.pop(0).partition(">")
    told_state = words.pop(0) if words and words[0] in STATES else ""
    first, second = _PREFIXES.get(event, ("", "Dest"))
    if event in ("BridgeEnter", "AgentConnect", "AgentComplete") or words[:1] == ["ANSWER"]:
        told_state = "Up"
    if whom:
        headers |= _seen(cast, whom, second, states, told_state, "Down")
        told_state = ""
    if who:
        headers |= _seen(cast, who, first, states, told_state, "Up")
    if event in ("BlindTransfer", "AttendedTransfer"):
        headers["Result"] = "Success"
    if event == "UserEvent":
        headers["UserEvent"] = words.pop(0)
        return {**headers, **dict(word.partition("=")[::2] for word in words)}
    return {**headers, **dict(zip(_WORDS.get(event, ()), words, strict=False))}


def _seen(
    cast: dict[str, list[str]], who: str, prefix: str, states: dict[str, str], told_state: str, unseen: str
) -> dict[str, str]:
    """The headers of a channel in the state told, else in its last one."""
    uniqueid = cast[who][1]
    states[uniqueid] = told_state or states.get(uniqueid, unseen)
    return channel_headers(cast, who, prefix, states[uniqueid])


def _member(words: list[str]) -> dict[str, str]:
    queue, interface, status, paused = words
    return {
        "Queue": queue,
        "Interface": interface,
        "StateInterface": interface,
        "MemberName": "Анна",
        "Status": status,
        "Paused": paused,
        "PausedReason": "",
    }


def events(script: str, cast: str = "") -> list[Event]:
    """The typed events of a script; a line `seconds Tick` lets time pass."""
    found: list[Event] = []
    states: dict[str, str] = {}
    for line in script.splitlines():
        line = line.partition("#")[0].strip()
        if not line:
            continue
        if line.endswith(" Tick"):
            found.append(Tick(at=instant(float(line.split()[0]))))
            continue
        event = parse(message(line, the_cast(cast), states))
        assert event is not None, line
        found.append(event)
    return found


def empty_board(limits: Limits | None = None) -> Board:
    """A board on which nothing has happened."""
    return Board(pbx="main", dialplan=DIALPLAN, limits=limits or Limits())


def told(script: str, cast: str = "", board: Board | None = None) -> str:
    """What became true by the script, one signal a line."""
    return shown(reduce_all(board or empty_board(), events(script, cast))[1])


def shown(signals: tuple[Signal, ...] | list[Signal], start: float = START) -> str:
    """Signals as a table: seconds, name, and what matters of each."""
    return "\n".join(_shown(signal, start) for signal in signals)


_SHOWN: dict[str, tuple[str, ...]] = {
    "CallEntered": ("call_id", "did", "caller_number"),
    "CallQueued": ("call_id", "queue", "position"),
    "LegRinging": ("call_id", "endpoint", "interface"),
    "LegStopped": ("call_id", "endpoint", "reason"),
    "CallAnswered": ("call_id", "endpoint", "interface", "wait_seconds", "picked_up"),
    "CallTransferred": ("call_id", "from_endpoint", "to_endpoint", "kind"),
    "CallLeftQueue": ("call_id", "queue", "reason", "wait_seconds"),
    "CallEnded": ("call_id", "outcome", "wait_seconds", "talk_seconds", "owner"),
    "MemberStatus": ("queue", "endpoint", "present", "paused", "device_state"),
    "AttemptProgress": ("attempt_id", "step", "endpoint"),
    "AttemptEnded": ("attempt_id", "interrupted"),
}


def _shown(signal: Signal, start: float) -> str:
    name = type(signal).__name__
    fields: dict[str, Any] = {field: getattr(signal, field) for field in _SHOWN[name]}
    words = [f"{value:.2f}" if isinstance(value, float) else str(value) for value in _flagless(fields)]
    again = " (reconstructed)" if getattr(signal, "reconstructed", False) else ""
    return f"{signal.at.timestamp() - start:6.2f} {name} {' '.join(words)}{again}"


def _flagless(fields: dict[str, Any]) -> list[Any]:
    """Values as words: a flag shows as its name when set, an empty text as `-`."""
    words: list[Any] = []
    for name, value in fields.items():
        if isinstance(value, bool):
            words.extend([name] if value else [])
        else:
            words.append(value if value != "" else "-")
    return words


def table(text: str) -> str:
    """An expected table as it is written in a test, without its indentation."""
    rows = [line.split() for line in text.splitlines() if line.strip()]
    return "\n".join(f"{row[0]:>6} {' '.join(row[1:])}" for row in rows)


def capture_bytes(name: str) -> bytes:
    """A recorded stream."""
    return (CAPTURES / f"{name}.ami").read_bytes()


def capture_events(stream: bytes, chunk: int = 65_536) -> list[Event]:
    """The events of a stream that arrives in pieces of `chunk` bytes."""
    framer = Framer()
    messages = [
        one for start in range(0, len(stream), chunk) for one in framer.feed(stream[start : start + chunk])
    ]
    return [event for one in messages if (event := parse(headers_of(one))) is not None]
