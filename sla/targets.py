"""The times the regulation sets: 3 minutes to place, 5 to assign, 30 or 60 to resolve.

Regulation: 2.3, 2.4, 2.7, 2.8.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sla.errors import BadTarget, Origin
from sla.timeline import ClockName

_NAME = re.compile(r"place|assign|resolve\.[a-z0-9_-]+(\.[a-z0-9_-]+)?")
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_REGULATION = {
    "place": timedelta(minutes=3),
    "assign": timedelta(minutes=5),
    "resolve.reference": timedelta(minutes=30),
    "resolve.outage": timedelta(minutes=60),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Targets:
    """The target of each clock, by name: `place`, `assign`, `resolve.<kind>` and `resolve.<kind>.<priority>`.

    `warn_percents` are the warnings before a breach; at `propose_percent` of the assign clock (90 % of 5 minutes is
    4:30) an executor is proposed. After a reopening nothing is said for `reopen_quiet` of business time. `version`
    names exactly these targets, for freezing into a verdict.
    Raises `BadTarget`.
    """

    times: tuple[tuple[str, timedelta], ...] = tuple(sorted(_REGULATION.items()))
    warn_percents: tuple[int, ...] = (50, 80)
    propose_percent: int = 90
    reopen_quiet: timedelta = timedelta(minutes=5)
    version: str = field(init=False, repr=False, compare=False)
    _by_name: dict[str, timedelta] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "times", tuple(sorted(self.times)))
        object.__setattr__(self, "_by_name", dict(self.times))
        self._check()
        text = json.dumps(dump_targets(self), sort_keys=True)
        object.__setattr__(self, "version", hashlib.sha256(text.encode()).hexdigest()[:16])

    def _check(self) -> None:
        for name, time in self.times:
            if not _NAME.fullmatch(name):
                raise BadTarget(
                    "unknown target; known are place, assign, resolve.<kind>", origin=_entry(name)
                )
            if time <= timedelta(0):
                raise BadTarget(f"must be longer than nothing, not {time}", origin=_entry(name))
        missing = [name for name in ("assign", "place") if name not in self._by_name]
        if missing or len(self._by_name) != len(self.times):
            raise BadTarget(f"given twice or not at all: {missing or [name for name, _ in self.times]}")
        percents = (*self.warn_percents, self.propose_percent)
        if not all(0 < percent < 100 for percent in percents) or sorted(set(self.warn_percents)) != [
            *self.warn_percents
        ]:
            raise BadTarget(f"warnings are rising percents between 1 and 99, not {percents}")
        if self.reopen_quiet < timedelta(0):
            raise BadTarget(f"the quiet time after a reopening cannot be negative: {self.reopen_quiet}")

    def of(self, clock: ClockName, kind: str = "", priority: str = "") -> timedelta:
        """The target of a clock; for resolve the one of kind and priority, else of the kind; else `BadTarget`.

        >>> Targets().of(ClockName.RESOLVE, "outage", "high")
        datetime.timedelta(seconds=3600)
        """
        if clock is not ClockName.RESOLVE:
            return self._by_name[clock]
        name = f"resolve.{kind}"
        found = self._by_name.get(f"{name}.{priority}") or self._by_name.get(name)
        if found is None:
            raise BadTarget("no target for this kind", origin=_entry(name))
        return found

    def with_times(self, times: Mapping[str, timedelta]) -> Targets:
        """The same targets with some of them replaced or added."""
        return replace(self, times=tuple({**self._by_name, **times}.items()))


def dump_targets(targets: Targets) -> dict[str, Any]:
    """The targets as plain JSON values, to be stored beside their version.

    >>> dump_targets(Targets())["seconds"]["assign"]
    300.0
    """
    return {
        "seconds": {name: time.total_seconds() for name, time in targets.times},
        "warn_percents": list(targets.warn_percents),
        "propose_percent": targets.propose_percent,
        "reopen_quiet_seconds": targets.reopen_quiet.total_seconds(),
    }


def load_targets(stored: Mapping[str, Any]) -> Targets:
    """The targets that `dump_targets` wrote.

    >>> load_targets(dump_targets(Targets())) == Targets()
    True
    """
    return Targets(
        times=tuple((name, timedelta(seconds=seconds)) for name, seconds in stored["seconds"].items()),
        warn_percents=tuple(stored["warn_percents"]),
        propose_percent=stored["propose_percent"],
        reopen_quiet=timedelta(seconds=stored["reopen_quiet_seconds"]),
    )


def parse_target(text: str) -> tuple[str, timedelta]:
    """A target as it is written on the command line: `resolve.reference=20m`; else `BadTarget`.

    >>> parse_target("resolve.reference=20m")
    ('resolve.reference', datetime.timedelta(seconds=1200))
    """
    name, equals, duration = (part.strip() for part in text.partition("="))
    if not equals or not _NAME.fullmatch(name):
        raise BadTarget("is written name=duration, like resolve.reference=20m", origin=_entry(text))
    return name, parse_duration(duration, origin=_entry(name))


def parse_duration(text: str, *, origin: Origin) -> timedelta:
    """A positive duration such as `20m`, `1h30m` or `4m30s`; else `BadTarget`.

    >>> parse_duration("4m30s", origin=Origin(entry="assign"))
    datetime.timedelta(seconds=270)
    """
    found = _DURATION.fullmatch(text.strip())
    hours, minutes, seconds = (int(part or 0) for part in (found.groups() if found else ("", "", "")))
    length = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if not length:
        raise BadTarget(f"a duration is written 1h30m, 20m or 4m30s, not {text.strip()!r}", origin=origin)
    return length


def _entry(name: str) -> Origin:
    return Origin(entry=f"target {name}")
