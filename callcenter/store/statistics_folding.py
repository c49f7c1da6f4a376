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
from callcenter.domain.measures import CLOCKS, OPEN_CALL
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


def tally_of(tallies: Tallies, member: str) -> Tally:
    """The tally of a member, begun when it is first met."""
    return tallies.setdefault(member, Tally())


def _calls(tallies: Tallies, rows: Iterable[Sequence[Any]]) -> None:
    for member, outcome, waited, calls, found, known, repeat, talks, talk in rows:
        tally = tally_of(tallies, member)
        if outcome not in _OUTCOMES:
            tally.add(BAD, calls)
            continue
        tally.add(f"call.{outcome}", calls)
        tally.add("call.reconstructed", int(found))
        tally.add("call.known", int(known))
        tally.add("call.repeat", int(repeat))
        tally.add("talk.calls", int(talks))
        tally.add("talk.seconds", int(talk))
        if waited is not None and outcome not in (CallOutcome.OUTSIDE_HOURS, OPEN_CALL):
            if -1 <= waited <= LONGEST_WAIT:
                tally.wait(outcome, max(int(waited), 0), calls)
            else:
                tally.add(BAD, calls)


def _words(prefix: str, known: set[str]) -> Callable[[Tallies, Iterable[Sequence[Any]]], None]:
    def fold(tallies: Tallies, rows: Iterable[Sequence[Any]]) -> None:
        for member, word, count in rows:
            tally_of(tallies, member).add(f"{prefix}.{word}" if word in known else BAD, count)

    return fold


def _ended(tallies: Tallies, rows: Iterable[Sequence[Any]]) -> None:
    for member, status, reason, rating, count, from_call, first in rows:
        tally = tally_of(tallies, member)
        if status not in _STATUSES or (reason is not None and reason not in _REASONS):
            tally.add(BAD, count)
            continue
        # a resolved ticket that its client or time has closed is still what it was when the day was closed
        tally.add(f"ended.{Status.RESOLVED if status == Status.CLOSED else status}", count)
        if reason is not None and status == Status.CANCELLED:
            tally.add(f"ended.reason.{reason}", count)
        tally.add("fcr.tickets", int(from_call))
        tally.add("fcr.first", int(first))
        if rating in _RATINGS:
            tally.add("rating.count", count)
            tally.add("rating.sum", rating * count)
            tally.add(f"rating.{rating}", count)
        elif rating is not None:
            tally.add(BAD, count)


def _verdicts(tallies: Tallies, rows: Iterable[Sequence[Any]]) -> None:
    for member, clock, kind, outcome, count in rows:
        name = f"resolve-{kind}" if clock == "resolve" else clock
        good = name in CLOCKS and outcome in (Outcome.KEPT, Outcome.BREACHED)
        tally_of(tallies, member).add(f"clock.{name}.{outcome}" if good else BAD, count)


@lru_cache(maxsize=KEPT_RECORDS)
def _seconds_of(record: str) -> Sequence[tuple[str, int]] | None:
    """What a broken clock's frozen verdict adds to a tally; None when it cannot be read.

    Kept, because one record is asked for by every dimension of its day, and today's again and again.
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


def _breached(tallies: Tallies, rows: Iterable[Sequence[Any]]) -> None:
    for member, record in rows:
        tally, seconds = tally_of(tallies, member), _seconds_of(record)
        if seconds is None:
            tally.add(BAD)
            continue
        for name, amount in seconds:
            tally.add(name, amount)


def _one(name: str) -> Callable[[Tallies, Iterable[Sequence[Any]]], None]:
    def fold(tallies: Tallies, rows: Iterable[Sequence[Any]]) -> None:
        for member, count in rows:
            tally_of(tallies, member).add(name, count)

    return fold


def _back(tallies: Tallies, rows: Iterable[Sequence[Any]]) -> None:
    for member, back, late in rows:
        tally_of(tallies, member).add("vendor.back", back)
        tally_of(tallies, member).add("vendor.late", int(late))


FOLDS: Mapping[str, Callable[[Tallies, Iterable[Sequence[Any]]], None]] = {
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
}
"""How the rows of each question become counts."""


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
