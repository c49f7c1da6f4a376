"""Laws of business time that hold for every instant, in zones with and without clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from sla.calendar import BusinessCalendar
from sla.spec import always_open_spec, calendar_spec, regulation_spec
from sla.table import Reason

NIGHT_SHIFT = {"mon-fri": "0:00-3:00, 9:00-18:00, 22:30-24:00", "sun": "1:15-1:45"}
CALENDARS = {
    "Moscow": BusinessCalendar(regulation_spec()),
    "Berlin": BusinessCalendar(calendar_spec(hours=NIGHT_SHIFT, zone="Europe/Berlin", country="DE")),
    "Lord Howe": BusinessCalendar(calendar_spec(hours=NIGHT_SHIFT, zone="Australia/Lord_Howe", country=None)),
    "Apia": BusinessCalendar(calendar_spec(hours=NIGHT_SHIFT, zone="Pacific/Apia", country=None)),
    "always": BusinessCalendar(always_open_spec()),
}
TICK = timedelta(microseconds=1)

calendars = st.sampled_from(sorted(CALENDARS)).map(CALENDARS.__getitem__)
instants = st.datetimes(datetime(2009, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
durations = st.one_of(
    st.timedeltas(timedelta(0), timedelta(hours=3)), st.timedeltas(timedelta(0), timedelta(days=60))
)


@given(calendars, instants, durations)
def test_what_is_added_is_what_lies_between(
    calendar: BusinessCalendar, start: datetime, duration: timedelta
) -> None:
    assert calendar.between(start, calendar.add(start, duration)) == duration


@given(calendars, instants, durations, durations)
def test_adding_twice_is_adding_the_sum(
    calendar: BusinessCalendar, start: datetime, one: timedelta, two: timedelta
) -> None:
    assert calendar.add(calendar.add(start, one), two) == calendar.add(start, one + two)


@given(calendars, instants, instants, instants)
def test_time_between_is_additive(
    calendar: BusinessCalendar, one: datetime, two: datetime, three: datetime
) -> None:
    a, b, c = sorted((one, two, three))
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)


@given(calendars, instants, instants, durations, durations)
def test_later_starts_and_longer_times_never_end_earlier(
    calendar: BusinessCalendar, one: datetime, two: datetime, short: timedelta, more: timedelta
) -> None:
    early, late = sorted((one, two))
    assert calendar.add(early, short) <= calendar.add(late, short)
    assert calendar.add(early, short) <= calendar.add(early, short + more)


@given(calendars, instants, instants)
def test_business_time_is_never_longer_than_time(
    calendar: BusinessCalendar, one: datetime, two: datetime
) -> None:
    early, late = sorted((one, two))
    assert timedelta(0) <= calendar.between(early, late) <= late - early


@given(calendars, instants, durations.filter(bool))
def test_the_answer_is_the_earliest_one(
    calendar: BusinessCalendar, start: datetime, duration: timedelta
) -> None:
    end = calendar.add(start, duration)
    assert calendar.is_open(end - TICK)
    assert calendar.between(start, end - TICK) == duration - TICK


@given(calendars, instants)
def test_the_next_opening_is_open_with_nothing_open_before_it(
    calendar: BusinessCalendar, at: datetime
) -> None:
    opening = calendar.next_open(at)
    assert calendar.is_open(opening)
    assert calendar.between(at, opening) == timedelta(0)
    assert (opening == at) == calendar.is_open(at)


@given(calendars, instants)
def test_until_it_closes_it_is_open_all_the_time(calendar: BusinessCalendar, at: datetime) -> None:
    closing = calendar.closes(at)
    if closing is None:
        assert calendar is CALENDARS["always"]
        return
    assert not calendar.is_open(closing)
    assert calendar.between(at, closing) == closing - at


@given(calendars, instants, st.timedeltas(timedelta(0), timedelta(days=20)))
@settings(max_examples=60)
def test_stretches_cover_the_time_without_gaps_and_agree_with_between(
    calendar: BusinessCalendar, start: datetime, length: timedelta
) -> None:
    end = start + length
    stretches = calendar.stretches(start, end)
    edges = [start, *(stretch.end for stretch in stretches)]
    assert edges[-1] == end or not stretches
    assert [stretch.start for stretch in stretches] == edges[: len(stretches)]
    working = sum(
        (s.end - s.start for s in stretches if s.label.reason is Reason.WORKING), start=timedelta(0)
    )
    assert working == calendar.between(start, end)
    assert all(one.label != two.label for one, two in pairwise(stretches))
