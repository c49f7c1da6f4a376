"""The measures of the hotline: every formula in the order it is shown, and what it comes to. Regulation: 3.1, 2.10."""

from collections.abc import Mapping, Sequence

from callcenter.domain.measure_callbacks import CALLBACKS, OTHERS
from callcenter.domain.measure_calls import CALLS
from callcenter.domain.measure_clocks import BREACHES, CLOCK_SPECS
from callcenter.domain.measure_rules import RULES
from callcenter.domain.measure_spec import Spec
from callcenter.domain.measure_tickets import TICKETS
from callcenter.domain.statistics import Dimension, Measure, Rules, Unit
from callcenter.domain.tally import Tally

SPECS: Sequence[Spec] = (*CALLS, *TICKETS, *CLOCK_SPECS, *BREACHES, *CALLBACKS, *OTHERS, *RULES)
"""Every measure, in the order it is shown."""

_MINUTE = 60.0


def measure(spec: Spec, tally: Tally, rules: Rules, *, part_of: Dimension | None = None) -> Measure:
    """One measure of a tally; `part_of`: the tally is a member's of this dimension, where not all can be told."""
    measured = spec.measured and part_of not in spec.but
    upper, lower = spec.ratio(tally, rules) if measured else (None, None)
    value = upper
    if spec.unit is Unit.MINUTES and upper is not None:
        upper = value = upper / _MINUTE
    elif spec.code.startswith(("wait.median", "wait.p90", "wait.longest")):
        upper = None
    elif lower is not None:
        value = None if upper is None or not lower else upper / lower
        if value is not None and spec.unit is Unit.PERCENT:
            value *= 100
    return Measure(
        code=spec.code,
        name=spec.name,
        value=value,
        unit=spec.unit,
        numerator=upper,
        denominator=lower,
        formula=spec.formula,
        clause=spec.clause,
        measured=measured,
    )


def measures(tally: Tally, rules: Rules, *, part_of: Dimension | None = None) -> Mapping[str, Measure]:
    """Every measure of a tally by code, in the order shown."""
    return {spec.code: measure(spec, tally, rules, part_of=part_of) for spec in SPECS}
