"""Opening hours as people write them, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sla.errors import BadHours, BadSpec, HoursCrossMidnight, Origin, OverlappingHours, SlaError
from sla.hours import FULL_DAY, Span, parse_hours, parse_time, parse_week, shortened, show_time

HERE = Origin(entry="hours.mon", source="callcenter.toml", line=12)


def shown(text: str) -> list[str]:
    return [str(span) for span in parse_hours(text, origin=HERE)]


def test_a_day_may_have_several_intervals_in_any_order() -> None:
    assert shown("14:00-18:00, 9:00-13:00") == ["09:00-13:00", "14:00-18:00"]
    assert parse_hours("9:00-18:00", origin=HERE) == (Span(opens=9 * 3600, closes=18 * 3600),)


def test_touching_intervals_are_allowed() -> None:
    assert shown("9:00-13:00,13:00-18:00") == ["09:00-13:00", "13:00-18:00"]


def test_an_empty_text_is_a_closed_day() -> None:
    assert shown("") == []
    assert shown("   ") == []


def test_the_end_of_the_day_can_be_written() -> None:
    assert parse_hours("0:00-24:00", origin=HERE) == (Span(opens=0, closes=FULL_DAY),)
    assert shown("00:00 – 24:00") == ["00:00-24:00"]


def test_seconds_may_be_written_and_are_shown_when_there_are_any() -> None:
    assert parse_time("18:00:30", origin=HERE) == 64830
    assert parse_time(" 9:05 ", origin=HERE) == 32700
    assert parse_time("9:59:59", origin=HERE) == 35999
    assert show_time(64830) == "18:00:30"
    assert show_time(32700) == "09:05"


@pytest.mark.parametrize(
    "text", ["24:01", "25:00", "9:60", "9:00:60", "9", "nine", "9:0", "-9:00", "", "24:00:01"]
)
def test_what_is_no_time_of_day_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(BadHours) as refused:
        parse_time(text, origin=HERE)
    assert str(refused.value) == f"callcenter.toml:12: hours.mon: not a time of day: {text!r}"
    assert refused.value.origin == HERE
    assert refused.value.code == "bad_hours"


def test_what_is_no_interval_is_refused() -> None:
    for text in ("9:00", "9:00-12:00-18:00", "9:00-18:00,"):
        with pytest.raises(BadHours) as refused:
            parse_hours(text, origin=HERE)
        part = text.split(",")[-1]
        assert refused.value.problem == f"hours are written 09:00-18:00, not {part!r}"
        assert refused.value.origin is HERE


@pytest.mark.parametrize("text", ["22:00-06:00", "18:00-18:00"])
def test_hours_that_cross_midnight_are_refused_with_the_cure(text: str) -> None:
    with pytest.raises(HoursCrossMidnight) as refused:
        parse_hours(text, origin=HERE)
    assert refused.value.problem == f"{text!r} does not end later on the same day; split it at 24:00"
    assert refused.value.origin is HERE
    assert refused.value.code == "hours_cross_midnight"


def test_a_span_built_by_hand_keeps_the_same_rule() -> None:
    assert Span(opens=0, closes=1).closes == 1
    for opens, closes in ((100, 100), (200, 100), (-1, 100), (0, FULL_DAY + 1)):
        with pytest.raises(HoursCrossMidnight, match="must begin before they end within one day: "):
            Span(opens=opens, closes=closes)


def test_overlapping_hours_are_refused_naming_both() -> None:
    with pytest.raises(OverlappingHours) as refused:
        parse_hours("9:00-13:00, 12:59-18:00", origin=HERE)
    assert str(refused.value) == "callcenter.toml:12: hours.mon: 09:00-13:00 and 12:59-18:00 overlap"
    assert isinstance(refused.value, BadHours)
    assert isinstance(refused.value, BadSpec)
    assert isinstance(refused.value, SlaError)


def test_a_week_is_written_by_days_and_ranges() -> None:
    week = parse_week({"Mon-Thu": "9:00-18:00", "fri": "9:00-16:45", "sun": ""})
    assert [[str(span) for span in day] for day in week] == [["09:00-18:00"]] * 4 + [["09:00-16:45"], [], []]


def test_a_range_of_one_day_is_that_day() -> None:
    assert [len(day) for day in parse_week({"wed-wed": "9:00-18:00"})] == [0, 0, 1, 0, 0, 0, 0]


def test_a_weekday_given_twice_is_refused_with_the_line_of_the_second() -> None:
    with pytest.raises(BadHours) as refused:
        parse_week({"mon-fri": "9:00-18:00", "wed": ""}, source="c.toml", lines={"mon-fri": 3, "wed": 4})
    assert str(refused.value) == "c.toml:4: hours.wed: wed is given twice"


@pytest.mark.parametrize("name", ["monday", "mon-fri-sat", "", "mon-xyz", "mon,tue"])
def test_a_name_that_is_no_weekday_is_refused(name: str) -> None:
    with pytest.raises(BadHours) as refused:
        parse_week({name: "9:00-18:00"})
    assert str(refused.value) == (
        f"hours.{name}: a weekday is one of mon, tue, wed, thu, fri, sat, sun or a range like mon-fri"
    )


def test_a_range_of_weekdays_runs_forward() -> None:
    with pytest.raises(BadHours, match=r"^hours\.fri-mon: a range of weekdays begins with the earlier day$"):
        parse_week({"fri-mon": "9:00-18:00"})


def test_hours_that_are_no_text_are_refused() -> None:
    with pytest.raises(BadHours, match=r"^c\.toml: hours\.mon: hours are a text, not 9$"):
        parse_week({"mon": 9}, source="c.toml")  # type: ignore[dict-item]


def test_a_short_day_closes_earlier_and_drops_what_is_left_of_nothing() -> None:
    hours = parse_hours("9:00-13:00, 14:00-15:00", origin=HERE)
    assert [str(span) for span in shortened(hours, timedelta(minutes=30))] == ["09:00-13:00", "14:00-14:30"]
    assert [str(span) for span in shortened(hours, timedelta(hours=1))] == ["09:00-13:00"]
    assert [str(span) for span in shortened(hours, timedelta(hours=2))] == ["09:00-12:00"]
    assert shortened(hours, timedelta(hours=5)) == ()
    assert shortened(hours, timedelta(hours=9)) == ()
    assert shortened(hours, timedelta(0)) == hours
    assert str(shortened(hours, timedelta(seconds=1))[-1]) == "14:00-14:59:59"


def test_an_origin_without_line_or_file_says_what_it_has() -> None:
    assert str(Origin(entry="zone", source="c.toml")) == "c.toml: zone"
    assert str(Origin(entry="zone")) == "zone"
    assert str(BadSpec("is wrong")) == "is wrong"
