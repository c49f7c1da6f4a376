"""Rows as CSV for Russian Excel: semicolons, a byte order mark, decimal commas; no cell can become a formula."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from callcenter.domain.cells import Wording
from callcenter.domain.document import Cell, Share, TicketLink
from callcenter.reports.plain import inert

BOM = "\ufeff"


def lines(heads: Sequence[str], rows: Sequence[Sequence[Cell]], wording: Wording, *, first: bool) -> bytes:
    """Some rows as bytes, with the heads and the mark when they are the first."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    if first:
        text.write(BOM)
        writer.writerow([inert(head) for head in heads])
    writer.writerows([said(cell, wording) for cell in row] for row in rows)
    return text.getvalue().encode()


def said(cell: Cell, wording: Wording) -> str:
    """One cell: numbers a spreadsheet can reckon with, text it cannot run; nothing measured is an empty cell."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return inert(cell)
    if isinstance(cell, Share):
        return "" if cell.value is None else _number(cell.value * 100, wording)
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if isinstance(cell, datetime):
        return f"{cell.astimezone(wording.zone):%d.%m.%Y %H:%M:%S}"
    if isinstance(cell, date):
        return f"{cell:%d.%m.%Y}"
    if isinstance(cell, TicketLink):
        return str(cell.ticket_id)
    return str(cell) if isinstance(cell, int) else _number(cell, wording)


def _number(value: float, wording: Wording) -> str:
    text = f"{value:.2f}"
    return text.replace(".", ",") if wording.locale == "ru" else text
