"""What the report screens show: periods in addresses, pictures, cells, links from tickets."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from markupsafe import Markup

from callcenter.charts.plotting import WIDE, WIDTH, draw
from callcenter.charts.svg import to_svg
from callcenter.charts.values import Chart, Columns, HeatMap
from callcenter.domain.document import Cell, TicketLink
from callcenter.domain.errors import InvalidInput
from callcenter.domain.report_saying import Saying
from callcenter.domain.statistics import Period, PeriodKind, known_day

Query = Mapping[str, str]


def day_asked(text: str, otherwise: date) -> date:
    """The day an address names; this one when it names none.

    Raises:
        InvalidInput: it is no day.
    """
    if not text:
        return otherwise
    try:
        return known_day(date.fromisoformat(text if len(text) > 7 else f"{text}-01"))
    except ValueError:
        raise InvalidInput({"day": "unknown"}) from None


def period_asked(query: Query, today: date, otherwise: PeriodKind = PeriodKind.DAY) -> Period:
    """The period an address names: `kind` with a `day` in it, or `first` and `last`.

    Raises:
        InvalidInput: a day is no day, or the last is before the first.
    """
    text = query.get("kind", otherwise)
    kind = PeriodKind(text) if text in set(PeriodKind) else otherwise
    if kind is PeriodKind.FREE:
        first = day_asked(query.get("first", ""), today - timedelta(days=6))
        return Period.free(first, day_asked(query.get("last", ""), today))
    day = day_asked(query.get("day", ""), today)
    if kind is PeriodKind.MONTH:
        return Period.month(day.year, day.month)
    return Period.week(day) if kind is PeriodKind.WEEK else Period.day(day)


def address_of(period: Period) -> str:
    """The period as the query of an address."""
    if period.kind is PeriodKind.FREE:
        return urlencode({"kind": "free", "first": period.first.isoformat(), "last": period.last.isoformat()})
    return urlencode({"kind": str(period.kind), "day": period.first.isoformat()})


def after(period: Period) -> Period:
    """The period of the same kind just after."""
    first = period.last + timedelta(days=1)
    if period.kind is PeriodKind.MONTH:
        return Period.month(first.year, first.month)
    return Period(first=first, last=first + timedelta(days=period.days - 1), kind=period.kind)


@dataclass(frozen=True, kw_only=True, slots=True)
class PeriodView:
    """A period on a screen with its neighbours; `following` is None when it has not begun."""

    period: Period
    name: str
    query: str
    before: str
    following: str | None
    today: date


def period_view(period: Period, today: date, saying: Saying) -> PeriodView:
    """The period with the way to its neighbours."""
    following = after(period)
    return PeriodView(
        period=period,
        name=saying.period(period),
        query=address_of(period),
        before=address_of(period.before()),
        following=address_of(following) if following.first <= today else None,
        today=today,
    )


def pictures() -> Callable[[Chart], Markup]:
    """Draws charts of one page, each under a name of its own."""
    numbers: Iterator[int] = itertools.count(1)

    def picture(chart: Chart) -> Markup:
        wide = isinstance(chart, HeatMap) or (isinstance(chart, Columns) and len(chart.categories) > 16)
        # everything in it was escaped where it was drawn
        return Markup(to_svg(draw(chart, WIDE if wide else WIDTH), f"chart-{next(numbers)}"))

    return picture


def is_wide(chart: Chart) -> bool:
    """Whether a chart takes the whole width of a page."""
    return isinstance(chart, HeatMap) or (isinstance(chart, Columns) and len(chart.categories) > 16)


def cells(saying: Saying) -> Callable[[Cell], Markup]:
    """Writes cells of tables: shares with their counts on hover and for screen readers, tickets as links."""

    def cell(value: Cell) -> Markup:
        if isinstance(value, TicketLink):
            return Markup('<a href="/tickets/{}">№ {}</a>').format(value.ticket_id, value.ticket_id)
        counts = saying.wording.counts(value)
        text = saying.wording.cell(value)
        if counts:
            return Markup('<span title="{}">{}<span class="unseen"> ({})</span></span>').format(
                counts, text, counts
            )
        return Markup("{}").format(text)

    return cell
