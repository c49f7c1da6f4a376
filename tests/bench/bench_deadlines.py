"""What one look of the deadlines service costs: by what is due, not by what is open.

`python -m tests.bench.bench_deadlines`: one hundred clocks are due among 1,000 and among 100,000 open ones.
"""

import argparse
import asyncio
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from callcenter.domain.lifecycle import Status
from callcenter.domain.ticket import Kind
from callcenter.domain.ticket_clocks import stand
from callcenter.store import Database
from sla.timeline import Happening, Step
from tests import make
from tests.databases import PostgresqlCluster, SqliteTemplate, opened, postgresql_binaries
from tests.desk_house import RULES, TERMS, House, moscow

DUE = 100


async def opened_tickets(house: House, count: int) -> None:
    """Open tickets that arrived at 10:00 (due ones) or at 12:00."""
    early, late = moscow("10:00"), moscow("12:00")
    for start in range(0, count, 1000):
        async with house.open_uow() as uow:
            for number in range(start, min(start + 1000, count)):
                arrived = early if number < DUE else late
                new = replace(make.ticket(status=Status.ASSIGNED), kind=Kind.OUTAGE, registered_at=arrived)
                ticket = await uow.tickets.add(replace(new, assignee_id=house.people.executor.id))
                steps = (
                    Step(at=arrived, what=Happening.ARRIVED, kind="outage", priority="normal"),
                    Step(at=arrived, what=Happening.PLACED),
                    Step(at=arrived, what=Happening.ASSIGNED),
                )
                await uow.clocks.add_steps(ticket.id, steps, first=0)
                await uow.clocks.keep(ticket.id, stand(ticket.id, steps, TERMS, arrived))
            await uow.commit()


async def measured(title: str, database: Database, count: int) -> float:
    house = await House.built(database.uow, RULES)
    await opened_tickets(house, count)
    house.clock.advance(moscow("10:30") - house.clock.now())
    began, cpu = time.perf_counter(), time.process_time()
    swept = await house.deadlines.sweep()
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert swept.said == DUE, swept
    house.clock.advance(timedelta(minutes=1))
    began = time.perf_counter()
    await house.deadlines.look()
    idle = time.perf_counter() - began
    print(
        f"{title:10} {count:7} open, {DUE} due: {took * 1000:6.1f} ms elapsed, {cpu * 1000:6.1f} ms CPU; "
        f"nothing due: {idle * 1000:.2f} ms"
    )
    return cpu


async def main(open_clocks: int, *, sqlite_only: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        template, took = SqliteTemplate(Path(folder)), []
        for count in (1000, open_clocks):
            async with opened(await template.new()) as database:
                took.append(await measured("SQLite", database, count))
        print(f"ratio of CPU {took[1] / took[0]:.2f}")
    if sqlite_only or postgresql_binaries() is None:
        return
    cluster = PostgresqlCluster()
    try:
        cluster.start()
        took = []
        for count in (1000, open_clocks):
            async with opened(await cluster.new()) as database:
                took.append(await measured("PostgreSQL", database, count))
        print(f"ratio of CPU {took[1] / took[0]:.2f}")
    finally:
        cluster.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open", type=int, default=100_000, help="how many are open in the larger run")
    parser.add_argument("--sqlite-only", action="store_true", help="filling PostgreSQL takes some minutes")
    options = parser.parse_args()
    asyncio.run(main(options.open, sqlite_only=options.sqlite_only))
