"""May this series be dialled now? Asked at the claim and again right before sending."""

from dataclasses import replace

import pytest

from dialer.admission import Admission, Answer, Candidate, Rules, admit, hold
from dialer.attempt import MINUTE, SECOND, Attempt, Outcome
from dialer.breaker import Breaker
from dialer.caps import Caps, Load
from dialer.permission import NumberProblem, NumberRule
from dialer.policy import Policy, Reason, Why
from tests.unit.dialer.hours import NineToSix, clock

RULES = Rules(policy=Policy(), caps=Caps(), calendar=NineToSix())
DUE = Candidate(number="+79161112233", history=())
TEN = clock(10)


def test_due_series_is_dialled_with_digits_only() -> None:
    assert admit(DUE, TEN, RULES) == Admission(
        answer=Answer.GO, why=Reason(why=Why.FIRST), no=1, digits="79161112233"
    )


FORBIDDEN = {
    "ticket not open": (replace(DUE, ticket_dialable=False), Answer.STOP, Why.TICKET_NOT_OPEN),
    "opted out": (replace(DUE, opted_out=True), Answer.STOP, Why.OPTED_OUT),
    "paid number": (replace(DUE, number="+78091112233"), Answer.ASK, Why.NUMBER_NOT_ALLOWED),
}


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(("candidate", "answer", "why"), FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_nothing_is_dialled_for(candidate: Candidate, answer: Answer, why: Why) -> None:
    assert admit(candidate, TEN, RULES) == Admission(answer=answer, why=Reason(why=why))


BLOCKED = {
    "number is being called": (replace(DUE, number_busy=True), Why.NUMBER_BUSY, TEN + 5 * SECOND),
    "client is on our line": (replace(DUE, client_on_line=True), Why.CLIENT_ON_LINE, TEN + 5 * SECOND),
    "executor is being called": (replace(DUE, executor_busy=True), Why.EXECUTOR_BUSY, TEN + 5 * SECOND),
    "executor has no phone": (
        replace(DUE, executor_has_phone=False),
        Why.EXECUTOR_WITHOUT_PHONE,
        TEN + 60 * SECOND,
    ),
    "third call to this number today": (replace(DUE, number_calls_today=3), Why.DAY_CAP, clock(9, day=1)),
}


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(("candidate", "why", "at"), BLOCKED.values(), ids=BLOCKED.keys())
def test_series_waits_while(candidate: Candidate, why: Why, at: int) -> None:
    assert admit(candidate, TEN, RULES) == Admission(answer=Answer.LATER, why=Reason(why=why, at=at), at=at)


def test_two_calls_to_this_number_today_leave_room_for_a_third() -> None:
    assert admit(replace(DUE, number_calls_today=2), TEN, RULES).answer is Answer.GO


def test_day_cap_waits_for_an_opening_with_room() -> None:
    closed_tomorrow = replace(RULES, calendar=NineToSix(closed_days=frozenset({1})))
    assert admit(replace(DUE, number_calls_today=3), TEN, closed_tomorrow).at == clock(9, day=2)


def test_policy_that_says_wait_says_until_when() -> None:
    missed = Attempt(started_at=TEN - MINUTE, ended_at=TEN, outcome=Outcome.NO_ANSWER)
    due = clock(10, 30)
    assert admit(replace(DUE, history=(missed,)), TEN, RULES) == Admission(
        answer=Answer.LATER, why=Reason(why=Why.GAP, at=due), at=due
    )
    assert admit(replace(DUE, history=(missed,)), due, RULES).no == 2


def test_time_a_person_set_is_kept() -> None:
    assert admit(replace(DUE, not_before=clock(11)), TEN, RULES).at == clock(11)


def test_attempt_of_its_own_under_way_is_waited_for() -> None:
    assert admit(replace(DUE, history=(Attempt(started_at=TEN),)), TEN, RULES) == Admission(
        answer=Answer.LATER, why=Reason(why=Why.IN_FLIGHT), at=TEN + 5 * SECOND
    )


@pytest.mark.parametrize(
    ("outcomes", "answer", "why"),
    [
        ([Outcome.REACHED], Answer.REACHED, Why.CONNECTED),
        ([Outcome.BUSY] * 3, Answer.GIVE_UP, Why.LIMIT),
        ([Outcome.WRONG_NUMBER], Answer.ASK, Why.WRONG_NUMBER),
    ],
)
def test_history_that_ends_the_series_is_told(outcomes: list[Outcome], answer: Answer, why: Why) -> None:
    history = tuple(Attempt(started_at=1, ended_at=2, outcome=one) for one in outcomes)
    assert admit(replace(DUE, history=history), TEN, RULES) == Admission(answer=answer, why=Reason(why=why))


def test_table_of_numbers_is_a_setting() -> None:
    rules = replace(RULES, numbers=(NumberRule(prefixes=("7",), problem=NumberProblem.PAID),))
    assert admit(DUE, TEN, rules).answer is Answer.ASK
    only_zero = replace(RULES, numbers=(NumberRule(prefixes=("70",)),))
    assert admit(replace(DUE, number="+70001112233"), TEN, only_zero).digits == "70001112233"


def test_nothing_holds_the_dialer_in_business_hours() -> None:
    assert hold(Load(), Breaker(), TEN, RULES) is None


@pytest.mark.regulation("2.9")
def test_outside_hours_everything_is_held() -> None:
    assert hold(Load(), Breaker(), clock(8), RULES) == Reason(why=Why.BUSINESS_HOURS, at=clock(9))
    late = clock(18) - RULES.policy.room + 1
    assert hold(Load(), Breaker(), late, RULES) == Reason(why=Why.BUSINESS_HOURS, at=clock(9, day=1))
    assert hold(Load(), Breaker(), late - 1, RULES) is None


@pytest.mark.regulation("2.9")
def test_open_breaker_holds_everything_and_then_lets_one_through() -> None:
    breaker = Breaker(failures=5, times=1, opened_at=1, open_until=TEN + MINUTE)
    assert hold(Load(), breaker, TEN, RULES) == Reason(why=Why.BREAKER_OPEN, at=TEN + MINUTE)
    later = TEN + MINUTE
    assert hold(Load(), breaker, later, RULES) is None
    assert hold(Load(in_flight=1), breaker, later, RULES) == Reason(why=Why.BREAKER_OPEN, at=later + SECOND)


def test_full_caps_hold_everything() -> None:
    assert hold(Load(in_flight=10), Breaker(), TEN, RULES) == Reason(why=Why.CONCURRENT_CAP, at=TEN + SECOND)
    talked = Load(seconds_today=1200 * 60)
    assert hold(talked, Breaker(), TEN, RULES) == Reason(why=Why.MINUTES_CAP, at=clock(0, day=1))
