"""Tables of what administrators keep: changes of targets, words of letters, verifications of the audit."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text

from callcenter.store.schema import metadata
from callcenter.store.types import JsonText, UtcDateTime

target_change = Table(
    "target_change",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("by", ForeignKey("person.id"), nullable=False),
    Column("valid_from", UtcDateTime, nullable=False),
    # seconds by the name of the target; empty: as configured
    Column("times", JsonText, nullable=False),
    Column("reason", String(300), nullable=False),
)

letter_override = Table(
    "letter_override",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("locale", String(8), primary_key=True),
    Column("subject", String(120), nullable=False),
    Column("text", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", ForeignKey("person.id"), nullable=False),
)

audit_check = Table(
    "audit_check",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("by", ForeignKey("person.id")),
    Column("rows", Integer, nullable=False),
    Column("broken_at", Integer),
)
