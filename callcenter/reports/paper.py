"""Drawings on paper: the same picture as on the screen, in printable colours."""

from fpdf import FPDF

from callcenter.charts.drawing import Anchor, Box, Dot, Drawing, Hatch, Stroke, Words, hatch_lines
from callcenter.reports.fonts import FAMILY
from callcenter.reports.plain import plain

Colour = tuple[int, int, int]
INK: Colour = (23, 32, 42)
QUIET: Colour = (81, 96, 110)
ACCENT: Colour = (11, 92, 173)
RULE: Colour = (205, 213, 221)
PALE: Colour = (238, 242, 246)
ALARM: Colour = (179, 38, 30)
GOOD: Colour = (20, 108, 59)

COLOURS: dict[str, Colour] = {
    "grid": (222, 228, 233),
    "axis": (150, 162, 173),
    "label": QUIET,
    "value": INK,
    "target": ALARM,
    "first": ACCENT,
    "good": ACCENT,
    "second": (217, 120, 15),
    "third": (42, 143, 122),
    "fourth": (138, 99, 168),
    "fifth": (109, 122, 134),
    "bad": (192, 57, 43),
    "earlier": INK,
    "empty": PALE,
    "plate": (255, 255, 255),
    "on-dark": (255, 255, 255),
    **{
        f"heat-{level}": (
            PALE
            if level == 0
            else (
                round(255 - (255 - ACCENT[0]) * share),
                round(255 - (255 - ACCENT[1]) * share),
                round(255 - (255 - ACCENT[2]) * share),
            )
        )
        for level, share in enumerate((0, 0.08, 0.16, 0.26, 0.36, 0.48, 0.86, 1.0))
    },
}
_POINTS_PER_MM = 72 / 25.4


def put(pdf: FPDF, drawing: Drawing, x: float, y: float, width: float) -> None:
    """Draw it with its upper left corner at x, y, this wide; millimetres."""
    scale = width / drawing.width
    for shape in drawing.shapes:
        if isinstance(shape, Box):
            _box(pdf, shape, x, y, scale)
        elif isinstance(shape, Stroke):
            _stroke(pdf, shape, x, y, scale)
        elif isinstance(shape, Dot):
            pdf.set_fill_color(*COLOURS[shape.ink])
            pdf.circle(x + shape.x * scale, y + shape.y * scale, shape.radius * scale, style="F")
        else:
            _words(pdf, shape, x, y, scale)


def _box(pdf: FPDF, box: Box, x: float, y: float, scale: float) -> None:
    pdf.set_fill_color(*COLOURS[box.ink])
    pdf.rect(x + box.x * scale, y + box.y * scale, box.width * scale, box.height * scale, style="F")
    if box.hatch is not Hatch.NONE:
        pdf.set_draw_color(255, 255, 255)
        pdf.set_line_width(0.22)
        for x1, y1, x2, y2 in hatch_lines(box):
            pdf.line(x + x1 * scale, y + y1 * scale, x + x2 * scale, y + y2 * scale)


def _stroke(pdf: FPDF, stroke: Stroke, x: float, y: float, scale: float) -> None:
    pdf.set_draw_color(*COLOURS[stroke.ink])
    pdf.set_line_width(stroke.width * scale)
    if stroke.dashed:
        pdf.set_dash_pattern(dash=1.2, gap=1)
    pdf.polyline([(x + px * scale, y + py * scale) for px, py in stroke.points])
    if stroke.dashed:
        pdf.set_dash_pattern()


def _words(pdf: FPDF, words: Words, x: float, y: float, scale: float) -> None:
    text = plain(words.text)
    pdf.set_font(FAMILY, "B" if words.strong else "", words.size * scale * _POINTS_PER_MM)
    pdf.set_text_color(*COLOURS[words.ink])
    wide = pdf.get_string_width(text)
    shift = {Anchor.START: 0.0, Anchor.MIDDLE: wide / 2, Anchor.END: wide}[words.anchor]
    pdf.text(x + words.x * scale - shift, y + words.y * scale, text)
