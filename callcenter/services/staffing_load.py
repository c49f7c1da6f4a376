"""How many operators the recorded load needs, hour or half hour by the week, beside who is on shift. Regulation: 3.1.

The load is that of the statistics: calls offered in a typical hour of a weekday over the last whole weeks. Handling
time is the measured AHT of the period plus what the asker adds for work after the call, which nobody measures.
Patience comes from callers who hung up in the period; when they are too few, nobody is taken to hang up (Erlang C).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from callcenter.domain.erlang import Goal, Load, Standing, curve, mean_patience, needed, standing
from callcenter.domain.errors import InvalidInput
from callcenter.domain.people import Action, Person, Role
from callcenter.domain.policy import require
from callcenter.domain.shifts import DAY_END, Shift
from callcenter.domain.statistics import Figures, Heat, Period
from callcenter.ports.unit_of_work import OpenUnitOfWork

MOST_WEEKS, MOST_SECONDS = 52, 3600
MOST_NEEDED = 500
STEPS = (60, 30)
Place = tuple[int, int, int]
"""A weekday, an hour of it, and its first (0) or second (1) half; 0 where steps are hours."""


class RecordedLoad(Protocol):
    """What of the statistics this stands on (`statistics_ports.Statistics` has it)."""

    def today(self) -> date: ...

    async def heat(self, period: Period, *, halves: bool = False) -> Heat: ...

    async def figures(self, period: Period) -> Figures: ...


class OpenHours(Protocol):
    """The business calendar, as far as shifts that are not written down need it."""

    def is_open(self, at: datetime) -> bool: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffingAsked:
    """What is asked: the goal in percent and seconds, seconds of work after a call, percent of paid time lost to
    breaks and meetings, whole weeks to look at, minutes of a step: 60 or 30.

    Raises:
        InvalidInput: by field, `range`.
    """

    level: int = 80
    within: int = 20
    after_call: int = 0
    lost: int = 0
    weeks: int = 8
    step: int = 60

    def __post_init__(self) -> None:
        limits = {
            "level": (1, 99),
            "within": (0, MOST_SECONDS),
            "after_call": (0, MOST_SECONDS),
            "lost": (0, 80),
            "weeks": (1, MOST_WEEKS),
        }
        wrong = {
            name: "range"
            for name, (least, most) in limits.items()
            if not least <= getattr(self, name) <= most
        }
        if self.step not in STEPS:
            wrong["step"] = "range"
        if wrong:
            raise InvalidInput(wrong)

    @property
    def goal(self) -> Goal:
        """The goal as formulas take it."""
        return Goal(level=self.level / 100, within=self.within)


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffedHour:
    """One hour, or half hour, of a weekday. `calls`: offered an hour in a typical one; `needed`: to sit on the line,
    None: no number does;
    `rostered`: to be on shift so that so many sit there; `on_shift`: by the written shifts; `level`: what they come to.
    """

    weekday: int
    hour: int
    calls: float
    needed: int | None
    rostered: int | None
    on_shift: int
    level: float | None
    half: int = 0
    step: int = 60

    @property
    def begins(self) -> str:
        """Its first minute as people write it."""
        return f"{self.hour}:{self.half * 30:02d}"

    @property
    def ends(self) -> str:
        """The minute it ends with."""
        over = self.hour * 60 + self.half * 30 + self.step
        return f"{over // 60}:{over % 60:02d}"

    @property
    def place(self) -> Place:
        """Where it stands in the week."""
        return self.weekday, self.hour, self.half

    @property
    def short(self) -> bool:
        """Whether fewer are on shift than are needed."""
        return self.calls > 0 and (self.rostered is None or self.on_shift < self.rostered)


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffingWeek:
    """The whole answer. `handling` and `patience` in seconds; `handling` None: no call was handled, nothing is known.

    `chosen`: the hour of the `points` (number of operators and what it comes to), the busiest unless asked.
    """

    period: Period
    asked: StaffingAsked
    handling: float | None
    patience: float | None
    abandoned: int
    hours: Sequence[StaffedHour]
    chosen: StaffedHour | None
    points: Sequence[Standing]

    @property
    def empty(self) -> bool:
        """Whether there is no load to compute from."""
        return self.handling is None or not any(each.calls for each in self.hours)


class StaffingLoad:
    """The staffing screen's service; it only reads."""

    def __init__(
        self, open_uow: OpenUnitOfWork, load: RecordedLoad, calendar: OpenHours, zone: ZoneInfo
    ) -> None:
        self._open_uow = open_uow
        self._load = load
        self._calendar = calendar
        self._zone = zone

    async def week(
        self, by: Person, asked: StaffingAsked, *, cell: tuple[int, ...] | None = None
    ) -> StaffingWeek:
        """Operators needed by weekday and hour, and the curve of one hour (`cell`: weekday 0 to 6, hour, and half)."""
        require(by, Action.SEE_STATISTICS)
        period = self._period(asked)
        halves = asked.step == 30
        heat = await self._load.heat(period, halves=halves)
        handling = (await self._load.figures(period)).value("aht")
        abandoned = sum(each.abandoned for each in heat.cells)
        endured = mean_patience(float(sum(each.wait_seconds for each in heat.cells)), abandoned)
        on_shift = await self._on_shift(period, asked.step)
        handled = None if not handling else handling + asked.after_call
        load = {
            (each.weekday, each.hour, each.half or 0): each.per_day * 60 / asked.step for each in heat.cells
        }
        hours = [
            _staffed(place, load.get(place, 0.0), handled, endured, asked, on_shift.get(place, 0))
            for place in sorted({*load, *on_shift})
        ]
        chosen = _chosen(hours, cell)
        return StaffingWeek(
            period=period,
            asked=asked,
            handling=handled,
            patience=endured,
            abandoned=abandoned,
            hours=hours,
            chosen=chosen,
            points=_points(chosen, handled, endured, asked),
        )

    def _period(self, asked: StaffingAsked) -> Period:
        """The last whole weeks before this one."""
        last = Period.week(self._load.today()).first - timedelta(days=1)
        return Period.free(last - timedelta(days=7 * asked.weeks - 1), last)

    async def _on_shift(self, period: Period, step: int) -> dict[Place, int]:
        """Operators whose shift covers the whole step; one without written shifts works whenever we are open."""
        async with self._open_uow(write=False) as uow:
            operators = {
                each.id for each in await uow.people.all() if each.active and Role.OPERATOR in each.roles
            }
            shifts = [each for each in await uow.staffing.shifts() if each.person_id in operators]
        written = {each.person_id for each in shifts}
        found: dict[Place, int] = {}
        for place in sorted(self._open_places(period, step)):
            found[place] = len(operators - written)
        for weekday in range(7):
            for begins in range(0, 24 * 60, step):
                covering = {
                    each.person_id for each in shifts if _covers(each, weekday, begins, begins + step)
                }
                if covering:
                    place = (weekday, begins // 60, begins % 60 // 30)
                    found[place] = found.get(place, 0) + len(covering)
        return found

    def _open_places(self, period: Period, step: int) -> set[Place]:
        """Steps of the week in which we are open throughout on any of the last four such days of the period."""
        days = [day for day in period.each_day() if (period.last - day).days < 28]
        return {
            (day.weekday(), begins // 60, begins % 60 // 30)
            for day in days
            for begins in range(0, 24 * 60, step)
            if all(
                self._calendar.is_open(datetime.combine(day, time(minute // 60, minute % 60), self._zone))
                for minute in {begins, begins + step // 2, begins + step - 1}
            )
        }


def _covers(shift: Shift, weekday: int, begins: int, ends: int) -> bool:
    """Whether a shift is there from one minute of its day to another."""
    if shift.weekday != weekday or shift.starts > time(begins // 60, begins % 60):
        return False
    return shift.ends == DAY_END or (ends < 24 * 60 and shift.ends >= time(ends // 60, ends % 60))


def _staffed(
    place: Place,
    calls: float,
    handling: float | None,
    patience: float | None,
    asked: StaffingAsked,
    on_shift: int,
) -> StaffedHour:
    found: int | None = 0
    rostered: int | None = 0
    level: float | None = None
    if calls and handling:
        load = Load(calls_per_hour=calls, handling=handling, patience=patience)
        enough = needed(load, asked.goal, most=MOST_NEEDED)
        found = None if enough is None else enough.operators
        rostered = None if found is None else -(-found * 100 // (100 - asked.lost))
        seated = on_shift * (100 - asked.lost) // 100
        level = standing(load, seated, asked.goal).level
    return StaffedHour(
        weekday=place[0],
        hour=place[1],
        half=place[2],
        step=asked.step,
        calls=calls,
        needed=found,
        rostered=rostered,
        on_shift=on_shift,
        level=level,
    )


def _chosen(hours: Sequence[StaffedHour], cell: tuple[int, ...] | None) -> StaffedHour | None:
    wanted = None if cell is None else (*cell, 0)[:3]
    asked = [each for each in hours if each.place == wanted and each.calls]
    busy = [each for each in hours if each.calls]
    if asked:
        return asked[0]
    return max(busy, key=lambda each: (each.calls, -each.weekday, -each.hour, -each.half)) if busy else None


def _points(
    chosen: StaffedHour | None, handling: float | None, patience: float | None, asked: StaffingAsked
) -> Sequence[Standing]:
    if chosen is None or not handling:
        return ()
    load = Load(calls_per_hour=chosen.calls, handling=handling, patience=patience)
    around = chosen.needed if chosen.needed is not None else round(load.erlangs)
    return curve(load, asked.goal, around=max(around, 1))
