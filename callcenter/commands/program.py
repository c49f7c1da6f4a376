"""What the commands do: each returns None when all is well, else one sentence saying what is not."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import typer

from callcenter.domain.errors import CallCenterError
from config.errors import BadConfiguration
from config.load import load
from config.settings import Settings

Command = Callable[[], Coroutine[Any, Any, str | None]]
Environ = Mapping[str, str]
_LISTED = 50


def run_command(command: Command) -> str | None:
    """Run a command; every foreseen failure comes back as one clear text, never as a traceback."""
    try:
        return asyncio.run(command())
    except (BadConfiguration, CallCenterError) as error:
        return str(error)
    except OSError as error:
        return f"The system refused: {error}"
    except KeyboardInterrupt:
        return None


def database_url(settings: Settings) -> str:
    """Where the database is; SQLite paths are relative to the current directory."""
    return settings.database.url.get_secret_value()


async def serve(path: Path | None, environ: Environ) -> str | None:
    """Run until SIGTERM or SIGINT."""
    from callcenter.bootstrap import Program, until_stopped
    from callcenter.telemetry import set_up_logs

    settings = load(path, environ)
    set_up_logs(level=settings.log.level, form=settings.log.format)
    async with Program(settings) as program:
        typer.echo(f"The hotline's call centre is at {settings.web.address}")
        await until_stopped(program)
    return None


async def init(path: Path | None, environ: Environ, *, login: str, name: str) -> str | None:
    """Create the database and the first administrator; a second administrator is made by the first."""
    from callcenter.building.services import open_services
    from callcenter.store.upgrade import upgrade

    settings = load(path, environ)
    await upgrade(database_url(settings))
    async with open_services(settings) as services:
        link = await services.sign_in.create_first_administrator(login=login, name=name)
    typer.echo(
        "The database is ready. The first administrator signs in once with this link and sets his password:"
    )
    typer.echo(f"  {settings.web.address}/sign-in/once/{link}")
    return None


async def db_upgrade(path: Path | None, environ: Environ) -> str | None:
    """Create or migrate the schema."""
    from callcenter.store.upgrade import upgrade

    state = await upgrade(database_url(load(path, environ)))
    typer.echo(f"The database has schema {state.revision}.")
    return (
        None if state.current else f"It differs from what the program expects: {'; '.join(state.differences)}"
    )


async def db_check(path: Path | None, environ: Environ) -> str | None:
    """Compare the schema without changing anything."""
    from callcenter.store.upgrade import check

    state = await check(database_url(load(path, environ)))
    if state.current:
        typer.echo(f"The database has this program's schema, {state.revision}.")
        return await _unclocked(database_url(load(path, environ)))
    if state.revision != state.newest:
        found = state.revision or "none"
        return f"The database has schema {found}, the program needs {state.newest}: run callcenter db upgrade"
    return f"The database differs from what the program expects: {'; '.join(state.differences)}"


async def _unclocked(url: str) -> str | None:
    """Name the registered tickets whose record of time is lost: their clocks are unknown."""
    from callcenter.store import Database

    database = Database(url)
    await database.open()
    try:
        async with database.uow(write=False) as uow:
            found = await uow.clocks.unclocked(open_only=False, limit=_LISTED + 1)
    finally:
        await database.close()
    if not found:
        return None
    named = ", ".join(str(each) for each in sorted(found)[:_LISTED])
    more = " and more" if len(found) > _LISTED else ""
    return f"The clocks of {len(found[:_LISTED])} tickets{more} are unknown, the record of their time is lost: {named}"


async def calendar_show(path: Path | None, environ: Environ, *, month: str) -> str | None:
    """Print a month of the business calendar. Regulation: 1.3."""
    from callcenter.calendars import build_calendar

    calendar = build_calendar(load(path, environ).calendar)
    year, _, number = month.partition("-")
    if not (
        year.isascii() and year.isdigit() and number.isascii() and number.isdigit() and 1 <= int(number) <= 12
    ):
        return f"A month is written 2026-12, not {month!r}"
    for day in calendar.month(int(year), int(number)):
        hours = ", ".join(str(span) for span in day.hours) or "closed"
        reason = f"  {day.reason}" if day.reason else ""
        typer.echo(f"{day.day:%a %d.%m.%Y}  {hours:<13}  {day.kind}{reason}")
    if unpublished := calendar.unpublished_years(int(year), int(year)):
        typer.echo(
            f"No decree about moved working days is known for {unpublished[0]}: they may still change."
        )
    return None


async def sign_in_link(path: Path | None, environ: Environ, *, login: str) -> str | None:
    """A one-time link for a person who is already there."""
    from callcenter.building.services import open_services

    settings = load(path, environ)
    async with open_services(settings) as services:
        token = await services.people.one_time_link(login)
    typer.echo(f"{settings.web.address}/sign-in/once/{token}")
    return None


async def audit_verify(path: Path | None, environ: Environ) -> str | None:
    """Check the chain of hashes. Regulation: 2.10."""
    from callcenter.store import Database

    database = Database(database_url(load(path, environ)))
    await database.open()
    try:
        found = await database.verify_audit()
    finally:
        await database.close()
    if found.intact:
        typer.echo(f"The audit's chain is whole: {found.rows} rows.")
        return None
    return f"The audit's chain is broken at row {found.broken_at}."
