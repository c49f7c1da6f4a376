"""The embedded database: one writer, several readers, all of this process's own thread.

WAL, so that readers never wait for the writer; `synchronous=FULL`, so that what was committed survives a power
cut; `BEGIN IMMEDIATE` for writers, without which SQLite loses updates or fails "database is locked" at once.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from callcenter.domain.errors import CallCenterError, Conflict, Misconfigured, Unavailable
from callcenter.store.statement import Parameters, Statement

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "wal_autocheckpoint=0",  # `Disk` does it beside the commits, not inside one of them
)
BUSY_SECONDS = 5.0
FAST_DISK_SECONDS = 0.001
SMALL_TRANSACTION_ROWS = 200
CHECKPOINT_ROWS = 2000
LOOKED_AT_ROWS = 1000
_FORGETTING = 0.9
_BUSY_PAUSES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
_INTERRUPT_AGAIN_SECONDS = 0.02
_READER_BUSY_MS = 1000
_KEPT_READERS = 8


def translated(error: sqlite3.Error) -> CallCenterError:
    """The domain's word for a driver's error."""
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict(str(error))
    if "no such table" in str(error) or "no such column" in str(error):
        return Misconfigured(
            f"the database is not at this program's version ({error}): run `callcenter db upgrade`"
        )
    return Unavailable(str(error))


class SqliteConnection:
    """`Connection` on SQLite; unusable once its transaction has ended."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw: sqlite3.Connection | None = raw

    def end(self) -> None:
        self._raw = None

    def _cursor(self, statement: Statement, parameters: Parameters | None) -> sqlite3.Cursor:
        if self._raw is None:
            raise RuntimeError("the unit of work has ended")
        compiled = statement.compiled
        try:
            return self._raw.execute(compiled.sql, compiled.bind(parameters or {}))
        except sqlite3.Error as error:
            raise translated(error) from error

    async def rows(self, statement: Statement, parameters: Parameters | None = None) -> Sequence[Any]:
        if statement.slow:
            return await self._rows_in_thread(statement, parameters)
        return self._rows(statement, parameters)

    def _rows(self, statement: Statement, parameters: Parameters | None) -> Sequence[Any]:
        try:
            found = self._cursor(statement, parameters).fetchall()
        except sqlite3.Error as error:
            raise translated(error) from error
        return statement.compiled.read(found)

    async def _rows_in_thread(self, statement: Statement, parameters: Parameters | None) -> Sequence[Any]:
        raw = self._raw
        reading = asyncio.ensure_future(asyncio.to_thread(self._rows, statement, parameters))
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            # nobody waits any more, but the connection must be free before it is given back
            while raw is not None and not reading.done():
                raw.interrupt()  # without effect on a statement that has not begun: hence again
                await asyncio.wait([reading], timeout=_INTERRUPT_AGAIN_SECONDS)
            raise

    async def row(self, statement: Statement, parameters: Parameters | None = None) -> Any | None:
        found = await self.rows(statement, parameters)
        return found[0] if found else None

    async def run(self, statement: Statement, parameters: Parameters | None = None) -> int:
        return self._cursor(statement, parameters).rowcount

    async def run_many(self, statement: Statement, parameters: Sequence[Parameters]) -> None:
        for each in parameters:
            self._cursor(statement, each)

    async def lock(self, name: int) -> None:
        """Nothing to do: `BEGIN IMMEDIATE` already holds the whole database."""


class SqliteDatabase:
    """Opens transactions on one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: sqlite3.Connection | None = None
        self._write_turn = asyncio.Lock()
        self._readers: list[sqlite3.Connection] = []
        self._disk = Disk(path)

    async def open(self) -> None:
        """Raises Unavailable when the file cannot be opened or written."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(self._take_figures)
        self._writer = self._connect(busy_ms=0)

    def _take_figures(self) -> None:
        """Tell the planner how full the tables are: without, a file that grew to a million rows is read as if empty.

        Looks at `LOOKED_AT_ROWS` entries of each index; another process that writes goes first, figures can wait.
        """
        connection = self._connect(busy_ms=0)
        try:
            connection.execute(f"PRAGMA analysis_limit={LOOKED_AT_ROWS}")
            connection.execute("ANALYZE")
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise translated(error) from error
        finally:
            connection.close()

    async def close(self) -> None:
        """Waits for the writer in progress, then closes every connection and the commit thread."""
        async with self._write_turn:
            for connection in [*self._readers, *([self._writer] if self._writer else [])]:
                connection.close()
            self._readers.clear()
            self._writer = None
            self._disk.close()

    def _connect(self, *, busy_ms: int) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False, cached_statements=512
            )
            connection.execute(f"PRAGMA busy_timeout={_READER_BUSY_MS}")
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            connection.execute(f"PRAGMA busy_timeout={busy_ms}")
        except sqlite3.Error as error:
            raise Unavailable(f"cannot open the database {self._path}: {error}") from error
        return connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator["SqliteTransaction"]:
        """The one writer's turn; waits up to BUSY_SECONDS for another process, without blocking the loop."""
        async with self._write_turn:
            if self._writer is None:
                raise Unavailable("the database is not open")
            await _begin_immediate(self._writer)
            transaction = SqliteTransaction(self._writer, self._disk)
            try:
                yield transaction
            finally:
                transaction.roll_back()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["SqliteTransaction"]:
        """A snapshot that sees what was committed when it began."""
        await asyncio.sleep(0)  # a loop of reads must not keep everybody else from running
        if self._writer is None:
            raise Unavailable("the database is not open")
        raw = self._readers.pop() if self._readers else self._connect(busy_ms=_READER_BUSY_MS)
        transaction = SqliteTransaction(raw, self._disk)
        try:
            raw.execute("BEGIN")
            yield transaction
        finally:
            transaction.roll_back()
            self._give_back(raw)

    def _give_back(self, reader: sqlite3.Connection) -> None:
        if self._writer is None or len(self._readers) >= _KEPT_READERS:
            reader.close()
        else:
            self._readers.append(reader)


class Disk:
    """Commits without stopping the event loop: in a thread, unless the disk answers faster than a thread would.

    A hop to a thread and back costs about 0.1 ms of CPU, a small commit to a fast disk takes less. `expected`
    follows each slower commit at once and forgets it slowly, so a disk that hesitates is soon waited for
    elsewhere. The write-ahead log is folded into the file by another thread, which delays neither readers nor
    the writer.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._commits = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-commit")
        self._checkpoints = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-checkpoint")
        self._checkpoint: Future[None] | None = None
        self._rows_in_log = 0
        self.expected = 1.0
        """Seconds a commit is expected to take; slow until measured."""
        self.checkpoints = 0
        self.failed_checkpoints = 0

    async def commit(self, raw: sqlite3.Connection, rows: int) -> None:
        """A cancelled caller still waits for the end, else nobody would know the outcome."""
        if self.expected < FAST_DISK_SECONDS and rows < SMALL_TRANSACTION_ROWS:
            self._timed(raw)
            self._fold_log(rows)
            await asyncio.sleep(0)  # others get their turn: nothing else here ever waits
            return
        committing = asyncio.get_running_loop().run_in_executor(self._commits, self._timed, raw)
        try:
            await asyncio.shield(committing)
        except asyncio.CancelledError:
            await asyncio.wait([committing])
            raise
        finally:
            self._fold_log(rows)

    def _timed(self, raw: sqlite3.Connection) -> None:
        began = time.perf_counter()
        raw.commit()
        took = time.perf_counter() - began
        self.expected = max(took, self.expected * _FORGETTING)

    def _fold_log(self, rows: int) -> None:
        self._rows_in_log += rows
        if self._rows_in_log < CHECKPOINT_ROWS or not (self._checkpoint is None or self._checkpoint.done()):
            return
        self._rows_in_log = 0
        self._checkpoint = self._checkpoints.submit(self._run_checkpoint)

    def _run_checkpoint(self) -> None:
        """A failure leaves the log as it is: longer, and folded at the next turn."""
        try:
            connection = sqlite3.connect(self._path, isolation_level=None)
            try:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            finally:
                connection.close()
        except sqlite3.Error:
            self.failed_checkpoints += 1
        else:
            self.checkpoints += 1

    def close(self) -> None:
        self._commits.shutdown(wait=True)
        self._checkpoints.shutdown(wait=True)


class SqliteTransaction:
    """One transaction and its connection."""

    def __init__(self, raw: sqlite3.Connection, disk: Disk) -> None:
        self._raw = raw
        self._disk = disk
        self._rows_before = raw.total_changes
        self.connection = SqliteConnection(raw)

    async def commit(self) -> None:
        self.connection.end()
        try:
            await self._disk.commit(self._raw, self._raw.total_changes - self._rows_before)
        except sqlite3.Error as error:
            raise translated(error) from error

    def roll_back(self) -> None:
        """Undo what was not committed; nothing happens after a commit."""
        self.connection.end()
        if self._raw.in_transaction:
            self._raw.rollback()


async def _begin_immediate(raw: sqlite3.Connection) -> None:
    """SQLite's own busy wait would stop the event loop, so the waiting is done here."""
    waited, step = 0.0, 0
    while True:
        try:
            raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or waited >= BUSY_SECONDS:
                raise translated(error) from error
        else:
            return
        pause = _BUSY_PAUSES[min(step, len(_BUSY_PAUSES) - 1)]
        await asyncio.sleep(pause)
        waited, step = waited + pause, step + 1
