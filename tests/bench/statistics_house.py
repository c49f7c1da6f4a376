"""A house of `BENCH_TICKETS` tickets and three times as many calls, built once and kept for the benches of reports.

Built in slices of days; between two slices the lock named by `BENCH_LOCK` is let go, so that others get their turn.
"""

import contextlib
import fcntl
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]

from callcenter.store.upgrade import upgrade
from tests.databases import PostgresqlCluster, postgresql_binaries
from tests.year import Batch, Year
from tests.year_writing import write_postgresql, write_sqlite

FIRST = date(2025, 11, 1)
DAYS = 380
SLICE = 100
SLICES = -(-(DAYS + 1) // SLICE)  # the house itself is a batch before the days
PORT = 16611
TICKETS = int(os.environ.get("BENCH_TICKETS", "20000"))
"""How large a house `make bench` builds; the target of issue 6 is a million."""
FOLDER = Path(tempfile.gettempdir()) / f"hotline-statistics-bench-{TICKETS}"
URL = f"sqlite:///{FOLDER / 'house.db'}"


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """Alone on the machine, where a lock is named."""
    path = os.environ.get("BENCH_LOCK")
    if not path:
        yield
        return
    with Path(path).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def rows(tickets: int) -> Year:
    """A year with about so many tickets and three times as many calls."""
    return Year(
        seed=6,
        first=FIRST,
        days=DAYS,
        calls_a_day=tickets / 352.0,
        followups=2.62,
        judged=False,
    )


class KeptCluster(PostgresqlCluster):
    """A PostgreSQL cluster that outlives the run; 256 MB of buffers, as a small server has."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        shutil.rmtree(self._folder)
        self._folder = self.folder = folder
        self.port = PORT
        self.fresh = not (folder / "cluster").exists()

    def start(self) -> None:
        if self.fresh:
            self._folder.mkdir(parents=True)
            self._folder.chmod(0o755)
            super().start()
            return
        (self._folder / "cluster" / "postmaster.pid").unlink(missing_ok=True)
        socket = self._folder / "socket"
        self._server = subprocess.Popen(
            self._as_server_user("postgres", "-D", str(self._folder / "cluster"), *self._options(socket)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._run("pg_isready", "-h", str(socket), "-p", str(self.port), "-t", "60", until_ready=True)

    def _options(self, socket: Path) -> list[str]:
        return [*super()._options(socket), "-c", "shared_buffers=256MB", "-c", "max_wal_size=4GB"]

    def stop(self) -> None:
        """End the server in order and keep its folder."""
        if self._server is not None and self._server.poll() is None:
            self._run("pg_ctl", "-D", str(self._folder / "cluster"), "-m", "fast", "stop")


SETTLED = (
    """UPDATE ticket SET status = 'closed' WHERE status IN ('resolved', 'in_progress') AND created_at < '{week}'""",
    """UPDATE ticket SET status = 'cancelled' WHERE status = 'draft' AND created_at < '{week}'""",
)
"""The generator leaves every hundredth request open for ever; a house that works has what came in the last week."""


def _settling() -> list[str]:
    week = FIRST + timedelta(days=DAYS - 12)
    return [each.format(week=f"{week.isoformat()}T00:00:00.000000+00:00") for each in SETTLED]


def _slices(year: Year) -> Iterator[list[Batch]]:
    batch: list[Batch] = []
    for each in year.batches():
        batch.append(each)
        if len(batch) == SLICE:
            yield batch
            batch = []
    yield batch


async def build_sqlite(folder: Path, tickets: int) -> str:
    """The url of the file, built when it is not there."""
    path, done = folder / "house.db", folder / "house.done"
    if done.exists():
        await upgrade(
            f"sqlite:///{path}"
        )  # an older house is counted anew where the program's migrations say so
        return f"sqlite:///{path}"
    path.unlink(missing_ok=True)
    await upgrade(f"sqlite:///{path}")
    slices = _slices(rows(tickets))
    for _ in range(SLICES):
        with turn():
            began = time.perf_counter()
            count = write_sqlite(path, next(slices))
        print(f"  {count} rows in {time.perf_counter() - began:.0f} s", flush=True)
    with turn(), contextlib.closing(sqlite3.connect(path)) as connection:
        for each in _settling():
            connection.execute(each)
        connection.commit()
    done.touch()
    return f"sqlite:///{path}"


async def build_postgresql(cluster: KeptCluster, tickets: int) -> str:
    """The url of the database, built when it is not there."""
    url, done = cluster.url("house"), cluster.folder.with_name("analyzed.done")
    if done.exists():
        await upgrade(url)
        return url
    assert postgresql_binaries() is not None
    if cluster.fresh:
        await cluster._execute("CREATE DATABASE house")
        await upgrade(url)
        slices = _slices(rows(tickets))
        for _ in range(SLICES):
            with turn():
                began = time.perf_counter()
                count = await write_postgresql(url, next(slices))
            print(f"  {count} rows in {time.perf_counter() - began:.0f} s", flush=True)
    connection = await asyncpg.connect(url)
    try:
        with turn():
            for each in _settling():
                await connection.execute(each)
            await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    done.touch()
    return url
