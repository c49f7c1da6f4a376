"""Lists, search, ticket page and public form over HTTP: `python -m tests.bench.bench_desk_http [--tickets N]`.

The program runs in a process of its own (`desk_server`); this one asks as a browser does (signed in, the whole HTML
page with its shell) and as a program does (a token, JSON), one request after another. Each case draws its words,
names, numbers, days and pages anew for every request. The form is sent with its commit; PostgreSQL keeps
`fsync` and `synchronous_commit` on here.
"""

import argparse
import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil  # type: ignore[import-untyped]
from aiohttp import ClientSession, CookieJar, FormData

from callcenter.domain.lists import Cursor, written
from tests.bench.desk_server import MODERATOR, session_of
from tests.bench.desk_world import (
    CLIENTS,
    COMPANIES,
    EXECUTORS,
    FOLDER,
    HISTORY_EACH,
    OPERATORS,
    PRODUCTS,
    SITES,
    SPAN,
    START,
    TICKETS,
    World,
    fill_postgresql,
    generated,
)
from tests.databases import PostgresqlCluster, postgresql_binaries

PORT = 18410
CALLS, WARM = 300, 20
LIMIT, FORM_LIMIT = 50.0, 100.0
"""Milliseconds that the 99th percentile may take."""
Ask = Callable[[], Awaitable[None]]
Case = tuple[str, Ask]
Draw = Callable[[], Mapping[str, str]]
FORMS = (
    ("не", "a very common word"),
    ("не открывается", "two common words"),
    ("отчётами", "a word form"),
    ("сертификатов подписей", "two word forms"),
    ("отч", "three letters"),
    ("об", "two letters"),
    ("ыыыыыы", "a word nobody wrote"),
    ("не ыыыыыы", "a common word and one nobody wrote"),
    ("не открывается отчёт печать ошибка зарплата", "six common words"),
)
FIELDS: Mapping[str, str] = {
    "name": "Пётр Петров",
    "phone": "8 (916) 123-45-67",
    "email": "petr@example.ru",
    "kind": "reference",
    "consent": "yes",
}


class DurableCluster(PostgresqlCluster):
    """As installed: every commit reaches the disk, memory as a small server has it."""

    def _options(self, socket: Path) -> Sequence[str]:
        changed = ("fsync=", "synchronous_commit=", "full_page_writes=", "shared_buffers=")
        kept = [word for word in super()._options(socket) if word != "-c" and not word.startswith(changed)]
        return [word for each in [*kept, "shared_buffers=1GB"] for word in ("-c", each)]


@dataclass(kw_only=True)
class Served:
    """The running program: its address, process and a moderator's token."""

    address: str
    pid: int
    secret: str


@asynccontextmanager
async def served(url: str, port: int = PORT) -> AsyncIterator[Served]:
    """The program on this database until the block ends."""
    command = [sys.executable, "-m", "tests.bench.desk_server", url, str(port)]
    program = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert program.stdout is not None
        word, pid, secret = (await program.stdout.readline()).decode().split()
        assert word == "ready"
        yield Served(address=f"http://127.0.0.1:{port}", pid=int(pid), secret=secret)
    finally:
        program.terminate()
        await program.wait()


class Asking:
    """Requests as a browser and as a program send them, with values drawn from the world."""

    def __init__(self, server: Served, session: ClientSession, tickets: int) -> None:
        self.server, self.session, self.tickets = server, session, tickets
        self.rng = random.Random(1)
        self.world = World(tickets)
        self.browser = {"Cookie": f"session={session_of(MODERATOR)}", "Accept": "text/html"}
        self.token = {"Authorization": f"Bearer {server.secret}"}

    async def page(self, path: str, sent: Mapping[str, str] | None = None) -> None:
        method = "GET" if sent is None else "POST"
        data = None if sent is None else FormData(dict(sent))
        headers = {**self.browser, "Origin": self.server.address}
        async with self.session.request(
            method, self.server.address + path, data=data, headers=headers, allow_redirects=False
        ) as answer:
            body = await answer.read()
            assert answer.status in {200, 303}, (path, answer.status, body[:500])

    async def api(self, path: str, body: Any = None) -> None:
        method = "GET" if body is None else "POST"
        async with self.session.request(
            method, f"{self.server.address}/api/v1{path}", json=body, headers=self.token
        ) as answer:
            told = await answer.read()
            assert answer.status == 200, (path, answer.status, told[:500])

    # --- what is drawn anew for each request ---------------------------------------------------------------------

    def ticket(self) -> int:
        return 1001 + HISTORY_EACH * self.rng.randrange(self.tickets // HISTORY_EACH)

    def open_ticket(self) -> int:
        return 1001 + self.rng.randrange(self.world.first_open, self.tickets)

    def some_text(self, count: int) -> str:
        return " ".join(self.rng.choices(self.world.vocabulary, cum_weights=self.world.weights, k=count))

    def day(self) -> str:
        return (START + timedelta(days=self.rng.randrange(SPAN.days))).date().isoformat()

    def month(self) -> Mapping[str, str]:
        first = START + timedelta(days=self.rng.randrange(SPAN.days - 30))
        return {"from": first.date().isoformat(), "to": (first + timedelta(days=30)).date().isoformat()}

    def name(self) -> str:
        return self.world.clients[self.rng.randrange(CLIENTS)][0]

    def company(self) -> str:
        return self.world.companies[self.rng.randrange(COMPANIES)]

    def phone(self) -> str:
        return self.world.clients[self.rng.randrange(CLIENTS)][2]

    def deep_page(self, *, instant: bool) -> Mapping[str, str]:
        """Where some page far down ends."""
        number = self.rng.randrange(self.tickets)
        at = START + SPAN * number / self.tickets
        return {"after": written(Cursor(at=at.astimezone(UTC) if instant else None, id=1001 + number))}


def with_all(draw: Draw, **more: str) -> Draw:
    return lambda: {**more, **draw()}


def list_values(asking: Asking) -> Sequence[tuple[str, Draw]]:
    """Lists by their filters, as the page's form names them."""
    rng = asking.rng

    def one_of(name: str, values: Sequence[int]) -> Draw:
        return lambda: {name: str(rng.choice(values))}

    executor, operator = one_of("executor", EXECUTORS), one_of("operator", OPERATORS)
    product, topic = one_of("product", range(1, PRODUCTS + 1)), one_of("topic", range(1, 10))
    site, client = one_of("site", range(1, SITES + 1)), one_of("client", range(1, CLIENTS + 1))
    kinds, sources = ("reference", "outage", "vendor"), ("call", "form", "operator")
    reasons = ("unreachable", "by_client", "duplicate", "spam", "not_a_request")
    statuses = ("draft", "new", "assigned", "in_progress", "waiting", "at_vendor", "resolved", "closed")
    every: list[tuple[str, Draw]] = [
        ("open, by time left", dict),
        ("status", lambda: {"status": rng.choice((*statuses, "cancelled"))}),
        ("open executor", executor),
        ("open kind", lambda: {"kind": rng.choice(kinds)}),
        ("open overdue", lambda: {"overdue": "yes"}),
        ("open missed", lambda: {"missed": "yes"}),
        ("open, last changed", lambda: {"sort": "updated"}),
        ("open, newest of a product", lambda: {**product(), "sort": "newest"}),
        ("closed, last changed", lambda: {"status": "closed", "sort": "updated"}),
        ("closed of an executor", lambda: {"status": "closed", **executor()}),
        ("cancelled for a reason", lambda: {"status": "cancelled", "reason": rng.choice(reasons)}),
    ]
    alone: Mapping[str, Draw] = {
        "executor": executor,
        "operator": operator,
        "product": product,
        "topic": topic,
        "site": site,
        "client": client,
        "kind": lambda: {"kind": rng.choice(kinds)},
        "priority": lambda: {"priority": rng.choice(("normal", "high", "low"))},
        "source": lambda: {"source": rng.choice(sources)},
        "reason": lambda: {"reason": rng.choice(reasons)},
        "missed": lambda: {"missed": "yes"},
        "one day": lambda: dict.fromkeys(("from", "to"), asking.day()),
        "one month": asking.month,
        "executor and product": lambda: {**executor(), **product()},
        "operator and month": lambda: {**operator(), **asking.month()},
        "product, kind, priority": lambda: {**product(), "kind": "vendor", "priority": "high"},
        "site and topic": lambda: {**site(), **topic()},
        "client and product": lambda: {**client(), **product()},
        "source and month": lambda: {"source": rng.choice(sources), **asking.month()},
        "kind and month": lambda: {"kind": rng.choice(kinds), **asking.month()},
        "nothing but the order": dict,
    }
    for sort in ("newest", "oldest", "updated"):
        any_of = {"status": "any", "sort": sort}
        every += [(f"any {name}, {sort}", with_all(draw, **any_of)) for name, draw in alone.items()]
        deep: Draw = partial(asking.deep_page, instant=sort == "updated")
        every.append((f"deep page, {sort}", with_all(deep, **any_of)))
        every.append((f"deep page of a product, {sort}", with_all(deep, **any_of, **product())))
    return every


API_NAMES = {"executor": "assignee_id", "operator": "operator_id", "product": "product_id", "topic": "topic_id"} | {
    "site": "site_id", "client": "client_id", "reason": "cancel_reason", "from": "since", "to": "until",
}  # fmt: skip
OPEN_STATUSES = ("draft", "new", "assigned", "in_progress", "waiting", "at_vendor")


def as_api(values: Mapping[str, str]) -> str:
    """The same list as the API's query."""
    status = values.get("status", "open")
    pairs: list[tuple[str, str]] = []
    if status != "any":
        pairs += [("status", each) for each in (OPEN_STATUSES if status == "open" else (status,))]
    for name, value in values.items():
        if name in {"from", "to"}:
            value = f"{value}T00:00:00+03:00"
        if name in {"overdue", "missed"}:
            value = "true"
        if name != "status":
            pairs.append((API_NAMES.get(name, name), value))
    return urlencode(pairs)


def lists(asking: Asking, way: str) -> Sequence[Case]:
    def ask(draw: Draw) -> Ask:
        if way == "page":
            return lambda: asking.page(f"/tickets?{urlencode(draw())}")
        return lambda: asking.api(f"/tickets?{as_api(draw())}")

    found: list[Case] = [(name, ask(draw)) for name, draw in list_values(asking)]
    if way == "page":
        found += [(path, partial(asking.page, path)) for path in ("/moderation", "/my", "/drafts")]
    return found


def typed_texts(asking: Asking) -> Sequence[tuple[str, Callable[[], str]]]:
    """What people type into the search box."""
    rng = asking.rng

    def digits() -> str:
        return asking.phone().removeprefix("+7")

    def spelt(form: str) -> Callable[[], str]:
        def spell() -> str:
            each = digits()
            return form.format(each[:3], each[3:6], each[6:8], each[8:])

        return spell

    return [
        ("number", lambda: str(asking.ticket())),
        ("number with its sign", lambda: f"№ {asking.ticket()}"),
        ("surname", lambda: asking.name().split(" ")[0]),
        ("whole name", asking.name),
        ("given name", lambda: asking.name().split(" ")[1]),
        ("company", asking.company),
        ("company's trade", lambda: asking.company().split("«")[1].split(" ")[0]),
        ("INN", lambda: rng.choice(asking.world.inns)),
        ("phone +7…", asking.phone),
        ("phone 8 (…) …-..-..", spelt("8 ({}) {}-{}-{}")),
        ("phone, ten digits", digits),
        ("phone, last four", lambda: digits()[-4:]),
        ("phone, last seven", spelt("{1}-{2}-{3}")),
        ("phone, area and three", lambda: digits()[:6]),
        ("one word", lambda: asking.some_text(1)),
        ("two words", lambda: asking.some_text(2)),
        ("three words", lambda: asking.some_text(3)),
        ("name and a word", lambda: f"{asking.name().split(' ')[0]} {asking.some_text(1)}"),
        *((what, partial(str, text)) for text, what in FORMS),
    ]


def searches(asking: Asking, way: str) -> Sequence[Case]:
    typed, rng = typed_texts(asking), asking.rng

    def by_api(draw: Callable[[], str]) -> Ask:
        return lambda: asking.api("/tickets/search", {"text": draw()})

    def by_page(draw: Callable[[], str], path: str = "/tickets") -> Ask:
        return lambda: asking.page(path, {"q": draw(), "status": "any"})

    def filtered(text: str, draw: Draw) -> Ask:
        return lambda: asking.page("/tickets", {"q": text, **draw()})

    if way == "api":
        return [(name, by_api(draw)) for name, draw in typed]
    among: list[tuple[str, Draw]] = [
        ("among the open", dict),
        ("of an executor", lambda: {"executor": str(rng.choice(EXECUTORS)), "status": "any"}),
        ("of a product and kind", lambda: {"product": "20", "kind": "vendor", "status": "any"}),
        ("of a month", lambda: {"status": "any", **asking.month()}),
        ("older ones", lambda: {"status": "any", "before": str(1001 + rng.randrange(asking.tickets))}),
    ]
    return [
        *((name, by_page(draw)) for name, draw in typed),
        *(
            (f"{text} {name}", filtered(text, draw))
            for text in ("не", "не открывается")
            for name, draw in among
        ),
        *((f"top bar: {name}", by_page(draw, "/search")) for name, draw in typed if name in TOP_BAR),
    ]


TOP_BAR = frozenset(
    {
        "number", "surname", "whole name", "given name", "company", "INN", "phone +7…", "phone, last four",
        "one word", "a very common word", "a word nobody wrote", "three letters",
    }
)  # fmt: skip


def pages(asking: Asking, way: str) -> Sequence[Case]:
    ask = asking.page if way == "page" else asking.api
    return [
        ("ticket with a history", lambda: ask(f"/tickets/{asking.ticket()}")),
        ("open ticket", lambda: ask(f"/tickets/{asking.open_ticket()}")),
    ]


async def measured(
    name: str, cases: Sequence[Case], only: str, server: Served, limit: float = LIMIT
) -> list[str]:
    """Prints each case, with the program's own CPU time of one request; those over the limit are returned."""
    over, program = [], psutil.Process(server.pid)
    print(f"\n{name}: milliseconds of one request ({CALLS} each)", flush=True)
    for title, ask in cases:
        if only not in title:
            continue
        spent = sum(program.cpu_times()[:2])
        took = await timed(ask)
        cpu = (sum(program.cpu_times()[:2]) - spent) * 1000 / (CALLS + WARM)
        p99 = took[int(len(took) * 0.99) - 1]
        print(
            f"  {title:38} p50 {took[len(took) // 2]:7.2f}   p99 {p99:7.2f}   max {took[-1]:7.2f}"
            + f"   cpu {cpu:6.2f}"
            + ("   OVER" if p99 > limit else ""),
            flush=True,
        )
        if p99 > limit:
            over.append(f"{name}: {title} {p99:.1f} ms")
    return over


async def timed(ask: Ask) -> list[float]:
    for _ in range(WARM):
        await ask()
    took = []
    for _ in range(CALLS):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


async def forms(asking: Asking) -> Sequence[Case]:
    """A public form: looked at, filled in for a while, sent; the answer leads to its status page."""
    server, session = asking.server, asking.session
    tokens = []
    for _ in range(CALLS + WARM):
        async with session.get(f"{server.address}/f/hotline", headers={"Accept": "text/html"}) as answer:
            text = await answer.text()
            tokens.append(text.split('name="token" value="')[1].split('"')[0])
    await asyncio.sleep(3.5)  # nobody fills a form in sooner, and the guard against robots knows it
    left = iter(enumerate(tokens))

    async def send() -> None:
        number, token = next(left)
        sent = {**FIELDS, "text": f"{asking.some_text(14)} {number}", "token": token}
        address = (
            f"10.{RUN >> 8 & 255}.{RUN & 255}.{number % 250}"
            if number < 250
            else f"11.{RUN & 255}.0.{number % 250}"
        )
        async with session.post(
            f"{server.address}/f/hotline",
            data=FormData(sent),
            headers={"X-Forwarded-For": address, "Origin": server.address},
            allow_redirects=False,
        ) as answer:
            assert answer.status == 303, (answer.status, (await answer.text())[:2000])

    return [("form with its commit", send)]


RUN = int(time.time())


async def on(title: str, url: str, options: argparse.Namespace) -> list[str]:
    """Everything on one database."""
    over: list[str] = []
    async with (
        served(url, options.port) as server,
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as session,
    ):
        asking = Asking(server, session, options.tickets)
        for part, cases in (("lists", lists), ("search", searches), ("ticket", pages)):
            for way in ("page", "api"):
                if options.part in {"all", part} and options.way in {"both", way}:
                    named = f"{title}, {options.tickets} tickets, {part}, {way}"
                    over += await measured(named, cases(asking, way), options.case, server)
        if options.part in {"all", "form"}:
            named = f"{title}, {options.tickets} tickets, form"
            over += await measured(named, await forms(asking), options.case, server, FORM_LIMIT)
    return over


async def main(path: Path, options: argparse.Namespace) -> None:
    over: list[str] = []
    if options.only != "postgresql":
        over += await on("SQLite", f"sqlite:///{path}", options)
    if options.only != "sqlite" and options.postgresql:
        over += await on("PostgreSQL", options.postgresql, options)
    elif options.only != "sqlite" and postgresql_binaries() is not None:
        cluster = DurableCluster()
        try:
            cluster.start()
            url = await cluster.new()
            began = time.perf_counter()
            await fill_postgresql(url, path)
            print(f"\ncopied to PostgreSQL in {time.perf_counter() - began:.0f} s")
            over += await on("PostgreSQL", url, options)
        finally:
            cluster.stop()
    print("\nover the limit: " + ("; ".join(over) or "none"))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=TICKETS)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the generated world is kept")
    parser.add_argument("--only", choices=["both", "sqlite", "postgresql"], default="both")
    parser.add_argument("--postgresql", default="", help="a filled database instead of a new one")
    parser.add_argument("--part", choices=["all", "lists", "search", "ticket", "form"], default="all")
    parser.add_argument("--way", choices=["both", "page", "api"], default="both")
    parser.add_argument("--case", default="", help="only the cases whose name holds this")
    parser.add_argument("--port", type=int, default=PORT)
    return parser.parse_args()


if __name__ == "__main__":
    asked = arguments()
    asyncio.run(main(generated(asked.tickets, asked.folder), asked))
