"""What happened while nobody listened is known only from a snapshot: the board is put right, and says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ami.board import Board
from ami.event_types import MemberChange, QueueMember
from ami.events import MalformedEvent, parse
from ami.reducer import reduce, reduce_all
from ami.snapshot import LiveChannel, QueuedCaller, Snapshot, listed_member, live_channel, queued_caller
from tests.unit.ami.event_table import (
    channel_headers,
    empty_board,
    events,
    instant,
    shown,
    table,
    the_cast,
    told,
)
from tests.unit.ami.test_reducer_calls import ANNA_ANSWERS, ANNA_RINGS, ENTERS

WAITING = ENTERS
RINGING = ENTERS + ANNA_RINGS
TALKING = ENTERS + ANNA_RINGS + ANNA_ANSWERS
IN_HOTLINE = """
caller PJSIP/trunk-00000001 1.1 1.1 hotline 88005550640 79161234567
"""


def row(who: str, state: str, *, bridge: str = "", seconds: int = 0, cast: str = "") -> LiveChannel:
    """One line of CoreShowChannels, read by the product's own code."""
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    headers = channel_headers(the_cast(cast), who, "", state)
    return live_channel({"Event": "CoreShowChannel", **headers, "BridgeId": bridge, "Duration": clock})


def snapshot(
    at: float,
    *channels: LiveChannel,
    callers: tuple[QueuedCaller, ...] = (),
    members: tuple[QueueMember, ...] = (),
    restarted: bool = False,
) -> Snapshot:
    return Snapshot(at=instant(at), channels=channels, callers=callers, members=members, restarted=restarted)


def waits(seconds: int) -> QueuedCaller:
    return queued_caller({"Queue": "support", "Position": "1", "Uniqueid": "1.1", "Wait": str(seconds)})


def after(script: str) -> Board:
    return reduce_all(empty_board(), events(script))[0]


def told_by(board: Board, taken: Snapshot) -> str:
    return shown(reduce(board, taken)[1])


def test_snapshot_that_agrees_with_the_board_tells_nothing() -> None:
    taken = snapshot(10, row("caller", "Up", bridge="b1"), row("anna", "Up", bridge="b1"))
    assert told_by(after(TALKING), taken) == ""


def test_call_that_began_in_the_gap_is_found_waiting() -> None:
    taken = snapshot(20, row("caller", "Up", seconds=9, cast=IN_HOTLINE), callers=(waits(8),))
    assert told_by(empty_board(), taken) == table(
        """
        11.00 CallEntered 1.1 88005550640 79161234567 (reconstructed)
        12.00 CallQueued 1.1 support 1 (reconstructed)
        """
    )


def test_call_that_rings_and_one_that_talks_are_found_too() -> None:
    ringing = snapshot(
        20, row("caller", "Up", seconds=9), row("anna", "Ringing", seconds=2), callers=(waits(8),)
    )
    assert (
        told_by(empty_board(), ringing).splitlines()[1:]
        == table(
            """
        20.00 LegRinging 1.1 PJSIP/101 - (reconstructed)
        12.00 CallQueued 1.1 support 1 (reconstructed)
        """
        ).splitlines()
    )
    talking = snapshot(
        20, row("caller", "Up", bridge="b1", seconds=9), row("anna", "Up", bridge="b1", seconds=5)
    )
    assert told_by(empty_board(), talking) == table(
        """
        11.00 CallEntered 1.1 88005550640 79161234567 (reconstructed)
        20.00 CallAnswered 1.1 PJSIP/101 - 9.00 (reconstructed)
        """
    )


def test_answer_in_the_gap_is_found_by_the_bridge() -> None:
    taken = snapshot(30, row("caller", "Up", bridge="b1"), row("anna", "Up", bridge="b1"))
    assert told_by(after(RINGING), taken) == table(
        """
        30.00 CallLeftQueue 1.1 support answered 29.50
        30.00 LegStopped 1.1 PJSIP/101 answered
        30.00 CallAnswered 1.1 PJSIP/101 PJSIP/101 29.50 (reconstructed)
        """
    )


def test_call_that_ended_in_the_gap_is_closed_with_what_is_known() -> None:
    assert told_by(after(RINGING), snapshot(30)) == table(
        """
        30.00 LegStopped 1.1 PJSIP/101 caller_left
        30.00 CallLeftQueue 1.1 support unknown 29.50
        30.00 CallEnded 1.1 unknown 29.50 0.00 - (reconstructed)
        """
    )
    assert told_by(after(TALKING), snapshot(30)) == table(
        "30.00 CallEnded 1.1 answered 1.50 28.00 PJSIP/101 (reconstructed)"
    )


def test_restart_of_asterisk_interrupts_every_call_at_the_last_sign_of_life() -> None:
    board, signals = reduce(after(TALKING), snapshot(100, restarted=True))
    assert shown(signals) == table("2.00 CallEnded 1.1 interrupted 1.50 0.00 PJSIP/101 (reconstructed)")
    assert not len(board.calls) and not len(board.call_of) and not len(board.bridges)


def test_attempt_in_flight_is_interrupted_by_a_restart_not_failed() -> None:
    cast = "exec PJSIP/101-00000001 cb-12345678 cb-12345678 internal s 101"
    board, _ = reduce_all(empty_board(), events("0.0 Newchannel exec Down\n0.1 DialBegin >exec", cast))
    assert told_by(board, snapshot(100, restarted=True)) == table(
        "0.10 AttemptEnded cb-12345678 interrupted (reconstructed)"
    )


def test_event_older_than_the_snapshot_raises_no_ghost() -> None:
    board, _ = reduce(empty_board(), snapshot(30))
    board, signals = reduce_all(board, events(RINGING))
    assert (signals, len(board.calls), board.shed.stale_events) == ((), 0, 7)


def test_late_hangup_of_a_call_the_gap_swallowed_still_yields_it() -> None:
    board, _ = reduce(empty_board(), snapshot(30))
    board, signals = reduce_all(board, events("20.0 Hangup caller 16"))
    assert shown(signals) == table(
        """
        20.00 CallEntered 1.1 88005550640 79161234567 (reconstructed)
        20.00 CallEnded 1.1 unknown 0.00 0.00 - (reconstructed)
        """
    )


def test_late_hangup_of_a_call_the_snapshot_closed_changes_nothing() -> None:
    board, _ = reduce(after(TALKING), snapshot(30))
    assert reduce_all(board, events("20.0 Hangup caller 16\n20.0 Hangup anna 16"))[1] == ()


def test_what_an_event_showed_after_the_snapshot_was_taken_stays() -> None:
    """The lists take time: a call that came while they were read is not in them, and is not dead."""
    board = after("40.0 Newchannel caller Ring\n40.1 QueueCallerJoin caller support 1\n")
    board, signals = reduce(board, snapshot(30))
    assert (signals, [one.call_id for one in board.waiting()]) == ((), ["1.1"])


def test_hangup_seen_before_the_snapshot_arrived_is_not_undone_by_its_older_list() -> None:
    board = after(TALKING + "40.0 Hangup anna 16\n40.0 Hangup caller 16\n")
    board, signals = reduce(board, snapshot(39, row("caller", "Up"), row("anna", "Up"), callers=(waits(3),)))
    assert (signals, len(board.calls)) == ((), 0)


def test_caller_who_left_the_queue_in_the_gap_and_is_still_there_no_longer_waits() -> None:
    board, signals = reduce(after(WAITING), snapshot(30, row("caller", "Up")))
    assert (signals, board.waiting()) == ((), ())
    _, signals = reduce_all(board, events("33.0 Tick"))
    assert shown(signals) == table("30.00 CallLeftQueue 1.1 support timeout 29.50")


def member(endpoint: str, status: int, paused: str = "0") -> QueueMember:
    return listed_member(
        {
            "Queue": "support",
            "Name": "Анна",
            "Location": endpoint,
            "StateInterface": endpoint,
            "Status": str(status),
            "Paused": paused,
        },
        instant(30),
    )


def test_members_are_exactly_those_of_the_snapshot() -> None:
    board = after("0.0 QueueMemberAdded support PJSIP/101 1 0\n0.0 QueueMemberAdded support PJSIP/102 1 0\n")
    board, signals = reduce(
        board, snapshot(30, members=(member("PJSIP/101", 1), member("PJSIP/103", 5, "1")))
    )
    assert shown(signals) == table(
        """
        30.00 MemberStatus support PJSIP/103 present paused 5
        30.00 MemberStatus support PJSIP/102 5
        """
    )
    assert {one.endpoint for one in board.queue_members("support")} == {"PJSIP/101", "PJSIP/103"}
    assert member("PJSIP/101", 1).change is MemberChange.STATUS


def test_local_member_is_found_in_the_snapshot_through_his_bridges() -> None:
    cast = """
    half1   Local/101@members-00000003;1  1.3  1.1  members   101  101
    half2   Local/101@members-00000003;2  1.4  1.1  members   101  79161234567
    device  PJSIP/101-00000005            1.5  1.1  internal  s    101
    """
    taken = snapshot(
        20,
        row("caller", "Up", bridge="b1"),
        row("half1", "Up", bridge="b1", cast=cast),
        row("half2", "Up", bridge="b2", cast=cast),
        row("device", "Up", bridge="b2", cast=cast),
    )
    assert told_by(empty_board(), taken).splitlines()[-1] == table(
        "20.00 CallAnswered 1.1 PJSIP/101 - 0.00 (reconstructed)"
    )


@pytest.mark.parametrize("duration", ["", "12", "1:2", "a:b:c", "-1:00:00", "999999:00:00"])
def test_row_with_an_impossible_duration_is_malformed(duration: str) -> None:
    headers = channel_headers(the_cast(), "caller", "", "Up")
    with pytest.raises(MalformedEvent, match="Duration"):
        live_channel({**headers, "BridgeId": "", "Duration": duration})


def test_member_row_with_an_impossible_status_is_malformed() -> None:
    with pytest.raises(MalformedEvent, match="Status"):
        member("PJSIP/101", 12)


def test_duration_counts_hours() -> None:
    assert row("caller", "Up", seconds=3 * 3600 + 62).duration == timedelta(hours=3, minutes=1, seconds=2)


def test_row_of_a_list_is_no_event_of_its_own() -> None:
    assert parse({"Event": "CoreShowChannel"}) is None


def test_same_snapshot_twice_tells_nothing_more() -> None:
    taken = snapshot(20, row("caller", "Up", seconds=9), row("anna", "Ringing"), callers=(waits(8),))
    board, first = reduce(empty_board(), taken)
    again, second = reduce(board, taken)
    assert (len(first), second, again) == (3, (), board)
    assert told("") == ""


def test_transfer_in_the_gap_is_found_by_the_new_bridge() -> None:
    taken = snapshot(30, row("caller", "Up", bridge="b2"), row("oleg", "Up", bridge="b2"))
    assert told_by(after(TALKING), taken) == table(
        "30.00 CallTransferred 1.1 PJSIP/101 PJSIP/102 blind (reconstructed)"
    )


def test_caller_whom_nobody_speaks_with_any_more_shows_no_second_partner() -> None:
    board, signals = reduce(after(TALKING), snapshot(30, row("caller", "Up"), row("anna", "Up", bridge="b2")))
    assert signals == ()
    assert {call.legs["1.1"].bridge_id for call in board.calls.values()} == {""}
    assert set(board.bridges) == {"b2"}
