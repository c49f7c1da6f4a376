"""Calendar files: what they say, and mistakes named with the entry and the line."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sla.errors import (
    BadHours,
    BadOverride,
    BadSpec,
    ContradictoryOverrides,
    HoursCrossMidnight,
    NeverOpens,
    OverlappingHours,
    SlaError,
    UnknownCountry,
    UnknownZone,
)
from sla.overrides import line_of, parse_calendar, parse_overrides
from sla.spec import Override

GOOD = """\
# overrides of the hotline
published_years = [2028]

[[override]]
date = 2026-12-30
open = "9:00-13:00, 14:00-16:00"
reason = "Сокращённый день"

  [[ override ]]  # the days off of spring
from = 2020-03-30
to = 2020-04-01
closed = true
"""


def refusal(text: str, kind: type[SlaError] = BadOverride) -> str:
    with pytest.raises(kind) as refused:
        parse_overrides(text, "calendar.toml")
    assert type(refused.value) is kind
    return str(refused.value)


def test_a_file_gives_single_dates_ranges_and_published_years() -> None:
    found = parse_overrides(GOOD, "calendar.toml")
    assert found.published_years == (2028,)
    assert [(day.day.isoformat(), [str(s) for s in day.hours], day.reason) for day in found.days] == [
        ("2026-12-30", ["09:00-13:00", "14:00-16:00"], "Сокращённый день"),
        ("2020-03-30", [], ""),
        ("2020-03-31", [], ""),
        ("2020-04-01", [], ""),
    ]
    assert [str(day.origin) for day in found.days] == ["calendar.toml:4: override 1"] + [
        "calendar.toml:9: override 2"
    ] * 3


def test_an_empty_file_overrides_nothing() -> None:
    found = parse_overrides("", "calendar.toml")
    assert (found.days, found.published_years) == ((), ())


def test_a_range_of_one_day_is_that_day_and_a_whole_year_is_allowed() -> None:
    one = parse_overrides("[[override]]\nfrom = 2026-12-30\nto = 2026-12-30\nclosed = true", "c")
    assert one.days == (Override(day=date(2026, 12, 30), hours=()),)
    year = parse_overrides("[[override]]\nfrom = 2024-01-01\nto = 2025-01-01\nclosed = true", "c")
    assert len(year.days) == 367


def test_text_that_is_no_toml_is_refused_with_its_line() -> None:
    said = refusal("published_years = [2028]\n[[override]\n")
    assert said.startswith("calendar.toml:2: file: not TOML: ")
    assert refusal("a = 1\nb = ?\nc = 3\nd = 4").startswith("calendar.toml:2: file: not TOML: ")
    assert refusal("a = 1\nb").startswith("calendar.toml:2: file: not TOML: ")


def test_an_unknown_key_of_the_file_is_refused_with_its_line() -> None:
    assert refusal("\nyears = [2028]") == (
        "calendar.toml:2: years: unknown key; known are override, published_years"
    )


def test_an_unknown_key_of_an_entry_is_refused_with_its_line() -> None:
    assert refusal(GOOD + "why = 1\n") == "calendar.toml:13: override 2 why: unknown key"


@pytest.mark.parametrize("years", ["2028", '["2028"]', "[true]", "[2028.0]"])
def test_published_years_are_a_list_of_years(years: str) -> None:
    assert (
        refusal(f"published_years = {years}") == "calendar.toml:1: published_years: must be a list of years"
    )


@pytest.mark.parametrize(
    "text", ["override = [{date = 2026-12-30, closed = true}]", "[override]\nclosed = true"]
)
def test_overrides_are_written_as_tables(text: str) -> None:
    assert refusal(text) in (
        "calendar.toml:1: override: write each one as an [[override]] table",
        "calendar.toml: override: write each one as an [[override]] table",
    )


def test_hours_crossing_midnight_are_refused_with_the_line_they_stand_on() -> None:
    text = GOOD.replace("9:00-13:00, 14:00-16:00", "22:00-06:00")
    assert refusal(text, HoursCrossMidnight) == (
        "calendar.toml:6: override 1 open: '22:00-06:00' does not end later on the same day; split it at 24:00"
    )


def test_overlapping_hours_are_refused_with_the_line_they_stand_on() -> None:
    text = GOOD.replace("14:00-16:00", "12:00-16:00")
    assert refusal(text, OverlappingHours) == (
        "calendar.toml:6: override 1 open: 09:00-13:00 and 12:00-16:00 overlap"
    )


def test_a_date_overridden_twice_is_refused_naming_both_lines() -> None:
    text = GOOD + "[[override]]\ndate = 2020-03-31\nopen = '9:00-18:00'\n"
    assert refusal(text, ContradictoryOverrides) == (
        "calendar.toml:13: override 3: 2020-03-31 is already overridden by calendar.toml:9: override 2"
    )


def test_an_entry_both_closed_and_open_is_refused() -> None:
    assert refusal(GOOD + 'open = "9:00-18:00"', ContradictoryOverrides) == (
        "calendar.toml:9: override 2: both closed and open"
    )


@pytest.mark.parametrize("rest", ["", "closed = false", 'open = ""', "open = 9", "open = true"])
def test_an_entry_that_says_neither_closed_nor_hours_is_refused(rest: str) -> None:
    line = 3 if rest.startswith("open") else 1
    assert refusal(f"[[override]]\ndate = 2026-12-30\n{rest}") == (
        f'calendar.toml:{line}: override 1 open: needs closed = true, or open = "9:00-16:00"'
    )


def test_closed_is_true_or_false() -> None:
    assert refusal("[[override]]\ndate = 2026-12-30\nclosed = 1") == (
        "calendar.toml:3: override 1 closed: closed is true or false"
    )


def test_a_reason_is_a_text() -> None:
    assert refusal("[[override]]\ndate = 2026-12-30\nclosed = true\nreason = 1") == (
        "calendar.toml:4: override 1 reason: a reason is a text"
    )


@pytest.mark.parametrize(
    "dates",
    ["", "from = 2026-12-30", "to = 2026-12-30", "date = 2026-12-30\nfrom = 2026-12-30\nto = 2026-12-30",
     "date = 2026-12-30\nto = 2026-12-30", "date = 2026-12-30\nfrom = 2026-12-30"],
)  # fmt: skip
def test_an_entry_needs_a_date_or_a_range(dates: str) -> None:
    assert refusal(f"[[override]]\nclosed = true\n{dates}") == (
        "calendar.toml:1: override 1: needs either date, or from and to"
    )


@pytest.mark.parametrize("last", ["2026-12-29", "2028-01-01"])
def test_a_range_runs_forward_and_not_over_a_year(last: str) -> None:
    assert refusal(f"[[override]]\nclosed = true\nfrom = 2026-12-30\nto = {last}") == (
        "calendar.toml:4: override 1 to: to is before from, or more than a year after"
    )


@pytest.mark.parametrize("value", ['"2026-12-30"', "2026-12-30T00:00:00", "20261230"])
def test_a_date_is_a_date(value: str) -> None:
    assert refusal(f"[[override]]\nclosed = true\ndate = {value}") == (
        "calendar.toml:3: override 1 date: is a date like 2026-12-30, without quotes"
    )


def test_a_header_inside_a_text_of_several_lines_is_refused_rather_than_counted_wrong() -> None:
    text = "[[override]]\ndate = 2026-12-30\nclosed = true\nreason = '''\n[[override]]\n'''\n"
    assert refusal(text).endswith("write each one as an [[override]] table")


def test_the_line_of_a_mistake_is_looked_for_in_its_own_entry_only() -> None:
    lacking = "\n[[override]]\ndate = 2026-12-30\n[[override]]\nopen = '9:00-18:00'\ndate = 2026-12-31\n"
    assert refusal(lacking).startswith("calendar.toml:2: override 1 open: needs closed = true")
    wrong = "[[override]]\ndate = 2026-12-30\nopen = 9\n[[override]]\nopen = '9:00-18:00'\n"
    assert refusal(wrong).startswith("calendar.toml:3: override 1 open: needs closed = true")


CALENDAR = """\
zone = "Asia/Omsk"
country = "RU"
short_minutes = 60
published_years = [2028]

[hours]
mon-thu = "8:00-17:00"
"fri" = "8:00-16:00"

[[override]]
date = 2026-12-30
closed = true
"""


def test_a_whole_calendar_can_stand_in_a_file() -> None:
    spec = parse_calendar(CALENDAR, "omsk.toml")
    assert (spec.zone, spec.country, spec.short_by) == ("Asia/Omsk", "RU", timedelta(minutes=60))
    assert [[str(span) for span in day] for day in spec.week] == [["08:00-17:00"]] * 4 + [
        ["08:00-16:00"],
        [],
        [],
    ]
    assert [str(override.origin) for override in spec.overrides] == ["omsk.toml:10: override 1"]
    assert spec.published_years == (2028,)


def test_a_calendar_file_may_leave_out_all_but_its_hours() -> None:
    spec = parse_calendar('[hours]\nmon = "9:00-18:00"', "c")
    assert (spec.zone, spec.country, spec.short_by) == ("Europe/Moscow", None, timedelta(0))


def test_a_calendar_file_without_hours_never_opens() -> None:
    with pytest.raises(NeverOpens):
        parse_calendar('zone = "Asia/Omsk"', "c")


def test_a_calendar_file_that_is_no_toml_is_named() -> None:
    with pytest.raises(BadOverride, match=r"^omsk\.toml:1: file: not TOML: "):
        parse_calendar("zone", "omsk.toml")


def calendar_refusal(old: str, new: str) -> SlaError:
    assert old in CALENDAR
    with pytest.raises(SlaError) as refused:
        parse_calendar(CALENDAR.replace(old, new), "omsk.toml")
    return refused.value


def test_mistakes_of_a_calendar_file_name_the_entry_and_the_line() -> None:
    zone = calendar_refusal("Asia/Omsk", "Asia/Omks")
    assert (type(zone), str(zone)) == (UnknownZone, "omsk.toml:1: zone: no such time zone: 'Asia/Omks'")
    country = calendar_refusal('"RU"', '"XX"')
    assert type(country) is UnknownCountry
    assert str(country) == "omsk.toml:2: country: no public holidays are known for 'XX'"
    short = calendar_refusal("= 60", "= -60")
    assert str(short).startswith("omsk.toml:3: short_minutes: a short day cannot be longer")
    hours = calendar_refusal("8:00-16:00", "8:00-7:00")
    assert type(hours) is HoursCrossMidnight
    assert str(hours).startswith("omsk.toml:8: hours.fri: ")
    double = calendar_refusal('"fri"', "thu")
    assert (type(double), str(double)) == (BadHours, "omsk.toml:8: hours.thu: thu is given twice")
    unknown = calendar_refusal("country", "land")
    assert str(unknown) == (
        "omsk.toml:2: land: unknown key; known are country, hours, override, published_years, short_minutes, zone"
    )


def test_values_of_a_calendar_file_have_their_type() -> None:
    assert str(calendar_refusal('"Asia/Omsk"', "7")) == "omsk.toml:1: zone: must be str, not 7"
    assert str(calendar_refusal("= 60", "= true")) == "omsk.toml:3: short_minutes: must be int, not True"
    assert str(calendar_refusal('"RU"', "false")) == "omsk.toml:2: country: must be str, not False"
    wrong = calendar_refusal('[hours]\nmon-thu = "8:00-17:00"\n"fri" = "8:00-16:00"\n', "hours = 5\n")
    assert type(wrong) is BadSpec
    assert str(wrong) == "omsk.toml:6: hours: must be dict, not 5"


def test_the_line_of_a_key_is_looked_for_between_two_lines() -> None:
    text = "a = 1\nb.c = 2\n a = 3\n'd' = 4"
    assert line_of(text, "a") == 1
    assert line_of(text, "a", 2) == 3
    assert line_of(text, "a", 2, 2) is None
    assert line_of(text, "a", 2, 3) == 3
    assert line_of(text, "b") is None
    assert line_of(text, "b.c") == 2
    assert line_of(text, "bxc") is None
    assert line_of(text, "d") == 4
