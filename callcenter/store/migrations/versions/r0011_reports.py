"""Reports of periods that will not change any more, and who gets reports by mail."""

import sqlalchemy as sa
from alembic import op

from callcenter.store.types import UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "report_document",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "locale", name=op.f("pk_report_document")),
    )
    op.create_index("ix_report_document_last", "report_document", ["last"], unique=False)
    op.create_table(
        "report_mailing",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("addresses", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=5), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_report_mailing")),
    )


def downgrade() -> None:
    raise NotImplementedError("reports that were made would be lost: restore a backup instead")
