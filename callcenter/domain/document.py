"""What a report is, before it is a page, a workbook or paper: worded sections with tables, charts and key figures.

Everything here is already said in the reader's language; numbers stay numbers, so that a workbook can reckon with
them. A document holds no formula and no markup: whatever people typed stands in it as plain text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from callcenter.charts.values import Chart


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A part of a whole, as counts; written as a percentage, with both counts on hover."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """Between 0 and 1; None of nothing."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketLink:
    """A ticket, shown by its number; a link where pages can be opened."""

    ticket_id: int


Cell = str | int | float | Share | timedelta | datetime | date | TicketLink | None
"""None is written as a dash: nothing was measured."""


class Fit(StrEnum):
    """How wide a column is against the others."""

    NARROW = "narrow"
    PLAIN = "plain"
    WIDE = "wide"
    WIDEST = "widest"


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """A column's head; `numbers` stand to the right. `hint` is the formula, on hover."""

    title: str
    fit: Fit = Fit.PLAIN
    numbers: bool = True
    hint: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows under headings; `total` is the last row, told apart. `left_out` rows are only in the whole export."""

    title: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    left_out: int = 0
    empty: str = ""


class Tone(StrEnum):
    """Whether a change is for the better."""

    PLAIN = "plain"
    BETTER = "better"
    WORSE = "worse"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyFigure:
    """One figure with what it is made of: the counts, the formula, the clause, the period before."""

    name: str
    value: str
    counts: str = ""
    formula: str = ""
    clause: str = ""
    earlier: str = ""
    change: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One chapter: sentences first, then pictures, then tables. `name` is its stable English name."""

    name: str
    title: str
    sheet: str
    sentences: tuple[str, ...] = ()
    figures: tuple[KeyFigure, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A whole report. `made_at` is when its figures were frozen (or read): every copy of it bears that instant.

    `marks` are what a reader must know before the numbers: an open period, a change of calendar or targets.
    """

    name: str
    title: str
    subtitle: str
    locale: str
    made_at: datetime
    marks: tuple[str, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Labels:
    """The few words the paper itself needs: contents, page, where numbers come from."""

    contents: str
    page: str
    made: str
    total: str
    left_out: str
    nothing: str
    figure_heads: tuple[str, str, str, str, str, str]
    """Heads of the table of key figures: value, made of, before, change, clause, formula."""


def pages_of(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Sections that have anything to show."""
    return tuple(each for each in sections if each.sentences or each.figures or each.charts or each.tables)
