"""The board stays small whatever happens: calls whose end was lost are given up, and whatever is shed is counted."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ami.board import Limits, Shed
from ami.event_types import Tick
from ami.persistent_map import PersistentMap
from ami.reducer import reduce, reduce_all
from tests.unit.ami.event_table import empty_board, events, instant, shown, table

changes = st.lists(st.tuples(st.text(max_size=3), st.one_of(st.none(), st.integers())), max_size=60)


@given(changes)
def test_persistent_map_is_a_dict_that_leaves_the_one_before_alone(
    steps: list[tuple[str, int | None]],
) -> None:
    expected: dict[str, int] = {}
    actual: PersistentMap[int] = PersistentMap()
    for key, value in steps:
        before, copy = actual, dict(actual.items())
        if value is None:
            expected.pop(key, None)
            actual = actual.without(key)
        else:
            expected[key] = value
            actual = actual.with_item(key, value)
        assert dict(before.items()) == copy
    assert dict(actual.items()) == expected
    assert (len(actual), set(actual), sorted(actual.values())) == (
        len(expected),
        set(expected),
        sorted(expected.values()),
    )
    assert all(actual.get(key) == value and key in actual for key, value in expected.items())


def test_persistent_maps_with_the_same_items_are_equal() -> None:
    one = PersistentMap[int]().with_item("a", 1).with_item("b", 2)
    other = PersistentMap[int]().with_items({"b": 2, "a": 3, "c": 4}).with_items({"a": 1, "c": None})
    assert one == other and hash(one) == hash(other) and one != PersistentMap() and one != "x"
    assert repr(one) == "PersistentMap({'a': 1, 'b': 2})"


def test_call_whose_end_was_never_seen_is_given_up_after_its_longest_time() -> None:
    board, _ = reduce_all(empty_board(), events("0.0 Newchannel caller Ring\n0.0 Newchannel anna Down"))
    board, signals = reduce(board, Tick(at=instant(0) + timedelta(hours=13)))
    assert shown(signals) == table("0.00 CallEnded 1.1 unknown 0.00 0.00 - (reconstructed)")
    assert (len(board.calls), len(board.call_of), board.shed) == (0, 0, Shed(calls=1))


def test_lost_internal_call_is_given_up_silently() -> None:
    cast = "from101 PJSIP/101-0000000a 7.1 7.1 internal 102 101"
    board, _ = reduce_all(empty_board(), events("0.0 Newchannel from101 Ring", cast))
    board, signals = reduce(board, Tick(at=instant(0) + timedelta(hours=13)))
    assert (signals, len(board.calls), board.shed.calls) == ((), 0, 1)


def test_more_calls_than_the_bound_shed_the_quietest_and_count_it() -> None:
    cast = "".join(f"c{n} PJSIP/trunk-0000000{n} 5.{n} 5.{n} from-trunk 88005550640 7\n" for n in range(5))
    script = "".join(f"{n}.0 Newchannel c{n} Ring\n" for n in range(5))
    board, _ = reduce_all(empty_board(Limits(calls=3)), events(script, cast))
    assert ({call.call_id for call in board.calls.values()}, board.shed.calls) == ({"5.2", "5.3", "5.4"}, 2)


def test_more_members_than_the_bound_are_counted_and_not_kept() -> None:
    script = "0.0 QueueMemberAdded support PJSIP/101 1 0\n0.0 QueueMemberAdded support PJSIP/102 1 0\n"
    board, _ = reduce_all(empty_board(Limits(members=1)), events(script))
    assert (len(board.members), board.shed.members) == (1, 1)


def test_ended_channels_are_forgotten_after_their_time() -> None:
    board, _ = reduce_all(empty_board(), events("0.0 Newchannel caller Ring\n1.0 Hangup caller 16"))
    board, _ = reduce(board, Tick(at=instant(60)))
    assert "1.1" in board.gone
    board, _ = reduce(board, Tick(at=instant(1000)))
    assert len(board.gone) == 0


def test_call_whose_other_channel_never_ends_is_told_as_ended_in_time() -> None:
    script = "0.0 Newchannel caller Ring\n0.1 Newchannel anna Down\n0.1 DialBegin caller>anna\n5.0 Hangup caller 16\n"
    board, signals = reduce_all(empty_board(), events(script))
    assert len(signals) == 1
    board, signals = reduce(board, Tick(at=instant(8)))
    assert shown(signals) == table("5.00 CallEnded 1.1 left_early 5.00 0.00 -")
    assert (len(board.calls), len(board.call_of)) == (0, 0)


def test_storm_of_ended_channels_is_forgotten_at_the_next_tick() -> None:
    cast = "".join(f"c{n} PJSIP/trunk-0000000{n} 5.{n} 5.{n} from-trunk 88005550640 7\n" for n in range(9))
    script = "".join(f"{n}.0 Newchannel c{n} Ring\n{n}.0 Hangup c{n} 16\n" for n in range(9))
    board, _ = reduce(empty_board(Limits(forgotten_ids=3)), Tick(at=instant(0)))
    board, _ = reduce_all(
        board, events("0.0 Newchannel anna Down\n0.0 Hangup anna 16\n0.1 Tick\n" + script, cast)
    )
    assert len(board.gone) == 10
    board, _ = reduce(board, Tick(at=instant(9)))
    assert sorted(board.gone) == ["5.6", "5.7", "5.8"]
