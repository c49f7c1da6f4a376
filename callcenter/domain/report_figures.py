"""What a report is computed from: the period's figures, the period before, and how both are made up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from callcenter.domain.compliance import MonthCompliance
from callcenter.domain.questions import AskedQuestion
from callcenter.domain.statistics import (
    Breakdown,
    BreakdownRow,
    Check,
    Dimension,
    Figures,
    Heat,
    Measure,
    Period,
    Point,
    Rules,
)
from callcenter.domain.zero_loss import LossLedger

BROKEN_DOWN_BY = (
    Dimension.HOTLINE,
    Dimension.PRODUCT,
    Dimension.TOPIC,
    Dimension.KIND,
    Dimension.SOURCE,
    Dimension.OPERATOR,
    Dimension.EXECUTOR,
)
"""Dimensions a report shows tables of; hours and weekdays are its heat map."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportFigures:
    """`earlier` is the period of the same kind before; `steps` are days, of one day its hours.

    `waits`: how calls ended → whole seconds waited → calls. `compliance` is given for months, `questions` where the
    texts of the period were grouped. `hotline` is the advertised number as people read it.
    """

    period: Period
    hotline: str
    rules: Rules
    figures: Figures
    earlier: Figures
    steps: Sequence[Point]
    heat: Heat
    by: Mapping[Dimension, Breakdown] = field(default_factory=dict)
    earlier_by: Mapping[Dimension, Breakdown] = field(default_factory=dict)
    waits: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    compliance: MonthCompliance | None = None
    losses: Sequence[LossLedger] = ()
    questions: Sequence[AskedQuestion] = ()
    check: Check | None = None

    def measure(self, code: str) -> Measure:
        """A measure of the period."""
        return self.figures.measures[code]

    def before(self, code: str) -> Measure | None:
        """The same measure of the period before; None when that was empty: nothing to compare with."""
        return None if self.earlier.empty else self.earlier.measures.get(code)

    def rows(self, dimension: Dimension) -> Sequence[BreakdownRow]:
        """The members of a dimension, busiest first."""
        found = self.by.get(dimension)
        return () if found is None else found.rows

    def earlier_row(self, row: BreakdownRow) -> BreakdownRow | None:
        """The same member in the period before."""
        found = self.earlier_by.get(row.member.dimension)
        rows = () if found is None else found.rows
        return next((each for each in rows if each.member.key == row.member.key), None)
