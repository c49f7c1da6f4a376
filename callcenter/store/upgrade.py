"""Bring a database to this program's schema, or say how far it is from it."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from callcenter.domain.errors import Misconfigured, Unavailable
from callcenter.store.database import asyncpg_url, sqlite_path
from callcenter.store.tables import metadata

_UPGRADE_LOCK = 8005550640


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaState:
    """What `check` found: revisions, and how the tables differ from what the program expects."""

    revision: str | None
    newest: str
    differences: Sequence[str]

    @property
    def current(self) -> bool:
        return self.revision == self.newest and not self.differences


async def upgrade(url: str) -> SchemaState:
    """Create or migrate the database; safe to repeat and to start from several nodes at once.

    Raises Unavailable when it cannot be reached, Misconfigured when its schema is newer than the program.
    """
    await _run(url, _upgrade)
    return await check(url)


async def check(url: str) -> SchemaState:
    """Compare without changing anything."""
    found: list[SchemaState] = []
    await _run(url, lambda connection: found.append(_state(connection)))
    return found[0]


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "callcenter.store:migrations")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    config = _config(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    present = MigrationContext.configure(connection).get_current_revision()
    if present is not None and present not in known:
        raise Misconfigured(
            f"the database has schema {present}, which this program does not know: it was made by a newer one"
        )
    command.upgrade(config, "head")


def _state(connection: Connection) -> SchemaState:
    newest = ScriptDirectory.from_config(_config(connection)).get_current_head()
    assert newest is not None
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    differences = [_told(each) for each in compare_metadata(context, metadata)]
    return SchemaState(revision=context.get_current_revision(), newest=newest, differences=differences)


def _told(difference: object) -> str:
    return str(difference).replace("\n", " ")


async def _run(url: str, work: Callable[[Connection], None]) -> None:
    path = sqlite_path(url)
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(_run_on_sqlite, f"sqlite:///{path}", work)
        else:
            await _run_on_postgresql(asyncpg_url(url), work)
    except (DBAPIError, OSError) as error:
        raise Unavailable(f"the database cannot be used: {getattr(error, 'orig', None) or error}") from error


def _run_on_sqlite(url: str, work: Callable[[Connection], None]) -> None:
    engine = create_engine(url, poolclass=NullPool, connect_args={"isolation_level": None, "timeout": 30})

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")  # kept in the file

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:
        work(connection)


async def _run_on_postgresql(url: str, work: Callable[[Connection], None]) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine  # brings the ORM: SQLite does without

    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
            await connection.run_sync(work)
    finally:
        await engine.dispose()
