"""What `callcenter dialer …` does: commands of an administrator on the dialer of all nodes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from callcenter.building.dialer import dialer_rules
from callcenter.calendars import build_calendar
from callcenter.clock import SystemClock
from callcenter.domain.instants import to_datetime
from callcenter.services.dialer_control import DialerControl, DialerStatus
from callcenter.store import Database
from config.load import load

Environ = Mapping[str, str]
BY = "command line"


@asynccontextmanager
async def _control(path: Path | None, environ: Environ) -> AsyncIterator[tuple[DialerControl, ZoneInfo]]:
    settings = load(path, environ)
    zone = ZoneInfo(settings.calendar.zone)
    rules = dialer_rules(settings.dialer, build_calendar(settings.calendar), zone)
    database = Database(settings.database.url.get_secret_value())
    await database.open()
    try:
        yield DialerControl(database.uow, SystemClock(), rules), zone
    finally:
        await database.close()


async def pause(path: Path | None, environ: Environ, *, reason: str) -> str | None:
    """Nothing is placed any more."""
    async with _control(path, environ) as (control, _):
        await control.pause(by=BY, reason=reason)
    typer.echo("The dialer is paused. Calls in progress run to their end.")
    return None


async def resume(path: Path | None, environ: Environ) -> str | None:
    """Go on."""
    async with _control(path, environ) as (control, _):
        await control.resume(by=BY)
    typer.echo("The dialer goes on.")
    return None


async def reset_breaker(path: Path | None, environ: Environ) -> str | None:
    """Close the circuit breaker."""
    async with _control(path, environ) as (control, _):
        await control.reset_breaker(by=BY)
    typer.echo("The circuit breaker is closed.")
    return None


async def status(path: Path | None, environ: Environ) -> str | None:
    """Print how the dialer stands."""
    async with _control(path, environ) as (control, zone):
        for line in lines(await control.status(), zone):
            typer.echo(line)
    return None


def lines(status: DialerStatus, zone: ZoneInfo) -> list[str]:
    """The status as an administrator reads it; times are local."""
    told = []
    if status.halted is not None:
        told.append(f"ALARM: stopped by itself ({status.halted}). Look at docs/administrator.md, then resume")
    if status.state.paused:
        told.append(f"Paused by {status.state.paused_by}: {status.state.paused_reason}")
    elif status.held is not None:
        until = (
            ""
            if status.held.at is None
            else f" until {to_datetime(status.held.at).astimezone(zone):%d.%m %H:%M}"
        )
        told.append(f"Nothing is placed now: {status.held.why}{until}")
    else:
        told.append("Working.")
    if status.alarm:
        told.append(f"ALARM: calls do not get out ({status.state.breaker.failures} failures in a row)")
    by_state = dict(status.open_series)
    due = by_state.pop("due", 0)
    waiting = ", ".join(f"{name} {count}" for name, count in sorted(by_state.items())) or "none"
    told.append(f"Open series: {waiting}; due now: {due}")
    told.append(f"On the line: {len(status.in_flight)} of {status.caps.concurrent}")
    told.append(f"Busy today: {status.busy_seconds_today // 60} of {status.caps.minutes_a_day} minutes")
    return told
