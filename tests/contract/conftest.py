"""The three stores every suite runs on."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.store import Database
from tests.databases import PostgresqlCluster, SqliteTemplate, opened, postgresql_binaries
from tests.fakes.database import FakeDatabase


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[PostgresqlCluster]:
    if postgresql_binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    cluster = PostgresqlCluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The url of a fresh migrated database of each kind."""
    if request.param == "sqlite":
        template: SqliteTemplate = request.getfixturevalue("sqlite_template")
        yield await template.new()
        return
    cluster: PostgresqlCluster = request.getfixturevalue("postgresql_cluster")
    name = await cluster.new()
    yield name  # the tests may spoil its schema
    await cluster.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
async def real(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """The real store on each database."""
    async with _opened(request.param, request) as database:
        yield database


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[FakeDatabase | Database]:
    """The fake, and the real store on each database."""
    if request.param == "fake":
        yield FakeDatabase()
        return
    async with _opened(request.param, request) as database:
        yield database


@asynccontextmanager
async def _opened(kind: str, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    if kind == "sqlite":
        template: SqliteTemplate = request.getfixturevalue("sqlite_template")
        async with opened(await template.new()) as database:
            yield database
        return
    cluster: PostgresqlCluster = request.getfixturevalue("postgresql_cluster")
    name = await cluster.new()
    async with opened(name) as database:
        yield database
    await cluster.clear(name)


@pytest.fixture
def open_uow(store: FakeDatabase | Database) -> OpenUnitOfWork:
    """Port `OpenUnitOfWork` of each store."""
    return store.uow
