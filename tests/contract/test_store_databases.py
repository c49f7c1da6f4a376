"""What only real databases can get wrong: lost updates, offsets, locks, edited audits, schemas, threads."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy import text

from callcenter.domain.errors import Conflict, Misconfigured, Unavailable
from callcenter.domain.live import LiveKind
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.store import Database, sqlite
from callcenter.store.database import sqlite_path
from callcenter.store.statement import Statement
from callcenter.store.upgrade import check, upgrade
from tests import make
from tests.databases import PostgresqlCluster, SqliteTemplate, opened


async def execute(url: str, sql: str) -> None:
    """Do behind the program's back what somebody with the database's password could do."""
    path = sqlite_path(url)
    if path is None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()
        return
    raw = sqlite3.connect(path)
    try:
        raw.execute(sql)
        raw.commit()
    finally:
        raw.close()


async def increment(database: Database, ticket_id: int) -> None:
    """Add one to a counter as careless code would: read, compute, write; repeated when refused."""
    while True:
        try:
            async with database.uow() as uow:
                ticket = await uow.tickets.by_id(ticket_id)
                assert ticket is not None
                changed = replace(ticket, subject=str(int(ticket.subject or "0") + 1))
                await uow.tickets.save(changed)
                await uow.commit()
                return
        except Conflict:
            await asyncio.sleep(0)


async def test_eight_hundred_concurrent_increments_lose_none(real: Database) -> None:
    async with real.uow() as uow:
        ticket = await uow.tickets.add(make.ticket())
        await uow.commit()

    async def worker() -> None:
        for _ in range(40):
            await increment(real, ticket.id)

    await asyncio.gather(*(worker() for _ in range(20)))
    async with real.uow(write=False) as uow:
        final = await uow.tickets.by_id(ticket.id)
    assert final is not None
    assert final.subject == "800"


async def test_two_processes_writing_one_sqlite_file_lose_nothing(sqlite_template: SqliteTemplate) -> None:
    url = await sqlite_template.new()
    async with opened(url) as one, opened(url) as other:
        async with one.uow() as uow:
            ticket = await uow.tickets.add(make.ticket())
            await uow.commit()
        await asyncio.gather(*(increment(each, ticket.id) for each in [one, other] * 50))
        async with other.uow(write=False) as uow:
            final = await uow.tickets.by_id(ticket.id)
    assert final is not None
    assert final.subject == "100"


async def test_a_naive_instant_is_refused(real: Database) -> None:
    async with real.uow() as uow:
        with pytest.raises(ValueError, match="naive"):
            await uow.tickets.add(make.ticket(created=datetime(2026, 11, 23, 9)))


async def recorded(database: Database, *actions: str) -> None:
    async with database.uow() as uow:
        for action in actions:
            await uow.audit.record(
                at=make.at(1),
                actor="иванова",
                ticket_id=1001,
                action=action,
                reason="так надо",
                change={"ё": 1},
            )
        await uow.commit()


async def test_the_audit_is_one_unbroken_chain(real: Database) -> None:
    await recorded(real, "a", "b")
    await asyncio.gather(*(recorded(real, f"c{n}") for n in range(20)))
    verified = await real.verify_audit()
    assert verified.intact
    assert verified.rows == 22


@pytest.mark.regulation("2.10")
@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
async def test_nobody_edits_the_audit(url: str, change: str) -> None:
    async with opened(url) as database:
        await recorded(database, "a")
        with pytest.raises((sqlite3.IntegrityError, asyncpg.RaiseError), match="append-only"):
            await execute(url, change)
        assert (await database.verify_audit()).rows == 1


TAMPERINGS = {
    "sqlite": "DROP TRIGGER audit_refuses_update",
    "postgresql": "DROP TRIGGER audit_refuses_changes ON audit",
}


@pytest.mark.regulation("2.10")
async def test_an_audit_edited_behind_the_triggers_is_noticed(url: str) -> None:
    async with opened(url) as database:
        await recorded(database, "a", "b", "c")
        await execute(url, TAMPERINGS["postgresql" if sqlite_path(url) is None else "sqlite"])
        await execute(url, "UPDATE audit SET reason = 'иначе' WHERE id = 2")
        verified = await database.verify_audit()
    assert not verified.intact
    assert verified.broken_at == 2


async def test_live_messages_of_concurrent_writers_become_visible_in_the_order_of_their_ids(
    real: Database,
) -> None:
    seen: list[int] = []
    done = asyncio.Event()

    async def newer() -> bool:
        async with real.uow(write=False) as uow:
            found = await uow.live.after(seen[-1] if seen else 0, limit=100)
        seen.extend(each.id for each in found)
        return bool(found)

    async def follow_until_done() -> None:
        while not done.is_set():
            await newer()
        await newer()

    async def write(n: int) -> None:
        async with real.uow() as uow:
            await uow.live.add("floor", LiveKind.LINE_CHANGED, {"n": n}, at=make.at(n))
            await uow.commit()

    follower = asyncio.create_task(follow_until_done())
    await asyncio.gather(*(write(n) for n in range(100)))
    done.set()
    await follower
    assert len(seen) == 100
    assert seen == sorted(seen)


async def test_a_fresh_database_is_upgraded_and_then_found_in_order(
    tmp_path: Path, postgresql_cluster: PostgresqlCluster
) -> None:
    for url in (f"sqlite:///{tmp_path / 'new' / 'a.db'}", await postgresql_cluster.empty()):
        before = await check(url)
        assert before.revision is None
        assert not before.current
        assert (await upgrade(url)).current
        assert (await upgrade(url)).current
        assert (await check(url)).differences == []


async def test_a_changed_schema_is_told(url: str) -> None:
    await execute(url, "ALTER TABLE person ADD COLUMN surprise INTEGER")
    state = await check(url)
    assert not state.current
    assert any("surprise" in each for each in state.differences)


async def test_a_schema_of_a_newer_program_is_left_alone(url: str) -> None:
    await execute(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Misconfigured, match="newer"):
        await upgrade(url)


async def test_a_database_without_our_schema_says_how_to_upgrade(
    tmp_path: Path, postgresql_cluster: PostgresqlCluster
) -> None:
    for url in (f"sqlite:///{tmp_path / 'empty.db'}", await postgresql_cluster.empty()):
        async with opened(url) as database, database.uow(write=False) as uow:
            with pytest.raises(Misconfigured, match="db upgrade"):
                await uow.people.all()


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite://", "sqlite:///:memory:"])
def test_a_database_we_cannot_use_is_refused_at_once(url: str) -> None:
    with pytest.raises(Misconfigured):
        Database(url)


async def test_an_unreachable_server_is_unavailable(tmp_path: Path) -> None:
    url = f"postgresql://nobody@/none?host={tmp_path}&port=15499"
    database = Database(url)
    with pytest.raises(Unavailable):
        await database.open()
    with pytest.raises(Unavailable):
        await upgrade(url)
    await database.close()


async def test_a_server_that_dies_is_unavailable_and_the_next_try_says_so_too() -> None:
    cluster = PostgresqlCluster()
    cluster.port += 25
    try:
        cluster.start()
        async with opened(await cluster.new()) as database:
            async with database.uow(write=False) as uow:
                assert await uow.people.all() == []
            cluster.kill()
            for _ in range(2):
                with pytest.raises(Unavailable):
                    async with database.uow() as uow:
                        await uow.people.all()
    finally:
        cluster.stop()


async def test_a_folder_instead_of_a_file_is_unavailable(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}")
    with pytest.raises(Unavailable):
        await database.open()
    with pytest.raises(Unavailable):
        await upgrade(f"sqlite:///{tmp_path}")
    with pytest.raises(Unavailable):
        async with database.uow():
            pytest.fail("a database that is not open gave a unit of work")
    await database.close()


async def test_sqlite_locked_by_another_process_is_unavailable_after_a_while(
    sqlite_template: SqliteTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.02)
    url = await sqlite_template.new()
    path = sqlite_path(url)
    assert path is not None
    other = sqlite3.connect(path, isolation_level=None)
    async with opened(url) as database:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            async with database.uow():
                pytest.fail("two writers at once")
        async with database.uow(write=False) as uow:
            assert await uow.people.all() == []
        other.execute("ROLLBACK")
        async with database.uow() as uow:
            await uow.people.add(make.person(), password_hash=None)
            await uow.commit()
    other.close()


async def test_the_planner_is_told_of_a_file_that_grew(sqlite_template: SqliteTemplate) -> None:
    url = await sqlite_template.new()
    async with opened(url) as database, database.uow() as uow:
        for _ in range(3):
            await uow.tickets.add(make.ticket())
        await uow.commit()
    async with opened(url):
        pass
    path = sqlite_path(url)
    assert path is not None
    raw = sqlite3.connect(path)
    told = dict(raw.execute("SELECT idx, stat FROM sqlite_stat1 WHERE tbl = 'ticket'"))
    raw.close()
    assert told["ix_ticket_status"].split()[0] == "3"


async def test_a_start_does_not_wait_for_another_process_to_count(sqlite_template: SqliteTemplate) -> None:
    url = await sqlite_template.new()
    path = sqlite_path(url)
    assert path is not None
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with opened(url) as database, database.uow(write=False) as uow:
        assert await uow.people.all() == []
    other.execute("ROLLBACK")
    other.close()


async def test_a_broken_file_is_unavailable_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 8192)
    with pytest.raises(Unavailable):
        await Database(f"sqlite:///{path}").open()


async def test_a_waiting_writer_gets_his_turn_when_the_other_process_is_done(
    sqlite_template: SqliteTemplate,
) -> None:
    url = await sqlite_template.new()
    path = sqlite_path(url)
    assert path is not None
    other = sqlite3.connect(path, isolation_level=None)
    async with opened(url) as database:
        other.execute("BEGIN IMMEDIATE")

        async def write() -> None:
            async with database.uow() as uow:
                await uow.people.add(make.person(), password_hash=None)
                await uow.commit()

        writing = asyncio.create_task(write())
        await asyncio.sleep(0)
        other.execute("COMMIT")
        await writing
        async with database.uow(write=False) as uow:
            assert len(await uow.people.all()) == 1
    other.close()


async def test_sqlite_is_durable_and_checks_foreign_keys(sqlite_template: SqliteTemplate) -> None:
    async with opened(await sqlite_template.new()) as database:
        backend = database._database
        for write in (True, False):
            async with backend.writing() if write else backend.reading() as transaction:
                found = [
                    (await transaction.connection.rows(Statement(text(f"PRAGMA {name}"))))[0][0]
                    for name in ("journal_mode", "synchronous", "foreign_keys")
                ]
            assert found == ["wal", 2, 1]
        with pytest.raises(Conflict):
            async with database.uow() as uow:
                await uow.sessions.add(make.session(person_id=999))


async def test_closing_ends_every_thread(sqlite_template: SqliteTemplate) -> None:
    url = await sqlite_template.new()
    before = _threads()
    async with opened(url) as database:
        async with database.uow() as uow:
            await uow.people.add(make.person(), password_hash=None)
            await uow.commit()
        assert _threads() - before
    assert _threads() == before


def _threads() -> set[threading.Thread]:
    """Those of the loop's own pool live as long as the loop; whether one more is needed is a matter of moments."""
    return {each for each in threading.enumerate() if not each.name.startswith("asyncio_")}


async def test_a_cancelled_commit_is_either_done_or_not_and_the_store_lives_on(
    sqlite_template: SqliteTemplate,
) -> None:
    async with opened(await sqlite_template.new()) as database:

        async def write(n: int) -> None:
            async with database.uow() as uow:
                await uow.people.add(make.person(f"p{n}", endpoint=None), password_hash=None)
                await uow.commit()

        for n in range(10):
            writing = asyncio.create_task(write(n))
            await asyncio.sleep(0)
            writing.cancel()
            await asyncio.wait([writing])
        await write(99)
        async with database.uow(write=False) as uow:
            logins = {each.login for each in await uow.people.all()}
    assert "p99" in logins


async def test_a_used_up_unit_of_work_refuses_to_read_on(real: Database) -> None:
    async def read(uow: UnitOfWork) -> None:
        await uow.people.all()

    await _after_commit(real, read)


async def _after_commit(database: Database, work: Callable[[UnitOfWork], Awaitable[None]]) -> None:
    async with database.uow() as uow:
        await uow.commit()
        with pytest.raises(RuntimeError, match="has ended"):
            await work(uow)


async def test_instants_sort_as_time_in_the_database(real: Database) -> None:
    instants = [
        datetime(2026, 11, 23, 9, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 11, 23, 9, 0, 0, 0, tzinfo=UTC),
        datetime(2026, 11, 23, 9, 0, 1, 0, tzinfo=UTC),
    ]
    async with real.uow() as uow:
        for instant in instants:
            await uow.tickets.add(make.ticket(created=instant))
        found = [each.created_at for each in await uow.tickets.drafts(limit=10)]
    assert found == sorted(instants, reverse=True)


async def test_hostile_text_in_a_call_is_kept_as_text_and_cut_to_its_column(real: Database) -> None:
    async with real.uow() as uow:
        hotline = await uow.calls.add_hotline(make.hotline())
        ticket = await uow.tickets.add(make.ticket(hotline_id=hotline.id))
        name = "=cmd|' /C calc'!A0 O'Брайен <script>" + "x" * 500
        call = replace(
            make.call(hotline_id=hotline.id, ticket_id=ticket.id, caller="1" * 300), caller_name=name
        )
        stored = await uow.calls.add(call)
        await uow.commit()
    async with real.uow(write=False) as uow:
        again = await uow.calls.by_id(stored.id)
        assert again is not None
        assert again.caller_name == name[:200]
        assert len(again.caller.raw) == 80


MANY_ROWS = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) SELECT count(*) FROM n"
)


async def test_a_slow_query_on_sqlite_does_not_stop_the_others(sqlite_template: SqliteTemplate) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with opened(await sqlite_template.new()) as database:
        async with database._database.reading() as transaction:
            running = asyncio.create_task(others())
            await asyncio.sleep(0)
            before = turns
            found = await transaction.connection.rows(Statement(MANY_ROWS, slow=True), {"many": 300_000})
            assert turns - before > 10
            running.cancel()
        assert found[0][0] == 300_000


async def test_a_slow_query_that_nobody_waits_for_is_interrupted(sqlite_template: SqliteTemplate) -> None:
    endless = Statement(MANY_ROWS, slow=True)
    async with opened(await sqlite_template.new()) as database:

        async def read() -> None:
            async with database._database.reading() as transaction:
                await transaction.connection.rows(endless, {"many": 10**15})

        reading = asyncio.create_task(read())
        for _ in range(5):
            await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        async with database.uow(write=False) as uow:
            assert await uow.people.all() == []


async def test_the_log_of_sqlite_is_folded_into_the_file_beside_the_commits(
    sqlite_template: SqliteTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "CHECKPOINT_ROWS", 50)
    url = await sqlite_template.new()
    path = sqlite_path(url)
    assert path is not None
    before = path.stat().st_size
    async with opened(url) as database:
        for n in range(30):
            async with database.uow() as uow:
                for m in range(10):
                    await uow.clients.add_client(make.client(f"{n} {m}" * 40))
                await uow.commit()
        disk = database._database._disk  # type: ignore[union-attr]
        checkpoint = disk._checkpoint
        assert checkpoint is not None
        await asyncio.wrap_future(checkpoint)
        assert (disk.checkpoints > 0, disk.failed_checkpoints) == (True, 0)
        assert path.stat().st_size > before
        async with database.uow(write=False) as uow:
            assert len(await uow.clients.search("", limit=1000)) == 300


async def test_a_large_transaction_is_committed_beside_the_loop(
    sqlite_template: SqliteTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "FAST_DISK_SECONDS", 1000.0)
    async with opened(await sqlite_template.new()) as database:
        before = {each.name for each in threading.enumerate()}
        for many, by_a_thread in ((1, False), (sqlite.SMALL_TRANSACTION_ROWS, True)):
            async with database.uow() as uow:
                for n in range(many):
                    await uow.clients.add_product(make.product(f"{many}-{n}"))
                await uow.commit()
            names = {each.name for each in threading.enumerate()} - before
            assert any(name.startswith("sqlite-commit") for name in names) is by_a_thread
