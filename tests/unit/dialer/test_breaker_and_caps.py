"""The circuit breaker and the caps."""

from dataclasses import replace

import pytest

from dialer.attempt import CLIENT_UNAVAILABLE, HOUR, MINUTE, SECOND, TECHNICAL, Outcome
from dialer.breaker import Breaker, BreakerPolicy, Passage, after, passage
from dialer.caps import Caps, Load, over
from dialer.policy import Reason, Why

POLICY = BreakerPolicy()
NOW = 100 * HOUR
TOMORROW = NOW + 14 * HOUR


def failed(times: int, outcome: Outcome = Outcome.TRUNK_FAILED, now: int = NOW) -> Breaker:
    breaker = Breaker()
    for _ in range(times):
        breaker = after(breaker, outcome, now, POLICY)
    return breaker


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize("outcome", sorted(TECHNICAL))
def test_five_technical_failures_in_a_row_open_it(outcome: Outcome) -> None:
    assert passage(failed(4, outcome), NOW) is Passage.FREE
    assert failed(4, outcome) == Breaker(failures=4)
    assert failed(5, outcome) == Breaker(failures=5, times=1, opened_at=NOW, open_until=NOW + 5 * MINUTE)
    assert passage(failed(5, outcome), NOW) is Passage.CLOSED_OFF


@pytest.mark.parametrize("outcome", sorted(CLIENT_UNAVAILABLE | {Outcome.REACHED, Outcome.WRONG_NUMBER}))
def test_one_call_that_got_out_closes_it(outcome: Outcome) -> None:
    assert after(failed(4), outcome, NOW, POLICY) == Breaker()
    assert after(failed(5), outcome, NOW, POLICY) == Breaker()


@pytest.mark.parametrize("outcome", [Outcome.EXECUTOR_MISSED, Outcome.WITHDRAWN, Outcome.DENIED])
def test_what_says_nothing_of_the_network_changes_nothing(outcome: Outcome) -> None:
    assert after(failed(4), outcome, NOW, POLICY) == failed(4)


def test_after_its_time_it_lets_a_probe_through() -> None:
    breaker = failed(5)
    assert passage(breaker, NOW + 5 * MINUTE - 1) is Passage.CLOSED_OFF
    assert passage(breaker, NOW + 5 * MINUTE) is Passage.PROBE


def test_failed_probe_opens_it_for_twice_as_long_up_to_an_hour() -> None:
    breaker, now, waits = failed(5), NOW, []
    for _ in range(5):
        assert breaker.open_until is not None
        waits.append((breaker.open_until - now) // MINUTE)
        now = breaker.open_until
        breaker = after(breaker, Outcome.TRUNK_FAILED, now, POLICY)
    assert waits == [5, 10, 20, 40, 60]
    assert (breaker.opened_at, breaker.times, breaker.failures) == (NOW, 6, 10)


def test_late_failures_of_calls_already_placed_do_not_prolong_it() -> None:
    breaker = failed(5)
    later = after(breaker, Outcome.TRUNK_FAILED, NOW + MINUTE, POLICY)
    assert later == replace(breaker, failures=6)


def test_open_time_stays_bounded_however_often_it_opened() -> None:
    breaker = Breaker(failures=5, times=10**9, opened_at=1, open_until=NOW)
    assert after(breaker, Outcome.UNKNOWN, NOW, POLICY).open_until == NOW + 60 * MINUTE
    tiny = BreakerPolicy(first=1, longest=1 << 41)
    opened = after(Breaker(failures=4, times=10**9, open_until=0), Outcome.UNKNOWN, NOW, tiny)
    assert opened.open_until == NOW + (1 << 40)


@pytest.mark.parametrize("changes", [{"failures": 0}, {"first": 0}, {"first": 2, "longest": 1}])
def test_breaker_settings_that_make_no_sense_are_refused(changes: dict[str, int]) -> None:
    with pytest.raises(
        ValueError, match=r"^a breaker opens after at least one failure, for a positive time$"
    ):
        BreakerPolicy(**changes)


def test_smallest_breaker_opens_at_the_first_failure() -> None:
    smallest = BreakerPolicy(failures=1, first=1, longest=1)
    assert after(Breaker(), Outcome.UNKNOWN, NOW, smallest).open_until == NOW + 1


def test_nothing_is_over_while_there_is_room() -> None:
    load = Load(in_flight=9, last_second=1, seconds_today=1200 * 60 - 1)
    assert over(Caps(), load, NOW, TOMORROW) is None
    assert over(Caps(), Load(), NOW, TOMORROW) is None


@pytest.mark.parametrize(
    ("load", "why", "at"),
    [
        (Load(in_flight=10), Why.CONCURRENT_CAP, NOW + SECOND),
        (Load(last_second=2), Why.RATE_CAP, NOW + SECOND),
        (Load(seconds_today=1200 * 60), Why.MINUTES_CAP, TOMORROW),
        (Load(in_flight=10, last_second=2), Why.CONCURRENT_CAP, NOW + SECOND),
        (Load(in_flight=10, seconds_today=1200 * 60), Why.MINUTES_CAP, TOMORROW),
    ],
)
def test_full_caps_say_when_to_look_again(load: Load, why: Why, at: int) -> None:
    assert over(Caps(), load, NOW, TOMORROW) == Reason(why=why, at=at)


@pytest.mark.parametrize("name", ["concurrent", "per_second", "per_number_a_day", "minutes_a_day"])
def test_caps_are_at_least_one(name: str) -> None:
    with pytest.raises(ValueError, match=r"^caps are at least 1: to stop the dialer, pause it$"):
        Caps(**{name: 0})
    assert getattr(Caps(**{name: 1}), name) == 1


def test_three_calls_to_one_number_a_day_is_the_default() -> None:
    assert Caps().per_number_a_day == 3
