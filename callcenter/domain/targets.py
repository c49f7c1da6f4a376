"""Targets that the administrator changes: each change is kept with who, when, why and from when.

The configuration gives the targets of a new installation; the newest change that is in force replaces them. A change
is never edited or deleted: what was promised then can always be read. Regulation: 2.3, 2.4, 2.7, 2.8.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callcenter.domain.errors import InvalidInput
from callcenter.domain.ticket import Kind, Priority
from sla.targets import Targets

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=30)
REASON_LIMIT = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetChange:
    """The whole table of targets from an instant on; no `times` means back to the configuration. `by` is a person."""

    id: int
    at: datetime
    by: int
    valid_from: datetime
    times: Mapping[str, timedelta] = field(default_factory=dict)
    reason: str = ""


def target_names() -> tuple[str, ...]:
    """Every target a person may set: place, assign, and resolve by kind, then by kind and priority.

    >>> target_names()[:4]
    ('place', 'assign', 'resolve.reference', 'resolve.outage')
    """
    kinds = [f"resolve.{kind}" for kind in Kind]
    finer = [
        f"{name}.{priority}" for name in kinds for priority in Priority if priority is not Priority.NORMAL
    ]
    return ("place", "assign", *kinds, *finer)


def in_force(changes: Iterable[TargetChange], now: datetime) -> TargetChange | None:
    """The change that holds now: the newest of those whose time has come, by `valid_from`, then by number."""
    begun = [each for each in changes if each.valid_from <= now]
    return max(begun, key=lambda each: (each.valid_from, each.id), default=None)


def targets_under(configured: Targets, change: TargetChange | None) -> Targets:
    """The targets of a change on top of the configured ones; those of the configuration without one.

    A change says the whole table: a configured time of a finer target that it does not name no longer holds.
    """
    if change is None or not change.times:
        return configured
    required = {name: time for name, time in configured.times if name.count(".") < 2}
    return _replaced(configured, {**required, **change.times})


def _replaced(targets: Targets, times: Mapping[str, timedelta]) -> Targets:
    return Targets(
        times=tuple(times.items()),
        warn_percents=targets.warn_percents,
        propose_percent=targets.propose_percent,
        reopen_quiet=targets.reopen_quiet,
    )


def check_change(change: TargetChange, last: TargetChange | None) -> None:
    """Refuse times that cannot be kept, and a change that would reach back.

    Raises:
        InvalidInput: by target name, or on `valid_from` or `reason`.
    """
    problems: dict[str, str] = {}
    known = set(target_names())
    for name, time in change.times.items():
        if name not in known:
            problems[name] = "unknown"
        elif not SHORTEST <= time <= LONGEST:
            problems[name] = "minutes"
    for name in ("place", "assign", *(f"resolve.{kind}" for kind in Kind)):
        if change.times and name not in change.times:
            problems[name] = "required"
    if change.valid_from < change.at:
        problems["valid_from"] = "past"
    elif last is not None and change.valid_from < last.valid_from:
        problems["valid_from"] = "before_last"
    if not change.reason.strip():
        problems["reason"] = "required"
    elif len(change.reason) > REASON_LIMIT:
        problems["reason"] = "too_long"
    if problems:
        raise InvalidInput(problems)
