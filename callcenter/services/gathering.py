"""What a period is made of: frozen months and closed days from the store, what is not closed yet from the raw rows.

Sums of closed days are kept while those days stay as they were closed, so a year costs once what its days cost.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from callcenter.domain.errors import InvalidInput
from callcenter.domain.statistics import Dimension, Grain, Period, Selection, Standing, pieces
from callcenter.domain.tally import Tally
from callcenter.ports.statistics import Closing
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork
from callcenter.services.day_counting import House, slot
from callcenter.services.live_days import LiveDays

LONGEST_RAW = 92
"""So many days may be counted from raw rows at once: a breakdown inside a selection."""
KEPT_SUMS = 64
_OF_ROWS = frozenset({Dimension.HOUR, Dimension.HALF_HOUR, Dimension.SLOT, Dimension.WEEKDAY})
_STORED_AS: Mapping[Dimension, Dimension | None] = {
    Dimension.HOUR: Dimension.HALF_HOUR,
    Dimension.SLOT: Dimension.HALF_HOUR,
    Dimension.WEEKDAY: None,
}
Sums = Mapping[tuple[date, str], Tally]
Version = tuple[object, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A tally of a member, of the step that begins at `start`: a day, a frozen month, or all closed ones together."""

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
    months: Collection[date] = ()


class Gathering:
    """Answers `gather`; everything is read in one transaction."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, house: House, live: LiveDays) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._house = house
        self._live = live
        self._sums: OrderedDict[object, tuple[Version, Sums]] = OrderedDict()

    def today(self) -> date:
        """The present local day of the hotline."""
        return self._clock.now().astimezone(self._house.zone).date()

    async def gather(
        self, period: Period, dimension: Dimension | None, selection: Selection, *, steps: Grain | None = None
    ) -> Gathered:
        """The period's tallies by member; with `steps` by the step they are of too, else closed days together.

        Raises:
            InvalidInput: a breakdown inside a selection of more than `LONGEST_RAW` days.
        """
        async with self._open_uow(write=False) as uow:
            gathered = await self._standing(uow, period)
            if len(selection.members) + (dimension is not None) > 1:
                await self._raw(uow, gathered, period, dimension, selection, steps)
            else:
                await self._stored(uow, gathered, period, dimension, selection, steps)
        return gathered

    async def _standing(self, uow: UnitOfWork, period: Period) -> Gathered:
        closings = await uow.statistics.day_closings(period.first, period.last)
        month = period.first.replace(day=1)
        months = {each.start for each in await uow.statistics.month_closings(month, period.last)}
        closed = {each.start for each in closings}
        today, now, begun = self.today(), self._clock.now(), await self._first_day(uow)
        live = [day for day in period.each_day() if day not in closed and begun <= day <= today]
        frozen = all(day.replace(day=1) in months for day in period.each_day())
        if frozen and not live:
            standing = Standing.FROZEN
        elif live or period.last >= today:
            standing = Standing.LIVE
        else:
            standing = Standing.CLOSED
        as_of = now if standing is Standing.LIVE else max((each.at for each in closings), default=now)
        return Gathered(standing=standing, as_of=as_of, closings=closings, live_days=live, months=months)

    async def _first_day(self, uow: UnitOfWork) -> date:
        """Nothing happened before it: those days need neither closing nor counting."""
        begun = await uow.statistics.first_event()
        return self.today() if begun is None else begun.astimezone(self._house.zone).date()

    async def _stored(
        self,
        uow: UnitOfWork,
        gathered: Gathered,
        period: Period,
        dimension: Dimension | None,
        selection: Selection,
        steps: Grain | None,
    ) -> None:
        """At most one dimension is asked for: everything closed is read, only open days are counted."""
        key = dimension or next(iter(selection.members), None)
        sums = await self._summed(uow, gathered, period, key, steps)
        found = [Part(start=start, member=name, tally=tally) for (start, name), tally in sums.items()]
        of_day = _stored_as(key)
        for day in gathered.live_days:
            live = await self._live.day(uow, day, of_day)
            counted = live.tallies[of_day]
            found += [Part(start=day, member=_named(key, day, name), tally=t) for name, t in counted.items()]
            gathered.as_of = min(gathered.as_of, live.at)
        if dimension is None and key is not None:
            found = [each for each in found if each.member == selection.members[key]]
        gathered.parts = found

    async def _summed(
        self,
        uow: UnitOfWork,
        gathered: Gathered,
        period: Period,
        key: Dimension | None,
        steps: Grain | None,
    ) -> Sums:
        """Closed days and months by step and member, added up once for as long as none of them is closed anew."""
        version = (
            *((each.start, each.revision, each.at) for each in gathered.closings),
            *sorted(gathered.months),
        )
        place = (key, period.first, period.last, steps)
        known = self._sums.get(place)
        if known is not None and known[0] == version:
            self._sums.move_to_end(place)
            return known[1]
        begins = [period.first] if steps is None else [each.first for each in pieces(period, steps)]
        by_month = key is not Dimension.WEEKDAY if steps is None else steps is Grain.MONTH
        sums: dict[tuple[date, str], Tally] = {}
        for each in await self._closed(uow, gathered, period, key, by_month=by_month):
            step = begins[bisect_right(begins, each.start) - 1]
            sums.setdefault((step, each.member), Tally()).merge(each.tally)
        self._sums[place] = (version, sums)
        self._sums.move_to_end(place)
        while len(self._sums) > KEPT_SUMS:
            self._sums.popitem(last=False)
        return sums

    async def _closed(
        self, uow: UnitOfWork, gathered: Gathered, period: Period, key: Dimension | None, *, by_month: bool
    ) -> list[Part]:
        """What is stored of the period: whole frozen months as such (`by_month`), the rest by its days."""
        months = [each for each in period.months() if each in gathered.months] if by_month else []
        found: list[Part] = []
        if months:
            of_month = key if key is Dimension.SLOT else _stored_as(key)
            stored = await uow.statistics.months(min(months), max(months), of_month)
            found += [
                Part(start=each.start, member=_of_month(key, each.member), tally=each.tally)
                for each in stored
            ]
        for first, last in _outside(period, frozenset(months)):
            found += [
                Part(start=each.start, member=_named(key, each.start, each.member), tally=each.tally)
                for each in await uow.statistics.days(first, last, _stored_as(key))
            ]
        return found

    async def _raw(
        self,
        uow: UnitOfWork,
        gathered: Gathered,
        period: Period,
        dimension: Dimension | None,
        selection: Selection,
        steps: Grain | None,
    ) -> None:
        """Several dimensions at once: counted from the raw rows of the period, and costs by them."""
        if period.days > LONGEST_RAW:
            raise InvalidInput({"selection": "period_too_long"})
        gathered.as_of, gathered.standing = self._clock.now(), Standing.LIVE
        last = min(period.last, self.today())
        if last < period.first:
            return
        of_rows, weekday, by_rows = _rows_of(selection, dimension)
        stretches = [(period.first, last)]
        if steps is not None or {*selection.members, *([dimension] if dimension else [])} & _OF_ROWS:
            stretches = [(day, day) for day in Period(first=period.first, last=last).each_day()]
        for first, end in stretches:
            if weekday is not None and str(first.weekday()) != weekday:
                continue
            tallies = await uow.statistics.count(
                self._house.stretch(first, end), dimensions=(by_rows,), selection=of_rows, now=gathered.as_of
            )
            gathered.parts += [
                Part(start=first, member=_named(dimension, first, member), tally=tally)
                for member, tally in tallies[by_rows].items()
            ]


def _stored_as(key: Dimension | None) -> Dimension | None:
    """The dimension of days that holds what is asked for."""
    return None if key is None else _STORED_AS.get(key, key)


def _named(key: Dimension | None, day: date, member: str) -> str:
    """The member asked for of a member stored with this day."""
    if key is Dimension.WEEKDAY:
        return str(day.weekday())
    if key is Dimension.SLOT:
        return slot(day, member)
    return _of_month(key, member)


def _of_month(key: Dimension | None, member: str) -> str:
    return str(int(member) // 2) if key is Dimension.HOUR and member.isdigit() else member


def _rows_of(
    selection: Selection, dimension: Dimension | None
) -> tuple[Selection, str | None, Dimension | None]:
    """What of a selection rows can be asked, the weekday they cannot, and by what they are counted."""
    members = dict(selection.members)
    weekday = members.pop(Dimension.WEEKDAY, None)
    if chosen := members.pop(Dimension.SLOT, None):
        weekday, _, members[Dimension.HALF_HOUR] = chosen.partition(".")
    by_rows = _STORED_AS.get(dimension, dimension) if dimension is not None else None
    return Selection(members=members), weekday, by_rows


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
