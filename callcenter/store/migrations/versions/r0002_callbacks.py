"""Callbacks: series, attempts, the dialer's shared state, and numbers that must not be called. Regulation: 2.9."""

import sqlalchemy as sa
from alembic import op

from callcenter.store.types import JsonText, UtcDateTime

revision = "0002"
down_revision = "0001"

_WAITING = sa.text("state = 'waiting'")
_NOT_WAITING = sa.text("state <> 'waiting'")
_OPEN = sa.text("state IN ('asking', 'dialling', 'paused', 'waiting')")
_IN_FLIGHT = sa.text("outcome IS NULL")


def upgrade() -> None:
    op.create_table(
        "call_opt_out",
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_call_opt_out")),
    )
    op.create_table(
        "dialer_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("paused_by", sa.String(length=100), nullable=False),
        sa.Column("paused_reason", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        sa.Column("breaker", JsonText(), nullable=False),
        sa.Column("day", UtcDateTime(), nullable=True),
        sa.Column("busy_seconds", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_dialer_state_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialer_state")),
    )
    op.create_table(
        "callback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("executor_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("look_at", UtcDateTime(), nullable=True),
        sa.Column("not_before", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("snoozed", sa.Boolean(), nullable=False),
        sa.Column("away_since", UtcDateTime(), nullable=True),
        sa.Column("away_until", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "number LIKE '+7__________' AND length(number) = 12", name=op.f("ck_callback_number_is_russian")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_callback_asked_by")),
        sa.ForeignKeyConstraint(["executor_id"], ["person.id"], name=op.f("fk_callback_executor_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_callback_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback")),
    )
    op.create_index(
        "ix_callback_due",
        "callback",
        ["look_at", "id"],
        unique=False,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_index("ix_callback_executor", "callback", ["executor_id", "updated_at"], unique=False)
    op.create_index(
        "ix_callback_open_number",
        "callback",
        ["number"],
        unique=False,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index(
        "ix_callback_state",
        "callback",
        ["state", "updated_at"],
        unique=False,
        sqlite_where=_NOT_WAITING,
        postgresql_where=_NOT_WAITING,
    )
    op.create_index(op.f("ix_callback_ticket_id"), "callback", ["ticket_id"], unique=False)
    op.create_index(
        "uq_callback_open_ticket",
        "callback",
        ["ticket_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "callback_attempt",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("callback_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("executor_id", sa.Integer(), nullable=False),
        sa.Column("pbx", sa.String(length=64), nullable=False),
        sa.Column("endpoint", sa.String(length=80), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("claimed_at", UtcDateTime(), nullable=False),
        sa.Column("send_by", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=False),
        sa.Column("stage", sa.String(length=24), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("touched", sa.Boolean(), nullable=False),
        sa.Column("withdraw_asked_at", UtcDateTime(), nullable=True),
        sa.Column("machine_marked_by", sa.Integer(), nullable=True),
        sa.Column("machine_marked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "number LIKE '+7__________' AND length(number) = 12",
            name=op.f("ck_callback_attempt_number_is_russian"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (ended_at IS NULL)", name=op.f("ck_callback_attempt_ends_with_an_outcome")
        ),
        sa.CheckConstraint("no BETWEEN 1 AND 99", name=op.f("ck_callback_attempt_no_is_small")),
        sa.ForeignKeyConstraint(
            ["callback_id"], ["callback.id"], name=op.f("fk_callback_attempt_callback_id")
        ),
        sa.ForeignKeyConstraint(["executor_id"], ["person.id"], name=op.f("fk_callback_attempt_executor_id")),
        sa.ForeignKeyConstraint(
            ["machine_marked_by"], ["person.id"], name=op.f("fk_callback_attempt_machine_marked_by")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_callback_attempt_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_attempt")),
    )
    op.create_index(
        op.f("ix_callback_attempt_callback_id"), "callback_attempt", ["callback_id"], unique=False
    )
    op.create_index(op.f("ix_callback_attempt_claimed_at"), "callback_attempt", ["claimed_at"], unique=False)
    op.create_index(
        "ix_callback_attempt_lease",
        "callback_attempt",
        ["lease_until"],
        unique=False,
        sqlite_where=_IN_FLIGHT,
        postgresql_where=_IN_FLIGHT,
    )
    op.create_index(
        "ix_callback_attempt_number_day", "callback_attempt", ["number", "claimed_at"], unique=False
    )
    op.create_index(
        "uq_callback_attempt_executor",
        "callback_attempt",
        ["executor_id"],
        unique=True,
        sqlite_where=_IN_FLIGHT,
        postgresql_where=_IN_FLIGHT,
    )
    op.create_index(
        "uq_callback_attempt_number",
        "callback_attempt",
        ["number"],
        unique=True,
        sqlite_where=_IN_FLIGHT,
        postgresql_where=_IN_FLIGHT,
    )


def downgrade() -> None:
    for table in ("callback_attempt", "callback", "dialer_state", "call_opt_out"):
        op.drop_table(table)
