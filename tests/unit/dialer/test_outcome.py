"""Every row of the callback table, and what is said when the record is poorer than the events."""

from dataclasses import replace

import pytest

from dialer.attempt import CLIENT_UNAVAILABLE, TECHNICAL, Attempt, Outcome
from dialer.outcome import (
    DENIED,
    NEVER_SENT,
    NO_TRACE,
    NOT_RUNG,
    REFUSED,
    CauseTable,
    Evidence,
    Source,
    classify,
    not_placed,
    not_rung,
    taken_back,
)

DIALLED = Evidence(
    source=Source.EVENTS,
    originate_success=True,
    originate_reason=4,
    executor_answered=True,
    client_dialled=True,
)
RANG = replace(DIALLED, client_rang=True)

TABLE = {
    "client answers": (
        replace(RANG, client_answered=True, dial_status="ANSWER", client_cause=16),
        Outcome.REACHED,
        "client_answered",
        True,
    ),
    "client does not answer": (
        replace(RANG, dial_status="NOANSWER", client_cause=0),
        Outcome.NO_ANSWER,
        "client_rang_out",
        True,
    ),
    "busy": (
        replace(RANG, dial_status="BUSY", client_cause=17, client_sip=486),
        Outcome.BUSY,
        "client_busy",
        True,
    ),
    "declines": (
        replace(RANG, dial_status="NOANSWER", client_cause=21, client_sip=603),
        Outcome.DECLINED,
        "client_declined",
        True,
    ),
    "switched off": (
        replace(DIALLED, dial_status="NOANSWER", client_cause=19, client_sip=480),
        Outcome.UNREACHABLE,
        "client_switched_off",
        True,
    ),
    "unallocated number": (
        replace(DIALLED, dial_status="NOANSWER", client_cause=1, client_sip=404),
        Outcome.WRONG_NUMBER,
        "number_does_not_exist",
        False,
    ),
    "trunk 503": (
        replace(DIALLED, dial_status="CONGESTION", client_cause=34, client_sip=503),
        Outcome.TRUNK_FAILED,
        "carrier_failed",
        False,
    ),
    "trunk 403": (
        replace(DIALLED, dial_status="NOANSWER", client_cause=21, client_sip=403),
        Outcome.TRUNK_FAILED,
        "carrier_failed",
        False,
    ),
    "500 after 183": (
        replace(DIALLED, client_progress=True, dial_status="NOANSWER", client_cause=38, client_sip=500),
        Outcome.TRUNK_FAILED,
        "carrier_failed",
        True,
    ),
    "trunk silent": (
        replace(DIALLED, dial_status="NOANSWER", client_cause=0),
        Outcome.TRUNK_FAILED,
        "carrier_was_silent",
        False,
    ),
    "executor does not answer": (
        Evidence(source=Source.EVENTS, originate_success=False, originate_reason=3, executor_cause=19),
        Outcome.EXECUTOR_MISSED,
        "executor_did_not_take_it",
        False,
    ),
    "executor's phone not registered": (
        Evidence(source=Source.EVENTS, originate_success=False, originate_reason=0),
        Outcome.EXECUTOR_MISSED,
        "executor_did_not_take_it",
        False,
    ),
    "executor hangs up while it rings": (
        replace(RANG, dial_status="CANCEL", client_cause=16),
        Outcome.EXECUTOR_MISSED,
        "executor_hung_up",
        True,
    ),
    "executor hangs up before it rings": (
        replace(DIALLED, dial_status="CANCEL", client_cause=16),
        Outcome.EXECUTOR_MISSED,
        "executor_hung_up",
        True,
    ),
    "busy at once, without ringing": (
        replace(DIALLED, dial_status="BUSY", client_cause=17),
        Outcome.BUSY,
        "client_busy",
        True,
    ),
    "only DialStatus says busy": (replace(DIALLED, dial_status="BUSY"), Outcome.BUSY, "client_busy", True),
    "cause 0 with DialStatus busy": (
        replace(DIALLED, dial_status="BUSY", client_cause=0),
        Outcome.BUSY,
        "client_busy",
        True,
    ),
    "DialStatus busy with a cause of its own is what the cause says": (
        replace(DIALLED, dial_status="BUSY", client_cause=31),
        Outcome.TRUNK_FAILED,
        "carrier_was_silent",
        False,
    ),
    "DialStatus busy with a SIP code is what the code says": (
        replace(DIALLED, dial_status="BUSY", client_sip=487),
        Outcome.TRUNK_FAILED,
        "carrier_was_silent",
        False,
    ),
    "early media, then nothing": (
        replace(DIALLED, client_progress=True, dial_status="NOANSWER", client_cause=0),
        Outcome.NO_ANSWER,
        "client_rang_out",
        True,
    ),
    "cause 21 after ringing, SIP code unknown": (
        replace(RANG, dial_status="NOANSWER", client_cause=21),
        Outcome.DECLINED,
        "client_declined",
        True,
    ),
    "cause 21 without ringing, SIP code unknown": (
        replace(DIALLED, dial_status="NOANSWER", client_cause=21),
        Outcome.TRUNK_FAILED,
        "carrier_was_silent",
        False,
    ),
    "480 after ringing": (
        replace(RANG, dial_status="NOANSWER", client_cause=19, client_sip=480),
        Outcome.NO_ANSWER,
        "client_rang_out",
        True,
    ),
    "congestion told by DialStatus only": (
        replace(DIALLED, dial_status="CONGESTION"),
        Outcome.TRUNK_FAILED,
        "carrier_failed",
        False,
    ),
    "no channel to the trunk": (
        replace(DIALLED, dial_status="CHANUNAVAIL", client_cause=0),
        Outcome.TRUNK_FAILED,
        "carrier_failed",
        False,
    ),
    "599 is a server's failure": (
        replace(RANG, dial_status="NOANSWER", client_sip=599),
        Outcome.TRUNK_FAILED,
        "carrier_failed",
        True,
    ),
    "600 is not": (replace(RANG, dial_status="NOANSWER", client_sip=600), Outcome.BUSY, "client_busy", True),
    "a SIP code outranks the cause": (
        replace(DIALLED, dial_status="NOANSWER", client_cause=1, client_sip=503),
        Outcome.TRUNK_FAILED,
        "carrier_failed",
        False,
    ),
    "dialplan denies the number": (
        Evidence(source=Source.EVENTS, originate_success=True, executor_answered=True, dial_status="DENIED"),
        Outcome.DENIED,
        "asterisk_denied_the_number",
        False,
    ),
    "order came too late": (
        Evidence(source=Source.EVENTS, originate_success=True, executor_answered=True, dial_status="EXPIRED"),
        Outcome.NOT_PLACED,
        "asterisk_got_it_too_late",
        False,
    ),
    "Asterisk went down while it rang": (
        replace(RANG, interrupted=True),
        Outcome.INTERRUPTED,
        "asterisk_went_down",
        True,
    ),
    "Asterisk went down before the client was dialled": (
        Evidence(source=Source.EVENTS, interrupted=True),
        Outcome.INTERRUPTED,
        "asterisk_went_down",
        False,
    ),
    "Asterisk went down while they spoke": (
        replace(RANG, client_answered=True, interrupted=True),
        Outcome.REACHED,
        "client_answered",
        True,
    ),
    "a machine was detected": (
        replace(RANG, client_answered=True, machine_detected=True),
        Outcome.ANSWERING_MACHINE,
        "machine_answered",
        True,
    ),
    "a machine that never answered is none": (
        replace(RANG, machine_detected=True, dial_status="NOANSWER"),
        Outcome.NO_ANSWER,
        "client_rang_out",
        True,
    ),
    "no record at all": (Evidence(source=Source.NOTHING), Outcome.UNKNOWN, "no_record", True),
    "CEL does not tell of ringing: no answer": (
        replace(DIALLED, source=Source.CEL, ringing_known=False, dial_status="NOANSWER", client_cause=0),
        Outcome.UNKNOWN,
        "ringing_not_recorded",
        True,
    ),
    "CEL does not tell of ringing: busy": (
        replace(DIALLED, source=Source.CEL, ringing_known=False, client_cause=17),
        Outcome.BUSY,
        "client_busy",
        True,
    ),
    "CEL does not tell of ringing: switched off": (
        replace(DIALLED, source=Source.CEL, ringing_known=False, client_cause=20),
        Outcome.UNREACHABLE,
        "client_switched_off",
        True,
    ),
}


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(("evidence", "outcome", "rule", "touched"), TABLE.values(), ids=TABLE.keys())
def test_outcome_is_what_the_clients_own_leg_proves(
    evidence: Evidence, outcome: Outcome, rule: str, touched: bool
) -> None:
    verdict = classify(evidence)
    assert (verdict.outcome, verdict.rule, verdict.touched) == (outcome, rule, touched)


@pytest.mark.parametrize("cause", [1, 22, 28])
def test_number_that_cannot_exist_is_wrong_whatever_the_dial_status(cause: int) -> None:
    assert classify(replace(DIALLED, client_cause=cause)).outcome is Outcome.WRONG_NUMBER


@pytest.mark.parametrize("sip", [404, 410, 484, 485, 604])
def test_sip_codes_of_a_wrong_number(sip: int) -> None:
    assert classify(replace(RANG, client_sip=sip)).outcome is Outcome.WRONG_NUMBER


@pytest.mark.parametrize("cause", [18, 19, 20])
def test_causes_of_a_phone_that_is_off(cause: int) -> None:
    assert classify(replace(DIALLED, client_cause=cause)).outcome is Outcome.UNREACHABLE


@pytest.mark.parametrize("sip", [401, 402, 403, 405, 407, 408, 420, 421, 483, 488, 489, 491, 500, 606])
def test_sip_codes_of_a_carrier_that_fails_do_not_count_even_after_ringing(sip: int) -> None:
    assert classify(replace(RANG, client_sip=sip)).outcome is Outcome.TRUNK_FAILED


@pytest.mark.parametrize(
    "cause",
    [
        2,
        3,
        6,
        25,
        27,
        29,
        34,
        38,
        41,
        42,
        44,
        47,
        50,
        52,
        54,
        57,
        58,
        63,
        65,
        66,
        69,
        79,
        88,
        100,
        102,
        111,
        127,
    ],
)
def test_causes_of_the_network_do_not_count_even_after_ringing(cause: int) -> None:
    assert classify(replace(RANG, client_cause=cause)).outcome is Outcome.TRUNK_FAILED


def test_carrier_that_speaks_otherwise_has_a_table_of_its_own() -> None:
    off = replace(DIALLED, client_sip=403)
    assert classify(off, CauseTable(away_sip=frozenset({403}), trunk_sip=frozenset())).outcome is (
        Outcome.UNREACHABLE
    )


def test_verdict_says_which_events_said_so() -> None:
    full = replace(
        RANG,
        client_progress=True,
        client_answered=True,
        machine_detected=True,
        interrupted=True,
        ringing_known=False,
        dial_status="ANSWER",
        client_cause=16,
        client_sip=200,
        executor_cause=16,
    )
    assert classify(full).seen == (
        "source events",
        "OriginateResponse Success 4",
        "executor answered",
        "client dialled",
        "DialState RINGING",
        "DialState PROGRESS",
        "client answered",
        "machine detected",
        "Asterisk went down",
        "ringing is not recorded there",
        "DialStatus ANSWER",
        "cause 16",
        "SIP 200",
    )


def test_verdict_on_a_missed_executor_names_his_cause_and_no_client() -> None:
    missed = Evidence(
        source=Source.EVENTS,
        originate_success=False,
        originate_reason=3,
        executor_answered=False,
        executor_cause=19,
    )
    assert classify(missed).seen == (
        "source events",
        "OriginateResponse Failure 3",
        "executor did not answer",
        "executor's cause 19",
    )


def test_order_that_was_never_sent_is_not_placed_and_touched_nobody() -> None:
    verdict = not_placed(NEVER_SENT, "the link is down")
    assert (verdict.outcome, verdict.touched) == (Outcome.NOT_PLACED, False)
    assert (verdict.rule, verdict.seen) == ("never_sent", ("the link is down",))
    assert (REFUSED, NO_TRACE) == ("refused_at_last_look", "no_trace")


@pytest.mark.regulation("2.9")
def test_attempt_we_took_back_is_withdrawn_and_not_the_executors_fault() -> None:
    missed = classify(replace(RANG, dial_status="CANCEL"))
    back = taken_back(missed)
    assert (back.outcome, back.rule) == (Outcome.WITHDRAWN, "withdrawn_by_us")
    assert (back.seen, back.touched) == (missed.seen, missed.touched)


@pytest.mark.parametrize("name", ["client answers", "busy", "trunk silent"])
def test_what_happened_before_we_took_it_back_stays(name: str) -> None:
    verdict = classify(TABLE[name][0])
    assert taken_back(verdict) == verdict


def test_every_outcome_is_the_clients_the_networks_or_neither_but_never_both() -> None:
    assert {
        Outcome.NO_ANSWER, Outcome.BUSY, Outcome.DECLINED, Outcome.UNREACHABLE, Outcome.ANSWERING_MACHINE
    } == CLIENT_UNAVAILABLE  # fmt: skip
    assert {Outcome.TRUNK_FAILED, Outcome.INTERRUPTED, Outcome.NOT_PLACED, Outcome.UNKNOWN} == TECHNICAL


def test_machines_mark_changes_the_meaning_of_reached_only() -> None:
    reached = Attempt(started_at=0, ended_at=1, outcome=Outcome.REACHED)
    assert reached.meaning is Outcome.REACHED
    assert replace(reached, marked_machine=True).meaning is Outcome.ANSWERING_MACHINE
    assert replace(reached, outcome=Outcome.BUSY, marked_machine=True).meaning is Outcome.BUSY
    assert Attempt(started_at=0).meaning is None


FIRST = replace(RANG, client_first=True)
CLIENT_FIRST = {
    "both answered": (
        replace(FIRST, client_answered=True, executor_answered=True),
        Outcome.REACHED,
        "client_answered",
        True,
    ),
    "nobody came": (
        replace(FIRST, client_answered=True, executor_answered=False),
        Outcome.EXECUTOR_MISSED,
        "executor_did_not_come",
        True,
    ),
    "not recorded whether he came": (
        replace(FIRST, client_answered=True, executor_answered=None),
        Outcome.UNKNOWN,
        "executor_not_recorded",
        True,
    ),
    "a machine answered": (
        replace(FIRST, client_answered=True, executor_answered=False, machine_detected=True),
        Outcome.ANSWERING_MACHINE,
        "machine_answered",
        True,
    ),
    "client does not answer": (
        replace(FIRST, executor_answered=False, dial_status="NOANSWER"),
        Outcome.NO_ANSWER,
        "client_rang_out",
        True,
    ),
    "never dialled": (
        replace(FIRST, client_dialled=False, client_rang=False, executor_answered=False),
        Outcome.NOT_PLACED,
        "client_was_not_dialled",
        False,
    ),
    "taken back while it rang": (
        replace(FIRST, executor_answered=False, dial_status="CANCEL"),
        Outcome.EXECUTOR_MISSED,
        "executor_hung_up",
        True,
    ),
}


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(
    ("evidence", "outcome", "rule", "touched"), CLIENT_FIRST.values(), ids=CLIENT_FIRST.keys()
)
def test_with_the_client_first_only_both_together_are_a_client_reached(
    evidence: Evidence, outcome: Outcome, rule: str, touched: bool
) -> None:
    verdict = classify(evidence)
    assert (verdict.outcome, verdict.rule, verdict.touched) == (outcome, rule, touched)
    assert "client first" in verdict.seen


def test_with_the_executor_first_it_is_not_said_who_was_first() -> None:
    assert "client first" not in classify(RANG).seen


def test_denial_before_any_phone_rang_touched_nobody() -> None:
    verdict = classify(DENIED)
    assert (verdict.outcome, verdict.touched) == (Outcome.DENIED, False)
    assert verdict.seen == ("source events", "DialStatus DENIED")


def test_executor_who_was_not_rung_is_no_technical_failure() -> None:
    verdict = not_rung("away")
    assert (verdict.outcome, verdict.rule, verdict.touched) == (Outcome.EXECUTOR_MISSED, NOT_RUNG, False)
    assert verdict.seen == ("the executor's phone is away",)
    assert verdict.outcome not in TECHNICAL | CLIENT_UNAVAILABLE


def test_client_who_answered_was_called_whatever_else_is_recorded() -> None:
    verdict = classify(Evidence(source=Source.CEL, client_answered=True, ringing_known=False))
    assert (verdict.outcome, verdict.touched) == (Outcome.REACHED, True)
