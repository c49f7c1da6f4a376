"""A drawing as SVG for a page: no inline style or script (the page's policy forbids both), everything escaped.

Colours come from the style sheet by class (`reports.css`), so one picture serves the light theme, the dark one and
paper. Patterns are drawn as strokes over the boxes, so a series is told apart without its colour.
"""

from collections.abc import Iterator
from html import escape

from callcenter.charts.drawing import Box, Dot, Drawing, Hatch, Shape, Stroke, Words, hatch_lines


def to_svg(drawing: Drawing, name: str) -> str:
    """The picture as one element; `name` is its unique id on the page (letters, digits and dashes)."""
    inside = "".join(part for shape in drawing.shapes for part in _shape(shape))
    return (
        f'<svg class="chart" role="img" viewBox="0 0 {_n(drawing.width)} {_n(drawing.height)}"'
        f' aria-labelledby="{name}-t {name}-d" preserveAspectRatio="xMinYMin meet">'
        f'<title id="{name}-t">{escape(drawing.title)}</title>'
        f'<desc id="{name}-d">{escape(drawing.description)}</desc>{inside}</svg>'
    )


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _shape(shape: Shape) -> Iterator[str]:
    if isinstance(shape, Box):
        yield from _box(shape)
    elif isinstance(shape, Stroke):
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in shape.points)
        dashes = ' stroke-dasharray="5 4"' if shape.dashed else ""
        yield f'<polyline class="l-{shape.ink}" points="{points}" stroke-width="{_n(shape.width)}"{dashes}/>'
    elif isinstance(shape, Dot):
        place = f'cx="{_n(shape.x)}" cy="{_n(shape.y)}" r="{_n(shape.radius)}"'
        yield f'<circle class="f-{shape.ink}" {place}>{_title(shape.said)}</circle>'
    else:
        yield _words(shape)


def _box(box: Box) -> Iterator[str]:
    place = f'x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}"'
    yield f'<rect class="f-{box.ink}" {place}>{_title(box.said)}</rect>'
    if box.hatch is not Hatch.NONE:
        lines = "".join(f"M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}" for x1, y1, x2, y2 in hatch_lines(box))
        if lines:
            yield f'<path class="hatch" d="{lines}"/>'


def _words(words: Words) -> str:
    strong = ' font-weight="600"' if words.strong else ""
    return (
        f'<text class="t-{words.ink}" x="{_n(words.x)}" y="{_n(words.y)}" font-size="{_n(words.size)}"'
        f' text-anchor="{words.anchor}"{strong}>{escape(words.text)}</text>'
    )


def _title(said: str) -> str:
    return f"<title>{escape(said)}</title>" if said else ""
