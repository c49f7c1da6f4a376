"""What Asterisk wrote down of an attempt: its own database, then the event log, then the call records. Pure.

Seen on Asterisk 22: `kill -9` leaves the event log only, and there an ANSWER of the client's leg proves "reached".
The log tells nothing of ringing, so "no answer" there is not known from a dead trunk.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from callcenter.phone.attempts import sip_code
from dialer.outcome import Evidence, Source

Record = Mapping[str, object]
_STATUSES = {"BUSY": "BUSY", "CONGESTION": "CONGESTION", "NO ANSWER": "NOANSWER"}


def evidence_in_astdb(value: str) -> Evidence:
    """The hang-up handler's line: `DIALSTATUS|HANGUPCAUSE|ANSWEREDTIME|RINGTIME_MS|PROGRESSTIME_MS`."""
    parts = [*value.split("|"), "", "", "", "", ""]
    status, cause, answered, ring_ms, progress_ms = parts[:5]
    return Evidence(
        source=Source.ASTDB,
        executor_answered=True,
        client_dialled=status not in ("", "DENIED", "EXPIRED"),
        client_rang=_number(ring_ms) is not None,
        client_progress=_number(progress_ms) is not None,
        client_answered=status == "ANSWER" or (_number(answered) or 0) > 0,
        dial_status=status,
        client_cause=_number(cause),
    )


def evidence_in_cel(records: Iterable[Record], attempt_id: str) -> tuple[Evidence, float | None] | None:
    """The event log's rows of this attempt, with the instant (Unix time) of its end; None when it has none."""
    own = [row for row in records if row.get("linkedid") == attempt_id]
    if not own:
        return None
    clients = [row for row in own if row.get("uniqueid") != attempt_id]
    hang_up = _extra(_first(clients, "HANGUP"))
    executor_end = _first([row for row in own if row.get("uniqueid") == attempt_id], "CHAN_END")
    executor_hang_up = _extra(_first([row for row in own if row.get("uniqueid") == attempt_id], "HANGUP"))
    evidence = Evidence(
        source=Source.CEL,
        executor_answered=_first([row for row in own if row.get("uniqueid") == attempt_id], "ANSWER")
        is not None,
        client_dialled=bool(clients),
        client_answered=_first(clients, "ANSWER") is not None,
        dial_status=str(executor_hang_up.get("dialstatus") or ""),
        client_cause=_number(str(hang_up.get("hangupcause", ""))),
        client_sip=sip_code(str(hang_up.get("techcause", ""))),
        ringing_known=False,
        interrupted=executor_end is None,
    )
    return evidence, None if executor_end is None else _instant(executor_end, "eventtime")


def evidence_in_cdr(records: Iterable[Record], attempt_id: str) -> tuple[Evidence, float | None] | None:
    """The call records of this attempt, with the instant of its end; None when it has none."""
    own = [row for row in records if row.get("linkedid") == attempt_id]
    if not own:
        return None
    dialled = [row for row in own if row.get("dstchannel")]
    disposition = str(dialled[-1].get("disposition", "")) if dialled else ""
    talked = disposition == "ANSWERED" and _spoke(dialled[-1])
    evidence = Evidence(
        source=Source.CDR,
        client_dialled=bool(dialled),
        client_answered=talked,
        dial_status=_STATUSES.get(disposition, ""),
        ringing_known=False,
    )
    ends = [end for row in own if (end := _instant(row, "end")) is not None]
    return evidence, max(ends, default=None)


def _spoke(row: Record) -> bool:
    seconds = row.get("billsec")
    return isinstance(seconds, (int, float)) and seconds > 0


def _first(rows: Sequence[Record], event: str) -> Record | None:
    return next((row for row in rows if row.get("eventtype") == event), None)


def _extra(row: Record | None) -> Mapping[str, object]:
    """The row's own JSON; an unreadable one tells nothing."""
    value = None if row is None else row.get("eventextra")
    if isinstance(value, Mapping):
        return value
    try:
        loaded = json.loads(value) if isinstance(value, str) and value else {}
    except ValueError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _instant(row: Record, name: str) -> float | None:
    value = row.get(name)
    try:
        return float(value) if isinstance(value, (str, int, float)) else None
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
