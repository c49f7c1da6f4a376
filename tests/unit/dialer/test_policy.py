"""The policy of clause 2.9, point by point, with its reasons."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.attempt import CLIENT_UNAVAILABLE, HOUR, MINUTE, SECOND, Attempt, Outcome
from dialer.policy import NoRoom, Policy, Reason, Step, StepKind, Why, fit, next_step
from tests.unit.dialer.hours import DAY, AlwaysOpen, NineToSix, clock

POLICY = Policy()
HOURS = NineToSix()


def ended(outcome: Outcome, at: int, *, marked: bool = False) -> Attempt:
    return Attempt(started_at=at - MINUTE, ended_at=at, outcome=outcome, marked_machine=marked)


def step(history: Sequence[Attempt], now: int, policy: Policy = POLICY, *, not_before: int = 0) -> Step:
    return next_step(history, now, policy, HOURS, not_before=not_before)


@pytest.mark.regulation("2.9")
def test_first_attempt_is_dialled_at_once_in_business_hours() -> None:
    assert step([], clock(10)) == Step(kind=StepKind.DIAL, no=1, why=(Reason(why=Why.FIRST),), at=clock(10))


def test_first_attempt_waits_for_the_time_a_person_set() -> None:
    assert step([], clock(10), not_before=clock(11)) == Step(
        kind=StepKind.WAIT, no=1, why=(Reason(why=Why.NOT_BEFORE, at=clock(11)),), at=clock(11)
    )
    assert step([], clock(11), not_before=clock(11)).kind is StepKind.DIAL


def test_time_that_has_passed_is_no_reason_to_wait() -> None:
    answer = step([], clock(12), not_before=clock(11))
    assert (answer.kind, answer.at) == (StepKind.DIAL, clock(12))
    assert answer.why == (Reason(why=Why.NOT_BEFORE, at=clock(11)),)


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize("outcome", sorted(CLIENT_UNAVAILABLE))
def test_next_attempt_is_due_half_an_hour_after_the_end_of_the_counted_one(outcome: Outcome) -> None:
    answer = step([ended(outcome, clock(10))], clock(10))
    assert answer == Step(
        kind=StepKind.WAIT, no=2, why=(Reason(why=Why.GAP, at=clock(10, 30)),), at=clock(10, 30)
    )
    assert step([ended(outcome, clock(10))], clock(10, 30)).kind is StepKind.DIAL
    assert step([ended(outcome, clock(10))], clock(10, 30) - 1).kind is StepKind.WAIT


@pytest.mark.regulation("2.9")
def test_third_counted_attempt_gives_up() -> None:
    history = [ended(Outcome.NO_ANSWER, clock(10)), ended(Outcome.BUSY, clock(11))]
    assert step(history, clock(12)).no == 3
    history.append(ended(Outcome.UNREACHABLE, clock(12)))
    assert step(history, clock(13)) == Step(kind=StepKind.GIVE_UP, no=3, why=(Reason(why=Why.LIMIT),))


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.EXECUTOR_MISSED,
        Outcome.TRUNK_FAILED,
        Outcome.INTERRUPTED,
        Outcome.NOT_PLACED,
        Outcome.UNKNOWN,
        Outcome.WITHDRAWN,
    ],
)
def test_what_our_side_spoilt_never_counts(outcome: Outcome) -> None:
    history = [ended(Outcome.NO_ANSWER, clock(10)), ended(Outcome.NO_ANSWER, clock(11))]
    history += [ended(outcome, clock(12, minute)) for minute in range(5)]
    answer = step(history, clock(17))
    assert (answer.kind, answer.no) == (StepKind.DIAL, 3)


@pytest.mark.regulation("2.9")
def test_what_our_side_spoilt_is_repeated_soon_and_ever_later() -> None:
    history: list[Attempt] = []
    waits = []
    for _ in range(6):
        history.append(ended(Outcome.TRUNK_FAILED, clock(10)))
        answer = step(history, clock(10))
        assert answer.at is not None
        assert answer.why == (Reason(why=Why.BACK_OFF, at=answer.at),)
        waits.append((answer.at - clock(10)) // MINUTE)
    assert waits == [2, 4, 8, 16, 30, 30]


def test_back_off_begins_anew_after_a_counted_attempt_and_never_undercuts_the_gap() -> None:
    history = [
        ended(Outcome.TRUNK_FAILED, clock(10)),
        ended(Outcome.TRUNK_FAILED, clock(10, 10)),
        ended(Outcome.NO_ANSWER, clock(11)),
        ended(Outcome.TRUNK_FAILED, clock(11, 5)),
    ]
    assert step(history, clock(11, 5)).why == (Reason(why=Why.GAP, at=clock(11, 30)),)
    history[-1] = ended(Outcome.TRUNK_FAILED, clock(11, 31))
    assert step(history, clock(11, 31)).why == (Reason(why=Why.BACK_OFF, at=clock(11, 33)),)


def test_client_who_may_have_been_called_is_left_in_peace_for_the_whole_gap() -> None:
    assert step([ended(Outcome.UNKNOWN, clock(10))], clock(10)).at == clock(10, 30)
    assert step([ended(Outcome.WITHDRAWN, clock(10))], clock(10)).at == clock(10, 2)


def test_gap_is_counted_from_the_latest_end_of_all_counted_attempts() -> None:
    history = [ended(Outcome.NO_ANSWER, clock(12)), ended(Outcome.NO_ANSWER, clock(11))]
    assert step(history, clock(12)).at == clock(12, 30)


def test_attempt_without_an_end_is_counted_from_its_start() -> None:
    history = [Attempt(started_at=clock(10), outcome=Outcome.BUSY)]
    assert step(history, clock(10)).at == clock(10, 30)


def test_both_reasons_are_told_when_they_lead_to_the_same_instant() -> None:
    answer = step([ended(Outcome.NO_ANSWER, clock(10))], clock(10), not_before=clock(10, 30))
    assert answer.why == (
        Reason(why=Why.NOT_BEFORE, at=clock(10, 30)),
        Reason(why=Why.GAP, at=clock(10, 30)),
    )


@pytest.mark.regulation("2.9")
def test_attempt_due_after_closing_moves_to_the_next_opening() -> None:
    answer = step([ended(Outcome.NO_ANSWER, clock(17, 45))], clock(17, 45))
    assert (answer.kind, answer.at) == (StepKind.WAIT, clock(9, day=1))
    assert answer.why == (
        Reason(why=Why.GAP, at=clock(18, 15)),
        Reason(why=Why.BUSINESS_HOURS, at=clock(9, day=1)),
    )


@pytest.mark.regulation("2.9")
def test_phone_must_be_able_to_ring_its_whole_time_before_closing() -> None:
    last = clock(18) - POLICY.room
    assert step([], last).kind is StepKind.DIAL
    late = step([], last + 1)
    assert (late.kind, late.at) == (StepKind.WAIT, clock(9, day=1))
    assert late.why == (Reason(why=Why.FIRST), Reason(why=Why.BUSINESS_HOURS, at=clock(9, day=1)))


def test_closing_instant_is_closed_and_opening_instant_is_open() -> None:
    assert step([], clock(18)).at == clock(9, day=1)
    assert step([], clock(9)).kind is StepKind.DIAL
    assert step([], clock(9) - 1).at == clock(9)


def test_calendar_that_never_closes_has_room_for_everything() -> None:
    assert next_step([], clock(3), POLICY, AlwaysOpen()).kind is StepKind.DIAL


def test_hours_shorter_than_a_ring_are_an_error_and_not_an_endless_search() -> None:
    with pytest.raises(NoRoom, match=r"^business hours are shorter than the time one attempt may ring$"):
        next_step([], clock(8), POLICY, NineToSix(closes_at=9 * HOUR + MINUTE))


def test_search_for_room_gives_up_after_a_thousand_openings() -> None:
    class OpensLater(NineToSix):
        asked = 0

        def closes(self, at: int) -> int | None:
            self.asked += 1
            return at + (2 * MINUTE if self.asked == 1000 else SECOND)

    assert fit(0, MINUTE, OpensLater(opens=0, closes_at=DAY)) == 999 * SECOND
    late = OpensLater(opens=0, closes_at=DAY)
    late.asked = -1
    with pytest.raises(NoRoom):
        fit(0, MINUTE, late)


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(
    ("outcome", "why"), [(Outcome.WRONG_NUMBER, Why.WRONG_NUMBER), (Outcome.DENIED, Why.DENIED)]
)
def test_wrong_number_asks_a_person_and_never_gives_up_by_itself(outcome: Outcome, why: Why) -> None:
    history = [ended(Outcome.NO_ANSWER, clock(10)), ended(outcome, clock(11))]
    assert step(history, clock(12)) == Step(kind=StepKind.ASK, no=2, why=(Reason(why=why),))


def test_wrong_number_before_an_attempt_that_followed_is_history() -> None:
    history = [ended(Outcome.WRONG_NUMBER, clock(10)), ended(Outcome.NO_ANSWER, clock(11))]
    assert step(history, clock(12)).kind is StepKind.DIAL


def test_too_many_failures_in_a_row_ask_a_person() -> None:
    history = [ended(Outcome.EXECUTOR_MISSED, clock(10))] * 9
    assert step(history, clock(12)).kind is StepKind.DIAL
    assert step([*history, history[0]], clock(12)) == Step(
        kind=StepKind.ASK, no=1, why=(Reason(why=Why.TOO_MANY_FAILURES),)
    )


def test_attempt_under_way_means_wait() -> None:
    history = [ended(Outcome.NO_ANSWER, clock(10)), Attempt(started_at=clock(11))]
    assert step(history, clock(12)) == Step(kind=StepKind.UNDER_WAY, no=2, why=(Reason(why=Why.IN_FLIGHT),))


@pytest.mark.regulation("2.9")
def test_nothing_follows_an_attempt_that_connected() -> None:
    history = [ended(Outcome.REACHED, clock(10)), ended(Outcome.NO_ANSWER, clock(11))]
    assert step(history, clock(12)) == Step(kind=StepKind.REACHED, no=2, why=(Reason(why=Why.CONNECTED),))


@pytest.mark.regulation("2.9")
def test_answering_machine_counts_as_unavailable() -> None:
    history = [ended(Outcome.REACHED, clock(10), marked=True)]
    assert step(history, clock(10)).at == clock(10, 30)
    history += [
        ended(Outcome.REACHED, clock(11), marked=True),
        ended(Outcome.REACHED, clock(12), marked=True),
    ]
    assert step(history, clock(13)).kind is StepKind.GIVE_UP


def test_company_may_count_less_wait_longer_and_try_more() -> None:
    policy = Policy(counted=frozenset({Outcome.NO_ANSWER}), limit=1, gap=HOUR)
    assert step([ended(Outcome.BUSY, clock(10))], clock(11), policy).kind is StepKind.DIAL
    assert step([ended(Outcome.NO_ANSWER, clock(10))], clock(11), policy).kind is StepKind.GIVE_UP


def test_defaults_are_the_regulations() -> None:
    assert (POLICY.limit, POLICY.gap, POLICY.ask_after) == (3, 30 * MINUTE, 10)
    assert (POLICY.executor_ring, POLICY.client_ring, POLICY.room) == (30 * SECOND, 45 * SECOND, 75 * SECOND)
    assert (POLICY.retry_first, POLICY.retry_longest, POLICY.snooze) == (2 * MINUTE, 30 * MINUTE, 10 * MINUTE)


def test_back_off_of_very_many_failures_is_the_longest_and_costs_nothing() -> None:
    long = Policy(retry_first=1, retry_longest=1 << 41)
    assert long.retry(41) == 1 << 40
    assert long.retry(10**9) == 1 << 40


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"limit": 0}, "limits must be at least 1"),
        ({"ask_after": 0}, "limits must be at least 1"),
        (
            {"executor_ring": 0},
            "durations must be positive, and the longest retry not shorter than the first",
        ),
        ({"client_ring": 0}, "durations must be positive, and the longest retry not shorter than the first"),
        ({"retry_first": 0}, "durations must be positive, and the longest retry not shorter than the first"),
        ({"snooze": 0}, "durations must be positive, and the longest retry not shorter than the first"),
        ({"gap": -1}, "durations must be positive, and the longest retry not shorter than the first"),
        (
            {"retry_longest": 1},
            "durations must be positive, and the longest retry not shorter than the first",
        ),
        (
            {"counted": frozenset({Outcome.TRUNK_FAILED})},
            "only outcomes of the client's own may count against him",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        Policy(**changes)  # type: ignore[arg-type]


def test_smallest_settings_that_make_sense_are_taken() -> None:
    small = Policy(
        limit=1, ask_after=1, executor_ring=1, client_ring=1, retry_first=1, retry_longest=1, gap=0, snooze=1
    )
    assert small.room == 2


OUTCOMES = st.sampled_from([*Outcome, None])


@given(
    st.lists(st.tuples(OUTCOMES, st.integers(0, 3 * DAY), st.booleans()), max_size=12),
    st.integers(0, 5 * DAY),
    st.integers(0, 5 * DAY),
)
def test_whatever_the_history_the_rules_hold(
    events: list[tuple[Outcome | None, int, bool]], now: int, not_before: int
) -> None:
    history = [
        Attempt(
            started_at=at,
            ended_at=None if outcome is None else at + MINUTE,
            outcome=outcome,
            marked_machine=mark,
        )
        for outcome, at, mark in sorted(events, key=lambda one: one[1])
    ]
    answer = step(history, now, not_before=not_before)
    counted = [one for one in history if one.meaning in CLIENT_UNAVAILABLE]
    assert 1 <= answer.no <= 3
    assert answer.why
    if answer.kind in (StepKind.DIAL, StepKind.WAIT):
        assert answer.at is not None
        assert answer.at >= max(now, not_before)
        assert HOURS.is_open(answer.at)
        assert HOURS.is_open(answer.at + POLICY.room - 1)
        assert len(counted) < 3
        assert all(answer.at - (one.ended_at or 0) >= 30 * MINUTE for one in counted)
        assert all(one.outcome is not None and one.meaning is not Outcome.REACHED for one in history)
        assert (answer.kind is StepKind.DIAL) == (answer.at == now)
    else:
        assert answer.at is None
    if answer.kind is StepKind.GIVE_UP:
        assert len(counted) >= 3
