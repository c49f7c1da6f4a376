"""What `callcenter stats …` does: close what is over, recount what is stored, compare a day with Asterisk's records."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import typer

from callcenter.building.help_desk import build_help_desk
from callcenter.building.statistics import StatisticsParts, build_statistics
from callcenter.domain.statistics import Check, Period
from callcenter.domain.zero_loss import LossLedger
from callcenter.store import Database
from config.load import load

Environ = Mapping[str, str]
SHOWN = 50


@asynccontextmanager
async def _parts(path: Path | None, environ: Environ) -> AsyncIterator[StatisticsParts]:
    settings = load(path, environ)
    database = Database(settings.database.url.get_secret_value())
    await database.open()
    try:
        desk = build_help_desk(database, settings).desk
        yield build_statistics(database, settings, desk, node="command line")
    finally:
        await database.close()


async def recount(path: Path | None, environ: Environ, *, since: datetime, until: datetime) -> str | None:
    """Close what is due, then recount the stored days of a period; a sentence when they were not equal."""
    period = Period(first=since.date(), last=until.date())
    async with _parts(path, environ) as parts:
        closed = await parts.nightly.close_due()
        check = await parts.room.recount.run(period)
    if closed:
        typer.echo(f"Closed now: {len(closed)} days, {closed[0]} to {closed[-1]}.")
    if not check.days:
        typer.echo("No day of this period is stored: it is not over, or nothing had happened by then.")
        return None
    if check.equal:
        typer.echo(f"{check.days} stored days are what the raw rows give.")
        return None
    for line in told(check):
        typer.echo(line)
    return f"{len(check.differences)} stored figures differed."


def told(check: Check) -> list[str]:
    """The differences as an administrator reads them; the first fifty."""
    lines = []
    for each in check.differences[:SHOWN]:
        part = "" if each.dimension is None else f" {each.dimension} {each.member or '(none)'}"
        end = "closed anew" if each.applied else "left as it was, the month is frozen"
        lines.append(f"{each.day}{part} {each.counter}: stored {each.stored}, counted {each.counted}; {end}")
    if len(check.differences) > SHOWN:
        lines.append(f"... and {len(check.differences) - SHOWN} more")
    return lines


async def losses(path: Path | None, environ: Environ, *, day: datetime) -> str | None:
    """Compare a day's records, calls and tickets; a sentence when something is left over."""
    async with _parts(path, environ) as parts:
        ledger = await parts.room.zero_loss.compare(day.date())
    for line in ledger_lines(ledger):
        typer.echo(line)
    left = len(ledger.open_remainders)
    return f"{left} calls do not agree and are not settled." if left else None


def ledger_lines(ledger: LossLedger) -> list[str]:
    """The ledger as an administrator reads it."""
    known = "not known" if ledger.recorded is None else str(ledger.recorded)
    lines = [f"{ledger.day}: Asterisk's records {known}, calls {ledger.calls}, with a ticket {ledger.held}"]
    lines += [f"{pbx}: {why}" for pbx, why in sorted(ledger.unread.items())]
    lines += [
        f"{each.at:%H:%M:%S} UTC {each.kind} {each.pbx} {each.linkedid}"
        + (f" settled: {each.reason}" if each.settled else "")
        for each in ledger.remainders
    ]
    missed = ledger.missed
    lines.append(
        f"Missed callers {missed.missed}: reached {missed.reached}, called back {missed.called_back}, "
        f"handled {missed.handled}, hidden {missed.hidden}, remaining {missed.remaining}"
    )
    return lines
