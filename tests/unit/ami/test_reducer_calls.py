"""Calls as tables: AMI events in, what became true out. Each table is a fact of Asterisk that misleads the unwary."""

from __future__ import annotations

import pytest

from ami.events import parse
from ami.reducer import reduce_all
from ami.signals import CallEnded, CallOutcome
from tests.unit.ami.event_table import empty_board, events, message, shown, table, the_cast, told

ENTERS = """
0.0 Newchannel caller Ring
0.1 UserEvent caller CallStart DID=88005550640
0.5 QueueCallerJoin caller support 1
"""
ENTERED = """
0.00 CallEntered 1.1 88005550640 79161234567
0.50 CallQueued 1.1 support 1
"""
ANNA_RINGS = """
1.0 Newchannel anna Down
1.0 AgentCalled caller>anna support PJSIP/101
1.0 DialBegin caller>anna
1.1 Newstate anna Ringing
"""
ANNA_ANSWERS = """
2.0 Newstate anna Up
2.0 DialEnd caller>anna ANSWER
2.0 QueueCallerLeave caller support
2.0 AgentConnect caller>anna support PJSIP/101
2.0 BridgeEnter anna b1
2.0 BridgeEnter caller b1
"""
ANNA_ANSWERED = """
1.10 LegRinging 1.1 PJSIP/101 PJSIP/101
2.00 LegStopped 1.1 PJSIP/101 answered
2.00 CallLeftQueue 1.1 support answered 1.50
2.00 CallAnswered 1.1 PJSIP/101 PJSIP/101 1.50
"""


def test_call_is_told_when_it_enters_and_before_anybody_is_asked() -> None:
    assert told("0.0 Newchannel caller Ring") == table("0.00 CallEntered 1.1 88005550640 79161234567")


def test_busy_operator_is_called_but_never_rings() -> None:
    script = (
        ENTERS
        + """
        1.0 Newchannel anna Down
        1.0 AgentCalled caller>anna support PJSIP/101
        1.0 DialBegin caller>anna
        1.1 DialEnd caller>anna NOANSWER
        1.1 AgentRingNoAnswer caller>anna support PJSIP/101 0
        1.1 Hangup anna 17 486
        """
    )
    assert told(script) == table(ENTERED)


def test_operator_who_declines_after_ringing_is_told_apart_from_one_who_lets_it_ring() -> None:
    script = (
        ENTERS
        + ANNA_RINGS
        + """
        1.5 DialEnd caller>anna NOANSWER
        1.5 AgentRingNoAnswer caller>anna support PJSIP/101 400
        1.5 Hangup anna 21 603
        """
    )
    assert told(script) == table(
        ENTERED
        + """
        1.10 LegRinging 1.1 PJSIP/101 PJSIP/101
        1.50 LegStopped 1.1 PJSIP/101 declined
        """
    )


def test_ring_all_answered_by_one_stops_the_others() -> None:
    script = (
        ENTERS
        + ANNA_RINGS
        + """
        1.0 Newchannel oleg Down
        1.0 AgentCalled caller>oleg support PJSIP/102
        1.0 DialBegin caller>oleg
        1.2 Newstate oleg Ringing
        2.0 DialEnd caller>oleg ANSWER
        2.0 DialEnd caller>anna CANCEL
        2.0 QueueCallerLeave caller support
        2.0 AgentConnect caller>oleg support PJSIP/102
        2.0 Hangup anna 26
        2.0 BridgeEnter oleg b1
        2.0 BridgeEnter caller b1
        """
    )
    assert told(script) == table(
        ENTERED
        + """
        1.10 LegRinging 1.1 PJSIP/101 PJSIP/101
        1.20 LegRinging 1.1 PJSIP/102 PJSIP/102
        2.00 LegStopped 1.1 PJSIP/102 answered
        2.00 LegStopped 1.1 PJSIP/101 answered_elsewhere
        2.00 CallLeftQueue 1.1 support answered 1.50
        2.00 CallAnswered 1.1 PJSIP/102 PJSIP/102 1.50
        """
    )


def test_first_of_two_contradicting_dial_ends_counts() -> None:
    script = (
        ENTERS
        + ANNA_RINGS
        + """
        5.0 AgentRingNoAnswer caller>anna support PJSIP/101 4000
        5.0 DialEnd caller>anna NOANSWER
        5.0 DialEnd caller>anna CANCEL
        5.0 Hangup anna 0
        """
    )
    assert told(script).splitlines()[-1] == table("5.00 LegStopped 1.1 PJSIP/101 no_answer")


def test_ring_that_ends_without_any_dial_end_is_stopped_by_the_hangup() -> None:
    assert told(ENTERS + ANNA_RINGS + "3.0 Hangup anna 19").splitlines()[-1] == table(
        "3.00 LegStopped 1.1 PJSIP/101 no_answer"
    )


def test_no_answer_without_a_hangup_is_told_when_time_has_passed() -> None:
    script = ENTERS + ANNA_RINGS + "3.0 DialEnd caller>anna NOANSWER\n"
    assert "LegStopped" not in told(script + "4.0 Tick")
    assert told(script + "5.5 Tick").splitlines()[-1] == table("3.00 LegStopped 1.1 PJSIP/101 no_answer")


@pytest.mark.parametrize(
    ("after_the_queue", "outcome"),
    [
        ("9.01 Hangup caller 0", CallOutcome.ABANDONED),
        ("9.4 Hangup caller 16", CallOutcome.QUEUE_TIMEOUT),
        (
            "9.0 UserEvent caller CallMissed Reason=queue_timeout\n9.01 Hangup caller 16",
            CallOutcome.QUEUE_TIMEOUT,
        ),
        ("9.0 UserEvent caller QueueDone Status=LEAVEEMPTY\n9.01 Hangup caller 16", CallOutcome.LEFT_EMPTY),
        ("9.0 UserEvent caller CallMissed Reason=queue_empty\n9.01 Hangup caller 16", CallOutcome.LEFT_EMPTY),
        ("9.0 UserEvent caller QueueDone Status=\n9.01 Hangup caller 0", CallOutcome.ABANDONED),
    ],
)
def test_queue_abandon_event_alone_does_not_mean_that_the_caller_hung_up(
    after_the_queue: str, outcome: CallOutcome
) -> None:
    script = ENTERS + "9.0 QueueCallerAbandon caller support\n9.0 QueueCallerLeave caller support\n"
    _, signals = reduce_all(empty_board(), events(script + after_the_queue))
    assert [one.outcome for one in signals if isinstance(one, CallEnded)] == [outcome]


def test_timeout_of_the_queue_right_after_the_last_ring_is_no_abandoned_call() -> None:
    script = (
        ENTERS
        + ANNA_RINGS
        + """
        6.0 AgentRingNoAnswer caller>anna support PJSIP/101 4900
        6.0 DialEnd caller>anna NOANSWER
        6.0 QueueCallerAbandon caller support
        6.0 QueueCallerLeave caller support
        6.0 Hangup anna 0
        6.0 Hangup caller 16
        """
    )
    assert told(script).splitlines()[-1] == table("6.00 CallEnded 1.1 queue_timeout 5.50 0.00 -")


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("CallMissed Reason=queue_full", "full"),
        ("CallMissed Reason=queue_empty", "join_empty"),
        ("CallMissed Reason=outside_hours", "outside_hours"),
        ("QueueDone Status=JOINEMPTY", "join_empty"),
        ("QueueDone Status=FULL", "full"),
    ],
)
def test_call_that_never_joined_the_queue_ends_for_the_reason_the_dialplan_gives(
    reason: str, outcome: str
) -> None:
    script = f"0.0 Newchannel caller Ring\n0.5 UserEvent caller {reason}\n1.0 Hangup caller 16"
    assert told(script) == table(
        f"""
        0.00 CallEntered 1.1 88005550640 79161234567
        1.00 CallEnded 1.1 {outcome} 1.00 0.00 -
        """
    )


def test_caller_who_hangs_up_in_the_announcement_left_early() -> None:
    assert told("0.0 Newchannel caller Ring\n3.0 Hangup caller 16").splitlines()[-1] == table(
        "3.00 CallEnded 1.1 left_early 3.00 0.00 -"
    )


def test_operators_event_before_the_callers_own_loses_nothing() -> None:
    """The member's channel and its ringing arrive before the caller's Newchannel."""
    script = """
        1.0 Newchannel anna Down
        1.0 DialBegin >anna
        1.1 Newstate anna Ringing
        1.2 Newchannel caller Ring
        """
    assert told(script) == table(
        """
        1.00 CallEntered 1.1 88005550640 79161234567
        1.10 LegRinging 1.1 PJSIP/101 -
        """
    )


def test_call_whose_beginning_was_lost_is_told_from_its_next_event() -> None:
    assert told("0.5 QueueCallerJoin caller support 1") == table(
        """
        0.50 CallEntered 1.1 88005550640 79161234567
        0.50 CallQueued 1.1 support 1
        """
    )


def test_hangup_of_a_channel_never_seen_before_still_yields_its_call() -> None:
    at_the_end = "atend PJSIP/trunk-00000001 1.1 1.1 from-trunk h 79161234567"
    assert told("9.0 Hangup atend 16", at_the_end) == table(
        """
        9.00 CallEntered 1.1 - 79161234567
        9.00 CallEnded 1.1 left_early 0.00 0.00 -
        """
    )


def test_hangup_of_an_operators_channel_never_seen_before_yields_nothing() -> None:
    board, signals = reduce_all(empty_board(), events("9.0 Hangup anna 16"))
    assert (signals, len(board.calls)) == ((), 0)


def test_two_calls_of_one_second_stay_two_calls() -> None:
    script = """
        0.0 Newchannel caller Ring
        0.0 Newchannel second Ring
        0.5 QueueCallerJoin caller support 1
        0.5 QueueCallerJoin second support 2
        1.0 Newchannel maria Down
        1.0 AgentCalled second>maria support PJSIP/103
        1.0 DialBegin second>maria
        1.1 Newstate maria Ringing
        2.0 DialEnd second>maria ANSWER
        2.0 QueueCallerLeave second support
        2.0 AgentConnect second>maria support PJSIP/103
        3.0 QueueCallerAbandon caller support
        3.0 QueueCallerLeave caller support
        3.0 Hangup caller 0
        4.0 Hangup second 16
        4.0 Hangup maria 16
        """
    assert told(script) == table(
        """
        0.00 CallEntered 1.1 88005550640 79161234567
        0.00 CallEntered 1.2 88005550640 79169999999
        0.50 CallQueued 1.1 support 1
        0.50 CallQueued 1.2 support 2
        1.10 LegRinging 1.2 PJSIP/103 PJSIP/103
        2.00 LegStopped 1.2 PJSIP/103 answered
        2.00 CallLeftQueue 1.2 support answered 1.50
        2.00 CallAnswered 1.2 PJSIP/103 PJSIP/103 1.50
        3.00 CallLeftQueue 1.1 support abandoned 2.50
        3.00 CallEnded 1.1 abandoned 2.50 0.00 -
        4.00 CallEnded 1.2 answered 1.50 2.00 PJSIP/103
        """
    )


def test_end_of_an_operators_channel_does_not_bury_a_caller_who_was_not_seen_yet() -> None:
    assert told("1.0 Hangup anna 16\n1.1 QueueCallerJoin caller support 1") == table(
        """
        1.10 CallEntered 1.1 88005550640 79161234567
        1.10 CallQueued 1.1 support 1
        """
    )


NO_DID = "nodid PJSIP/trunk-00000001 1.1 1.1 from-trunk s 79161234567"


def test_trunk_without_a_number_is_told_once_the_dialplan_names_it() -> None:
    script = "0.0 Newchannel nodid Ring\n0.2 UserEvent nodid CallStart DID=88005550640"
    assert told(script, NO_DID) == table("0.00 CallEntered 1.1 88005550640 79161234567")


def test_trunk_without_a_number_is_told_at_the_latest_when_the_caller_waits() -> None:
    script = "0.0 Newchannel nodid Ring\n0.5 QueueCallerJoin nodid support 1"
    assert told(script, NO_DID) == table(
        """
        0.00 CallEntered 1.1 - 79161234567
        0.50 CallQueued 1.1 support 1
        """
    )


def test_number_survives_a_goto_that_changes_the_extension() -> None:
    later = "later PJSIP/trunk-00000001 1.1 1.1 menu 2 79161234567"
    script = "0.0 Newchannel caller Ring\n0.4 QueueCallerJoin later support 1"
    assert told(script, later).splitlines()[0] == table("0.00 CallEntered 1.1 88005550640 79161234567")


@pytest.mark.parametrize(
    ("what", "cast", "script"),
    [
        (
            "internal call",
            "from101 PJSIP/101-0000000a 7.1 7.1 internal 102 101\nto102 PJSIP/102-0000000b 7.2 7.1 internal s 102",
            """
            0.0 Newchannel from101 Ring
            0.0 Newchannel to102 Down
            0.0 DialBegin from101>to102
            0.1 Newstate to102 Ringing
            0.5 DialEnd from101>to102 ANSWER
            0.5 BridgeEnter to102 b1
            0.5 BridgeEnter from101 b1
            2.0 Hangup to102 16
            2.0 Hangup from101 16
            """,
        ),
        (
            "outbound call",
            "from101 PJSIP/101-0000000a 7.1 7.1 internal 89161234567 101\n"
            "out PJSIP/trunk-0000000b 7.2 7.1 from-trunk s 79161234567",
            """
            0.0 Newchannel from101 Ring
            0.0 Newchannel out Down
            0.0 DialBegin from101>out
            0.1 Newstate out Ringing
            0.5 DialEnd from101>out ANSWER
            0.5 BridgeEnter out b1
            0.5 BridgeEnter from101 b1
            2.0 Hangup out 16
            2.0 Hangup from101 16
            """,
        ),
        (
            "call placed by another program, client first",
            "out PJSIP/trunk-0000000b 7.1 7.1 from-trunk s 79161234567",
            """
            0.0 Newchannel out Down
            0.0 DialBegin >out
            0.1 Newstate out Ringing
            0.5 Newstate out Up
            0.5 DialEnd >out ANSWER
            2.0 Hangup out 16
            """,
        ),
    ],
)
def test_call_that_is_not_from_outside_opens_nothing(what: str, cast: str, script: str) -> None:
    board, signals = reduce_all(empty_board(), events(script, cast))
    assert (what, signals, len(board.calls), len(board.call_of)) == (what, (), 0, 0)


def test_outbound_call_is_not_among_the_inbound_ones_while_it_lasts() -> None:
    cast = "from101 PJSIP/101-0a 7.1 7.1 internal 89161234567 101\nout PJSIP/trunk-0b 7.2 7.1 from-trunk s x"
    board, _ = reduce_all(
        empty_board(),
        events("0.0 Newchannel from101 Ring\n0.0 Newchannel out Down\n0.1 DialBegin from101>out", cast),
    )
    (call,) = board.calls.values()
    assert (call.direction.value, board.inbound()) == ("outbound", ())


LOCAL = """
half1   Local/101@members-00000003;1  1.3  1.1  members   101  101
half2   Local/101@members-00000003;2  1.4  1.1  members   101  79161234567
device  PJSIP/101-00000005            1.5  1.1  internal  s    101
"""
LOCAL_RINGS = """
1.0 Newchannel half1 Down
1.0 Newchannel half2 Down
1.0 AgentCalled caller>half1 support Local/101@members
1.0 DialBegin caller>half1
1.0 Newchannel device Down
1.0 DialBegin half2>device
1.1 Newstate device Ringing
1.1 DialState half2>device RINGING
1.1 Newstate half1 Ringing
1.1 DialState caller>half1 RINGING
"""


def test_local_member_is_one_person_with_one_ringing_phone() -> None:
    script = (
        ENTERS
        + LOCAL_RINGS
        + """
        2.0 Newstate device Up
        2.0 DialEnd half2>device ANSWER
        2.0 BridgeEnter half2 b1
        2.0 BridgeEnter device b1
        2.0 DialEnd caller>half1 ANSWER
        2.0 QueueCallerLeave caller support
        2.0 AgentConnect caller>half1 support Local/101@members
        2.0 BridgeEnter half1 b2
        2.0 BridgeEnter caller b2
        5.0 AgentComplete caller>half1 support Local/101@members 3
        5.0 BridgeLeave caller b2
        5.0 BridgeLeave half1 b2
        5.0 Hangup caller 16
        5.0 Hangup half1 16
        5.0 Hangup half2 16
        5.0 Hangup device 16
        """
    )
    assert told(script, LOCAL) == table(
        ENTERED
        + """
        1.10 LegRinging 1.1 PJSIP/101 Local/101@members
        2.00 LegStopped 1.1 PJSIP/101 answered
        2.00 CallLeftQueue 1.1 support answered 1.50
        2.00 CallAnswered 1.1 PJSIP/101 Local/101@members 1.50
        5.00 CallEnded 1.1 answered 1.50 3.00 PJSIP/101
        """
    )


def test_local_member_is_found_by_the_bridges_alone() -> None:
    """AgentConnect lost: who speaks is seen through the two bridges and the Local pair between them."""
    script = (
        ENTERS
        + LOCAL_RINGS
        + """
        2.0 BridgeEnter half1 b2
        2.0 BridgeEnter caller b2
        2.1 BridgeEnter half2 b1
        2.1 BridgeEnter device b1
        """
    )
    assert told(script, LOCAL).splitlines()[-1] == table(
        "2.10 CallAnswered 1.1 PJSIP/101 Local/101@members 1.60"
    )


def test_caller_who_leaves_the_queue_for_another_waits_in_both() -> None:
    script = (
        ENTERS
        + """
        4.5 QueueCallerAbandon caller support
        4.5 QueueCallerLeave caller support
        4.6 QueueCallerJoin caller second 1
        6.6 QueueCallerAbandon caller second
        6.6 QueueCallerLeave caller second
        6.6 Hangup caller 0
        """
    )
    assert told(script) == table(
        ENTERED
        + """
        4.50 CallLeftQueue 1.1 support continued 4.00
        4.60 CallQueued 1.1 second 1
        6.60 CallLeftQueue 1.1 second abandoned 2.00
        6.60 CallEnded 1.1 abandoned 6.00 0.00 -
        """
    )


def test_answer_is_known_from_agent_complete_when_everything_else_was_lost() -> None:
    script = ENTERS + "1.0 Newchannel anna Down\n5.0 AgentComplete caller>anna support PJSIP/101 3\n"
    assert "CallAnswered 1.1 PJSIP/101" in told(script)


def test_operator_who_hangs_up_first_ends_the_talk_but_not_yet_the_call() -> None:
    script = ENTERS + ANNA_RINGS + ANNA_ANSWERS + "5.0 Hangup anna 16\n5.0 BridgeLeave caller b1\n"
    assert told(script) == table(ENTERED + ANNA_ANSWERED)
    assert told(script + "8.0 Hangup caller 16").splitlines()[-1] == table(
        "8.00 CallEnded 1.1 answered 1.50 3.00 PJSIP/101"
    )


def test_queue_member_is_told_only_when_something_about_him_changed() -> None:
    script = """
        0.0 QueueMemberAdded support PJSIP/101 1 0
        0.1 QueueMemberStatus support PJSIP/101 1 0
        0.2 QueueMemberStatus support PJSIP/101 6 0
        0.2 QueueMemberStatus support PJSIP/101 6 0
        0.1 QueueMemberStatus support PJSIP/101 2 0
        0.3 QueueMemberPause support PJSIP/101 6 1
        0.4 QueueMemberRemoved support PJSIP/101 1 1
        0.4 QueueMemberStatus support PJSIP/101 1 1
        """
    assert told(script) == table(
        """
        0.00 MemberStatus support PJSIP/101 present 1
        0.20 MemberStatus support PJSIP/101 present 6
        0.30 MemberStatus support PJSIP/101 present paused 6
        0.40 MemberStatus support PJSIP/101 paused 5
        """
    )


def test_device_behind_a_local_member_that_only_rings_is_not_taken_for_the_answer() -> None:
    """Ring-all through one Local member: the second device still rings when the first has answered."""
    second_device = LOCAL + "desk PJSIP/107-00000009 1.7 1.1 internal s 107\n"
    script = (
        ENTERS
        + LOCAL_RINGS
        + """
        1.0 Newchannel desk Down
        1.0 DialBegin half2>desk
        1.2 Newstate desk Ringing
        2.0 DialEnd half2>desk ANSWER
        2.0 AgentConnect caller>half1 support Local/101@members
        """
    )
    assert "CallAnswered 1.1 PJSIP/107" in told(script, second_device)


def test_callers_channel_is_never_taken_for_an_operators() -> None:
    script = ENTERS + "0.6 Newchannel second Ring\n1.0 AgentConnect caller>second support PJSIP/101\n"
    board, signals = reduce_all(empty_board(), events(script))
    assert (len(board.inbound()), board.talking()) == (2, ())
    assert "CallAnswered" not in {type(signal).__name__ for signal in signals}


def test_reason_the_dialplan_gives_after_the_callers_hangup_still_counts() -> None:
    script = """
        0.0 Newchannel caller Ring
        0.1 Newchannel anna Down
        0.1 DialBegin caller>anna
        1.0 Hangup caller 16
        1.0 UserEvent caller CallMissed Reason=queue_full
        1.0 Hangup anna 16
        """
    assert told(script).splitlines()[-1] == table("1.00 CallEnded 1.1 full 1.00 0.00 -")


def test_dialled_number_in_a_channel_variable_announces_a_call_without_one() -> None:
    headers = message("0.5 Newstate nodid Up", the_cast(NO_DID), {})
    named = parse({**headers, "ChanVariable": "DID=88005550640"})
    assert named is not None
    _, signals = reduce_all(empty_board(), [*events("0.0 Newchannel nodid Ring", NO_DID), named])
    assert shown(signals) == table("0.00 CallEntered 1.1 88005550640 79161234567")


def test_analog_trunk_that_begins_down_is_inbound_once_it_rings_us() -> None:
    assert told("0.0 Newchannel caller Down") == ""
    assert told("0.0 Newchannel caller Down\n0.1 Newstate caller Ring") == table(
        "0.00 CallEntered 1.1 88005550640 79161234567"
    )


def test_colleague_who_calls_the_queue_himself_opens_nothing() -> None:
    inside = (
        "inside PJSIP/201-00000001 7.1 7.1 internal 500 201\nanna2 PJSIP/101-00000002 7.2 7.1 internal s 101"
    )
    script = """
        0.0 Newchannel inside Ring
        0.1 QueueCallerJoin inside support 1
        0.2 Newchannel anna2 Down
        0.2 AgentCalled inside>anna2 support PJSIP/101
        0.3 Newstate anna2 Ringing
        1.0 DialEnd inside>anna2 ANSWER
        1.0 QueueCallerLeave inside support
        1.0 AgentConnect inside>anna2 support PJSIP/101
        1.0 BridgeEnter inside b1
        1.0 BridgeEnter anna2 b1
        2.0 AgentComplete inside>anna2 support PJSIP/101 1
        2.0 Hangup inside 16
        2.0 Hangup anna2 16
        """
    board, signals = reduce_all(empty_board(), events(script, inside))
    assert (signals, len(board.calls)) == ((), 0)


def test_callers_own_channel_is_no_ringing_phone() -> None:
    assert told("0.0 Newchannel caller Ring\n0.1 Newstate caller Ringing") == table(
        "0.00 CallEntered 1.1 88005550640 79161234567"
    )
