"""Verdicts as plain JSON values, so that a closed ticket keeps the ones it was closed with. Regulation: 2.10."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sla.instants import MICROSECOND
from sla.timeline import ClockName, Holder
from sla.verdict import Doing, Interval, Outcome, Verdict


def dump_verdict(verdict: Verdict) -> dict[str, Any]:
    """The verdict with its explanation; durations in microseconds, instants in ISO 8601 with their offset."""
    return {
        "ticket": verdict.ticket,
        "clock": verdict.clock.value,
        "number": verdict.number,
        "kind": verdict.kind,
        "priority": verdict.priority,
        "outcome": verdict.outcome.value,
        "target_us": verdict.target // MICROSECOND,
        "elapsed_us": verdict.elapsed // MICROSECOND,
        "started_at": verdict.started_at.isoformat(),
        "ended_at": verdict.ended_at.isoformat(),
        "finished": verdict.finished,
        "due_at": _show(verdict.due_at),
        "breached_at": _show(verdict.breached_at),
        "breached_under": verdict.breached_under and verdict.breached_under.value,
        "intervals": [_dump_interval(interval) for interval in verdict.intervals],
        "calendar_version": verdict.calendar_version,
        "targets_version": verdict.targets_version,
    }


def load_verdict(stored: Mapping[str, Any]) -> Verdict:
    """The verdict that `dump_verdict` wrote, equal to the one it was given."""
    under = stored["breached_under"]
    return Verdict(
        ticket=stored["ticket"],
        clock=ClockName(stored["clock"]),
        number=stored["number"],
        kind=stored["kind"],
        priority=stored["priority"],
        outcome=Outcome(stored["outcome"]),
        target=timedelta(microseconds=stored["target_us"]),
        elapsed=timedelta(microseconds=stored["elapsed_us"]),
        started_at=datetime.fromisoformat(stored["started_at"]),
        ended_at=datetime.fromisoformat(stored["ended_at"]),
        finished=stored["finished"],
        due_at=_read(stored["due_at"]),
        breached_at=_read(stored["breached_at"]),
        breached_under=None if under is None else Holder(under),
        intervals=tuple(_load_interval(row) for row in stored["intervals"]),
        calendar_version=stored["calendar_version"],
        targets_version=stored["targets_version"],
    )


def _dump_interval(interval: Interval) -> dict[str, str]:
    return {
        "start": interval.start.isoformat(),
        "end": interval.end.isoformat(),
        "doing": interval.doing.value,
        "holder": interval.holder.value,
        "why": interval.why,
        "name": interval.name,
    }


def _load_interval(row: Mapping[str, str]) -> Interval:
    return Interval(
        start=datetime.fromisoformat(row["start"]),
        end=datetime.fromisoformat(row["end"]),
        doing=Doing(row["doing"]),
        holder=Holder(row["holder"]),
        why=row["why"],
        name=row["name"],
    )


def _show(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
