"""The Protocols of reports: what is kept of them, whom they are mailed to, and the rows of exports.

`ports.UnitOfWork.reports` carries `ReportRows`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from callcenter.domain.document import Cell, Document, Labels
from callcenter.domain.report_mailing import Mailing


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredReport:
    """A report of a period that will not change any more, as it was first made."""

    name: str
    locale: str
    first: date
    last: date
    made_at: datetime
    body: Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportPage:
    """Some rows of an export; `after` is where the next page goes on, None at the end."""

    rows: Sequence[Sequence[Cell]]
    after: tuple[datetime, int] | None


class ReportRows(Protocol):
    """Stored reports, mailing lists, rows for exports."""

    async def stored(self, name: str, locale: str) -> StoredReport | None: ...

    async def keep(self, report: StoredReport) -> bool:
        """False when there was one of this name and language: the first stays."""
        ...

    async def kept(self, limit: int) -> Sequence[StoredReport]:
        """The newest stored reports, without their bodies."""
        ...

    async def mailings(self) -> Sequence[Mailing]: ...

    async def save_mailing(self, mailing: Mailing) -> None: ...

    async def tickets(
        self, since: datetime, until: datetime, *, after: tuple[datetime, int] | None, limit: int
    ) -> ExportPage:
        """Tickets opened in this time, oldest first."""
        ...

    async def calls(
        self, since: datetime, until: datetime, *, after: tuple[datetime, int] | None, limit: int
    ) -> ExportPage:
        """Calls that entered in this time, oldest first."""
        ...


class ReportFiles(Protocol):
    """Writes a document as files; no part of any transaction, runs in a thread of its own."""

    async def pdf(self, document: Document, labels: Labels) -> bytes:
        """Raises Misconfigured when the font is missing."""
        ...

    async def xlsx(self, document: Document, labels: Labels) -> bytes: ...

    async def csv(self, document: Document, labels: Labels, folder: Path) -> Sequence[Path]:
        """One file for each table, in this folder."""
        ...

    def csv_lines(
        self, heads: Sequence[str], rows: Sequence[Sequence[Cell]], *, first: bool, locale: str = "ru"
    ) -> bytes:
        """Some rows as CSV; with the heads and the byte order mark when they are the first."""
        ...
