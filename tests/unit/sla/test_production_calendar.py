"""The Russian production calendar: holidays, moved days, short days, overrides, and what a month shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sla.calendar import BusinessCalendar
from sla.days import Day, DayBook, DayKind
from sla.errors import OutOfRange
from sla.hours import Span
from sla.public_holidays import HolidayYear, holiday_year, native_language, unpublished
from sla.spec import CalendarSpec, Override, always_open_spec, calendar_spec, regulation_spec

HOUR = timedelta(hours=1)
NINE_TO_SIX = (Span(opens=9 * 3600, closes=18 * 3600),)


@pytest.fixture(scope="module")
def calendar() -> BusinessCalendar:
    return BusinessCalendar(regulation_spec())


@pytest.fixture(scope="module")
def short() -> BusinessCalendar:
    return BusinessCalendar(replace(regulation_spec(), short_by=HOUR))


def short_days(calendar: BusinessCalendar, year: int) -> list[str]:
    found = [
        day
        for month in range(1, 13)
        for day in calendar.month(year, month)
        if day.hours and day.hours[-1].closes == 17 * 3600
    ]
    return [f"{day.day:%m-%d}" for day in found]


def test_the_days_off_of_2026_on_weekdays(calendar: BusinessCalendar) -> None:
    days = [day for month in range(1, 13) for day in calendar.month(2026, month)]
    off = [f"{day.day:%m-%d}" for day in days if not day.hours and day.day.weekday() < 5]
    assert off == [
        "01-01", "01-02", "01-05", "01-06", "01-07", "01-08", "01-09",
        "02-23", "03-09", "05-01", "05-11", "06-12", "11-04", "12-31",
    ]  # fmt: skip
    assert sum(bool(day.hours) for day in days) == 247


def test_the_norm_of_hours_of_the_year_is_the_published_one(calendar: BusinessCalendar) -> None:
    counted = {
        year: calendar.between(
            datetime(year, 1, 1, tzinfo=calendar.zone), datetime(year + 1, 1, 1, tzinfo=calendar.zone)
        )
        / (9 * HOUR)
        for year in (2024, 2025, 2026, 2027)
    }
    assert counted == {2024: 248, 2025: 247, 2026: 247, 2027: 247}


def test_each_day_off_says_why(calendar: BusinessCalendar) -> None:
    assert calendar.day(date(2026, 1, 2)) == Day(
        day=date(2026, 1, 2), kind=DayKind.HOLIDAY, hours=(), reason="Новогодние каникулы"
    )
    assert calendar.day(date(2026, 1, 9)) == Day(
        day=date(2026, 1, 9),
        kind=DayKind.MOVED_DAY_OFF,
        hours=(),
        reason="Выходной (перенесено с 03.01.2026)",
    )
    assert calendar.day(date(2026, 5, 11)).reason == "День Победы (выходной)"
    assert calendar.day(date(2026, 5, 11)).kind is DayKind.MOVED_DAY_OFF
    assert calendar.day(date(2026, 11, 21)) == Day(
        day=date(2026, 11, 21), kind=DayKind.WEEKEND, hours=(), reason=""
    )
    assert calendar.day(date(2026, 11, 20)) == Day(
        day=date(2026, 11, 20), kind=DayKind.WORKING, hours=NINE_TO_SIX, reason=""
    )


def test_a_holiday_on_a_weekend_is_named_as_the_holiday(calendar: BusinessCalendar) -> None:
    assert calendar.day(date(2026, 5, 9)).kind is DayKind.HOLIDAY
    assert calendar.day(date(2026, 5, 9)).reason == "День Победы"


def test_a_moved_working_saturday_has_the_hours_of_the_monday_it_replaces(calendar: BusinessCalendar) -> None:
    assert calendar.day(date(2027, 2, 20)) == Day(
        day=date(2027, 2, 20),
        kind=DayKind.MOVED_WORKING,
        hours=NINE_TO_SIX,
        instead_of=date(2027, 2, 22),
    )
    assert calendar.day(date(2025, 11, 1)).instead_of == date(2025, 11, 3)
    assert calendar.is_open(datetime(2025, 11, 1, 12, tzinfo=calendar.zone))
    assert not calendar.is_open(datetime(2025, 11, 3, 12, tzinfo=calendar.zone))


def test_a_moved_working_saturday_does_not_take_the_saturday_hours() -> None:
    spec = calendar_spec(hours={"mon": "9:00-17:00", "tue-fri": "9:00-18:00", "sat": "10:00-14:00"})
    calendar = BusinessCalendar(spec)
    assert [str(span) for span in calendar.day(date(2027, 2, 20)).hours] == ["09:00-17:00"]
    assert [str(span) for span in calendar.day(date(2027, 2, 13)).hours] == ["10:00-14:00"]


def test_short_days_of_three_years_are_those_of_the_published_calendars(short: BusinessCalendar) -> None:
    assert short_days(short, 2024) == ["02-22", "03-07", "05-08", "06-11", "11-02"]
    assert short_days(short, 2025) == ["03-07", "04-30", "06-11", "11-01"]
    assert short_days(short, 2026) == ["04-30", "05-08", "06-11", "11-03"]


def test_a_short_day_says_so(short: BusinessCalendar) -> None:
    assert short.day(date(2026, 4, 30)).kind is DayKind.SHORT
    assert short.day(date(2026, 4, 29)).kind is DayKind.WORKING
    assert short.day(date(2025, 11, 1)).kind is DayKind.MOVED_WORKING
    assert short.day(date(2026, 12, 26)).kind is DayKind.WEEKEND


def test_the_last_day_of_the_year_is_short_when_it_is_worked(short: BusinessCalendar) -> None:
    assert [str(span) for span in short.day(date(2019, 12, 31)).hours] == ["09:00-17:00"]


def test_without_the_setting_the_day_before_a_holiday_is_full(calendar: BusinessCalendar) -> None:
    assert short_days(calendar, 2026) == []
    assert calendar.day(date(2026, 4, 30)).kind is DayKind.WORKING


def test_a_short_day_that_is_nothing_but_short_is_closed_like_a_night() -> None:
    calendar = BusinessCalendar(replace(regulation_spec(), short_by=9 * HOUR))
    assert calendar.day(date(2026, 4, 30)).hours == ()
    assert calendar.day(date(2026, 4, 30)).kind is DayKind.SHORT
    at = datetime(2026, 4, 30, 12, tzinfo=calendar.zone)
    (stretch,) = calendar.stretches(at, at + HOUR)
    assert stretch.label.reason == "night"


def test_an_override_wins_over_holiday_weekend_and_working_day() -> None:
    spec = replace(
        regulation_spec(),
        overrides=(
            Override(day=date(2026, 1, 9), hours=NINE_TO_SIX, reason="Дежурство"),
            Override(day=date(2026, 11, 21), hours=NINE_TO_SIX),
            Override(day=date(2026, 11, 20), hours=(), reason="Переезд"),
        ),
    )
    calendar = BusinessCalendar(spec)
    assert calendar.day(date(2026, 1, 9)) == Day(
        day=date(2026, 1, 9), kind=DayKind.OVERRIDE_OPEN, hours=NINE_TO_SIX, reason="Дежурство"
    )
    assert calendar.day(date(2026, 11, 21)).kind is DayKind.OVERRIDE_OPEN
    assert calendar.day(date(2026, 11, 20)) == Day(
        day=date(2026, 11, 20), kind=DayKind.OVERRIDE_CLOSED, hours=(), reason="Переезд"
    )
    assert calendar.next_open(datetime(2026, 11, 19, 18, tzinfo=calendar.zone)) == datetime(
        2026, 11, 21, 9, tzinfo=calendar.zone
    )


def test_a_country_of_none_has_neither_holidays_nor_short_days() -> None:
    calendar = BusinessCalendar(calendar_spec(hours={"mon-sun": "9:00-18:00"}, country=None, short_by=HOUR))
    assert {day.kind for day in calendar.month(2026, 1)} == {DayKind.WORKING}
    assert {day.hours for day in calendar.month(2026, 4)} == {NINE_TO_SIX}


def test_a_month_has_all_its_days_in_order(calendar: BusinessCalendar) -> None:
    december = calendar.month(2026, 12)
    assert [day.day.day for day in december] == list(range(1, 32))
    assert Counter(day.kind for day in december) == {
        DayKind.WORKING: 22,
        DayKind.WEEKEND: 8,
        DayKind.MOVED_DAY_OFF: 1,
    }
    assert len(calendar.month(2028, 2)) == 29
    assert calendar.month(2026, 11)[-1].day == date(2026, 11, 30)


@pytest.mark.parametrize("month", [0, 13])
def test_a_month_that_is_none_is_refused(calendar: BusinessCalendar, month: int) -> None:
    with pytest.raises(OutOfRange, match=rf"^a year has months 1 to 12, not {month}$"):
        calendar.month(2026, month)


def test_days_outside_the_covered_years_are_refused(calendar: BusinessCalendar) -> None:
    assert calendar.day(date(1970, 1, 1)).kind is DayKind.WORKING
    assert calendar.month(2099, 12)[-1].day == date(2099, 12, 31)
    for day in (date(1969, 12, 31), date(2100, 1, 1)):
        with pytest.raises(OutOfRange, match=rf"^the calendar covers the years 1970 to 2099, not {day}$"):
            calendar.day(day)


def test_years_without_a_published_decree_are_reported(calendar: BusinessCalendar) -> None:
    assert calendar.unpublished_years(2025, 2027) == ()
    assert calendar.unpublished_years(2026, 2029) == (2028, 2029)
    assert calendar.unpublished_years(2028, 2028) == (2028,)


def test_a_year_the_administrator_declared_published_is_not_reported() -> None:
    calendar = BusinessCalendar(replace(regulation_spec(), published_years=(2028,)))
    assert calendar.unpublished_years(2026, 2029) == (2029,)


def test_a_calendar_without_a_country_or_without_decrees_reports_no_year() -> None:
    assert BusinessCalendar(always_open_spec()).unpublished_years(2026, 2040) == ()
    german = BusinessCalendar(calendar_spec(hours={"mon-fri": "9:00-18:00"}, country="DE"))
    assert german.unpublished_years(2026, 2040) == ()
    assert german.day(date(2026, 10, 3)).kind is DayKind.HOLIDAY


def test_a_year_with_days_in_lieu_only_is_published() -> None:
    assert unpublished("RU", (1997, 1998, 2004, 2028)) == (2028,)


def test_names_do_not_depend_on_the_language_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    holiday_year.cache_clear()
    monkeypatch.setenv("LANGUAGE", "en_US")
    assert holiday_year("RU", 2026).festive[date(2026, 6, 12)] == "День России"
    assert native_language("RU") == "ru"


def test_a_holiday_year_has_only_its_own_dates() -> None:
    year = holiday_year("RU", 2026)
    assert {day.year for day in (*year.festive, *year.days_off)} == {2026}
    assert len(year.festive) == 14
    assert sorted(year.days_off) == [
        date(2026, 1, 9),
        date(2026, 3, 9),
        date(2026, 5, 11),
        date(2026, 12, 31),
    ]
    assert year.published
    assert holiday_year("RU", 1998).days_off.keys() == {
        date(1998, month, day) for month, day in ((3, 9), (5, 4), (5, 11), (11, 9), (12, 14))
    }


def test_a_year_of_one_exchange_is_read_like_a_year_of_many() -> None:
    assert holiday_year("RU", 2011).working == {date(2011, 3, 5): date(2011, 3, 7)}
    assert date(2017, 11, 6) in holiday_year("RU", 2017).days_off


def test_a_worked_weekend_day_of_unknown_exchange_has_the_hours_of_the_first_weekday(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    saturday = date(2026, 11, 21)

    def year(country: str, number: int) -> HolidayYear:
        return HolidayYear(published=True, festive={}, days_off={}, working={saturday: None})

    monkeypatch.setattr("sla.days.holiday_year", year)
    book = DayBook(calendar_spec(hours={"tue": "10:00-16:00", "wed-fri": "9:00-18:00"}))
    assert book.day(saturday) == Day(
        day=saturday, kind=DayKind.MOVED_WORKING, hours=(Span(opens=36000, closes=57600),)
    )
    nothing = CalendarSpec(
        zone="UTC",
        week=((),) * 7,
        country="RU",
        overrides=(Override(day=date(2026, 1, 1), hours=NINE_TO_SIX),),
    )
    assert DayBook(nothing).day(saturday) == Day(day=saturday, kind=DayKind.MOVED_WORKING, hours=())


def test_reasons_of_closed_time_are_given_by_stretches(calendar: BusinessCalendar) -> None:
    start = datetime(2025, 12, 30, 17, 50, tzinfo=calendar.zone)
    end = datetime(2026, 1, 12, 9, 20, tzinfo=calendar.zone)
    shown = [
        (s.start.astimezone(calendar.zone).strftime("%m-%d %H:%M"), s.label.reason.value, s.label.name)
        for s in calendar.stretches(start, end)
    ]
    assert shown == [
        ("12-30 17:50", "working", ""),
        ("12-30 18:00", "night", ""),
        ("12-31 00:00", "holiday", "Выходной (перенесено с 05.01.2025)"),
        ("01-01 00:00", "holiday", "Новогодние каникулы"),
        ("01-07 00:00", "holiday", "Рождество Христово"),
        ("01-08 00:00", "holiday", "Новогодние каникулы"),
        ("01-09 00:00", "holiday", "Выходной (перенесено с 03.01.2026)"),
        ("01-10 00:00", "weekend", ""),
        ("01-12 00:00", "night", ""),
        ("01-12 09:00", "working", ""),
    ]
    assert all(s.start.tzinfo is UTC and s.end.tzinfo is UTC for s in calendar.stretches(start, end))


def test_a_break_at_noon_and_an_override_have_their_own_reasons() -> None:
    spec = calendar_spec(hours={"mon-fri": "9:00-13:00, 14:00-18:00"})
    spec = replace(spec, overrides=(Override(day=date(2026, 11, 20), hours=(), reason="Переезд"),))
    calendar = BusinessCalendar(spec)
    start = datetime(2026, 11, 19, 0, tzinfo=calendar.zone)
    shown = [
        (s.label.reason.value, s.label.name, (s.end - s.start) / HOUR)
        for s in calendar.stretches(start, start + 48 * HOUR)
    ]
    assert shown == [
        ("night", "", 9),
        ("working", "", 4),
        ("break", "", 1),
        ("working", "", 4),
        ("night", "", 6),
        ("override", "Переезд", 24),
    ]


def test_no_time_has_no_stretches(calendar: BusinessCalendar) -> None:
    at = datetime(2026, 11, 19, 12, tzinfo=calendar.zone)
    assert calendar.stretches(at, at) == ()
