"""Tables of hotlines, their calls and the phones that ring."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, column

from callcenter.store.schema import metadata
from callcenter.store.types import UtcDateTime

hotline = Table(
    "hotline",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
)

hotline_did = Table(
    "hotline_did",
    metadata,
    Column("e164", String(16), primary_key=True),
    Column("hotline_id", ForeignKey("hotline.id"), nullable=False),
)

call = Table(
    "call",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pbx", String(64), nullable=False),
    Column("linkedid", String(150), nullable=False),
    Column("hotline_id", ForeignKey("hotline.id"), nullable=False),
    Column("ticket_id", ForeignKey("ticket.id"), nullable=False, index=True),
    Column("did_raw", String(80), nullable=False),
    Column("did_e164", String(16)),
    Column("caller_raw", String(80), nullable=False),
    Column("caller_e164", String(16)),
    Column("caller_name", String(200), nullable=False),
    Column("found_by", String(16), nullable=False),
    Column("entered_at", UtcDateTime, nullable=False, index=True),
    Column("phone_queue", String(128)),
    Column("queued_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("answered_by", ForeignKey("person.id")),
    Column("ended_at", UtcDateTime),
    Column("outcome", String(16)),
    UniqueConstraint("pbx", "linkedid"),
    Index("ix_call_caller", "caller_e164", "entered_at"),
    Index(
        "ix_call_open",
        "entered_at",
        sqlite_where=column("ended_at").is_(None),
        postgresql_where=column("ended_at").is_(None),
    ),
)

ringing = Table(
    "ringing",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("call_id", ForeignKey("call.id"), nullable=False, index=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("reason", String(24)),
    Column("acknowledged_at", UtcDateTime),
    # one pop-up per call and person, however many devices and tabs
    Index(
        "uq_ringing_live",
        "person_id",
        "call_id",
        unique=True,
        sqlite_where=column("ended_at").is_(None),
        postgresql_where=column("ended_at").is_(None),
    ),
)

transfer = Table(
    "transfer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("call_id", ForeignKey("call.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("from_person_id", ForeignKey("person.id")),
    Column("to_person_id", ForeignKey("person.id")),
    Column("to_endpoint", String(80), nullable=False),
    UniqueConstraint("call_id", "at", "to_endpoint"),
)
