"""The command line as an administrator types it: one clear sentence where something is wrong, never a traceback."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from callcenter.cli import app


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Run":
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CC_DATABASE__URL", f"sqlite:///{tmp_path}/hotline.sqlite3")
    return Run()


class Run:
    """Types a command."""

    def __call__(self, *words: str) -> Result:
        result = CliRunner().invoke(app, list(words))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result


def test_an_installation_begins_with_its_first_administrator_and_only_one(run: Run) -> None:
    first = run("init", "--login", "root")
    assert first.exit_code == 0
    assert "/sign-in/once/" in first.output
    second = run("init", "--login", "other")
    assert second.exit_code == 1
    assert "there is an administrator already" in second.output
    assert "/sign-in/once/" in run("people", "sign-in-link", "root").output


def test_a_link_for_nobody_is_refused(run: Run) -> None:
    run("db", "upgrade")
    assert run("people", "sign-in-link", "ghost").exit_code == 1


def test_the_schema_is_checked_before_and_after_the_upgrade(run: Run) -> None:
    before = run("db", "check")
    assert (before.exit_code, "run callcenter db upgrade" in before.output) == (1, True)
    assert run("db", "upgrade").exit_code == 0
    assert run("db", "check").exit_code == 0
    assert "The audit's chain is whole" in run("audit", "verify").output


def test_serving_without_a_schema_says_what_to_do(run: Run) -> None:
    refused = run("serve")
    assert refused.exit_code == 1
    assert "callcenter init" in refused.output


@pytest.mark.regulation("1.3")
def test_a_month_is_printed_with_the_reason_of_each_closed_day(run: Run) -> None:
    shown = run("calendar", "show", "2026-01")
    assert shown.exit_code == 0
    lines = {line.split()[1]: line for line in shown.output.splitlines() if line[:1].isalpha()}
    assert "holiday" in lines["01.01.2026"]
    assert "09:00-18:00" in lines["12.01.2026"]
    assert "weekend" in lines["17.01.2026"]


@pytest.mark.parametrize("month", ["2026-13", "2026", "december", "2026-1x"])
def test_a_wrong_month_is_one_sentence(run: Run, month: str) -> None:
    refused = run("calendar", "show", month)
    assert (refused.exit_code, "A month is written 2026-12" in refused.output) == (1, True)


def test_a_broken_overrides_file_is_named_with_its_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "days.toml").write_text(
        '[[override]]\ndate = 2026-12-30\nopen = "18:00-9:00"\n', encoding="utf-8"
    )
    monkeypatch.setenv("CC_CALENDAR__OVERRIDES_FILE", "days.toml")
    refused = run("calendar", "show", "2026-12")
    assert refused.exit_code == 1
    assert "days.toml" in refused.output


def test_a_replay_over_nothing_says_so(run: Run) -> None:
    run("db", "upgrade")
    shown = run(
        "sla", "replay", "--from", "2026-10-01", "--to", "2026-10-31", "--target", "resolve.reference=20m"
    )
    assert (shown.exit_code, "No ticket with a clock" in shown.output) == (0, True)


def test_a_replay_with_a_wrong_target_or_calendar_is_one_sentence(run: Run, tmp_path: Path) -> None:
    run("db", "upgrade")
    days = ("--from", "2026-10-01", "--to", "2026-10-31")
    assert "resolve.reference=20m" in run("sla", "replay", *days, "--target", "faster").output
    assert run("sla", "replay", *days, "--calendar", str(tmp_path / "absent.toml")).exit_code == 1
    (tmp_path / "week.toml").write_text("[hours]\n", encoding="utf-8")
    assert run("sla", "replay", *days, "--calendar", str(tmp_path / "week.toml")).exit_code == 1


def test_the_doctor_names_what_is_missing_and_how_to_mend_it(run: Run) -> None:
    told = run("doctor")
    assert told.exit_code == 1
    assert "callcenter db upgrade" in told.output
    assert "Add a [pbx.main] section" in told.output


def test_the_doctor_says_that_a_pbx_cannot_be_reached(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("db", "upgrade")
    for name, value in {"HOST": "127.0.0.1", "PORT": "1", "USERNAME": "u", "SECRET": "s"}.items():
        monkeypatch.setenv(f"CC_PBX__MAIN__{name}", value)
    monkeypatch.setattr("callcenter.commands.doctor.PATIENCE", 1.0)
    told = run("doctor")
    assert "BAD  PBX main at 127.0.0.1:1" in told.output
    assert "Connection refused" in told.output
