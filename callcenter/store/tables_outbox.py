"""Tables of what leaves the house: the outbox, webhooks, and who wants no optional mail."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, column

from callcenter.store.schema import metadata
from callcenter.store.types import JsonText, UtcDateTime

_is_due = column("state", String).in_(["sending", "waiting"])
_is_webhook = column("kind", String) == "webhook"

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("name", String(64), nullable=False),
    Column("dedupe_key", String(200), nullable=False, unique=True),
    Column("to", String(1000), nullable=False),
    Column("payload", JsonText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_try_at", UtcDateTime, nullable=False),
    Column("give_up_at", UtcDateTime, nullable=False),
    Column("ticket_id", ForeignKey("ticket.id"), index=True),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", String(1000), nullable=False),
    Column("settled_at", UtcDateTime),
    Index("ix_outbox_due", "next_try_at", sqlite_where=_is_due, postgresql_where=_is_due),
    Index("ix_outbox_state", "state", "id"),
    Index("ix_outbox_webhook", "to", "id", sqlite_where=_is_webhook, postgresql_where=_is_webhook),
    sqlite_autoincrement=True,  # the id is the message id: never given twice
)

webhook = Table(
    "webhook",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("url", String(1000), nullable=False, unique=True),
    Column("secret", String(200), nullable=False),
    # space-separated names of events
    Column("events", Text, nullable=False),
    Column("allow_private", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
)

mail_opt_out = Table(
    "mail_opt_out",
    metadata,
    # an HMAC of the address: enough to honour the wish, useless to whoever reads the table
    Column("address_key", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)
