"""Bytes become whole messages, however they arrive, and no message can hurt the loop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ami.framing import LARGEST_MESSAGE, Framer, FramingCounts, headers_of
from tests.unit.ami.event_table import CAPTURES, capture_bytes

STREAM = b"".join(path.read_bytes() for path in sorted(CAPTURES.glob("*.min.ami")))
WHOLE = STREAM.split(b"\r\n\r\n")[:-1]


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=60))
def test_messages_do_not_depend_on_how_the_bytes_were_cut(sizes: list[int]) -> None:
    framer, start, messages = Framer(), 0, []
    for size in sizes:
        messages += framer.feed(STREAM[start : start + size])
        start += size
    messages += framer.feed(STREAM[start:])
    assert messages == WHOLE


def test_letter_split_over_two_reads_survives() -> None:
    raw = "Event: X\r\nCallerIDName: О'Брайен\r\n\r\n".encode()
    for cut in range(1, len(raw)):
        framer = Framer()
        (message,) = [*framer.feed(raw[:cut]), *framer.feed(raw[cut:])]
        assert headers_of(message)["CallerIDName"] == "О'Брайен"


@pytest.mark.parametrize("cut", range(1, 45))
def test_greeting_is_no_message_wherever_it_is_cut(cut: int) -> None:
    raw = b"Asterisk Call Manager/11.0.0\r\nEvent: A\r\n\r\n"
    framer = Framer()
    assert [*framer.feed(raw[:cut]), *framer.feed(raw[cut:])] == [b"Event: A"]
    assert framer.version == "11.0.0"


def test_message_over_the_cap_is_thrown_away_and_the_next_one_counts() -> None:
    framer = Framer(largest=1000)
    pieces = [b"Event: Big\r\nX: " + b"a" * 700, b"b" * 700, b"c" * 5000 + b"\r\n\r\nEvent: Next\r\n\r\n"]
    assert [message for piece in pieces for message in framer.feed(piece)] == [b"Event: Next"]
    assert framer.counts.oversized == 1


def test_oversized_message_that_arrives_in_one_piece_is_counted_too() -> None:
    framer = Framer(largest=1000)
    assert framer.feed(b"Event: A\r\n\r\nX: " + b"a" * 2000 + b"\r\n\r\nEvent: B\r\n\r\n") == [
        b"Event: A",
        b"Event: B",
    ]
    assert framer.counts.oversized == 1


def test_megabytes_without_an_end_do_not_fill_the_memory() -> None:
    framer = Framer()
    for _ in range(200):
        assert framer.feed(b"x" * 65_536) == []
    assert framer.buffered <= LARGEST_MESSAGE
    assert framer.feed(b"\r\n\r\nEvent: After\r\n\r\n") == [b"Event: After"]
    assert framer.counts.oversized == 1


def test_end_mark_split_while_an_oversized_message_is_thrown_away_is_found() -> None:
    framer = Framer(largest=100)
    framer.feed(b"x" * 200 + b"\r\n")
    assert framer.feed(b"\r\nEvent: After\r\n\r\n") == [b"Event: After"]


def test_unwanted_events_are_dropped_before_they_are_read_and_answers_never() -> None:
    framer = Framer(wanted={"Hangup"})
    raw = b"Event: VarSet\r\n\r\nEvent: Hangup\r\n\r\nEvent: HangupRequest\r\n\r\nResponse: Success\r\n\r\n"
    assert framer.feed(raw) == [b"Event: Hangup", b"Response: Success"]
    assert framer.counts == FramingCounts(messages=4, skipped=2)


def test_repeated_header_keeps_all_its_values() -> None:
    assert headers_of(b"A: 1\r\nA: 2\r\nA: 3\r\nB:\r\nnot a header") == {"A": ["1", "2", "3"], "B": ""}


def test_bytes_that_are_no_text_do_not_stop_the_message() -> None:
    assert headers_of(b"CallerIDName: \xff\xfe")["CallerIDName"] == "\ufffd\ufffd"


def test_recorded_answered_call_counts_its_messages() -> None:
    framer = Framer()
    assert len(framer.feed(capture_bytes("inbound_answered.min"))) == framer.counts.messages == 19
