"""Figures for any period: frozen months and closed days from the store, what is not closed yet from the raw rows.

Regulation: 3.1.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from callcenter.domain.calls import CallOutcome
from callcenter.domain.errors import InvalidInput
from callcenter.domain.measure_calls import offered, waited
from callcenter.domain.measures import measures
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
    pieces,
)
from callcenter.domain.tally import Tally, merged
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork
from callcenter.services.day_counting import House
from callcenter.services.gathering import Gathered, Gathering
from callcenter.services.live_days import SLOW_SECONDS, LiveDays

_IN_ORDER = frozenset({Dimension.HOUR, Dimension.HALF_HOUR, Dimension.WEEKDAY, Dimension.SLOT})


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
        self._house = house
        self.rules = rules or Rules()
        self.live = LiveDays(open_uow, clock, house, slow=slow)
        self._gathering = Gathering(open_uow, clock, house, self.live)

    def today(self) -> date:
        """The present local day of the hotline."""
        return self._gathering.today()

    async def figures(self, period: Period, selection: Selection = EVERYTHING) -> Figures:
        """Every measure of the period."""
        gathered = await self._gathering.gather(period, None, selection)
        whole = merged(each.tally for each in gathered.parts)
        return self._figures(period, selection, gathered, whole)

    async def by(self, dimension: Dimension, period: Period, selection: Selection = EVERYTHING) -> Breakdown:
        """The period's figures and those of each member of a dimension, busiest first."""
        figures = await self.figures(period, selection)
        gathered = await self._gathering.gather(period, dimension, selection)
        tallies = _by_member(gathered)
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
        gathered = await self._gathering.gather(period, None, selection, steps=grain)
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
        gathered = await self._gathering.gather(period, Dimension.HOUR, selection)
        tallies = _by_member(gathered)
        return [
            Point(
                period=period,
                hour=hour,
                measures=measures(tallies.get(str(hour), Tally()), self.rules, part_of=Dimension.HOUR),
            )
            for hour in range(24)
        ]

    async def heat(self, period: Period, *, halves: bool = False) -> Heat:
        """The load by weekday and hour; a cell's days are the days of the period that were open and have begun."""
        gathered = await self._gathering.gather(period, Dimension.SLOT, EVERYTHING)
        cells: dict[tuple[int, int, int | None], Tally] = {}
        for member, tally in _by_member(gathered).items():
            weekday, half = (int(each) for each in member.split("."))
            place = (weekday, half // 2, half % 2 if halves else None)
            cells.setdefault(place, Tally()).merge(tally)
        days = self._open_days(period)
        return Heat(
            period=period,
            cells=[
                _cell(place, max(days[place[0]], 1), tally, self.rules)
                for place, tally in sorted(cells.items(), key=lambda each: (each[0][:2], each[0][2] or 0))
                if tally.under("call")
            ],
        )

    def _open_days(self, period: Period) -> Sequence[int]:
        """How many days of each weekday of the period were open and have begun."""
        days = [0] * 7
        calendar, today = self._house.terms().calendar, self.today()
        for day in period.each_day():
            if day <= today and calendar.day(day).hours:
                days[day.weekday()] += 1
        return days

    async def waits(self, period: Period) -> Mapping[str, Mapping[int, int]]:
        """How long calls waited: by how they ended, whole seconds to how many."""
        gathered = await self._gathering.gather(period, None, EVERYTHING)
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


def _by_member(gathered: Gathered) -> Mapping[str, Tally]:
    tallies: dict[str, Tally] = {}
    for each in gathered.parts:
        tallies.setdefault(each.member, Tally()).merge(each.tally)
    return tallies


def _order(dimension: Dimension, key: str, tally: Tally) -> tuple[int, str]:
    if dimension in _IN_ORDER and key:
        weekday, _, half = key.rpartition(".")
        return int(weekday or 0) * 48 + int(half), key
    return -offered(tally) - sum(tally.under("ticket.opened").values()), key


def _cell(place: tuple[int, int, int | None], days: int, tally: Tally, rules: Rules) -> HeatCell:
    waits = waited(tally, [str(each) for each in CallOutcome])
    answered = waited(tally, [CallOutcome.ANSWERED])
    return HeatCell(
        weekday=place[0],
        hour=place[1],
        half=place[2],
        days=days,
        offered=offered(tally),
        answered=tally.counts[f"call.{CallOutcome.ANSWERED}"],
        abandoned=tally.counts[f"call.{CallOutcome.ABANDONED}"],
        wait_seconds=sum(seconds * calls for seconds, calls in waits.items()),
        talk_seconds=tally.counts["talk.seconds"],
        within=sum(calls for seconds, calls in answered.items() if seconds <= rules.answer_within),
    )
