"""SQLAlchemy Core adapters: the truth, on SQLite or PostgreSQL."""
