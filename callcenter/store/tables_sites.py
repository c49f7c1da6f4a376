"""Tables of public forms, what came through them, and clients' status pages."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from callcenter.store.schema import metadata
from callcenter.store.types import UtcDateTime

site = Table(
    "site",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("slug", String(40), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("name", String(120), nullable=False),
    Column("intro", String(600), nullable=False),
    Column("accent", String(7), nullable=False),
    Column("logo_file", String(64), nullable=False),
    Column("logo_type", String(40), nullable=False),
    # both: one per line, always read whole with the site
    Column("products", Text, nullable=False),
    Column("allowed_origins", Text, nullable=False),
    Column("address", String(300), nullable=False),
    Column("active", Boolean, nullable=False),
)

form_submission = Table(
    "form_submission",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site_id", ForeignKey("site.id"), nullable=False),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False, unique=True),
    Column("key_sha256", String(64), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("address_key", String(64), nullable=False),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("visible_at", UtcDateTime, nullable=False),
    # as typed: the company on the ticket is a person's confirmed choice
    Column("organization", String(200), nullable=False),
    Column("inn", String(12), nullable=False),
    Column("locale", String(8), nullable=False),
    UniqueConstraint("site_id", "key_sha256"),
    Index("ix_form_submission_address_key", "address_key", "submitted_at"),
    Index("ix_form_submission_submitted_at", "submitted_at"),
)

consent_text = Table(
    "consent_text",
    metadata,
    Column("version", String(16), primary_key=True),
    Column("text", Text, nullable=False),
)

consent = Table(
    "consent",
    metadata,
    Column("ticket_id", ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
    Column("site_id", ForeignKey("site.id"), nullable=False),
    Column("text_version", ForeignKey("consent_text.version"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("network_address", String(64), nullable=False),
)

status_link = Table(
    "status_link",
    metadata,
    Column("ticket_id", ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
    Column("nonce", String(64), nullable=False),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
)

attachment = Table(
    "attachment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False, index=True),
    Column("stored_name", String(64), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(100), nullable=False),
)
