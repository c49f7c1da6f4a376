"""The strict schema of single AMI headers: there exactly once, and looking as Asterisk writes it.

AMI events are untrusted input: a caller chooses his name and number, and other programs may inject lines.
Every check raises `MalformedEvent`, which the link counts and puts aside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from ami.event_types import ChannelFacts, ChannelState

Headers = Mapping[str, str | list[str]]
"""Headers of one message; a header that came more than once holds all its values in a list."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST: Final = 1_262_304_000  # 2010-01-01: a PBX whose clock is before that is not keeping time
_LATEST: Final = 4_102_444_800  # 2100-01-01
_ID: Final = re.compile(r"[A-Za-z0-9_.:\-]{1,150}\Z", re.ASCII)
_TIMESTAMP: Final = re.compile(r"(\d{10})\.(\d{6})\Z", re.ASCII)
_INTEGER: Final = re.compile(r"-?\d{1,10}\Z", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ESCAPE: Final = re.compile(r"\\([abfnrtv\\'\"?])")
_ESCAPES: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LONGEST_TEXT: Final = 256
_CHANNEL: Final = (
    "Uniqueid",
    "Linkedid",
    "Channel",
    "ChannelState",
    "CallerIDNum",
    "CallerIDName",
    "Context",
    "Exten",
    "ChanVariable",
)
_CHANNEL_NAMES: Final[dict[str, tuple[str, ...]]] = {}
_STATES: Final = {str(number): number for number in range(ChannelState.UNKNOWN + 1)}


class MalformedEvent(ValueError):
    """An event whose needed header is missing, repeated or impossible. `header` names it."""

    def __init__(self, event: str, header: str, problem: str) -> None:
        super().__init__(f"{event}: header {header} {problem}")
        self.event = event
        self.header = header
        self.problem = problem


def unescape(text: str) -> str:
    r"""Undo Asterisk's C escapes in a name and drop control characters, which never belong to a name.

    >>> unescape("O\\'Brien")
    "O'Brien"
    >>> unescape("a\\nEvent: Hangup")
    'aEvent: Hangup'
    """
    if "\\" in text:
        text = _ESCAPE.sub(lambda m: _ESCAPES.get(m[1], m[1]), text)
    return clean(text)


def channel_facts(headers: Headers, prefix: str = "") -> ChannelFacts:
    """The channel that `headers` describe, its header names beginning with `prefix`."""
    names = _CHANNEL_NAMES.get(prefix)
    if names is None:
        names = _CHANNEL_NAMES[prefix] = tuple(prefix + name for name in _CHANNEL)
    uniqueid, linkedid, channel, state_, number, name, context, exten, variables = map(headers.get, names)
    known_state = _STATES.get(state_) if isinstance(state_, str) else None
    if (
        known_state is None
        or not (isinstance(channel, str) and isinstance(context, str))
        or not (isinstance(uniqueid, str) and _ID.match(uniqueid))
        or not (isinstance(linkedid, str) and _ID.match(linkedid))
        or not (isinstance(number, str) and isinstance(name, str) and isinstance(exten, str))
    ):
        return _checked_one_by_one(headers, prefix)
    return ChannelFacts(
        uniqueid=uniqueid,
        linkedid=linkedid,
        channel=channel,
        state=known_state,
        caller_number=clean(number),
        caller_name=unescape(name),
        context=context,
        exten=clean(exten),
        did="" if variables is None else _did(headers, prefix),
    )


def _checked_one_by_one(headers: Headers, prefix: str) -> ChannelFacts:
    """The same with each header looked at in turn, so that the first wrong one is named."""
    return ChannelFacts(
        uniqueid=identifier(headers, prefix + "Uniqueid"),
        linkedid=identifier(headers, prefix + "Linkedid"),
        channel=required(headers, prefix + "Channel"),
        state=state(headers, prefix + "ChannelState"),
        caller_number=clean(required(headers, prefix + "CallerIDNum")),
        caller_name=unescape(required(headers, prefix + "CallerIDName")),
        context=required(headers, prefix + "Context"),
        exten=clean(required(headers, prefix + "Exten")),
        did=_did(headers, prefix) if prefix + "ChanVariable" in headers else "",
    )


def clean(text: str) -> str:
    if not text.isprintable():
        text = _CONTROL.sub("", text)
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT]


def event_name(headers: Headers) -> str:
    name = headers.get("Event")
    return name if isinstance(name, str) else "message"


def required(headers: Headers, name: str) -> str:
    value = headers.get(name)
    if isinstance(value, str):
        return value
    raise MalformedEvent(event_name(headers), name, "is missing" if value is None else "is repeated")


def present(headers: Headers, name: str) -> str:
    """A header that must be there and not be empty."""
    value = clean(required(headers, name))
    if not value:
        raise MalformedEvent(event_name(headers), name, "is empty")
    return value


def identifier(headers: Headers, name: str) -> str:
    value = required(headers, name)
    if _ID.match(value) is None:
        raise MalformedEvent(event_name(headers), name, "is not an identifier")
    return value


def integer(headers: Headers, name: str) -> int:
    value = required(headers, name)
    if _INTEGER.match(value) is None:
        raise MalformedEvent(event_name(headers), name, "is not a whole number")
    return int(value)


def state(headers: Headers, name: str) -> int:
    value = integer(headers, name)
    if not 0 <= value <= ChannelState.UNKNOWN:
        raise MalformedEvent(event_name(headers), name, "is not a channel state")
    return value


def instant(headers: Headers, arrived_at: datetime | None) -> datetime:
    stamp = headers.get("Timestamp")
    if stamp is None and arrived_at is not None:
        return arrived_at
    found = _TIMESTAMP.match(required(headers, "Timestamp"))
    if found is None or not _EARLIEST <= int(found[1]) <= _LATEST:
        raise MalformedEvent(event_name(headers), "Timestamp", "is not a plausible instant")
    return _EPOCH + timedelta(seconds=int(found[1]), microseconds=int(found[2]))


def _did(headers: Headers, prefix: str) -> str:
    given = headers.get(prefix + "ChanVariable", [])
    for pair in given if isinstance(given, list) else [given]:
        name, _, value = pair.partition("=")
        if name.lstrip("_") == "DID":
            return clean(value)
    return ""


def dialling(headers: Headers) -> ChannelFacts | None:
    """The channel that dials; an Originate has none."""
    return channel_facts(headers) if "Channel" in headers else None


def destination(headers: Headers) -> ChannelFacts | None:
    return channel_facts(headers, "Dest") if "DestChannel" in headers else None
