"""The business calendar: when it is open and how business time adds up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sla.calendar import BusinessCalendar
from sla.errors import NaiveDatetime, NegativeDuration, NeverOpens, OutOfRange, ReversedInterval
from sla.hours import Span
from sla.instants import EPOCH, year_start
from sla.spec import CalendarSpec, Override, always_open_spec, calendar_spec, regulation_spec

MOSCOW = ZoneInfo("Europe/Moscow")
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)


def moscow(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


@pytest.fixture(scope="module")
def calendar() -> BusinessCalendar:
    return BusinessCalendar(regulation_spec())


def test_closing_time_sharp_is_closed_and_the_last_microsecond_is_open(calendar: BusinessCalendar) -> None:
    assert not calendar.is_open(moscow("2026-11-20 18:00:00"))
    assert calendar.is_open(moscow("2026-11-20 17:59:59.999999"))
    assert calendar.is_open(moscow("2026-11-20 09:00:00"))
    assert not calendar.is_open(moscow("2026-11-20 08:59:59.999999"))


def test_next_opening_is_now_when_open_and_monday_morning_on_a_weekend(calendar: BusinessCalendar) -> None:
    assert calendar.next_open(moscow("2026-11-20 12:00")) == moscow("2026-11-20 12:00")
    assert calendar.next_open(moscow("2026-11-20 18:00")) == moscow("2026-11-23 09:00")
    assert calendar.next_open(moscow("2026-11-22 03:00")) == moscow("2026-11-23 09:00")
    assert calendar.next_open(moscow("2025-12-30 18:00")) == moscow("2026-01-12 09:00")


def test_closing_follows_the_open_instant(calendar: BusinessCalendar) -> None:
    assert calendar.closes(moscow("2026-11-20 12:00")) == moscow("2026-11-20 18:00")
    assert calendar.closes(moscow("2026-11-20 09:00")) == moscow("2026-11-20 18:00")


def test_closing_of_a_closed_instant_is_that_instant(calendar: BusinessCalendar) -> None:
    assert calendar.closes(moscow("2026-11-21 12:00")) == moscow("2026-11-21 12:00")


def test_a_calendar_open_round_the_clock_never_closes() -> None:
    always = BusinessCalendar(always_open_spec())
    assert always.closes(moscow("2026-11-21 12:00")) is None
    assert always.is_open(moscow("2026-12-31 23:59:59.999999"))
    assert always.add(moscow("2026-11-21 12:00"), 90 * DAY) == moscow("2027-02-19 12:00")


def test_asking_again_when_a_calendar_closes_lays_out_no_further_years(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    always = BusinessCalendar(always_open_spec("Europe/Moscow"))
    assert always.closes(moscow("2026-11-21 12:00")) is None
    monkeypatch.setattr("sla.calendar.assemble", lambda *years: pytest.fail(f"laid out anew: {years[:2]}"))
    assert always.closes(moscow("2026-11-21 13:00")) is None


def test_hours_up_to_midnight_run_on_into_the_next_day() -> None:
    late = BusinessCalendar(
        calendar_spec(hours={"mon": "22:00-24:00", "tue": "00:00-02:00"}, zone="UTC", country=None)
    )
    monday = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert late.closes(monday) == datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert late.add(monday, 2 * 60 * MINUTE) == datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def test_stay_open_over_new_year_ends_at_the_real_closing() -> None:
    party = BusinessCalendar(
        calendar_spec(hours={"thu": "22:00-24:00", "fri": "00:00-02:00"}, zone="UTC", country=None)
    )
    assert party.closes(datetime(2026, 12, 31, 23, 0, tzinfo=UTC)) == datetime(2027, 1, 1, 2, 0, tzinfo=UTC)


def test_friday_1750_and_thirty_minutes_is_monday_0920(calendar: BusinessCalendar) -> None:
    assert calendar.add(moscow("2026-11-20 17:50"), 30 * MINUTE) == moscow("2026-11-23 09:20")


def test_time_that_ends_at_closing_ends_at_closing_and_one_tick_more_next_morning(
    calendar: BusinessCalendar,
) -> None:
    start = moscow("2026-11-20 17:30")
    assert calendar.add(start, 30 * MINUTE) == moscow("2026-11-20 18:00")
    assert calendar.add(start, 30 * MINUTE + TICK) == moscow("2026-11-23 09:00") + TICK


def test_nothing_added_is_the_start_itself_in_utc(calendar: BusinessCalendar) -> None:
    start = moscow("2026-11-21 12:00")
    assert calendar.add(start, timedelta(0)) == start
    assert calendar.add(start, timedelta(0)).tzinfo is UTC
    assert calendar.add(start, MINUTE).tzinfo is UTC
    assert calendar.next_open(start).tzinfo is UTC


def test_between_counts_only_open_time(calendar: BusinessCalendar) -> None:
    assert calendar.between(moscow("2026-11-20 17:50"), moscow("2026-11-23 09:20")) == 30 * MINUTE
    assert calendar.between(moscow("2026-11-20 18:00"), moscow("2026-11-23 09:00")) == timedelta(0)
    assert calendar.between(moscow("2026-11-16 00:00"), moscow("2026-11-23 00:00")) == 45 * 60 * MINUTE


def test_a_question_about_an_earlier_year_extends_the_table_backwards() -> None:
    calendar = BusinessCalendar(regulation_spec())
    late = calendar.between(moscow("2026-11-16 00:00"), moscow("2026-11-23 00:00"))
    calendar.between(moscow("2019-01-01 00:00"), moscow("2019-02-01 00:00"))
    assert calendar.between(moscow("2026-11-16 00:00"), moscow("2026-11-23 00:00")) == late


def test_a_datetime_without_zone_is_refused_everywhere(calendar: BusinessCalendar) -> None:
    naive, aware = datetime(2026, 11, 20, 12), moscow("2026-11-20 12:00")
    for ask in (
        lambda: calendar.is_open(naive),
        lambda: calendar.next_open(naive),
        lambda: calendar.closes(naive),
        lambda: calendar.add(naive, MINUTE),
        lambda: calendar.between(naive, aware),
        lambda: calendar.between(aware, naive),
        lambda: calendar.stretches(aware, naive),
    ):
        with pytest.raises(NaiveDatetime, match="has no time zone"):
            ask()


def test_a_negative_duration_is_refused(calendar: BusinessCalendar) -> None:
    with pytest.raises(NegativeDuration, match="cannot be negative"):
        calendar.add(moscow("2026-11-20 12:00"), -TICK)


def test_an_end_before_the_start_is_refused(calendar: BusinessCalendar) -> None:
    with pytest.raises(ReversedInterval, match="ends before it starts"):
        calendar.between(moscow("2026-11-20 12:00"), moscow("2026-11-20 12:00") - TICK)
    with pytest.raises(ReversedInterval, match="ends before it starts"):
        calendar.stretches(moscow("2026-11-20 12:00"), moscow("2026-11-20 12:00") - TICK)


def test_a_week_without_hours_is_refused_at_once() -> None:
    with pytest.raises(NeverOpens, match="no opening hours on any day"):
        calendar_spec(hours={"mon-sun": ""})


def test_years_beyond_the_covered_ones_are_refused(calendar: BusinessCalendar) -> None:
    for year in (1969, 2100):
        with pytest.raises(OutOfRange, match=r"^the calendar covers the years 1970 to 2099$"):
            calendar.is_open(datetime(year, 1, 1, tzinfo=UTC))
    with pytest.raises(OutOfRange, match=r"^so much business time does not pass before 2100$"):
        calendar.add(moscow("2026-11-20 12:00"), 40_000 * DAY)


def test_the_first_and_the_last_microsecond_of_the_covered_years_are_covered() -> None:
    first, end = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    for instant in (first, end - TICK):
        always = BusinessCalendar(always_open_spec())
        assert always.is_open(instant)
        assert always.next_open(instant) == instant
        assert always.add(instant, TICK) == instant + TICK
        assert always.between(instant, instant + TICK) == TICK
        assert always.closes(instant) is None
    assert BusinessCalendar(always_open_spec()).between(first, end) == end - first
    for ask in ("is_open", "next_open", "closes"):
        assert getattr(BusinessCalendar(always_open_spec()), ask)(end - TICK) in (True, end - TICK, None)


def test_a_year_not_asked_about_before_begins_open_when_it_should() -> None:
    year_end = datetime(2027, 1, 1, tzinfo=UTC)
    for ask, answer in (
        (BusinessCalendar.is_open, True),
        (BusinessCalendar.next_open, year_end),
        (BusinessCalendar.closes, None),
    ):
        always = BusinessCalendar(always_open_spec())
        assert always.is_open(year_end - TICK)
        assert ask(always, year_end) == answer
    always = BusinessCalendar(always_open_spec())
    assert always.between(year_end - TICK, year_end) == TICK
    assert always.add(year_end, DAY) == year_end + DAY


def test_the_next_opening_may_lie_in_a_year_not_asked_about_before() -> None:
    calendar = BusinessCalendar(regulation_spec())
    assert calendar.next_open(moscow("2025-12-30 18:00")) == moscow("2026-01-12 09:00")
    calendar = BusinessCalendar(regulation_spec())
    assert calendar.add(moscow("2025-12-30 18:00"), MINUTE) == moscow("2026-01-12 09:01")


def test_a_calendar_that_never_opens_again_is_an_error_and_no_hang() -> None:
    once = Override(day=date(2026, 11, 20), hours=(Span(opens=9 * 3600, closes=18 * 3600),))
    spec = CalendarSpec(zone="Europe/Moscow", week=((),) * 7, overrides=(once,))
    calendar = BusinessCalendar(spec)
    assert calendar.next_open(moscow("2026-11-01 12:00")) == moscow("2026-11-20 09:00")
    with pytest.raises(NeverOpens, match=r"^the calendar never opens after 2026-11-20 15:00:00\+00:00$"):
        calendar.next_open(moscow("2026-11-20 18:00"))
    with pytest.raises(NeverOpens, match=r"^the calendar never opens after 2026-11-21 09:00:00\+00:00$"):
        calendar.add(moscow("2026-11-21 12:00"), TICK)
    with pytest.raises(OutOfRange, match="so much business time"):
        calendar.add(moscow("2026-11-20 12:00"), DAY)


def test_a_year_outside_the_covered_ones_has_no_beginning() -> None:
    assert year_start(2100) == (datetime(2100, 1, 1, tzinfo=UTC) - EPOCH) // TICK
    assert year_start(1970) == 0
    for year in (1969, 2101):
        with pytest.raises(OutOfRange, match=rf"^the calendar covers 1970 to 2099, not {year}$"):
            year_start(year)


def test_a_date_is_no_instant(calendar: BusinessCalendar) -> None:
    with pytest.raises(
        NaiveDatetime, match=r"^datetime\.date\(2026, 11, 20\) has no time zone: an instant is needed$"
    ):
        calendar.is_open(date(2026, 11, 20))  # type: ignore[arg-type]
