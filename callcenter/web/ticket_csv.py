"""A list of tickets as a file for a spreadsheet: `;` between cells, UTF-8 with its mark, and no cell a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from callcenter.domain.numbers import display
from callcenter.web.translations import Words
from callcenter.web.views.worklist import WorkRow
from callcenter.web.wording import say

MARK = "\ufeff"
"""Tells a spreadsheet that the file is UTF-8."""
_BEGINS_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")


def inert(cell: str) -> str:
    """The cell as text whatever it begins with: a spreadsheet would run a formula that a client typed.

    >>> inert("=1+1"), inert("+7 916 123-45-67"), inert("Отчёт")
    ("'=1+1", "'+7 916 123-45-67", 'Отчёт')
    """
    return f"'{cell}" if cell[:1] in _BEGINS_FORMULA and cell else cell


def written(cells: Iterable[Sequence[str]]) -> str:
    """Lines of a file."""
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(
        [inert(each) for each in row] for row in cells
    )
    return text.getvalue()


def header(words: Words) -> Sequence[str]:
    """The names of the columns."""
    return (
        words("№"),
        words("State"),
        words("What is asked"),
        words("Priority"),
        words("Came in"),
        words("Registered at"),
        words("To be done by"),
        words("Ended at"),
        words("Client"),
        words("Company"),
        words("INN"),
        words("Number"),
        words("E-mail"),
        words("Product"),
        words("Topic"),
        words("Gist"),
        words("Source"),
        words("Operator"),
        words("Executor"),
        words("Reason"),
        words("Rating"),
    )


def line(row: WorkRow, zone: ZoneInfo, words: Words) -> Sequence[str]:
    """One ticket."""
    ticket = row.ticket
    number = ticket.contact_phone or ticket.caller
    return (
        ticket.number,
        say(ticket.status, words),
        "" if ticket.kind is None else say(ticket.kind, words),
        say(ticket.priority, words),
        _instant(ticket.arrival, zone),
        _instant(ticket.registered_at, zone),
        _instant(ticket.due_at, zone),
        _instant(ticket.ended_at, zone),
        row.client.name if row.client else ticket.contact_name,
        row.organization.name if row.organization else "",
        (row.organization.inn or "") if row.organization else "",
        display(number.e164) if number is not None and number.e164 is not None else "",
        ticket.contact_email or "",
        row.product.name if row.product else "",
        " / ".join(each.name for each in row.topics),
        ticket.subject,
        say(ticket.source, words),
        row.operator,
        row.assignee,
        "" if ticket.cancel_reason is None else say(ticket.cancel_reason, words),
        "" if ticket.rating is None else str(ticket.rating),
    )


def _instant(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else f"{at.astimezone(zone):%d.%m.%Y %H:%M}"
