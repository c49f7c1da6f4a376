"""The chapters about requests: tickets, questions, clocks, callbacks, people. Regulation: 2.3-2.10, 3.2."""

from callcenter.charts.values import Bars, Chart, Columns, Series, Shares
from callcenter.domain.document import Fit, Heading, Section, Table
from callcenter.domain.measure_clocks import CLOCKS
from callcenter.domain.questions import Trend
from callcenter.domain.report_chapters import figure_table, member_table
from callcenter.domain.report_figures import ReportFigures
from callcenter.domain.report_saying import Saying
from callcenter.domain.report_summary import HOLDERS
from callcenter.domain.statistics import Dimension
from callcenter.domain.words import N_
from sla.timeline import Holder

MOST_BARS = 12
TICKET_FIGURES = (
    "tickets.opened", "tickets.opened.call", "tickets.opened.form", "tickets.opened.operator", "tickets.registered",
    "tickets.assigned", "tickets.resolved", "tickets.cancelled", "tickets.reopened", "tickets.waited",
    "tickets.status.resolved", "tickets.status.cancelled", "tickets.cancelled.unreachable",
    "tickets.cancelled.by_client", "tickets.cancelled.duplicate", "tickets.cancelled.spam",
    "tickets.cancelled.not_a_request", "vendor.handed", "vendor.late", "rating.mean", "rating.count",
)  # fmt: skip
CALLBACK_FIGURES = (
    "callbacks.asked", "callbacks.attempts", "callbacks.reached", "callbacks.unavailable", "callbacks.technical",
    "callbacks.series.reached", "callbacks.series.unreachable", "callbacks.series.wrong_number",
    "callbacks.series.withdrawn",
)  # fmt: skip
_BY_MEMBER = (
    "tickets.registered",
    "tickets.resolved",
    "fcr",
    "clock.resolve-reference",
    "clock.resolve-outage",
)
_TRENDS = {
    Trend.NEW: N_("new"),
    Trend.RISING: N_("rising"),
    Trend.FALLING: N_("falling"),
    Trend.STEADY: N_("as before"),
}


def tickets(figures: ReportFigures, saying: Saying) -> Section:
    """Tickets by topic, product, kind and source, and what became of them."""
    words = saying.words
    tables = [
        member_table(figures, saying, Dimension.TOPIC, words("Topics"), _BY_MEMBER),
        member_table(figures, saying, Dimension.PRODUCT, words("Products"), _BY_MEMBER),
        member_table(figures, saying, Dimension.KIND, words("Kinds"), _BY_MEMBER),
        member_table(figures, saying, Dimension.SOURCE, words("Sources"), _BY_MEMBER),
        figure_table(figures, saying, TICKET_FIGURES, words("What became of them")),
    ]
    chart = topic_chart(figures, saying)
    return Section(
        name="tickets",
        title=words("Tickets"),
        sheet=words("Tickets"),
        charts=() if chart is None else (chart,),
        tables=tuple(table for table in tables if table.rows),
    )


def topic_chart(
    figures: ReportFigures, saying: Saying, dimension: Dimension = Dimension.TOPIC
) -> Bars | None:
    """Members by registered tickets, with a mark where each stood before."""
    words, code = saying.words, "tickets.registered"
    rows = [row for row in figures.rows(dimension) if row.value(code)]
    rows = sorted(rows, key=lambda row: -(row.value(code) or 0))[:MOST_BARS]
    if not rows:
        return None
    earlier = None
    if not figures.earlier.empty:
        found = [figures.earlier_row(row) for row in rows]
        values = tuple(None if each is None else each.value(code) for each in found)
        earlier = Series(name=words("the period before"), values=values)
    return Bars(
        title=words("Tickets by topic") if dimension is Dimension.TOPIC else words("Tickets"),
        description=words("Registered tickets, most first; the mark is the period before."),
        category=words("Name of the row"),
        categories=tuple(saying.member(row.member) for row in rows),
        series=Series(name=words("this period"), values=tuple(row.value(code) for row in rows)),
        earlier=earlier,
    )


def questions(figures: ReportFigures, saying: Saying) -> Section:
    """What clients ask most, against the period before. Regulation: 3.2."""
    words = saying.words
    rows = tuple(
        (number, each.name, each.tickets, each.before, words(_TRENDS[each.trend]))
        for number, each in enumerate(figures.questions[:30], start=1)
    )
    table = Table(
        title=words("The most frequent questions"),
        headings=(
            Heading(title="№", fit=Fit.NARROW),
            Heading(title=words("Question"), fit=Fit.WIDEST, numbers=False),
            Heading(title=words("Tickets")),
            Heading(title=words("Before")),
            Heading(title=words("Trend"), numbers=False),
        ),
        rows=rows,
        left_out=max(0, len(figures.questions) - 30),
    )
    charts: tuple[Chart, ...] = ()
    top = figures.questions[:MOST_BARS]
    if top:
        earlier = Series(name=words("the period before"), values=tuple(float(each.before) for each in top))
        charts = (
            Bars(
                title=words("What clients ask most"),
                description=words("Questions by tickets, most first; the mark is the period before."),
                category=words("Question"),
                categories=tuple(each.name for each in top),
                series=Series(name=words("this period"), values=tuple(float(each.tickets) for each in top)),
                earlier=earlier,
            ),
        )
    return Section(
        name="questions",
        title=words("Most frequent questions"),
        sheet=words("Questions"),
        charts=charts,
        tables=(table,) if rows else (),
    )


def clocks(figures: ReportFigures, saying: Saying) -> Section:
    """Deadlines kept and broken, and with whom the minutes were. Regulation: 2.3-2.8, 2.10."""
    words = saying.words
    rows = []
    for clock, (clause, name) in CLOCKS.items():
        now = figures.measure(f"clock.{clock}")
        whole, kept = round(now.denominator or 0), round(now.numerator or 0)
        before = figures.before(f"clock.{clock}")
        told = "" if before is None else saying.value(before)
        rows.append((clause, words(name), kept, whole - kept, saying.cell(now), told))
    minutes = tuple(
        (
            words(HOLDERS[holder]),
            saying.cell(figures.figures.measures.get(f"breach.held.{holder}")),
            saying.cell(figures.figures.measures.get(f"breach.overrun.{holder}")),
        )
        for holder in Holder
    )
    shown = [row for row in rows if row[2] or row[3]]
    chart = clock_chart(figures, saying)
    return Section(
        name="clocks",
        title=words("Deadlines"),
        sheet=words("Deadlines"),
        sentences=(
            words("Counted are tickets that ended in the period, by their verdicts, which do not change."),
        ),
        charts=() if chart is None else (chart,),
        tables=(
            Table(
                title=words("Clocks"),
                headings=(
                    Heading(title=words("Clause"), fit=Fit.NARROW, numbers=False),
                    Heading(title=words("Clock"), fit=Fit.WIDEST, numbers=False),
                    Heading(title=words("Kept")),
                    Heading(title=words("Broken")),
                    Heading(title=words("Share")),
                    Heading(title=words("Before")),
                ),
                rows=tuple(shown),
            ),
            Table(
                title=words("Minutes of broken clocks by holder"),
                headings=(
                    Heading(title=words("With whom"), fit=Fit.WIDE, numbers=False),
                    Heading(title=words("Minutes held")),
                    Heading(title=words("Minutes over the target")),
                ),
                rows=minutes if any(row[1] or row[2] for row in minutes) else (),
                empty=words("No clock was broken."),
            ),
        ),
    )


def clock_chart(figures: ReportFigures, saying: Saying) -> Shares | None:
    """Each clock divided into kept and broken."""
    words = saying.words
    found = [
        (f"{clause} {words(name)}", figures.measure(f"clock.{clock}"))
        for clock, (clause, name) in CLOCKS.items()
        if figures.measure(f"clock.{clock}").denominator
    ]
    if not found:
        return None
    kept = tuple(each.numerator or 0 for _, each in found)
    broken = tuple((each.denominator or 0) - (each.numerator or 0) for _, each in found)
    return Shares(
        title=words("Deadlines kept and broken"),
        description=words("Each row is all clocks of one clause; the hatched part was broken."),
        category=words("Clock"),
        categories=tuple(name for name, _ in found),
        series=(
            Series(name=words("Kept"), values=kept, ink="good"),
            Series(name=words("Broken"), values=broken, ink="bad"),
        ),
    )


def callbacks(figures: ReportFigures, saying: Saying) -> Section:
    """Series of callbacks and how they ended. Regulation: 2.9."""
    words = saying.words
    if not figures.figures.value("callbacks.asked") and not figures.figures.value("callbacks.attempts"):
        return Section(name="callbacks", title=words("Callbacks"), sheet=words("Callbacks"))
    chart = series_chart(figures, saying)
    return Section(
        name="callbacks",
        title=words("Callbacks"),
        sheet=words("Callbacks"),
        charts=() if chart is None else (chart,),
        tables=(figure_table(figures, saying, CALLBACK_FIGURES),),
    )


def series_chart(figures: ReportFigures, saying: Saying) -> Columns | None:
    """How the series of callbacks ended, beside the period before."""
    words = saying.words
    codes = (
        ("callbacks.series.reached", words("reached")),
        ("callbacks.series.unreachable", words("cancelled, not reached")),
        ("callbacks.series.wrong_number", words("wrong number")),
        ("callbacks.series.withdrawn", words("withdrawn")),
    )
    now = tuple(figures.figures.value(code) for code, _ in codes)
    if not any(now):
        return None
    return Columns(
        title=words("How series of callbacks ended"),
        description=words("Series that ended in the period, by how."),
        category=words("How it went"),
        categories=tuple(name for _, name in codes),
        series=(Series(name=words("Series"), values=now),),
        stacked=False,
    )


def people(figures: ReportFigures, saying: Saying) -> Section:
    """What operators and executors did; numbers for a talk with them, not a ranking of persons."""
    words = saying.words
    talked = ("calls.answered", "asa", "aht", "occupancy", "tickets.registered")
    worked = ("tickets.assigned", "tickets.resolved", "tickets.reopened", *_BY_MEMBER[2:], "rating.mean")
    tables = (
        member_table(figures, saying, Dimension.OPERATOR, words("Operators"), talked),
        member_table(figures, saying, Dimension.EXECUTOR, words("Executors"), worked),
    )
    return Section(
        name="people",
        title=words("People"),
        sheet=words("People"),
        tables=tuple(table for table in tables if table.rows),
    )
