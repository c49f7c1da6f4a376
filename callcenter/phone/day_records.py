"""A day's calls to the hotline as Asterisk itself wrote them down (port `PbxRecords`): CDR, then CEL. Regulation: 2.10.

CDR knows calls that ended; CEL survives the death of Asterisk. Both files are read from their end back to the day.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from callcenter.domain.calls import CallOutcome
from callcenter.domain.numbers import parse_number
from callcenter.domain.zero_loss import RecordedCall
from callcenter.phone import records

MARGIN = timedelta(hours=6)
"""A record is written when its call ends; the files are read so much further back than the day's first call."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordSource:
    """Where one PBX writes its records; None where it was not told."""

    pbx: str
    cdr_file: Path | None
    cel_file: Path | None
    trunk_contexts: frozenset[str]


class DayRecords:
    """Port `PbxRecords` over JSON-line files; only calls to `dids` (E.164) are the hotline's."""

    def __init__(self, sources: Sequence[RecordSource], dids: frozenset[str]) -> None:
        self._sources = sources
        self._dids = dids

    async def calls(
        self, since: datetime, until: datetime
    ) -> tuple[Mapping[str, Sequence[RecordedCall]], Mapping[str, str]]:
        """Calls that entered in this time by PBX, and by PBX why its records could not be read."""
        found: dict[str, Sequence[RecordedCall]] = {}
        unread: dict[str, str] = {}
        for source in self._sources:
            try:
                found[source.pbx] = await asyncio.to_thread(self._read, source, since, until)
            except OSError as error:
                unread[source.pbx] = error.strerror or str(error)
            except LookupError as error:
                unread[source.pbx] = str(error.args[0])
        return found, unread

    def _read(self, source: RecordSource, since: datetime, until: datetime) -> Sequence[RecordedCall]:
        paths = {"start": source.cdr_file, "eventtime": source.cel_file}
        told = {field: path for field, path in paths.items() if path is not None}
        if not told:
            raise LookupError("its record files are not named in the settings")
        if not any(path.exists() for path in told.values()):
            raise LookupError("its record files do not exist")
        rows = {field: _rows(path, since - MARGIN, field) for field, path in told.items()}
        if not any(_reaches_back(path, until, field) for field, path in told.items()):
            raise LookupError("its records do not go back to this day")
        by_id = {
            each.linkedid: each
            for each in records.calls_in_cel(rows.get("eventtime", []), source.trunk_contexts)
        }
        by_id |= {each.linkedid: each for each in records.calls_in_cdr(rows.get("start", []))}
        return [
            RecordedCall(
                pbx=source.pbx,
                linkedid=each.linkedid,
                at=each.entered_at,
                caller=each.caller,
                answered=each.outcome is CallOutcome.ANSWERED,
            )
            for each in by_id.values()
            if since <= each.entered_at < until and parse_number(each.did).e164 in self._dids
        ]


def rotated(path: Path) -> Path:
    """Where yesterday's records are after `logrotate` (daily, `delaycompress`)."""
    return path.with_name(f"{path.name}.1")


def _rows(path: Path, since: datetime, field: str) -> list[records.Record]:
    """The records since then that can be understood, of the rotated file too."""
    every = [row for each in (rotated(path), path) for row in records.read_since(each, since, field)[0]]
    return [row for row in every if field != "start" or _whole(row)]


def _whole(row: records.Record) -> bool:
    return all(isinstance(row.get(name), int | float) for name in ("start", "answer", "end"))


def _reaches_back(path: Path, until: datetime, field: str) -> bool:
    """Whether the oldest record kept is older than the end of the day; a file without one reaches back for ever.

    Records may have been rotated away: then nothing can be said of that day, and least of all that calls are missing.
    """
    for each in (rotated(path), path):
        try:
            with each.open("rb") as file:
                first = json.loads(file.readline(records.LONGEST_LINE) or b"{}")
            at = first.get(field)
        except (ValueError, AttributeError, FileNotFoundError):
            continue
        if isinstance(at, int | float):
            return at < until.timestamp()
    return path.exists()
