"""First schema: people, clients, hotlines, calls, tickets, the live stream and the audit."""

import sqlalchemy as sa
from alembic import op

from callcenter.store.types import UtcDateTime

revision = "0001"
down_revision = None

_LAST_NUMBER_BEFORE_OURS = 1000


def upgrade() -> None:
    _create_tables()
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"INSERT INTO sqlite_sequence (name, seq) VALUES ('ticket', {_LAST_NUMBER_BEFORE_OURS})")
        _forbid_audit_changes_on_sqlite()
    else:
        _forbid_audit_changes_on_postgresql()


def _forbid_audit_changes_on_sqlite() -> None:
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_refuses_{change.lower()} BEFORE {change} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        )


def _forbid_audit_changes_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_refuses_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )


def downgrade() -> None:
    raise NotImplementedError("the first schema has nothing before it: restore a backup instead")


def _create_tables() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_ticket_id"), "audit", ["ticket_id"], unique=False)
    op.create_table(
        "hotline",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotline")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("node", sa.String(length=100), nullable=True),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "link",
        sa.Column("pbx", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("heartbeat_at", UtcDateTime(), nullable=False),
        sa.Column("node", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("pbx", name=op.f("pk_link")),
    )
    op.create_table(
        "live_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("audience", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("event_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_live_event_at", "live_event", ["at"], unique=False)
    op.create_table(
        "organization",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("inn", sa.String(length=12), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("inn", name=op.f("uq_organization_inn")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("roles", sa.String(length=200), nullable=False),
        sa.Column("pbx", sa.String(length=64), nullable=True),
        sa.Column("endpoint", sa.String(length=80), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("theme", sa.String(length=16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("login", name=op.f("uq_person_login")),
        sa.UniqueConstraint("pbx", "endpoint", name=op.f("uq_person_pbx_endpoint")),
    )
    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("vendor", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("code", name=op.f("uq_product_code")),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failure")),
    )
    op.create_index("ix_sign_in_failure_key_at", "sign_in_failure", ["key", "at"], unique=False)
    op.create_table(
        "client",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_client_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
    )
    op.create_index(op.f("ix_client_name"), "client", ["name"], unique=False)
    op.create_index(op.f("ix_client_email"), "client", ["email"], unique=False)
    op.create_index(op.f("ix_client_organization_id"), "client", ["organization_id"], unique=False)
    op.create_table(
        "contract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("vendor_support", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_contract_organization_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_contract_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint(
            "organization_id",
            "product_id",
            "number",
            name=op.f("uq_contract_organization_id_product_id_number"),
        ),
    )
    op.create_table(
        "hotline_did",
        sa.Column("e164", sa.String(length=16), nullable=False),
        sa.Column("hotline_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["hotline_id"], ["hotline.id"], name=op.f("fk_hotline_did_hotline_id")),
        sa.PrimaryKeyConstraint("e164", name=op.f("pk_hotline_did")),
    )
    op.create_table(
        "one_time_link",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_one_time_link_person_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_one_time_link")),
    )
    op.create_table(
        "presence",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("phone", sa.String(length=16), nullable=False),
        sa.Column("in_queue", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_presence_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_presence")),
    )
    op.create_table(
        "session",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("user_agent", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_person_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_person_id"), "session", ["person_id"], unique=False)
    op.create_table(
        "client_phone",
        sa.Column("client_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("e164", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_client_phone_client_id")),
        sa.PrimaryKeyConstraint("client_id", "e164", name=op.f("pk_client_phone")),
    )
    op.create_index(op.f("ix_client_phone_e164"), "client_phone", ["e164"], unique=False)
    op.create_table(
        "ticket",
        sa.Column("id", sa.Integer(), sa.Identity(always=False, start=1001), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("hotline_id", sa.Integer(), nullable=True),
        sa.Column("caller_raw", sa.String(length=80), nullable=True),
        sa.Column("caller_e164", sa.String(length=16), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("missed", sa.String(length=16), nullable=True),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("possible_client_id", sa.Integer(), nullable=True),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("cancel_reason", sa.String(length=16), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_ticket_client_id")),
        sa.ForeignKeyConstraint(["hotline_id"], ["hotline.id"], name=op.f("fk_ticket_hotline_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["person.id"], name=op.f("fk_ticket_operator_id")),
        sa.ForeignKeyConstraint(
            ["possible_client_id"], ["client.id"], name=op.f("fk_ticket_possible_client_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_ticket_draft",
        "ticket",
        ["updated_at"],
        unique=False,
        sqlite_where=sa.text("status = 'draft'"),
        postgresql_where=sa.text("status = 'draft'"),
    )
    op.create_index(
        "ix_ticket_draft_operator",
        "ticket",
        ["operator_id", "updated_at"],
        unique=False,
        sqlite_where=sa.text("status = 'draft'"),
        postgresql_where=sa.text("status = 'draft'"),
    )
    op.create_index(
        "ix_ticket_open_caller",
        "ticket",
        ["caller_e164"],
        unique=False,
        sqlite_where=sa.text("status IN ('assigned', 'at_vendor', 'draft', 'in_progress', 'new', 'waiting')"),
        postgresql_where=sa.text(
            "status IN ('assigned', 'at_vendor', 'draft', 'in_progress', 'new', 'waiting')"
        ),
    )
    op.create_index(
        "ix_ticket_open_client",
        "ticket",
        ["client_id"],
        unique=False,
        sqlite_where=sa.text("status IN ('assigned', 'at_vendor', 'draft', 'in_progress', 'new', 'waiting')"),
        postgresql_where=sa.text(
            "status IN ('assigned', 'at_vendor', 'draft', 'in_progress', 'new', 'waiting')"
        ),
    )
    op.create_table(
        "call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pbx", sa.String(length=64), nullable=False),
        sa.Column("linkedid", sa.String(length=150), nullable=False),
        sa.Column("hotline_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("did_raw", sa.String(length=80), nullable=False),
        sa.Column("did_e164", sa.String(length=16), nullable=True),
        sa.Column("caller_raw", sa.String(length=80), nullable=False),
        sa.Column("caller_e164", sa.String(length=16), nullable=True),
        sa.Column("caller_name", sa.String(length=200), nullable=False),
        sa.Column("found_by", sa.String(length=16), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("phone_queue", sa.String(length=128), nullable=True),
        sa.Column("queued_at", UtcDateTime(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_call_answered_by")),
        sa.ForeignKeyConstraint(["hotline_id"], ["hotline.id"], name=op.f("fk_call_hotline_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_call_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("pbx", "linkedid", name=op.f("uq_call_pbx_linkedid")),
    )
    op.create_index("ix_call_caller", "call", ["caller_e164", "entered_at"], unique=False)
    op.create_index(op.f("ix_call_entered_at"), "call", ["entered_at"], unique=False)
    op.create_index(
        "ix_call_open",
        "call",
        ["entered_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(op.f("ix_call_ticket_id"), "call", ["ticket_id"], unique=False)
    op.create_table(
        "ringing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=24), nullable=True),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_ringing_call_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ringing_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ringing")),
    )
    op.create_index(op.f("ix_ringing_call_id"), "ringing", ["call_id"], unique=False)
    op.create_index(
        "uq_ringing_live",
        "ringing",
        ["person_id", "call_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "transfer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("from_person_id", sa.Integer(), nullable=True),
        sa.Column("to_person_id", sa.Integer(), nullable=True),
        sa.Column("to_endpoint", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_transfer_call_id")),
        sa.ForeignKeyConstraint(["from_person_id"], ["person.id"], name=op.f("fk_transfer_from_person_id")),
        sa.ForeignKeyConstraint(["to_person_id"], ["person.id"], name=op.f("fk_transfer_to_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("call_id", "at", "to_endpoint", name=op.f("uq_transfer_call_id_at_to_endpoint")),
    )
