"""Figures of the hotline over a period: what every statistics screen and report is made of. Regulation: 3.1, 3.2.

A `Period` is whole local days. `Measure` carries numerator, denominator, formula and clause, so that no screen
shows a number without saying what it is. How each is made from raw rows stands in `domain.tally` (what is counted)
and `domain.measures` (what is divided by what).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from callcenter.domain.errors import InvalidInput

LONGEST_DAYS = 366 * 5
"""The longest period anybody may ask for."""


class PeriodKind(StrEnum):
    """What a period was asked for as; a free one has any two days."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    FREE = "free"


class Grain(StrEnum):
    """The step of a series. HOUR is for periods of one day."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Dimension(StrEnum):
    """By what figures are broken down; members are ids, words or numbers, "" is "not given".

    HOUR: local hour 0–23 of the call's entry (of tickets: of the event counted); HALF_HOUR: 0–47. WEEKDAY: 0 is
    Monday. SLOT: weekday and half hour, `0.18` is Monday 9:00.
    PRODUCT, TOPIC, KIND, SOURCE, EXECUTOR: of the ticket, for calls of the ticket that holds them.
    OPERATOR: who answered the call; for tickets, who registered them.
    """

    HOUR = "hour"
    HALF_HOUR = "half_hour"
    WEEKDAY = "weekday"
    SLOT = "slot"
    HOTLINE = "hotline"
    PRODUCT = "product"
    TOPIC = "topic"
    KIND = "kind"
    SOURCE = "source"
    OPERATOR = "operator"
    EXECUTOR = "executor"


NO_MEMBER = ""
"""The member of rows that have none: a call nobody answered has no operator."""


class Unit(StrEnum):
    """What a value is counted in. PERCENT values are 0–100; SCORE is a client's 1–5."""

    COUNT = "count"
    PERCENT = "percent"
    SECONDS = "seconds"
    MINUTES = "minutes"
    SCORE = "score"


class Standing(StrEnum):
    """How final figures are. LIVE: today, or a day not closed yet. CLOSED: stored days. FROZEN: stored months only."""

    LIVE = "live"
    CLOSED = "closed"
    FROZEN = "frozen"


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """Whole local days from `first` to `last`, both included.

    Raises:
        InvalidInput: the last day is before the first, or the period is longer than five years.
    """

    first: date
    last: date
    kind: PeriodKind = PeriodKind.FREE

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise InvalidInput({"last": "before_first"})
        if (self.last - self.first).days >= LONGEST_DAYS:
            raise InvalidInput({"last": "too_long"})

    @classmethod
    def day(cls, day: date) -> "Period":
        """One local day."""
        return cls(first=day, last=day, kind=PeriodKind.DAY)

    @classmethod
    def week(cls, day: date) -> "Period":
        """Monday to Sunday around a day.

        >>> Period.week(date(2026, 11, 22)).first.isoformat()
        '2026-11-16'
        """
        monday = day - timedelta(days=day.weekday())
        return cls(first=monday, last=monday + timedelta(days=6), kind=PeriodKind.WEEK)

    @classmethod
    def month(cls, year: int, month: int) -> "Period":
        """A calendar month.

        >>> Period.month(2028, 2).last.isoformat()
        '2028-02-29'
        """
        first = date(year, month, 1)
        return cls(first=first, last=next_month(first) - timedelta(days=1), kind=PeriodKind.MONTH)

    @classmethod
    def free(cls, first: date, last: date) -> "Period":
        """Any two days, both included."""
        return cls(first=first, last=last)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def each_day(self) -> Iterator[date]:
        """Its days in order."""
        return (self.first + timedelta(days=number) for number in range(self.days))

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The half-open interval of UTC instants that it covers in the hotline's zone."""
        return midnight(self.first, zone), midnight(self.last + timedelta(days=1), zone)

    def before(self) -> "Period":
        """The period of the same kind just before it, to compare with.

        >>> Period.month(2026, 3).before().last.isoformat()
        '2026-02-28'
        """
        last = self.first - timedelta(days=1)
        if self.kind is PeriodKind.MONTH:
            return Period.month(last.year, last.month)
        return Period(first=last - timedelta(days=self.days - 1), last=last, kind=self.kind)

    def months(self) -> Sequence[date]:
        """The first days of the whole months inside it."""
        month = self.first if self.first.day == 1 else next_month(self.first)
        found = []
        while next_month(month) - timedelta(days=1) <= self.last:
            found.append(month)
            month = next_month(month)
        return found


FIRST_YEAR, LAST_YEAR = 1980, 2089
"""Well inside what the calendar covers, so that neighbours of a period can always be named."""


def known_day(day: date) -> date:
    """The day, when figures of it can be asked for at all.

    Raises:
        InvalidInput: it is of no year a hotline works in; arithmetic and calendar end somewhere.
    """
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidInput({"day": "unknown"})
    return day


def next_month(day: date) -> date:
    """The first day of the month after this day's."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant a local day begins, in UTC."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def pieces(period: Period, grain: Grain) -> Sequence[Period]:
    """The period cut by weeks, months or days; the first and the last piece may be shorter."""
    found: list[Period] = []
    first = period.first
    while first <= period.last:
        if grain is Grain.WEEK:
            last = Period.week(first).last
        elif grain is Grain.MONTH:
            last = next_month(first) - timedelta(days=1)
        else:
            last = first
        kind = {Grain.WEEK: PeriodKind.WEEK, Grain.MONTH: PeriodKind.MONTH}.get(grain, PeriodKind.DAY)
        whole = last <= period.last and (kind is PeriodKind.DAY or _whole(first, last, kind))
        last = min(last, period.last)
        found.append(Period(first=first, last=last, kind=kind if whole else PeriodKind.FREE))
        first = last + timedelta(days=1)
    return found


def _whole(first: date, last: date, kind: PeriodKind) -> bool:
    return first.day == 1 if kind is PeriodKind.MONTH else (last - first).days == 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Only what belongs to these members; empty is everything. One dimension is read from stored days.

    More than one dimension at once, or a breakdown inside a selection, is counted from the raw rows of the period,
    and costs by its length.
    """

    members: Mapping[Dimension, str] = field(default_factory=dict)

    @classmethod
    def only(cls, dimension: Dimension, member: str | int) -> "Selection":
        """One member of one dimension."""
        return cls(members={dimension: str(member)})

    def __bool__(self) -> bool:
        return bool(self.members)


EVERYTHING = Selection()


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A member of a dimension with its name as people read it; `name` is "" for hours, weekdays and words.

    `key` "" is "not given". An id whose row is gone keeps its key as its name.
    """

    dimension: Dimension
    key: str
    name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """One figure. `value` is None when there is nothing to divide by, or when it is not measured (`measured`).

    Shares: value = 100 × numerator ÷ denominator. Means: numerator is a sum, denominator how many.
    Counts: numerator is the value, denominator None. Medians: numerator None, denominator how many.
    `formula` and `name` are English message ids; their Russian stands in the translation file `measures.po`.
    """

    code: str
    name: str
    value: float | None
    unit: Unit
    numerator: float | None
    denominator: float | None
    formula: str
    clause: str
    measured: bool = True


class MarkKind(StrEnum):
    """Why figures inside one period are not all alike."""

    CALENDAR_CHANGED = "calendar_changed"
    TARGETS_CHANGED = "targets_changed"
    ZONE_CHANGED = "zone_changed"
    LATE_FACTS = "late_facts"
    BAD_ROWS = "bad_rows"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Something to be said beside the figures: on `day` the rules changed, or a stored day was counted anew.

    BAD_ROWS: `count` rows of the period could not be read and were left out.
    """

    kind: MarkKind
    day: date | None = None
    count: int = 0
    was: str = ""
    now: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """All measures of a period, by code, in the order they are shown.

    `as_of`: when they were counted (live), closed or frozen. `empty`: there was no call and no ticket event at all.
    `open_days`: days of the period that are not over yet or lie ahead. `marks`: changes of rules inside the period.
    """

    period: Period
    selection: Selection
    standing: Standing
    as_of: datetime
    measures: Mapping[str, Measure]
    empty: bool
    marks: Sequence[Mark] = ()
    open_days: int = 0

    def value(self, code: str) -> float | None:
        """The value of one measure; KeyError for an unknown code."""
        return self.measures[code].value


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakdownRow:
    """One member's figures; only measures that mean something for a part are given."""

    member: Member
    measures: Mapping[str, Measure]

    def value(self, code: str) -> float | None:
        """The value of one measure; None also when this breakdown has no such measure."""
        found = self.measures.get(code)
        return None if found is None else found.value


@dataclass(frozen=True, kw_only=True, slots=True)
class Breakdown:
    """Figures by member of one dimension, busiest first (hours and weekdays in their order)."""

    dimension: Dimension
    figures: Figures
    rows: Sequence[BreakdownRow]


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One step of a series. `hour` is given for Grain.HOUR only."""

    period: Period
    measures: Mapping[str, Measure]
    hour: int | None = None

    def value(self, code: str) -> float | None:
        """The value of one measure, None when there is none."""
        found = self.measures.get(code)
        return None if found is None else found.value


@dataclass(frozen=True, kw_only=True, slots=True)
class HeatCell:
    """The load of one weekday's hour, summed over `days` such days; `offered` ÷ `days` is a typical hour.

    `half`: of its first (0) or second (1) half only; None: of the whole hour.
    """

    weekday: int
    hour: int
    days: int
    offered: int
    answered: int
    abandoned: int
    wait_seconds: int
    talk_seconds: int
    within: int
    half: int | None = None

    @property
    def per_day(self) -> float:
        """Calls offered in a typical hour, or half hour, like this."""
        return self.offered / self.days if self.days else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Heat:
    """The load by weekday and hour; cells without a call are absent."""

    period: Period
    cells: Sequence[HeatCell]

    def cell(self, weekday: int, hour: int) -> HeatCell | None:
        """The cell, None when nobody called then."""
        return next((each for each in self.cells if (each.weekday, each.hour) == (weekday, hour)), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """Thresholds of the measures. `answer_within`: seconds of the service level, `level` its goal in percent.

    `short_abandon`: who hangs up sooner is counted apart, in seconds. They are applied when figures are read, so
    another threshold needs no recount. `attempts`: counted attempts that end a series, `gap`: minutes between them
    (Regulation: 2.9).
    """

    answer_within: int = 20
    level: int = 80
    short_abandon: int = 5
    attempts: int = 3
    gap: int = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A stored figure that the raw rows do not give any more. `dimension` None: of the whole day.

    `applied`: the day was closed anew with the new value; False: the month is frozen and stays as it was.
    """

    day: date
    dimension: Dimension | None
    member: str
    counter: str
    stored: int
    counted: int
    applied: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """What the last recount of stored days found. `equal`: every stored figure is what the raw rows give."""

    at: datetime
    first: date
    last: date
    days: int
    equal: bool
    differences: Sequence[Difference] = ()
