"""The Protocols of statistics: what screens and reports ask (`StatisticsRoom`), and what the services stand on.

`ports.UnitOfWork.statistics` carries `StatisticsRows`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from callcenter.domain.compliance import Breach, Evidence, MonthCompliance
from callcenter.domain.people import Person
from callcenter.domain.statistics import (
    EVERYTHING,
    Breakdown,
    Check,
    Difference,
    Dimension,
    Figures,
    Grain,
    Heat,
    Member,
    Period,
    Point,
    Rules,
    Selection,
)
from callcenter.domain.tally import Tally
from callcenter.domain.zero_loss import HeldCall, LossLedger, MissedCalls, RecordedCall, Remainder


class Statistics(Protocol):
    """Figures for any period: closed days from the store, days not closed yet from the raw rows. Regulation: 3.1."""

    @property
    def rules(self) -> Rules:
        """The thresholds named on the screens."""
        ...

    def today(self) -> date:
        """The present local day of the hotline."""
        ...

    async def figures(self, period: Period, selection: Selection = EVERYTHING) -> Figures:
        """Every measure of the period."""
        ...

    async def by(self, dimension: Dimension, period: Period, selection: Selection = EVERYTHING) -> Breakdown:
        """The period's figures and those of each member of a dimension, busiest first."""
        ...

    async def series(
        self, period: Period, grain: Grain, selection: Selection = EVERYTHING
    ) -> Sequence[Point]:
        """The measures of each step, in time order, empty steps included. Grain.HOUR: InvalidInput unless one day."""
        ...

    async def heat(self, period: Period, *, halves: bool = False) -> Heat:
        """The load by weekday and hour, or half hour."""
        ...

    async def waits(self, period: Period) -> Mapping[str, Mapping[int, int]]:
        """How long calls waited: by how they ended (`CallOutcome`, `open`), whole seconds to how many."""
        ...

    async def members(self, dimension: Dimension) -> Sequence[Member]:
        """What can be selected in a dimension, by name."""
        ...


class Recount(Protocol):
    """The check that stored figures are what the raw rows give; runs every night and by `callcenter stats recount`."""

    async def last(self) -> Check | None:
        """What the last check found, None before the first."""
        ...

    async def differences(self, period: Period) -> Sequence[Difference]:
        """Every difference ever found in days of this period, newest first, applied or only listed."""
        ...

    async def run(self, period: Period) -> Check:
        """Recount the stored days of a period now. A day of an open month is closed anew where it differs."""
        ...


class ZeroLoss(Protocol):
    """Asterisk's records = calls = tickets. Regulation: 2.1, 2.10."""

    async def day(self, day: date) -> LossLedger:
        """The ledger of a day: as last compared; today and a day never compared are compared now."""
        ...

    async def days(self, period: Period) -> Sequence[LossLedger]:
        """The stored ledgers of a period, newest first; days never compared are absent."""
        ...

    async def compare(self, day: date) -> LossLedger:
        """Compare now and keep the result."""
        ...

    async def settle(self, by: Person, remainder_id: int, reason: str) -> Remainder:
        """Say what a remainder was; one audit row.

        Raises:
            Forbidden, NotFound, InvalidInput (no reason), Conflict (settled before).
        """
        ...


class Compliance(Protocol):
    """The regulation clause by clause. Regulation: 2.10, 3.2."""

    async def month(self, year: int, month: int, *, longest: bool = False) -> MonthCompliance:
        """Every clause for one month; `longest`: with the longest breaches of each, which are looked up."""
        ...

    async def evidence(
        self, year: int, month: int, rule: str, *, before: tuple[datetime, int] | None = None
    ) -> Evidence:
        """The tickets behind one count, some at a time; NotFound when there is no such rule."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class StatisticsRoom:
    """What screens and reports of statistics ask."""

    statistics: Statistics
    recount: Recount
    zero_loss: ZeroLoss
    compliance: Compliance


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredTally:
    """What is stored of one member of one dimension of a day or month (`start`); `dimension` None: the whole."""

    start: date
    dimension: Dimension | None
    member: str
    tally: Tally


@dataclass(frozen=True, kw_only=True, slots=True)
class Closing:
    """A closed day, or a frozen month (`start` is its first day), with the rules it was counted under.

    `revision` grows each time a day is closed anew because its raw rows had changed.
    """

    start: date
    at: datetime
    revision: int
    zone: str
    calendar_version: str
    targets_version: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DayBounds:
    """A local day as instants: half-open `since`–`until`, and where its half hours 1 to 47 begin."""

    day: date
    since: datetime
    until: datetime
    half_hours: Sequence[datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Present:
    """The hotline at this moment: callers who wait and since when, callers spoken with, overdue tickets by clock."""

    waiting: int
    talking: int
    oldest_waiting: datetime | None
    overdue: Mapping[str, int]


class StatisticsRows(Protocol):
    """Raw rows counted, and what is stored of closed days and months."""

    async def count(
        self,
        bounds: DayBounds,
        *,
        dimensions: Collection[Dimension | None],
        selection: Selection,
        now: datetime,
    ) -> Mapping[Dimension | None, Mapping[str, Tally]]:
        """Tallies of the raw rows by dimension and member (None: the whole, under ""), in one reading of the rows.

        WEEKDAY and SLOT are no questions of rows.
        """
        ...

    async def present(self, now: datetime) -> Present:
        """As it stands now; costs by what is open."""
        ...

    async def days(self, first: date, last: date, dimension: Dimension | None) -> Sequence[StoredTally]:
        """Stored days, in order."""
        ...

    async def months(self, first: date, last: date, dimension: Dimension | None) -> Sequence[StoredTally]:
        """Frozen months that begin in this time, in order."""
        ...

    async def day_closings(self, first: date, last: date) -> Sequence[Closing]: ...

    async def month_closings(self, first: date, last: date) -> Sequence[Closing]: ...

    async def first_event(self) -> datetime | None:
        """The oldest call or ticket, None in an empty house."""
        ...

    async def close_day(self, closing: Closing, tallies: Sequence[StoredTally]) -> None:
        """Store a day, instead of what was stored of it before."""
        ...

    async def freeze_month(self, closing: Closing, tallies: Sequence[StoredTally]) -> None:
        """Store a month for ever; Conflict when it is frozen already."""
        ...

    async def add_check(self, check: Check) -> None:
        """Keep a check and its differences."""
        ...

    async def last_check(self) -> Check | None: ...

    async def differences(self, first: date, last: date) -> Sequence[Difference]:
        """Of days in this time, newest first; the newest thousand."""
        ...

    async def members(self, dimension: Dimension) -> Sequence[Member]: ...


class LossRows(Protocol):
    """What the zero-loss page is made of."""

    async def calls(self, since: datetime, until: datetime) -> Sequence[HeldCall]:
        """Our calls that entered in this time."""
        ...

    async def tickets(self, since: datetime, until: datetime) -> int:
        """Tickets that hold the calls of this time."""
        ...

    async def missed(self, since: datetime, until: datetime) -> MissedCalls: ...

    async def ledger(self, day: date) -> LossLedger | None: ...

    async def ledgers(self, first: date, last: date) -> Sequence[LossLedger]: ...

    async def keep(self, ledger: LossLedger) -> LossLedger:
        """Store a comparison; what a person settled stays settled while it is still a remainder."""
        ...

    async def remainder(self, remainder_id: int) -> Remainder | None: ...

    async def settle(self, remainder_id: int, *, by: int, at: datetime, reason: str) -> bool:
        """False when it was settled before."""
        ...


class ComplianceRows(Protocol):
    """The tickets behind the counts of compliance, by the code of their measure (`clock.assign`, `rule.said`)."""

    async def kept(
        self, code: str, since: datetime, until: datetime, *, rules: Rules, limit: int
    ) -> Sequence[int]:
        """Tickets that kept it in this time, the newest first."""
        ...

    async def broken(
        self,
        code: str,
        since: datetime,
        until: datetime,
        *,
        rules: Rules,
        before: tuple[datetime, int] | None = None,
        limit: int,
    ) -> Sequence[Breach]:
        """Breaches of this time, the newest first; `before`: those after one already seen (`judged_at`, ticket)."""
        ...


class PbxRecords(Protocol):
    """Asterisk's own records of calls to the hotline."""

    async def calls(
        self, since: datetime, until: datetime
    ) -> tuple[Mapping[str, Sequence[RecordedCall]], Mapping[str, str]]:
        """Calls that entered in this time by PBX, and by PBX why its records could not be read."""
        ...
