"""Every question that a call, a pop-up or a screen asks is answered from an index, however large the tables."""

import sqlite3
from collections.abc import Iterator

import pytest

from callcenter.domain.lifecycle import OPEN, Status
from callcenter.domain.lists import Sort
from callcenter.store import calls, clients, live, messages, people, ticket_pages, tickets
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
        ticket_pages.page_statement((), ("since", "until"), None, Sort.NEWEST, going_on=False),
        "ticket",
    ),
    "further tickets of some days": (
        ticket_pages.page_statement((), ("since", "until"), None, Sort.OLDEST, going_on=True),
        "ticket",
    ),
    "how many are overdue": (
        ticket_pages.count_statement(tuple(sorted(OPEN)), ("overdue_at",), missed=None),
        "ticket",
    ),
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


CLOSED, FEW = (Status.CLOSED,), tuple(sorted(OPEN))
LISTS: dict[str, tuple[tuple[Status, ...], tuple[str, ...], Sort, str]] = {
    "a product's last changed": ((), ("product_id",), Sort.UPDATED, "ix_ticket_product_updated"),
    "an executor's last changed": ((), ("assignee_id",), Sort.UPDATED, "ix_ticket_assignee_updated"),
    "an operator's last changed": ((), ("operator_id",), Sort.UPDATED, "ix_ticket_operator_updated"),
    "a topic's last changed": ((), ("topic_id",), Sort.UPDATED, "ix_ticket_topic_updated"),
    "a form's last changed": ((), ("site_id",), Sort.UPDATED, "ix_ticket_site_updated"),
    "a reason's last changed": ((), ("cancel_reason",), Sort.UPDATED, "ix_ticket_reason_updated"),
    "a rare kind of a product": ((), ("kind", "priority", "product_id"), Sort.NEWEST, "ix_ticket_product"),
    "the last changed of all that is closed": (CLOSED, (), Sort.UPDATED, "ix_ticket_updated"),
    "the closed of an executor": (CLOSED, ("assignee_id",), Sort.NEWEST, "ix_ticket_assignee"),
    "the last changed of some days": ((), ("since", "until"), Sort.UPDATED, "ix_ticket_created"),
    "an executor's open ones by time left": (
        FEW,
        ("assignee_id",),
        Sort.TIME_LEFT,
        "ix_ticket_open_assignee",
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_read_from_the_index_made_for_it(name: str, connection: sqlite3.Connection) -> None:
    statuses, given, sort, index = LISTS[name]
    steps = steps_of(ticket_pages.page_statement(statuses, given, None, sort, going_on=False), connection)
    assert any(f"INDEX {index} " in f"{step} " for step in steps), steps


def test_open_tickets_are_not_looked_for_among_all_that_a_product_ever_had(
    connection: sqlite3.Connection,
) -> None:
    steps = steps_of(ticket_pages.count_statement(FEW, ("product_id",), missed=None), connection)
    assert not any("ix_ticket_product" in step for step in steps), steps


def test_once_counted_the_few_open_tickets_are_read_from_their_own_indexes(
    connection: sqlite3.Connection,
) -> None:
    connection.execute("ANALYZE")
    connection.executemany(
        "INSERT INTO sqlite_stat1 VALUES ('ticket', ?, ?)",
        [
            ("ix_ticket_open_due", "3000 2 1"),
            ("ix_ticket_open_counts", "3000 20 10 10"),
            ("ix_ticket_status", "1000000 110000 1"),
            ("ix_ticket_status_due", "1000000 110000 2 1"),
        ],
    )
    connection.execute("ANALYZE sqlite_schema")  # reads the figures anew
    by_time = ticket_pages.page_statement(FEW, (), None, Sort.TIME_LEFT, going_on=False)
    assert any("ix_ticket_open_due" in step for step in steps_of(by_time, connection))
    figures = steps_of(tickets._OPEN_COUNTS, connection)
    assert any("COVERING INDEX ix_ticket_open_counts" in step for step in figures), figures


def steps_of(statement: Statement, connection: sqlite3.Connection) -> list[str]:
    compiled = statement.compiled
    nothing = [None] * compiled.sql.count("?")
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {compiled.sql}", nothing)]
