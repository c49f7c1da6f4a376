"""Pick-up and transfers: the owner of a call changes, its channels come from other calls, its key stays."""

from __future__ import annotations

from ami.reducer import reduce_all
from tests.unit.ami.event_table import empty_board, events, table, told
from tests.unit.ami.test_reducer_calls import ANNA_ANSWERED, ANNA_ANSWERS, ANNA_RINGS, ENTERED, ENTERS

PICKER = """
picker   PJSIP/102-00000009  9.1  9.1  internal  **101  102
picked   PJSIP/102-00000009  9.1  1.1  internal  **101  102
"""


def test_pick_up_makes_the_one_who_picked_up_the_owner() -> None:
    """AgentConnect still names the old member; the owner is the endpoint in DestChannel, his Linkedid has changed."""
    script = (
        ENTERS
        + ANNA_RINGS
        + """
        2.0 Newchannel picker Ring
        2.1 Pickup picker>anna
        2.1 Hangup anna 26
        2.1 QueueCallerLeave caller support
        2.1 AgentConnect caller>picked support PJSIP/101
        2.1 BridgeEnter picked b1
        2.1 BridgeEnter caller b1
        5.1 BridgeLeave caller b1
        5.1 Hangup caller 16
        5.1 BridgeLeave picked b1
        5.1 Hangup picked 16
        """
    )
    assert told(script, PICKER) == table(
        ENTERED
        + """
        1.10 LegRinging 1.1 PJSIP/101 PJSIP/101
        2.10 LegStopped 1.1 PJSIP/101 answered_elsewhere
        2.10 CallLeftQueue 1.1 support answered 1.60
        2.10 CallAnswered 1.1 PJSIP/102 - 1.60 picked_up
        5.10 CallEnded 1.1 answered 1.60 3.00 PJSIP/102
        """
    )


def test_pick_up_is_understood_when_the_channel_is_only_renamed() -> None:
    """The other way of a masquerade: the ringing channel keeps its id and takes the picker's name."""
    renamed = "renamed PJSIP/102-00000009 1.3 1.1 internal s 102"
    script = (
        ENTERS
        + ANNA_RINGS
        + """
        2.1 Pickup oleg>anna
        2.1 QueueCallerLeave caller support
        2.1 AgentConnect caller>renamed support PJSIP/101
        """
    )
    assert (
        told(script, renamed).splitlines()[-3:]
        == table(
            """
        2.10 LegStopped 1.1 PJSIP/101 answered_elsewhere
        2.10 CallLeftQueue 1.1 support answered 1.60
        2.10 CallAnswered 1.1 PJSIP/102 - 1.60 picked_up
        """
        ).splitlines()
    )


def test_pick_up_without_its_event_is_seen_by_who_was_connected() -> None:
    script = (
        ENTERS
        + ANNA_RINGS
        + """
        2.0 Newchannel picker Ring
        2.1 AgentConnect caller>picked support PJSIP/101
        2.1 Hangup anna 26
        """
    )
    assert (
        told(script, PICKER).splitlines()[-3:]
        == table(
            """
        2.10 CallLeftQueue 1.1 support answered 1.60
        2.10 LegStopped 1.1 PJSIP/101 answered_elsewhere
        2.10 CallAnswered 1.1 PJSIP/102 - 1.60 picked_up
        """
        ).splitlines()
    )


TALKING = ENTERS + ANNA_RINGS + ANNA_ANSWERS
SENT_ON = "sent PJSIP/trunk-00000001 1.1 1.1 internal 102 79161234567"


def test_blind_transfer_is_told_when_the_second_person_speaks() -> None:
    script = (
        TALKING
        + """
        5.0 BlindTransfer anna>caller 102
        5.0 AgentComplete caller>anna support PJSIP/101 3
        5.0 BridgeLeave anna b1
        5.0 BridgeLeave caller b1
        5.0 Hangup anna 16
        5.1 Newchannel oleg Down
        5.1 DialBegin sent>oleg
        5.2 Newstate oleg Ringing
        7.0 DialEnd sent>oleg ANSWER
        7.0 BridgeEnter oleg b2
        7.0 BridgeEnter sent b2
        9.0 Hangup oleg 16
        9.0 Hangup sent 16
        """
    )
    assert told(script, SENT_ON) == table(
        ENTERED
        + ANNA_ANSWERED
        + """
        5.20 LegRinging 1.1 PJSIP/102 -
        7.00 LegStopped 1.1 PJSIP/102 answered
        7.00 CallTransferred 1.1 PJSIP/101 PJSIP/102 blind
        9.00 CallEnded 1.1 answered 1.50 5.00 PJSIP/102
        """
    )


def test_blind_transfer_to_nobody_stays_an_answered_call() -> None:
    script = (
        TALKING
        + """
        5.0 BlindTransfer anna>caller 102
        5.0 Hangup anna 16
        5.1 Newchannel oleg Down
        5.1 DialBegin sent>oleg
        5.2 Newstate oleg Ringing
        8.0 DialEnd sent>oleg NOANSWER
        8.0 Hangup oleg 0
        8.1 Hangup sent 16
        """
    )
    assert told(script, SENT_ON).splitlines()[-1] == table("8.10 CallEnded 1.1 answered 1.50 3.00 PJSIP/101")


CONSULTATION = """
anna2    PJSIP/101-0000000a  8.1  8.1  internal  102  101
consult  PJSIP/102-0000000b  8.2  8.1  internal  s    102
joined   PJSIP/102-0000000b  8.2  1.1  internal  s    102
"""
CONSULTS = """
4.0 Newchannel anna2 Ring
4.0 Newchannel consult Down
4.0 DialBegin anna2>consult
4.1 Newstate consult Ringing
4.5 DialEnd anna2>consult ANSWER
4.5 BridgeEnter consult b2
4.5 BridgeEnter anna2 b2
"""


def test_attended_transfer_keeps_the_key_though_the_linkedid_changes() -> None:
    script = (
        TALKING
        + CONSULTS
        + """
        6.0 BridgeLeave consult b2
        6.0 BridgeLeave anna b1
        6.0 BridgeEnter joined b1
        6.0 AttendedTransfer anna>anna2
        6.0 Hangup anna 16
        6.0 Hangup anna2 16
        9.0 BridgeLeave caller b1
        9.0 Hangup caller 16
        9.0 Hangup joined 16
        """
    )
    assert told(script, CONSULTATION) == table(
        ENTERED
        + ANNA_ANSWERED
        + """
        6.00 CallTransferred 1.1 PJSIP/101 PJSIP/102 attended
        9.00 CallEnded 1.1 answered 1.50 7.00 PJSIP/102
        """
    )


def test_attended_transfer_the_other_way_round_moves_the_caller_to_the_consultation() -> None:
    script = (
        TALKING
        + CONSULTS
        + """
        6.0 BridgeLeave anna2 b2
        6.0 BridgeLeave caller b1
        6.0 BridgeEnter caller b2
        6.0 Hangup anna 16
        6.0 Hangup anna2 16
        """
    )
    assert told(script, CONSULTATION).splitlines()[-1] == table(
        "6.00 CallTransferred 1.1 PJSIP/101 PJSIP/102 attended"
    )


def test_consultation_alone_rings_no_pop_up_and_transfers_nothing() -> None:
    script = TALKING + CONSULTS + "6.0 Hangup anna2 16\n6.0 Hangup consult 16\n"
    board, _ = reduce_all(empty_board(), events(script, CONSULTATION))
    assert told(script, CONSULTATION) == table(ENTERED + ANNA_ANSWERED)
    assert [(one.endpoint, one.call_id) for one in board.talking()] == [("PJSIP/101", "1.1")]


def test_second_person_in_a_conference_does_not_take_the_call_over() -> None:
    script = TALKING + "3.0 BridgeEnter oleg b1\n"
    board, _ = reduce_all(empty_board(), events(script))
    assert [one.endpoint for one in board.talking()] == ["PJSIP/101"]


def test_two_callers_in_one_bridge_own_each_other_not() -> None:
    script = TALKING + "3.0 Newchannel second Ring\n4.0 BridgeLeave anna b1\n4.0 BridgeEnter second b1\n"
    assert "CallTransferred" not in told(script)
