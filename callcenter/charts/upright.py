"""Charts with an upright axis: columns over days or waits, lines of shares over days."""

from collections.abc import Callable, Iterator, Sequence

from callcenter.charts.axes import Scale, thousands, ticks
from callcenter.charts.drawing import SERIES, Anchor, Box, Dot, Ink, Shape, Stroke, Words, fitted
from callcenter.charts.values import Columns, Lines, Series

LEFT, RIGHT, TOP, PLOT, BELOW = 44.0, 10.0, 12.0, 168.0, 22.0
LEGEND = 24.0
SMALL = 11.0
FEW = 8
"""So few categories all bear their names, shortened where they must be."""


def ink_of(series: Series, place: int) -> str:
    """The ink of the series at this place among its chart's."""
    return series.ink or SERIES[place % len(SERIES)]


def legend(series: Sequence[Series], y: float, left: float = LEFT) -> Iterator[Shape]:
    """The names of the series, each with a swatch of its ink and pattern."""
    x = left
    for place, each in enumerate(series):
        yield Box(x=x, y=y - 9, width=14, height=10, ink=ink_of(each, place))
        yield Words(x=x + 20, y=y, text=each.name, size=SMALL + 1)
        x += 40 + len(each.name) * 6.7


def columns(chart: Columns, width: float) -> tuple[list[Shape], float]:
    """Stacked or single columns."""
    named = len(chart.series) > 1
    top = TOP + (LEGEND if named else 0)
    sums = [sum(each.values[place] or 0 for each in chart.series) for place in range(len(chart.categories))]
    marks = ticks(max(sums, default=0))
    scale = Scale(low=0, high=marks[-1], bottom=top + PLOT, top=top)
    shapes: list[Shape] = [*legend(chart.series, TOP + 6)] if named else []
    shapes.extend(_grid(marks, scale, width, thousands))
    step = (width - LEFT - RIGHT) / max(1, len(chart.categories))
    for place, _ in enumerate(chart.categories):
        shapes.extend(_column(chart, place, LEFT + step * place, step, scale, sums[place]))
    shapes.extend(_below(chart.categories, step, scale.bottom, chart.marked))
    return shapes, scale.bottom + BELOW


def _column(
    chart: Columns, place: int, left: float, step: float, scale: Scale, total: float
) -> Iterator[Shape]:
    inner = min(step * 0.72, 56.0)
    x, y = left + (step - inner) / 2, scale.bottom
    for number, each in enumerate(chart.series):
        value = each.values[place]
        if not value:
            continue
        height = scale.bottom - scale.y(value)
        y -= height
        said = f"{chart.categories[place]}: {each.name} {each.word(place)}"
        yield Box(x=x, y=y, width=inner, height=height, ink=ink_of(each, number), said=said)
    if total and step >= 22:
        word = chart.series[0].word(place) if len(chart.series) == 1 else thousands(total)
        yield Words(x=left + step / 2, y=y - 3, text=word, ink=Ink.VALUE, anchor=Anchor.MIDDLE, size=SMALL)


def lines(chart: Lines, width: float) -> tuple[list[Shape], float]:
    """One line per series, a gap where nothing was measured, the target dashed with its name."""
    top = TOP + LEGEND
    scale = Scale(low=chart.low, high=chart.high, bottom=top + PLOT, top=top)
    shapes: list[Shape] = [*legend(chart.series, TOP + 6)]
    marks = [chart.low + (chart.high - chart.low) * share / 4 for share in range(5)]
    shapes.extend(_grid(marks, scale, width, lambda mark: f"{mark:.0f}{chart.unit}"))
    if chart.target is not None:
        y = scale.y(chart.target.value)
        shapes.append(Stroke(points=((LEFT, y), (width - RIGHT, y)), ink=Ink.TARGET, width=1.5, dashed=True))
        shapes.append(
            Words(x=width - RIGHT, y=TOP + 6, text=chart.target.said, ink=Ink.TARGET, anchor=Anchor.END)
        )
    step = (width - LEFT - RIGHT) / max(1, len(chart.categories))
    for number, each in enumerate(chart.series):
        shapes.extend(_line(chart, each, ink_of(each, number), step, scale))
    shapes.extend(_below(chart.categories, step, scale.bottom, frozenset()))
    return shapes, scale.bottom + BELOW


def _line(chart: Lines, series: Series, ink: str, step: float, scale: Scale) -> Iterator[Shape]:
    run: list[tuple[float, float]] = []
    dots: list[Dot] = []
    for place, value in enumerate(series.values):
        if value is None:
            continue
        point = (LEFT + step * (place + 0.5), scale.y(value))
        run.append(point)
        said = f"{chart.categories[place]}: {series.name} {series.word(place)}"
        dots.append(Dot(x=point[0], y=point[1], radius=3, ink=ink, said=said))
    if len(run) > 1:
        yield Stroke(points=tuple(run), ink=ink, width=2)
    yield from dots


def _grid(
    marks: Sequence[float], scale: Scale, width: float, word: Callable[[float], str]
) -> Iterator[Shape]:
    for mark in marks:
        y = scale.y(mark)
        ink = Ink.AXIS if mark == marks[0] else Ink.GRID
        yield Stroke(points=((LEFT, y), (width - RIGHT, y)), ink=ink)
        yield Words(x=LEFT - 6, y=y + 4, text=word(mark), anchor=Anchor.END, size=SMALL)


def _below(categories: Sequence[str], step: float, bottom: float, marked: frozenset[int]) -> Iterator[Shape]:
    longest = max((len(each) for each in categories), default=1)
    every = 1 if len(categories) <= FEW else max(1, -(-int(longest * SMALL * 0.6 + 6) // max(1, int(step))))
    for place, each in enumerate(categories):
        if place % every == 0:
            x = LEFT + step * (place + 0.5)
            text = fitted(each, step * every, SMALL)
            ink = Ink.EARLIER if place in marked else Ink.LABEL
            yield Words(x=x, y=bottom + 15, text=text, ink=ink, anchor=Anchor.MIDDLE, size=SMALL)
