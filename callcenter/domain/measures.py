"""The measures of the hotline: each a formula over a tally, with its name, unit and clause. Regulation: 3.1, 2.10.

`name` and `formula` are English message ids; `locale/ru/LC_MESSAGES/measures.po` has the Russian of both.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from callcenter.domain.calls import CallOutcome
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.statistics import Dimension, Measure, Rules, Unit
from callcenter.domain.tally import Tally, quantile
from callcenter.domain.ticket import Source
from dialer.attempt import CLIENT_UNAVAILABLE, TECHNICAL, Outcome
from sla.timeline import Holder

OPEN_CALL = "open"
_LOST = (
    CallOutcome.QUEUE_TIMEOUT,
    CallOutcome.QUEUE_EMPTY,
    CallOutcome.QUEUE_FULL,
    CallOutcome.INTERRUPTED,
    CallOutcome.UNKNOWN,
)
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


def _of(*names: str) -> Formula:
    return lambda tally, rules: (tally.total(*names), None)


def _ratio(upper: Sequence[str], lower: Sequence[str]) -> Formula:
    return lambda tally, rules: (tally.total(*upper), tally.total(*lower))


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


def _none(tally: Tally, rules: Rules) -> Ratio:
    return None, None


_ALL_WAITS = tuple(str(each) for each in CallOutcome if each is not CallOutcome.OUTSIDE_HOURS)
_SERVED = (CallOutcome.ANSWERED, CallOutcome.ABANDONED)

_CALLS: Sequence[Spec] = (
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
        ratio=_of(f"call.{CallOutcome.ANSWERED}"),
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
        ratio=_of(*(f"call.{each}" for each in _LOST)),
    ),
    Spec(
        code="calls.in_progress",
        name="Still going on",
        unit=Unit.COUNT,
        formula="calls not answered and not ended when this was counted",
        clause="2.1",
        ratio=_of(f"call.{OPEN_CALL}"),
    ),
    Spec(
        code="calls.outside_hours",
        name="Outside business hours",
        unit=Unit.COUNT,
        formula="calls to the hotline's numbers while it was closed; they are not offered calls",
        clause="1.3",
        ratio=_of(f"call.{CallOutcome.OUTSIDE_HOURS}"),
    ),
    Spec(
        code="calls.reconstructed",
        name="Reconstructed",
        unit=Unit.COUNT,
        formula="calls found after the fact in Asterisk's records or its list of channels",
        clause="2.10",
        ratio=_of("call.reconstructed"),
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
        ratio=_ratio(["talk.seconds"], ["talk.calls"]),
    ),
    Spec(
        code="aht.talk",
        name="AHT: talk and hold",
        unit=Unit.SECONDS,
        formula="from answer to the end of the call / handled calls",
        clause="3.1",
        ratio=_ratio(["talk.seconds"], ["talk.calls"]),
    ),
    Spec(
        code="aht.hold",
        name="AHT: hold",
        unit=Unit.SECONDS,
        formula="not measured apart: it is contained in the talk",
        clause="3.1",
        ratio=_none,
        measured=False,
    ),
    Spec(
        code="aht.wrap_up",
        name="AHT: wrap-up",
        unit=Unit.SECONDS,
        formula="not measured: nobody reports when he has finished his notes",
        clause="3.1",
        ratio=_none,
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
        ratio=_ratio(["talk.seconds"], ["staffed.seconds"]),
        but=frozenset(set(Dimension) - {Dimension.OPERATOR, Dimension.WEEKDAY}),
    ),
    Spec(
        code="calls.repeat",
        name="Repeat calls within 7 days",
        unit=Unit.PERCENT,
        formula="calls from a number that had called within the 7 days before / calls from a known number",
        clause="3.1",
        ratio=_ratio(["call.repeat"], ["call.known"]),
    ),
)

_TICKETS: Sequence[Spec] = (
    Spec(
        code="fcr",
        name="First-contact resolution",
        unit=Unit.PERCENT,
        formula="resolved with one call, no callback, no hand-over, never reopened / resolved tickets from calls",
        clause="3.1",
        ratio=_ratio(["fcr.first"], ["fcr.tickets"]),
    ),
    Spec(
        code="tickets.opened",
        name="Tickets opened",
        unit=Unit.COUNT,
        formula="tickets created, drafts included",
        clause="2.1",
        ratio=_of(*(f"ticket.opened.{each}" for each in Source)),
    ),
    *(
        Spec(
            code=f"tickets.opened.{source}",
            name={
                Source.CALL: "Opened by a call",
                Source.FORM: "Opened by a form",
                Source.OPERATOR: "Opened by an operator",
            }[source],
            unit=Unit.COUNT,
            formula="tickets created by this source, drafts included",
            clause="2.2" if source is Source.FORM else "2.1",
            ratio=_of(f"ticket.opened.{source}"),
        )
        for source in Source
    ),
    *(
        Spec(
            code=f"tickets.{code}",
            name=name,
            unit=Unit.COUNT,
            formula=formula,
            clause=clause,
            ratio=_of(count),
        )
        for code, name, formula, clause, count in (
            ("registered", "Registered", "tickets that came to the moderators' list", "2.1", "step.placed"),
            (
                "assigned",
                "Assigned",
                "assignments to an executor, later ones included",
                "2.4",
                "step.assigned",
            ),
            ("resolved", "Resolved", "resolutions, of reopened tickets too", "2.10", "step.resolved"),
            ("cancelled", "Cancelled", "cancellations of registered tickets", "2.9", "step.cancelled"),
            ("reopened", "Reopened", "reopenings", "2.10", "step.reopened"),
            ("waited", "Put to wait", "pauses for the client or the vendor", "2.10", "step.paused"),
        )
    ),
    *(
        Spec(
            code=f"tickets.status.{status}",
            name={
                Status.RESOLVED: "Ended: resolved or closed",
                Status.CANCELLED: "Ended: cancelled",
            }[status],
            unit=Unit.COUNT,
            formula="tickets that ended in the period and stand so",
            clause="2.10",
            ratio=_of(f"ended.{status}"),
        )
        for status in (Status.RESOLVED, Status.CANCELLED)
    ),
    *(
        Spec(
            code=f"tickets.cancelled.{reason}",
            name={
                CancelReason.UNREACHABLE: "Cancelled: client unreachable",
                CancelReason.BY_CLIENT: "Cancelled: by the client",
                CancelReason.DUPLICATE: "Cancelled: duplicate",
                CancelReason.SPAM: "Cancelled: spam",
                CancelReason.NOT_A_REQUEST: "Cancelled: not a request",
            }[reason],
            unit=Unit.COUNT,
            formula="tickets cancelled in the period for this reason",
            clause="2.9" if reason is CancelReason.UNREACHABLE else "2.10",
            ratio=_of(f"ended.reason.{reason}"),
        )
        for reason in CancelReason
    ),
)

CLOCKS: Mapping[str, tuple[str, str]] = {
    "place": ("2.3", "In the list within 3 minutes"),
    "assign": ("2.4", "Distributed within 5 minutes"),
    "resolve-reference": ("2.7", "Reference answered in time"),
    "resolve-outage": ("2.8", "Outage mended in time"),
    "resolve-vendor": ("2.6", "Vendor's question handed over in time"),
}
"""The clocks as they are counted (clock, or resolve with the kind), with clause and name."""

KEPT_FORMULA = (
    "clocks kept / clocks kept or broken, of tickets that ended in the period, by their frozen verdicts"
)

_CLOCKS: Sequence[Spec] = tuple(
    Spec(
        code=f"clock.{name}",
        name=title,
        unit=Unit.PERCENT,
        formula=KEPT_FORMULA,
        clause=clause,
        ratio=_ratio([f"clock.{name}.kept"], [f"clock.{name}.kept", f"clock.{name}.breached"]),
    )
    for name, (clause, title) in CLOCKS.items()
)

_HOLDERS: Mapping[Holder, str] = {
    Holder.LINE: "the line",
    Holder.MODERATOR: "the moderator",
    Holder.EXECUTOR: "the executor",
    Holder.CLIENT: "the client",
    Holder.VENDOR: "the vendor",
}
_EVERY_HELD = tuple(f"held.{holder}" for holder in Holder)

_BREACHES: Sequence[Spec] = (
    *(
        Spec(
            code=f"breach.held.{holder}",
            name=f"Broken clocks: minutes held by {title}",
            unit=Unit.MINUTES,
            formula="business minutes of broken clocks while it had the ticket; all holders together are 100 %",
            clause="2.10",
            ratio=_of(f"held.{holder}"),
        )
        for holder, title in _HOLDERS.items()
    ),
    *(
        Spec(
            code=f"breach.overrun.{holder}",
            name=f"Minutes over the target with {title}",
            unit=Unit.MINUTES,
            formula="counted minutes after the target was used up, while it had the ticket",
            clause="2.10",
            ratio=_of(f"overrun.{holder}"),
        )
        for holder, title in _HOLDERS.items()
    ),
)

_ATTEMPTS = tuple(f"attempt.{each}" for each in Outcome)
_CALLBACKS: Sequence[Spec] = (
    Spec(
        code="callbacks.asked",
        name="Callbacks asked for",
        unit=Unit.COUNT,
        formula="series of callbacks begun",
        clause="2.9",
        ratio=_of("series.asked"),
    ),
    Spec(
        code="callbacks.attempts",
        name="Attempts",
        unit=Unit.COUNT,
        formula="attempts that ended",
        clause="2.9",
        ratio=_of(*_ATTEMPTS),
    ),
    Spec(
        code="callbacks.reached",
        name="Reached",
        unit=Unit.PERCENT,
        formula="attempts in which executor and client spoke / attempts that ended",
        clause="2.9",
        ratio=_ratio([f"attempt.{Outcome.REACHED}"], _ATTEMPTS),
    ),
    Spec(
        code="callbacks.unavailable",
        name="Client unavailable",
        unit=Unit.COUNT,
        formula="attempts that count: no answer, busy, declined, unreachable, answering machine",
        clause="2.9",
        ratio=_of(*(f"attempt.{each}" for each in Outcome if each in CLIENT_UNAVAILABLE)),
    ),
    Spec(
        code="callbacks.technical",
        name="Technical failures",
        unit=Unit.COUNT,
        formula="attempts that do not count: trunk, interruption, not placed, unknown",
        clause="2.9",
        ratio=_of(*(f"attempt.{each}" for each in Outcome if each in TECHNICAL)),
    ),
    *(
        Spec(
            code=f"callbacks.series.{state}",
            name=name,
            unit=Unit.COUNT,
            formula=formula,
            clause="2.9",
            ratio=_of(f"series.{state}"),
        )
        for state, name, formula in (
            ("reached", "Series: reached", "series that ended in a talk"),
            ("unreachable", "Series: cancelled", "series that ended after the last counted attempt"),
            ("wrong_number", "Series: wrong number", "series stopped because the number does not exist"),
            (
                "withdrawn",
                "Series: withdrawn",
                "series taken back by a person, a call of the client or the ticket's end",
            ),
        )
    ),
)

_OTHERS: Sequence[Spec] = (
    Spec(
        code="vendor.handed",
        name="Handed over to the vendor",
        unit=Unit.COUNT,
        formula="hand-overs to a vendor",
        clause="2.6",
        ratio=_of("vendor.handed"),
    ),
    Spec(
        code="vendor.late",
        name="Vendor late",
        unit=Unit.PERCENT,
        formula="hand-overs that came back after their term / hand-overs that came back",
        clause="2.6",
        ratio=_ratio(["vendor.late"], ["vendor.back"]),
    ),
    Spec(
        code="rating.mean",
        name="Mean rating",
        unit=Unit.SCORE,
        formula="sum of ratings / ratings, of tickets that ended in the period",
        clause="3.1",
        ratio=_ratio(["rating.sum"], ["rating.count"]),
    ),
    Spec(
        code="rating.count",
        name="Ratings",
        unit=Unit.COUNT,
        formula="rated tickets that ended in the period",
        clause="3.1",
        ratio=_of("rating.count"),
    ),
)

SPECS: Sequence[Spec] = (*_CALLS, *_TICKETS, *_CLOCKS, *_BREACHES, *_CALLBACKS, *_OTHERS)
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
