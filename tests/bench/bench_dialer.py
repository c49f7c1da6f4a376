"""Claims from a thousand and from a million pending callbacks, on both databases, and the simulation's steps.

    python -m tests.bench.bench_dialer [pending]

A claim is the whole of it: choose, check hours, number, caps, opt-out, ticket and executor, and commit "dialling"
with its own channel id. Half of the pending series are due, the other half in a week.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import create_async_engine

from callcenter.domain.callbacks import Callback, CallbackState
from callcenter.domain.instants import to_datetime, to_microseconds
from callcenter.domain.lifecycle import Status
from callcenter.domain.people import Role
from callcenter.services.callback_endings import CallbackEndings
from callcenter.services.callback_ledger import CallbackLedger
from callcenter.services.dialer_rules import DialerCalendar, DialerRules
from callcenter.store import Database
from callcenter.store.database import asyncpg_url, sqlite_path
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
from tests.asterisk.callback_rig import quick_rules, running_dialer
from tests.asterisk.observer import Observer, observing
from tests.asterisk.sample_pbx import running_sample
from tests.databases import PostgresqlCluster, SqliteTemplate, opened, postgresql_binaries
from tests.make_callbacks import a_series
from tests.simulation.world import PlainTickets, World

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EXECUTORS = 500
CLAIMS = 400
WARM = 50
DUES = 200
MOSCOW = ZoneInfo("Europe/Moscow")
RULES = DialerRules(
    rules=Rules(
        policy=Policy(),
        caps=Caps(concurrent=10**6, per_second=10**6, minutes_a_day=10**6),
        calendar=DialerCalendar(BusinessCalendar(regulation_spec()), MOSCOW),
    )
)


async def fill(database: Database, url: str, pending: int) -> None:
    """So many pending series of as many clients and tickets: copies of one, made inside the database."""
    async with database.uow() as uow:
        for number in range(EXECUTORS):
            executor = make.person(f"e{number}", roles=(Role.EXECUTOR,), endpoint=f"PJSIP/{1000 + number}")
            await uow.people.add(executor, password_hash=None)
        if pending:
            one = await uow.tickets.add(make.ticket(status=Status.IN_PROGRESS))
            await uow.callbacks.add(a_series(one.id, 1, number="+79100000000", state=CallbackState.PAUSED))
        await uow.commit()
    if not pending:
        return
    tickets = _copies(ticket, pending, id="one.id + 1 + n.i", caller_e164=_NUMBER, caller_raw=_NUMBER)
    due = _DUE[url.partition(":")[0]]
    series = _copies(
        callback, pending, id="one.id + 1 + n.i", ticket_id="one.ticket_id + 1 + n.i", number=_NUMBER,
        executor_id=f"1 + (n.i / 2) % {EXECUTORS}", state="'waiting'", due_at=due, look_at=due,
    )  # fmt: skip
    await _execute(url, (tickets, series))


_NUMBER = "'+79' || substr(CAST(1100000000 + n.i AS TEXT), 2)"
_DUE = {
    "sqlite": "CASE WHEN n.i % 2 = 0 THEN '2026-11-23T08:59:0' ELSE '2026-11-30T09:00:0' END"
    " || (n.i / 1000000) || '.' || substr(CAST(1000000 + n.i % 1000000 AS TEXT), 2) || '+00:00'",
    "postgresql": "CASE WHEN n.i % 2 = 0 THEN TIMESTAMPTZ '2026-11-23 08:59:00+00'"
    " ELSE TIMESTAMPTZ '2026-11-30 09:00:00+00' END + n.i * INTERVAL '1 microsecond'",
}
"""Half of them a minute ago, the other half in a week, each at an instant of its own."""


def _copies(table: Table, pending: int, **changed: str) -> str:
    names = [column.name for column in table.c]
    values = ", ".join(changed.get(name, f"one.{name}") for name in names)
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {pending})"
    first = f"(SELECT * FROM {table.name} ORDER BY id DESC LIMIT 1)"
    return f"INSERT INTO {table.name} ({', '.join(names)}) {numbers} SELECT {values} FROM n, {first} AS one"


async def _execute(url: str, statements: Sequence[str]) -> None:
    """On a connection of its own, each for itself."""
    path = sqlite_path(url)
    if path is not None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)
        return
    engine = create_async_engine(asyncpg_url(url), isolation_level="AUTOCOMMIT")
    async with engine.connect() as server:
        for statement in statements:
            await server.execute(text(statement))
    await engine.dispose()


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
        await fill(database, url, pending)
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
    """As the server does by itself after a while; SQLite never does, and its plans must be right without."""
    if url.startswith("postgresql"):
        await _execute(url, ("VACUUM ANALYZE",))


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
    await due_to_asterisk()


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
        await fill(database, url, 0)
        wire = Wire()
        await _become_due(database, _real_now() + 3 * SECOND, range(1, DUES + 1))
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


async def due_to_asterisk() -> None:
    """The same with a real Asterisk: the instant is Asterisk's own, when it has acted on the order."""
    with tempfile.TemporaryDirectory() as folder, running_sample(Path(folder) / "pbx") as pbx:
        rules = quick_rules(rules=replace(quick_rules().rules, caps=RULES.rules.caps))
        async with (
            observing(pbx.facts) as ami,
            running_dialer(pbx, Path(folder), rules=rules, hints="internal") as rig,
        ):
            staff = await _strangers(rig.database)
            series = await _become_due(rig.database, _real_now() + 2 * SECOND, staff)
            dues = {}
            async with asyncio.timeout(60):
                while len(dues) < DUES:
                    await ami.event("OriginateResponse", patience=60)
                    dues = {
                        attempt.id: to_microseconds(attempt.due_at)
                        for each in series
                        for attempt in (await rig.attempts(each))[:1]
                        if ami.events("OriginateResponse", Uniqueid="<unknown>", ActionID=attempt.id)
                        or ami.events("OriginateResponse", Uniqueid=attempt.id)
                    }
                    await asyncio.sleep(0.5)
            late = sorted(_late(ami, attempt_id, due) for attempt_id, due in dues.items())
    print(f"asterisk   due to acted on: p50 {late[DUES // 2]:.0f} ms, p99 {late[int(DUES * 0.99)]:.0f} ms")


def _late(ami: Observer, attempt_id: str, due: int) -> float:
    told = next(
        each
        for each in ami.events("OriginateResponse")
        if attempt_id in (each.get("Uniqueid"), each.get("ActionID"))
    )
    return (float(told["Timestamp"]) * SECOND - due) / 1000


async def _strangers(database: Database) -> list[int]:
    """Executors whose phones this Asterisk does not know: an order ends at once and leaves the line free."""
    async with database.uow() as uow:
        added = [
            await uow.people.add(
                make.person(
                    f"s{number}", roles=(Role.EXECUTOR,), endpoint=f"PJSIP/9{number:03d}", pbx="main"
                ),
                password_hash=None,
            )
            for number in range(DUES)
        ]
        await uow.commit()
    return [each.id for each in added]


async def _become_due(database: Database, started: int, staff: Sequence[int]) -> list[Callback]:
    series = []
    async with database.uow() as uow:
        for number in range(DUES):
            due = to_datetime(started + number * 10 * SECOND // DUES)
            one = await uow.tickets.add(make.ticket(status=Status.IN_PROGRESS))
            series.append(
                await uow.callbacks.add(
                    a_series(one.id, staff[number], number=f"+7916{number:07d}", due_at=due, look_at=due)
                )
            )
        await uow.commit()
    return series


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
