"""Tables of the API: tokens of programs, and answers to requests that may be repeated."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from callcenter.store.schema import metadata
from callcenter.store.types import UtcDateTime

api_token = Table(
    "api_token",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("prefix", String(16), nullable=False),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("scopes", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", ForeignKey("person.id"), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime, nullable=True),
    Column("revoked_at", UtcDateTime, nullable=True),
)

api_answer = Table(
    "api_answer",
    metadata,
    Column("key_sha256", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("done", Boolean, nullable=False),
    Column("status", Integer, nullable=True),
    Column("body", Text, nullable=False),
    Column("etag", String(64), nullable=False),
    Index("ix_api_answer_started_at", "started_at"),
)
