"""Lists, search and ticket pages over a million tickets: `python -m tests.bench.bench_desk [--tickets N]`.

Each figure is the time of one call of the service behind a screen, in one process, transaction included; over HTTP:
`bench_desk_http`. The tickets are `desk_world`'s, kept in `var/bench/`; pages are read of those with a history.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from callcenter.domain.lifecycle import OPEN
from callcenter.domain.lists import Filter, Query, Sort
from callcenter.domain.people import Person, Role
from callcenter.domain.ticket import Kind
from callcenter.store import Database
from callcenter.web.views.worklist import work_rows
from tests.bench.desk_world import (
    COMPANIES,
    EXECUTORS,
    HISTORY_EACH,
    PRODUCTS,
    SPAN,
    START,
    World,
    fill_postgresql,
    generated,
)
from tests.databases import PostgresqlCluster, opened, postgresql_binaries
from tests.desk_house import RULES, House


async def measured(title: str, database: Database, tickets: int, case: str) -> None:
    house = House(database.uow, RULES)
    rng = random.Random(1)
    world_words = World(0)
    by = Person(id=1, login="p0", name="", roles=frozenset({Role.MODERATOR, Role.EXECUTOR, Role.SUPERVISOR}))

    def some_text(count: int) -> str:
        return " ".join(rng.choices(world_words.vocabulary, cum_weights=world_words.weights, k=count))

    def old_page(sort: Sort, wanted: Filter) -> Callable[[], Awaitable[object]]:
        return lambda: house.lists.page(by, Query(filter=wanted, sort=sort))

    def some_day() -> Filter:
        day = START + timedelta(days=rng.randrange(SPAN.days))
        return Filter(since=day, until=day + timedelta(days=1))

    async def some_rows(page: Callable[[], Awaitable[Any]]) -> object:
        tickets = (await page()).tickets
        async with database.uow(write=False) as uow:
            return await work_rows(uow, tickets)

    cases: list[tuple[str, Callable[[], Awaitable[object]]]] = [
        ("list moderation", lambda: house.lists.moderation(by)),
        (
            "list mine",
            lambda: house.lists.mine(Person(id=rng.choice(EXECUTORS), login="", name="", roles=by.roles)),
        ),
        ("list drafts", lambda: house.lists.drafts(by)),
        ("list all, newest", old_page(Sort.NEWEST, Filter())),
        ("list all, last changed", old_page(Sort.UPDATED, Filter())),
        (
            "list of one company",
            lambda: house.lists.page(
                by, Query(filter=Filter(organization_id=1 + rng.randrange(COMPANIES)), sort=Sort.NEWEST)
            ),
        ),
        (
            "list of one product and kind",
            lambda: house.lists.page(
                by,
                Query(
                    filter=Filter(product_id=1 + rng.randrange(PRODUCTS), kind=Kind.OUTAGE), sort=Sort.NEWEST
                ),
            ),
        ),
        ("list of one day", lambda: house.lists.page(by, Query(filter=some_day(), sort=Sort.NEWEST))),
        ("list, counted", lambda: house.lists.count(by, Filter(statuses=OPEN), most=1000)),
        ("list, every ticket counted", lambda: house.lists.count(by, Filter(), most=1000)),
        ("list, rows of fifty", lambda: some_rows(old_page(Sort.NEWEST, some_day()))),
        (
            "search, one word of one executor",
            lambda: house.search.among(by, some_text(1), Filter(assignee_id=rng.choice(EXECUTORS))),
        ),
        ("figures on the tabs", lambda: house.lists.counts(by)),
        ("search, one word", lambda: house.search.find(by, some_text(1))),
        ("search, two words", lambda: house.search.find(by, some_text(2))),
        ("search, three words", lambda: house.search.find(by, some_text(3))),
        ("search, three letters", lambda: house.search.find(by, some_text(1)[:3])),
        ("search, phone", lambda: house.search.find(by, rng.choice(world_words.clients)[2])),
        ("search, end of a phone", lambda: house.search.find(by, rng.choice(world_words.clients)[2][-5:])),
        ("search, number", lambda: house.search.find(by, str(1001 + rng.randrange(tickets)))),
        (
            "ticket page",
            lambda: house.reading.details(by, 1001 + HISTORY_EACH * rng.randrange(tickets // HISTORY_EACH)),
        ),
        ("similar answers", lambda: house.knowledge.answers(by, some_text(14))),
    ]
    print(f"\n{title}, {tickets} tickets: milliseconds of one call (200 calls each)")
    for name, call in cases:
        if case not in name:
            continue
        took = await timed(call)
        print(f"  {name:30} p50 {took[100]:7.2f}   p99 {took[198]:7.2f}   max {took[199]:7.2f}")


async def timed(call: Callable[[], Awaitable[object]]) -> list[float]:
    for _ in range(10):
        await call()
    took = []
    for _ in range(200):
        began = time.perf_counter()
        await call()
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


async def main(path: Path, tickets: int, only: str, case: str) -> None:
    if only != "postgresql":
        async with opened(f"sqlite:///{path}") as database:
            await measured("SQLite", database, tickets, case)
    if only == "sqlite" or postgresql_binaries() is None:
        return
    cluster = PostgresqlCluster()
    try:
        cluster.start()
        url = await cluster.new()
        began = time.perf_counter()
        await fill_postgresql(url, path)
        print(f"\ncopied to PostgreSQL in {time.perf_counter() - began:.0f} s")
        async with opened(url) as database:
            await measured("PostgreSQL", database, tickets, case)
    finally:
        cluster.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--only", choices=["both", "sqlite", "postgresql"], default="both")
    parser.add_argument("--case", default="", help="only the cases whose name holds this")
    options = parser.parse_args()
    asyncio.run(main(generated(options.tickets), options.tickets, options.only, options.case))
