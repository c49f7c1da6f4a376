"""Truth at rest: SQLite or PostgreSQL behind the ports. `Database` is the door, `migrations` the schema's history."""

from callcenter.store.database import Database

__all__ = ["Database"]
