"""Tables of the live stream's tail, the telephony links and the leases of nodes."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from callcenter.store.schema import metadata
from callcenter.store.types import UtcDateTime

live_event = Table(
    "live_event",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("audience", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("payload", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("event_at", UtcDateTime),
    Index("ix_live_event_at", "at"),
    sqlite_autoincrement=True,  # pruning must never make an id come back
)

link = Table(
    "link",
    metadata,
    Column("pbx", String(64), primary_key=True),
    Column("state", String(32), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("heartbeat_at", UtcDateTime, nullable=False),
    Column("node", String(100), nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("node", String(100)),
    Column("token", BigInteger, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)
