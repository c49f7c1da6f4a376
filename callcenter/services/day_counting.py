"""A local day counted from the raw rows, by every dimension. Regulation: 3.1."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from callcenter.domain.statistics import EVERYTHING, Dimension, Period
from callcenter.domain.tally import Tally
from callcenter.ports.statistics import Closing, DayBounds, StoredTally
from callcenter.ports.unit_of_work import UnitOfWork
from sla.clock import Terms

_DERIVED = frozenset({Dimension.HOUR, Dimension.WEEKDAY, Dimension.SLOT})
STORED: Sequence[Dimension | None] = (None, *(each for each in Dimension if each not in _DERIVED))
"""What is stored of a day: the whole, and each dimension that neither the day itself nor another one says."""
STORED_OF_MONTH: Sequence[Dimension | None] = (*STORED, Dimension.SLOT)
"""What is stored of a month: its half hours by weekday too, which its days say and their sum does not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """The hotline's zone and the rules in force; `terms` is asked each time, for targets may change."""

    zone: ZoneInfo
    terms: Callable[[], Terms]

    def bounds(self, day: date) -> DayBounds:
        """A local day as instants."""
        return self.stretch(day, day)

    def stretch(self, first: date, last: date) -> DayBounds:
        """Several local days as one stretch; its half hours are those of the first day and mean nothing for others."""
        since, until = Period(first=first, last=last).span(self.zone)
        halves = [
            datetime.combine(first, time(half // 2, half % 2 * 30), self.zone).astimezone(UTC)
            for half in range(1, 48)
        ]
        for place in range(
            len(halves) - 2, -1, -1
        ):  # where summer time begins, a half hour that was not is empty
            halves[place] = min(halves[place], halves[place + 1])
        return DayBounds(day=first, since=since, until=until, half_hours=halves)

    def closing(self, day: date, at: datetime, revision: int = 1) -> Closing:
        """A closing under the rules in force."""
        terms = self.terms()
        return Closing(
            start=day,
            at=at,
            revision=revision,
            zone=self.zone.key,
            calendar_version=terms.calendar.version,
            targets_version=terms.targets.version,
        )


async def count_day(uow: UnitOfWork, house: House, day: date, now: datetime) -> Sequence[StoredTally]:
    """Everything that is stored of a day, from its raw rows; costs by that day, and next to nothing on a day off."""
    tallies = await uow.statistics.count(house.bounds(day), dimensions=STORED, selection=EVERYTHING, now=now)
    return [
        StoredTally(start=day, dimension=dimension, member=member, tally=tally)
        for dimension, members in tallies.items()
        for member, tally in sorted(members.items())
    ]


async def stored_day(uow: UnitOfWork, day: date) -> Sequence[StoredTally]:
    """Everything that is stored of a closed day."""
    return [each for dimension in STORED for each in await uow.statistics.days(day, day, dimension)]


async def month_of_days(uow: UnitOfWork, month: date, dimension: Dimension | None) -> Sequence[StoredTally]:
    """A month as the sum of its stored days, by member."""
    period = Period.month(month.year, month.month)
    of_days = Dimension.HALF_HOUR if dimension is Dimension.SLOT else dimension
    whole: dict[str, Tally] = {}
    for each in await uow.statistics.days(period.first, period.last, of_days):
        member = slot(each.start, each.member) if dimension is Dimension.SLOT else each.member
        whole.setdefault(member, Tally()).merge(each.tally)
    return [
        StoredTally(start=month, dimension=dimension, member=member, tally=tally)
        for member, tally in sorted(whole.items())
    ]


def slot(day: date, half_hour: str) -> str:
    """The member of SLOT of a day's half hour.

    >>> slot(date(2026, 11, 23), "18")
    '0.18'
    """
    return f"{day.weekday()}.{half_hour}"
