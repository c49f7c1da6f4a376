"""Our own calls: facts of the executor's and the client's leg, kept apart, told once, believed only when ours."""

from __future__ import annotations

import pytest

from ami.reducer import reduce_all
from ami.signals import AttemptEnded, AttemptFacts, CallbackReport
from tests.unit.ami.event_table import empty_board, events, table, told

CAST = """
exec    PJSIP/101-00000001    cb-12345678  cb-12345678  internal    s            101
client  PJSIP/trunk-00000002  7.2          cb-12345678  from-trunk  79161234567  79161234567
"""
EXECUTOR_TAKES_IT = """
0.0 Newchannel exec Down
0.0 DialBegin >exec
0.1 Newstate exec Ringing
1.0 OriginateResponse cb-12345678 Success 4
1.0 Newstate exec Up
1.0 DialEnd >exec ANSWER
1.1 Newchannel client Down
1.1 DialBegin exec>client
"""
REPORT = "UserEvent exec CallbackResult Attempt=cb-12345678"


def facts(script: str) -> AttemptFacts:
    _, signals = reduce_all(empty_board(), events(script, CAST))
    (ended,) = [signal for signal in signals if isinstance(signal, AttemptEnded)]
    return ended.facts


def test_steps_of_a_reached_client_are_told_in_order() -> None:
    script = (
        EXECUTOR_TAKES_IT
        + f"""
        1.3 DialState exec>client RINGING
        3.0 DialEnd exec>client ANSWER
        9.0 Hangup client 16
        9.0 {REPORT} DialStatus=ANSWER Cause=16 Answered=6 RingMs=1700 ProgMs=
        9.0 Hangup exec 16
        """
    )
    assert told(script, CAST) == table(
        """
        0.10 AttemptProgress cb-12345678 executor_ringing PJSIP/101
        1.00 AttemptProgress cb-12345678 executor_answered PJSIP/101
        1.10 AttemptProgress cb-12345678 client_dialled PJSIP/trunk
        1.30 AttemptProgress cb-12345678 client_ringing PJSIP/trunk
        3.00 AttemptProgress cb-12345678 client_answered PJSIP/trunk
        9.00 AttemptEnded cb-12345678
        """
    )
    assert facts(script).report == CallbackReport(
        dial_status="ANSWER", cause=16, answered_seconds=6, ring_ms=1700, progress_ms=None
    )


def test_phone_that_rings_was_dialled_though_asterisk_tells_of_the_dialling_later() -> None:
    script = (
        EXECUTOR_TAKES_IT.replace("1.1 DialBegin exec>client\n", "")
        + """
        1.2 Newstate client Ringing
        1.2 DialBegin exec>client
        """
    )
    assert told(script, CAST) == table(
        """
        0.10 AttemptProgress cb-12345678 executor_ringing PJSIP/101
        1.00 AttemptProgress cb-12345678 executor_answered PJSIP/101
        1.20 AttemptProgress cb-12345678 client_dialled PJSIP/trunk
        1.20 AttemptProgress cb-12345678 client_ringing PJSIP/trunk
        """
    )


@pytest.mark.regulation("2.9")
def test_cause_of_the_client_is_not_the_copy_on_the_executors_channel() -> None:
    found = facts(
        EXECUTOR_TAKES_IT
        + f"""
        2.0 DialEnd exec>client NOANSWER
        2.0 Hangup client 1 404
        2.0 {REPORT} DialStatus=NOANSWER Cause=1
        2.0 Hangup exec 16
        """
    )
    assert (found.client_cause, found.client_tech_cause, found.executor_cause) == (1, "404", 16)
    assert (found.client_rang, found.client_progress) == (False, False)


def test_early_media_counts_as_progress_not_as_ringing() -> None:
    found = facts(
        EXECUTOR_TAKES_IT
        + f"""
        1.2 DialState exec>client PROGRESS
        2.0 DialEnd exec>client NOANSWER
        2.0 Hangup client 38 500
        2.0 {REPORT} DialStatus=NOANSWER Cause=38
        2.0 Hangup exec 38
        """
    )
    assert (found.client_rang, found.client_progress, found.client_cause) == (False, True, 38)


def test_executor_who_hangs_up_while_it_rings_cancels() -> None:
    found = facts(
        EXECUTOR_TAKES_IT
        + f"""
        1.3 DialState exec>client RINGING
        2.0 DialEnd exec>client CANCEL
        2.0 {REPORT} DialStatus=CANCEL Cause=16
        2.0 Hangup exec 16
        2.0 Hangup client 16
        """
    )
    assert (found.client_dial_status, found.client_rang) == ("CANCEL", True)


def test_unregistered_executor_fails_without_any_channel() -> None:
    found = facts("0.0 OriginateResponse cb-12345678 Failure 0")
    assert (found.originate_success, found.originate_reason, found.client_dialled_at) == (False, 0, None)


def test_failure_known_only_by_its_action_id_is_ours_too() -> None:
    assert facts("0.0 OriginateResponse <null> Failure 0 cb-12345678").originate_reason == 0


def test_refusal_of_a_second_originate_does_not_end_the_first_call() -> None:
    """It carries the first call's Uniqueid: believed, it would fail an attempt that is being answered."""
    script = """
        0.0 Newchannel exec Down
        0.0 DialBegin >exec
        0.1 Newstate exec Ringing
        0.5 OriginateResponse cb-12345678 Failure 0
        1.0 OriginateResponse cb-12345678 Success 4
        1.0 Newstate exec Up
        1.1 OriginateResponse cb-12345678 Failure 0
        """
    board, signals = reduce_all(empty_board(), events(script, CAST))
    assert not [signal for signal in signals if isinstance(signal, AttemptEnded)]
    call = board.calls.get("cb-12345678")
    assert call is not None and call.attempt is not None
    assert (call.attempt.originate_success, call.attempt.originate_reason) == (True, 4)


def test_originate_response_after_the_attempt_is_over_opens_it_not_again() -> None:
    script = "0.0 OriginateResponse cb-12345678 Failure 3\n9.0 OriginateResponse cb-12345678 Failure 0"
    assert told(script, CAST).count("AttemptEnded") == 1


def test_attempt_whose_report_never_comes_is_told_after_a_moment() -> None:
    script = EXECUTOR_TAKES_IT + "2.0 Hangup client 0\n2.0 Hangup exec 16\n"
    assert "AttemptEnded" not in told(script, CAST)
    assert told(script + "5.0 Tick", CAST).splitlines()[-1] == table("2.00 AttemptEnded cb-12345678")


@pytest.mark.parametrize(
    "forged",
    [
        "1.5 UserEvent exec CallbackResult Attempt=cb-99999999 DialStatus=ANSWER",
        "1.5 UserEvent caller CallbackResult Attempt=cb-12345678 DialStatus=ANSWER",
        "1.5 UserEvent exec CallbackResult Attempt= DialStatus=ANSWER",
    ],
)
def test_report_that_is_not_about_this_call_of_ours_is_counted_and_not_believed(forged: str) -> None:
    board, _ = reduce_all(empty_board(), events(EXECUTOR_TAKES_IT + forged, CAST))
    call = board.calls.get("cb-12345678")
    assert call is not None and call.attempt is not None
    assert (call.attempt.report, board.shed.forged_reports) == (None, 1)


def test_only_the_first_report_counts() -> None:
    found = facts(
        EXECUTOR_TAKES_IT
        + f"""
        2.0 {REPORT} DialStatus=BUSY Cause=17
        2.0 {REPORT} DialStatus=ANSWER Cause=16
        2.0 Hangup client 17 486
        2.0 Hangup exec 17
        """
    )
    assert found.report is not None and found.report.dial_status == "BUSY"


def test_originate_of_another_program_is_no_attempt_of_ours() -> None:
    assert told("0.0 OriginateResponse 7.7 Failure 3 click-to-dial") == ""


def test_busy_executor_is_named_though_his_phone_never_rang() -> None:
    found = facts(
        """
        0.0 Newchannel exec Down
        0.0 DialBegin >exec
        0.1 OriginateResponse cb-12345678 Failure 0
        0.1 Hangup exec 17 486
        """
    )
    assert (found.executor, found.executor_rang, found.executor_cause) == ("PJSIP/101", False, 17)
    assert found.executor_tech_cause == "486"


CLIENT_FIRST = """
one     Local/79161234567@cbc-01;1  cb-12345678    cb-12345678  callback-client  79161234567  -
two     Local/79161234567@cbc-01;2  cb-12345678-2  cb-12345678  callback-client  79161234567  -
client  PJSIP/trunk-00000002  7.2  cb-12345678  from-trunk  79161234567  79161234567
exec    PJSIP/201-00000003    7.3  cb-12345678  internal    s            201
"""
CLIENT_TAKES_IT = """
0.0 Newchannel one Down
0.0 Newchannel two Ring
0.0 DialBegin >one
0.1 Newchannel client Down
0.1 DialBegin two>client
0.3 Newstate client Ringing
0.3 Newstate one Ringing
0.3 DialState >one RINGING
0.3 DialState two>client RINGING
2.0 Newstate client Up
2.0 DialEnd two>client ANSWER
2.0 Newstate one Up
2.0 DialEnd >one ANSWER
2.0 OriginateResponse cb-12345678 Success 4
5.0 Newchannel exec Down
5.0 DialBegin one>exec
5.1 DialState one>exec PROGRESS
5.2 Newstate exec Ringing
"""
FIRST_REPORT = (
    "UserEvent two CallbackResult Attempt=cb-12345678 DialStatus=ANSWER Cause=16 Answered=9 RingMs=1700"
)


def first_facts(script: str) -> AttemptFacts:
    _, signals = reduce_all(empty_board(), events(script, CLIENT_FIRST))
    (ended,) = [signal for signal in signals if isinstance(signal, AttemptEnded)]
    return ended.facts


@pytest.mark.regulation("2.9")
def test_with_the_client_first_the_steps_come_in_that_order() -> None:
    script = f"""
        {CLIENT_TAKES_IT}
        7.0 Newstate exec Up
        7.0 DialEnd one>exec ANSWER
        9.0 Hangup exec 16
        9.0 Hangup one 16
        9.0 Hangup client 17
        9.0 {FIRST_REPORT}
        9.0 Hangup two 16
        """
    assert told(script, CLIENT_FIRST) == table(
        """
        0.10 AttemptProgress cb-12345678 client_dialled PJSIP/trunk
        0.30 AttemptProgress cb-12345678 client_ringing PJSIP/trunk
        2.00 AttemptProgress cb-12345678 client_answered PJSIP/trunk
        5.20 AttemptProgress cb-12345678 executor_ringing PJSIP/201
        7.00 AttemptProgress cb-12345678 executor_answered PJSIP/201
        9.00 AttemptEnded cb-12345678
        """
    )
    found = first_facts(script)
    assert (found.client_first, found.executor, found.client_progress) == (True, "PJSIP/201", False)
    assert (found.executor_cause, found.client_cause) == (16, 17)


@pytest.mark.regulation("2.9")
def test_executor_who_does_not_come_to_the_waiting_client_has_not_answered() -> None:
    found = first_facts(
        f"""
        {CLIENT_TAKES_IT}
        9.0 DialEnd one>exec NOANSWER
        9.0 Hangup exec 0
        9.5 Hangup one 16
        9.5 Hangup client 16
        9.5 {FIRST_REPORT}
        9.5 Hangup two 16
        """
    )
    assert found.client_answered_at is not None and found.executor_answered_at is None
    assert (found.executor_cause, found.client_cause, found.executor_rang) == (0, 16, True)


def test_executor_first_is_told_from_client_first() -> None:
    _, signals = reduce_all(empty_board(), events(EXECUTOR_TAKES_IT + "2.0 Hangup exec 16", CAST))
    assert not [each for each in signals if isinstance(each, AttemptEnded) and each.facts.client_first]
