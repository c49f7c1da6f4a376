"""Stored days and frozen months are dropped: days are counted by half hours and by the rules of compliance too.

The next night counts every day anew from its raw rows, which are all still there; kept reports stay as they were made.
"""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    for table in ("day_tally", "day_closing", "month_tally", "month_closing"):
        op.execute(f"DELETE FROM {table}")


def downgrade() -> None:
    upgrade()
