"""What administrators keep: addresses of people, changes of targets, words of letters, verifications of the audit."""

import sqlalchemy as sa
from alembic import op

from callcenter.store.types import JsonText, UtcDateTime

revision = "0008"
down_revision = "0007"

_WEBHOOK = sa.text("kind = 'webhook'")


def upgrade() -> None:
    op.add_column("person", sa.Column("email", sa.String(length=254), nullable=True))
    op.create_table(
        "target_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("times", JsonText(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_target_change_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_change")),
    )
    op.create_table(
        "letter_override",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_letter_override_changed_by")),
        sa.PrimaryKeyConstraint("name", "locale", name=op.f("pk_letter_override")),
    )
    op.create_table(
        "audit_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("broken_at", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_audit_check_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_check")),
    )
    op.create_index("ix_audit_action", "audit", ["action", "id"])
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index(
        "ix_outbox_webhook", "outbox", ["to", "id"], sqlite_where=_WEBHOOK, postgresql_where=_WEBHOOK
    )


def downgrade() -> None:
    raise NotImplementedError("the history of the targets would be lost: restore a backup instead")
