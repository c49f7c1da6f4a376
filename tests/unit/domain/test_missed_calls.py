"""For which missed calls a callback is asked by rule: one line of the table, one caller."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.callbacks import CallbackState
from callcenter.domain.calls import Call, CallOutcome
from callcenter.domain.lifecycle import Status
from callcenter.domain.missed_calls import RULED, Judged, MissedCallRule, MissedCase, judge, last_missed
from callcenter.domain.ticket import Ticket
from tests import make
from tests.make_callbacks import a_series

pytestmark = [pytest.mark.regulation("2.9"), pytest.mark.regulation("2.1")]

RULE = MissedCallRule(enabled=True)
WAITED = 40
LATER = make.at(WAITED) + RULE.delay
"""The first instant at which the caller of the story may be called back."""


def missed(
    outcome: CallOutcome = CallOutcome.ABANDONED,
    *,
    entered: float = 0,
    waited: float = WAITED,
    ident: int = 1,
) -> Call:
    call = make.call(str(ident), hotline_id=1, ticket_id=1, entered=make.at(entered))
    return replace(call, id=ident, ended_at=make.at(entered + waited), outcome=outcome)


def a_draft(**changes: object) -> Ticket:
    return replace(make.ticket(missed=CallOutcome.ABANDONED), id=1, **changes)  # type: ignore[arg-type]


CALL = missed()
CASE = MissedCase(ticket=a_draft(), number=make.CALLER, calls=[CALL], number_calls=[CALL])
TALK = replace(missed(CallOutcome.ANSWERED, entered=60, ident=2), ticket_id=2, answered_at=make.at(65))
ON_THE_LINE = replace(missed(entered=60, ident=2), ended_at=None, outcome=None)
BESIDE = a_series(2, 7)
REACHED = replace(BESIDE, state=CallbackState.REACHED, ended_at=make.at(50))


def test_caller_who_waited_and_was_not_answered_is_called_back() -> None:
    found = judge(CASE, RULE, LATER)
    assert (found.said, found.missed, found.waited, found.at) == (
        Judged.ASK,
        CallOutcome.ABANDONED,
        timedelta(seconds=WAITED),
        LATER,
    )


@pytest.mark.parametrize("outcome", sorted(RULED))
def test_every_ruled_end_of_a_call_is_called_back(outcome: CallOutcome) -> None:
    assert judge(replace(CASE, calls=[missed(outcome)]), RULE, LATER).said is Judged.ASK
    without = replace(RULE, outcomes=RULED - {outcome})
    assert judge(replace(CASE, calls=[missed(outcome)]), without, LATER).said is Judged.NOT_RULED


@pytest.mark.parametrize("outcome", [CallOutcome.INTERRUPTED, CallOutcome.UNKNOWN])
def test_call_that_our_side_lost_is_left_to_people(outcome: CallOutcome) -> None:
    assert judge(replace(CASE, calls=[missed(outcome)]), RULE, LATER).said is Judged.NOT_RULED


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (replace(CASE, ticket=a_draft(missed=None)), Judged.NOT_MISSED),
        (replace(CASE, ticket=a_draft(status=Status.CANCELLED)), Judged.NOT_MISSED),
        (replace(CASE, ticket=a_draft(status=Status.NEW)), Judged.NOT_MISSED),
        (replace(CASE, calls=[]), Judged.NOT_MISSED),
        (replace(CASE, calls=[CALL, TALK]), Judged.NOT_MISSED),
        (replace(CASE, number=None), Judged.NO_NUMBER),
        (replace(CASE, ticket=a_draft(caller=None)), Judged.NO_NUMBER),
        (replace(CASE, ticket=a_draft(caller=make.number("anonymous"))), Judged.NO_NUMBER),
        (replace(CASE, number_allowed=False), Judged.NUMBER_NOT_ALLOWED),
        (replace(CASE, opted_out=True), Judged.OPTED_OUT),
        (replace(CASE, series=[a_series(1, 7)]), Judged.HAS_SERIES),
        (replace(CASE, series=[replace(REACHED, ticket_id=1)]), Judged.HAS_SERIES),
        (replace(CASE, number_calls=[TALK, CALL]), Judged.SPOKEN_SINCE),
        (replace(CASE, beside=[REACHED]), Judged.SPOKEN_SINCE),
        (replace(CASE, beside=[BESIDE]), Judged.CALLED_BESIDE),
        (replace(CASE, number_calls=[ON_THE_LINE, CALL]), Judged.ON_THE_LINE),
        (replace(CASE, open_now=False), Judged.CLOSED),
    ],
)
def test_rule_leaves_alone(case: MissedCase, said: Judged) -> None:
    assert judge(case, RULE, LATER).said is said


def test_rule_that_is_off_asks_for_nothing() -> None:
    assert judge(CASE, MissedCallRule(), LATER).said is Judged.OFF


def test_talk_and_reached_series_before_the_missed_call_are_no_reason_against_it() -> None:
    before = replace(TALK, entered_at=make.at(-600), answered_at=make.at(-590), ended_at=make.at(-500))
    reached = replace(REACHED, ended_at=make.at(-1))
    withdrawn = replace(REACHED, state=CallbackState.WITHDRAWN)
    case = replace(CASE, number_calls=[CALL, before], beside=[reached, withdrawn])
    assert judge(case, RULE, LATER).said is Judged.ASK


def test_who_hung_up_at_once_is_not_called_but_who_was_let_down_is() -> None:
    seconds = RULE.shortest_wait.total_seconds()
    for waited, said in ((seconds - 0.001, Judged.TOO_SHORT), (seconds, Judged.ASK)):
        assert judge(replace(CASE, calls=[missed(waited=waited)]), RULE, LATER).said is said
    let_down = missed(CallOutcome.OUTSIDE_HOURS, waited=1)
    assert judge(replace(CASE, calls=[let_down]), RULE, LATER).said is Judged.ASK


def test_delay_runs_from_the_end_of_the_last_missed_call() -> None:
    tick = timedelta(microseconds=1)
    assert judge(CASE, RULE, LATER - tick).said is Judged.TOO_EARLY
    again = missed(entered=90, ident=2)
    case = replace(CASE, calls=[CALL, again], number_calls=[again, CALL])
    assert judge(case, RULE, LATER).said is Judged.TOO_EARLY
    assert judge(case, RULE, LATER + timedelta(seconds=90)).said is Judged.ASK


def test_missed_call_that_grew_too_old_is_left_to_the_moderators() -> None:
    last = make.at(WAITED) + RULE.oldest
    assert judge(CASE, RULE, last).said is Judged.ASK
    assert judge(CASE, RULE, last + timedelta(microseconds=1)).said is Judged.TOO_OLD


def test_newest_finished_call_decides_whether_a_ticket_is_missed() -> None:
    assert last_missed([]) is None
    assert last_missed([TALK, CALL]) is None
    assert last_missed([CALL, ON_THE_LINE]) == CALL
