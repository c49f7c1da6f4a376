"""Reports as files: Russian, whole, the same each time, and harmless whatever people typed."""

import csv
import io
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pypdf
import pytest

from callcenter.charts.plotting import draw
from callcenter.charts.svg import to_svg
from callcenter.charts.values import Bars, Columns, HeatMap, Lines, Series, Shares
from callcenter.domain.cells import Wording
from callcenter.domain.document import Document, Heading, Share, Table, TicketLink
from callcenter.domain.document_codec import dump_document, load_document
from callcenter.domain.errors import Misconfigured
from callcenter.domain.report import compose, labels
from callcenter.domain.report_figures import ReportFigures
from callcenter.domain.report_saying import Saying
from callcenter.domain.statistics import Dimension
from callcenter.reports.csv_lines import lines
from callcenter.reports.files import ReportFiles
from callcenter.reports.fonts import font_files
from callcenter.reports.pdf import to_pdf
from callcenter.reports.xlsx import to_xlsx
from callcenter.web.translations import load_words
from tests.make_report import report_figures

MOSCOW = ZoneInfo("Europe/Moscow")
SAYING = Saying(words=load_words()["ru"], wording=Wording(locale="ru", zone=MOSCOW))
LABELS = labels(SAYING)
HOSTILE = '=HYPERLINK("http://x","y")<script>alert(1)</script>\u202e\x07|cmd'


@pytest.fixture(scope="module")
def october() -> Document:
    return compose(report_figures(), SAYING)


@pytest.fixture(scope="module")
def paper(october: Document) -> bytes:
    return to_pdf(october, LABELS, SAYING.wording)


def named(figures: ReportFigures, name: str) -> ReportFigures:
    """The same figures with this for the name of the first topic, product and executor."""
    by = dict(figures.by)
    for dimension in (Dimension.TOPIC, Dimension.PRODUCT, Dimension.EXECUTOR, Dimension.HOTLINE):
        found = by[dimension]
        first = found.rows[0]
        spoilt = replace(first, member=replace(first.member, name=name))
        by[dimension] = replace(found, rows=[spoilt, *found.rows[1:]])
    return replace(figures, by=by)


@pytest.fixture(scope="module")
def hostile() -> Document:
    return compose(named(report_figures(), HOSTILE), SAYING)


def pdf_text(body: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages)


@pytest.mark.regulation("3.2")
def test_the_paper_is_russian_with_contents_and_numbered_pages(october: Document, paper: bytes) -> None:
    body = paper
    reader = pypdf.PdfReader(io.BytesIO(body))
    first = reader.pages[0].extract_text()
    assert "Отчёт горячей линии: октябрь 2026" in first
    assert "Поступило звонков" in first
    text = pdf_text(body)
    assert "Содержание" in text
    for number in range(1, len(reader.pages) + 1):
        assert f"стр. {number} / {len(reader.pages)}" in reader.pages[number - 1].extract_text()
    outline = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert outline == [section.title for section in october.sections if section.tables or section.figures]
    assert reader.metadata is not None
    assert reader.metadata.creation_date == october.made_at


def test_the_contents_name_the_pages_the_chapters_are_on(october: Document, paper: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(paper))
    last = october.sections[-1].title
    page = next(
        number
        for number, each in enumerate(reader.pages, start=1)
        if number > 2 and last in each.extract_text()
    )
    contents = "\n".join(each.extract_text() for each in reader.pages[:2])
    after = contents[contents.index(last) + len(last) :].split()
    assert after[0] == str(page)


def test_the_same_workbook_has_the_same_bytes(october: Document, tmp_path: Path) -> None:
    for name in ("one.xlsx", "two.xlsx"):
        to_xlsx(october, LABELS, SAYING.wording, tmp_path / name)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_a_kept_document_gives_the_same_bytes_as_the_first_one(october: Document, paper: bytes) -> None:
    again = load_document(dump_document(october))
    assert again == october
    assert to_pdf(again, LABELS, SAYING.wording) == paper


@pytest.mark.parametrize("stored", [{}, {"!": "Document"}, {"!": "os"}, {"!": "TicketLink", "ticket_id": 1}])
def test_what_is_no_document_is_refused_and_not_shown_half(stored: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"report"):
        load_document(stored)


def test_without_its_font_the_paper_says_what_to_do(october: Document, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="npm ci && npm run build"):
        to_pdf(october, LABELS, SAYING.wording, fonts=tmp_path)
    assert set(font_files()) == {"", "B"}


@pytest.mark.regulation("3.2")
def test_the_workbook_has_numbers_as_numbers_and_native_charts(october: Document, tmp_path: Path) -> None:
    path = tmp_path / "october.xlsx"
    to_xlsx(october, LABELS, SAYING.wording, path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[:3] == ["Сводка", "Звонки", "Нагрузка"]
    assert [len(book[name]._charts) for name in ("Звонки", "Заявки", "Сроки", "Обзвон")] == [3, 1, 1, 1]
    topics = [
        row for row in book["Заявки"].iter_rows(values_only=True) if row[0] == "Консультация по интерфейсу"
    ]
    assert topics
    assert all(isinstance(value, int | float) for value in topics[0][1:5])
    kept = [cell for row in book["Сроки"].iter_rows() for cell in row if cell.number_format == "0.0%"]
    assert kept
    assert all(0 <= cell.value <= 1 for cell in kept)


def test_no_cell_of_a_workbook_is_a_formula_or_a_link_whatever_the_names_are(
    hostile: Document, tmp_path: Path
) -> None:
    path = tmp_path / "hostile.xlsx"
    to_xlsx(hostile, LABELS, SAYING.wording, path)
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    spoilt = [cell.value for cell in cells if "HYPERLINK" in str(cell.value)]
    assert spoilt
    assert all("\u202e" not in text and "\x07" not in text for text in spoilt)


async def test_no_line_of_a_csv_begins_a_formula(hostile: Document, tmp_path: Path) -> None:
    paths = await ReportFiles(MOSCOW).csv(hostile, LABELS, tmp_path)
    assert len(paths) > 8
    found = 0
    for path in paths:
        body = path.read_bytes()
        assert body.startswith(b"\xef\xbb\xbf")
        for row in csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"):
            for text in row:
                assert not text.startswith(("=", "@", "\t", "\r"))
                found += "HYPERLINK" in text
    assert found


def test_hostile_names_are_plain_text_on_paper(hostile: Document, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        text = pdf_text(to_pdf(hostile, LABELS, SAYING.wording))
    assert "HYPERLINK" in text
    assert "\u202e" not in text


def test_hostile_names_are_inert_in_pictures(hostile: Document) -> None:
    charts = [chart for section in hostile.sections for chart in section.charts]
    pictures = [to_svg(draw(chart), f"c{number}") for number, chart in enumerate(charts)]
    assert any("=HYPERLINK" in picture for picture in pictures)
    assert all("<script" not in picture and "style=" not in picture for picture in pictures)


def test_a_csv_has_local_times_decimal_commas_and_empty_cells_for_nothing() -> None:
    at = datetime(2026, 10, 1, 6, 5, 7, tzinfo=UTC)
    row = (
        "Отчёт",
        12,
        12.5,
        Share(part=1, whole=3),
        timedelta(minutes=61, seconds=5),
        at,
        TicketLink(ticket_id=9),
        None,
    )
    body = lines(("Имя",), [row], SAYING.wording, first=False).decode()
    assert body == "Отчёт;12;12,50;33,33;1:01:05;01.10.2026 09:05:07;9;\r\n"


def test_a_report_of_an_empty_period_says_so_and_shows_no_zeros(october: Document) -> None:
    figures = report_figures()
    empty = compose(replace(figures, figures=replace(figures.figures, empty=True)), SAYING)
    assert [section.name for section in empty.sections] == ["summary"]
    assert empty.sections[0].sentences == ("В этом периоде не было ни звонков, ни заявок.",)
    assert "не было ни звонков" in pdf_text(to_pdf(empty, LABELS, SAYING.wording))


EMPTY = Series(name="Звонков", values=())


@pytest.mark.parametrize(
    "chart",
    [
        Columns(title="t", description="d", category="c", categories=(), series=(EMPTY,)),
        Columns(
            title="t",
            description="d",
            category="c",
            categories=("a",),
            series=(Series(name="s", values=(None,)),),
        ),
        Lines(
            title="t",
            description="d",
            category="c",
            categories=("a",),
            series=(Series(name="s", values=(None,)),),
            high=100,
        ),
        Bars(title="t", description="d", category="c", categories=(), series=EMPTY),
        Shares(
            title="t",
            description="d",
            category="c",
            categories=("a",),
            series=(Series(name="s", values=(0,)),),
        ),
        HeatMap(title="t", description="d", corner="c", columns=(), rows=("a",), values=((),), said=((),)),
    ],
)
def test_a_picture_of_nothing_is_still_a_picture(chart: Columns | Lines | Bars | Shares | HeatMap) -> None:
    picture = to_svg(draw(chart), "empty")
    assert picture.startswith('<svg class="chart" role="img"')
    assert "<title" in picture
    assert "nan" not in picture


def test_each_picture_says_its_numbers_as_a_table_too(october: Document) -> None:
    charts = [chart for section in october.sections for chart in section.charts]
    assert len(charts) >= 8
    for chart in charts:
        grid = chart.grid()
        assert len(grid.rows) > 0
        assert all(len(row) == len(grid.headers) for row in grid.rows)


def test_long_tables_say_how_many_rows_they_leave_out(october: Document) -> None:
    table = Table(title="Т", headings=(Heading(title="Имя", numbers=False),), rows=(("a",),), left_out=1234)
    section = replace(october.sections[1], charts=(), tables=(table,))
    text = pdf_text(to_pdf(replace(october, sections=(section,)), LABELS, SAYING.wording))
    assert "Ещё строк, не показанных здесь: 1\u00a0234" in text or "1 234" in text
