"""What a measure is: a formula over a tally with its name, unit and clause, and the usual formulas.

`name` and `formula` are English message ids; `locale/ru/LC_MESSAGES/measures.po` has the Russian of both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from callcenter.domain.statistics import Dimension, Rules, Unit
from callcenter.domain.tally import Tally

OPEN_CALL = "open"
Ratio = tuple[float | None, float | None]
"""Numerator and denominator."""
Formula = Callable[[Tally, Rules], Ratio]


@dataclass(frozen=True, kw_only=True, slots=True)
class Spec:
    """One measure: what it is called, how it is made, and which clause asks for it.

    `measured` False: the program has no record it could be made from, and says so instead of inventing.
    `but`: by these dimensions it cannot be told.
    """

    code: str
    name: str
    unit: Unit
    formula: str
    clause: str
    ratio: Formula
    measured: bool = True
    but: frozenset[Dimension] = frozenset()


def counted(*names: str) -> Formula:
    """The sum of these counts."""
    return lambda tally, rules: (tally.total(*names), None)


def divided(upper: Sequence[str], lower: Sequence[str]) -> Formula:
    """The sum of these counts by the sum of those."""
    return lambda tally, rules: (tally.total(*upper), tally.total(*lower))


def unmeasured(tally: Tally, rules: Rules) -> Ratio:
    """Of what the program has no record of."""
    return None, None
