"""Coroutines driven by hand: over the in-memory store nothing waits, except a worker that was told to stand still."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")


class StandStill:
    """Awaited by a worker that is stopped (SIGSTOP): it goes on when the simulation sends to it again."""

    def __await__(self) -> Generator[StandStill, None, None]:
        yield self


class Crash(BaseException):
    """The process dies here; nothing after it happens."""


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run what never waits to its end."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("something waited that must not wait here")
