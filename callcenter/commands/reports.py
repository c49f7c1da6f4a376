"""What `callcenter report …` does: a report of a day, a week or a month written to files, with a progress bar."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from callcenter.building.help_desk import build_help_desk
from callcenter.building.questions import build_questions
from callcenter.building.reports import build_reports
from callcenter.building.statistics import build_statistics
from callcenter.domain.document import Cell
from callcenter.domain.errors import Misconfigured
from callcenter.domain.report import labels
from callcenter.domain.report_exports import CALL_HEADS, TICKET_HEADS, call_row, ticket_row
from callcenter.domain.statistics import Period, PeriodKind
from callcenter.domain.words import Words
from callcenter.store import Database
from callcenter.store.upgrade import check
from callcenter.web.reports_room import ReportsRoom
from callcenter.web.translations import load_words
from config.load import load

Environ = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which files to write; `csv` is a folder for every table and the rows of tickets and calls."""

    pdf: Path | None
    xlsx: Path | None
    csv: Path | None
    locale: str = "ru"

    @property
    def nothing(self) -> bool:
        """Whether no file was asked for."""
        return self.pdf is None and self.xlsx is None and self.csv is None


def period_of(kind: str, text: str) -> Period | str:
    """The period a person typed, or a sentence that says how it is written.

    >>> period_of("month", "2026-13")
    "A month is written 2026-12, not '2026-13'"
    """
    try:
        if kind == PeriodKind.MONTH:
            year, _, month = text.partition("-")
            if not (len(year) == 4 and year.isdigit() and month.isdigit()):
                raise ValueError(text)
            return Period.month(int(year), int(month))
        day = date.fromisoformat(text)
        return Period.day(day) if kind == PeriodKind.DAY else Period.week(day)
    except ValueError:
        sample = "2026-12" if kind == PeriodKind.MONTH else "2026-12-31"
        name = "month" if kind == PeriodKind.MONTH else "day"
        return f"A {name} is written {sample}, not {text!r}"


async def report(path: Path | None, environ: Environ, *, kind: str, text: str, wanted: Wanted) -> str | None:
    """Write the files that were asked for; without any, print the main points."""
    period = period_of(kind, text)
    if isinstance(period, str):
        return period
    words = load_words().get(wanted.locale)
    if words is None:
        return f"There is no language {wanted.locale!r}"
    async with _room(path, environ) as room:
        with _progress() as progress:
            steps = (
                1 + sum(each is not None for each in (wanted.pdf, wanted.xlsx)) + 2 * (wanted.csv is not None)
            )
            task = progress.add_task("", total=steps)

            def step(told: str) -> None:
                progress.update(task, advance=1, description=told)

            progress.update(task, description="figures")
            document = await room.reports.document(period, words)
            said = labels(room.reports.saying(words))
            step("figures")
            for target, write in ((wanted.pdf, room.files.pdf), (wanted.xlsx, room.files.xlsx)):
                if target is not None:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(await write(document, said))
                    step(target.name)
            if wanted.csv is not None:
                await room.files.csv(document, said, wanted.csv)
                await _rows(room, period, wanted.csv, document.name, words, step)
        if wanted.nothing:
            typer.echo(document.title)
            for sentence in (*document.marks, *document.sections[0].sentences):
                typer.echo(f"  {sentence}")
    return None


async def _rows(
    room: ReportsRoom, period: Period, folder: Path, name: str, words: Words, step: Callable[[str], None]
) -> None:
    """Every ticket and every call of the period, written as they are read."""
    heads: Sequence[tuple[str, Sequence[str]]] = (("tickets", TICKET_HEADS), ("calls", CALL_HEADS))
    for what, ids in heads:
        target = folder / f"{name}-{what}.csv"
        pages = room.reports.tickets(period) if what == "tickets" else room.reports.calls(period)
        say = ticket_row if what == "tickets" else call_row
        titles = [words(each) for each in ids]
        with target.open("wb") as file:
            file.write(room.files.csv_lines(titles, (), first=True, locale=words.locale))
            async for page in pages:
                rows: list[tuple[Cell, ...]] = [say(row, words) for row in page]
                body = room.files.csv_lines(titles, rows, first=False, locale=words.locale)
                await asyncio.to_thread(file.write, body)
        step(target.name)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


@asynccontextmanager
async def _room(path: Path | None, environ: Environ) -> AsyncIterator[ReportsRoom]:
    settings = load(path, environ)
    state = await check(settings.database.url.get_secret_value())
    if not state.current:
        raise Misconfigured("The database has not this program's schema: run callcenter db upgrade")
    database = Database(settings.database.url.get_secret_value())
    await database.open()
    try:
        desk = build_help_desk(database, settings).desk
        statistics = build_statistics(database, settings, desk, node="command line").room
        questions = build_questions(database, desk, statistics.statistics, node="command line").room.questions
        yield build_reports(database, settings, statistics, questions)
    finally:
        await database.close()
