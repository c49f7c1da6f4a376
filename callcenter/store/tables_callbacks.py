"""Tables of callbacks: the attempts table is the dialer's queue, and its unique indexes are its last guard.

Regulation: 2.9, points 7 and 11: never two calls at once to one number, whatever the tickets.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    column,
)

from callcenter.store.schema import metadata
from callcenter.store.types import JsonText, UtcDateTime

_is_waiting = column("state", String) == "waiting"
_is_not_waiting = column("state", String) != "waiting"
_is_open = column("state", String).in_(["asking", "dialling", "paused", "waiting"])
_in_flight = column("outcome", String).is_(None)
_is_over = column("ended_at").is_not(None)

# the dialer's own table (`dialer.permission`), repeated: what may never be dialled cannot be written down to be dialled
_MAY_BE_DIALLED = (
    "ltrim(substr(number, 2), '0123456789') = ''"
    " AND (substr(number, 3, 1) IN ('3', '4', '9')"
    " OR substr(number, 3, 2) IN ('81', '82', '83', '84', '85', '86', '87'))"
    " AND substr(number, 3, 3) NOT IN ('840', '940', '954')"
)

callback = Table(
    "callback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False, index=True),
    Column("number", String(16), nullable=False),
    Column("executor_id", ForeignKey("person.id"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("origin", String(16), nullable=False),
    Column("asked_by", ForeignKey("person.id")),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("look_at", UtcDateTime),
    Column("not_before", UtcDateTime),
    Column("reason", String(32), nullable=False),
    Column("snoozed", Boolean, nullable=False),
    Column("away_since", UtcDateTime),
    Column("away_until", UtcDateTime),
    Column("ended_at", UtcDateTime),
    CheckConstraint("number LIKE '+7__________' AND length(number) = 12", name="number_is_russian"),
    CheckConstraint(_MAY_BE_DIALLED, name="number_may_be_dialled"),
    # the claim reads the first few entries of this index, however many wait behind them
    Index("ix_callback_due", "look_at", "id", sqlite_where=_is_waiting, postgresql_where=_is_waiting),
    Index(
        "uq_callback_open_ticket", "ticket_id", unique=True, sqlite_where=_is_open, postgresql_where=_is_open
    ),
    Index("ix_callback_open_number", "number", sqlite_where=_is_open, postgresql_where=_is_open),
    Index("ix_callback_executor", "executor_id", "updated_at"),
    Index("ix_callback_asked", "asked_at"),
    Index("ix_callback_ended", "ended_at", sqlite_where=_is_over, postgresql_where=_is_over),
    # not over waiting ones: without statistics SQLite would take it for the dialer's claims, and sort a million rows
    Index(
        "ix_callback_state",
        "state",
        "updated_at",
        sqlite_where=_is_not_waiting,
        postgresql_where=_is_not_waiting,
    ),
)

callback_attempt = Table(
    "callback_attempt",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("callback_id", ForeignKey("callback.id"), nullable=False, index=True),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False),
    Column("no", Integer, nullable=False),
    Column("number", String(16), nullable=False),
    Column("executor_id", ForeignKey("person.id"), nullable=False),
    Column("pbx", String(64), nullable=False),
    Column("endpoint", String(80), nullable=False),
    Column("token", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("claimed_at", UtcDateTime, nullable=False, index=True),
    Column("send_by", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime, nullable=False),
    Column("stage", String(24), nullable=False),
    Column("ended_at", UtcDateTime),
    Column("outcome", String(24)),
    Column("rule", String(40), nullable=False),
    Column("seen", Text, nullable=False),
    Column("touched", Boolean, nullable=False),
    Column("withdraw_asked_at", UtcDateTime),
    Column("machine_marked_by", ForeignKey("person.id")),
    Column("machine_marked_at", UtcDateTime),
    Column("client_first", Boolean, nullable=False),
    CheckConstraint("number LIKE '+7__________' AND length(number) = 12", name="number_is_russian"),
    CheckConstraint(_MAY_BE_DIALLED, name="number_may_be_dialled"),
    CheckConstraint("no BETWEEN 1 AND 99", name="no_is_small"),
    CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ends_with_an_outcome"),
    Index(
        "uq_callback_attempt_number",
        "number",
        unique=True,
        sqlite_where=_in_flight,
        postgresql_where=_in_flight,
    ),
    Index(
        "uq_callback_attempt_executor",
        "executor_id",
        unique=True,
        sqlite_where=_in_flight,
        postgresql_where=_in_flight,
    ),
    Index("ix_callback_attempt_lease", "lease_until", sqlite_where=_in_flight, postgresql_where=_in_flight),
    Index("ix_callback_attempt_number_day", "number", "claimed_at"),
)

dialer_state = Table(
    "dialer_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("paused", Boolean, nullable=False),
    Column("paused_by", String(100), nullable=False),
    Column("paused_reason", Text, nullable=False),
    Column("changed_at", UtcDateTime),
    Column("breaker", JsonText, nullable=False),
    Column("day", UtcDateTime),
    Column("busy_seconds", Integer, nullable=False),
    Column("halted", String(32), nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

# one row a node, written while its dialer lives: a database that was restored is older than it should be
dialer_node = Table(
    "dialer_node",
    metadata,
    Column("node", String(100), primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
)

call_opt_out = Table(
    "call_opt_out",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(100), nullable=False),
    Column("reason", Text, nullable=False),
)
