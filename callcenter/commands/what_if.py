"""`callcenter sla replay`: recorded tickets judged under other targets or another calendar; nothing is changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from callcenter.building.help_desk import desk_rules
from callcenter.clock import SystemClock
from callcenter.domain.errors import Misconfigured
from callcenter.services.sla_replay import SlaReplay
from callcenter.store import Database
from config.load import load
from sla.calendar import BusinessCalendar
from sla.errors import SlaError
from sla.overrides import parse_calendar
from sla.replay import Replay
from sla.targets import parse_target


async def sla_replay(
    path: Path | None,
    environ: Mapping[str, str],
    *,
    since: datetime,
    until: datetime,
    targets: Sequence[str],
    calendar: Path | None,
) -> str | None:
    """Print how many clocks would be kept or broken otherwise, and which. Days are local; `until` is included."""
    settings = load(path, environ)
    zone = ZoneInfo(settings.calendar.zone)
    try:
        wanted = dict(parse_target(text) for text in targets)
        other = _calendar(calendar)
    except SlaError as error:
        return str(error)
    database = Database(settings.database.url.get_secret_value())
    await database.open()
    try:
        replay = await SlaReplay(database.uow, SystemClock(), desk_rules(settings, zone).terms).run(
            datetime.combine(since, time.min, zone),
            datetime.combine(until, time.max, zone),
            targets=wanted,
            calendar=other,
        )
    except SlaError as error:
        return str(error)
    finally:
        await database.close()
    _print(replay)
    return None


def _calendar(path: Path | None) -> BusinessCalendar | None:
    if path is None:
        return None
    try:
        return BusinessCalendar(parse_calendar(path.read_text(encoding="utf-8"), str(path)))
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"the calendar cannot be read: {error}") from error


def _print(replay: Replay) -> None:
    if not replay.tallies:
        typer.echo("No ticket with a clock arrived in this time.")
        return
    typer.echo(f"{'clock':<22}{'judged':>8}{'broken now':>12}{'then':>8}")
    for name, tally in sorted(replay.tallies.items()):
        typer.echo(f"{name:<22}{tally.judged:>8}{tally.breached_before:>12}{tally.breached_after:>8}")
    for one in replay.differences:
        typer.echo(
            f"ticket {one.ticket}, {one.clock} {one.number}: {one.before.outcome} -> {one.after.outcome} "
            f"(used {one.after.elapsed}, target {one.after.target})"
        )
