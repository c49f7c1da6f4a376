"""The rows of `tests/year.py` into either database, in bulk."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Table

from callcenter.store.tables import metadata
from tests.year import ORDER, Batch, Row


def _tables() -> Mapping[str, Table]:
    return {name: metadata.tables[name] for name in ORDER}


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def write_sqlite(path: Path, batches: Iterable[Batch]) -> int:
    """Insert everything; how many rows there were. Rows from before are left alone."""
    connection, rows = sqlite3.connect(path), 0
    connection.execute("PRAGMA synchronous=OFF")
    try:
        for batch in batches:
            for name in ORDER:
                rows += _insert(connection, _tables()[name], batch.get(name, []))
        connection.commit()
    finally:
        connection.close()
    return rows


def _insert(connection: sqlite3.Connection, table: Table, rows: Sequence[Row]) -> int:
    if rows:
        columns = [column.name for column in table.c]
        names = ", ".join(f'"{name}"' for name in columns)
        marks = ", ".join("?" * len(columns))
        connection.executemany(
            f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})',
            ([_plain(row.get(name)) for name in columns] for row in rows),
        )
    return len(rows)


async def write_postgresql(url: str, batches: Iterable[Batch]) -> int:
    """The same through COPY; sequences are moved behind the given ids."""
    connection, rows = await asyncpg.connect(url), 0
    try:
        for batch in batches:
            for name in ORDER:
                table, found = _tables()[name], batch.get(name, [])
                if found:
                    columns = [column.name for column in table.c]
                    records = [tuple(_typed(table, row, each) for each in columns) for row in found]
                    await connection.copy_records_to_table(name, records=records, columns=columns)
                    rows += len(found)
        for name in (
            "ticket",
            "call",
            "person",
            "hotline",
            "product",
            "handover",
            "callback",
            "staffed_span",
        ):
            await connection.execute(
                f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'), (SELECT MAX(id) FROM \"{name}\"))"
            )
    finally:
        await connection.close()
    return rows


def _typed(table: Table, row: Row, name: str) -> Any:
    value = row.get(name)
    if isinstance(value, str) and name.endswith("_at"):
        return datetime.fromisoformat(value)
    return value
