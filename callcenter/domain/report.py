"""The report of a period: which figures it is made of, and its chapters in their order. Regulation: 3.1, 3.2."""

from callcenter.domain import report_chapters as chapters
from callcenter.domain import report_desk as desk
from callcenter.domain import report_proofs as proofs
from callcenter.domain.document import Document, Labels, Section
from callcenter.domain.report_figures import ReportFigures
from callcenter.domain.report_saying import Saying
from callcenter.domain.report_summary import marks, summary
from callcenter.domain.statistics import Period, PeriodKind

CHAPTERS = (
    summary,
    chapters.calls,
    chapters.load,
    desk.tickets,
    desk.questions,
    desk.clocks,
    desk.callbacks,
    desk.people,
    proofs.compliance,
    proofs.zero_loss,
    proofs.everything,
)


def compose(figures: ReportFigures, saying: Saying) -> Document:
    """The whole report in the reader's words. An empty period gives a report that says so, and nothing else."""
    words = saying.words
    kind = figures.period.kind
    name = saying.period(figures.period)
    title = words("Hotline report: %(period)s", period=name)
    first, last = figures.period.first, figures.period.last
    subtitle = f"{figures.hotline} · {first:%d.%m.%Y} – {last:%d.%m.%Y}"
    sections: tuple[Section, ...] = (summary(figures, saying),)
    if not figures.figures.empty:
        sections = tuple(chapter(figures, saying) for chapter in CHAPTERS)
    return Document(
        name=file_name(figures.period),
        title=title,
        subtitle=subtitle if kind is not PeriodKind.DAY else figures.hotline,
        locale=words.locale,
        made_at=figures.figures.as_of,
        marks=marks(figures, saying),
        sections=sections,
    )


def file_name(period: Period) -> str:
    """The name of a period's files, without ending: ASCII, sorts by time.

    >>> from datetime import date
    >>> file_name(Period.month(2026, 10)), file_name(Period.week(date(2026, 11, 22)))
    ('hotline-2026-10', 'hotline-week-2026-11-16')
    """
    if period.kind is PeriodKind.MONTH:
        return f"hotline-{period.first:%Y-%m}"
    if period.kind is PeriodKind.WEEK:
        return f"hotline-week-{period.first.isoformat()}"
    if period.first == period.last:
        return f"hotline-{period.first.isoformat()}"
    return f"hotline-{period.first.isoformat()}-{period.last.isoformat()}"


def labels(saying: Saying) -> Labels:
    """The words of the paper itself."""
    words = saying.words
    return Labels(
        contents=words("Contents"),
        page=words("page"),
        made=words("Figures as of"),
        total=words("Total"),
        left_out=words("More rows, not shown here:"),
        nothing=words("Nothing in this period."),
        figure_heads=(
            words("Value"),
            words("Made of"),
            words("Before"),
            words("Change"),
            words("Clause"),
            words("Formula"),
        ),
    )
