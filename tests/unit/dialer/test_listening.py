"""What Asterisk heard before it joined the two, read as an outcome. Regulation: 2.9, point 2."""

from dataclasses import replace

import pytest

from dialer.attempt import Outcome
from dialer.outcome import LISTENING_BROKEN, Evidence, Source, classify, heard

ANSWERED = Evidence(
    source=Source.EVENTS, executor_answered=True, client_dialled=True, client_rang=True, dial_status="ANSWER"
)
ROWS = {
    "a machine": ("MACHINE LONGGREETING-2500-2500", False, Outcome.ANSWERING_MACHINE, "machine_answered"),
    "a person": ("HUMAN HUMAN-800-800", True, Outcome.REACHED, "client_answered"),
    "nobody could tell": ("NOTSURE TOOLONG-4000", True, Outcome.REACHED, "client_answered"),
    "Asterisk cannot listen": ("NOAPP", True, Outcome.REACHED, "client_answered"),
    "the client hung up meanwhile": (
        LISTENING_BROKEN, False, Outcome.INTERRUPTED, "client_left_while_listening"
    ),
    "the executor hung up meanwhile": (
        "HUMAN HUMAN-800-800", False, Outcome.EXECUTOR_MISSED, "executor_left_before_joined"
    ),
    "he did, and was bridged dead": (
        "HUMAN HUMAN-800-800|3|executor", True, Outcome.EXECUTOR_MISSED, "executor_left_before_joined"
    ),
    "both were cut off at once": (
        "HUMAN HUMAN-800-800|999|", True, Outcome.EXECUTOR_MISSED, "executor_left_before_joined"
    ),
    "the client hung up at once": (
        "NOTSURE TOOLONG-4000|700|client", True, Outcome.INTERRUPTED, "client_left_at_once"
    ),
    "the client hung up after a word": (
        "HUMAN HUMAN-800-800|1000|client", True, Outcome.REACHED, "client_answered"
    ),
    "a talk in whole seconds shorter": (
        "HUMAN HUMAN-800-800|1000|executor", False, Outcome.REACHED, "client_answered"
    ),
    "a very long talk": ("HUMAN HUMAN-800-800|12345678901|client", True, Outcome.REACHED, "client_answered"),
    "a clock that was put back": ("HUMAN HUMAN-800-800|-5|client", True, Outcome.REACHED, "client_answered"),
    "the client left while bridged dead": (
        f"{LISTENING_BROKEN}|4000|executor", True, Outcome.INTERRUPTED, "client_left_while_listening"
    ),
}  # fmt: skip


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(("words", "joined", "outcome", "rule"), ROWS.values(), ids=ROWS.keys())
def test_what_was_heard_decides(words: str, joined: bool, outcome: Outcome, rule: str) -> None:
    verdict = classify(replace(ANSWERED, **heard(words, joined=joined)))
    assert (verdict.outcome, verdict.rule) == (outcome, rule)
    assert f"AMD {words.partition('|')[0]}" in verdict.seen and verdict.touched


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize("words", [LISTENING_BROKEN, "HUMAN HUMAN-800-800"])
def test_asterisk_that_dies_before_it_joined_them_counts_against_nobody(words: str) -> None:
    evidence = replace(ANSWERED, source=Source.CEL, interrupted=True, **heard(words, joined=False))
    assert classify(evidence).outcome is Outcome.INTERRUPTED


@pytest.mark.regulation("2.9")
def test_client_rung_first_and_heard_but_not_joined_is_the_executors_miss() -> None:
    evidence = replace(ANSWERED, client_first=True, executor_answered=False)
    assert classify(replace(evidence, **heard("HUMAN HUMAN-800-800", joined=True))).outcome is (
        Outcome.EXECUTOR_MISSED
    )


def test_attempt_nobody_listened_to_is_read_as_before() -> None:
    assert heard("", joined=False) == {}
    assert not [line for line in classify(ANSWERED).seen if line.startswith("AMD")]


def test_what_the_other_side_could_have_written_stays_short_and_printable() -> None:
    words = heard("HUMAN \x1b[31m" + "x" * 500, joined=True)["listened"]
    assert len(words) <= 80 and words.isprintable()
