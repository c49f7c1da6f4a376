"""Tables of the most frequent questions."""

from sqlalchemy import Column, Date, Float, ForeignKey, Index, Integer, String, Table, Text, column

from callcenter.store.schema import metadata
from callcenter.store.types import UtcDateTime

_is_shown = column("state", String) == "shown"

question = Table(
    "question",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    # [[term, weight], …], the heaviest first
    Column("words", Text, nullable=False),
    Column("first_month", Date, nullable=False),
    Column("parent_id", ForeignKey("question.id")),
    # [term, …]
    Column("required", Text, nullable=False),
    sqlite_autoincrement=True,  # a number is never given again
)

question_rule = Table(
    "question_rule",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("question_id", ForeignKey("question.id"), nullable=False),
    Column("into_id", ForeignKey("question.id")),
    Column("title", String(200), nullable=False),
    Column("by", ForeignKey("person.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("revoked_by", ForeignKey("person.id")),
)

question_run = Table(
    "question_run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("month", Date, nullable=False, index=True),
    # building, shown, replaced
    Column("state", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("texts", Integer, nullable=False),
    Column("grouped", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("frozen_at", UtcDateTime),
    # {weights: {term: weight}, forms: {term: word}, groups: {question: [[term, weight], …]}}
    Column("weights", Text, nullable=False),
    Index(
        "uq_question_run_shown",
        "month",
        unique=True,
        sqlite_where=_is_shown,
        postgresql_where=_is_shown,
    ),
)

question_ticket = Table(
    "question_ticket",
    metadata,
    Column("run_id", ForeignKey("question_run.id"), primary_key=True, autoincrement=False),
    Column("ticket_id", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("found_id", Integer),
    Column("question_id", Integer),
    Column("points", Float, nullable=False),
    # terms with a bar between two
    Column("terms", Text, nullable=False),
    Index("ix_question_ticket_question", "run_id", "question_id", "points"),
    Index("ix_question_ticket_at", "run_id", "at"),
    Index("ix_question_ticket_ticket", "ticket_id"),
)

question_asked = Table(
    "question_asked",
    metadata,
    Column("run_id", ForeignKey("question_run.id"), primary_key=True, autoincrement=False),
    Column("question_id", ForeignKey("question.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("words", Text, nullable=False),
    Column("tickets", Integer, nullable=False),
    Column("before", Integer, nullable=False),
    Column("expected", Float, nullable=False),
    Column("trend", String(16), nullable=False),
    Column("chance", Float, nullable=False),
    # [ticket number, …]
    Column("examples", Text, nullable=False),
    Column("answers", Text, nullable=False),
)
