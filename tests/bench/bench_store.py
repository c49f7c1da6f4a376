"""CPU and commits per queue call, from the call's facts to the committed draft: `python -m tests.bench.bench_store`.

A call: it enters, waits, three phones ring, one answers, the caller leaves. It is told event by event, and then as
the listener tells it, which commits together what arrives together. The figure is this process's CPU (all its
threads), without the database server's own.
"""

import argparse
import asyncio
import cProfile
import pstats
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, event, insert, select
from sqlalchemy.ext.asyncio import create_async_engine

from callcenter.domain.calls import CallOutcome
from callcenter.services.hotline import Fact, Hotline
from callcenter.store import Database
from callcenter.store.sqlite import PRAGMAS
from callcenter.store.statement import Statement, insert_into
from callcenter.store.tables_calls import call
from callcenter.store.tables_calls import hotline as hotline_table
from tests import make
from tests.databases import PostgresqlCluster, SqliteTemplate, opened, postgresql_binaries
from tests.fakes.clock import FakeClock

WARM_UP = 50
PHONES = ("PJSIP/101", "PJSIP/102", "PJSIP/103")


Story = Sequence[Sequence[Fact]]


def one_by_one(n: int) -> Story:
    """One call as seven batches; every fifth caller has called before."""
    linkedid, second = f"call-{n}", n * 10.0
    caller = f"+7916{n - n % 5:07d}"
    return (
        [make.entered(linkedid, second, caller=caller)],
        [make.queued(linkedid, second + 0.1)],
        *([make.ringing(linkedid, second + 0.2 + i / 10, endpoint)] for i, endpoint in enumerate(PHONES)),
        [
            make.answered(linkedid, second + 5),
            *(make.stopped(linkedid, second + 5, endpoint) for endpoint in PHONES[1:]),
        ],
        [make.ended(linkedid, second + 60, CallOutcome.ANSWERED)],
    )


def as_it_arrives(n: int) -> Story:
    """The same call as the listener hands it over: what comes within the same few milliseconds is one batch."""
    enters, waits, *rings, answers, ends = one_by_one(n)
    return ([*enters, *waits], [fact for ring in rings for fact in ring], answers, ends)


async def prepared(database: Database) -> None:
    async with database.uow() as uow:
        await uow.calls.add_hotline(make.hotline())
        company = await uow.clients.add_organization(make.organization())
        for i in range(0, 1000, 5):
            phones = [f"+7916{i:07d}"]
            await uow.clients.add_client(
                make.client(f"Клиент {i}", phones=phones, organization_id=company.id)
            )
        for i, endpoint in enumerate(PHONES):
            await uow.people.add(make.person(f"operator{i}", endpoint=endpoint), password_hash=None)
        await uow.commit()


async def measured(
    name: str, database: Database, calls: int, story: Callable[[int], Story], first: int
) -> None:
    """CPU of this process, with all its threads, per call."""
    hotline = Hotline(database.uow, FakeClock())
    for n in range(first, first + WARM_UP):
        for batch in story(n):
            await hotline.apply(batch)
    cpu, wall = time.process_time(), time.perf_counter()
    for n in range(first + WARM_UP, first + WARM_UP + calls):
        for batch in story(n):
            await hotline.apply(batch)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(
        f"{name:11} {len(story(0))} commits per call: {cpu / calls * 1000:.2f} ms CPU, "
        f"{wall / calls * 1000:.2f} ms elapsed"
    )


async def both(name: str, database: Database, calls: int) -> None:
    """A call event by event, then as it arrives."""
    await prepared(database)
    await measured(name, database, calls, one_by_one, 0)
    await measured(name, database, calls, as_it_arrives, WARM_UP + calls)


async def driven_by_aiosqlite(url: str, transactions: int) -> float:
    """CPU milliseconds per transaction of four statements the usual way: SQLAlchemy's aiosqlite engine."""
    engine = create_async_engine(url.replace("sqlite:", "sqlite+aiosqlite:"), pool_size=1)

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.cursor().execute(f"PRAGMA {pragma}")

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    find, add = select(call).where(call.c.pbx == bindparam("pbx")), insert(hotline_table)
    before = time.process_time()
    for n in range(transactions):
        async with engine.begin() as connection:
            await connection.execute(add, {"name": f"a{n}"})
            for _ in range(3):
                (await connection.execute(find, {"pbx": "none"})).all()
    spent = time.process_time() - before
    await engine.dispose()
    return spent / transactions * 1000


async def driven_by_us(database: Database, transactions: int) -> float:
    """CPU milliseconds per transaction of the same four statements through the store."""
    add = insert_into(hotline_table, skip=("id",))
    find = Statement(select(call).where(call.c.pbx == bindparam("pbx")))
    cpu = time.process_time()
    for n in range(transactions):
        async with database._database.writing() as transaction:
            await transaction.connection.run(add, {"name": f"b{n}"})
            for _ in range(3):
                await transaction.connection.rows(find, {"pbx": "none"})
            await transaction.commit()
    return (time.process_time() - cpu) / transactions * 1000


async def main(calls: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = await SqliteTemplate(Path(folder)).new()
        async with opened(url) as database:
            await both("SQLite", database, calls)
            ours = await driven_by_us(database, calls)
            usual = await driven_by_aiosqlite(url, calls)
            print(
                f"SQLite      a transaction of four statements: {ours:.2f} ms CPU; by aiosqlite {usual:.2f} ms"
            )
    if postgresql_binaries() is None:
        print("PostgreSQL is not installed")
        return
    cluster = PostgresqlCluster()
    try:
        cluster.start()
        async with opened(await cluster.new()) as database:
            await both("PostgreSQL", database, calls)
    finally:
        cluster.stop()


async def profiled(calls: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with opened(await SqliteTemplate(Path(folder)).new()) as database:
            await prepared(database)
            profile = cProfile.Profile()
            profile.enable()
            await measured("profiled", database, calls, one_by_one, 0)
            profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(35)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--profile", action="store_true", help="where the time goes, on SQLite")
    options = parser.parse_args()
    asyncio.run(profiled(options.calls) if options.profile else main(options.calls))
