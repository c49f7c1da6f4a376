"""A report on paper: A4, Russian font embedded, contents, page numbers, charts. The same document, the same bytes."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from fpdf import FPDF, XPos, YPos
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace, TTFFont
from fpdf.table import Row

from callcenter.charts.plotting import draw
from callcenter.charts.values import Chart
from callcenter.domain.cells import Wording
from callcenter.domain.document import Cell, Document, Fit, KeyFigure, Labels, Section, Table, Tone, pages_of
from callcenter.reports import paper
from callcenter.reports.fonts import FAMILY, font_files
from callcenter.reports.plain import plain

MARGIN, BODY, SMALL = 17.0, 9.5, 8.0
CARDS = 4
_FITS = {Fit.NARROW: 8, Fit.PLAIN: 12, Fit.WIDE: 22, Fit.WIDEST: 40}
_TONES = {Tone.PLAIN: paper.QUIET, Tone.BETTER: paper.GOOD, Tone.WORSE: paper.ALARM}
_NEXT: dict[str, Any] = {"new_x": XPos.LMARGIN, "new_y": YPos.NEXT}


class Paper(FPDF):
    """A4 with the report's head and foot on every page but the first."""

    def __init__(self, document: Document, labels: Labels, wording: Wording, fonts: Path | None) -> None:
        super().__init__(format="A4", unit="mm")
        self.report, self.labels, self.wording = document, labels, wording
        for style, path in font_files(fonts).items():
            self.add_font(FAMILY, style, path)
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN + 3)
        self.set_creation_date(document.made_at.astimezone(UTC))
        self.set_title(plain(document.title))
        self.set_lang(document.locale)
        self.set_creator("callcenter")
        self.alias_nb_pages("{pages}")

    def header(self) -> None:
        """The report's name, from the second page on."""
        if self.page_no() == 1:
            return
        self.ink(paper.QUIET, SMALL)
        self.set_y(9)
        self.cell(0, 4, plain(self.report.title), **_NEXT)
        self.set_y(MARGIN)

    def footer(self) -> None:
        """When the figures were made, and the page's number."""
        self.set_y(-12)
        self.ink(paper.QUIET, SMALL)
        self.cell(0, 4, f"{self.labels.made} {self.wording.moment(self.report.made_at)}")
        self.set_x(MARGIN)
        self.cell(0, 4, f"{self.labels.page} {self.page_no()} / {{pages}}", align="R")

    def ink(self, colour: paper.Colour, size: float, *, strong: bool = False) -> None:
        """Set the text's colour, size and weight."""
        self.set_font(FAMILY, "B" if strong else "", size)
        self.set_text_color(*colour)

    def close_fonts(self) -> None:
        """Let go of the font's files, which fpdf2 keeps open."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def need(self, height: float) -> None:
        """A new page unless so much room is left."""
        if self.get_y() + height > self.h - MARGIN - 3:
            self.add_page()


def to_pdf(document: Document, labels: Labels, wording: Wording, *, fonts: Path | None = None) -> bytes:
    """The report as a PDF file; laid out twice, because the contents on the first page name the later ones.

    Raises:
        Misconfigured: the font is missing.
    """
    draft = _written(document, labels, wording, fonts, {})
    places = {entry.name: entry.page_number for entry in draft._outline}
    draft.close_fonts()
    final = _written(document, labels, wording, fonts, places)
    body = bytes(final.output())
    final.close_fonts()
    return body


def _written(
    document: Document, labels: Labels, wording: Wording, fonts: Path | None, places: Mapping[str, int]
) -> Paper:
    pdf = Paper(document, labels, wording, fonts)
    pdf.add_page()
    _title(pdf)
    sections = pages_of(document.sections)
    for number, section in enumerate(sections):
        _section(pdf, section, first=number == 0)
        if number == 0 and len(sections) > 2:
            _contents(pdf, [plain(each.title) for each in sections[1:]], places)
    return pdf


def _title(pdf: Paper) -> None:
    pdf.set_fill_color(*paper.ACCENT)
    pdf.rect(MARGIN, MARGIN, 22, 1.4, style="F")
    pdf.set_y(MARGIN + 5)
    pdf.ink(paper.INK, 21, strong=True)
    pdf.multi_cell(0, 9, plain(pdf.report.title), align="L", **_NEXT)
    pdf.ink(paper.QUIET, 10.5)
    pdf.multi_cell(0, 6, plain(pdf.report.subtitle), align="L", **_NEXT)
    pdf.ln(2)
    for mark in pdf.report.marks:
        pdf.set_fill_color(255, 243, 221)
        pdf.ink((122, 68, 0), BODY)
        pdf.multi_cell(0, 6, plain(mark), align="L", fill=True, padding=(1, 2, 1, 2), **_NEXT)
        pdf.ln(1.2)


def _contents(pdf: Paper, titles: Sequence[str], places: Mapping[str, int]) -> None:
    """The chapters with their pages, in two columns under the main figures."""
    rows = -(-len(titles) // 2)
    wide = (pdf.epw - 8) / 2
    pdf.need(12 + rows * 6.4)
    pdf.ln(4)
    pdf.ink(paper.INK, 11, strong=True)
    pdf.cell(0, 8, pdf.labels.contents, **_NEXT)
    top = pdf.get_y()
    pdf.set_draw_color(*paper.RULE)
    pdf.set_line_width(0.15)
    for number, title in enumerate(titles):
        x, y = MARGIN + (number // rows) * (wide + 8), top + number % rows * 6.4
        page = places.get(title, 1)
        link = pdf.add_link(page=min(page, pdf.pages_count) if not places else page)
        pdf.set_xy(x, y)
        pdf.ink(paper.INK, BODY)
        pdf.cell(wide - 10, 6.4, title, link=link)
        pdf.cell(10, 6.4, str(page), align="R", link=link)
        pdf.line(x, y + 6.4, x + wide, y + 6.4)
    pdf.set_xy(MARGIN, top + rows * 6.4 + 2)


def _section(pdf: Paper, section: Section, *, first: bool) -> None:
    if not first:
        pdf.need(70)
        pdf.ln(3)
    pdf.start_section(plain(section.title))
    pdf.ink(paper.INK, 14, strong=True)
    pdf.multi_cell(0, 8, plain(section.title), align="L", **_NEXT)
    pdf.ln(1)
    if section.figures:
        _figures(pdf, section.figures)
    for sentence in section.sentences:
        _sentence(pdf, sentence)
    for chart in section.charts:
        _chart(pdf, chart)
    for table in section.tables:
        _table(pdf, table)


def _sentence(pdf: Paper, sentence: str) -> None:
    pdf.ink(paper.INK, 10)
    pdf.set_fill_color(*paper.ACCENT)
    pdf.need(12)
    pdf.rect(MARGIN, pdf.get_y() + 2.1, 1.2, 1.2, style="F")
    pdf.set_x(MARGIN + 4)
    pdf.multi_cell(pdf.epw - 4, 5.4, plain(sentence), align="L", **_NEXT)
    pdf.ln(0.8)


def _figures(pdf: Paper, figures: tuple[KeyFigure, ...]) -> None:
    """Cards, four in a row: value, name, what it is made of, the period before."""
    wide, high, gap = (pdf.epw - 3 * (CARDS - 1)) / CARDS, 25.0, 2.6
    pdf.ln(2)
    for start in range(0, len(figures), CARDS):
        pdf.need(high + gap)
        top = pdf.get_y()
        for place, figure in enumerate(figures[start : start + CARDS]):
            _card(pdf, figure, MARGIN + place * (wide + gap), top, wide, high)
        pdf.set_xy(MARGIN, top + high + gap)


def _card(pdf: Paper, figure: KeyFigure, x: float, y: float, wide: float, high: float) -> None:
    pdf.set_draw_color(*paper.RULE)
    pdf.set_line_width(0.2)
    pdf.rect(x, y, wide, high, round_corners=True, corner_radius=1.5)
    pdf.set_xy(x + 2, y + 1.5)
    pdf.ink(paper.QUIET, 7.6)
    pdf.multi_cell(wide - 4, 3.5, plain(figure.name), align="L", max_line_height=3.5, new_x=XPos.LEFT)
    pdf.set_xy(x + 2, y + 9)
    pdf.ink(paper.INK, 14, strong=True)
    pdf.cell(wide - 4, 7, plain(figure.value))
    pdf.set_xy(x + 2, y + 16.2)
    pdf.ink(paper.QUIET, 7.2)
    pdf.cell(wide - 4, 4, plain(figure.counts))
    if figure.earlier:
        pdf.set_xy(x + 2, y + 20.6)
        pdf.ink(_TONES[figure.tone], 7.2)
        pdf.cell(
            wide - 4, 4, plain(f"{figure.change}  ({figure.earlier})" if figure.change else figure.earlier)
        )


def _chart(pdf: Paper, chart: Chart) -> None:
    drawing = draw(chart)
    height = pdf.epw * drawing.height / drawing.width
    pdf.need(height + 12)
    pdf.ln(2)
    pdf.ink(paper.INK, 10.5, strong=True)
    pdf.cell(0, 6, plain(chart.title), **_NEXT)
    top = pdf.get_y()
    with pdf.local_context():
        paper.put(pdf, drawing, MARGIN, top + 1, pdf.epw)
    pdf.set_xy(MARGIN, top + height + 3)


def _table(pdf: Paper, table: Table) -> None:
    pdf.need(42)
    pdf.ln(2)
    if table.title:
        pdf.ink(paper.INK, 10.5, strong=True)
        pdf.cell(0, 6, plain(table.title), **_NEXT)
        pdf.ln(0.5)
    if not table.rows:
        pdf.ink(paper.QUIET, BODY)
        pdf.multi_cell(0, 6, plain(table.empty or pdf.labels.nothing), **_NEXT)
        return
    pdf.ink(paper.INK, SMALL)
    pdf.set_draw_color(*paper.RULE)
    pdf.set_fill_color(255, 255, 255)
    pdf.set_line_width(0.15)
    heads = FontFace(emphasis="BOLD", color=paper.QUIET, fill_color=paper.PALE, size_pt=6.6)
    with pdf.table(
        col_widths=tuple(_FITS[each.fit] for each in table.headings),
        text_align=tuple("RIGHT" if each.numbers else "LEFT" for each in table.headings),
        headings_style=heads,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        line_height=4.2,
        padding=(0.8, 1.2, 0.8, 1.2),
        width=pdf.epw,
    ) as grid:
        _row(pdf, grid.row(), tuple(each.title for each in table.headings))
        for cells in table.rows:
            _row(pdf, grid.row(), cells)
        if table.total is not None:
            _row(pdf, grid.row(style=FontFace(emphasis="BOLD")), table.total)
    if table.left_out:
        pdf.ink(paper.QUIET, SMALL)
        pdf.cell(0, 5, f"{pdf.labels.left_out} {pdf.wording.count(table.left_out)}", **_NEXT)
    pdf.ln(1)


def _row(pdf: Paper, row: Row, cells: tuple[Cell, ...]) -> None:
    for cell in cells:
        row.cell(plain(pdf.wording.cell(cell)))
