"""Figures for any period: frozen months and closed days from the store, what is not closed yet from the raw rows.

Regulation: 3.1. What today's screens show is counted at most once in `LIVE_SECONDS`, however many people look.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from callcenter.domain.calls import CallOutcome
from callcenter.domain.errors import CallCenterError, InvalidInput
from callcenter.domain.measures import measures, offered, waited
from callcenter.domain.statistics import (
    EVERYTHING,
    Breakdown,
    BreakdownRow,
    Dimension,
    Figures,
    Grain,
    Heat,
    HeatCell,
    Mark,
    MarkKind,
    Member,
    Period,
    Point,
    Rules,
    Selection,
    Standing,
    pieces,
)
from callcenter.domain.tally import Tally, merged
from callcenter.ports.statistics import Closing
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork
from callcenter.services.day_counting import House

LIVE_SECONDS = 5
STALE_SECONDS = 60
"""So old a slow count of today may be while it is made anew."""
SLOW_SECONDS = 0.15
LONGEST_RAW = 92
"""So many days may be counted from raw rows at once: a breakdown inside a selection."""
_OF_ROWS = frozenset({Dimension.HOUR, Dimension.WEEKDAY})


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A tally of a member, of the day or frozen month that begins at `start`."""

    start: date
    member: str
    tally: Tally


@dataclass(kw_only=True, slots=True)
class Gathered:
    """What a period is made of, and how final it is."""

    parts: list[Part] = field(default_factory=list)
    standing: Standing
    as_of: datetime
    closings: Sequence[Closing]
    live_days: Sequence[date]


@dataclass(frozen=True, slots=True)
class _Live:
    """A day that is not closed, as counted at `at`; `slow`: that took so long that nobody should wait for it."""

    at: datetime
    tallies: Mapping[str, Tally]
    slow: bool


class Statistics:
    """Port `Statistics`."""

    def __init__(
        self,
        open_uow: OpenUnitOfWork,
        clock: Clock,
        house: House,
        rules: Rules | None = None,
        *,
        slow: float = SLOW_SECONDS,
    ) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._house = house
        self.rules = rules or Rules()
        self._live: dict[tuple[date, Dimension | None], _Live] = {}
        self._renewing: dict[tuple[date, Dimension | None], asyncio.Task[None]] = {}
        self._counting = asyncio.Lock()
        self._slow = slow
        self.failures = 0

    def today(self) -> date:
        """The present local day of the hotline."""
        return self._clock.now().astimezone(self._house.zone).date()

    async def figures(self, period: Period, selection: Selection = EVERYTHING) -> Figures:
        """Every measure of the period."""
        gathered = await self._gather(period, None, selection, whole_months=True)
        whole = merged(each.tally for each in gathered.parts)
        return self._figures(period, selection, gathered, whole)

    async def by(self, dimension: Dimension, period: Period, selection: Selection = EVERYTHING) -> Breakdown:
        """The period's figures and those of each member of a dimension, busiest first."""
        figures = await self.figures(period, selection)
        gathered = await self._gather(period, dimension, selection, whole_months=True)
        tallies: dict[str, Tally] = {}
        for each in gathered.parts:
            tallies.setdefault(each.member, Tally()).merge(each.tally)
        known = {each.key: each for each in await self.members(dimension)}
        rows = [
            BreakdownRow(
                member=known.get(key, Member(dimension=dimension, key=key, name=key)),
                measures=measures(tally, self.rules, part_of=dimension),
            )
            for key, tally in sorted(tallies.items(), key=lambda item: _order(dimension, *item))
        ]
        return Breakdown(dimension=dimension, figures=figures, rows=rows)

    async def series(
        self, period: Period, grain: Grain, selection: Selection = EVERYTHING
    ) -> Sequence[Point]:
        """The measures of each step, in time order, empty steps included."""
        if grain is Grain.HOUR:
            return await self._hours(period, selection)
        gathered = await self._gather(period, None, selection, whole_months=grain is Grain.MONTH, daily=True)
        by_start: dict[date, list[Tally]] = {}
        for each in gathered.parts:
            by_start.setdefault(each.start, []).append(each.tally)
        return [
            Point(
                period=step,
                measures=measures(
                    merged(tally for day in step.each_day() for tally in by_start.get(day, ())), self.rules
                ),
            )
            for step in pieces(period, grain)
        ]

    async def _hours(self, period: Period, selection: Selection) -> Sequence[Point]:
        if period.days != 1:
            raise InvalidInput({"grain": "one_day_only"})
        gathered = await self._gather(period, Dimension.HOUR, selection, whole_months=False)
        tallies = {each.member: each.tally for each in gathered.parts}
        return [
            Point(
                period=period,
                hour=hour,
                measures=measures(tallies.get(str(hour), Tally()), self.rules, part_of=Dimension.HOUR),
            )
            for hour in range(24)
        ]

    async def heat(self, period: Period) -> Heat:
        """The load by weekday and hour; a cell's days are the days of the period that were open and have begun."""
        gathered = await self._gather(period, Dimension.HOUR, EVERYTHING, whole_months=False)
        cells: dict[tuple[int, int], Tally] = {}
        for each in gathered.parts:
            if each.member.isdigit():
                cells.setdefault((each.start.weekday(), int(each.member)), Tally()).merge(each.tally)
        days = [0] * 7
        calendar, today = self._house.terms().calendar, self.today()
        for day in period.each_day():
            if day <= today and calendar.day(day).hours:
                days[day.weekday()] += 1
        return Heat(
            period=period,
            cells=[
                _cell(weekday, hour, max(days[weekday], 1), tally, self.rules)
                for (weekday, hour), tally in sorted(cells.items())
                if tally.under("call")
            ],
        )

    async def waits(self, period: Period) -> Mapping[str, Mapping[int, int]]:
        """How long calls waited: by how they ended, whole seconds to how many."""
        gathered = await self._gather(period, None, EVERYTHING, whole_months=True)
        return merged(each.tally for each in gathered.parts).waits

    async def members(self, dimension: Dimension) -> Sequence[Member]:
        """What can be selected in a dimension, by name."""
        async with self._open_uow(write=False) as uow:
            return await uow.statistics.members(dimension)

    def _figures(self, period: Period, selection: Selection, gathered: Gathered, whole: Tally) -> Figures:
        today = self.today()
        return Figures(
            period=period,
            selection=selection,
            standing=gathered.standing,
            as_of=gathered.as_of,
            measures=measures(whole, self.rules, part_of=next(iter(selection.members), None)),
            empty=whole.empty,
            marks=tuple(self._marks(gathered, whole)),
            open_days=sum(day >= today for day in period.each_day()),
        )

    def _marks(self, gathered: Gathered, whole: Tally) -> Iterator[Mark]:
        closings = list(gathered.closings)
        if gathered.live_days:
            closings.append(self._house.closing(gathered.live_days[-1], gathered.as_of))
        for before, after in pairwise(closings):
            for kind, was, now in (
                (MarkKind.CALENDAR_CHANGED, before.calendar_version, after.calendar_version),
                (MarkKind.TARGETS_CHANGED, before.targets_version, after.targets_version),
                (MarkKind.ZONE_CHANGED, before.zone, after.zone),
            ):
                if was != now:
                    yield Mark(kind=kind, day=after.start, was=was, now=now)
        for each in closings:
            if each.revision > 1:
                yield Mark(kind=MarkKind.LATE_FACTS, day=each.start, count=each.revision - 1)
        if bad := whole.counts["bad.rows"]:
            yield Mark(kind=MarkKind.BAD_ROWS, count=bad)

    async def _gather(
        self,
        period: Period,
        dimension: Dimension | None,
        selection: Selection,
        *,
        whole_months: bool,
        daily: bool = False,
    ) -> Gathered:
        async with self._open_uow(write=False) as uow:
            closings = await uow.statistics.day_closings(period.first, period.last)
            months = {each.start for each in await uow.statistics.month_closings(_month(period), period.last)}
            gathered = self._standing(period, closings, months, await self._first_day(uow))
            if len(selection.members) + (dimension is not None) > 1:
                await self._raw(uow, gathered, period, dimension, selection, daily=daily)
            else:
                whole = [month for month in period.months() if month in months] if whole_months else []
                await self._stored(uow, gathered, period, dimension, selection, frozenset(whole))
        return gathered

    async def _first_day(self, uow: UnitOfWork) -> date:
        """Nothing happened before it: those days need neither closing nor counting."""
        begun = await uow.statistics.first_event()
        return self.today() if begun is None else begun.astimezone(self._house.zone).date()

    def _standing(
        self, period: Period, closings: Sequence[Closing], months: set[date], begun: date
    ) -> Gathered:
        closed = {each.start for each in closings}
        today, now = self.today(), self._clock.now()
        live = [day for day in period.each_day() if day not in closed and begun <= day <= today]
        frozen = all(day.replace(day=1) in months for day in period.each_day())
        if frozen and not live:
            standing = Standing.FROZEN
        elif live or period.last >= today:
            standing = Standing.LIVE
        else:
            standing = Standing.CLOSED
        as_of = now if standing is Standing.LIVE else max((each.at for each in closings), default=now)
        return Gathered(standing=standing, as_of=as_of, closings=closings, live_days=live)

    async def _stored(
        self,
        uow: UnitOfWork,
        gathered: Gathered,
        period: Period,
        dimension: Dimension | None,
        selection: Selection,
        whole: frozenset[date],
    ) -> None:
        """At most one dimension is asked for: everything closed is read, only open days are counted."""
        key = dimension or next(iter(selection.members), None)
        stored = None if key is Dimension.WEEKDAY else key
        if key is Dimension.WEEKDAY:
            whole = frozenset()
        found = [
            Part(start=each.start, member=each.member, tally=each.tally)
            for first, last in _outside(period, whole)
            for each in await uow.statistics.days(first, last, stored)
        ]
        if whole:
            months = await uow.statistics.months(min(whole), max(whole), stored)
            found += [
                Part(start=each.start, member=each.member, tally=each.tally)
                for each in months
                if each.start in whole
            ]
        for day in gathered.live_days:
            live = await self._live_day(uow, day, stored)
            found += [Part(start=day, member=member, tally=tally) for member, tally in live.tallies.items()]
            gathered.as_of = min(gathered.as_of, live.at)
        gathered.parts = list(_asked(found, key, dimension, selection))

    async def _live_day(self, uow: UnitOfWork, day: date, dimension: Dimension | None) -> _Live:
        """A day that is not closed, counted anew when the last count is older than `LIVE_SECONDS`.

        Where a count is slow, whoever looks is given the last one (its `as_of` is told) while it is made anew.
        """
        key = (day, dimension)
        known, now = self._live.get(key), self._clock.now()
        if known is not None:
            age = now - known.at
            if timedelta() <= age < timedelta(seconds=LIVE_SECONDS):
                return known
            if known.slow and timedelta() <= age < timedelta(seconds=STALE_SECONDS):
                if key not in self._renewing:
                    self._renewing[key] = asyncio.create_task(self._renew(day, dimension))
                return known
        return await self._count_live(uow, day, dimension)

    async def _renew(self, day: date, dimension: Dimension | None) -> None:
        """In the background; a failure leaves the last count, which grows too old and is then waited for."""
        try:
            async with self._open_uow(write=False) as uow:
                await self._count_live(uow, day, dimension)
        except CallCenterError:
            self.failures += 1
        finally:
            self._renewing.pop((day, dimension), None)

    async def _count_live(self, uow: UnitOfWork, day: date, dimension: Dimension | None) -> _Live:
        async with self._counting:
            now, known = self._clock.now(), self._live.get((day, dimension))
            if known is not None and timedelta() <= now - known.at < timedelta(seconds=LIVE_SECONDS):
                return known
            began = asyncio.get_running_loop().time()
            bounds = self._house.bounds(day)
            tallies = await uow.statistics.count(bounds, dimension=dimension, selection=EVERYTHING, now=now)
            slow = asyncio.get_running_loop().time() - began > self._slow
            if len(self._live) > 64:  # days go by; only the present one is asked for again and again
                self._live.clear()
            self._live[day, dimension] = _Live(now, tallies, slow)
            return self._live[day, dimension]

    async def _raw(
        self,
        uow: UnitOfWork,
        gathered: Gathered,
        period: Period,
        dimension: Dimension | None,
        selection: Selection,
        *,
        daily: bool,
    ) -> None:
        """Several dimensions at once: counted from the raw rows of the period, and costs by them."""
        if period.days > LONGEST_RAW:
            raise InvalidInput({"selection": "period_too_long"})
        gathered.as_of, gathered.standing = self._clock.now(), Standing.LIVE
        last = min(period.last, self.today())
        if last < period.first:
            return
        asked = {*selection.members, *([dimension] if dimension else [])}
        of_rows = Selection(
            members={key: value for key, value in selection.members.items() if key is not Dimension.WEEKDAY}
        )
        weekday = selection.members.get(Dimension.WEEKDAY)
        by_rows = None if dimension is Dimension.WEEKDAY else dimension
        stretches = [(period.first, last)]
        if daily or asked & _OF_ROWS:
            stretches = [(day, day) for day in Period(first=period.first, last=last).each_day()]
        for first, end in stretches:
            if weekday is not None and str(first.weekday()) != weekday:
                continue
            tallies = await uow.statistics.count(
                self._house.stretch(first, end), dimension=by_rows, selection=of_rows, now=gathered.as_of
            )
            gathered.parts += [
                Part(
                    start=first,
                    member=str(first.weekday()) if dimension is Dimension.WEEKDAY else member,
                    tally=tally,
                )
                for member, tally in tallies.items()
            ]


def _month(period: Period) -> date:
    return period.first.replace(day=1)


def _outside(period: Period, whole: frozenset[date]) -> Iterator[tuple[date, date]]:
    """The stretches of days of the period that are in none of these whole months."""
    begun: date | None = None
    for day in period.each_day():
        if day.replace(day=1) in whole:
            if begun is not None:
                yield begun, day - timedelta(days=1)
            begun = None
        elif begun is None:
            begun = day
    if begun is not None:
        yield begun, period.last


def _asked(
    parts: Sequence[Part], key: Dimension | None, dimension: Dimension | None, selection: Selection
) -> Iterator[Part]:
    """The parts of the selected member, or each named by its member."""
    for each in parts:
        member = str(each.start.weekday()) if key is Dimension.WEEKDAY else each.member
        if dimension is None and key is not None and member != selection.members[key]:
            continue
        yield Part(start=each.start, member=member, tally=each.tally)


def _order(dimension: Dimension, key: str, tally: Tally) -> tuple[int, str]:
    if dimension in _OF_ROWS and key.isdigit():
        return int(key), key
    return -offered(tally) - sum(tally.under("ticket.opened").values()), key


def _cell(weekday: int, hour: int, days: int, tally: Tally, rules: Rules) -> HeatCell:
    waits = waited(tally, [str(each) for each in CallOutcome])
    answered = waited(tally, [CallOutcome.ANSWERED])
    return HeatCell(
        weekday=weekday,
        hour=hour,
        days=days,
        offered=offered(tally),
        answered=tally.counts[f"call.{CallOutcome.ANSWERED}"],
        abandoned=tally.counts[f"call.{CallOutcome.ABANDONED}"],
        wait_seconds=sum(seconds * calls for seconds, calls in waits.items()),
        talk_seconds=tally.counts["talk.seconds"],
        within=sum(calls for seconds, calls in answered.items() if seconds <= rules.answer_within),
    )
