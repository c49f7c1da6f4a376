"""SQL statements written once with SQLAlchemy Core and run through one small interface on both databases.

Decision: the embedded SQLite is run on the event loop's own thread instead of one hop to a thread per statement, as
aiosqlite does it; SQLAlchemy writes and compiles the SQL, the rows come straight from the driver. Measured by
`tests/bench/bench_store.py`: a transaction of four statements costs 1.1 ms of CPU by aiosqlite, here 0.07 ms, or
0.26 ms where the disk is slow and the commit itself waits in a thread.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Table, insert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql import ClauseElement, Executable
from sqlalchemy.sql.compiler import SQLCompiler

from callcenter.store.types import UtcDateTime

Parameters = Mapping[str, Any]
Processor = Callable[[Any], Any]

_SQLITE = SQLiteDialect_pysqlite()


class Statement:
    """A module-level constant: a Core statement whose parameters are bound by name when it runs.

    `columns` are the columns that an INSERT or UPDATE sets from parameters of the same names. `slow` marks one
    that may read thousands of rows (search, reports): on SQLite it runs in a thread, the loop goes on.
    """

    def __init__(
        self,
        statement: Executable,
        *,
        columns: Sequence[str] = (),
        postgresql: Executable | None = None,
        slow: bool = False,
    ) -> None:
        self.slow = slow
        self.sqlite = statement
        self.postgresql = statement if postgresql is None else postgresql
        self._columns = tuple(columns)
        self._compiled: SqliteStatement | None = None

    @property
    def compiled(self) -> "SqliteStatement":
        """The SQLite form, compiled at first use and kept."""
        if self._compiled is None:
            self._compiled = SqliteStatement(self.sqlite, self._columns)
        return self._compiled


class SqliteStatement:
    """SQL text with the order of its parameters and what turns values into SQLite's and back."""

    def __init__(self, statement: Executable, columns: tuple[str, ...]) -> None:
        assert isinstance(statement, ClauseElement)
        compiled = statement.compile(
            dialect=_SQLITE,
            column_keys=list(columns) or None,
            compile_kwargs={"render_postcompile": True},
        )
        assert isinstance(compiled, SQLCompiler)
        self.sql = str(compiled)
        constants = compiled.construct_params(_check=False)
        binders: Mapping[str, Any] = compiled._bind_processors
        self._order = [(name, constants.get(name), binders.get(name)) for name in compiled.positiontup or ()]
        self._readers = _readers(compiled)

    def bind(self, parameters: Parameters) -> list[Any]:
        """The values in the order of the SQL's question marks."""
        given = parameters.get
        return [
            given(name, constant) if binder is None else binder(given(name, constant))
            for name, constant, binder in self._order
        ]

    def read(self, rows: list[Any]) -> list[Any]:
        """The rows with each value as its column type promises."""
        if not self._readers:
            return rows
        return [self._read(row) for row in rows]

    def _read(self, row: Sequence[Any]) -> list[Any]:
        values = list(row)
        for position, reader in self._readers:
            if values[position] is not None:
                values[position] = reader(values[position])
        return values


def _readers(compiled: SQLCompiler) -> list[tuple[int, Processor]]:
    readers: list[tuple[int, Processor]] = []
    for position, entry in enumerate(compiled._result_columns):
        processor: Any = entry.type._cached_result_processor(_SQLITE, None)
        if isinstance(entry.type, UtcDateTime):
            processor = datetime.fromisoformat  # what the processor comes to, without its two frames a value
        if processor is not None:
            readers.append((position, processor))
    return readers


class Connection(Protocol):
    """One open transaction of either database; rows are sequences in the order of the selected columns."""

    async def rows(self, statement: Statement, parameters: Parameters | None = None) -> Sequence[Any]: ...

    async def row(self, statement: Statement, parameters: Parameters | None = None) -> Any | None:
        """The first row or None."""
        ...

    async def run(self, statement: Statement, parameters: Parameters | None = None) -> int:
        """How many rows were changed."""
        ...

    async def run_many(self, statement: Statement, parameters: Sequence[Parameters]) -> None: ...

    async def lock(self, name: int) -> None:
        """Hold this name against other writers until the transaction ends (SQLite has one writer anyway)."""
        ...


def insert_into(table: Table, *, returning_id: bool = False, skip: Sequence[str] = ()) -> Statement:
    """INSERT of all columns but `skip`, parameters named as the columns."""
    statement = insert(table)
    return Statement(
        statement.returning(table.c.id) if returning_id else statement,
        columns=[column.name for column in table.c if column.name not in skip],
    )


def insert_or_ignore(table: Table, *, skip: Sequence[str] = ()) -> Statement:
    """INSERT that leaves an existing row of the same key alone; `run` returns 0 then."""
    return Statement(
        sqlite_insert(table).on_conflict_do_nothing(),
        postgresql=postgresql_insert(table).on_conflict_do_nothing(),
        columns=[column.name for column in table.c if column.name not in skip],
    )


def upsert(table: Table, *, key: Sequence[str]) -> Statement:
    """INSERT, or UPDATE of all other columns where a row of this key exists."""
    others = [column.name for column in table.c if column.name not in key]
    lite, full = sqlite_insert(table), postgresql_insert(table)
    return Statement(
        lite.on_conflict_do_update(
            index_elements=list(key), set_={name: lite.excluded[name] for name in others}
        ),
        postgresql=full.on_conflict_do_update(
            index_elements=list(key), set_={name: full.excluded[name] for name in others}
        ),
        columns=[column.name for column in table.c],
    )
