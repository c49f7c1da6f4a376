"""Tables of statistics: closed days, frozen months, checks of both, operators' time, and the zero-loss ledger."""

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
    UniqueConstraint,
    column,
)

from callcenter.store.schema import metadata
from callcenter.store.types import JsonText, UtcDateTime

_goes_on = column("until").is_(None)

day_closing = Table(
    "day_closing",
    metadata,
    Column("day", Date, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("calendar_version", String(32), nullable=False),
    Column("targets_version", String(32), nullable=False),
)

# the dimension first: a breakdown of a year reads its own rows and no others; "" is the whole
day_tally = Table(
    "day_tally",
    metadata,
    Column("dimension", String(16), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("member", String(64), primary_key=True),
    Column("tally", JsonText, nullable=False),
    Index("ix_day_tally_day", "day"),
)

month_closing = Table(
    "month_closing",
    metadata,
    Column("month", Date, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("calendar_version", String(32), nullable=False),
    Column("targets_version", String(32), nullable=False),
)

month_tally = Table(
    "month_tally",
    metadata,
    Column("dimension", String(16), primary_key=True),
    Column("month", Date, primary_key=True),
    Column("member", String(64), primary_key=True),
    Column("tally", JsonText, nullable=False),
)

recount_check = Table(
    "recount_check",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("days", Integer, nullable=False),
    Column("equal", Boolean, nullable=False),
)

recount_difference = Table(
    "recount_difference",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("check_id", ForeignKey("recount_check.id"), nullable=False, index=True),
    Column("day", Date, nullable=False, index=True),
    Column("dimension", String(16), nullable=False),
    Column("member", String(64), nullable=False),
    Column("counter", String(64), nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("applied", Boolean, nullable=False),
)

staffed_span = Table(
    "staffed_span",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),
    Index("uq_staffed_span_open", "person_id", unique=True, sqlite_where=_goes_on, postgresql_where=_goes_on),
    Index("ix_staffed_span_until", "until", "since"),
)

loss_ledger = Table(
    "loss_ledger",
    metadata,
    Column("day", Date, primary_key=True, autoincrement=False),
    Column("recorded", Integer),
    Column("calls", Integer, nullable=False),
    Column("tickets", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("missed", JsonText, nullable=False),
    Column("unread", JsonText, nullable=False),
    Column("compared_at", UtcDateTime, nullable=False),
)

loss_remainder = Table(
    "loss_remainder",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("day", Date, nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("pbx", String(64), nullable=False),
    Column("linkedid", String(150), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("caller", String(80), nullable=False),
    Column("call_id", Integer),
    Column("ticket_id", Integer),
    Column("settled_at", UtcDateTime),
    Column("settled_by", ForeignKey("person.id")),
    Column("reason", Text, nullable=False),
    UniqueConstraint("day", "kind", "pbx", "linkedid"),
)
