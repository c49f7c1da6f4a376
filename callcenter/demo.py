"""The demonstration: invented people and clients, a calendar that is always open, a real Asterisk where possible.

None of it exists in a real installation, which begins with `callcenter init`.
"""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import typer

from callcenter.bootstrap import Program, until_stopped
from callcenter.domain.clients import Client, Contract, Organization, Product
from callcenter.domain.errors import Misconfigured
from callcenter.domain.people import Person, Role
from callcenter.ports.clients import Clients
from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.store.upgrade import upgrade
from callcenter.telemetry import set_up_logs
from config.load import load
from config.settings import Settings

ROOT = Path(__file__).parents[1]
LAUNCHER = ROOT / "asterisk-sample" / "pbx"
CANNOT_RUN_HERE = 3
RESTART_AFTER = 2.0
PBX = "main"

PEOPLE = (
    ("ivanova", "Иванова Анна", {Role.OPERATOR}, "PJSIP/101"),
    ("petrov", "Петров Олег", {Role.OPERATOR}, "PJSIP/102"),
    ("sidorova", "Сидорова Мария", {Role.OPERATOR, Role.MODERATOR}, "PJSIP/103"),
    ("moderator", "Морозова Ольга", {Role.MODERATOR}, None),
    ("vasiliev", "Васильев Пётр", {Role.EXECUTOR}, "PJSIP/201"),
    ("gromova", "Громова Елена", {Role.EXECUTOR}, "PJSIP/202"),
    ("supervisor", "Соколов Андрей", {Role.SUPERVISOR}, None),
    ("admin", "Администратор", {Role.ADMIN}, None),
)
_TALK = ("--ring", "10000", "--stay", "45000")
UNHURRIED: Mapping[str, tuple[str, ...]] = {
    "answered": _TALK,
    "known": _TALK,
    "hidden": _TALK,
    "abandoned": ("--stay", "20000"),
}
"""A newcomer has ten seconds to look at the pop-up, and half a minute of talk to try the form; milliseconds."""
SHOWN = ("ivanova", "petrov", "moderator", "vasiliev", "supervisor", "admin")


def demo_settings(
    *, port: int, state: Path, pbx: Mapping[str, Any] | None, environ: Mapping[str, str]
) -> Settings:
    """Settings of the demonstration; a PBX named by `CC_PBX__…` or a file wins over the sample's."""
    base = load(Path(environ["CC_CONFIG"]) if environ.get("CC_CONFIG") else None, environ)
    changes: dict[str, Any] = {
        "web": {**base.web.model_dump(), "port": port},
        "database": {"url": f"sqlite:///{state}/callcenter.sqlite3"},
        "calendar": {"always_open": True, "zone": "Europe/Moscow"},
        "redis": {"url": ""},
        "mail": {**base.mail.model_dump(), "files_dir": state / "mail"},
        "public": {"key_file": state / "public.key", "attachments_dir": state / "attachments"},
    }
    if pbx is not None:
        changes["pbx"] = {PBX: _pbx_settings(pbx, state)}
        changes["agi"] = {"host": pbx["agi"]["host"], "port": pbx["agi"]["port"]}
    return Settings.model_validate({**base.model_dump(), **changes})


def _pbx_settings(connection: Mapping[str, Any], state: Path) -> dict[str, Any]:
    return {
        **connection["ami"],
        "trunk_endpoints": [connection["trunk"]["channel"]],
        "cel_file": connection["files"]["cel"],
        "cdr_file": connection["files"]["cdr"],
        "journal_dir": state / "journal",
    }


async def demo(*, port: int, state: Path, environ: Mapping[str, str]) -> str | None:
    """Start everything, print the address and a one-time sign-in for each role, stop everything at Ctrl-C."""
    state.mkdir(parents=True, exist_ok=True)
    own_pbx = bool(environ.get("CC_CONFIG")) or any(name.startswith("CC_PBX__") for name in environ)
    async with nullcontext() if own_pbx else sample_pbx(state / "pbx") as connection:
        settings = demo_settings(port=port, state=state, pbx=connection, environ=environ)
        set_up_logs(level=environ.get("CC_LOG__LEVEL", "warning"), form=settings.log.format)
        await upgrade(settings.database.url.get_secret_value())
        async with Program(settings, demonstration=True) as program:
            await invent(program.open_uow)
            await _welcome(program, settings, has_pbx=bool(settings.pbx))
            await until_stopped(program)
    typer.echo("\nThe demonstration has stopped; nothing is left running.")
    return None


async def _welcome(program: Program, settings: Settings, *, has_pbx: bool) -> None:
    typer.echo(f"\nThe hotline's demonstration is at  {settings.web.address}")
    typer.echo(
        "The calendar is always open; people and clients are invented. Sign in once with one of these:"
    )
    people = {login: (name, roles) for login, name, roles, _ in PEOPLE}
    for login in SHOWN:
        token = await program.services.people.one_time_link(login)
        name, roles = people[login]
        words = ", ".join(sorted(roles))
        typer.echo(f"  {words:<12} {name:<16} {settings.web.address}/sign-in/once/{token}")
    if has_pbx:
        typer.echo("Place a real call from another terminal:  make call   (KIND=abandoned, hidden, known)")
    typer.echo("Ctrl-C stops everything.")


@asynccontextmanager
async def sample_pbx(state: Path) -> AsyncIterator[dict[str, Any] | None]:
    """A real Asterisk from `asterisk-sample/`; None, with one line that says why, where it cannot run.

    One that ends by itself (killed to see what happens) is started again.
    """
    if not LAUNCHER.is_file():
        typer.echo(
            "No PBX: asterisk-sample/ is not beside the program. Name yours with CC_PBX__MAIN__HOST and so on."
        )
        yield None
        return
    typer.echo("Starting Asterisk from asterisk-sample/ (the first time it is downloaded, about a minute)")
    process = await _launch(state)
    if not await _ready(process):
        _explain(await process.wait(), await _last_words(process))
        yield None
        return
    keeper = asyncio.create_task(_keep_running(process, state))
    try:
        yield json.loads((state / "connection.json").read_text(encoding="utf-8"))
    finally:
        keeper.cancel()
        await asyncio.wait([keeper])


async def _launch(state: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        LAUNCHER, "start", "--dir", state.absolute(), "--with-parent", "--always-open",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


async def _ready(process: asyncio.subprocess.Process) -> bool:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if line.startswith(b"ready:"):
            return True
    return False


async def _keep_running(process: asyncio.subprocess.Process, state: Path) -> None:
    """Start it again when it ended by itself; end it when the demonstration ends."""
    try:
        while True:
            await process.wait()
            typer.echo(f"Asterisk has ended ({await _last_words(process)}); starting it again")
            await asyncio.sleep(RESTART_AFTER)
            process = await _launch(state)
            if await _ready(process):
                typer.echo("Asterisk is back")
    finally:
        await _end(process)


async def _last_words(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    lines = (await process.stderr.read()).decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it ended without a word"


def _explain(code: int, why: str) -> None:
    if code != CANNOT_RUN_HERE:
        raise Misconfigured(f"The sample Asterisk did not start: {why}")
    typer.echo(
        f"No PBX: {why}. Name yours with CC_PBX__MAIN__HOST, __USERNAME and __SECRET "
        "(asterisk-sample/README.md); going on without telephony."
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def demo_call(*, kind: str, state: Path) -> str | None:
    """Place one real call to the running demonstration and say how it ended."""
    process = await asyncio.create_subprocess_exec(
        LAUNCHER, "call", kind, *UNHURRIED.get(kind, ()), "--dir", (state / "pbx").absolute(),
        stdout=sys.stdout, stderr=sys.stderr,
    )  # fmt: skip
    return None if await process.wait() == 0 else "The call could not be placed; is `make run` running?"


async def invent(open_uow: OpenUnitOfWork) -> None:
    """The demonstration's people and clients, once."""
    async with open_uow() as uow:
        if await uow.people.by_login("ivanova") is not None:
            return
        for login, name, roles, endpoint in PEOPLE:
            person = Person(
                id=0,
                login=login,
                name=name,
                roles=frozenset(roles),
                pbx=PBX if endpoint else None,
                endpoint=endpoint,
            )
            await uow.people.add(person, password_hash=None)
        await _invent_clients(uow.clients)
        await uow.commit()


async def _invent_clients(clients: Clients) -> None:
    romashka = await clients.add_organization(Organization(id=0, name="ООО «Ромашка»", inn="7707083893"))
    vector = await clients.add_organization(Organization(id=0, name="АО «Вектор»", inn="7728168971"))
    ledger = await clients.add_product(
        Product(id=0, code="BUH", name="Бухгалтерия", vendor="Разработчик учётных систем")
    )
    reports = await clients.add_product(
        Product(id=0, code="OTCH", name="Отчётность онлайн", vendor="Оператор отчётности")
    )
    await clients.add_client(
        Client(id=0, name="Петров Иван Сергеевич", organization_id=romashka.id, phones=("+79161234567",),
               email="petrov@romashka.example")
    )  # fmt: skip
    await clients.add_client(
        Client(id=0, name="Кузнецова Елена", organization_id=vector.id, phones=("+74951234567", "+79031112233"),
               email="kuznetsova@vector.example")
    )  # fmt: skip
    for organization, product, number in ((romashka, ledger, "Б-17"), (vector, reports, "О-4")):
        await clients.add_contract(
            Contract(
                id=0, organization_id=organization.id, product_id=product.id, number=number,
                starts_on=date(2026, 1, 1), vendor_support=True,
            )
        )  # fmt: skip
