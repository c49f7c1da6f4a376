"""The raw event journal: every message as it came, in a few bounded files, replayable through the reducer.

The files are AMI streams themselves (`Framer` reads them), with one header of our own in front of each message:
`ArrivedAt`, and for what was put aside `PutAside` with the reason. `masked` makes a copy for a bug report.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from ami.events import Event, parse
from ami.framing import MESSAGE_END, Framer, headers_of
from ami.schema import MalformedEvent

ARRIVED: Final = b"ArrivedAt: "
PUT_ASIDE: Final = b"PutAside: "
_NUMBER: Final = re.compile(rb"\d{5,}")
_OPEN: Final = re.compile(
    rb"(Event|Privilege|SystemName|Timestamp|ArrivedAt|PutAside|ActionID|Attempt|LoginTime|LastCall|LastPause"
    rb"|[A-Za-z]*(Uniqueid|Linkedid|Channel)): "
)
_TECHNICAL: Final = re.compile(
    rb"[A-Za-z]*(ChannelState|ChannelStateDesc|Language|Context|Exten|Priority|CallerIDNum|ConnectedLineNum"
    rb"|BridgeType|BridgeTechnology|BridgeNumChannels|Queue|Position|OriginalPosition|Count|Interface|Membership"
    rb"|Penalty|CallsTaken|InCall|Status|Paused|Ringinuse|Wrapuptime|DialStatus|DialString|Cause|Cause-txt|TechCause"
    rb"|HoldTime|TalkTime|RingTime|Reason|Response|Result|Extension|IsExternal|UserEvent|DID|Num|Answered|RingMs"
    rb"|ProgMs|Uptime|LastReload|Restart|Shutdown|DestType): "
)


class Journal:
    """Appends messages to `<directory>/<pbx>.ami`; a full file is rotated, only `files` of them are kept.

    A message that cannot be written (disk full) is counted in `failed`; the link goes on.
    """

    def __init__(self, directory: Path, pbx: str, *, file_bytes: int = 8_000_000, files: int = 5) -> None:
        self._path = directory / f"{pbx}.ami"
        self._file_bytes = file_bytes
        self._files = max(1, files)
        directory.mkdir(parents=True, exist_ok=True)
        self._stream = self._path.open("ab")
        self._size = self._path.stat().st_size
        self.failed = 0

    def write(self, message: bytes, arrived_at: datetime, *, put_aside: str = "") -> None:
        """Keep one message; `put_aside` is the reason why nothing was concluded from it."""
        head = ARRIVED + arrived_at.isoformat().encode() + b"\r\n"
        if put_aside:
            head += (
                PUT_ASIDE
                + put_aside.encode("utf-8", "replace").replace(b"\r", b" ").replace(b"\n", b" ")
                + b"\r\n"
            )
        record = head + message + MESSAGE_END
        try:
            if self._size + len(record) > self._file_bytes:
                self._rotate()
            self._stream.write(record)
        except (OSError, ValueError):
            self.failed += 1
            return
        self._size += len(record)

    def flush(self) -> None:
        """Hand what was written to the operating system."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            self.failed += 1

    def close(self) -> None:
        """Flush and close."""
        try:
            self._stream.close()
        except OSError:
            self.failed += 1

    def _rotate(self) -> None:
        self._stream.close()
        for number in range(self._files - 1, 0, -1):
            older = self._numbered(number - 1)
            if older.exists():
                older.replace(self._numbered(number))
        self._path.unlink(missing_ok=True)
        self._stream = self._path.open("ab")
        self._size = 0

    def _numbered(self, number: int) -> Path:
        return self._path if number == 0 else self._path.with_suffix(f".ami.{number}")


def journal_files(directory: Path, pbx: str) -> list[Path]:
    """The files of one PBX's journal, oldest first."""
    current = directory / f"{pbx}.ami"
    older = sorted(directory.glob(f"{pbx}.ami.*"), key=lambda path: int(path.suffix[1:]), reverse=True)
    return [*older, *([current] if current.exists() else [])]


def replay(paths: Collection[Path]) -> Iterator[Event]:
    """The events of journal files (or of raw captures), in order; what was put aside stays aside."""
    for path in paths:
        framer = Framer()
        with path.open("rb") as stream:
            while piece := stream.read(65_536):
                for message in framer.feed(piece):
                    event = _event(message)
                    if event is not None:
                        yield event


def _event(message: bytes) -> Event | None:
    headers = headers_of(message)
    if "PutAside" in headers:
        return None
    arrived = headers.pop("ArrivedAt", None)
    try:
        return parse(
            headers, arrived_at=datetime.fromisoformat(arrived) if isinstance(arrived, str) else None
        )
    except MalformedEvent:
        return None


def masked(message: bytes, *, keep: Collection[str] = ()) -> bytes:
    r"""The message with telephone numbers and names of persons made unreadable, ids and times kept.

    `keep`: numbers that are nobody's secret (the hotline's own). The same number stays the same.
    >>> masked(b"CallerIDNum: 79161234567\r\nUniqueid: 1795355490.0")
    b'CallerIDNum: 7********67\r\nUniqueid: 1795355490.0'
    """
    open_numbers = {number.encode() for number in keep}
    return b"\r\n".join(_masked_line(line, open_numbers) for line in message.split(b"\r\n"))


def _masked_line(line: bytes, open_numbers: set[bytes]) -> bytes:
    """Ids and times stay, technical values lose their long numbers, everything else (names, texts) is hidden."""
    if _OPEN.match(line):
        return line
    name, mark, value = line.partition(b": ")
    if not _TECHNICAL.match(line) and value != b"<unknown>":
        return name + mark + (b"*" if value else b"")
    return _NUMBER.sub(lambda m: m[0] if m[0] in open_numbers else m[0][:1] + b"*" * 8 + m[0][-2:], line)
