"""The API over a million tickets, beside a bare handler with the same SQL: `python -m tests.bench.bench_api`.

One process serves, one asks over loopback with one connection, requests one after another. The bare handler runs the
same store calls and writes rows with `json.dumps`: no token, no policy, no validation, no model. The form is sent to
a fresh database, its commit synced to the disk. The tickets are desk_world's.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from callcenter.domain.lists import Filter, Query, Sort
from callcenter.domain.people import Action, Person, Role
from callcenter.domain.ticket import Ticket
from callcenter.live.in_process import InProcessFeed
from callcenter.store import Database
from callcenter.store.upgrade import upgrade
from callcenter.web import app as web_app
from callcenter.web.app import create_app
from callcenter.web.passwords import Argon2Passwords
from callcenter.web.services import Services
from callcenter.web.settings import WebSettings
from callcenter.web.static_files import StaticFiles
from tests.api_house import BASE, AnyStaticFile
from tests.bench.desk_world import HISTORY_EACH, TICKETS, World, generated
from tests.databases import opened
from tests.desk_house import RULES, House
from tests.public_house import PublicHouse

CALLS, WARM = 300, 30
_NAMES = [each.name for each in fields(Ticket)]
Ask = Callable[[], Awaitable[Any]]


def plain(ticket: Ticket) -> dict[str, Any]:
    return {name: None if (value := getattr(ticket, name)) is None else str(value) for name in _NAMES}


def bare(house: House, by: Person) -> web.Application:
    """The same SQL, and nothing else."""

    async def listed(request: web.Request) -> web.Response:
        page = await house.lists.page(by, Query(filter=Filter(), sort=Sort.NEWEST))
        return web.Response(text=json.dumps([plain(each) for each in page.tickets]))

    async def found(request: web.Request) -> web.Response:
        got = await house.search.find(by, (await request.json())["text"])
        return web.Response(text=json.dumps([plain(each) for each in got.tickets]))

    async def one(request: web.Request) -> web.Response:
        details = await house.reading.details(by, int(request.match_info["id"]))
        told = {
            "ticket": plain(details.ticket),
            "messages": [each.text for each in details.messages],
            "story": [each.action for each in details.story],
            "verdicts": [str(each.outcome) for each in details.verdicts],
            "open_tickets": [plain(each) for each in details.open_tickets],
        }
        return web.Response(text=json.dumps(told))

    app = web.Application()
    app.router.add_get("/list", listed)
    app.router.add_post("/search", found)
    app.router.add_get("/tickets/{id}", one)
    return app


async def timed(ask: Ask) -> list[float]:
    for _ in range(WARM):
        await ask()
    took = []
    for _ in range(CALLS):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


async def both(ours: Ask, theirs: Ask) -> tuple[list[float], list[float]]:
    """Taken in turns, so that what else the machine does falls on both."""
    for _ in range(WARM):
        await ours()
        await theirs()
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(CALLS):
        for ask, into in zip((ours, theirs), took, strict=True):
            began = time.perf_counter()
            await ask()
            into.append((time.perf_counter() - began) * 1000)
    return sorted(took[0]), sorted(took[1])


def said(name: str, took: list[float], beside: list[float] | None = None) -> None:
    middle, worst = took[len(took) // 2], took[int(len(took) * 0.99)]
    line = f"  {name:<28} median {middle:7.2f} ms   p99 {worst:7.2f} ms"
    if beside is not None:
        line += f"   bare median {beside[len(beside) // 2]:7.2f} ms   ratio {middle / beside[len(beside) // 2]:.2f}"
    print(line, flush=True)


def application(services: Services, house: House) -> web.Application:
    settings = WebSettings(base_url=BASE, api_requests_per_minute=10**9)
    return create_app(services, InProcessFeed(), settings, house.clock)


async def reading(database: Database, tickets: int) -> None:
    house = House(database.uow, RULES)
    by = Person(id=1, login="p0", name="", roles=frozenset({Role.MODERATOR, Role.EXECUTOR, Role.SUPERVISOR}))
    services = Services.on(
        database.uow, house.clock, Argon2Passwords(), session_length=timedelta(hours=12), desk=house.desk
    )
    maker = Person(id=1, login="p0", name="", roles=frozenset({Role.ADMIN}))
    made = await services.api_tokens.create(
        maker,
        person_id=1,
        name="bench",
        scopes=frozenset({Action.SEE_TICKETS}),
        expires_at=house.clock.now() + timedelta(days=30),
    )
    header = {"Authorization": f"Bearer {made.secret}"}
    rng, world = random.Random(1), World(0)
    api, beside = TestServer(application(services, house)), TestServer(bare(house, by))
    await api.start_server()
    await beside.start_server()

    def one_id() -> int:
        return 1001 + HISTORY_EACH * rng.randrange(tickets // HISTORY_EACH)

    def words() -> dict[str, str]:
        return {"text": " ".join(rng.choices(world.vocabulary, cum_weights=world.weights, k=2))}

    async with ClientSession() as session:

        async def ask(server: TestServer, method: str, path: str, body: Any = None) -> None:
            async with session.request(method, server.make_url(path), json=body, headers=header) as answer:
                await answer.read()
                assert answer.status == 200, await answer.text()

        cases: list[tuple[str, Ask, Ask]] = [
            (
                "list, 50 newest",
                lambda: ask(api, "GET", "/api/v1/tickets?sort=newest"),
                lambda: ask(beside, "GET", "/list"),
            ),
            (
                "search, two words",
                lambda: ask(api, "POST", "/api/v1/tickets/search", words()),
                lambda: ask(beside, "POST", "/search", words()),
            ),
            (
                "ticket with everything",
                lambda: ask(api, "GET", f"/api/v1/tickets/{one_id()}"),
                lambda: ask(beside, "GET", f"/tickets/{one_id()}"),
            ),
        ]
        print(f"\nSQLite, {tickets} tickets, {CALLS} requests each over loopback")
        for name, ours, theirs in cases:
            said(name, *await both(ours, theirs))
    await api.close()
    await beside.close()


async def forms(folder: Path) -> None:
    """A public form through HTTP: validated, stored, indexed, its letter queued, committed and synced."""
    path = folder / "forms.db"
    await asyncio.to_thread(lambda: asyncio.run(upgrade(f"sqlite:///{path}")))
    async with opened(f"sqlite:///{path}") as database:
        public = await PublicHouse.built(database.uow)

        async def send() -> None:
            await public.room.forms.send(
                "hotline", await public.form(address=f"198.51.{send_no[0] // 200}.{send_no[0] % 200}")
            )
            send_no[0] += 1

        send_no = [0]
        print("\nA public form with its commit (SQLite, synchronous=FULL)")
        said("form", await timed(send))


async def main(path: Path, tickets: int) -> None:
    web_app.load_static_files = lambda: StaticFiles(AnyStaticFile())
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "desk.db"
        await asyncio.to_thread(copied, path, copy)
        await asyncio.to_thread(lambda: asyncio.run(upgrade(f"sqlite:///{copy}")))
        async with opened(f"sqlite:///{copy}") as database:
            await reading(database, tickets)
        await forms(Path(folder))


def copied(source: Path, target: Path) -> None:
    """The bench writes a token: the kept file stays as it was generated."""
    target.write_bytes(b"")
    with source.open("rb") as read, target.open("wb") as write:
        while part := read.read(2**24):
            write.write(part)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=TICKETS)
    options = parser.parse_args()
    asyncio.run(main(generated(options.tickets), options.tickets))
