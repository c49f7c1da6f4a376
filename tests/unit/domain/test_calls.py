"""The course of a call, whatever the order in which it is learnt."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.calls import (
    Call,
    CallOutcome,
    FoundBy,
    answered,
    ended,
    missed_reason,
    queued,
)
from tests import make

CALL = replace(make.call(hotline_id=1, ticket_id=1001), id=1)
NOT_ANSWERED = [outcome for outcome in CallOutcome if outcome is not CallOutcome.ANSWERED]


def test_the_first_instant_in_a_queue_stays_and_the_last_queue_counts() -> None:
    first = queued(CALL, "first", make.at(1))
    second = queued(first, "second", make.at(5))
    assert (second.phone_queue, second.queued_at) == ("second", make.at(1))
    assert queued(second, "second", make.at(5)) == second
    late = queued(second, "zeroth", make.at(0))
    assert (late.phone_queue, late.queued_at) == ("second", make.at(0))


@pytest.mark.parametrize("outcome", list(CallOutcome))
def test_a_call_somebody_answered_was_answered_however_it_ended(outcome: CallOutcome) -> None:
    spoken = answered(CALL, 7, make.at(5))
    assert ended(spoken, outcome, make.at(60)).outcome is CallOutcome.ANSWERED


@pytest.mark.parametrize("outcome", NOT_ANSWERED)
def test_an_answer_learnt_after_the_end_still_counts(outcome: CallOutcome) -> None:
    known = answered(ended(CALL, outcome, make.at(60)), 7, make.at(5))
    assert (known.outcome, known.answered_by, known.ended_at) == (CallOutcome.ANSWERED, 7, make.at(60))


def test_the_first_to_answer_stays_the_one_who_answered() -> None:
    assert answered(answered(CALL, 7, make.at(5)), 8, make.at(6)).answered_by == 7


@pytest.mark.parametrize("weak", [CallOutcome.UNKNOWN, CallOutcome.INTERRUPTED])
def test_a_reason_that_was_observed_replaces_a_guess_but_not_the_other_way(weak: CallOutcome) -> None:
    guessed = ended(CALL, weak, make.at(90))
    known = ended(guessed, CallOutcome.ABANDONED, make.at(60))
    assert (known.outcome, known.ended_at) == (CallOutcome.ABANDONED, make.at(60))
    assert ended(known, weak, make.at(90)) == known


def test_repeating_an_end_changes_nothing() -> None:
    over = ended(CALL, CallOutcome.ABANDONED, make.at(60))
    assert ended(over, CallOutcome.ABANDONED, make.at(61)) == over


@given(st.sampled_from(NOT_ANSWERED), st.integers(0, 99), st.booleans())
def test_any_order_of_learning_ends_in_the_same_call(
    outcome: CallOutcome, second: int, is_answered: bool
) -> None:
    def learn(call: Call, what: str) -> Call:
        if what == "queued":
            return queued(call, "hotline", make.at(1))
        if what == "answered":
            return answered(call, 7, make.at(2))
        return ended(call, outcome, make.at(second))

    news = ["queued", "ended", "ended", *(["answered"] if is_answered else [])]
    results = set()
    for order in permutations(news):
        call = CALL
        for what in order:
            call = learn(call, what)
        results.add(call)
    assert len(results) == 1
    assert results.pop().outcome is (CallOutcome.ANSWERED if is_answered else outcome)


def test_a_ticket_is_missed_while_its_newest_finished_call_was_not_answered() -> None:
    lost = ended(replace(CALL, id=1), CallOutcome.ABANDONED, make.at(9))
    full = ended(replace(CALL, id=2, entered_at=make.at(10)), CallOutcome.QUEUE_FULL, make.at(11))
    heard = answered(replace(CALL, id=3, entered_at=make.at(20)), 7, make.at(21))
    waiting = replace(CALL, id=4, entered_at=make.at(30))
    assert missed_reason([]) is None
    assert missed_reason([waiting]) is None
    assert missed_reason([lost, waiting]) is CallOutcome.ABANDONED
    assert missed_reason([full, lost]) is CallOutcome.QUEUE_FULL
    assert missed_reason([heard, lost, full, waiting]) is None


def test_what_was_not_seen_as_it_happened_is_reconstructed() -> None:
    assert {found: replace(CALL, found_by=found).reconstructed for found in FoundBy} == {
        FoundBy.LIVE: False,
        FoundBy.SNAPSHOT: True,
        FoundBy.CEL: True,
        FoundBy.CDR: True,
    }
