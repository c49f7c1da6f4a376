"""From bytes to AMI messages: framed on bytes, decoded whole, capped in size.

A UTF-8 letter split over two reads survives, a message without end cannot fill the memory, and a message
whose event nobody uses is dropped before it is decoded. Pure: no socket here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

MESSAGE_END: Final = b"\r\n\r\n"
GREETING: Final = b"Asterisk Call Manager/"
LARGEST_MESSAGE: Final = 64 * 1024


@dataclass(slots=True)
class FramingCounts:
    """What a framer has met since it was made."""

    messages: int = 0
    skipped: int = 0
    oversized: int = 0


class Framer:
    """Cuts a byte stream into messages; one framer per connection.

    A message longer than `largest` bytes is thrown away up to its end and counted.
    `wanted`: names of events to keep; None keeps all. Responses are always kept.
    """

    def __init__(
        self,
        *,
        wanted: Collection[str] | None = None,
        largest: int = LARGEST_MESSAGE,
        counts: FramingCounts | None = None,
    ) -> None:
        self._wanted = None if wanted is None else frozenset(name.encode() for name in wanted)
        self._largest = largest
        self._rest = b""
        self._discarding = False
        self._greeted = False
        self.counts = counts or FramingCounts()
        self.version = ""

    @property
    def buffered(self) -> int:
        """Bytes of the message that has not ended yet."""
        return len(self._rest)

    def feed(self, piece: bytes) -> list[bytes]:
        """The messages that `piece` completes, without their end marks, in order."""
        if not self._greeted:
            piece = self._take_greeting(piece)
            if not self._greeted:
                return []
        if len(self._rest) > 4096 and MESSAGE_END not in self._rest[-3:] + piece:
            return self._grow(piece)
        parts = (self._rest + piece).split(MESSAGE_END)
        self._rest = parts.pop()
        messages = self._keep(parts)
        if len(self._rest) > self._largest:
            self._discard()
        return messages

    def _grow(self, piece: bytes) -> list[bytes]:
        self._rest += piece
        if len(self._rest) > self._largest:
            self._discard()
        return []

    def _discard(self) -> None:
        if not self._discarding:
            self._discarding = True
            self.counts.oversized += 1
        self._rest = self._rest[-3:]

    def _keep(self, parts: list[bytes]) -> list[bytes]:
        if parts and self._discarding:
            self._discarding = False
            del parts[0]
        self.counts.messages += len(parts)
        wanted, kept = self._wanted, []
        for part in parts:
            if len(part) > self._largest:
                self.counts.oversized += 1
            elif wanted is not None and part.startswith(b"Event: ") and _event_name(part) not in wanted:
                self.counts.skipped += 1
            elif part:
                kept.append(part)
        return kept

    def _take_greeting(self, piece: bytes) -> bytes:
        """Asterisk's first line ends with one line end only; a stream may also begin without it."""
        start = self._rest + piece
        if start[: len(GREETING)] == GREETING[: len(start)]:
            line, end, remainder = start.partition(b"\r\n")
            if not end:
                self._rest = start[: self._largest]
                return b""
            self.version = line[len(GREETING) :].decode("ascii", "replace")
            start = remainder
        self._greeted = True
        self._rest = b""
        return start


def _event_name(message: bytes) -> bytes:
    end = message.find(b"\r\n", 7)
    return message[7:end] if end >= 0 else message[7:]


def headers_of(message: bytes) -> dict[str, str | list[str]]:
    r"""The headers of one message; a repeated header keeps all its values in a list.

    >>> headers_of(b"Event: Hangup\r\nCause: 16")
    {'Event': 'Hangup', 'Cause': '16'}
    >>> headers_of(b"Variable: a\r\nVariable: b")
    {'Variable': ['a', 'b']}
    """
    lines = message.decode("utf-8", "replace").split("\r\n")
    pairs: list[Any] = [line.split(": ", 1) for line in lines]
    try:
        plain: dict[str, str | list[str]] = dict(pairs)
    except ValueError:  # a line without a mark, which Asterisk does not write
        return _one_by_one(lines)
    if len(plain) < len(lines) or ":" in "".join(plain):
        return _one_by_one(lines)
    return plain


def _one_by_one(lines: list[str]) -> dict[str, str | list[str]]:
    headers: dict[str, str | list[str]] = {}
    for line in lines:
        name, mark, value = line.partition(":")
        if not mark:
            continue
        value = value[1:] if value[:1] == " " else value
        if name not in headers:
            headers[name] = value
            continue
        present = headers[name]
        headers[name] = [*present, value] if isinstance(present, list) else [present, value]
    return headers
