"""The staffing table and the curve as a template draws them: plain numbers and coordinates."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.domain.erlang import Standing
from callcenter.services.staffing_load import StaffedHour, StaffingWeek

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 48, 16, 14, 40
SHADES = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One step in the table; `shade` 0 to 6 grows with the number of operators needed."""

    hour: StaffedHour | None
    shade: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One number of operators on the curve, in the drawing's own units."""

    x: float
    y: float
    standing: Standing
    met: bool
    chosen: bool
    present: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """The curve: `line` is a polyline's points, `goal_y` where the goal lies, `grid` percent lines by height."""

    points: Sequence[Point]
    line: str
    goal_y: float
    grid: Sequence[tuple[int, float]]


def table(week: StaffingWeek) -> tuple[Sequence[str], Sequence[Sequence[Cell]]]:
    """The steps shown by their first minute, and for each the seven weekdays."""
    held = {each.place: each for each in week.hours}
    shown = sorted({(each.hour, each.half) for each in week.hours if each.calls or each.on_shift})
    halves = (0, 1) if week.asked.step == 30 else (0,)
    every = [(hour, half) for hour in range(24) for half in halves]
    steps = [each for each in every if shown and shown[0] <= each <= shown[-1]]
    most = max((each.needed or 0 for each in week.hours), default=0)
    rows = [
        [
            Cell(hour=found, shade=_shade(found, most))
            for weekday in range(7)
            for found in [held.get((weekday, hour, half))]
        ]
        for hour, half in steps
    ]
    return [f"{hour}:{half * 30:02d}" for hour, half in steps], rows


def _shade(hour: StaffedHour | None, most: int) -> int:
    if hour is None or not hour.calls or not most:
        return 0
    if hour.needed is None:
        return SHADES
    return max(1, -(-hour.needed * SHADES // most))


def drawing(week: StaffingWeek) -> Drawing | None:
    """The curve of the chosen hour, None without one."""
    if not week.points or week.chosen is None:
        return None
    first, last = week.points[0].operators, week.points[-1].operators
    goal = week.asked.goal.level
    points = [
        Point(
            x=round(_x(each.operators, first, last), 1),
            y=round(_y(each.level), 1),
            standing=each,
            met=each.level >= goal,
            chosen=each.operators == week.chosen.needed,
            present=each.operators == week.chosen.on_shift,
        )
        for each in week.points
    ]
    return Drawing(
        points=points,
        line=" ".join(f"{point.x},{point.y}" for point in points),
        goal_y=round(_y(goal), 1),
        grid=[(percent, round(_y(percent / 100), 1)) for percent in (0, 20, 40, 60, 80, 100)],
    )


def _x(operators: int, first: int, last: int) -> float:
    return LEFT + (operators - first) / max(last - first, 1) * (WIDTH - LEFT - RIGHT)


def _y(level: float) -> float:
    return TOP + (1 - level) * (HEIGHT - TOP - BOTTOM)
