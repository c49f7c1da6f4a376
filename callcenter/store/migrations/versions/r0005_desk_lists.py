"""Lists of tickets by the days they came, and questions to colleagues that wait for their answer."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ASKS = sa.text("to_person_id IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_ticket_created", "ticket", ["created_at", "id"])
    op.add_column("message", sa.Column("in_reply_to", sa.Integer(), nullable=True))
    op.create_index("ix_message_in_reply_to", "message", ["in_reply_to"])
    op.create_index(
        "ix_message_question", "message", ["to_person_id"], sqlite_where=_ASKS, postgresql_where=_ASKS
    )


def downgrade() -> None:
    raise NotImplementedError("answers would lose their questions: restore a backup instead")
