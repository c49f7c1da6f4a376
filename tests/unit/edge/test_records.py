"""Calls found in Asterisk's own records after a gap. The lines are a real Asterisk 22.10's."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callcenter.domain.calls import CallAnswered, CallEnded, CallEntered, CallOutcome, FoundBy
from callcenter.phone import records

TRUNK = frozenset({"from-trunk"})


def instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def cdr(**changes: object) -> dict[str, object]:
    return {
        "uniqueid": "sample-1795363292.0", "linkedid": "sample-1795363292.0", "src": "79161234567",
        "dst": "88005550640", "dcontext": "hotline", "channel": "PJSIP/trunk-00000000", "dstchannel": "",
        "lastapp": "Playback", "start": 1795363292.350050, "answer": 1795363292.351881, "end": 1795363295.357182,
        "duration": 3, "billsec": 3, "disposition": "ANSWERED", "did": "88005550640", "reason": "", "sequence": 0,
    } | changes  # fmt: skip


def cel(event: str, at: float, **changes: str) -> dict[str, object]:
    return {
        "eventtype": event, "eventtime": f"{at:.6f}", "uniqueid": "sample-100.0", "linkedid": "sample-100.0",
        "num": "79161234567", "name": "Иван", "exten": "88005550640", "context": "hotline",
        "channame": "PJSIP/trunk-00000000", "peer": "", "eventextra": "",
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("outside_hours", CallOutcome.OUTSIDE_HOURS),
        ("queue_timeout", CallOutcome.QUEUE_TIMEOUT),
        ("queue_empty", CallOutcome.QUEUE_EMPTY),
        ("queue_full", CallOutcome.QUEUE_FULL),
        ("", CallOutcome.ABANDONED),
        ("something new", CallOutcome.UNKNOWN),
    ],
)
def test_the_dialplans_reason_tells_why_a_call_was_missed(reason: str, outcome: CallOutcome) -> None:
    (call,) = records.calls_in_cdr([cdr(reason=reason)])
    assert (call.outcome, call.answered_at, call.endpoint) == (outcome, None, None)
    assert (call.entered_at, call.ended_at) == (instant(1795363292.350050), instant(1795363295.357182))


def test_one_call_tried_at_two_phones_is_one_call_answered_by_the_second() -> None:
    first = cdr(dstchannel="PJSIP/101-00000001", disposition="NO ANSWER", answer=0)
    second = cdr(dstchannel="PJSIP/102-00000002", start=1795363300.5, answer=1795363303.25, end=1795363360.0)
    (call,) = records.calls_in_cdr([first, second])
    assert (call.outcome, call.endpoint) == (CallOutcome.ANSWERED, "PJSIP/102")
    assert (call.answered_at, call.ended_at) == (instant(1795363303.25), instant(1795363360.0))


def test_internal_calls_and_callbacks_are_not_the_hotlines() -> None:
    assert records.calls_in_cdr([cdr(did=""), cdr(did="callback"), cdr(linkedid="")]) == ()


def test_cel_tells_of_a_call_that_was_answered_and_of_who_answered() -> None:
    (call,) = records.calls_in_cel(
        [
            cel("CHAN_START", 100.0, context="from-trunk"),
            cel(
                "CHAN_START",
                101.0,
                uniqueid="sample-101.1",
                channame="PJSIP/101-00000001",
                context="internal",
            ),
            cel("BRIDGE_ENTER", 104.0, uniqueid="sample-101.1", channame="PJSIP/101-00000001"),
            cel("BRIDGE_ENTER", 104.1),
            cel("CHAN_END", 160.0),
        ],
        TRUNK,
    )
    assert (call.outcome, call.endpoint, call.found_by) == (CallOutcome.ANSWERED, "PJSIP/101", FoundBy.CEL)
    assert (call.answered_at, call.ended_at) == (instant(104.1), instant(160.0))


def test_a_call_without_an_end_in_cel_was_interrupted() -> None:
    (call,) = records.calls_in_cel([cel("CHAN_START", 100.0, context="from-trunk")], TRUNK)
    assert (call.outcome, call.ended_at) == (CallOutcome.INTERRUPTED, None)


def test_an_unanswered_call_in_cel_has_no_known_reason() -> None:
    (call,) = records.calls_in_cel(
        [cel("CHAN_START", 100.0, context="from-trunk"), cel("CHAN_END", 109.0)], TRUNK
    )
    assert call.outcome is CallOutcome.UNKNOWN


def test_cel_of_outbound_and_internal_calls_opens_nothing() -> None:
    assert records.calls_in_cel([cel("CHAN_START", 100.0, context="internal")], TRUNK) == ()


def test_the_facts_are_those_a_live_link_would_have_reported() -> None:
    (call,) = records.calls_in_cdr([cdr(dstchannel="PJSIP/101-00000001")])
    entered, answered, ended = records.to_facts("main", call)
    assert isinstance(entered, CallEntered)
    assert (entered.caller.e164, entered.did.e164, entered.found_by) == (
        "+79161234567",
        "+78005550640",
        FoundBy.CDR,
    )
    assert isinstance(answered, CallAnswered)
    assert isinstance(ended, CallEnded)
    assert ended.outcome is CallOutcome.ANSWERED


def write(path: Path, rows: list[object]) -> Path:
    path.write_text(
        "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8"
    )
    return path


def test_only_the_gap_is_read_from_the_end_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(
        tmp_path / "cdr.json", [cdr(start=float(second), sequence=second) for second in range(1, 200)]
    )
    monkeypatch.setattr(records, "BLOCK", 1000)
    found, bad = records.read_since(path, instant(190), "start")
    assert [record["sequence"] for record in found] == list(range(190, 200))
    assert bad == 0


def test_malformed_lines_are_counted_and_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LONGEST_LINE", 3000)
    monkeypatch.setattr(records, "BLOCK", 500)
    rows: list[object] = [
        cdr(),
        "{not json",
        "[1, 2]",
        '{"start": null}',
        '{"start": "1e999"}',
        "x" * 4000,
        cdr(sequence=7),
    ]
    found, bad = records.read_since(write(tmp_path / "cdr.json", rows), instant(0), "start")
    assert [record["sequence"] for record in found] == [0, 7]
    assert bad >= 5


def test_a_file_that_asterisk_has_not_begun_is_empty(tmp_path: Path) -> None:
    assert records.read_since(tmp_path / "absent.json", instant(0), "start") == ([], 0)


def test_a_truncated_last_line_is_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "cel.json", [cel("CHAN_START", 100.0)])
    with path.open("a", encoding="utf-8") as file:
        file.write('{"eventtype":"CHAN_E')
    found, bad = records.read_since(path, instant(0), "eventtime")
    assert (len(found), bad) == (1, 1)
