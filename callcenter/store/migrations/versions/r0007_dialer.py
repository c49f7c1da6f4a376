"""A client may be rung first, a dialer may stop by itself, and a denied number cannot be written down to be dialled."""

import sqlalchemy as sa
from alembic import op

from callcenter.store.types import UtcDateTime

revision = "0007"
down_revision = "0006"

_MAY_BE_DIALLED = (
    "ltrim(substr(number, 2), '0123456789') = ''"
    " AND (substr(number, 3, 1) IN ('3', '4', '9')"
    " OR substr(number, 3, 2) IN ('81', '82', '83', '84', '85', '86', '87'))"
    " AND substr(number, 3, 3) NOT IN ('840', '940', '954')"
)


def upgrade() -> None:
    op.create_table(
        "dialer_node",
        sa.Column("node", sa.String(length=100), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("node", name=op.f("pk_dialer_node")),
    )
    op.add_column(
        "dialer_state", sa.Column("halted", sa.String(length=32), nullable=False, server_default="")
    )
    with op.batch_alter_table("callback") as series:
        series.create_check_constraint(op.f("ck_callback_number_may_be_dialled"), _MAY_BE_DIALLED)
    with op.batch_alter_table("callback_attempt") as attempts:
        attempts.add_column(
            sa.Column("client_first", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        attempts.create_check_constraint(op.f("ck_callback_attempt_number_may_be_dialled"), _MAY_BE_DIALLED)


def downgrade() -> None:
    raise NotImplementedError("attempts would forget who was rung first: restore a backup instead")
