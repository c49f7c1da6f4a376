"""Tables of employees, their phones and their sign-ins."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from callcenter.store.schema import metadata
from callcenter.store.types import UtcDateTime

person = Table(
    "person",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    # ",admin,operator,": a set of a handful of words that is always read whole with its person
    Column("roles", String(200), nullable=False),
    Column("pbx", String(64)),
    Column("endpoint", String(80)),
    Column("locale", String(8), nullable=False),
    Column("theme", String(16), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("password_hash", String(255)),
    Column("email", String(254)),
    UniqueConstraint("pbx", "endpoint"),
)

presence = Table(
    "presence",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True, autoincrement=False),
    Column("phone", String(16), nullable=False),
    Column("in_queue", Boolean, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("user_agent", String(400), nullable=False),
)

one_time_link = Table(
    "one_time_link",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("id", Integer, primary_key=True),
    # SHA-256 of login and address: enough to count, useless to whoever reads the table
    Column("key", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_sign_in_failure_key_at", "key", "at"),
)
