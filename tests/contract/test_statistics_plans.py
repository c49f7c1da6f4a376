"""A day's figures read that day's rows and no others: every question of a tally is answered from an index."""

import sqlite3
from collections.abc import Iterator

import pytest

from callcenter.domain.statistics import Dimension
from callcenter.services.day_counting import STORED as STORED_OF_DAY
from callcenter.store import losses, statistics
from callcenter.store.database import sqlite_path
from callcenter.store.statement import Statement
from callcenter.store.statistics_sql import QUESTIONS, question
from tests.databases import SqliteTemplate

BY: tuple[tuple[Dimension, ...], ...] = (
    (),
    (Dimension.HALF_HOUR,),
    (Dimension.PRODUCT,),
    (Dimension.OPERATOR,),
    tuple(each for each in STORED_OF_DAY if each is not None),
)
STORED: dict[str, Statement] = {
    "stored days": statistics._DAYS,
    "frozen months": statistics._MONTHS,
    "closings of days": statistics._DAY_CLOSINGS,
    "operators' time": statistics._STAFFED,
    "overdue tickets": statistics._OVERDUE,
    "calls on the line": statistics._ON_THE_LINE,
    "differences": statistics._DIFFERENCES,
    "the first call": statistics._FIRST_CALL,
    "the first ticket": statistics._FIRST_TICKET,
    "a day's calls": losses._CALLS,
    "a day's missed calls": losses._MISSED,
    "the remainders of a day": losses._REMAINDERS,
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("statistics-plans"))


@pytest.fixture
async def raw(template: SqliteTemplate) -> sqlite3.Connection:
    path = sqlite_path(await template.new())
    assert path is not None
    return sqlite3.connect(path)


@pytest.fixture
def connection(raw: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    yield raw
    raw.close()


def steps(connection: sqlite3.Connection, statement: Statement) -> list[str]:
    sql = statement.compiled.sql
    plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?")).fetchall()
    return [row[3] for row in plan]


@pytest.mark.parametrize("dimensions", BY)
@pytest.mark.parametrize("name", QUESTIONS)
def test_a_day_s_rows_are_found_by_their_instant(
    name: str, dimensions: tuple[Dimension, ...], connection: sqlite3.Connection
) -> None:
    plan = steps(connection, question(name, dimensions, frozenset()))
    tables = [step for step in plan if step.startswith(("SCAN", "SEARCH"))]
    assert tables and not [step for step in tables if step.startswith("SCAN")], plan
    assert "INDEX ix_" in tables[0] and ">" in tables[0] and "<" in tables[0], plan


@pytest.mark.parametrize("name", STORED)
def test_what_is_stored_is_found_by_its_key(name: str, connection: sqlite3.Connection) -> None:
    plan = steps(connection, STORED[name])
    tables = [step for step in plan if step.startswith(("SCAN", "SEARCH"))]
    assert tables and all("INDEX" in step or "PRIMARY KEY" in step for step in tables), plan
