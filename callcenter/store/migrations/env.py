"""Alembic's entry: runs the history on the connection that `callcenter.store.upgrade` hands over."""

from alembic import context
from sqlalchemy import Connection

from callcenter.store.tables import metadata


def run(connection: Connection) -> None:
    """One transaction for the whole way, so that a failed upgrade leaves the old schema."""
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
