"""Measures of callbacks, of hand-overs to vendors, and of ratings. Regulation: 2.6, 2.9, 3.1."""

from collections.abc import Sequence

from callcenter.domain.measure_spec import Spec, counted, divided
from callcenter.domain.statistics import Unit
from dialer.attempt import CLIENT_UNAVAILABLE, TECHNICAL, Outcome

_ATTEMPTS = tuple(f"attempt.{each}" for each in Outcome)
CALLBACKS: Sequence[Spec] = (
    Spec(
        code="callbacks.asked",
        name="Callbacks asked for",
        unit=Unit.COUNT,
        formula="series of callbacks begun",
        clause="2.9",
        ratio=counted("series.asked"),
    ),
    Spec(
        code="callbacks.attempts",
        name="Attempts",
        unit=Unit.COUNT,
        formula="attempts that ended",
        clause="2.9",
        ratio=counted(*_ATTEMPTS),
    ),
    Spec(
        code="callbacks.reached",
        name="Reached",
        unit=Unit.PERCENT,
        formula="attempts in which executor and client spoke / attempts that ended",
        clause="2.9",
        ratio=divided([f"attempt.{Outcome.REACHED}"], _ATTEMPTS),
    ),
    Spec(
        code="callbacks.unavailable",
        name="Client unavailable",
        unit=Unit.COUNT,
        formula="attempts that count: no answer, busy, declined, unreachable, answering machine",
        clause="2.9",
        ratio=counted(*(f"attempt.{each}" for each in Outcome if each in CLIENT_UNAVAILABLE)),
    ),
    Spec(
        code="callbacks.technical",
        name="Technical failures",
        unit=Unit.COUNT,
        formula="attempts that do not count: trunk, interruption, not placed, unknown",
        clause="2.9",
        ratio=counted(*(f"attempt.{each}" for each in Outcome if each in TECHNICAL)),
    ),
    *(
        Spec(
            code=f"callbacks.series.{state}",
            name=name,
            unit=Unit.COUNT,
            formula=formula,
            clause="2.9",
            ratio=counted(f"series.{state}"),
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

OTHERS: Sequence[Spec] = (
    Spec(
        code="vendor.handed",
        name="Handed over to the vendor",
        unit=Unit.COUNT,
        formula="hand-overs to a vendor",
        clause="2.6",
        ratio=counted("vendor.handed"),
    ),
    Spec(
        code="vendor.late",
        name="Vendor late",
        unit=Unit.PERCENT,
        formula="hand-overs that came back after their term / hand-overs that came back",
        clause="2.6",
        ratio=divided(["vendor.late"], ["vendor.back"]),
    ),
    Spec(
        code="rating.mean",
        name="Mean rating",
        unit=Unit.SCORE,
        formula="sum of ratings / ratings, of tickets that ended in the period",
        clause="3.1",
        ratio=divided(["rating.sum"], ["rating.count"]),
    ),
    Spec(
        code="rating.count",
        name="Ratings",
        unit=Unit.COUNT,
        formula="rated tickets that ended in the period",
        clause="3.1",
        ratio=counted("rating.count"),
    ),
)
