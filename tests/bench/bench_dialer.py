"""Claims from a thousand and from a million pending callbacks, on both databases, and the simulation's steps.

    python -m tests.bench.bench_dialer [pending]

A claim is the whole of it: choose, check hours, number, caps, opt-out, ticket and executor, and commit "dialling"
with its own channel id. Half of the pending series are due, the other half in a week.
"""

from __future__ import annotations

import asyncio
import secrets
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import String, insert, text
from sqlalchemy.ext.asyncio import create_async_engine

from callcenter.domain.instants import to_datetime, to_microseconds
from callcenter.domain.lifecycle import Status
from callcenter.domain.people import Role
from callcenter.services.callback_endings import CallbackEndings
from callcenter.services.callback_ledger import CallbackLedger
from callcenter.services.dialer_rules import DialerCalendar, DialerRules
from callcenter.store import Database
from callcenter.store.database import asyncpg_url
from callcenter.store.statement import Statement
from callcenter.store.tables_callbacks import callback
from callcenter.store.tables_tickets import ticket
from dialer.admission import Rules
from dialer.attempt import SECOND
from dialer.caps import Caps
from dialer.outcome import REFUSED, not_placed
from dialer.policy import Policy
from dialer.ports import Examination, Finding, Order, PhoneState, Placement
from dialer.worker import Worker
from sla.calendar import BusinessCalendar
from sla.spec import always_open_spec, regulation_spec
from tests import make
from tests.databases import PostgresqlCluster, SqliteTemplate, opened, postgresql_binaries
from tests.make_callbacks import a_series
from tests.simulation.world import PlainTickets, World

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EXECUTORS = 500
CLAIMS = 400
WARM = 50
CHUNK = 20_000
DUES = 200
MOSCOW = ZoneInfo("Europe/Moscow")
RULES = DialerRules(
    rules=Rules(
        policy=Policy(),
        caps=Caps(concurrent=10**6, per_second=10**6, minutes_a_day=10**6),
        calendar=DialerCalendar(BusinessCalendar(regulation_spec()), MOSCOW),
    )
)


async def fill(database: Database, pending: int) -> None:
    """So many pending series of as many clients and tickets."""
    async with database.uow() as uow:
        for number in range(EXECUTORS):
            executor = make.person(f"e{number}", roles=(Role.EXECUTOR,), endpoint=f"PJSIP/{1000 + number}")
            await uow.people.add(executor, password_hash=None)
        one = await uow.tickets.add(make.ticket(status=Status.IN_PROGRESS))
        await uow.commit()
    tickets = Statement(insert(ticket), columns=[c.name for c in ticket.c if c.name != "id"])
    series = Statement(insert(callback), columns=[c.name for c in callback.c if c.name != "id"])
    for first in range(0, pending, CHUNK):
        numbers = range(first, min(first + CHUNK, pending))
        async with database.uow() as uow:
            connection = uow.callbacks._db  # type: ignore[attr-defined]
            await connection.run_many(tickets, [_ticket_row(n) for n in numbers])
            await connection.run_many(series, [_series_row(n, one.id + 1 + n) for n in numbers])
            await uow.commit()


def _ticket_row(number: int) -> dict[str, object]:
    required = [column for column in ticket.c if not column.nullable and column.name != "id"]
    return {
        **{column.name: None for column in ticket.c if column.name != "id"},
        **{column.name: "" for column in required if isinstance(column.type, String)},
        "version": 1,
        "status": "in_progress",
        "source": "call",
        "priority": "normal",
        "caller_e164": f"+79{number:09d}",
        "caller_raw": f"+79{number:09d}",
        "created_at": NOW,
        "due_at": NOW,
        "updated_at": NOW,
    }


def _series_row(number: int, ticket_id: int) -> dict[str, object]:
    due = NOW - timedelta(seconds=60) if number % 2 == 0 else NOW + timedelta(days=7)
    due += timedelta(microseconds=number)
    return {
        "version": 1,
        "ticket_id": ticket_id,
        "number": f"+79{number % 400_000_000 + 100_000_000:09d}",
        "executor_id": 1 + (number // 2) % EXECUTORS,
        "state": "waiting",
        "origin": "executor",
        "asked_by": None,
        "asked_at": NOW,
        "updated_at": NOW,
        "due_at": due,
        "look_at": due,
        "not_before": None,
        "reason": "first",
        "snoozed": False,
        "away_since": None,
        "away_until": None,
        "ended_at": None,
    }


async def claims(database: Database, count: int) -> list[float]:
    """Milliseconds of each of so many claims; every claimed attempt is ended outside the measure."""
    ledger = CallbackLedger(
        database.uow, RULES, CallbackEndings(RULES, PlainTickets()), lambda: frozenset({make.PBX})
    )
    taken = []
    for number in range(count):
        now = to_microseconds(NOW) + number
        started = time.perf_counter()
        claim = await ledger.claim(now, f"cb-{number:010d}")
        taken.append((time.perf_counter() - started) * 1000)
        assert claim.order is not None, claim
        await ledger.finish(claim.order.attempt_id, not_placed(REFUSED, "bench"), now)
    return taken


async def measure(name: str, url: str, pending: int) -> float:
    """Print one line and return claims per second."""
    database = Database(url)
    await database.open()
    try:
        await fill(database, pending)
        await vacuum(url)
        taken = (await claims(database, WARM + CLAIMS))[WARM:]
    finally:
        await database.close()
    rate = 1000 / statistics.mean(taken)
    ordered = sorted(taken)
    p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    print(f"{name:10} {pending:>9,} pending: claim p50 {p50:.2f} ms, p99 {p99:.2f} ms, {rate:,.0f} claims/s")
    return rate


async def vacuum(url: str) -> None:
    """As the server does by itself after a while."""
    if url.startswith("postgresql"):
        engine = create_async_engine(asyncpg_url(url), isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text("VACUUM ANALYZE"))
        await engine.dispose()


async def main(pending: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        template = SqliteTemplate(Path(folder))
        few = await measure("sqlite", await template.new(), 1000)
        many = await measure("sqlite", await template.new(), pending)
        print(f"sqlite     ratio {few / many:.2f}")
        await due_to_wire("sqlite", await template.new())
    if postgresql_binaries() is not None:
        cluster = PostgresqlCluster()
        try:
            cluster.start()
            few = await measure("postgresql", await cluster.new(), 1000)
            many = await measure("postgresql", await cluster.new(), pending)
            print(f"postgresql ratio {few / many:.2f}")
            await due_to_wire("postgresql", await cluster.new())
        finally:
            cluster.stop()


class Wire:
    """A PBX that only notes when an order came."""

    ready = True

    def __init__(self) -> None:
        self.came: dict[str, int] = {}
        self.all = asyncio.Event()

    async def executor_phone(self, order: Order) -> PhoneState:
        return PhoneState.FREE

    async def place(self, order: Order) -> Placement:
        self.came[order.attempt_id] = _real_now()
        if len(self.came) == DUES:
            self.all.set()
        return Placement.SENT

    async def hang_up(self, attempt_id: str) -> None:
        """Nothing rings here."""

    async def examine(self, order: Order) -> Examination:
        return Examination(finding=Finding.ALIVE)


def _real_now() -> int:
    return time.time_ns() // 1000


async def due_to_wire(name: str, url: str) -> None:
    """Series become due one by one over ten seconds; print how late their orders came."""
    async with opened(url) as database:
        await fill(database, 0)
        wire = Wire()
        await _become_due(database, _real_now() + 3 * SECOND)
        always = BusinessCalendar(always_open_spec("Europe/Moscow"))
        rules = replace(
            RULES, rules=replace(RULES.rules, calendar=DialerCalendar(always, MOSCOW), policy=Policy())
        )
        ledger = CallbackLedger(
            database.uow, rules, CallbackEndings(rules, PlainTickets()), lambda: frozenset({make.PBX})
        )
        worker = Worker(ledger, wire, _real_now, lambda: f"cb-{secrets.token_hex(12)}")
        running = asyncio.create_task(worker.run())
        await wire.all.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        async with database.uow(write=False) as uow:
            attempts = await uow.callback_attempts.in_flight()
        late = sorted((wire.came[each.id] - to_microseconds(each.due_at)) / 1000 for each in attempts)
    print(
        f"{name:10} due to order sent: p50 {late[len(late) // 2]:.0f} ms, p99 {late[int(len(late) * 0.99)]:.0f} ms"
    )


async def _become_due(database: Database, started: int) -> None:
    async with database.uow() as uow:
        for number in range(DUES):
            due = to_datetime(started + number * 10 * SECOND // DUES)
            one = await uow.tickets.add(make.ticket(status=Status.IN_PROGRESS))
            await uow.callbacks.add(
                a_series(one.id, 1 + number, number=f"+7916{number:07d}", due_at=due, look_at=due)
            )
        await uow.commit()


def simulation() -> None:
    """Checked steps a second over three seeds."""
    for seed in (101, 102, 103):
        world = World(seed)
        started = time.perf_counter()
        for _ in range(3000):
            world.step()
        steps = 3000 / (time.perf_counter() - started)
        print(f"simulation seed {seed}: {steps:,.0f} checked steps/s, {len(world.pbx.invites)} calls")


if __name__ == "__main__":
    simulation()
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
