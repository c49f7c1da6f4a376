"""The hotline's gauges, the dashboard that shows them, the nightly closing of the running program, and its commands."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from callcenter.bootstrap import Program
from callcenter.building.statistics import GAUGES
from callcenter.cli import app
from callcenter.domain.statistics import Period
from callcenter.services.hotline import Hotline
from callcenter.store import Database
from config.settings import Settings
from tests import make
from tests.databases import SqliteTemplate
from tests.fakes.clock import FakeClock

DASHBOARD = Path(__file__).parents[2] / "docs" / "grafana" / "hotline.json"
_METRIC = re.compile(r"\bcallcenter_([a-z0-9_]+)")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("gauges"))


@pytest.fixture
async def program(tmp_path: Path, template: SqliteTemplate) -> Program:
    """The program as it is put together, not started; there was a call two days ago, and one waits now."""
    url = await template.new()
    settings = Settings.model_validate(
        {
            "database": {"url": url},
            "public": {"key_file": tmp_path / "key", "attachments_dir": tmp_path / "files"},
            "mail": {"files_dir": tmp_path / "mail"},
        }
    )
    built = Program(settings)
    await built._open_database()
    await built._advertise_numbers()
    return built


async def calls(database: Database, now: datetime) -> None:
    hotline = Hotline(database.uow, FakeClock(now))
    past = (now - timedelta(days=2) - make.START).total_seconds()
    await hotline.apply([make.entered("1", past), make.answered("1", past + 9), make.ended("1", past + 60)])
    moment = (now - timedelta(seconds=30) - make.START).total_seconds()
    await hotline.apply([make.entered("2", moment, caller="+79160000002"), make.queued("2", moment + 1)])


async def test_the_gauges_tell_of_the_line_and_of_today(program: Program) -> None:
    now = datetime.now(UTC)
    await calls(program.database, now)
    await program.statistics.nightly.tend()
    found = {each.name: each for each in await program.statistics.gauges.look()}
    assert set(found) <= set(GAUGES)
    assert found["hotline_calls_now"].values == {"waiting": 1, "talking": 0}
    assert 29 <= found["hotline_longest_wait_seconds"].values[""] < 300
    assert found["hotline_check_equal"].values == {"": 1.0}
    assert found["hotline_tickets_open"].values == {"draft": 2.0}
    assert "hotline_asa_seconds" not in found, "nobody was answered today: absent, not zero"
    await program.database.close()


async def test_the_night_closes_what_is_over_and_keeps_its_ledger(program: Program) -> None:
    await calls(program.database, datetime.now(UTC))
    await program.statistics.nightly.tend()
    room = program.services.statistics
    assert room is not None
    check = await room.recount.last()
    assert check is not None and check.equal and check.days >= 1
    past = room.statistics.today() - timedelta(days=2)
    (ledger,) = await room.zero_loss.days(Period.day(past))
    assert (ledger.calls, ledger.recorded) == (1, None)
    await program.database.close()


def _expressions() -> Iterator[str]:
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        yield from (target["expr"] for target in panel["targets"])


async def test_every_expression_of_the_dashboard_names_an_exported_metric(program: Program) -> None:
    exported = set(re.findall(r"^# TYPE (\w+) ", program.metrics.exposition().decode(), re.MULTILINE))
    exported |= {f"callcenter_{name}" for name in GAUGES}
    await program.database.close()
    expressions = list(_expressions())
    assert len(expressions) > 15
    for expression in expressions:
        names = _METRIC.findall(expression)
        assert names, expression
        for name in names:
            known = {f"callcenter_{name}", f"callcenter_{name.removesuffix('_bucket')}"}
            assert known & exported, expression


def test_every_gauge_is_on_the_dashboard() -> None:
    shown = {name for expression in _expressions() for name in _METRIC.findall(expression)}
    assert {name for name in GAUGES if name not in shown} == set()


def test_the_dashboard_can_be_loaded_by_grafana() -> None:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    panels = dashboard["panels"]
    assert dashboard["uid"] and dashboard["schemaVersion"] >= 36
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (column, row)
        for panel in panels
        for place in [panel["gridPos"]]
        for column in range(place["x"], place["x"] + place["w"])
        for row in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells)), "two panels overlap"
    assert max(column for column, _ in cells) < 24


@pytest.fixture
def run(tmp_path: Path, template: SqliteTemplate, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CC_DATABASE__URL", asyncio.run(template.new()))
    return CliRunner()


def test_a_recount_of_an_empty_house_says_that_nothing_is_stored(run: CliRunner) -> None:
    result = run.invoke(app, ["stats", "recount", "--from", "2026-10-01", "--to", "2026-10-31"])
    assert (result.exit_code, "No day of this period is stored" in result.output) == (0, True)


def test_a_recount_of_a_period_that_ends_before_it_begins_is_refused(run: CliRunner) -> None:
    result = run.invoke(app, ["stats", "recount", "--from", "2026-10-31", "--to", "2026-10-01"])
    assert result.exit_code == 1
    assert not isinstance(result.exception, ValueError)


def test_a_day_without_records_is_said_to_be_unproved(run: CliRunner) -> None:
    result = run.invoke(app, ["stats", "losses", "2026-11-20"])
    assert result.exit_code == 0, result.output
    assert "Asterisk's records not known, calls 0" in result.output
