"""A report as a workbook: one sheet for each chapter, native charts, numbers as numbers, text as text only.

No cell holds a formula: text is written with `write_string`, which cannot become one, and the sums stand as numbers.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from callcenter.charts.values import Bars, Chart, Columns, HeatMap, Lines, Series, Shares
from callcenter.domain.cells import NOTHING, Wording
from callcenter.domain.document import (
    Cell,
    Document,
    Fit,
    Labels,
    Section,
    Share,
    Table,
    TicketLink,
    pages_of,
)
from callcenter.reports.plain import plain

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
COLOURS = ("#0B5CAD", "#D9780F", "#2A8F7A", "#8A63A8", "#6D7A86")
PATTERNS = ("", "wide_upward_diagonal", "light_horizontal", "wide_downward_diagonal", "light_vertical")
NAMED = {"good": "#0B5CAD", "bad": "#C0392B"}
_FITS = {Fit.NARROW: 10, Fit.PLAIN: 15, Fit.WIDE: 28, Fit.WIDEST: 60}
_CHART_ROWS = 17
_DAY = timedelta(days=1)


@dataclass(kw_only=True, slots=True)
class Book:
    """The workbook being written with its formats."""

    workbook: Workbook
    wording: Wording
    labels: Labels
    formats: dict[str, Format]


def to_xlsx(document: Document, labels: Labels, wording: Wording, path: Path) -> None:
    """Write the report as a workbook; the same document gives the same bytes."""
    workbook = xlsxwriter.Workbook(str(path), OPTIONS)
    workbook.set_properties(
        {"title": plain(document.title), "created": document.made_at.astimezone(UTC).replace(tzinfo=None)}
    )
    book = Book(workbook=workbook, wording=wording, labels=labels, formats=_formats(workbook))
    taken: set[str] = set()
    for place, section in enumerate(pages_of(document.sections)):
        sheet = workbook.add_worksheet(_sheet_name(section.sheet, taken))
        _sheet(book, sheet, section, document if place == 0 else None)
    workbook.close()


def _formats(workbook: Workbook) -> dict[str, Format]:
    wanted: dict[str, dict[str, Any]] = {
        "title": {"bold": True, "font_size": 16},
        "heading": {"bold": True, "font_size": 12},
        "quiet": {"font_color": "#51606E"},
        "mark": {"bg_color": "#FFF3DD", "font_color": "#7A4400", "text_wrap": True, "valign": "top"},
        "sentence": {"text_wrap": True, "valign": "top"},
        "head": {"bold": True, "bg_color": "#EEF2F6", "bottom": 1, "text_wrap": True, "valign": "top"},
        "text": {"valign": "top", "text_wrap": True},
        "count": {"num_format": "#,##0"},
        "number": {"num_format": "#,##0.0"},
        "share": {"num_format": "0.0%"},
        "length": {"num_format": "[h]:mm:ss"},
        "moment": {"num_format": "dd.mm.yyyy hh:mm"},
        "day": {"num_format": "dd.mm.yyyy"},
        "nothing": {"align": "right", "font_color": "#51606E"},
    }
    found = {name: workbook.add_format(details) for name, details in wanted.items()}
    for name in ("text", "count", "number", "share", "length", "moment", "day", "nothing"):
        found[f"total {name}"] = workbook.add_format({**wanted[name], "bold": True, "top": 1})
    return found


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """A name Excel takes: 31 letters, none of []:*?/\\, each once."""
    clean = "".join(" " if letter in "[]:*?/\\'" else letter for letter in plain(wanted)).strip()[:28] or "?"
    name, number = clean, 1
    while name.casefold() in taken:
        number += 1
        name = f"{clean} {number}"
    taken.add(name.casefold())
    return name


def _sheet(book: Book, sheet: Worksheet, section: Section, document: Document | None) -> None:
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&R&P / &N")
    row = 0
    if document is not None:
        row = _front(book, sheet, document)
    else:
        sheet.write_string(row, 0, plain(section.title), book.formats["title"])
        row += 2
    for sentence in section.sentences:
        sheet.merge_range(row, 0, row, 7, "", book.formats["sentence"])
        sheet.write_string(row, 0, plain(sentence), book.formats["sentence"])
        sheet.set_row(row, 15 * (1 + len(sentence) // 105))
        row += 1
    row += 1 if section.sentences else 0
    row = _key_figures(book, sheet, section, row)
    for table in section.tables:
        row = _table(book, sheet, table, row)
    for chart in section.charts:
        row = _chart(book, sheet, chart, row)
    _widths(sheet, section)


def _front(book: Book, sheet: Worksheet, document: Document) -> int:
    sheet.write_string(0, 0, plain(document.title), book.formats["title"])
    sheet.write_string(1, 0, plain(document.subtitle), book.formats["quiet"])
    made = f"{book.labels.made} {book.wording.moment(document.made_at)}"
    sheet.write_string(2, 0, made, book.formats["quiet"])
    row = 4
    for mark in document.marks:
        sheet.merge_range(row, 0, row, 7, "", book.formats["mark"])
        sheet.write_string(row, 0, plain(mark), book.formats["mark"])
        row += 1
    return row + (1 if document.marks else 0)


def _widths(sheet: Worksheet, section: Section) -> None:
    """Every column as wide as the widest of the tables wants it."""
    wanted: dict[int, int] = {0: 34} if section.figures else {0: 24}
    for table in section.tables:
        for place, heading in enumerate(table.headings):
            wanted[place] = max(wanted.get(place, 0), _FITS[heading.fit])
    for place, width in wanted.items():
        sheet.set_column(place, place, width)


def _key_figures(book: Book, sheet: Worksheet, section: Section, row: int) -> int:
    if not section.figures:
        return row
    columns = (section.title, *book.labels.figure_heads)
    for place, word in enumerate(columns):
        sheet.write_string(row, place, plain(word), book.formats["head"])
    for figure in section.figures:
        row += 1
        told = (
            figure.name,
            figure.value,
            figure.counts,
            figure.earlier,
            figure.change,
            figure.clause,
            figure.formula,
        )
        for place, word in enumerate(told):
            sheet.write_string(
                row, place, plain(word), book.formats["text" if place in (0, 6) else "nothing"]
            )
    return row + 2


def _table(book: Book, sheet: Worksheet, table: Table, row: int) -> int:
    if table.title:
        sheet.write_string(row, 0, plain(table.title), book.formats["heading"])
        row += 1
    if not table.rows:
        sheet.write_string(row, 0, plain(table.empty or book.labels.nothing), book.formats["quiet"])
        return row + 2
    for place, heading in enumerate(table.headings):
        sheet.write_string(row, place, plain(heading.title), book.formats["head"])
    for cells in table.rows:
        row += 1
        for place, cell in enumerate(cells):
            write_cell(book, sheet, row, place, cell)
    if table.total is not None:
        row += 1
        for place, cell in enumerate(table.total):
            write_cell(book, sheet, row, place, cell, total=True)
    if table.left_out:
        row += 1
        text = f"{book.labels.left_out} {book.wording.count(table.left_out)}"
        sheet.write_string(row, 0, text, book.formats["quiet"])
    return row + 2


def write_cell(
    book: Book, sheet: Worksheet, row: int, column: int, cell: Cell, *, total: bool = False
) -> None:
    """One cell as what it is: numbers can be reckoned with, text can never become a formula."""

    def style(name: str) -> Format:
        return book.formats[f"total {name}" if total else name]

    value = cell.value if isinstance(cell, Share) else cell
    if value is None:
        sheet.write_string(row, column, NOTHING, style("nothing"))
    elif isinstance(value, str):
        sheet.write_string(row, column, plain(value), style("text"))
    elif isinstance(cell, Share):
        assert isinstance(value, float)
        sheet.write_number(row, column, value, style("share"))
    elif isinstance(value, timedelta):
        sheet.write_number(row, column, value / _DAY, style("length"))
    elif isinstance(value, datetime):
        local = value.astimezone(book.wording.zone).replace(tzinfo=None)
        sheet.write_datetime(row, column, local, style("moment"))
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, style("day"))
    elif isinstance(value, TicketLink):
        sheet.write_number(row, column, value.ticket_id, style("count"))
    else:
        assert isinstance(value, int | float)
        sheet.write_number(row, column, value, style("count" if isinstance(value, int) else "number"))


def _chart(book: Book, sheet: Worksheet, chart: Chart, row: int) -> int:
    """The numbers as a small table with a native chart beside it; a heat map is shaded cells."""
    sheet.write_string(row, 0, plain(chart.title), book.formats["heading"])
    row += 1
    if isinstance(chart, HeatMap):
        return _heat_map(book, sheet, chart, row)
    series = _series(chart)
    sheet.write_string(row, 0, plain(chart.category), book.formats["head"])
    for column, each in enumerate(series, start=1):
        sheet.write_string(row, column, plain(each.name), book.formats["head"])
        for place, value in enumerate(each.values, start=1):
            if value is not None:
                sheet.write_number(
                    row + place, column, value, book.formats["number" if value % 1 else "count"]
                )
    for place, name in enumerate(chart.categories, start=1):
        sheet.write_string(row + place, 0, plain(name), book.formats["text"])
    native = _native(book.workbook, chart, series, sheet.get_name(), row)
    sheet.insert_chart(
        row, len(series) + 2, native, {"object_position": 1, "description": plain(chart.description)}
    )
    return row + max(len(chart.categories) + 2, _CHART_ROWS)


def _series(chart: Columns | Lines | Bars | Shares) -> tuple[Series, ...]:
    if isinstance(chart, Bars):
        return (chart.series,) if chart.earlier is None else (chart.series, chart.earlier)
    if isinstance(chart, Lines) and chart.target is not None:
        line = Series(
            name=chart.target.said, values=tuple(chart.target.value for _ in chart.categories), ink="bad"
        )
        return (*chart.series, line)
    return chart.series


def _native(
    workbook: Workbook,
    chart: Columns | Lines | Bars | Shares,
    series: tuple[Series, ...],
    sheet: str,
    row: int,
) -> Any:
    native = workbook.add_chart(_kind(chart, len(series)))
    last = row + len(chart.categories)
    for place, each in enumerate(series):
        colour = NAMED.get(each.ink, COLOURS[place % len(COLOURS)])
        details: dict[str, Any] = {
            "name": [sheet, row, place + 1],
            "categories": [sheet, row + 1, 0, last, 0],
            "values": [sheet, row + 1, place + 1, last, place + 1],
        }
        if isinstance(chart, Lines):
            details["line"] = {
                "color": colour,
                "width": 2,
                "dash_type": "dash" if each.ink == "bad" else "solid",
            }
            details["marker"] = {"type": "none" if each.ink == "bad" else "circle", "size": 4}
        elif PATTERNS[place % len(PATTERNS)]:
            pattern = PATTERNS[place % len(PATTERNS)]
            details["pattern"] = {"pattern": pattern, "fg_color": "#FFFFFF", "bg_color": colour}
        else:
            details["fill"] = {"color": colour}
        native.add_series(details)
    native.set_title({"name": plain(chart.title), "name_font": {"size": 11}})
    native.set_legend({"position": "bottom"} if len(series) > 1 else {"none": True})
    if isinstance(chart, Bars | Shares):
        native.set_y_axis({"reverse": True})
    if isinstance(chart, Lines):
        native.set_y_axis({"min": chart.low, "max": chart.high, "num_format": "0"})
    native.set_size({"width": 680, "height": 320})
    return native


def _kind(chart: Columns | Lines | Bars | Shares, series: int) -> dict[str, str]:
    if isinstance(chart, Columns):
        return {"type": "column", "subtype": "stacked"} if series > 1 else {"type": "column"}
    if isinstance(chart, Lines):
        return {"type": "line"}
    return {"type": "bar"} if isinstance(chart, Bars) else {"type": "bar", "subtype": "percent_stacked"}


def _heat_map(book: Book, sheet: Worksheet, chart: HeatMap, row: int) -> int:
    for place, name in enumerate((chart.corner, *chart.columns)):
        sheet.write_string(row, place, plain(name), book.formats["head"])
    for number, values in enumerate(chart.values, start=1):
        sheet.write_string(row + number, 0, plain(chart.rows[number - 1]), book.formats["text"])
        for place, value in enumerate(values, start=1):
            if value is not None:
                sheet.write_number(
                    row + number, place, value, book.formats["number" if value % 1 else "count"]
                )
    scale = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#5F97CE"}
    sheet.conditional_format(row + 1, 1, row + len(chart.rows), max(1, len(chart.columns)), scale)
    return row + len(chart.rows) + 3
