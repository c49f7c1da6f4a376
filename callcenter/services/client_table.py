"""Reading a table that somebody saved from a spreadsheet: encodings, separators, headers, lines. Pure.

Accepted: UTF-8 with or without BOM, else cp1251; `;`, `,` or tab; header names in Russian or English, in any
order and case. A cell is text and nothing else: `=cmd|…` is stored as it stands.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from callcenter.domain.errors import InvalidInput
from callcenter.domain.search import normalised

LARGEST_FILE = 10 * 1024 * 1024
MOST_LINES = 100_000
LONGEST_CELL = 2000
_SEPARATORS = ";,\t"


@dataclass(frozen=True, kw_only=True, slots=True)
class BadLine:
    """A line that cannot be imported: `line` counts from 1 as editors do, `reason` is a message key."""

    line: int
    column: str
    reason: str
    value: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line's cells by column name, spaces around them cut; a column that the file lacks is empty."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A file as read; `bad` are lines whose number of cells does not fit the header."""

    rows: Sequence[Row]
    bad: Sequence[BadLine]


def read_table(content: bytes, columns: Mapping[str, Sequence[str]], required: Sequence[str]) -> Table:
    """The rows under the header names of `columns` (name → accepted headers, the name itself included).

    Raises:
        InvalidInput: `file`: `empty`, `too_large`, `not_text`, `too_many_lines`, `unknown_column: …`,
            `repeated_column: …`, `missing_column: …`.
    """
    if len(content) > LARGEST_FILE:
        raise InvalidInput({"file": "too_large"})
    text = _decoded(content)
    lines = _lines(text)
    header = next(lines, None)
    if header is None:
        raise InvalidInput({"file": "empty"})
    names = _names(header[1], columns, required)
    rows: list[Row] = []
    bad: list[BadLine] = []
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) + len(bad) >= MOST_LINES:
            raise InvalidInput({"file": "too_many_lines"})
        if problem := _line_problem(cells, names):
            bad.append(BadLine(line=number, column="", reason=problem))
        else:
            rows.append(Row(line=number, cells=_named(cells, names, columns)))
    return Table(rows=rows, bad=bad)


def _decoded(content: bytes) -> str:
    if b"\0" in content:
        raise InvalidInput({"file": "not_text"})
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1251")
    except UnicodeDecodeError:
        raise InvalidInput({"file": "not_text"}) from None


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of its first line; quoted cells may hold line ends."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=lambda each: (first.count(each), each == ";"))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield before + 1, cells
            before = reader.line_num
    except csv.Error:
        raise InvalidInput({"file": f"broken_quotes: {before + 1}"}) from None


def _names(header: Sequence[str], columns: Mapping[str, Sequence[str]], required: Sequence[str]) -> list[str]:
    known = {normalised(each): name for name, headers in columns.items() for each in (name, *headers)}
    names: list[str] = []
    for cell in header:
        name = known.get(normalised(cell))
        if name is None:
            raise InvalidInput({"file": f"unknown_column: {cell.strip()[:80]}"})
        if name in names:
            raise InvalidInput({"file": f"repeated_column: {cell.strip()[:80]}"})
        names.append(name)
    if missing := [name for name in required if name not in names]:
        raise InvalidInput({"file": f"missing_column: {', '.join(missing)}"})
    return names


def _line_problem(cells: Sequence[str], names: Sequence[str]) -> str | None:
    if len(cells) < len(names):
        return "too_few_cells"
    if any(cell.strip() for cell in cells[len(names) :]):
        return "too_many_cells"
    return "cell_too_long" if any(len(cell) > LONGEST_CELL for cell in cells) else None


def _named(
    cells: Sequence[str], names: Sequence[str], columns: Mapping[str, Sequence[str]]
) -> Mapping[str, str]:
    present = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
    return {name: present.get(name, "") for name in columns}
