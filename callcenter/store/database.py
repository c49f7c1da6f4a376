"""The door of the store: `Database(url, publish=…)`, then `open()`, `uow()`, `close()`."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from callcenter.domain.errors import Misconfigured
from callcenter.domain.live import LiveMessage
from callcenter.store.audit import Verification, verify
from callcenter.store.sqlite import SqliteDatabase
from callcenter.store.unit_of_work import Publish, UnitOfWork

if TYPE_CHECKING:
    from callcenter.store.postgresql import PostgresqlDatabase


async def nobody(messages: Sequence[LiveMessage]) -> None:
    """Publishes to nobody (command-line work); the messages stay in the store."""


class Database:
    """Hands out units of work; `publish` gets the live messages of each one right after its commit.

    `publish` must not raise: what it is told has already happened, and streams can replay it from the store.
    Urls: `sqlite:///path/file.db`, `postgresql://user@host:port/name`. Raises Misconfigured for another url.
    """

    def __init__(self, url: str, *, publish: Publish = nobody, pool_size: int = 10) -> None:
        self._publish = publish
        self._database = _backend(url, pool_size)

    async def open(self) -> None:
        """Raises Unavailable when the database cannot be reached."""
        await self._database.open()

    async def close(self) -> None:
        """Ends every connection and thread."""
        await self._database.close()

    @asynccontextmanager
    async def uow(self, *, write: bool = True) -> AsyncIterator[UnitOfWork]:
        """Port `OpenUnitOfWork`: what is not committed when the block ends is rolled back.

        Messages are published after the transaction has let go of the database.
        """
        unit: UnitOfWork | None = None
        try:
            async with self._database.writing() if write else self._database.reading() as transaction:
                unit = UnitOfWork(transaction)
                yield unit
        finally:
            if unit is not None and unit.committed:
                await self._publish(unit.committed)

    async def verify_audit(self) -> Verification:
        """Whether the audit's chain is whole. Regulation: 2.10."""
        async with self._database.reading() as transaction:
            return await verify(transaction.connection)


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite url, None for another database; Misconfigured when the url makes no sense."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Misconfigured(f"not a database url: {error}") from error
    if parsed.get_backend_name() != "sqlite":
        return None
    if not parsed.database or parsed.database == ":memory:":
        raise Misconfigured("SQLite needs a file: sqlite:///var/callcenter.db")
    return Path(parsed.database)


def _backend(url: str, pool_size: int) -> "SqliteDatabase | PostgresqlDatabase":
    path = sqlite_path(url)
    if path is not None:
        return SqliteDatabase(path)
    from callcenter.store.postgresql import PostgresqlDatabase  # six megabytes that SQLite does without

    return PostgresqlDatabase(asyncpg_url(url), pool_size=pool_size)


def asyncpg_url(url: str) -> str:
    """The url with our driver named in it."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        raise Misconfigured(f"neither SQLite nor PostgreSQL: {parsed.get_backend_name()}")
    return parsed.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
