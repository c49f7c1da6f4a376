"""Charts of named rows: rankings, whole bars divided into parts, heat maps."""

from collections.abc import Iterator

from callcenter.charts.axes import thousands
from callcenter.charts.drawing import DARK_FROM, HEAT, Anchor, Box, Ink, Shape, Stroke, Words, fitted
from callcenter.charts.upright import LEGEND, SMALL, ink_of, legend
from callcenter.charts.values import Bars, HeatMap, Series, Shares

ROW, TEXT = 26.0, 12.0
NAME_SHARE = 0.34


def bars(chart: Bars, width: float) -> tuple[list[Shape], float]:
    """A ranking from the top down; a tick marks the period before."""
    names = width * NAME_SHARE
    room = width - names - 64
    shapes: list[Shape] = []
    top = 4.0
    if chart.earlier is not None:
        shapes.extend(_ranking_legend(chart.series, chart.earlier, names))
        top += LEGEND
    everything = (*chart.series.values, *(chart.earlier.values if chart.earlier else ()))
    most = max((value or 0 for value in everything), default=0) or 1
    for place, name in enumerate(chart.categories):
        y = top + ROW * place
        value = chart.series.values[place] or 0
        length = max(1.0, room * value / most) if value else 0.0
        shapes.append(
            Words(x=names - 8, y=y + 17, text=fitted(name, names - 12, TEXT), anchor=Anchor.END, size=TEXT)
        )
        said = f"{name}: {chart.series.word(place)}"
        shapes.append(Box(x=names, y=y + 5, width=length, height=ROW - 10, ink=Ink.FIRST, said=said))
        end = length
        if chart.earlier is not None and chart.earlier.values[place] is not None:
            mark = names + room * (chart.earlier.values[place] or 0) / most
            shapes.append(Stroke(points=((mark, y + 2), (mark, y + ROW - 2)), ink=Ink.EARLIER, width=3))
            end = max(end, mark - names + 3)
        shapes.append(
            Words(x=names + end + 7, y=y + 17, text=chart.series.word(place), ink=Ink.VALUE, size=TEXT)
        )
    return shapes, top + ROW * len(chart.categories) + 4


def _ranking_legend(series: Series, earlier: Series, left: float) -> Iterator[Shape]:
    yield from legend((series,), 14, left)
    x = left + 46 + len(series.name) * 6.7
    yield Stroke(points=((x, 3), (x, 17)), ink=Ink.EARLIER, width=3)
    yield Words(x=x + 8, y=14, text=earlier.name, size=TEXT)


def shares(chart: Shares, width: float) -> tuple[list[Shape], float]:
    """Each row is a hundred per cent of its own; the count stands in each part that has room for it."""
    names = width * NAME_SHARE
    room = width - names - 12
    shapes: list[Shape] = [*legend(chart.series, 14, names)]
    top = 4.0 + LEGEND
    for place, name in enumerate(chart.categories):
        y = top + (ROW + 2) * place
        shapes.append(
            Words(x=names - 8, y=y + 17, text=fitted(name, names - 12, TEXT), anchor=Anchor.END, size=TEXT)
        )
        shapes.extend(_parts(chart, place, names, y, room))
    return shapes, top + (ROW + 2) * len(chart.categories) + 4


def _parts(chart: Shares, place: int, left: float, y: float, room: float) -> Iterator[Shape]:
    total = sum(each.values[place] or 0 for each in chart.series)
    if not total:
        yield Box(x=left, y=y + 3, width=room, height=ROW - 6, ink=Ink.EMPTY)
        yield Words(x=left + 8, y=y + 17, text="–", size=TEXT)
        return
    x = left
    for number, each in enumerate(chart.series):
        value = each.values[place] or 0
        if not value:
            continue
        length = room * value / total
        said = f"{chart.categories[place]}: {each.name} {each.word(place)}"
        yield Box(x=x, y=y + 3, width=length, height=ROW - 6, ink=ink_of(each, number), said=said)
        word = each.word(place)
        if length > len(word) * 7 + 16:
            plate = len(word) * 7.0 + 8
            yield Box(x=x + 5, y=y + 6, width=plate, height=ROW - 12, ink="plate")
            yield Words(
                x=x + 5 + plate / 2, y=y + 17, text=word, ink=Ink.VALUE, anchor=Anchor.MIDDLE, size=SMALL
            )
        x += length


def heat_map(chart: HeatMap, width: float) -> tuple[list[Shape], float]:
    """Shades from nothing to most, the number in each cell."""
    names = 46.0
    step = (width - names - 4) / max(1, len(chart.columns))
    top = 22.0
    most = max((value or 0 for row in chart.values for value in row), default=0) or 1
    shapes: list[Shape] = []
    for place, name in enumerate(chart.columns):
        x = names + step * (place + 0.5)
        shapes.append(Words(x=x, y=15, text=fitted(name, step, SMALL), anchor=Anchor.MIDDLE, size=SMALL))
    for number, row in enumerate(chart.values):
        y = top + ROW * number
        shapes.append(Words(x=names - 8, y=y + 17, text=chart.rows[number], anchor=Anchor.END, size=TEXT))
        for place, value in enumerate(row):
            shapes.extend(_cell(chart, number, place, (names + step * place, y, step), (value or 0) / most))
    return shapes, top + ROW * len(chart.rows) + 4


def _cell(
    chart: HeatMap, row: int, column: int, place: tuple[float, float, float], share: float
) -> Iterator[Shape]:
    x, y, step = place
    level = 0 if share <= 0 else min(len(HEAT) - 1, 1 + int(share * (len(HEAT) - 1) * 0.999))
    word = chart.said[row][column]
    said = f"{chart.rows[row]}, {chart.columns[column]}: {word or thousands(0)}"
    yield Box(x=x + 1, y=y + 1, width=step - 2, height=ROW - 2, ink=HEAT[level], said=said)
    if word:
        ink = Ink.ON_DARK if level >= DARK_FROM else Ink.VALUE
        yield Words(x=x + step / 2, y=y + 17, text=word, ink=ink, anchor=Anchor.MIDDLE, size=SMALL)
