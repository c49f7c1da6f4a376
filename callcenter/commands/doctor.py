"""`callcenter doctor`: one line for each thing the program needs, and what to do where it is not well."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import typer
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ami.actions import module_loaded
from ami.client import Client
from ami.errors import AmiError
from ami.pbx import PbxSettings
from ami.session import Response
from ami.signals import LinkState, Signal
from callcenter.building.telephony import pbx_settings
from callcenter.calendars import build_calendar
from callcenter.clock import SystemClock
from callcenter.domain.errors import CallCenterError
from callcenter.store.upgrade import check
from config.load import load
from config.settings import Settings

PATIENCE = 8.0
AMD_MODULE = "app_amd.so"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What was looked at, and what is wrong with it; `problem` None: all is well."""

    subject: str
    problem: str | None
    remedy: str = ""


async def doctor(path: Path | None, environ: Mapping[str, str]) -> str | None:
    """Look at everything, print a line each; returns a sentence when something is wrong."""
    settings = load(path, environ)
    findings = [finding async for finding in examine(settings)]
    for finding in findings:
        mark = "ok  " if finding.problem is None else "BAD "
        typer.echo(f"{mark} {finding.subject}{': ' + finding.problem if finding.problem else ''}")
        if finding.problem and finding.remedy:
            typer.echo(f"       {finding.remedy}")
    wrong = sum(finding.problem is not None for finding in findings)
    return f"{wrong} thing(s) to mend." if wrong else None


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Everything that can be seen from here, without changing anything."""
    yield _calendar(settings)
    yield await _database(settings)
    if settings.redis.url.get_secret_value():
        yield await _redis(settings)
    if not settings.pbx:
        yield Finding(
            subject="PBX",
            problem="none is configured",
            remedy="Add a [pbx.main] section (config/callcenter.example.toml).",
        )
    for name, pbx in settings.pbx.items():
        yield await _pbx(pbx_settings(name, pbx))
        if settings.dialer.machine_detection:
            yield await _listening(pbx_settings(name, pbx))
        for subject, file in (("CEL", pbx.cel_file), ("CDR", pbx.cdr_file)):
            yield _records(name, subject, file)


def _calendar(settings: Settings) -> Finding:
    try:
        calendar = build_calendar(settings.calendar)
    except CallCenterError as error:
        return Finding(
            subject="calendar", problem=str(error), remedy="Mend [calendar] or its overrides file."
        )
    year = SystemClock().now().year
    unpublished = calendar.unpublished_years(year, year + 1)
    if year in unpublished:
        return Finding(
            subject="calendar",
            problem=f"no decree about moved working days is known for {year}",
            remedy="Update the program, or state the days in calendar.overrides_file.",
        )
    return Finding(subject=f"calendar {calendar.version}", problem=None)


async def _database(settings: Settings) -> Finding:
    try:
        state = await check(settings.database.url.get_secret_value())
    except CallCenterError as error:
        return Finding(
            subject="database", problem=str(error), remedy="Check database.url and that it is running."
        )
    if not state.current:
        return Finding(
            subject="database",
            problem=f"its schema is {state.revision or 'none'}, the program needs {state.newest}",
            remedy="Run: callcenter db upgrade",
        )
    return Finding(subject=f"database, schema {state.revision}", problem=None)


async def _redis(settings: Settings) -> Finding:
    client = Redis.from_url(settings.redis.url.get_secret_value(), socket_timeout=2, socket_connect_timeout=2)
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        return Finding(
            subject="Redis",
            problem=str(error),
            remedy="Pop-ups of other nodes come up to 2 s late without it.",
        )
    finally:
        await client.aclose()
    return Finding(subject="Redis", problem=None)


@asynccontextmanager
async def connected(pbx: PbxSettings) -> AsyncIterator[Client]:
    """A client that only looks."""

    async def ignore(_signals: Sequence[Signal]) -> None:
        return None

    client = Client(pbx, on_signals=ignore, clock=SystemClock().now)
    running = asyncio.create_task(client.run())
    try:
        yield client
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _pbx(pbx: PbxSettings) -> Finding:
    subject = f"PBX {pbx.name} at {pbx.link.host}:{pbx.link.port}"
    async with connected(pbx) as client:
        try:
            async with asyncio.timeout(PATIENCE):
                await client.wait_until(LinkState.LIVE, sending=True)
        except TimeoutError:
            return Finding(
                subject=subject,
                problem=client.reason or client.actions_reason or "it did not become ready in time",
                remedy="Compare manager.conf with asterisk-sample/etc/manager.conf; see docs/asterisk.md.",
            )
    return Finding(subject=subject, problem=None)


async def _listening(pbx: PbxSettings) -> Finding:
    """Whether this Asterisk can do what `dialer.machine_detection` asks of it."""
    subject = f"answering-machine detection of PBX {pbx.name}"
    async with connected(pbx) as client:
        try:
            async with asyncio.timeout(PATIENCE):
                await client.wait_until(LinkState.LIVE, sending=True)
                answer = await client.send(module_loaded(AMD_MODULE))
        except (TimeoutError, AmiError) as error:
            return Finding(
                subject=subject,
                problem=f"it could not be asked ({type(error).__name__} {error})",
                remedy="Mend the link first.",
            )
    return heard_of_amd(subject, answer)


def heard_of_amd(subject: str, answer: Response) -> Finding:
    """What Asterisk's answer about app_amd means."""
    if answer.success and str(answer.headers.get("Value", "")) == "1":
        return Finding(subject=subject, problem=None)
    if answer.success:
        return Finding(
            subject=subject,
            problem="app_amd is not loaded: everybody who answers is joined at once",
            remedy="Load app_amd.so and func_module.so with an amd.conf (asterisk-sample/etc/), or set "
            "dialer.machine_detection = false.",
        )
    return Finding(
        subject=subject,
        problem=f"Asterisk does not tell of its modules: {answer.message}",
        remedy="Load func_module.so, and give the AMI account `write = reporting`.",
    )


def _records(name: str, subject: str, file: Path | None) -> Finding:
    what = f"{subject} of PBX {name}"
    if file is None:
        return Finding(
            subject=what,
            problem="no file is configured: calls that come while the link is down are found by snapshot only",
            remedy=f"Set pbx.{name}.{subject.lower()}_file (asterisk-sample/README.md).",
        )
    try:
        with file.open("rb"):
            return Finding(subject=what, problem=None)
    except FileNotFoundError:
        if file.parent.is_dir():
            return Finding(subject=f"{what} (not begun yet)", problem=None)
        return Finding(subject=what, problem=f"there is no directory {file.parent}", remedy="Check the path.")
    except OSError as error:
        return Finding(
            subject=what, problem=str(error), remedy="Give the program's user the right to read it."
        )
