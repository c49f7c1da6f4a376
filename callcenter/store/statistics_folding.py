"""From counted rows to tallies. What cannot be understood is left out and counted as `bad.rows`, never an error."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from callcenter.domain.breaches import held_seconds, overrun_seconds
from callcenter.domain.callbacks import CallbackState
from callcenter.domain.calls import CallOutcome
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.measure_clocks import CLOCKS
from callcenter.domain.measure_spec import OPEN_CALL
from callcenter.domain.statistics import Dimension
from callcenter.domain.tally import Tally
from callcenter.domain.ticket import Source
from dialer.attempt import Outcome as AttemptOutcome
from sla.errors import SlaError
from sla.record import load_verdict
from sla.timeline import Happening
from sla.verdict import Outcome

BAD = "bad.rows"
_SECOND = timedelta(seconds=1)
_OUTCOMES = {str(each) for each in CallOutcome} | {OPEN_CALL}
_SOURCES = {str(each) for each in Source}
_STEPS = {str(each) for each in Happening}
_STATUSES = {str(each) for each in Status}
_REASONS = {str(each) for each in CancelReason}
_STATES = {str(each) for each in CallbackState}
_ATTEMPTS = {str(each) for each in AttemptOutcome} | {"in_flight"}
_RATINGS = range(1, 6)
LONGEST_WAIT = 24 * 60 * 60
"""A longer wait is a spoilt row: Asterisk's clock had jumped."""

KEPT_RECORDS = 4096
Tallies = dict[str, Tally]
Targets = Sequence[Tally]
Fold = Callable[[Targets, Sequence[Any]], None]


def tally_of(tallies: Tallies, member: str) -> Tally:
    """The tally of a member, begun when it is first met."""
    found = tallies.get(member)
    if found is None:
        found = tallies[member] = Tally()
    return found


def fold(
    name: str,
    rows: Iterable[Sequence[Any]],
    dimensions: Sequence[Dimension],
    tallies: Mapping[Dimension | None, Tallies],
) -> None:
    """Add the rows of one question to the tallies of every dimension, and to the whole where that is asked for.

    A row begins with its members in the order of the dimensions, or with one constant where there are none.
    """
    add, width = _FOLDS[name], max(len(dimensions), 1)
    parts = [tallies[each] for each in dimensions]
    whole = [tally_of(tallies[None], "")] if None in tallies else []
    for row in rows:
        targets = [tally_of(part, member) for part, member in zip(parts, row, strict=False)]
        add([*targets, *whole], row[width:])


def _count(targets: Targets, name: str, amount: int) -> None:
    if amount:
        for tally in targets:
            tally.counts[name] += amount


def _calls(targets: Targets, row: Sequence[Any]) -> None:
    outcome, waited, calls, found, known, repeat, talks, talk = row
    if outcome not in _OUTCOMES:
        _count(targets, BAD, calls)
        return
    _count(targets, f"call.{outcome}", calls)
    _count(targets, "call.reconstructed", int(found))
    _count(targets, "call.known", int(known))
    _count(targets, "call.repeat", int(repeat))
    _count(targets, "talk.calls", int(talks))
    _count(targets, "talk.seconds", int(talk))
    if waited is not None and outcome not in (CallOutcome.OUTSIDE_HOURS, OPEN_CALL):
        if -1 <= waited <= LONGEST_WAIT:
            seconds = max(int(waited), 0)
            for tally in targets:
                tally.wait(outcome, seconds, calls)
        else:
            _count(targets, BAD, calls)


def _words(prefix: str, known: set[str]) -> Fold:
    def add(targets: Targets, row: Sequence[Any]) -> None:
        word, count = row
        _count(targets, f"{prefix}.{word}" if word in known else BAD, count)

    return add


def _ended(targets: Targets, row: Sequence[Any]) -> None:
    status, reason, rating, count, from_call, first, named, reference, handed = row
    if status not in _STATUSES or (reason is not None and reason not in _REASONS):
        _count(targets, BAD, count)
        return
    # a resolved ticket that its client or time has closed is still what it was when the day was closed
    solved = status in (Status.CLOSED, Status.RESOLVED)
    _count(targets, f"ended.{Status.RESOLVED if solved else status}", count)
    if reason is not None and status == Status.CANCELLED:
        _count(targets, f"ended.reason.{reason}", count)
    _count(targets, "fcr.tickets", int(from_call))
    _count(targets, "fcr.first", int(first))
    if solved:
        _count(targets, "rule.responsible.kept", int(named))
        _count(targets, "rule.responsible.broken", count - int(named))
    _count(targets, "rule.house.kept", int(reference) - int(handed))
    _count(targets, "rule.house.broken", int(handed))
    if rating in _RATINGS:
        _count(targets, "rating.count", count)
        _count(targets, "rating.sum", rating * count)
        _count(targets, f"rating.{rating}", count)
    elif rating is not None:
        _count(targets, BAD, count)


def _verdicts(targets: Targets, row: Sequence[Any]) -> None:
    clock, kind, outcome, count = row
    name = f"resolve-{kind}" if clock == "resolve" else clock
    good = name in CLOCKS and outcome in (Outcome.KEPT, Outcome.BREACHED)
    _count(targets, f"clock.{name}.{outcome}" if good else BAD, count)


@lru_cache(maxsize=KEPT_RECORDS)
def _seconds_of(record: str) -> Sequence[tuple[str, int]] | None:
    """What a broken clock's frozen verdict adds to a tally; None when it cannot be read.

    Kept, because today's records are asked for again and again.
    """
    try:
        found = load_verdict(json.loads(record))
        held, overrun = held_seconds(found), overrun_seconds(found)
    except (ValueError, KeyError, TypeError, AttributeError, SlaError):
        return None
    return [
        *((f"held.{holder}", seconds) for holder, seconds in held.items()),
        *((f"overrun.{holder}", seconds) for holder, seconds in overrun.items()),
    ]


def _breached(targets: Targets, row: Sequence[Any]) -> None:
    seconds = _seconds_of(row[0])
    if seconds is None:
        _count(targets, BAD, 1)
        return
    for name, amount in seconds:
        _count(targets, name, amount)


def _one(name: str) -> Fold:
    def add(targets: Targets, row: Sequence[Any]) -> None:
        _count(targets, name, row[0])

    return add


def _back(targets: Targets, row: Sequence[Any]) -> None:
    back, late = row
    _count(targets, "vendor.back", back)
    _count(targets, "vendor.late", int(late or 0))


def _registered(targets: Targets, row: Sequence[Any]) -> None:
    source, said, complete, count = row
    if source in (Source.CALL, Source.OPERATOR):
        _count(targets, f"rule.said.{_KEPT[said]}", count)
    _count(targets, f"rule.complete.{_KEPT[complete]}", count)


def _consents(targets: Targets, row: Sequence[Any]) -> None:
    kept, count = row
    _count(targets, f"rule.consent.{_KEPT[kept]}", count)


def _unreachable(targets: Targets, row: Sequence[Any]) -> None:
    attempts, count = row
    _count(targets, f"rule.series.{attempts}", count)


def _gaps(targets: Targets, row: Sequence[Any]) -> None:
    gap, late, count = row
    _count(targets, f"rule.gap.{gap}", count)
    _count(targets, f"rule.late.{late}", count)


_KEPT = {1: "kept", 0: "broken"}
_FOLDS: Mapping[str, Fold] = {
    "calls": _calls,
    "opened": _words("ticket.opened", _SOURCES),
    "steps": _words("step", _STEPS),
    "ended": _ended,
    "verdicts": _verdicts,
    "breached": _breached,
    "asked": _one("series.asked"),
    "series": _words("series", _STATES),
    "attempts": _words("attempt", _ATTEMPTS),
    "handed": _one("vendor.handed"),
    "back": _back,
    "registered": _registered,
    "consents": _consents,
    "unreachable": _unreachable,
    "gaps": _gaps,
}
"""How a row of each question is counted."""


def staffed(
    spans: Iterable[tuple[int, datetime, datetime | None]], since: datetime, until: datetime, now: datetime
) -> Mapping[int, int]:
    """Whole seconds of each person inside the stretch; a span that goes on counts up to `now`."""
    seconds: dict[int, int] = {}
    for person, start, end in spans:
        length = min(end or now, until) - max(start, since)
        if length > timedelta():
            seconds[person] = seconds.get(person, 0) + length // _SECOND
    return seconds
