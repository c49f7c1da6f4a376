"""The dialer's settings become its rules, and `callcenter dialer` says how it stands."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from callcenter.building.dialer import cause_table, dialer_rules, new_attempt_id
from callcenter.cli import app
from callcenter.store.upgrade import upgrade
from config.settings import Dialer
from dialer.attempt import HOUR, MINUTE, SECOND, Outcome
from dialer.outcome import CauseTable, Evidence, Source, classify
from dialer.permission import may_dial
from sla.calendar import BusinessCalendar
from sla.spec import regulation_spec

MOSCOW = ZoneInfo("Europe/Moscow")
HOURS = BusinessCalendar(regulation_spec())


@pytest.mark.regulation("2.9")
def test_default_settings_are_the_regulations_rules() -> None:
    built = dialer_rules(Dialer(), HOURS, MOSCOW)
    policy, caps = built.rules.policy, built.rules.caps
    assert (policy.limit, policy.gap, policy.room) == (3, 30 * MINUTE, 75 * SECOND)
    assert (caps.per_number_a_day, caps.concurrent, caps.per_second) == (3, 10, 2)
    assert (built.breaker.failures, built.breaker.longest) == (5, HOUR)
    assert may_dial("+79161112233", built.rules.numbers).allowed


def test_every_setting_reaches_its_rule() -> None:
    settings = Dialer(
        attempts=2,
        gap=timedelta(minutes=20),
        executor_ring=timedelta(seconds=10),
        client_ring=timedelta(seconds=20),
        retry_first=timedelta(minutes=1),
        retry_longest=timedelta(minutes=5),
        ask_after=4,
        snooze=timedelta(minutes=3),
        concurrent=7,
        per_second=3,
        per_number_a_day=2,
        minutes_a_day=60,
        breaker_failures=9,
        breaker_first=timedelta(minutes=2),
        breaker_longest=timedelta(minutes=4),
        denied_prefixes=("7916555",),
        counted=frozenset({"no_answer", "busy"}),
        unknown_retry=timedelta(minutes=7),
    )
    built = dialer_rules(settings, HOURS, MOSCOW)
    policy, caps, breaker = built.rules.policy, built.rules.caps, built.breaker
    assert (policy.limit, policy.gap, policy.ask_after, policy.snooze) == (2, 20 * MINUTE, 4, 3 * MINUTE)
    assert (policy.executor_ring, policy.client_ring) == (10 * SECOND, 20 * SECOND)
    assert (policy.retry_first, policy.retry_longest) == (MINUTE, 5 * MINUTE)
    assert (caps.concurrent, caps.per_second, caps.per_number_a_day, caps.minutes_a_day) == (7, 3, 2, 60)
    assert (breaker.failures, breaker.first, breaker.longest) == (9, 2 * MINUTE, 4 * MINUTE)
    assert (policy.counted, policy.waits) == (
        {Outcome.NO_ANSWER, Outcome.BUSY},
        {Outcome.UNKNOWN: 7 * MINUTE},
    )
    assert not may_dial("+79165551122", built.rules.numbers).allowed
    assert may_dial("+79165561122", built.rules.numbers).allowed


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"gap": timedelta(0)},
        {"retry_first": timedelta(hours=1)},
        {"breaker_longest": timedelta(seconds=1)},
        {"denied_prefixes": ("+7916",)},
        {"counted": ("trunk_failed",)},
        {"counted": ("wrong_number",)},
        {"sip_codes": {"200": "busy"}},
        {"sip_codes": {"486": "reached"}},
        {"hangup_causes": {"-1": "busy"}},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="Dialer"):
        Dialer(**wrong)  # type: ignore[arg-type]


def test_what_a_carrier_means_otherwise_is_a_setting() -> None:
    usual, set_so = (
        cause_table(Dialer()),
        cause_table(
            Dialer(sip_codes={"480": "trunk_failed", "503": "busy"}, hangup_causes={"20": "wrong_number"})
        ),
    )
    assert usual == CauseTable()
    switched_off = Evidence(source=Source.EVENTS, client_dialled=True, client_sip=480)
    assert classify(switched_off, usual).outcome is Outcome.UNREACHABLE
    assert classify(switched_off, set_so).outcome is Outcome.TRUNK_FAILED
    assert classify(replace(switched_off, client_sip=503), usual).outcome is Outcome.TRUNK_FAILED
    assert classify(replace(switched_off, client_sip=503), set_so).outcome is Outcome.BUSY
    absent = replace(switched_off, client_sip=None, client_cause=20)
    assert classify(absent, usual).outcome is Outcome.UNREACHABLE
    assert classify(absent, set_so).outcome is Outcome.WRONG_NUMBER


def test_ids_of_attempts_are_told_from_other_channels_and_never_repeat() -> None:
    ids = {new_attempt_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(each.startswith("cb-") and len(each) == 27 for each in ids)


async def test_administrator_pauses_and_resumes_the_dialer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    await upgrade(url)
    monkeypatch.setenv("CC_DATABASE__URL", url)
    monkeypatch.setenv("CC_CALENDAR__ALWAYS_OPEN", "true")
    monkeypatch.chdir(tmp_path)

    def told(*words: str) -> str:
        result = CliRunner().invoke(app, ["dialer", *words])
        assert result.exit_code == 0, result.output
        return result.output

    assert "Working." in await asyncio.to_thread(told, "status")
    assert "is paused" in await asyncio.to_thread(told, "pause", "--reason", "работы на АТС")
    assert "Paused by command line: работы на АТС" in await asyncio.to_thread(told, "status")
    assert "goes on" in await asyncio.to_thread(told, "resume")
    assert "is closed" in await asyncio.to_thread(told, "reset-breaker")
    status = await asyncio.to_thread(told, "status")
    assert "Working." in status
    assert "On the line: 0 of 10" in status
