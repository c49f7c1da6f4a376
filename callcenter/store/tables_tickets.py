"""Tables of tickets and of the audit that nobody edits."""

from datetime import UTC, datetime

from sqlalchemy import Column, ForeignKey, Identity, Index, Integer, String, Table, Text, column

from callcenter.domain.lifecycle import OPEN
from callcenter.store.schema import metadata
from callcenter.store.types import UtcDateTime

FIRST_TICKET_NUMBER = 1001
NO_DEADLINE = datetime(9999, 1, 1, tzinfo=UTC)

_is_open = column("status", String).in_(sorted(str(status) for status in OPEN))
_from_form = column("site_id").is_not(None)
_is_missed = column("missed").is_not(None)
_is_draft = column("status", String) == "draft"
_has_ended = column("ended_at").is_not(None)
_was_cancelled = column("cancel_reason").is_not(None)

ticket = Table(
    "ticket",
    metadata,
    Column("id", Integer, Identity(start=FIRST_TICKET_NUMBER), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("source", String(16), nullable=False),
    Column("hotline_id", ForeignKey("hotline.id")),
    Column("caller_raw", String(80)),
    Column("caller_e164", String(16)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("missed", String(16)),
    Column("operator_id", ForeignKey("person.id")),
    Column("possible_client_id", ForeignKey("client.id")),
    Column("client_id", ForeignKey("client.id")),
    Column("cancel_reason", String(16)),
    Column("subject", String(300), nullable=False),
    Column("organization_id", ForeignKey("organization.id")),
    Column("contact_name", String(200), nullable=False),
    Column("contact_raw", String(80)),
    Column("contact_e164", String(16)),
    Column("contact_email", String(320)),
    Column("product_id", ForeignKey("product.id")),
    Column("topic_id", ForeignKey("topic.id")),
    Column("kind", String(16)),
    Column("priority", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("site_id", Integer),
    Column("assignee_id", ForeignKey("person.id")),
    Column("arrived_at", UtcDateTime),
    Column("registered_at", UtcDateTime),
    Column("said_at", UtcDateTime),
    Column("said_text", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("rating", Integer),
    Column("rating_text", Text, nullable=False),
    Column("merged_into", ForeignKey("ticket.id")),
    # NO_DEADLINE stands for "nothing runs", so that lists by time left are a plain order
    Column("due_at", UtcDateTime, nullable=False),
    Index("ix_ticket_open_caller", "caller_e164", sqlite_where=_is_open, postgresql_where=_is_open),
    Index("ix_ticket_open_client", "client_id", sqlite_where=_is_open, postgresql_where=_is_open),
    Index("ix_ticket_draft", "updated_at", sqlite_where=_is_draft, postgresql_where=_is_draft),
    Index(
        "ix_ticket_draft_operator",
        "operator_id",
        "updated_at",
        sqlite_where=_is_draft,
        postgresql_where=_is_draft,
    ),
    Index("ix_ticket_open_due", "due_at", "id", sqlite_where=_is_open, postgresql_where=_is_open),
    Index(
        "ix_ticket_open_assignee",
        "assignee_id",
        "due_at",
        "id",
        sqlite_where=_is_open,
        postgresql_where=_is_open,
    ),
    # the figures on the tabs, from the index alone
    Index(
        "ix_ticket_open_counts",
        "assignee_id",
        "operator_id",
        "status",
        sqlite_where=_is_open,
        postgresql_where=_is_open,
    ),
    Index("ix_ticket_status_due", "status", "due_at", "id"),
    Index("ix_ticket_status", "status", "id"),
    Index("ix_ticket_updated", "updated_at", "id"),
    Index("ix_ticket_client", "client_id", "id"),
    Index("ix_ticket_organization", "organization_id", "id"),
    Index("ix_ticket_assignee", "assignee_id", "id", "created_at", "product_id", "status"),
    # the narrow columns at the end let a rare combination be looked for in the index alone
    Index("ix_ticket_product", "product_id", "id", "kind", "priority", "source", "status"),
    Index("ix_ticket_topic", "topic_id", "id"),
    Index("ix_ticket_operator", "operator_id", "id", "created_at", "product_id", "status"),
    Index("ix_ticket_site", "site_id", "id", sqlite_where=_from_form, postgresql_where=_from_form),
    Index("ix_ticket_missed", "id", sqlite_where=_is_missed, postgresql_where=_is_missed),
    Index("ix_ticket_arrived", "arrived_at"),
    Index("ix_ticket_created", "created_at", "id", "updated_at", "kind", "priority", "source", "status"),
    # the same lists in the order of the last change
    Index("ix_ticket_product_updated", "product_id", "updated_at", "id", "kind", "priority", "source"),
    Index("ix_ticket_assignee_updated", "assignee_id", "updated_at", "id", "created_at", "product_id"),
    Index("ix_ticket_operator_updated", "operator_id", "updated_at", "id", "created_at", "product_id"),
    Index("ix_ticket_topic_updated", "topic_id", "updated_at", "id"),
    Index(
        "ix_ticket_site_updated",
        "site_id",
        "updated_at",
        "id",
        sqlite_where=_from_form,
        postgresql_where=_from_form,
    ),
    Index(
        "ix_ticket_missed_updated", "updated_at", "id", sqlite_where=_is_missed, postgresql_where=_is_missed
    ),
    Index(
        "ix_ticket_reason",
        "cancel_reason",
        "id",
        sqlite_where=_was_cancelled,
        postgresql_where=_was_cancelled,
    ),
    Index(
        "ix_ticket_reason_updated",
        "cancel_reason",
        "updated_at",
        "id",
        sqlite_where=_was_cancelled,
        postgresql_where=_was_cancelled,
    ),
    Index("ix_ticket_ended", "ended_at", sqlite_where=_has_ended, postgresql_where=_has_ended),
    sqlite_autoincrement=True,  # a number once given is never given again
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("ticket_id", Integer, index=True),
    Column("action", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("change", Text, nullable=False),
    # SHA-256 over the row and the hash of the row before it; row 1 follows 64 zeros
    Column("hash", String(64), nullable=False),
    Index("ix_audit_actor", "actor", "id"),
    Index("ix_audit_action", "action", "id"),
    Index("ix_audit_at", "at"),
)
