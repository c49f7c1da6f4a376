"""What Asterisk itself wrote down of calls from outside: CDR and CEL files of JSON lines (`asterisk-sample/`).

They tell of calls that came while our link was down. CDR knows the reason but is written when a call ends; only
CEL survives the death of Asterisk. Source: Asterisk `cdr_custom.conf`, `cel_custom.conf`, `format = json`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from callcenter.domain.calls import (
    CallAnswered,
    CallEnded,
    CallEntered,
    CallFact,
    CallKey,
    CallOutcome,
    FoundBy,
)
from callcenter.domain.numbers import parse_number

BLOCK = 64 * 1024
LONGEST_LINE = 64 * 1024

Record = Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedCall:
    """One call from outside as the records tell it; instants are UTC, None where it never happened."""

    linkedid: str
    did: str
    caller: str
    caller_name: str
    entered_at: datetime
    answered_at: datetime | None
    endpoint: str | None
    ended_at: datetime | None
    outcome: CallOutcome
    found_by: FoundBy


def to_facts(pbx: str, call: RecordedCall) -> Iterator[CallFact]:
    """The facts that a live link would have reported, as far as they can be known."""
    key = CallKey(pbx=pbx, linkedid=call.linkedid)
    yield CallEntered(
        key=key,
        at=call.entered_at,
        did=parse_number(call.did),
        caller=parse_number(call.caller),
        caller_name=call.caller_name,
        found_by=call.found_by,
    )
    if call.answered_at is not None and call.endpoint:
        yield CallAnswered(key=key, at=call.answered_at, endpoint=call.endpoint)
    if call.ended_at is not None:
        yield CallEnded(key=key, at=call.ended_at, outcome=call.outcome)


def calls_in_cdr(records: Iterable[Record]) -> tuple[RecordedCall, ...]:
    """Calls whose dialplan stored the number dialled as `did`, as the hotline's does; others are not ours.

    A call tried at several phones has several records: they are one call.
    """
    grouped: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if _text(record, "did") not in ("", "callback") and _text(record, "linkedid"):
            grouped[_text(record, "linkedid")].append(record)
    return tuple(_from_cdr(linkedid, group) for linkedid, group in grouped.items())


def _from_cdr(linkedid: str, group: Sequence[Record]) -> RecordedCall:
    talks = [one for one in group if _text(one, "dstchannel") and _text(one, "disposition") == "ANSWERED"]
    talk = min(talks, key=lambda one: _instant(one, "start"), default=None)
    reason = next((_text(one, "reason") for one in group if _text(one, "reason")), "")
    first = min(group, key=lambda one: _instant(one, "start"))
    return RecordedCall(
        linkedid=linkedid,
        did=_text(first, "did"),
        caller=_text(first, "src"),
        caller_name="",
        entered_at=_instant(first, "start"),
        answered_at=_instant(talk, "answer") if talk else None,
        endpoint=_endpoint(_text(talk, "dstchannel")) if talk else None,
        ended_at=max(_instant(one, "end") for one in group),
        outcome=CallOutcome.ANSWERED if talk else _missed(reason),
        found_by=FoundBy.CDR,
    )


def _missed(reason: str) -> CallOutcome:
    """The dialplan's own reason (`CDR(reason)`); without one the caller hung up by himself."""
    try:
        return CallOutcome(reason) if reason else CallOutcome.ABANDONED
    except ValueError:
        return CallOutcome.UNKNOWN


def calls_in_cel(records: Iterable[Record], trunk_contexts: frozenset[str]) -> tuple[RecordedCall, ...]:
    """Calls that entered in a trunk's context; one whose end is missing was interrupted, or still goes on."""
    grouped: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        grouped[_text(record, "linkedid")].append(record)
    calls = (_from_cel(linkedid, group, trunk_contexts) for linkedid, group in grouped.items())
    return tuple(call for call in calls if call is not None)


def _from_cel(linkedid: str, group: Sequence[Record], trunk_contexts: frozenset[str]) -> RecordedCall | None:
    entry = next((one for one in group if _is_entry(one, trunk_contexts)), None)
    if entry is None:
        return None
    ours = [one for one in group if _text(one, "uniqueid") == linkedid]
    bridged = next((one for one in ours if _text(one, "eventtype") == "BRIDGE_ENTER"), None)
    ended = next((one for one in ours if _text(one, "eventtype") == "CHAN_END"), None)
    person = next(
        (
            one
            for one in group
            if _text(one, "eventtype") == "BRIDGE_ENTER" and _text(one, "uniqueid") != linkedid
        ),
        None,
    )
    return RecordedCall(
        linkedid=linkedid,
        did=_text(entry, "exten"),
        caller=_text(entry, "num"),
        caller_name=_text(entry, "name"),
        entered_at=_instant(entry, "eventtime"),
        answered_at=_instant(bridged, "eventtime") if bridged else None,
        endpoint=_endpoint(_text(person, "channame")) if person else None,
        ended_at=_instant(ended, "eventtime") if ended else None,
        outcome=CallOutcome.ANSWERED
        if bridged
        else (CallOutcome.UNKNOWN if ended else CallOutcome.INTERRUPTED),
        found_by=FoundBy.CEL,
    )


def _is_entry(record: Record, trunk_contexts: frozenset[str]) -> bool:
    return (
        _text(record, "eventtype") == "CHAN_START"
        and _text(record, "uniqueid") == _text(record, "linkedid")
        and _text(record, "context") in trunk_contexts
    )


def _endpoint(channel: str) -> str:
    return channel.rpartition("-")[0] or channel


def _text(record: Record, name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _instant(record: Record, name: str) -> datetime:
    value = record.get(name)
    if not isinstance(value, (str, int, float)):
        raise ValueError(f"{name} is missing")
    return datetime.fromtimestamp(float(value), UTC)


def read_since(path: Path, since: datetime, time_field: str) -> tuple[list[Record], int]:
    """Records written at or after `since`, oldest first, with the number of lines that are not such records.

    Reads backwards from the end, so the cost is that of the gap and not of the file. A missing file is empty:
    Asterisk makes it with its first record.

    Raises:
        OSError: the file may not be read.
    """
    found: list[Record] = []
    bad = 0
    try:
        for line in _lines_from_end(path):
            try:
                record = json.loads(line)
                at = _instant(record, time_field)
            except (ValueError, AttributeError, OverflowError, OSError):
                bad += 1
                continue
            if at < since:
                break
            found.append(record)
    except FileNotFoundError:
        return [], 0
    found.reverse()
    return found, bad


def _lines_from_end(path: Path) -> Iterator[bytes]:
    """Whole non-empty lines of the file, last first; a line longer than `LONGEST_LINE` comes in pieces."""
    with path.open("rb") as file:
        position = file.seek(0, 2)
        rest = b""
        while position > 0:
            size = min(BLOCK, position)
            position -= size
            file.seek(position)
            first, *lines = (file.read(size) + rest).split(b"\n")
            yield from (line for line in reversed(lines) if line.strip())
            rest = first
            if len(rest) > LONGEST_LINE:
                yield rest
                rest = b""
        if rest.strip():
            yield rest
