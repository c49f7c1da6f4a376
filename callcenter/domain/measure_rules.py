"""Measures of the rules that are no clocks: how often each was kept. Regulation: 1.3, 1.4, 2.1, 2.2, 2.5, 2.9, 2.10.

Numerator: kept; denominator: kept or broken. What is kept in a stretch of the clause's time is the compliance page's.
"""

from collections.abc import Sequence

from callcenter.domain.calls import CallOutcome
from callcenter.domain.measure_calls import offered
from callcenter.domain.measure_spec import Formula, Ratio, Spec
from callcenter.domain.statistics import Rules, Unit
from callcenter.domain.tally import Tally

LATE_MINUTES = 5
"""An attempt begun more minutes after its due time was late: the dialer had time to place it."""


def _kept(rule: str) -> Formula:
    return lambda tally, rules: (
        tally.total(f"rule.{rule}.kept"),
        tally.total(f"rule.{rule}.kept", f"rule.{rule}.broken"),
    )


def _line(tally: Tally, rules: Rules) -> Ratio:
    calls = offered(tally)
    return calls - tally.total(f"call.{CallOutcome.QUEUE_EMPTY}"), calls


def _series(tally: Tally, rules: Rules) -> Ratio:
    return tally.total(f"rule.series.{rules.attempts}"), sum(tally.under("rule.series").values())


def _gaps(tally: Tally, rules: Rules) -> Ratio:
    gaps, late = tally.under("rule.gap"), tally.under("rule.late")
    early = sum(count for minutes, count in gaps.items() if int(minutes) < rules.gap)
    late_ones = sum(count for minutes, count in late.items() if int(minutes) > LATE_MINUTES)
    every = sum(gaps.values())
    return max(every - early - late_ones, 0), every


RULES: Sequence[Spec] = tuple(
    Spec(code=code, name=name, unit=Unit.PERCENT, formula=formula, clause=clause, ratio=ratio)
    for code, name, formula, clause, ratio in (
        (
            "rule.line",
            "The line was staffed",
            "offered calls that found an operator on the line / offered calls",
            "1.3",
            _line,
        ),
        (
            "rule.responsible",
            "A responsible person was named",
            "resolved tickets with a responsible person / resolved tickets",
            "1.4",
            _kept("responsible"),
        ),
        (
            "rule.said",
            "The deadline was said",
            "registered from a call with the deadline said to the caller / registered from a call or by an operator",
            "2.1",
            _kept("said"),
        ),
        (
            "rule.consent",
            "Consent was given",
            "forms accepted with a stored consent / forms accepted",
            "2.2",
            _kept("consent"),
        ),
        (
            "rule.house",
            "Reference questions settled in the house",
            "resolved reference questions never handed over / resolved reference questions",
            "2.5",
            _kept("house"),
        ),
        (
            "rule.series",
            "Unreachable only after every attempt",
            "series that ended «unreachable» after exactly the counted attempts of the clause / all that ended so",
            "2.9",
            _series,
        ),
        (
            "rule.gap",
            "Called again after the pause of the clause",
            "attempts neither sooner than the pause nor more than 5 minutes after their due time / attempts after a"
            " counted one",
            "2.9",
            _gaps,
        ),
        (
            "rule.complete",
            "Registered completely",
            "registered with topic, kind and a way to answer / registered",
            "2.10",
            _kept("complete"),
        ),
    )
)
