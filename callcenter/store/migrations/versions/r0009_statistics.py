"""Closed days, frozen months, their checks, operators' time in the queue, and the ledger of calls against records."""

import sqlalchemy as sa
from alembic import op

from callcenter.store.types import JsonText, UtcDateTime

revision = "0009"
down_revision = "0008"

_OVER = sa.text("ended_at IS NOT NULL")
_GOES_ON = sa.text("until IS NULL")


def upgrade() -> None:
    _index_instants()
    _create_days()
    _create_months()
    _create_checks()
    _create_staffed()
    _create_ledger()


def downgrade() -> None:
    raise NotImplementedError("frozen months would be lost: restore a backup instead")


def _index_instants() -> None:
    """A day's figures read that day's rows only."""
    op.create_index("ix_ticket_ended", "ticket", ["ended_at"], sqlite_where=_OVER, postgresql_where=_OVER)
    op.create_index("ix_ticket_step_at", "ticket_step", ["at"])
    op.create_index("ix_handover_at", "handover", ["at"])
    op.create_index("ix_handover_ended", "handover", ["ended_at"], sqlite_where=_OVER, postgresql_where=_OVER)
    op.create_index("ix_callback_asked", "callback", ["asked_at"])
    op.create_index("ix_callback_ended", "callback", ["ended_at"], sqlite_where=_OVER, postgresql_where=_OVER)


def _rules() -> list[sa.Column[object]]:
    return [
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("calendar_version", sa.String(length=32), nullable=False),
        sa.Column("targets_version", sa.String(length=32), nullable=False),
    ]


def _create_days() -> None:
    op.create_table(
        "day_closing",
        sa.Column("day", sa.Date(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        *_rules(),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_day_closing")),
    )
    op.create_table(
        "day_tally",
        sa.Column("dimension", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("member", sa.String(length=64), nullable=False),
        sa.Column("tally", JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("dimension", "day", "member", name=op.f("pk_day_tally")),
    )
    op.create_index("ix_day_tally_day", "day_tally", ["day"])


def _create_months() -> None:
    op.create_table(
        "month_closing",
        sa.Column("month", sa.Date(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        *_rules(),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_month_closing")),
    )
    op.create_table(
        "month_tally",
        sa.Column("dimension", sa.String(length=16), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("member", sa.String(length=64), nullable=False),
        sa.Column("tally", JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("dimension", "month", "member", name=op.f("pk_month_tally")),
    )


def _create_checks() -> None:
    op.create_table(
        "recount_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("equal", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recount_check")),
    )
    op.create_table(
        "recount_difference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dimension", sa.String(length=16), nullable=False),
        sa.Column("member", sa.String(length=64), nullable=False),
        sa.Column("counter", sa.String(length=64), nullable=False),
        sa.Column("stored", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["check_id"], ["recount_check.id"], name=op.f("fk_recount_difference_check_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recount_difference")),
    )
    op.create_index(op.f("ix_recount_difference_check_id"), "recount_difference", ["check_id"])
    op.create_index(op.f("ix_recount_difference_day"), "recount_difference", ["day"])


def _create_staffed() -> None:
    op.create_table(
        "staffed_span",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_staffed_span_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staffed_span")),
    )
    op.create_index(
        "uq_staffed_span_open",
        "staffed_span",
        ["person_id"],
        unique=True,
        sqlite_where=_GOES_ON,
        postgresql_where=_GOES_ON,
    )
    op.create_index("ix_staffed_span_until", "staffed_span", ["until", "since"])


def _create_ledger() -> None:
    op.create_table(
        "loss_ledger",
        sa.Column("day", sa.Date(), autoincrement=False, nullable=False),
        sa.Column("recorded", sa.Integer(), nullable=True),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("missed", JsonText(), nullable=False),
        sa.Column("unread", JsonText(), nullable=False),
        sa.Column("compared_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_loss_ledger")),
    )
    op.create_table(
        "loss_remainder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("pbx", sa.String(length=64), nullable=False),
        sa.Column("linkedid", sa.String(length=150), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("caller", sa.String(length=80), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_loss_remainder_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loss_remainder")),
        sa.UniqueConstraint(
            "day", "kind", "pbx", "linkedid", name=op.f("uq_loss_remainder_day_kind_pbx_linkedid")
        ),
    )
    op.create_index(op.f("ix_loss_remainder_day"), "loss_remainder", ["day"])
