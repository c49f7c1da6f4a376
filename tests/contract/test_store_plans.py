"""Every question that a call, a pop-up or a screen asks is answered from an index, however large the tables."""

import sqlite3
from collections.abc import Iterator

import pytest

from callcenter.domain.lifecycle import OPEN
from callcenter.domain.lists import Sort
from callcenter.store import calls, clients, live, messages, people, tickets
from callcenter.store.database import sqlite_path
from callcenter.store.statement import Statement
from tests.databases import SqliteTemplate

INDEXED: dict[str, tuple[Statement, str]] = {
    "the call of a key": (calls._BY_KEY, "call"),
    "open calls": (calls._OPEN, "call"),
    "open calls of a PBX": (calls._OPEN_OF_PBX, "call"),
    "the last calls of a number": (calls._LAST_OF_NUMBER, "call"),
    "recent calls": (calls._RECENT, "call"),
    "the calls of a ticket": (calls._OF_TICKET, "call"),
    "calls by outcome": (calls._COUNT_BY_OUTCOME, "call"),
    "the phones that ring for a call": (calls._RINGING_OF_CALL, "ringing"),
    "the calls that ring for a person": (calls._RINGING_OF_PERSON, "ringing"),
    "a phone stops": (calls._STOP_RINGING, "ringing"),
    "a phone rings": (calls._START_RINGING, "ringing"),
    "everything that rings": (calls._ALL_RINGING, "ringing"),
    "the open draft of a number": (tickets._OPEN_DRAFT_OF_NUMBER, "ticket"),
    "open tickets of a number": (tickets._OPEN_OF_NUMBER, "ticket"),
    "open tickets of a client": (tickets._OPEN_OF_CLIENT, "ticket"),
    "drafts": (tickets._DRAFTS, "ticket"),
    "an operator's drafts": (tickets._DRAFTS_OF, "ticket"),
    "tickets of some days": (
        tickets._page((), ("since", "until"), None, Sort.NEWEST, going_on=False),
        "ticket",
    ),
    "further tickets of some days": (
        tickets._page((), ("since", "until"), None, Sort.OLDEST, going_on=True),
        "ticket",
    ),
    "how many are overdue": (tickets._count(tuple(sorted(OPEN)), ("overdue_at",), missed=None), "ticket"),
    "open questions to a person": (messages._OPEN_QUESTIONS, "message"),
    "the person of a phone": (people._BY_ENDPOINT, "person"),
    "the person of a login": (people._BY_LOGIN, "person"),
    "the session of a token": (people._SESSION_BY_TOKEN, "session"),
    "refused sign-ins": (people._COUNT_FAILURES, "sign_in_failure"),
    "the client of a phone": (clients._BY_PHONE, "client_phone"),
    "the client of an address": (clients._BY_EMAIL, "client"),
    "the phones of a client": (clients._PHONES, "client_phone"),
    "live messages after one": (live._AFTER, "live_event"),
    "old live messages": (live._PRUNE, "live_event"),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("plans"))


@pytest.fixture
async def raw(template: SqliteTemplate) -> sqlite3.Connection:
    path = sqlite_path(await template.new())
    assert path is not None
    return sqlite3.connect(path)


@pytest.fixture
def connection(raw: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    yield raw
    raw.close()


@pytest.mark.parametrize("question", INDEXED)
def test_the_question_is_answered_from_an_index(question: str, connection: sqlite3.Connection) -> None:
    statement, table = INDEXED[question]
    compiled = statement.compiled
    plan = connection.execute(
        f"EXPLAIN QUERY PLAN {compiled.sql}", [None] * compiled.sql.count("?")
    ).fetchall()
    steps = [row[3] for row in plan]
    of_table = [step for step in steps if step.split()[1:2] == [table]]
    assert of_table, steps
    assert all("USING" in step and not ("SCAN" in step and "INDEX" not in step) for step in of_table), steps


def test_a_question_without_an_index_would_be_noticed(connection: sqlite3.Connection) -> None:
    steps = [
        row[3] for row in connection.execute("EXPLAIN QUERY PLAN SELECT id FROM call WHERE caller_name = 'x'")
    ]
    assert steps == ["SCAN call"]
