"""What if: recorded tickets judged under other targets or another calendar. Regulation: 2.7, 2.8, 2.10."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.domain.targets import in_force, targets_under
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork
from sla.calendar import BusinessCalendar
from sla.clock import Terms
from sla.replay import Replay, Tally, replay

AT_ONCE = 1000


class SlaReplay:
    """`callcenter sla replay`: reads page by page, so a year fits into memory; changes nothing."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, terms: Terms) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._terms = terms

    async def run(
        self,
        since: datetime,
        until: datetime,
        *,
        targets: Mapping[str, timedelta] | None = None,
        calendar: BusinessCalendar | None = None,
    ) -> Replay:
        """Compare the terms in force with those given, over tickets that arrived in the half-open interval.

        Raises:
            BadTarget: a name that is no target, or a time that is none.
        """
        before = await self._in_force()
        after = Terms(targets=before.targets.with_times(targets or {}), calendar=calendar or before.calendar)
        whole, last = Replay(), 0
        while True:
            async with self._open_uow(write=False) as uow:
                page = await uow.clocks.timelines(since, until, after=last, limit=AT_ONCE)
            if not page:
                return whole
            _add(whole, replay(page, before, after, self._clock.now()))
            last = int(page[-1].ticket)

    async def _in_force(self) -> Terms:
        """The configured terms with the targets a person has set since."""
        async with self._open_uow(write=False) as uow:
            change = in_force(await uow.target_changes.all(), self._clock.now())
        return replace(self._terms, targets=targets_under(self._terms.targets, change))


def _add(whole: Replay, part: Replay) -> None:
    for name, tally in part.tallies.items():
        mine = whole.tallies.setdefault(name, Tally())
        mine.judged += tally.judged
        mine.breached_before += tally.breached_before
        mine.breached_after += tally.breached_after
    whole.differences.extend(part.differences)
