"""What makes a calendar, what is refused, and how it is stored and named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from importlib.metadata import version

import pytest

from sla.calendar import BusinessCalendar
from sla.errors import (
    BadHours,
    BadSpec,
    ContradictoryOverrides,
    NeverOpens,
    Origin,
    OverlappingHours,
    UnknownCountry,
    UnknownZone,
)
from sla.hours import Span
from sla.spec import (
    CalendarSpec,
    Override,
    Overrides,
    always_open_spec,
    calendar_spec,
    dump_spec,
    load_spec,
    load_zone,
    regulation_spec,
    spec_version,
)

NINE_TO_SIX = (Span(opens=9 * 3600, closes=18 * 3600),)
DAY = date(2026, 12, 30)


def test_the_regulation_is_monday_to_friday_nine_to_six_in_moscow_with_russian_holidays() -> None:
    spec = regulation_spec()
    assert spec == CalendarSpec(
        zone="Europe/Moscow", week=(NINE_TO_SIX,) * 5 + ((),) * 2, country="RU", short_by=timedelta(0)
    )


def test_always_open_is_a_plain_spec_of_seven_full_days() -> None:
    spec = always_open_spec("Asia/Omsk")
    assert spec == CalendarSpec(zone="Asia/Omsk", week=((Span(opens=0, closes=86400),),) * 7, country=None)
    assert always_open_spec().zone == "UTC"


@pytest.mark.parametrize(
    "key",
    [
        "Europe/Moskau",
        "",
        "Moscow",
        "../etc/passwd",
        "/etc/passwd",
        "Europe",
        "Europe/",
        "Мск",
        "__init__.py",
    ],
)
def test_an_unknown_zone_is_refused(key: str) -> None:
    with pytest.raises(UnknownZone) as refused:
        calendar_spec(hours={"mon": "9:00-18:00"}, zone=key)
    assert refused.value.problem == f"no such time zone: {key!r}"
    assert refused.value.code == "unknown_zone"


def test_a_file_that_is_no_zone_is_refused() -> None:
    with pytest.raises(UnknownZone, match="no such time zone: 'leapseconds'"):
        load_zone("leapseconds")


def test_zones_with_signs_and_several_parts_are_known() -> None:
    assert load_zone("Etc/GMT+3").key == "Etc/GMT+3"
    assert load_zone("America/Argentina/Buenos_Aires").key == "America/Argentina/Buenos_Aires"
    assert load_zone("America/Port-au-Prince").key == "America/Port-au-Prince"


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(UnknownCountry, match=r"^no public holidays are known for 'XX'$"):
        calendar_spec(hours={"mon": "9:00-18:00"}, country="XX")


def test_a_week_has_seven_days() -> None:
    with pytest.raises(BadHours, match=r"^a week has seven days, not 5$"):
        CalendarSpec(zone="UTC", week=(NINE_TO_SIX,) * 5)


def test_overlapping_hours_built_by_hand_are_refused_naming_the_weekday() -> None:
    twice = (*NINE_TO_SIX, Span(opens=10 * 3600, closes=11 * 3600))
    with pytest.raises(OverlappingHours, match=r"^hours\.tue: "):
        CalendarSpec(zone="UTC", week=((), twice, (), (), (), (), ()))


def test_a_day_cannot_be_short_by_less_than_nothing() -> None:
    with pytest.raises(BadSpec, match=r"^a short day cannot be longer than a full one: "):
        calendar_spec(hours={"mon": "9:00-18:00"}, short_by=timedelta(seconds=-1))


def test_only_an_override_may_open_a_calendar() -> None:
    spec = replace(
        always_open_spec(), week=(NINE_TO_SIX, *((),) * 6), overrides=(Override(day=DAY, hours=NINE_TO_SIX),)
    )
    alone = replace(spec, week=((),) * 7)
    assert BusinessCalendar(alone).day(DAY).hours == NINE_TO_SIX
    with pytest.raises(NeverOpens, match=r"^the calendar has no opening hours on any day$"):
        replace(alone, overrides=(Override(day=DAY, hours=()),))


def test_two_overrides_of_one_date_are_refused_naming_both_places() -> None:
    first = Override(day=DAY, hours=(), origin=Origin(entry="override 1", source="c.toml", line=3))
    second = Override(day=DAY, hours=NINE_TO_SIX, origin=Origin(entry="override 2", source="c.toml", line=7))
    with pytest.raises(ContradictoryOverrides) as refused:
        replace(regulation_spec(), overrides=(first, second))
    assert str(refused.value) == (
        "c.toml:7: override 2: 2026-12-30 is already overridden by c.toml:3: override 1"
    )
    assert refused.value.code == "contradictory_overrides"


def test_the_same_override_given_twice_is_refused_too() -> None:
    with pytest.raises(ContradictoryOverrides, match=r"^2026-12-30 is already overridden$"):
        replace(regulation_spec(), overrides=(Override(day=DAY, hours=()), Override(day=DAY, hours=())))


def test_an_override_with_overlapping_hours_is_refused_naming_its_date() -> None:
    twice = (*NINE_TO_SIX, *NINE_TO_SIX)
    with pytest.raises(OverlappingHours, match=r"^override 2026-12-30: "):
        replace(regulation_spec(), overrides=(Override(day=DAY, hours=twice),))
    placed = Override(day=DAY, hours=twice, origin=Origin(entry="override 9"))
    with pytest.raises(OverlappingHours, match=r"^override 9: "):
        replace(regulation_spec(), overrides=(placed,))


def test_overrides_of_a_file_are_added_to_those_there_are() -> None:
    base = replace(regulation_spec(), overrides=(Override(day=DAY, hours=()),), published_years=(2029,))
    more = Overrides(days=(Override(day=date(2026, 12, 29), hours=()),), published_years=(2028, 2029))
    spec = base.with_overrides(more)
    assert [override.day for override in spec.overrides] == [DAY, date(2026, 12, 29)]
    assert spec.published_years == (2028, 2029)
    with pytest.raises(ContradictoryOverrides):
        spec.with_overrides(more)


def test_a_spec_may_be_ordered_with_its_overrides_at_once() -> None:
    spec = calendar_spec(
        hours={"mon": "9:00-18:00"},
        short_by=timedelta(hours=1),
        overrides=Overrides(days=(Override(day=DAY, hours=()),)),
    )
    assert spec.overrides == (Override(day=DAY, hours=()),)
    assert (spec.country, spec.zone, spec.short_by) == ("RU", "Europe/Moscow", timedelta(hours=1))


def test_the_file_of_the_hours_is_named_in_errors() -> None:
    with pytest.raises(BadHours, match=r"^hours\.mon: "):
        calendar_spec(hours={"mon": "nine"})
    with pytest.raises(BadHours, match=r"^callcenter\.toml: hours\.mon: "):
        calendar_spec(hours={"mon": "nine"}, source="callcenter.toml")


def test_a_stored_spec_comes_back_equal_with_all_it_had() -> None:
    spec = calendar_spec(
        hours={"mon-fri": "9:00-13:00, 14:00-18:00", "sat": "10:00:30-24:00"},
        zone="Asia/Omsk",
        short_by=timedelta(minutes=75),
        overrides=Overrides(
            days=(
                Override(day=DAY, hours=(), reason="Инвентаризация"),
                Override(day=date(2026, 12, 29), hours=NINE_TO_SIX),
            ),
            published_years=(2029, 2028),
        ),
    )
    stored = dump_spec(spec)
    assert stored == {
        "zone": "Asia/Omsk",
        "week": ["09:00-13:00, 14:00-18:00"] * 5 + ["10:00:30-24:00", ""],
        "country": "RU",
        "short_seconds": 4500,
        "overrides": [
            {"day": "2026-12-29", "hours": "09:00-18:00", "reason": ""},
            {"day": "2026-12-30", "hours": "", "reason": "Инвентаризация"},
        ],
        "published_years": [2028, 2029],
    }
    assert dump_spec(load_spec(stored)) == stored
    assert BusinessCalendar(load_spec(stored)).version == BusinessCalendar(spec).version


def test_a_spoilt_stored_spec_says_that_it_is_the_stored_one() -> None:
    stored = dump_spec(regulation_spec())
    with pytest.raises(BadHours, match=r"^stored calendar: not a time of day: 'x'$"):
        load_spec({**stored, "week": ["x-y"] * 7})
    with pytest.raises(BadHours, match=r"^stored calendar: not a time of day: 'x'$"):
        load_spec({**stored, "overrides": [{"day": "2026-12-29", "hours": "x-y", "reason": ""}]})


def test_the_version_names_the_rules_and_the_tables_they_rest_on(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, spec = always_open_spec(), regulation_spec()
    before = spec_version(spec), spec_version(plain)
    assert len(before[0]) == 16
    assert spec_version(regulation_spec()) == before[0]
    monkeypatch.setattr("sla.spec.version", lambda name: "9" if name == "holidays" else version(name))
    assert spec_version(spec) != before[0]
    assert spec_version(plain) == before[1]
    monkeypatch.setattr("sla.spec.version", lambda name: "9" if name == "tzdata" else version(name))
    assert spec_version(plain) != before[1]


def test_the_version_is_the_same_on_every_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sla.spec.version", {"holidays": "0.109", "tzdata": "2026.6"}.__getitem__)
    assert spec_version(regulation_spec()) == "a38f57ea918b6288"
    assert spec_version(always_open_spec()) == "e5e5dea07c4de66f"
    override = Override(day=DAY, hours=(), reason="Инвентаризация")
    assert spec_version(replace(regulation_spec(), overrides=(override,))) == "1987e27ab5e53ecb"


def test_the_version_changes_with_every_rule() -> None:
    base = regulation_spec()
    others = [
        replace(base, zone="Asia/Omsk"),
        replace(base, week=(NINE_TO_SIX,) * 6 + ((),)),
        replace(base, country=None),
        replace(base, short_by=timedelta(hours=1)),
        replace(base, overrides=(Override(day=DAY, hours=()),)),
        replace(base, published_years=(2028,)),
    ]
    assert len({spec_version(spec) for spec in (base, *others)}) == 7


def test_the_order_of_overrides_and_their_places_in_files_do_not_change_the_version() -> None:
    one, two = Override(day=DAY, hours=()), Override(day=date(2026, 12, 29), hours=())
    placed = replace(one, origin=Origin(entry="override 1", source="c.toml", line=1))
    assert spec_version(replace(regulation_spec(), overrides=(one, two))) == spec_version(
        replace(regulation_spec(), overrides=(two, placed))
    )
