"""Recorded calls of a real Asterisk 22, and what must become true by each, however the bytes arrive."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from ami.call import Direction
from ami.event_types import AgentComplete, BridgeLeave, Event, Hangup, Newchannel, Tick
from ami.reducer import reduce, reduce_all
from ami.signals import AttemptEnded, AttemptFacts, CallEnded, CallEntered, CallOutcome, MemberStatus, Signal
from tests.unit.ami.event_table import capture_bytes, capture_events, empty_board, shown, table

EXPECTED = {
    "inbound_answered": """
        0.00 CallEntered 1795355490.0 88001234567 79161234567
        0.50 CallQueued 1795355490.0 support 1
        0.61 LegRinging 1795355490.0 PJSIP/101 PJSIP/101
        1.61 LegStopped 1795355490.0 PJSIP/101 answered
        1.61 CallLeftQueue 1795355490.0 support answered 1.11
        1.61 CallAnswered 1795355490.0 PJSIP/101 PJSIP/101 1.11
        3.50 CallEnded 1795355490.0 answered 1.11 1.89 PJSIP/101
        """,
    "inbound_abandoned_while_ringing": """
        0.00 CallEntered 1795355503.4 88001234567 79161234567
        0.50 CallQueued 1795355503.4 support 1
        0.61 LegRinging 1795355503.4 PJSIP/101 PJSIP/101
        2.00 LegStopped 1795355503.4 PJSIP/101 caller_left
        2.00 CallLeftQueue 1795355503.4 support abandoned 1.50
        2.00 CallEnded 1795355503.4 abandoned 1.50 0.00 -
        """,
    "inbound_first_operator_misses_second_answers": """
        0.00 CallEntered 1795355508.6 88001234567 79161234567
        0.50 CallQueued 1795355508.6 support 1
        0.61 LegRinging 1795355508.6 PJSIP/101 PJSIP/101
        4.51 LegStopped 1795355508.6 PJSIP/101 no_answer
        5.61 LegRinging 1795355508.6 PJSIP/102 PJSIP/102
        6.62 LegStopped 1795355508.6 PJSIP/102 answered
        6.62 CallLeftQueue 1795355508.6 support answered 6.11
        6.62 CallAnswered 1795355508.6 PJSIP/102 PJSIP/102 6.11
        7.50 CallEnded 1795355508.6 answered 6.11 0.89 PJSIP/102
        """,
    "inbound_queue_timeout": """
        0.00 CallEntered 1795355518.9 88002 79161234567
        0.50 CallQueued 1795355518.9 short 1
        0.61 LegRinging 1795355518.9 PJSIP/101 PJSIP/101
        3.51 LegStopped 1795355518.9 PJSIP/101 no_answer
        4.61 LegRinging 1795355518.9 PJSIP/101 PJSIP/101
        6.51 LegStopped 1795355518.9 PJSIP/101 no_answer
        6.51 CallLeftQueue 1795355518.9 short timeout 6.01
        7.51 CallEnded 1795355518.9 queue_timeout 6.01 0.00 -
        """,
    "inbound_hidden_number": """
        0.00 CallEntered 1795355698.62 88001234567 anonymous
        0.50 CallQueued 1795355698.62 support 1
        0.60 LegRinging 1795355698.62 PJSIP/101 PJSIP/101
        0.80 LegStopped 1795355698.62 PJSIP/101 caller_left
        0.80 CallLeftQueue 1795355698.62 support abandoned 0.30
        0.80 CallEnded 1795355698.62 abandoned 0.30 0.00 -
        """,
    "callback_client_answers": """
        0.10 AttemptProgress cb-907409ec executor_ringing PJSIP/101
        0.60 AttemptProgress cb-907409ec executor_answered PJSIP/101
        0.61 AttemptProgress cb-907409ec client_dialled PJSIP/trunk
        0.71 AttemptProgress cb-907409ec client_ringing PJSIP/trunk
        1.71 AttemptProgress cb-907409ec client_answered PJSIP/trunk
        3.71 AttemptEnded cb-907409ec
        """,
    "callback_client_busy": """
        0.10 AttemptProgress cb-370c64fd executor_ringing PJSIP/101
        0.60 AttemptProgress cb-370c64fd executor_answered PJSIP/101
        0.61 AttemptProgress cb-370c64fd client_dialled PJSIP/trunk
        0.71 AttemptProgress cb-370c64fd client_ringing PJSIP/trunk
        1.71 AttemptEnded cb-370c64fd
        """,
    "callback_client_no_answer": """
        0.10 AttemptProgress cb-29a29b40 executor_ringing PJSIP/101
        0.61 AttemptProgress cb-29a29b40 executor_answered PJSIP/101
        0.61 AttemptProgress cb-29a29b40 client_dialled PJSIP/trunk
        0.71 AttemptProgress cb-29a29b40 client_ringing PJSIP/trunk
        4.61 AttemptEnded cb-29a29b40
        """,
    "callback_executor_no_answer": """
        0.10 AttemptProgress cb-c46e6a3c executor_ringing PJSIP/101
        3.00 AttemptEnded cb-c46e6a3c
        """,
    "callback_trunk_503": """
        0.10 AttemptProgress cb-9c616243 executor_ringing PJSIP/101
        0.60 AttemptProgress cb-9c616243 executor_answered PJSIP/101
        0.61 AttemptProgress cb-9c616243 client_dialled PJSIP/trunk
        1.01 AttemptEnded cb-9c616243
        """,
    "callback_trunk_silent": """
        0.10 AttemptProgress cb-a813c075 executor_ringing PJSIP/101
        0.60 AttemptProgress cb-a813c075 executor_answered PJSIP/101
        0.60 AttemptProgress cb-a813c075 client_dialled PJSIP/trunk
        4.61 AttemptEnded cb-a813c075
        """,
    "callback_unallocated_number": """
        0.10 AttemptProgress cb-f5505581 executor_ringing PJSIP/101
        0.60 AttemptProgress cb-f5505581 executor_answered PJSIP/101
        0.61 AttemptProgress cb-f5505581 client_dialled PJSIP/trunk
        1.01 AttemptEnded cb-f5505581
        """,
}
EXPECTED_OF_SAMPLE = {
    "inbound_attended_transfer.sample": """
        0.00 CallEntered sample-1795366445.23 88005550640 79161234567
        0.95 CallQueued sample-1795366445.23 support 1
        0.95 LegRinging sample-1795366445.23 PJSIP/101 PJSIP/101
        1.15 LegStopped sample-1795366445.23 PJSIP/101 answered
        1.15 CallLeftQueue sample-1795366445.23 support answered 0.21
        1.16 CallAnswered sample-1795366445.23 PJSIP/101 PJSIP/101 0.21
        1.60 LegRinging sample-1795366445.23 PJSIP/201 -
        1.91 LegStopped sample-1795366445.23 PJSIP/201 answered
        1.91 CallTransferred sample-1795366445.23 PJSIP/101 PJSIP/201 attended
        6.51 CallEnded sample-1795366445.23 answered 0.21 5.35 PJSIP/201
        """,
    "inbound_blind_transfer.sample": """
        0.00 CallEntered sample-1795366440.20 88005550640 79161234567
        0.94 CallQueued sample-1795366440.20 support 1
        0.95 LegRinging sample-1795366440.20 PJSIP/102 PJSIP/102
        1.35 LegStopped sample-1795366440.20 PJSIP/102 answered
        1.35 CallLeftQueue sample-1795366440.20 support answered 0.41
        1.35 CallAnswered sample-1795366440.20 PJSIP/102 PJSIP/102 0.41
        1.36 LegRinging sample-1795366440.20 PJSIP/101 -
        1.56 LegStopped sample-1795366440.20 PJSIP/101 answered
        1.57 CallTransferred sample-1795366440.20 PJSIP/102 PJSIP/101 blind
        4.51 CallEnded sample-1795366440.20 answered 0.41 2.95 PJSIP/101
        """,
    "inbound_nobody_on_duty.sample": """
        0.00 CallEntered sample-1795366428.7 88005550640 79161234567
        1.39 CallEnded sample-1795366428.7 join_empty 1.39 0.00 -
        """,
    "inbound_picked_up.sample": """
        0.00 CallEntered sample-1795366438.17 88005550640 79161234567
        0.94 CallQueued sample-1795366438.17 support 1
        0.95 LegRinging sample-1795366438.17 PJSIP/101 PJSIP/101
        1.48 LegStopped sample-1795366438.17 PJSIP/101 answered_elsewhere
        1.48 CallLeftQueue sample-1795366438.17 support answered 0.53
        1.48 CallAnswered sample-1795366438.17 PJSIP/102 - 0.53 picked_up
        1.88 CallEnded sample-1795366438.17 answered 0.53 0.40 PJSIP/102
        """,
}
STREAMS = [*(f"{name}.{kind}" for name in EXPECTED for kind in ("min", "all")), *EXPECTED_OF_SAMPLE]


def played(events: list[Event]) -> tuple[object, list[Signal]]:
    """The last board and all signals, once five seconds have passed after the last event."""
    end = max(event.at for event in events) + timedelta(seconds=5)
    board, signals = reduce_all(empty_board(), [*events, Tick(at=end)])
    return board, list(signals)


def without_members(signals: list[Signal]) -> list[Signal]:
    return [signal for signal in signals if not isinstance(signal, MemberStatus)]


@pytest.mark.parametrize("name", EXPECTED)
def test_recorded_call_tells_exactly_this(name: str) -> None:
    events = capture_events(capture_bytes(f"{name}.min"))
    assert shown(played(events)[1], events[0].at.timestamp()) == table(EXPECTED[name])


@pytest.mark.parametrize("stream", EXPECTED_OF_SAMPLE)
def test_transfers_and_pick_ups_recorded_on_the_sample_pbx_tell_exactly_this(stream: str) -> None:
    events = capture_events(capture_bytes(stream))
    began = next(event.at for event in events if isinstance(event, Newchannel))
    assert shown(without_members(played(events)[1]), began.timestamp()) == table(EXPECTED_OF_SAMPLE[stream])


@pytest.mark.parametrize("name", EXPECTED)
def test_full_event_stream_tells_the_same_story_as_the_lean_one(name: str) -> None:
    """The two were recorded on two connections, so only the milliseconds differ."""

    def story(kind: str) -> list[tuple[str, object]]:
        signals = without_members(played(capture_events(capture_bytes(f"{name}.{kind}")))[1])
        kept = ("endpoint", "reason", "outcome", "step", "owner", "did", "caller_number", "queue")
        return [
            (type(signal).__name__, tuple(getattr(signal, field, None) for field in kept))
            for signal in signals
        ]

    assert story("all") == story("min")


@pytest.mark.parametrize("chunk", [1, 7, 1460, 65_536])
@pytest.mark.parametrize("stream", STREAMS)
def test_size_of_the_pieces_changes_nothing(stream: str, chunk: int) -> None:
    raw = capture_bytes(stream)
    assert played(capture_events(raw, chunk)) == played(capture_events(raw, len(raw)))


@pytest.mark.parametrize("stream", STREAMS)
def test_every_event_twice_changes_nothing(stream: str) -> None:
    events = capture_events(capture_bytes(stream))
    twice = [event for event in events for _ in range(2)]
    assert played(twice) == played(events)


@pytest.mark.parametrize("stream", STREAMS)
def test_whole_stream_a_second_time_changes_nothing(stream: str) -> None:
    events = capture_events(capture_bytes(stream))
    board, signals = played([*events, *events])
    assert (board, without_members(signals)) == (
        played(events)[0],
        without_members(played(events)[1]),
    )


@pytest.mark.parametrize("stream", STREAMS)
def test_order_of_the_tail_does_not_matter(stream: str) -> None:
    """AgentComplete, BridgeLeave and Hangup of a call come in any order: every order, the same end."""
    events = capture_events(capture_bytes(stream))
    at = next(i for i in range(len(events), -1, -1) if i == 0 or not isinstance(events[i - 1], TAIL))
    head, tail = events[:at], events[at:]
    expected_board, expected = played(events)
    for order in itertools.islice(itertools.permutations(tail), 720):
        board, signals = played([*head, *order])
        assert board == expected_board
        assert sorted(map(repr, signals)) == sorted(map(repr, expected))


TAIL = (AgentComplete, BridgeLeave, Hangup)


@pytest.mark.parametrize("stream", [one for one in STREAMS if "nobody_on_duty" not in one])
def test_last_events_reversed_end_in_the_same_state_and_outcome(stream: str) -> None:
    """Harsher than anything seen: the last six events (of a callback two), in reverse.

    The call to nobody is left out: it has only five events, reversed it would begin with its end.
    """
    events = capture_events(capture_bytes(stream))
    last = 6 if stream.startswith("inbound") else 2
    expected_board, expected = played(events)
    board, signals = played([*events[:-last], *reversed(events[-last:])])

    def ends(told: list[Signal]) -> list[object]:
        return [
            (signal.outcome, signal.owner, round(signal.talk_seconds, 2), round(signal.wait_seconds, 1))
            if isinstance(signal, CallEnded)
            else signal
            for signal in told
            if isinstance(signal, CallEnded | AttemptEnded)
        ]

    assert board == expected_board
    assert ends(signals) == ends(expected)


@pytest.mark.parametrize("stream", STREAMS)
def test_nothing_stays_on_the_board_after_the_call(stream: str) -> None:
    board, _ = reduce_all(empty_board(), capture_events(capture_bytes(stream)))
    for event in (Tick(at=board.last_event_at + timedelta(seconds=3)),):  # type: ignore[operator]
        board, _ = reduce(board, event)
    assert not len(board.calls) and not len(board.call_of) and not len(board.bridges)


@pytest.mark.parametrize("stream", STREAMS)
def test_each_lost_event_leaves_a_call_that_still_ends(stream: str) -> None:
    """Any single event may be missing: the call is still told as entered once and ended once."""
    events = capture_events(capture_bytes(stream))
    for missing in range(len(events)):
        board, signals = played([*events[:missing], *events[missing + 1 :]])
        entered = [signal for signal in signals if isinstance(signal, CallEntered)]
        ended = [signal for signal in signals if isinstance(signal, CallEnded)]
        lost_hangup = isinstance(events[missing], Hangup)
        if stream.startswith("inbound"):
            assert len(entered) == 1
            assert len(ended) == (0 if lost_hangup and board.calls else 1)  # type: ignore[attr-defined]
        else:
            assert entered == ended == []


def test_board_shows_who_waits_rings_and_talks_while_the_call_lasts() -> None:
    board = empty_board()
    seen: list[tuple[list[str], list[str], list[str]]] = []
    for event in capture_events(capture_bytes("inbound_answered.min")):
        board, _ = reduce(board, event)
        now = (
            [one.queue for one in board.waiting()],
            [one.endpoint for one in board.ringing()],
            [one.endpoint for one in board.talking()],
        )
        if not seen or seen[-1] != now:
            seen.append(now)
    assert seen == [
        ([], [], []),
        (["support"], [], []),
        (["support"], ["PJSIP/101"], []),
        (["support"], [], []),
        ([], [], []),
        ([], [], ["PJSIP/101"]),
        ([], [], []),
    ]


def attempt(name: str) -> AttemptFacts:
    signals = played(capture_events(capture_bytes(f"{name}.min")))[1]
    (ended,) = [signal for signal in signals if isinstance(signal, AttemptEnded)]
    return ended.facts


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(
    ("name", "originate", "rang", "dial_status", "cause", "sip"),
    [
        ("callback_client_answers", (True, 4), True, "ANSWER", 16, ""),
        ("callback_client_no_answer", (True, 4), True, "NOANSWER", 0, ""),
        ("callback_client_busy", (True, 4), True, "BUSY", 17, "486"),
        ("callback_unallocated_number", (True, 4), False, "NOANSWER", 1, "404"),
        ("callback_trunk_503", (True, 4), False, "CONGESTION", 34, "503"),
        ("callback_trunk_silent", (True, 4), False, "NOANSWER", 0, ""),
        ("callback_executor_no_answer", (False, 3), False, "", None, ""),
    ],
)
def test_facts_of_an_attempt_come_from_the_clients_own_channel(
    name: str, originate: tuple[bool, int], rang: bool, dial_status: str, cause: int | None, sip: str
) -> None:
    facts = attempt(name)
    assert (facts.originate_success, facts.originate_reason) == originate
    assert (facts.client_rang, facts.client_dial_status) == (rang, dial_status)
    assert (facts.client_cause, facts.client_tech_cause) == (cause, sip)
    assert (facts.report is None) == (name == "callback_executor_no_answer")


def test_silent_trunk_differs_from_an_absent_client_only_by_the_missing_ring() -> None:
    silent, absent = attempt("callback_trunk_silent"), attempt("callback_client_no_answer")
    assert silent.client_dial_status == absent.client_dial_status
    assert silent.client_cause == absent.client_cause
    assert (silent.client_rang, absent.client_rang) == (False, True)


@pytest.mark.parametrize("name", [name for name in EXPECTED if name.startswith("callback")])
def test_callback_opens_no_inbound_call(name: str) -> None:
    board = empty_board()
    directions = set()
    for event in capture_events(capture_bytes(f"{name}.all")):
        board, _ = reduce(board, event)
        directions |= {call.direction for call in board.calls.values()}
    assert directions <= {Direction.ATTEMPT}


def test_outcome_of_every_recorded_inbound_call() -> None:
    outcomes = {
        name: [
            s.outcome
            for s in played(capture_events(capture_bytes(f"{name}.min")))[1]
            if isinstance(s, CallEnded)
        ]
        for name in EXPECTED
        if name.startswith("inbound")
    }
    assert outcomes == {
        "inbound_answered": [CallOutcome.ANSWERED],
        "inbound_abandoned_while_ringing": [CallOutcome.ABANDONED],
        "inbound_first_operator_misses_second_answers": [CallOutcome.ANSWERED],
        "inbound_queue_timeout": [CallOutcome.QUEUE_TIMEOUT],
        "inbound_hidden_number": [CallOutcome.ABANDONED],
    }
