"""Days that are over are stored; months that are over are frozen, and never change afterwards. Regulation: 3.1, 3.2."""

from collections.abc import Sequence
from datetime import date, timedelta

from callcenter.domain.statistics import Period, next_month
from callcenter.ports.statistics import StoredTally
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork
from callcenter.services.day_counting import STORED_OF_MONTH, House, count_day, month_of_days
from callcenter.services.recount import Recount

GRACE = timedelta(minutes=10)
"""So long after midnight a day is left open for what is still on its way into the database."""


class DayClosing:
    """`tend()` does all that is due; to do it again changes nothing."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, house: House, recount: Recount) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._house = house
        self._recount = recount

    async def tend(self) -> Sequence[date]:
        """Close the days that are over, check what is stored, freeze the months that are over; the days closed.

        The check looks at the days of the present and the last month, once a day, before anything is frozen.
        """
        closed = await self.close_due()
        last = self._last_over()
        if closed or not await self._checked(last):
            await self._recount.run(Period(first=_month_before(last), last=last))
        await self.freeze_due()
        return closed

    def _last_over(self) -> date:
        """The newest local day that is over."""
        return (self._clock.now() - GRACE).astimezone(self._house.zone).date() - timedelta(days=1)

    async def _checked(self, last: date) -> bool:
        async with self._open_uow(write=False) as uow:
            check = await uow.statistics.last_check()
        return check is not None and check.last >= last

    async def close_due(self) -> Sequence[date]:
        """Close every day that is over and not closed, the oldest first, each in a commit of its own."""
        last = self._last_over()
        async with self._open_uow(write=False) as uow:
            begun = await uow.statistics.first_event()
            if begun is None or (first := begun.astimezone(self._house.zone).date()) > last:
                return []
            known = {each.start for each in await uow.statistics.day_closings(first, last)}
        due = [day for day in Period(first=first, last=last).each_day() if day not in known]
        for day in due:
            await self._close(day)
        return due

    async def _close(self, day: date) -> None:
        now = self._clock.now()
        async with self._open_uow(write=False) as uow:
            tallies = await count_day(uow, self._house, day, now)
        async with self._open_uow() as uow:
            await uow.statistics.close_day(self._house.closing(day, now), tallies)
            await uow.commit()

    async def freeze_due(self) -> Sequence[date]:
        """Freeze every month that is over and whose days are all closed; the first days of those frozen."""
        last = self._last_over()
        async with self._open_uow(write=False) as uow:
            begun = await uow.statistics.first_event()
            if begun is None or (first := begun.astimezone(self._house.zone).date()) > last:
                return []
            closed = {each.start for each in await uow.statistics.day_closings(first, last)}
            frozen = {each.start for each in await uow.statistics.month_closings(first.replace(day=1), last)}
        due = [
            month
            for month in _months(first.replace(day=1), last)
            if month not in frozen
            and all(day in closed for day in Period.month(month.year, month.month).each_day() if day >= first)
        ]
        for month in due:
            await self._freeze(month)
        return due

    async def _freeze(self, month: date) -> None:
        tallies: list[StoredTally] = []
        async with self._open_uow(write=False) as uow:
            for dimension in STORED_OF_MONTH:
                tallies.extend(await month_of_days(uow, month, dimension))
        async with self._open_uow() as uow:
            await uow.statistics.freeze_month(self._house.closing(month, self._clock.now()), tallies)
            await uow.commit()


def _months(first: date, last: date) -> Sequence[date]:
    """The months from `first` on that are over by the end of `last`."""
    found, month = [], first
    while next_month(month) - timedelta(days=1) <= last:
        found.append(month)
        month = next_month(month)
    return found


def _month_before(day: date) -> date:
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
