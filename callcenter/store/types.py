"""Column types that mean the same on SQLite and on PostgreSQL."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, stored and returned in UTC; a naive value is refused because its meaning would be guessed.

    SQLite has no time zones and would drop the offset, so there it is fixed-width ISO text that sorts as time.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(32))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored: its time zone is unknown")
        in_utc = value.astimezone(UTC)
        return in_utc.isoformat(timespec="microseconds") if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.fromisoformat(value)
        instant: datetime = value
        return instant.astimezone(UTC)


class JsonText(TypeDecorator[dict[str, object]]):
    """A JSON object kept as text, with sorted keys, so that equal values have equal bytes (the audit hashes them)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, object] | None, dialect: Dialect) -> str | None:
        return None if value is None else to_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, object] | None:
        if value is None:
            return None
        loaded: dict[str, object] = json.loads(value)
        return loaded


class IntegersJson(TypeDecorator[list[int]]):
    """A list of integers as one SQLite parameter, read there with `json_each`; PostgreSQL has arrays."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: list[int] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value)


class StringsJson(TypeDecorator[list[str]]):
    """A list of words as one SQLite parameter, as `IntegersJson`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False)


def to_json(value: dict[str, object]) -> str:
    """The one text form of a JSON object in the database."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
