"""`callcenter report …` as an administrator types it: files, or one clear sentence."""

import asyncio
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from callcenter.cli import app
from callcenter.store.upgrade import upgrade
from tests.year import Year
from tests.year_writing import write_sqlite


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "year.sqlite3"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    write_sqlite(path, Year(seed=2, first=date(2026, 10, 5), days=5, calls_a_day=5).batches())
    return path


@pytest.fixture
def run(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Run":
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CC_DATABASE__URL", f"sqlite:///{database}")
    return Run()


class Run:
    def __call__(self, *words: str) -> Result:
        result = CliRunner().invoke(app, ["report", *words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result


@pytest.mark.regulation("3.2")
def test_a_report_is_written_as_paper_workbook_and_rows(run: Run, tmp_path: Path) -> None:
    done = run("week", "2026-10-07", "--pdf", "out/a.pdf", "--xlsx", "out/a.xlsx", "--csv", "out/csv")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out/a.pdf").read_bytes().startswith(b"%PDF-")
    assert openpyxl.load_workbook(tmp_path / "out/a.xlsx").sheetnames[0] == "Сводка"
    lines = (tmp_path / "out/csv/hotline-week-2026-10-05-calls.csv").read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("Поступил;")
    assert len(lines) > 10


def test_without_files_the_main_points_are_printed(run: Run) -> None:
    shown = run("day", "2026-10-06")
    assert shown.exit_code == 0
    assert "Поступило звонков" in shown.output


def test_an_empty_day_says_so(run: Run) -> None:
    assert "не было ни звонков, ни заявок" in run("day", "2026-09-01").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("month", "october"), "A month is written 2026-12, not 'october'"),
        (("month", "2026-13"), "A month is written 2026-12, not '2026-13'"),
        (("day", "31.10.2026"), "A day is written 2026-12-31, not '31.10.2026'"),
        (("week", "2026-02-30"), "A day is written 2026-12-31, not '2026-02-30'"),
    ],
)
def test_what_is_no_period_is_said_in_one_sentence(run: Run, words: tuple[str, str], said: str) -> None:
    refused = run(*words)
    assert (refused.exit_code, refused.output.strip()) == (1, said)


def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    refused = run("day", "2026-10-06", "--pdf", "file/a.pdf")
    assert refused.exit_code == 1
    assert "The system refused" in refused.output


def test_a_database_without_a_schema_says_what_to_do(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC_DATABASE__URL", f"sqlite:///{tmp_path}/new.sqlite3")
    refused = run("month", "2026-10")
    assert refused.exit_code == 1
    assert "callcenter db upgrade" in refused.output
