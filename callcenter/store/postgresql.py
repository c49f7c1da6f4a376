"""The server database, through SQLAlchemy's asyncpg dialect and its pool."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from callcenter.domain.errors import CallCenterError, Conflict, Misconfigured, Unavailable
from callcenter.store.statement import Parameters, Statement

_LOCK = text("SELECT pg_advisory_xact_lock(:name)")
_POOL_WAIT_SECONDS = 5
_COMMAND_SECONDS = 30
_RETRY_STATES = {"40001", "40P01"}  # serialization_failure, deadlock_detected


def translated(error: Exception) -> CallCenterError:
    """The domain's word for a driver's error."""
    if isinstance(error, IntegrityError):
        return Conflict(str(error.orig))
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        if state in _RETRY_STATES:
            return Conflict(str(error.orig))
        if isinstance(error, ProgrammingError) and state in {"42P01", "42703"}:
            return Misconfigured(
                f"the database is not at this program's version ({error.orig}): run `callcenter db upgrade`"
            )
        return Unavailable(str(error.orig))
    return Unavailable(str(error) or type(error).__name__)


_ERRORS = (DBAPIError, PoolTimeout, OSError, TimeoutError)


class PostgresqlConnection:
    """`Connection` on PostgreSQL."""

    def __init__(self, raw: AsyncConnection) -> None:
        self._raw: AsyncConnection | None = raw

    def end(self) -> None:
        self._raw = None

    async def _execute(self, statement: Any, parameters: Any) -> Any:
        if self._raw is None:
            raise RuntimeError("the unit of work has ended")
        try:
            return await self._raw.execute(statement, parameters)
        except _ERRORS as error:
            raise translated(error) from error
        except StatementError as error:
            if isinstance(error.orig, ValueError):  # a column type refused the value, as on SQLite
                raise error.orig from error
            raise

    async def rows(self, statement: Statement, parameters: Parameters | None = None) -> Sequence[Any]:
        result = await self._execute(statement.postgresql, parameters or {})
        found: Sequence[Any] = result.all()
        return found

    async def row(self, statement: Statement, parameters: Parameters | None = None) -> Any | None:
        return (await self._execute(statement.postgresql, parameters or {})).first()

    async def run(self, statement: Statement, parameters: Parameters | None = None) -> int:
        count: int = (await self._execute(statement.postgresql, parameters or {})).rowcount
        return count

    async def run_many(self, statement: Statement, parameters: Sequence[Parameters]) -> None:
        if parameters:
            await self._execute(statement.postgresql, list(parameters))

    async def lock(self, name: int) -> None:
        await self._execute(_LOCK, {"name": name})


class PostgresqlTransaction:
    """One transaction and its pooled connection."""

    def __init__(self, raw: AsyncConnection) -> None:
        self._raw = raw
        self.connection = PostgresqlConnection(raw)

    async def commit(self) -> None:
        self.connection.end()
        try:
            await self._raw.commit()
        except _ERRORS as error:
            raise translated(error) from error


class PostgresqlDatabase:
    """Opens transactions on one PostgreSQL database."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self._engine: AsyncEngine = create_async_engine(
            url,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_POOL_WAIT_SECONDS,
            pool_pre_ping=False,
            # an error would quote the row: names, numbers and words of clients in a log
            hide_parameters=True,
            connect_args={
                "timeout": _POOL_WAIT_SECONDS,
                "command_timeout": _COMMAND_SECONDS,
                # compiling a statement of a few milliseconds takes longer than running it
                "server_settings": {"jit": "off"},
            },
        )

    async def open(self) -> None:
        """Raises Unavailable when the server cannot be reached."""
        async with self.reading() as transaction:
            await transaction.connection.rows(Statement(text("SELECT 1")))

    async def close(self) -> None:
        await self._engine.dispose()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[PostgresqlTransaction]:
        """A READ COMMITTED transaction; unique constraints, versions and named locks do the guarding."""
        try:
            raw = await self._engine.connect()
        except _ERRORS as error:
            raise translated(error) from error
        transaction = PostgresqlTransaction(raw)
        try:
            yield transaction
        finally:
            transaction.connection.end()
            try:
                await raw.close()
            except _ERRORS as error:
                raise translated(error) from error

    def reading(self) -> Any:
        """A read-only use of the same kind of transaction."""
        return self.writing()
