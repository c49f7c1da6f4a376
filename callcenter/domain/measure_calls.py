"""Measures of calls: offered, answered, abandoned, waits, service level, handling. Regulation: 2.1, 3.1."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from callcenter.domain.calls import CallOutcome
from callcenter.domain.measure_spec import OPEN_CALL, Ratio, Spec, counted, divided, unmeasured
from callcenter.domain.statistics import Dimension, Rules, Unit
from callcenter.domain.tally import Tally, quantile

_LOST = (
    CallOutcome.QUEUE_TIMEOUT,
    CallOutcome.QUEUE_EMPTY,
    CallOutcome.QUEUE_FULL,
    CallOutcome.INTERRUPTED,
    CallOutcome.UNKNOWN,
)


def waited(tally: Tally, outcomes: Sequence[str]) -> Counter[int]:
    """The histogram of waits of calls that ended so."""
    every: Counter[int] = Counter()
    for outcome in outcomes:
        every.update(tally.waits.get(outcome, {}))
    return every


def offered(tally: Tally) -> int:
    """Calls that reached us while we were open."""
    return sum(count for name, count in tally.under("call").items() if name in (*_IN_HOURS, OPEN_CALL))


_IN_HOURS = tuple(str(each) for each in CallOutcome if each is not CallOutcome.OUTSIDE_HOURS)


def _answered(tally: Tally) -> int:
    return tally.total(f"call.{CallOutcome.ANSWERED}")


def _hung_up(tally: Tally, *, below: int) -> int:
    """Abandoned calls that waited less than so many seconds."""
    waits = waited(tally, [CallOutcome.ABANDONED])
    return sum(calls for seconds, calls in waits.items() if seconds < below)


def _abandoned(tally: Tally, rules: Rules) -> int:
    return tally.total(f"call.{CallOutcome.ABANDONED}") - _hung_up(tally, below=rules.short_abandon)


def _within(tally: Tally, outcome: CallOutcome, seconds: int) -> int:
    return sum(calls for wait, calls in tally.waits.get(outcome, {}).items() if wait <= seconds)


def _mean_wait(outcomes: Sequence[str], tally: Tally, rules: Rules) -> Ratio:
    waits = waited(tally, outcomes)
    return sum(seconds * calls for seconds, calls in waits.items()), waits.total()


def _quantile_wait(percent: int, tally: Tally, rules: Rules) -> Ratio:
    waits = waited(tally, _ALL_WAITS)
    return quantile(waits, percent), waits.total()


def _longest(tally: Tally, rules: Rules) -> Ratio:
    waits = waited(tally, _ALL_WAITS)
    return max(waits, default=None), waits.total()


def _share_of_offered(upper: Callable[[Tally, Rules], int], tally: Tally, rules: Rules) -> Ratio:
    short = _hung_up(tally, below=rules.short_abandon)
    return upper(tally, rules), offered(tally) - short


def _service_level(tally: Tally, rules: Rules) -> Ratio:
    """Asterisk's ServicelevelPerf2 (`app_queue.c`)."""
    good = _within(tally, CallOutcome.ANSWERED, rules.answer_within)
    gone = _within(tally, CallOutcome.ABANDONED, rules.answer_within)
    return good + gone, waited(tally, _SERVED).total()


def _service_level_of_answered(tally: Tally, rules: Rules) -> Ratio:
    """Asterisk's ServicelevelPerf (`app_queue.c`)."""
    answered = tally.waits.get(CallOutcome.ANSWERED, Counter())
    return _within(tally, CallOutcome.ANSWERED, rules.answer_within), sum(answered.values())


_ALL_WAITS = tuple(str(each) for each in CallOutcome if each is not CallOutcome.OUTSIDE_HOURS)
_SERVED = (CallOutcome.ANSWERED, CallOutcome.ABANDONED)

CALLS: Sequence[Spec] = (
    Spec(
        code="calls.offered",
        name="Calls offered",
        unit=Unit.COUNT,
        formula="calls to the hotline's numbers in business hours",
        clause="2.1",
        ratio=lambda tally, rules: (offered(tally), None),
    ),
    Spec(
        code="calls.answered",
        name="Answered",
        unit=Unit.COUNT,
        formula="offered calls in which somebody of ours spoke with the caller",
        clause="2.1",
        ratio=counted(f"call.{CallOutcome.ANSWERED}"),
    ),
    Spec(
        code="calls.answered_share",
        name="Share answered",
        unit=Unit.PERCENT,
        formula="answered / (offered - short abandons)",
        clause="2.1",
        ratio=partial(_share_of_offered, lambda tally, rules: _answered(tally)),
    ),
    Spec(
        code="calls.abandoned",
        name="Abandoned",
        unit=Unit.COUNT,
        formula="callers who hung up before an answer, short abandons apart",
        clause="2.1",
        ratio=lambda tally, rules: (_abandoned(tally, rules), None),
    ),
    Spec(
        code="calls.abandoned_share",
        name="Share abandoned",
        unit=Unit.PERCENT,
        formula="abandoned / (offered - short abandons)",
        clause="2.1",
        ratio=partial(_share_of_offered, _abandoned),
    ),
    Spec(
        code="calls.abandoned_short",
        name="Short abandons",
        unit=Unit.COUNT,
        formula="callers who hung up sooner than the threshold of short abandons",
        clause="2.1",
        ratio=lambda tally, rules: (_hung_up(tally, below=rules.short_abandon), None),
    ),
    Spec(
        code="calls.lost",
        name="Unanswered otherwise",
        unit=Unit.COUNT,
        formula="offered calls that the queue gave up, that broke off, or whose end is unknown",
        clause="2.1",
        ratio=counted(*(f"call.{each}" for each in _LOST)),
    ),
    Spec(
        code="calls.in_progress",
        name="Still going on",
        unit=Unit.COUNT,
        formula="calls not answered and not ended when this was counted",
        clause="2.1",
        ratio=counted(f"call.{OPEN_CALL}"),
    ),
    Spec(
        code="calls.outside_hours",
        name="Outside business hours",
        unit=Unit.COUNT,
        formula="calls to the hotline's numbers while it was closed; they are not offered calls",
        clause="1.3",
        ratio=counted(f"call.{CallOutcome.OUTSIDE_HOURS}"),
    ),
    Spec(
        code="calls.reconstructed",
        name="Reconstructed",
        unit=Unit.COUNT,
        formula="calls found after the fact in Asterisk's records or its list of channels",
        clause="2.10",
        ratio=counted("call.reconstructed"),
    ),
    Spec(
        code="wait.mean",
        name="Mean wait",
        unit=Unit.SECONDS,
        formula="sum of waits of offered calls / offered calls with a known wait",
        clause="3.1",
        ratio=partial(_mean_wait, _ALL_WAITS),
    ),
    Spec(
        code="wait.median",
        name="Median wait",
        unit=Unit.SECONDS,
        formula="half of the offered calls waited no longer; exact to one second",
        clause="3.1",
        ratio=partial(_quantile_wait, 50),
    ),
    Spec(
        code="wait.p90",
        name="90 % waited no longer than",
        unit=Unit.SECONDS,
        formula="nine of ten offered calls waited no longer; exact to one second",
        clause="3.1",
        ratio=partial(_quantile_wait, 90),
    ),
    Spec(
        code="wait.longest",
        name="Longest wait",
        unit=Unit.SECONDS,
        formula="the longest wait of an offered call",
        clause="3.1",
        ratio=_longest,
    ),
    Spec(
        code="asa",
        name="ASA, average speed of answer",
        unit=Unit.SECONDS,
        formula="sum of waits of answered calls / answered calls with a known wait",
        clause="3.1",
        ratio=partial(_mean_wait, (CallOutcome.ANSWERED,)),
    ),
    Spec(
        code="aht",
        name="AHT, average handle time",
        unit=Unit.SECONDS,
        formula="(talk + hold) / handled calls; wrap-up is not measured and not in it",
        clause="3.1",
        ratio=divided(["talk.seconds"], ["talk.calls"]),
    ),
    Spec(
        code="aht.talk",
        name="AHT: talk and hold",
        unit=Unit.SECONDS,
        formula="from answer to the end of the call / handled calls",
        clause="3.1",
        ratio=divided(["talk.seconds"], ["talk.calls"]),
    ),
    Spec(
        code="aht.hold",
        name="AHT: hold",
        unit=Unit.SECONDS,
        formula="not measured apart: it is contained in the talk",
        clause="3.1",
        ratio=unmeasured,
        measured=False,
    ),
    Spec(
        code="aht.wrap_up",
        name="AHT: wrap-up",
        unit=Unit.SECONDS,
        formula="not measured: nobody reports when he has finished his notes",
        clause="3.1",
        ratio=unmeasured,
        measured=False,
    ),
    Spec(
        code="service_level",
        name="Service level (Asterisk ServicelevelPerf2)",
        unit=Unit.PERCENT,
        formula="(answered within the target + abandoned within the target) / (answered + abandoned)",
        clause="3.1",
        ratio=_service_level,
    ),
    Spec(
        code="service_level.answered",
        name="Service level of answered calls (Asterisk ServicelevelPerf)",
        unit=Unit.PERCENT,
        formula="answered within the target / answered",
        clause="3.1",
        ratio=_service_level_of_answered,
    ),
    Spec(
        code="occupancy",
        name="Occupancy",
        unit=Unit.PERCENT,
        formula="talk / time of operators in the queue and not paused",
        clause="3.1",
        ratio=divided(["talk.seconds"], ["staffed.seconds"]),
        but=frozenset(set(Dimension) - {Dimension.OPERATOR, Dimension.WEEKDAY}),
    ),
    Spec(
        code="calls.repeat",
        name="Repeat calls within 7 days",
        unit=Unit.PERCENT,
        formula="calls from a number that had called within the 7 days before / calls from a known number",
        clause="3.1",
        ratio=divided(["call.repeat"], ["call.known"]),
    ),
)
