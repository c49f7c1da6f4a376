"""Properties of the reducer: any order, any loss, any repetition of events keeps the board bounded and sane."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ami.board import Board, Limits
from ami.call import Direction
from ami.event_types import Event, Tick
from ami.reducer import reduce, reduce_all
from ami.signals import (
    AttemptEnded,
    AttemptProgress,
    CallAnswered,
    CallEnded,
    CallEntered,
    LegRinging,
    LegStopped,
    Signal,
)
from tests.unit.ami.event_table import CAPTURES, capture_events, empty_board, events
from tests.unit.ami.test_reducer_calls import ANNA_ANSWERS, ANNA_RINGS, ENTERS, LOCAL, LOCAL_RINGS
from tests.unit.ami.test_reducer_transfers import CONSULTATION, CONSULTS, PICKER

RECORDED: list[list[Event]] = [
    capture_events(path.read_bytes()) for path in sorted(CAPTURES.glob("*.min.ami"))
]
CAST = LOCAL.replace("1.3", "5.3").replace("1.4", "5.4").replace("1.5", "5.5") + CONSULTATION + PICKER
EVERYTHING = events(
    ENTERS
    + ANNA_RINGS
    + LOCAL_RINGS
    + "1.9 Newchannel picker Ring\n1.9 Pickup picker>anna\n"
    + ANNA_ANSWERS
    + CONSULTS
    + "5.0 BridgeEnter joined b1\n5.1 AttendedTransfer anna>anna2\n6.0 BlindTransfer joined>caller 103\n"
    + "7.0 Hangup anna 16\n7.0 Hangup anna2 16\n7.0 Hangup joined 16\n7.0 Hangup half1 16\n7.0 Hangup half2 16\n"
    + "7.0 Hangup device 16\n7.1 Hangup picker 16\n8.0 QueueCallerAbandon caller support\n9.0 Hangup caller 16\n",
    CAST,
)
any_mixture = st.lists(
    st.sampled_from([event for recorded in RECORDED for event in recorded] + EVERYTHING), max_size=120
)


def check_told_once(signals: list[Signal]) -> None:
    """Nothing is told twice, nothing ends that did not begin, nothing follows the end."""
    entered: set[str] = set()
    ended: set[str] = set()
    ringing: Counter[tuple[str, str]] = Counter()
    answered: set[str] = set()
    attempts: set[str] = set()
    for signal in signals:
        call_id = getattr(signal, "call_id", None)
        if isinstance(signal, CallEntered):
            assert call_id not in entered
            entered.add(signal.call_id)
        elif call_id is not None:
            assert call_id in entered and call_id not in ended
        if isinstance(signal, LegRinging):
            ringing[signal.call_id, signal.leg_id] += 1
        elif isinstance(signal, LegStopped):
            ringing[signal.call_id, signal.leg_id] -= 1
            assert ringing[signal.call_id, signal.leg_id] >= 0
        elif isinstance(signal, CallAnswered):
            assert call_id not in answered
            answered.add(signal.call_id)
        elif isinstance(signal, CallEnded):
            ended.add(signal.call_id)
            assert signal.talk_seconds >= 0 and signal.wait_seconds >= 0
            assert not [key for key, left in ringing.items() if key[0] == call_id and left]
        elif isinstance(signal, AttemptProgress):
            assert signal.attempt_id not in attempts
        elif isinstance(signal, AttemptEnded):
            assert signal.attempt_id not in attempts
            attempts.add(signal.attempt_id)


def check_consistent(board: Board) -> None:
    """Every seat is mutual: channel ↔ call, channel ↔ bridge."""
    for uniqueid, call_id in board.call_of.items():
        call = board.calls.get(call_id)
        assert call is not None and uniqueid in call.legs
    for call in board.calls.values():
        assert call.legs or call.entry_gone_at is not None or call.direction is Direction.ATTEMPT
        for uniqueid, leg in call.legs.items():
            assert board.call_of.get(uniqueid) == call.call_id
            assert uniqueid not in board.gone
            if leg.bridge_id:
                assert uniqueid in (board.bridges.get(leg.bridge_id) or ())
    for members in board.bridges.values():
        assert members and all(uniqueid in board.call_of for uniqueid in members)


@given(any_mixture)
@settings(max_examples=300, deadline=None)
def test_events_in_any_order_tell_nothing_twice_and_keep_the_board_consistent(mixture: list[Event]) -> None:
    board, told = empty_board(), []
    for event in mixture:
        board, signals = reduce(board, event)
        told.extend(signals)
        check_consistent(board)
    check_told_once(told)


@given(
    st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=len(EVERYTHING), max_size=len(EVERYTHING))
)
@settings(max_examples=200, deadline=None)
def test_repeated_and_missing_events_never_tell_anything_twice(plan: list[tuple[int, bool]]) -> None:
    mixture = [
        event for event, (times, kept) in zip(EVERYTHING, plan, strict=True) for _ in range(times) if kept
    ]
    board, told = reduce_all(empty_board(), mixture)
    check_consistent(board)
    check_told_once(list(told))


@given(st.lists(st.integers(1, 3), min_size=len(EVERYTHING), max_size=len(EVERYTHING)))
@settings(max_examples=200, deadline=None)
def test_repeating_events_changes_neither_the_board_nor_what_is_told(times: list[int]) -> None:
    repeated = [event for event, count in zip(EVERYTHING, times, strict=True) for _ in range(count)]
    assert reduce_all(empty_board(), repeated) == reduce_all(empty_board(), EVERYTHING)


@given(any_mixture)
@settings(max_examples=100, deadline=None)
def test_reducing_leaves_the_board_before_as_it_was(mixture: list[Event]) -> None:
    board, _ = reduce_all(empty_board(), mixture)
    before = repr(board)
    for event in EVERYTHING:
        reduce(board, event)
    assert repr(board) == before


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_calls_at_the_same_time_do_not_disturb_each_other(random: object) -> None:
    """All recordings shuffled into each other, each in its own order: each call tells what it tells alone."""
    streams = [list(recorded) for recorded in RECORDED]
    together: list[Event] = []
    while streams:
        stream = random.choice(streams)  # type: ignore[attr-defined]
        together.append(stream.pop(0))
        streams = [one for one in streams if one]
    end = Tick(at=max(event.at for event in together) + timedelta(seconds=5))
    alone = [signal for recorded in RECORDED for signal in reduce_all(empty_board(), [*recorded, end])[1]]
    board, signals = reduce_all(empty_board(), [*together, end])
    assert sorted(map(repr, signals)) == sorted(map(repr, alone))
    assert not len(board.calls)


@given(any_mixture)
@settings(max_examples=100, deadline=None)
def test_board_stays_within_its_bounds(mixture: list[Event]) -> None:
    limits = Limits(calls=3, forgotten_ids=5, members=1)
    board = empty_board(limits)
    for event in mixture:
        board, _ = reduce(board, event)
        assert len(board.calls) <= limits.calls + 1
        assert len(board.members) <= limits.members
    board, _ = reduce(board, Tick(at=max((event.at for event in mixture), default=EVERYTHING[0].at)))
    assert len(board.gone) <= limits.forgotten_ids
