"""A document as plain JSON values and back, so that a report once made can be made again, byte for byte."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from callcenter.charts.values import Bars, Columns, HeatMap, Lines, Series, Shares, Target
from callcenter.domain.document import (
    Document,
    Fit,
    Heading,
    KeyFigure,
    Section,
    Share,
    Table,
    TicketLink,
    Tone,
)

KIND = "!"
_CLASSES: Mapping[str, type[Any]] = {
    each.__name__: each
    for each in (
        Bars, Columns, HeatMap, Lines, Series, Shares, Target, Document, Heading, KeyFigure, Section, Share,
        Table, TicketLink,
    )
}  # fmt: skip
_READERS: Mapping[str, Callable[[Any], Any]] = {
    "length": lambda value: timedelta(microseconds=value),
    "instant": lambda value: datetime.fromisoformat(value),
    "day": lambda value: date.fromisoformat(value),
    "set": lambda value: frozenset(value),
    "fit": Fit,
    "tone": Tone,
}
_MICROSECOND = timedelta(microseconds=1)


def dump_document(document: Document) -> dict[str, object]:
    """The document as JSON values."""
    dumped = _dump(document)
    assert isinstance(dumped, dict)
    return dumped


def load_document(stored: Mapping[str, Any]) -> Document:
    """The document that `dump_document` wrote.

    Raises:
        ValueError: it is not one, or was written by a program that knew other parts.
    """
    try:
        found = _load(stored)
    except (KeyError, TypeError) as error:
        raise ValueError(f"the stored report cannot be read: {error}") from error
    if not isinstance(found, Document):
        raise ValueError("what is stored is not a report")
    return found


def _dump(value: object) -> object:
    if is_dataclass(value):
        plain = {each.name: _dump(getattr(value, each.name)) for each in fields(value)}
        return {KIND: type(value).__name__, **plain}
    if isinstance(value, tuple):
        return [_dump(each) for each in value]
    if isinstance(value, frozenset):
        return {KIND: "set", "of": sorted(value)}
    if isinstance(value, timedelta):
        return {KIND: "length", "of": value // _MICROSECOND}
    if isinstance(value, datetime):
        return {KIND: "instant", "of": value.astimezone(UTC).isoformat()}
    if isinstance(value, date):
        return {KIND: "day", "of": value.isoformat()}
    if isinstance(value, Fit | Tone):
        return {KIND: type(value).__name__.lower(), "of": str(value)}
    return str(value) if isinstance(value, StrEnum) else value


def _load(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_load(each) for each in value)
    if not isinstance(value, dict):
        return value
    kind = value[KIND]
    if kind in _READERS:
        return _READERS[kind](value["of"])
    return _CLASSES[kind](**{name: _load(each) for name, each in value.items() if name != KIND})
