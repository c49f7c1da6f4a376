"""Reports on a large house: the month's documents, exports in constant memory, screens. Targets of issue 6.

    python -m tests.bench.bench_reports [sqlite:///path/of/a/closed/year.sqlite3 2026-10]

The database is the one `bench_statistics` built (`BENCH_TICKETS`); nothing is written to it. Peak memory is
the process's own (`ru_maxrss`), so each part runs in a process of its own.
"""

import asyncio
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from callcenter.domain.report import compose, labels
from callcenter.domain.report_exports import CALL_HEADS, call_row
from callcenter.domain.statistics import Dimension, Period
from callcenter.store import Database
from callcenter.web.translations import load_words
from tests.bench.statistics_house import URL
from tests.fakes.clock import FakeClock
from tests.reports_house import ReportsHouse

REPORT_SECONDS, REPORT_MB, SCREEN_MS = 30.0, 300.0, 500.0
ROUNDS = 30


async def report(url: str, month: Period) -> dict[str, float]:
    """Figures, PDF and XLSX of one month, as the command line makes them."""
    async with _Opened(url) as house:
        reports, files, words = house.reports.reports, house.reports.files, load_words()["ru"]
        begun = time.perf_counter()
        document = compose(await reports.figures(month), reports.saying(words))
        figures = time.perf_counter() - begun
        said = labels(reports.saying(words))
        pdf = await files.pdf(document, said)
        xlsx = await files.xlsx(document, said)
        return {
            "figures_s": figures,
            "whole_s": time.perf_counter() - begun,
            "pdf_kb": len(pdf) / 1024,
            "xlsx_kb": len(xlsx) / 1024,
        }


async def export(url: str, period: Period) -> dict[str, float]:
    """Every call of a period as CSV."""
    async with _Opened(url) as house:
        words, begun, rows, size = load_words()["ru"], time.perf_counter(), 0, 0
        with tempfile.TemporaryFile() as file:
            async for page in house.reports.reports.calls(period):
                said = [call_row(row, words) for row in page]
                size += file.write(house.reports.files.csv_lines(CALL_HEADS, said, first=False))
                rows += len(said)
        return {"rows": rows, "mb": size / 2**20, "s": time.perf_counter() - begun}


async def screens(url: str, month: Period) -> dict[str, float]:
    """What the screens of a month ask, again and again; the slowest of `ROUNDS` stands for p99."""
    async with _Opened(url) as house:
        room, found = house.room, {}
        asked: dict[str, Callable[[], Any]] = {
            "figures": lambda: room.statistics.figures(month),
            "by_topic": lambda: room.statistics.by(Dimension.TOPIC, month),
            "heat": lambda: room.statistics.heat(month),
            "compliance": lambda: room.compliance.month(month.first.year, month.first.month),
        }
        for name, ask in asked.items():
            times = []
            for _ in range(ROUNDS):
                begun = time.perf_counter()
                await ask()
                times.append((time.perf_counter() - begun) * 1000)
            found[f"{name}_ms"] = max(times)
        return found


class _Opened:
    def __init__(self, url: str) -> None:
        self._database = Database(url)

    async def __aenter__(self) -> ReportsHouse:
        await self._database.open()
        return ReportsHouse.on(self._database.uow, FakeClock(datetime(2026, 11, 20, 9, 0, tzinfo=UTC)))

    async def __aexit__(self, *_: object) -> None:
        await self._database.close()


def _alone(work: Callable[..., Any], url: str, period: Period, answers: Any) -> None:
    found = asyncio.run(work(url, period))
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answers.put(found)


def measured(work: Callable[..., Any], url: str, period: Period) -> dict[str, float]:
    """Run in a fresh process; its figures and its peak memory."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=_alone, args=(work, url, period, answers))
    process.start()
    found: dict[str, float] = answers.get(timeout=600)
    process.join()
    return found


def main() -> None:
    url, text = sys.argv[1:3] if len(sys.argv) > 2 else (URL, "2026-10")
    month = Period.month(int(text[:4]), int(text[5:]))
    quarter = Period.free(month.before().before().first, month.last)
    told: dict[str, dict[str, float]] = {}
    for name, work, period in (
        ("report of a month", report, month),
        ("screens of a month", screens, month),
        ("export of a month's calls", export, month),
        ("export of a quarter's calls", export, quarter),
    ):
        told[name] = measured(work, url, period)
        print(name, json.dumps(told[name]), flush=True)
    made, shown = told["report of a month"], told["screens of a month"]
    assert made["whole_s"] <= REPORT_SECONDS, "the report takes too long"
    assert made["peak_mb"] <= REPORT_MB, "the report takes too much memory"
    assert max(value for name, value in shown.items() if name.endswith("_ms")) <= SCREEN_MS, (
        "a screen is slow"
    )


if __name__ == "__main__":
    main()
