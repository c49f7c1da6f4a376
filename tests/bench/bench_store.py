"""CPU and commits per queue call, from the call's facts to the committed draft: `python -m tests.bench.bench_store`.

Each call is told as a live link tells it, one batch and one commit per event of Asterisk: entered, queued,
three phones ring, one answers, the caller leaves. The figure is this process's CPU (all its threads), without
the database server's own.
"""

import argparse
import asyncio
import cProfile
import pstats
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from callcenter.domain.calls import CallOutcome
from callcenter.services.hotline import Fact, Hotline
from callcenter.store import Database
from tests import make
from tests.databases import PostgresqlCluster, SqliteTemplate, opened, postgresql_binaries
from tests.fakes.clock import FakeClock

PHONES = ("PJSIP/101", "PJSIP/102", "PJSIP/103")


def batches(n: int) -> Sequence[Sequence[Fact]]:
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


async def prepared(database: Database) -> None:
    async with database.uow() as uow:
        await uow.calls.add_hotline(make.hotline())
        company = await uow.clients.add_organization(make.organization())
        for i in range(0, 1000, 5):
            phones = [f"+7916{i:07d}"]
            await uow.clients.add_client(make.client(f"Клиент {i}", phones=phones, organization_id=company.id))
        for i, endpoint in enumerate(PHONES):
            await uow.people.add(make.person(f"operator{i}", endpoint=endpoint), password_hash=None)
        await uow.commit()


async def measured(name: str, database: Database, calls: int) -> None:
    await prepared(database)
    hotline = Hotline(database.uow, FakeClock())
    for n in range(50):
        for batch in batches(n):
            await hotline.apply(batch)
    cpu, wall = time.process_time(), time.perf_counter()
    for n in range(50, 50 + calls):
        for batch in batches(n):
            await hotline.apply(batch)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(
        f"{name:11} {calls} calls: {cpu / calls * 1000:.2f} ms CPU per call, {wall / calls * 1000:.2f} ms elapsed, "
        f"7 commits each"
    )


async def main(calls: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with opened(await SqliteTemplate(Path(folder)).new()) as database:
            await measured("SQLite", database, calls)
    if postgresql_binaries() is None:
        print("PostgreSQL is not installed")
        return
    cluster = PostgresqlCluster()
    try:
        cluster.start()
        async with opened(await cluster.new()) as database:
            await measured("PostgreSQL", database, calls)
    finally:
        cluster.stop()


async def profiled(calls: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with opened(await SqliteTemplate(Path(folder)).new()) as database:
            profile = cProfile.Profile()
            profile.enable()
            await measured("profiled", database, calls)
            profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(35)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--profile", action="store_true", help="where the time goes, on SQLite")
    options = parser.parse_args()
    asyncio.run(profiled(options.calls) if options.profile else main(options.calls))
