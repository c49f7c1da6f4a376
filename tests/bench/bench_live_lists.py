"""Two hundred signed-in people with live lists: `python -m tests.bench.bench_live_lists [--people N] [--seconds S]`.

Each has one stream and does with every message what the front end does (`regions.ts`, `tickets.ts`): the same
conditions, the same gathering, the same intervals, the same requests. Five tickets a second are changed through the
API, as moderators and executors change them. Measured is the CPU time of the program's own process; the browsers,
the changes and PostgreSQL run outside it. `tests/browser/test_live_lists.py` proves that a real browser asks no more.
"""

import argparse
import asyncio
import json
import os
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from aiohttp import ClientSession, ClientTimeout, TCPConnector

from tests.bench.bench_desk_http import Served, served
from tests.bench.desk_server import session_of
from tests.bench.desk_world import EXECUTORS, FOLDER, MODERATORS, OPERATORS, PEOPLE, TICKETS, generated

PORT = 18420
GATHER, LEAST, LIST, ROWS_GATHER, ROWS_LEAST = 0.12, 0.7, 1.5, 0.3, 1.5
"""Seconds, as in the front end."""
DRAFT, NEW = frozenset({"draft"}), frozenset({"new"})
SHELL_COUNTS = "/desk/counts"


@dataclass(kw_only=True)
class Browser:
    """One person's tab: what his page shows and therefore reads anew."""

    person: int
    page: str
    shown: set[str] = field(default_factory=set)
    due: set[str] = field(default_factory=set)
    rows: set[str] = field(default_factory=set)
    reading: asyncio.Event = field(default_factory=asyncio.Event)
    changed_rows: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def moderates(self) -> bool:
        return self.person in MODERATORS

    @property
    def works(self) -> bool:
        return self.moderates or self.person in EXECUTORS

    def hear(self, told: Mapping[str, Any]) -> None:
        """A ticket changed: `concerns` of `regions.ts`, `followTickets` of `tickets.ts`."""
        status, before = told["status"], told.get("before")
        mine = self.person in {told.get("assignee_id"), told.get("was_assignee_id")}
        ticket = str(told["ticket_id"])
        if (status in DRAFT) != (before in DRAFT):
            self.due.add("/workspace/parts?want=drafts")
        if (self.moderates and (status in NEW) != (before in NEW)) or (self.works and mine):
            self.due.add(SHELL_COUNTS)
        list_changed = {
            "/moderation": status in NEW or before in NEW,
            "/drafts": status in DRAFT or before in DRAFT,
            "/my": mine or ticket in self.shown,
        }
        if list_changed.get(self.page, False):
            self.due.add(self.page)
        if self.page.startswith("/tickets") and ticket in self.shown:
            self.rows.add(ticket)
            self.changed_rows.set()
        if self.due:
            self.reading.set()


class Crowd:
    """Everybody's browsers, in this process."""

    def __init__(self, server: Served, session: ClientSession) -> None:
        self.server, self.session = server, session
        self.asked: Counter[str] = Counter()
        self.heard = 0
        self.failed: Counter[int] = Counter()

    async def read(self, browser: Browser, path: str) -> str:
        headers = {"Cookie": f"session={session_of(browser.person)}", "HX-Request": "true"}
        async with self.session.get(self.server.address + path, headers=headers) as answer:
            text = await answer.text()
            self.asked[path.partition("?")[0]] += 1
            if answer.status != 200:
                self.failed[answer.status] += 1
            return text

    async def open(self, browser: Browser) -> None:
        text = await self.read(browser, browser.page)
        browser.shown = {part.split('"')[0] for part in text.split('data-key="')[1:]}

    async def follow(self, browser: Browser, ready: asyncio.Event) -> None:
        headers = {"Cookie": f"session={session_of(browser.person)}", "Accept": "text/event-stream"}
        async with self.session.get(f"{self.server.address}/live", headers=headers) as stream:
            assert stream.status == 200, stream.status
            ready.set()
            kind = ""
            async for raw in stream.content:
                line = raw.decode().rstrip("\r\n")
                if line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: ") and kind == "ticket.changed":
                    self.heard += 1
                    browser.hear(json.loads(line[6:]))

    async def refresh(self, browser: Browser) -> None:
        """`readDue`: one reading for a burst, one request for each address."""
        while True:
            await browser.reading.wait()
            browser.reading.clear()
            await asyncio.sleep(GATHER * (0.5 + random.random()))
            due, browser.due = browser.due, set()
            for path in sorted(due):
                await self.read(browser, path)
            await asyncio.sleep(LIST if any(not each.startswith("/workspace") for each in due) else LEAST)
            if browser.due:
                browser.reading.set()

    async def refresh_rows(self, browser: Browser) -> None:
        """`readRows`: the rows that changed, by their numbers."""
        while True:
            await browser.changed_rows.wait()
            browser.changed_rows.clear()
            await asyncio.sleep(ROWS_GATHER)
            while browser.rows:
                ids, browser.rows = browser.rows, set()
                await self.read(browser, f"/tickets/rows?ids={','.join(sorted(ids))}")
                await asyncio.sleep(ROWS_LEAST)


def people(count: int, pages: str) -> Sequence[Browser]:
    """Half executors, a quarter operators, the rest moderators and supervisors; or everybody on one page."""
    found: list[Browser] = []
    if pages == "moderation":
        return [Browser(person=MODERATORS[n % len(MODERATORS)], page="/moderation") for n in range(count)]
    shares = ((EXECUTORS, "/my", 0.5), (OPERATORS, "/drafts", 0.25), (MODERATORS, "/moderation", 0.15))
    for group, page, share in shares:
        found += [Browser(person=group[n % len(group)], page=page) for n in range(round(count * share))]
    watching = range(PEOPLE - 19, PEOPLE + 1)
    found += [Browser(person=watching[n % 20], page="/tickets") for n in range(count - len(found))]
    return found


class Changes:
    """Tickets changed as people change them: new ones are assigned, assigned accepted, accepted given on."""

    def __init__(self, server: Served, session: ClientSession) -> None:
        self.server, self.session = server, session
        self.rng = random.Random(5)
        self.done = 0

    async def ask(self, method: str, path: str, body: Any = None, version: int | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.server.secret}"}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        async with self.session.request(
            method, f"{self.server.address}/api/v1{path}", json=body, headers=headers
        ) as answer:
            assert answer.status < 300, (path, answer.status, await answer.text())
            return await answer.json()

    async def run(self, seconds: float, per_second: float) -> None:
        began = time.perf_counter()
        waiting: list[Any] = []
        given: list[tuple[int, int]] = []
        while (passed := time.perf_counter() - began) < seconds:
            if not waiting:
                waiting = (await self.ask("GET", "/tickets?status=new&limit=100"))["tickets"]
            if given and (self.done % 2 or not waiting):
                number, version = given.pop(0)
                # taken back to the moderators: a ticket that comes to their list, as a new one does
                back = await self.ask("POST", f"/tickets/{number}/return", {"reason": "bench"}, version)
                assert back["id"] == number
            else:
                ticket = waiting.pop(self.rng.randrange(len(waiting)))
                to = self.rng.choice(EXECUTORS)
                body = {"to": to, "reason": "bench"}
                after = await self.ask("POST", f"/tickets/{ticket['id']}/assign", body, ticket["version"])
                given.append((after["id"], after["version"]))
            self.done += 1
            await asyncio.sleep(max(0.0, self.done / per_second - passed))


async def measure(server: Served, browsers: Sequence[Browser], options: argparse.Namespace) -> None:
    timeout = ClientTimeout(total=None)
    async with ClientSession(connector=TCPConnector(limit=0), timeout=timeout) as session:
        crowd, changes = Crowd(server, session), Changes(server, session)
        for browser in browsers:
            await crowd.open(browser)
        tasks = []
        for browser in browsers:
            ready = asyncio.Event()
            tasks += [
                asyncio.create_task(crowd.follow(browser, ready)),
                asyncio.create_task(crowd.refresh(browser)),
                asyncio.create_task(crowd.refresh_rows(browser)),
            ]
            await ready.wait()
        crowd.asked.clear()
        program = psutil.Process(server.pid)
        spent, began = sum(program.cpu_times()[:2]), time.perf_counter()
        await changes.run(options.seconds, options.changes)
        took = time.perf_counter() - began
        cpu = sum(program.cpu_times()[:2]) - spent
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    each = ", ".join(f"{path} {count / took:.1f}" for path, count in crowd.asked.most_common())
    print(
        f"  {len(browsers)} streams, {changes.done / took:.2f} changes/s, {took:.0f} s: "
        f"{cpu / took:.2f} cores of the program; {crowd.heard / took:.0f} messages/s heard, "
        f"requests/s: {each}; refused: {dict(crowd.failed) or 'none'}; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


async def main(options: argparse.Namespace, path: Path | None) -> None:
    urls = []
    if path is not None:
        urls.append(("SQLite", f"sqlite:///{path}"))
    if options.postgresql:
        urls.append(("PostgreSQL", options.postgresql))
    for title, url in urls:
        async with served(url, options.port) as server:
            for pages in ("mixed", "moderation"):
                print(f"\n{title}, {options.tickets} tickets, pages: {pages}")
                await measure(server, people(options.people, pages), options)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=TICKETS)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--only", choices=["both", "sqlite", "postgresql"], default="both")
    parser.add_argument("--postgresql", default="", help="the url of a filled database")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--changes", type=float, default=5, help="a second")
    parser.add_argument("--port", type=int, default=PORT)
    asked = parser.parse_args()
    world = None if asked.only == "postgresql" else generated(asked.tickets, asked.folder)
    asyncio.run(main(asked, world))
