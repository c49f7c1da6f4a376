"""Everything `sla` can refuse, on one screen: each error has a stable `code` and says where the mistake stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """The place a person wrote a value: the entry, and the file and line when there is a file.

    >>> str(Origin(entry="override 2", source="calendar.toml", line=14))
    'calendar.toml:14: override 2'
    >>> str(Origin(entry="hours.mon"))
    'hours.mon'
    """

    entry: str
    source: str = ""
    line: int | None = None

    def __str__(self) -> str:
        if not self.source:
            return self.entry
        place = self.source if self.line is None else f"{self.source}:{self.line}"
        return f"{place}: {self.entry}"


class SlaError(Exception):
    """Anything this library refuses; catch this one to catch them all."""

    code = "sla"


class BadInstant(SlaError):
    """A time was given that cannot be counted with."""

    code = "bad_instant"


class NaiveDatetime(BadInstant):
    """A datetime without a zone: nobody can say which instant it means."""

    code = "naive_datetime"


class NegativeDuration(BadInstant):
    """Business time is only ever added forwards."""

    code = "negative_duration"


class ReversedInterval(BadInstant):
    """The end of the interval is before its start."""

    code = "reversed_interval"


class OutOfRange(BadInstant):
    """The instant, or the answer, lies outside the years the calendar covers (`sla.instants`)."""

    code = "out_of_range"


class NeverOpens(SlaError):
    """The calendar has no opening hours, or none after the instant asked about."""

    code = "never_opens"


class BadSpec(SlaError):
    """A calendar, target or timeline was described wrongly; `origin` says where it was written."""

    code = "bad_spec"

    def __init__(self, problem: str, *, origin: Origin | None = None) -> None:
        super().__init__(f"{origin}: {problem}" if origin else problem)
        self.problem = problem
        self.origin = origin


class UnknownZone(BadSpec):
    """The time zone is not one of the IANA database."""

    code = "unknown_zone"


class UnknownCountry(BadSpec):
    """No public holidays are known for the country."""

    code = "unknown_country"


class BadHours(BadSpec):
    """Opening hours that cannot be read."""

    code = "bad_hours"


class HoursCrossMidnight(BadHours):
    """Opening hours that end before they begin; give the two days their own parts instead."""

    code = "hours_cross_midnight"


class OverlappingHours(BadHours):
    """Two opening intervals of one day share time."""

    code = "overlapping_hours"


class BadOverride(BadSpec):
    """An override of single dates that cannot be read."""

    code = "bad_override"


class ContradictoryOverrides(BadOverride):
    """Two overrides speak about one date, or one override says two things."""

    code = "contradictory_overrides"


class BadTarget(BadSpec):
    """A target that cannot be kept: unknown name, zero or negative time, a bad threshold."""

    code = "bad_target"


class BadTimeline(BadSpec):
    """The recorded steps of a ticket contradict one another."""

    code = "bad_timeline"
