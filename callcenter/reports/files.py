"""Port `ReportFiles`: documents as files, written in a thread so that pop-ups do not wait for a report."""

import asyncio
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from callcenter.domain.cells import Wording
from callcenter.domain.document import Cell, Document, Labels, pages_of
from callcenter.reports.csv_lines import lines

_AT_ONCE = 1


class ReportFiles:
    """One file at a time is made; others wait, because each costs a core for a second or two."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._turn = asyncio.Semaphore(_AT_ONCE)

    def _wording(self, locale: str) -> Wording:
        return Wording(locale=locale, zone=self._zone)

    async def pdf(self, document: Document, labels: Labels) -> bytes:
        """The report on paper; Misconfigured when the font is missing."""
        from callcenter.reports.pdf import to_pdf

        async with self._turn:
            return await asyncio.to_thread(to_pdf, document, labels, self._wording(document.locale))

    async def xlsx(self, document: Document, labels: Labels) -> bytes:
        """The report as a workbook."""
        async with self._turn:
            return await asyncio.to_thread(self._xlsx, document, labels)

    def _xlsx(self, document: Document, labels: Labels) -> bytes:
        from callcenter.reports.xlsx import to_xlsx

        with tempfile.TemporaryDirectory(prefix="report-") as folder:
            path = Path(folder) / "report.xlsx"
            to_xlsx(document, labels, self._wording(document.locale), path)
            return path.read_bytes()

    async def csv(self, document: Document, labels: Labels, folder: Path) -> Sequence[Path]:
        """Each table of the report as a file of its own in this folder."""
        return await asyncio.to_thread(self._csv, document, folder)

    def _csv(self, document: Document, folder: Path) -> Sequence[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        wording, written = self._wording(document.locale), []
        for section in pages_of(document.sections):
            for number, table in enumerate(section.tables, start=1):
                if not table.rows:
                    continue
                path = folder / f"{document.name}-{_safe(section.name)}-{number}.csv"
                rows = table.rows if table.total is None else (*table.rows, table.total)
                heads = [heading.title for heading in table.headings]
                path.write_bytes(lines(heads, rows, wording, first=True))
                written.append(path)
        return written

    def csv_lines(
        self, heads: Sequence[str], rows: Sequence[Sequence[Cell]], *, first: bool, locale: str = "ru"
    ) -> bytes:
        """Some rows as CSV."""
        return lines(heads, rows, self._wording(locale), first=first)


def _safe(name: str) -> str:
    return re.sub(r"[^a-z0-9_]", "-", name)
