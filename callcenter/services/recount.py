"""The check that what is stored of days and months is what the raw rows give. Regulation: 3.1, 3.2.

A day of an open month that differs (a reconstructed call, a ticket reopened or given another product) is closed
anew, and each difference is kept and shown. A frozen month never changes: its differences are listed only.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from callcenter.domain.statistics import Check, Difference, Dimension, Period
from callcenter.domain.tally import Tally
from callcenter.ports.statistics import Closing, StoredTally
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork
from callcenter.services.day_counting import STORED_OF_MONTH, House, count_day, month_of_days, stored_day

KEPT_DIFFERENCES = 5000
MONTH = "month"
"""Before the counter's name where a frozen month is not the sum of its days."""

Flat = Mapping[tuple[Dimension | None, str, str], int]


class Recount:
    """Port `Recount`."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, house: House) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._house = house

    async def last(self) -> Check | None:
        """What the last check found, None before the first."""
        async with self._open_uow(write=False) as uow:
            return await uow.statistics.last_check()

    async def differences(self, period: Period) -> Sequence[Difference]:
        """Every difference ever found in days of this period, newest first."""
        async with self._open_uow(write=False) as uow:
            return await uow.statistics.differences(period.first, period.last)

    async def run(self, period: Period) -> Check:
        """Recount the stored days of a period now; each day in a transaction of its own."""
        async with self._open_uow(write=False) as uow:
            closings = await uow.statistics.day_closings(period.first, period.last)
            months = await uow.statistics.month_closings(period.first.replace(day=1), period.last)
        frozen = {each.start for each in months}
        differences: list[Difference] = []
        for closing in closings:
            differences.extend(await self._day(closing, frozen=closing.start.replace(day=1) in frozen))
        for month in sorted(frozen):
            differences.extend(await self._month(month))
        check = Check(
            at=self._clock.now(),
            first=period.first,
            last=period.last,
            days=len(closings),
            equal=not differences,
            differences=tuple(differences[:KEPT_DIFFERENCES]),
        )
        async with self._open_uow() as uow:
            await uow.statistics.add_check(check)
            await uow.commit()
        return check

    async def _day(self, closing: Closing, *, frozen: bool) -> Sequence[Difference]:
        day, now = closing.start, self._clock.now()
        async with self._open_uow(write=False) as uow:
            counted = await count_day(uow, self._house, day, now)
            stored = await stored_day(uow, day)
        found = list(_compare(day, _flat(stored), _flat(counted), applied=not frozen))
        if found and not frozen:
            async with self._open_uow() as uow:
                anew = self._house.closing(day, now, closing.revision + 1)
                await uow.statistics.close_day(anew, counted)
                await uow.commit()
        return found

    async def _month(self, month: date) -> Sequence[Difference]:
        """A frozen month is the sum of its days, which are frozen with it."""
        kept: list[StoredTally] = []
        summed: list[StoredTally] = []
        async with self._open_uow(write=False) as uow:
            for dimension in STORED_OF_MONTH:
                kept.extend(await uow.statistics.months(month, month, dimension))
                summed.extend(await month_of_days(uow, month, dimension))
        return [
            Difference(
                day=month,
                dimension=each.dimension,
                member=each.member,
                counter=f"{MONTH}.{each.counter}"[:64],
                stored=each.stored,
                counted=each.counted,
                applied=False,
            )
            for each in _compare(month, _flat(kept), _flat(summed), applied=False)
        ]


def _flat(tallies: Sequence[StoredTally]) -> Flat:
    found: dict[tuple[Dimension | None, str], Tally] = {}
    for each in tallies:
        found.setdefault((each.dimension, each.member), Tally()).merge(each.tally)
    return {(*key, name): count for key, tally in found.items() for name, count in tally.flat()}


def _compare(day: date, stored: Flat, counted: Flat, *, applied: bool) -> Iterator[Difference]:
    keys = {*stored, *counted}
    for key in sorted(keys, key=lambda key: (str(key[0] or ""), key[1], key[2])):
        before, after = stored.get(key, 0), counted.get(key, 0)
        if before != after:
            dimension, member, counter = key
            yield Difference(
                day=day,
                dimension=dimension,
                member=member,
                counter=counter,
                stored=before,
                counted=after,
                applied=applied,
            )
