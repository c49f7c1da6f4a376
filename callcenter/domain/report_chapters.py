"""The chapters about the telephone: calls, waits, service level, load over the week. Regulation: 3.1."""

from collections.abc import Mapping, Sequence

from callcenter.charts.values import Chart, Columns, HeatMap, Lines, Series, Target
from callcenter.domain.document import Fit, Heading, Section, Table
from callcenter.domain.report_figures import ReportFigures
from callcenter.domain.report_saying import WEEKDAYS, Saying
from callcenter.domain.statistics import BreakdownRow, Dimension, Heat, Measure, PeriodKind, Point
from callcenter.domain.words import N_

WAIT_STEPS = (10, 20, 30, 60, 120, 180, 300)
"""Seconds between the columns of the chart of waits."""

CALL_FIGURES = (
    "calls.offered", "calls.answered", "calls.answered_share", "calls.abandoned", "calls.abandoned_share",
    "calls.abandoned_short", "calls.lost", "calls.outside_hours", "wait.mean", "wait.median", "wait.p90",
    "wait.longest", "asa", "aht", "service_level", "service_level.answered", "occupancy", "calls.repeat", "fcr",
)  # fmt: skip
_FLOWS = (
    ("calls.answered", N_("Answered"), ""),
    ("calls.abandoned", N_("Abandoned"), ""),
    ("calls.lost", N_("Unanswered otherwise"), ""),
    ("calls.abandoned_short", N_("Short abandons"), ""),
)


def calls(figures: ReportFigures, saying: Saying) -> Section:
    """Calls by day (of one day by hour), waits, service level, and the table of figures."""
    words = saying.words
    charts: list[Chart] = [calls_chart(figures.steps, saying), level_chart(figures, saying)]
    if any(figures.waits.values()):
        charts.append(waits_chart(figures.waits, saying))
    return Section(
        name="calls",
        title=words("Calls and waits"),
        sheet=words("Calls"),
        charts=tuple(charts),
        tables=(figure_table(figures, saying, CALL_FIGURES), step_table(figures.steps, saying)),
    )


def load(figures: ReportFigures, saying: Saying) -> Section:
    """When people call: by hour and weekday, and by hotline where there are several."""
    words = saying.words
    hotlines = figures.rows(Dimension.HOTLINE)
    heads = ("calls.offered", "calls.answered", "calls.abandoned_share", "asa", "service_level")
    tables = (
        (member_table(figures, saying, Dimension.HOTLINE, words("Hotlines"), heads),)
        if len(hotlines) > 1
        else ()
    )
    return Section(
        name="load",
        title=words("Load by hour and weekday"),
        sheet=words("Load"),
        charts=(heat_chart(figures.heat, saying),),
        tables=tables,
    )


def step_name(point: Point, *, months: bool = False) -> str:
    """A step of a series under a chart: 9, or 16.10, or 10.26 for a month."""
    if point.hour is not None:
        return str(point.hour)
    first = point.period.first
    return f"{first:%m.%y}" if months else f"{first:%d.%m}"


def _in_months(steps: Sequence[Point]) -> bool:
    """Whether steps are months; the first and last of a period may be parts of one."""
    return any(each.period.kind is PeriodKind.MONTH or each.period.days > 7 for each in steps)


def _step_words(steps: Sequence[Point], saying: Saying) -> tuple[str, str]:
    """What a step is called, and the title of calls by such steps."""
    words = saying.words
    if steps and steps[0].hour is not None:
        return words("Hour"), words("Calls by hour")
    if _in_months(steps):
        return words("Month"), words("Calls by month")
    if any(each.period.days > 1 for each in steps):
        return words("Week"), words("Calls by week")
    return words("Day"), words("Calls by day")


def _steps(steps: Sequence[Point], saying: Saying) -> tuple[tuple[str, ...], frozenset[int], Sequence[Point]]:
    """Names of the steps, the quiet ones (closed days), and the steps; nights without a call are left out."""
    shown = list(steps)
    if shown and shown[0].hour is not None:
        busy = [each.hour or 0 for each in shown if _any_call(each)]
        low, high = (min(busy), max(busy)) if busy else (9, 17)
        shown = [each for each in shown if min(low, 9) <= (each.hour or 0) <= max(high, 17)]
    quiet = frozenset(place for place, each in enumerate(shown) if not _any_call(each))
    return tuple(step_name(each, months=_in_months(shown)) for each in shown), quiet, shown


def _any_call(point: Point) -> bool:
    return bool(point.value("calls.offered"))


def calls_chart(steps: Sequence[Point], saying: Saying) -> Columns:
    """Calls by what became of them, over days or hours."""
    words = saying.words
    names, quiet, shown = _steps(steps, saying)
    step, title = _step_words(shown, saying)
    series = tuple(
        Series(name=words(name), values=tuple(each.value(code) for each in shown), ink=ink)
        for code, name, ink in _FLOWS
    )
    total = sum(each.value("calls.offered") or 0 for each in shown)
    return Columns(
        title=title,
        description=words(
            "Columns of answered, abandoned and otherwise unanswered calls; %(total)s calls in all.",
            total=saying.wording.count(round(total)),
        ),
        category=step,
        categories=names,
        series=series,
        marked=quiet,
    )


def level_chart(figures: ReportFigures, saying: Saying) -> Lines:
    """The service level over days or hours with its goal."""
    words = saying.words
    names, _, shown = _steps(figures.steps, saying)
    found = [each.measures.get("service_level") for each in shown]
    goal = figures.rules.level
    return Lines(
        title=words("Service level"),
        description=words(
            "Per cent of calls answered or given up within %(seconds)s seconds; the goal is %(goal)s %%.",
            seconds=figures.rules.answer_within,
            goal=goal,
        ),
        category=_step_words(shown, saying)[0],
        categories=names,
        series=(
            Series(
                name=words("within %(seconds)s s", seconds=figures.rules.answer_within),
                values=tuple(None if each is None else each.value for each in found),
                said=tuple(saying.value(each) for each in found),
            ),
        ),
        high=100,
        unit=" %",
        target=Target(value=goal, said=words("goal %(goal)s %%", goal=goal)),
    )


def waits_chart(waits: Mapping[str, Mapping[int, int]], saying: Saying) -> Columns:
    """How long callers waited, by what became of them."""
    words = saying.words
    names = (
        *(words("up to %(length)s", length=_short(step, saying)) for step in WAIT_STEPS),
        words("longer"),
    )
    answered = _histogram(waits.get("answered", {}))
    gone: list[int] = [0] * len(names)
    for outcome, histogram in waits.items():
        if outcome not in ("answered", "outside_hours"):
            gone = [one + other for one, other in zip(gone, _histogram(histogram), strict=True)]
    return Columns(
        title=words("How long callers waited"),
        description=words("Calls by their wait, answered and not answered."),
        category=words("Waited"),
        categories=names,
        series=(
            Series(name=words("Answered"), values=tuple(answered)),
            Series(name=words("Not answered"), values=tuple(gone)),
        ),
    )


def _short(seconds: int, saying: Saying) -> str:
    if seconds < 60:
        return saying.words("%(seconds)s s", seconds=seconds)
    return saying.words("%(minutes)s min", minutes=seconds // 60)


def _histogram(waits: Mapping[int, int]) -> list[int]:
    sums = [0] * (len(WAIT_STEPS) + 1)
    for seconds, count in waits.items():
        place = next((number for number, step in enumerate(WAIT_STEPS) if seconds <= step), len(WAIT_STEPS))
        sums[place] += count
    return sums


def heat_chart(heat: Heat, saying: Saying) -> HeatMap:
    """Calls of a typical hour, by weekday and hour."""
    words = saying.words
    cells = {(each.weekday, each.hour): each for each in heat.cells if each.offered}
    hours = range(min([hour for _, hour in cells] + [9]), max([hour for _, hour in cells] + [17]) + 1)
    busiest = max(cells.values(), key=lambda each: each.per_day, default=None)
    told = words("Calls of a typical hour.")
    if busiest is not None:
        told = words(
            "Calls of a typical hour; most on %(weekday)s at %(hour)s:00, %(calls)s.",
            weekday=words(WEEKDAYS[busiest.weekday]),
            hour=busiest.hour,
            calls=saying.wording.number(busiest.per_day),
        )
    values = tuple(
        tuple(cells[day, hour].per_day if (day, hour) in cells else None for hour in hours)
        for day in range(7)
    )
    return HeatMap(
        title=words("Calls of a typical hour by weekday"),
        description=told,
        corner=words("Day"),
        columns=tuple(f"{hour}" for hour in hours),
        rows=tuple(words(each) for each in WEEKDAYS),
        values=values,
        said=tuple(
            tuple("" if value is None else saying.wording.number(value) for value in row) for row in values
        ),
    )


def figure_table(figures: ReportFigures, saying: Saying, codes: Sequence[str], title: str = "") -> Table:
    """Measures with what they are made of, the period before and the change."""
    words = saying.words
    rows = []
    for code in codes:
        now = figures.figures.measures.get(code)
        if now is None:
            continue
        before = figures.before(code)
        rows.append(
            (
                words(now.name),
                saying.value(now) if now.measured else words("not measured"),
                saying.counts(now) if now.measured else "",
                "" if before is None else saying.value(before),
                saying.change(now, before),
            )
        )
    return Table(
        title=title or words("Figures"),
        headings=(
            Heading(title=words("Figure"), fit=Fit.WIDEST, numbers=False),
            Heading(title=words("Value")),
            Heading(title=words("Made of"), fit=Fit.WIDE),
            Heading(title=words("Before")),
            Heading(title=words("Change")),
        ),
        rows=tuple(rows),
    )


def step_table(steps: Sequence[Point], saying: Saying) -> Table:
    """The days (of one day the hours) as a table."""
    words = saying.words
    wanted = (
        "calls.offered",
        "calls.answered",
        "calls.abandoned",
        "asa",
        "service_level",
        "tickets.registered",
    )
    _, quiet, shown = _steps(steps, saying)
    hours = bool(shown) and shown[0].hour is not None
    found: Mapping[str, Measure] = shown[0].measures if shown else {}
    codes = tuple(code for code in wanted if code in found)
    rows = tuple(
        (
            f"{point.hour}:00" if point.hour is not None else saying.day(point.period.first),
            *(saying.cell(point.measures.get(code)) for code in codes),
        )
        for place, point in enumerate(shown)
        if place not in quiet
    )
    head = Heading(title=words("Hour") if hours else words("Day"), numbers=False)
    heads = tuple(Heading(title=words(found[code].name), hint=words(found[code].formula)) for code in codes)
    title = words("By hour") if hours else words("By day")
    return Table(title=title, headings=(head, *heads), rows=rows)


def member_table(
    figures: ReportFigures,
    saying: Saying,
    dimension: Dimension,
    title: str,
    codes: Sequence[str],
    most: int = 30,
) -> Table:
    """The members of a dimension with these measures, busiest first; the whole is the last row."""
    words = saying.words
    rows: Sequence[BreakdownRow] = figures.rows(dimension)
    codes = tuple(code for code in codes if code in figures.figures.measures)
    whole = figures.figures.measures
    heads = tuple(Heading(title=words(whole[code].name), hint=words(whole[code].formula)) for code in codes)
    return Table(
        title=title,
        headings=(Heading(title=words("Name of the row"), fit=Fit.WIDE, numbers=False), *heads),
        rows=tuple(
            (saying.member(row.member), *(saying.cell(row.measures.get(code)) for code in codes))
            for row in rows[:most]
        ),
        total=(words("Total"), *(saying.cell(whole[code]) for code in codes)) if rows else None,
        left_out=max(0, len(rows) - most),
    )
