"""A local day counted from the raw rows, by every dimension. Regulation: 3.1."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from callcenter.domain.statistics import EVERYTHING, Dimension, Period
from callcenter.ports.statistics import Closing, DayBounds, StoredTally
from callcenter.ports.unit_of_work import UnitOfWork
from sla.clock import Terms

STORED: Sequence[Dimension | None] = (
    None,
    *(each for each in Dimension if each is not Dimension.WEEKDAY),
)
"""What is stored of a day: the whole, and each dimension that the day itself does not say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """The hotline's zone and the rules in force; `terms` is asked each time, for targets may change."""

    zone: ZoneInfo
    terms: Callable[[], Terms]

    def bounds(self, day: date) -> DayBounds:
        """A local day as instants."""
        return self.stretch(day, day)

    def stretch(self, first: date, last: date) -> DayBounds:
        """Several local days as one stretch; its hours are those of the first day and mean nothing for others."""
        since, until = Period(first=first, last=last).span(self.zone)
        hours = [datetime.combine(first, time(hour), self.zone).astimezone(UTC) for hour in range(1, 24)]
        return DayBounds(day=first, since=since, until=until, hours=hours)

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
    bounds = house.bounds(day)
    found: list[StoredTally] = []
    for dimension in STORED:
        tallies = await uow.statistics.count(bounds, dimension=dimension, selection=EVERYTHING, now=now)
        if not tallies:
            break  # what the whole does not have, no part has
        found.extend(
            StoredTally(start=day, dimension=dimension, member=member, tally=tally)
            for member, tally in sorted(tallies.items())
        )
    return found


async def stored_day(uow: UnitOfWork, day: date) -> Sequence[StoredTally]:
    """Everything that is stored of a closed day."""
    return [each for dimension in STORED for each in await uow.statistics.days(day, day, dimension)]
