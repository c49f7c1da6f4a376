"""Days that are not closed, counted from their raw rows at most once in `LIVE_SECONDS`, however many people look.

Where a day is so large that counting it is slow, it is counted less often, in the background, and nobody waits.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from callcenter.domain.errors import CallCenterError
from callcenter.domain.statistics import EVERYTHING, Dimension
from callcenter.domain.tally import Tally
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork
from callcenter.services.day_counting import STORED, House

LIVE_SECONDS = 5
STALE_SECONDS = 60
"""So old a slow count of today may be while it is made anew."""
SLOW_SECONDS = 0.15
SHARE = 20
"""Of its time the program counts a slow day at most one part in so many; what is shown is that much older."""
KEEP_EVERY = 40.0
"""Seconds between two counts of today in a house where a count is slow; elsewhere it is made when somebody looks."""
LOOK_AGAIN = 300.0
KEPT_DAYS = 16
Key = tuple[date, bool]
"""A day, and whether it was counted by every dimension or as a whole only."""


@dataclass(frozen=True, slots=True)
class LiveDay:
    """A day as counted at `at`; `slow`: that took so long that nobody should wait for it; `fresh_for` seconds."""

    at: datetime
    tallies: Mapping[Dimension | None, Mapping[str, Tally]]
    slow: bool
    fresh_for: float


class LiveDays:
    """All dimensions of a day are counted in one reading of its rows; the whole alone costs less and is counted so."""

    def __init__(
        self, open_uow: OpenUnitOfWork, clock: Clock, house: House, *, slow: float = SLOW_SECONDS
    ) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._house = house
        self._slow = slow
        self._known: dict[Key, LiveDay] = {}
        self._renewing: dict[Key, asyncio.Task[None]] = {}
        self._counting = asyncio.Lock()
        self.failures = 0

    async def day(self, uow: UnitOfWork, day: date, dimension: Dimension | None) -> LiveDay:
        """The day, counted anew when the last count is older than `LIVE_SECONDS`.

        Where a count is slow, whoever looks is given the last one (its `at` is told) while it is made anew.
        """
        key = (day, dimension is not None)
        known = self._fresh(key)
        if known is not None:
            return known
        last = self._last(key)
        if last is not None and last.slow and self._younger(last, STALE_SECONDS):
            if key not in self._renewing:
                self._renewing[key] = asyncio.create_task(self._renew(key))
            return last
        return await self._count(uow, key)

    async def settled(self) -> None:
        """Wait for the counts that go on in the background."""
        await asyncio.gather(*self._renewing.values())

    async def keep(self) -> None:
        """Count today again and again, so that the first who looks does not wait either; goes on until cancelled."""
        while True:
            key = (self._clock.now().astimezone(self._house.zone).date(), True)
            await self._renew(key)
            last = self._known.get(key)
            await asyncio.sleep(KEEP_EVERY if last is not None and last.slow else LOOK_AGAIN)

    def _last(self, key: Key) -> LiveDay | None:
        """The youngest count; one by every dimension has the whole in it."""
        known = [self._known[each] for each in {key, (key[0], True)} if each in self._known]
        return max(known, key=lambda each: each.at, default=None)

    def _fresh(self, key: Key) -> LiveDay | None:
        known = self._last(key)
        return known if known is not None and self._younger(known, known.fresh_for) else None

    def _younger(self, known: LiveDay, seconds: float) -> bool:
        return timedelta() <= self._clock.now() - known.at < timedelta(seconds=seconds)

    async def _renew(self, key: Key) -> None:
        """In the background; a failure leaves the last count, which grows too old and is then waited for."""
        try:
            async with self._open_uow(write=False) as uow:
                await self._count(uow, key)
        except CallCenterError:
            self.failures += 1
        finally:
            self._renewing.pop(key, None)

    async def _count(self, uow: UnitOfWork, key: Key) -> LiveDay:
        async with self._counting:
            known = self._fresh(key)
            if known is not None:
                return known
            day, every = key
            now, began = self._clock.now(), asyncio.get_running_loop().time()
            tallies = await uow.statistics.count(
                self._house.bounds(day),
                dimensions=STORED if every else (None,),
                selection=EVERYTHING,
                now=now,
            )
            took = asyncio.get_running_loop().time() - began
            slow = took > self._slow
            fresh_for = min(max(LIVE_SECONDS, took * SHARE), STALE_SECONDS / 2) if slow else LIVE_SECONDS
            if len(self._known) >= KEPT_DAYS:  # days go by; only the present one is asked for again and again
                self._known.clear()
            self._known[key] = LiveDay(now, tallies, slow, fresh_for)
            return self._known[key]
