"""What Asterisk wrote down of an attempt: its own database, then the event log, then the call records. Pure.

Seen on Asterisk 22: `kill -9` leaves the event log only, and there an ANSWER of the client's leg proves "reached".
The log tells nothing of ringing, so "no answer" there is not known from a dead trunk.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from callcenter.phone.attempts import sip_code
from dialer.outcome import Evidence, Source, heard

Record = Mapping[str, object]
_STATUSES = {"BUSY": "BUSY", "CONGESTION": "CONGESTION", "NO ANSWER": "NOANSWER"}


OURS = "cb-"
"""How the ids of our own attempts begin."""


LISTENED_EVENT = "CALLBACK_LISTENED"
"""The dialplan's own event in the log, by CELGenUserEvent."""


def evidence_in_astdb(value: str, *, client_first: bool = False, executor: str | None = None) -> Evidence:
    """The hang-up handler's line: `DIALSTATUS|HANGUPCAUSE|ANSWEREDTIME|RINGTIME_MS|PROGRESSTIME_MS`, `|` and `heard`.

    `executor`: where the client was rung first, the dial status of the executor's leg; None: nobody wrote it down.
    """
    parts = [*value.split("|", 5), "", "", "", "", "", ""]
    status, cause, answered, ring_ms, progress_ms, listened = parts[:6]
    evidence = Evidence(
        source=Source.ASTDB,
        executor_answered=_came(executor) if client_first else True,
        client_dialled=status not in ("", "DENIED", "EXPIRED"),
        client_rang=_number(ring_ms) is not None,
        client_progress=_number(progress_ms) is not None,
        client_answered=status == "ANSWER" or (_number(answered) or 0) > 0,
        dial_status=status,
        client_cause=_number(cause),
        client_first=client_first,
    )
    return replace(evidence, **heard(listened, joined=(_number(answered) or 0) > 0))


def _listened_in_cel(clients: Sequence[Record], entry: Sequence[Record]) -> str:
    """What the dialplan's last CELGenUserEvent says that AMD heard, as `heard` reads it; empty: it did not listen."""
    told = [row for row in clients if row.get("eventtype") == LISTENED_EVENT]
    if not told:
        return ""
    words = str(_extra(told[-1]).get("extra") or "")
    since, end = _instant(told[-1], "eventtime"), _instant(_first(clients, "HANGUP") or {}, "eventtime")
    talk = "" if since is None or end is None else str(max(0, int((end - since) * 1000)))
    return f"{words}|{talk}|{_who_left(_first(entry, 'HANGUP'))}"


def _who_left(hang_up: Record | None) -> str:
    """Whose telephone ended the call of the executor's channel; empty where neither did."""
    source = str(_extra(hang_up).get("hangupsource") or "")
    if hang_up is None or not source.startswith("PJSIP/"):
        return ""
    return "executor" if source == hang_up.get("channame") else "client"


def _came(executor: str | None) -> bool | None:
    return None if executor is None else executor.partition("|")[0] == "ANSWER"


def evidence_in_cel(
    records: Iterable[Record], attempt_id: str, *, client_first: str = ""
) -> tuple[Evidence, float | None] | None:
    """The event log's rows of this attempt, with the instant (Unix time) of its end; None when it has none.

    `client_first`: the executor's endpoint where the client was rung first, else empty.
    """
    own = [row for row in records if row.get("linkedid") == attempt_id]
    if not own:
        return None
    entry = [row for row in own if row.get("uniqueid") == attempt_id]
    executor = _of_endpoint(own, "channame", client_first) if client_first else entry
    clients = [row for row in own if row not in entry and row not in executor and not _local(row, "channame")]
    dialling = [row for row in own if _half(row) == 2] if client_first else entry
    hang_up, end = _extra(_first(clients, "HANGUP")), _first(entry, "CHAN_END")
    evidence = Evidence(
        source=Source.CEL,
        executor_answered=_first(executor, "ANSWER") is not None,
        client_dialled=bool(clients),
        client_answered=_first(clients, "ANSWER") is not None,
        dial_status=str(_extra(_first(dialling, "HANGUP")).get("dialstatus") or ""),
        client_cause=_number(str(hang_up.get("hangupcause", ""))),
        client_sip=sip_code(str(hang_up.get("techcause", ""))),
        ringing_known=False,
        interrupted=end is None,
        client_first=bool(client_first),
    )
    joined = _first(clients, "BRIDGE_ENTER") is not None
    evidence = replace(evidence, **heard(_listened_in_cel(clients, entry), joined=joined))
    return evidence, None if end is None else _instant(end, "eventtime")


def evidence_in_cdr(
    records: Iterable[Record], attempt_id: str, *, client_first: str = ""
) -> tuple[Evidence, float | None] | None:
    """The call records of this attempt, with the instant of its end; None when it has none."""
    own = [row for row in records if row.get("linkedid") == attempt_id]
    if not own:
        return None
    executor = _of_endpoint(own, "dstchannel", client_first) if client_first else []
    dialled = [
        row for row in own if row.get("dstchannel") and row not in executor and not _local(row, "dstchannel")
    ]
    disposition = str(dialled[-1].get("disposition", "")) if dialled else ""
    talked = disposition == "ANSWERED" and _spoke(dialled[-1])
    came = any(row.get("disposition") == "ANSWERED" and _spoke(row) for row in executor)
    evidence = Evidence(
        source=Source.CDR,
        executor_answered=came or None if client_first else None,
        client_dialled=bool(dialled),
        client_answered=talked,
        dial_status=_STATUSES.get(disposition, ""),
        ringing_known=False,
        client_first=bool(client_first),
    )
    listened = next((str(row["listened"]) for row in own if row.get("listened")), "")
    evidence = replace(evidence, **heard(listened, joined=talked))
    ends = [end for row in own if (end := _instant(row, "end")) is not None]
    return evidence, max(ends, default=None)


def attempts_in(records: Iterable[Record], time_field: str) -> Mapping[str, datetime]:
    """The ids of our own attempts in these records, with the first instant each is named at."""
    found: dict[str, datetime] = {}
    for row in records:
        attempt_id, at = str(row.get("linkedid", "")), _instant(row, time_field)
        if attempt_id.startswith(OURS) and at:
            instant = datetime.fromtimestamp(at, UTC)
            found[attempt_id] = min(instant, found.get(attempt_id, instant))
    return found


def _of_endpoint(rows: Iterable[Record], field: str, endpoint: str) -> list[Record]:
    """`PJSIP/201` is behind the channel `PJSIP/201-0000002a`."""
    return [row for row in rows if str(row.get(field, "")).rpartition("-")[0] == endpoint]


def _local(row: Record, field: str) -> bool:
    return str(row.get(field, "")).startswith("Local/")


def _half(row: Record) -> int:
    """Which half of a Local channel a row is about; 0 for another channel."""
    name = str(row.get("channame", ""))
    return int(name[-1]) if name.startswith("Local/") and name[-2:] in (";1", ";2") else 0


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
