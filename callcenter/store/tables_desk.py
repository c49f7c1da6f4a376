"""Tables of the help desk: topics, messages, staffing, clocks, search words."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Time,
    column,
)

from callcenter.store.schema import metadata
from callcenter.store.types import UtcDateTime

_still_open = column("ended_at").is_(None)
_is_over = column("ended_at").is_not(None)
_asks = column("to_person_id").is_not(None)
_to_be_said = column("wake_at").is_not(None)

topic = Table(
    "topic",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("parent_id", ForeignKey("topic.id")),
    Column("position", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
)

message = Table(
    "message",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("author_id", ForeignKey("person.id")),
    Column("to_person_id", ForeignKey("person.id")),
    # the question that this note answers
    Column("in_reply_to", Integer, index=True),
    Index("ix_message_question", "to_person_id", sqlite_where=_asks, postgresql_where=_asks),
)

remote_session = Table(
    "remote_session",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False, index=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("tool", String(32), nullable=False),
    Column("remote_id", String(64), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("result", String(16)),
    Column("note", Text, nullable=False),
    Index(
        "uq_remote_session_open",
        "ticket_id",
        "person_id",
        unique=True,
        sqlite_where=_still_open,
        postgresql_where=_still_open,
    ),
)

handover = Table(
    "handover",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False, index=True),
    Column("vendor", String(300), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", ForeignKey("person.id"), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("dossier", Text, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("answer", Text, nullable=False),
    # a ticket is with one vendor at a time
    Index(
        "uq_handover_open",
        "ticket_id",
        unique=True,
        sqlite_where=_still_open,
        postgresql_where=_still_open,
    ),
    Index("ix_handover_due", "due_at", sqlite_where=_still_open, postgresql_where=_still_open),
    Index("ix_handover_at", "at"),
    Index("ix_handover_ended", "ended_at", sqlite_where=_is_over, postgresql_where=_is_over),
)

shift = Table(
    "shift",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("weekday", Integer, nullable=False),
    Column("starts", Time, nullable=False),
    Column("ends", Time, nullable=False),
)

leave = Table(
    "leave",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False, index=True),
    Column("reason", String(300), nullable=False),
)

skill = Table(
    "skill",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("topic_id", ForeignKey("topic.id")),
    Column("product_id", ForeignKey("product.id")),
)

ticket_step = Table(
    "ticket_step",
    metadata,
    Column("ticket_id", ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("what", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("priority", String(16), nullable=False),
    Column("pause", String(16)),
    Index("ix_ticket_step_at", "at"),
)

ticket_clock = Table(
    "ticket_clock",
    metadata,
    Column("ticket_id", ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
    Column("clock", String(16), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("pause", String(16)),
    # microseconds of business time
    Column("target", BigInteger, nullable=False),
    Column("elapsed", BigInteger, nullable=False),
    Column("used_at_reopening", BigInteger),
    Column("started_at", UtcDateTime, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("reopened_at", UtcDateTime),
    Column("wake_at", UtcDateTime),
    # the agenda of the deadlines service: costs by what is due, not by what is open
    Index("ix_ticket_clock_wake_at", "wake_at", sqlite_where=_to_be_said, postgresql_where=_to_be_said),
)

clock_notice = Table(
    "clock_notice",
    metadata,
    # whoever inserts the key says it: one node, once, across restarts
    Column("key", String(100), primary_key=True),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False, index=True),
    Column("level", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

verdict = Table(
    "verdict",
    metadata,
    Column("ticket_id", ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
    Column("clock", String(16), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("ended_at", UtcDateTime, nullable=False, index=True),
    # the whole verdict with its explanation, frozen (`sla.record`)
    Column("record", Text, nullable=False),
)

saved_view = Table(
    "saved_view",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("query", String(2000), nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
)

# "C" on PostgreSQL: prefixes are ranges of code points there as they are on SQLite
_word = String(64).with_variant(String(64, collation="C"), "postgresql")

search_word = Table(
    "search_word",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("word", _word, nullable=False, unique=True),
)

search_posting = Table(
    "search_posting",
    metadata,
    Column("word_id", Integer, primary_key=True, autoincrement=False),
    Column("ticket_id", Integer, primary_key=True, autoincrement=False),
    Index("ix_search_posting_ticket_id", "ticket_id"),
    sqlite_with_rowid=False,
)
