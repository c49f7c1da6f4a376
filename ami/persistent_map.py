"""An immutable mapping that is cheap to change: a change copies one small part, not the whole.

The board of a busy PBX holds thousands of channels and changes with every event; a plain dict would be copied
whole each time. Keys are spread over 64 small dicts and only the touched one is copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Generic, TypeVar

V = TypeVar("V")
_PARTS: Final = 64


class PersistentMap(Generic[V]):
    """A mapping from str to V; `with_item` and `without` return a new one and leave this one as it is."""

    __slots__ = ("_parts", "_size")

    def __init__(self) -> None:
        self._parts: tuple[dict[str, V], ...] = ({},) * _PARTS
        self._size = 0

    def get(self, key: str) -> V | None:
        """The value of `key`, None when absent."""
        return self._parts[hash(key) % _PARTS].get(key)

    def __contains__(self, key: str) -> bool:
        return key in self._parts[hash(key) % _PARTS]

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[str]:
        for part in self._parts:
            yield from part

    def values(self) -> Iterator[V]:
        """All values, in no promised order."""
        for part in self._parts:
            yield from part.values()

    def items(self) -> Iterator[tuple[str, V]]:
        """All pairs, in no promised order."""
        for part in self._parts:
            yield from part.items()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PersistentMap):
            return NotImplemented
        return self._size == other._size and self._parts == other._parts

    def __hash__(self) -> int:
        return hash(frozenset(self))

    def __repr__(self) -> str:
        return f"PersistentMap({dict(sorted(self.items(), key=lambda pair: pair[0]))!r})"

    def with_item(self, key: str, value: V) -> PersistentMap[V]:
        """This mapping with `key` set to `value`."""
        number = hash(key) % _PARTS
        part = self._parts[number]
        return self._with_part(number, {**part, key: value}, self._size + (key not in part))

    def with_items(self, changes: Mapping[str, V | None]) -> PersistentMap[V]:
        """This mapping with several changes; None removes a key."""
        changed = self
        for key, value in changes.items():
            changed = changed.without(key) if value is None else changed.with_item(key, value)
        return changed

    def without(self, key: str) -> PersistentMap[V]:
        """This mapping with `key` absent."""
        number = hash(key) % _PARTS
        part = self._parts[number]
        if key not in part:
            return self
        return self._with_part(number, {k: v for k, v in part.items() if k != key}, self._size - 1)

    def _with_part(self, number: int, part: dict[str, V], size: int) -> PersistentMap[V]:
        changed: PersistentMap[V] = PersistentMap.__new__(PersistentMap)
        changed._parts = (*self._parts[:number], part, *self._parts[number + 1 :])
        changed._size = size
        return changed
