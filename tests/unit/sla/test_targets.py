"""The times of the regulation, other times, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sla.errors import BadTarget, Origin
from sla.targets import Targets, dump_targets, load_targets, parse_duration, parse_target
from sla.timeline import ClockName

MINUTE = timedelta(minutes=1)
HERE = Origin(entry="x")


@pytest.mark.regulation("2.3", "2.4", "2.7", "2.8")
def test_the_regulation_gives_three_five_thirty_and_sixty_minutes() -> None:
    targets = Targets()
    assert targets.of(ClockName.PLACE) == 3 * MINUTE
    assert targets.of(ClockName.ASSIGN) == 5 * MINUTE
    assert targets.of(ClockName.RESOLVE, "reference") == 30 * MINUTE
    assert targets.of(ClockName.RESOLVE, "outage") == 60 * MINUTE
    assert targets.warn_percents == (50, 80)
    assert targets.propose_percent == 90
    assert targets.reopen_quiet == 5 * MINUTE


def test_a_priority_may_have_its_own_target_and_else_has_that_of_its_kind() -> None:
    targets = Targets().with_times({"resolve.outage.high": 20 * MINUTE})
    assert targets.of(ClockName.RESOLVE, "outage", "high") == 20 * MINUTE
    assert targets.of(ClockName.RESOLVE, "outage", "low") == 60 * MINUTE
    assert targets.of(ClockName.RESOLVE, "outage") == 60 * MINUTE
    assert targets.of(ClockName.PLACE, "outage", "high") == 3 * MINUTE


def test_a_kind_without_target_is_refused() -> None:
    for kind, name in (("wish", "resolve.wish"), ("", "resolve.")):
        with pytest.raises(BadTarget) as refused:
            Targets().of(ClockName.RESOLVE, kind)
        assert str(refused.value) == f"target {name}: no target for this kind"
    with pytest.raises(BadTarget, match=r"^target resolve\.: no target"):
        Targets().of(ClockName.RESOLVE)


def test_times_are_replaced_without_touching_the_others() -> None:
    base = replace(Targets(), warn_percents=(60,))
    changed = base.with_times({"resolve.reference": 20 * MINUTE})
    assert dict(changed.times) == {**dict(base.times), "resolve.reference": 20 * MINUTE}
    assert changed.warn_percents == (60,)
    assert base.of(ClockName.RESOLVE, "reference") == 30 * MINUTE


@pytest.mark.parametrize("name", ["resolve", "resolve.", "answer", "resolve.a.b.c", "Place", "place.x", ""])
def test_an_unknown_target_is_refused(name: str) -> None:
    with pytest.raises(BadTarget) as refused:
        Targets().with_times({name: MINUTE})
    assert str(refused.value) == (f"target {name}: unknown target; known are place, assign, resolve.<kind>")


@pytest.mark.parametrize("time", [timedelta(0), -MINUTE])
def test_a_target_of_no_time_is_refused(time: timedelta) -> None:
    with pytest.raises(BadTarget) as refused:
        Targets().with_times({"assign": time})
    assert str(refused.value) == f"target assign: must be longer than nothing, not {time}"


def test_place_and_assign_cannot_be_left_out_and_no_target_given_twice() -> None:
    times = dict(Targets().times)
    with pytest.raises(BadTarget, match=r"^given twice or not at all: \['assign'\]$"):
        Targets(times=tuple((name, time) for name, time in times.items() if name != "assign"))
    with pytest.raises(BadTarget, match=r"^given twice or not at all: \['place'\]$"):
        Targets(times=(("assign", MINUTE),))
    assert Targets(times=(("assign", MINUTE), ("place", MINUTE))).of(ClockName.ASSIGN) == MINUTE
    with pytest.raises(BadTarget, match=r"^given twice or not at all: \['assign', 'assign', 'place', "):
        Targets(times=(*times.items(), ("assign", MINUTE)))


@pytest.mark.parametrize("percents", [(80, 50), (50, 50), (0, 50), (50, 100), (-1,)])
def test_warnings_are_rising_percents_below_the_whole(percents: tuple[int, ...]) -> None:
    with pytest.raises(BadTarget, match=r"^warnings are rising percents between 1 and 99, not \("):
        replace(Targets(), warn_percents=percents)


def test_warnings_may_be_left_out_or_stand_at_the_limits() -> None:
    assert replace(Targets(), warn_percents=()).warn_percents == ()
    assert replace(Targets(), warn_percents=(1, 99), propose_percent=1).propose_percent == 1
    assert replace(Targets(), propose_percent=99).propose_percent == 99


@pytest.mark.parametrize("percent", [0, 100, -5])
def test_the_proposal_comes_before_the_breach(percent: int) -> None:
    with pytest.raises(BadTarget, match=r"between 1 and 99"):
        replace(Targets(), propose_percent=percent)


def test_the_quiet_time_cannot_be_negative_but_may_be_nothing() -> None:
    assert replace(Targets(), reopen_quiet=timedelta(0)).reopen_quiet == timedelta(0)
    with pytest.raises(BadTarget, match=r"^the quiet time after a reopening cannot be negative: "):
        replace(Targets(), reopen_quiet=-MINUTE)


def test_targets_are_stored_and_come_back_equal() -> None:
    targets = replace(
        Targets().with_times({"resolve.outage.high": timedelta(seconds=90.5)}),
        warn_percents=(10, 20, 30),
        propose_percent=70,
        reopen_quiet=timedelta(seconds=7),
    )
    stored = dump_targets(targets)
    assert stored == {
        "seconds": {
            "assign": 300.0,
            "place": 180.0,
            "resolve.outage": 3600.0,
            "resolve.outage.high": 90.5,
            "resolve.reference": 1800.0,
        },
        "warn_percents": [10, 20, 30],
        "propose_percent": 70,
        "reopen_quiet_seconds": 7.0,
    }
    assert load_targets(stored) == targets
    assert load_targets(stored).version == targets.version


def test_the_version_names_the_targets_whatever_their_order() -> None:
    base = Targets()
    assert base.version == "bbed3a24d1fbefa2"
    assert Targets(times=tuple(reversed(base.times))).version == base.version
    others = [
        base.with_times({"assign": MINUTE}),
        replace(base, warn_percents=(50,)),
        replace(base, propose_percent=91),
        replace(base, reopen_quiet=MINUTE),
    ]
    assert len({targets.version for targets in (base, *others)}) == 5


def test_a_target_is_written_as_name_and_duration() -> None:
    assert parse_target("resolve.reference=20m") == ("resolve.reference", 20 * MINUTE)
    assert parse_target(" place = 90s ") == ("place", timedelta(seconds=90))
    assert parse_target("resolve.outage.high-2=1h30m") == ("resolve.outage.high-2", 90 * MINUTE)


@pytest.mark.parametrize("text", ["resolve.reference", "20m", "=20m", "answer=20m", "resolve=20m", ""])
def test_a_target_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(BadTarget) as refused:
        parse_target(text)
    assert str(refused.value) == f"target {text}: is written name=duration, like resolve.reference=20m"


@pytest.mark.parametrize("text", ["", "20", "m", "20 m", "-20m", "20m1h", "1.5h", "0m", "0h0m0s", "20d"])
def test_a_duration_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(BadTarget) as refused:
        parse_target(f"place={text}")
    assert str(refused.value) == f"target place: a duration is written 1h30m, 20m or 4m30s, not {text!r}"


def test_a_target_has_one_duration() -> None:
    with pytest.raises(BadTarget, match=r"^target place: a duration is written 1h30m"):
        parse_target("place=20m=30m")


def test_durations_have_hours_minutes_and_seconds() -> None:
    assert parse_duration("1h2m3s", origin=HERE) == timedelta(hours=1, minutes=2, seconds=3)
    assert parse_duration(" 2h ", origin=HERE) == timedelta(hours=2)
    assert parse_duration("45s", origin=HERE) == timedelta(seconds=45)
    assert parse_duration("1h3s", origin=HERE) == timedelta(hours=1, seconds=3)
