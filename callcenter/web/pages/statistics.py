"""The supervisor's morning, and the figures of any period with any breakdown. Regulation: 3.1."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from aiohttp import web

from callcenter.charts.values import Lines, Series
from callcenter.domain import report_chapters as chapters
from callcenter.domain import report_desk as desk
from callcenter.domain.document import Cell, Heading, Section, Table
from callcenter.domain.people import Action
from callcenter.domain.report_figures import ReportFigures
from callcenter.domain.report_saying import Saying
from callcenter.domain.report_summary import marks, summary
from callcenter.domain.statistics import Dimension, Figures, Grain, Heat, Measure, Period, Point
from callcenter.domain.words import N_
from callcenter.ports.statistics import Statistics
from callcenter.services.monthly_report import grain_of
from callcenter.web.keys import CLOCK, SERVICES
from callcenter.web.pages.report_parts import picker, report_context, reports_of, saying_of
from callcenter.web.responses import page, visitor, words_of
from callcenter.web.services import Services
from callcenter.web.translations import Words
from callcenter.web.views.report_view import period_asked

WEEKS_OF_NORM = 4
MORNING = (
    "calls.offered", "calls.answered_share", "service_level", "asa", "calls.abandoned_share", "tickets.registered",
    "tickets.resolved", "clock.assign", "clock.resolve-reference", "clock.resolve-outage",
)  # fmt: skip
DIMENSIONS: Mapping[Dimension, str] = {
    Dimension.HOUR: N_("by hour"),
    Dimension.WEEKDAY: N_("by weekday"),
    Dimension.HOTLINE: N_("by hotline"),
    Dimension.PRODUCT: N_("by product"),
    Dimension.TOPIC: N_("by topic"),
    Dimension.KIND: N_("by kind"),
    Dimension.SOURCE: N_("by source"),
    Dimension.OPERATOR: N_("by operator"),
    Dimension.EXECUTOR: N_("by executor"),
}
BY_CALLS = ("calls.offered", "calls.answered", "calls.abandoned_share", "asa", "aht", "service_level")
BY_TICKETS = ("tickets.registered", "tickets.resolved", "fcr", "clock.assign", "clock.resolve-reference")


async def morning(request: web.Request) -> web.Response:
    """Today and the last working day beside what is usual; above them what needs an act."""
    room, saying = reports_of(request), saying_of(request)
    statistics = room.reports.source.room.statistics
    today = statistics.today()
    before = await _last_open_day(statistics, today)
    now, yesterday, norm = await asyncio.gather(
        statistics.figures(Period.day(today)),
        statistics.figures(Period.day(before)),
        _norm(statistics, today),
    )
    steps = await statistics.series(Period.day(today), Grain.HOUR)
    usual = await _usual_hours(statistics, today)
    context = {
        **report_context(request, "morning"),
        "today": today,
        "before": before,
        "acts": await _acts(request, today),
        "table": _morning_table(now, yesterday, norm, saying, before),
        "chart": _today_chart(steps, usual, saying),
        "calls": chapters.calls_chart(steps, saying),
        "check": await room.reports.source.room.recount.last(),
        "empty": now.empty and yesterday.empty,
    }
    return await page(request, "report_morning.html", context)


async def _last_open_day(statistics: Statistics, today: date) -> date:
    """The last day before today on which anything happened, within two weeks; else yesterday."""
    week = Period(first=today - timedelta(days=14), last=today - timedelta(days=1))
    steps = await statistics.series(week, Grain.DAY)
    busy = [
        each.period.first for each in steps if each.value("calls.offered") or each.value("tickets.opened")
    ]
    return busy[-1] if busy else week.last


async def _norm(statistics: Statistics, today: date) -> Sequence[Figures]:
    """The same weekday of the weeks before, as far as anything happened."""
    days = [today - timedelta(weeks=number) for number in range(1, WEEKS_OF_NORM + 1)]
    found = [await statistics.figures(Period.day(day)) for day in days]
    return [each for each in found if not each.empty]


async def _usual_hours(statistics: Statistics, today: date) -> Mapping[int, float]:
    """Calls of each hour on the same weekday of the weeks before, on average."""
    days = [today - timedelta(weeks=number) for number in range(1, WEEKS_OF_NORM + 1)]
    sums: dict[int, float] = {}
    counted = 0
    for day in days:
        steps = await statistics.series(Period.day(day), Grain.HOUR)
        if any(each.value("calls.offered") for each in steps):
            counted += 1
            for each in steps:
                sums[each.hour or 0] = sums.get(each.hour or 0, 0) + (each.value("calls.offered") or 0)
    return {hour: total / counted for hour, total in sums.items()} if counted else {}


def _usual(code: str, norm: Sequence[Figures]) -> Measure | None:
    """The measure of all those days together; counts as the mean of a day."""
    found = [each.measures[code] for each in norm if code in each.measures]
    known = [each for each in found if each.value is not None]
    if not known:
        return None
    first = known[0]
    if first.denominator is None:
        return replace(first, value=sum(each.value or 0 for each in known) / len(known))
    upper, lower = sum(each.numerator or 0 for each in known), sum(each.denominator or 0 for each in known)
    if not lower:
        return None
    scale = 100 if first.unit == "percent" else 1
    return replace(first, value=scale * upper / lower, numerator=upper, denominator=lower)


def _morning_table(
    now: Figures, yesterday: Figures, norm: Sequence[Figures], saying: Saying, before: date
) -> Table:
    words = saying.words
    rows: list[tuple[Cell, ...]] = []
    for code in MORNING:
        measure, was, usual = now.measures[code], yesterday.measures[code], _usual(code, norm)
        rows.append(
            (
                words(measure.name),
                saying.cell(measure),
                saying.cell(was),
                saying.cell(usual),
                saying.change(was, usual),
            )
        )
    return Table(
        title="",
        headings=(
            Heading(title=words("Figure"), numbers=False),
            Heading(title=words("Today so far")),
            Heading(title=saying.day(before)),
            Heading(title=words("Usual on such a day")),
            Heading(title=words("Against the usual")),
        ),
        rows=tuple(rows),
    )


def _today_chart(steps: Sequence[Point], usual: Mapping[int, float], saying: Saying) -> Lines | None:
    """Calls of today by the hour beside the usual ones."""
    words = saying.words
    busy = [each.hour or 0 for each in steps if each.value("calls.offered")] + [
        hour for hour, calls in usual.items() if calls
    ]
    if not busy:
        return None
    hours = range(min(busy), max(busy) + 1)
    today = {each.hour: each.value("calls.offered") for each in steps}
    high = max([*(today.get(hour) or 0 for hour in hours), *(usual.get(hour, 0) for hour in hours), 4])
    return Lines(
        title=words("Calls by hour: today and usually"),
        description=words(
            "Calls offered each hour today, beside the mean of the same weekday in the four weeks before."
        ),
        category=words("Hour"),
        categories=tuple(str(hour) for hour in hours),
        series=(
            Series(name=words("today"), values=tuple(today.get(hour) for hour in hours)),
            Series(
                name=words("usually"),
                values=tuple(usual.get(hour) for hour in hours),
                said=tuple(saying.wording.number(usual.get(hour, 0)) for hour in hours),
                ink="second",
            ),
        ),
        high=-(-high // 4) * 4,
    )


async def _acts(request: web.Request, today: date) -> Sequence[tuple[str, str]]:
    """What needs a person: sentence and where to go, the most urgent first."""
    words, services = words_of(request), request.app[SERVICES]
    room = reports_of(request).reports.source.room
    found: list[tuple[str, str]] = []
    async with services.open_uow(write=False) as uow:
        present = await uow.statistics.present(request.app[CLOCK].now())
    late = sum(present.overdue.values())
    if late:
        said = words.plural(
            "%(num)s open ticket is past its deadline", "%(num)s open tickets are past their deadline", late
        )
        found.append((said, "/tickets?late=yes" if services.desk is not None else "/reports/compliance"))
    ledgers = await room.zero_loss.days(Period(first=today - timedelta(days=31), last=today))
    open_ones = sum(len(each.open_remainders) for each in ledgers)
    if open_ones:
        said = words.plural(
            "%(num)s call on which Asterisk's records and ours do not agree",
            "%(num)s calls on which Asterisk's records and ours do not agree",
            open_ones,
        )
        found.append((said, "/reports/zero-loss"))
    remaining = sum(each.missed.remaining for each in ledgers if (today - each.day).days <= 7)
    if remaining:
        said = words.plural(
            "%(num)s missed caller nobody has called back",
            "%(num)s missed callers nobody has called back",
            remaining,
        )
        found.append((said, "/reports/zero-loss"))
    found.extend(await _machine_acts(request, services, words))
    return found


async def _machine_acts(request: web.Request, services: Services, words: Words) -> Sequence[tuple[str, str]]:
    room, found = reports_of(request), []
    check = await room.reports.source.room.recount.last()
    if check is not None and not check.equal:
        found.append((words("The recount of stored figures found differences"), "/reports/recount"))
    if visitor(request).may(Action.EDIT_REPORTS):
        refused = [each for each in await room.mail.letters() if each.state == "refused"]
        if refused:
            said = words.plural(
                "%(num)s report did not reach its reader by mail",
                "%(num)s reports did not reach their readers by mail",
                len(refused),
            )
            found.append((said, "/reports/mailing"))
    return found


async def figures(request: web.Request) -> web.Response:
    """A period: main figures, calls, load, clocks, callbacks; or its breakdown by one dimension."""
    room, saying = reports_of(request), saying_of(request)
    statistics = room.reports.source.room.statistics
    period = period_asked(request.query, statistics.today())
    chosen = request.query.get("by", "")
    dimension = Dimension(chosen) if chosen in set(Dimension) else None
    context = {
        **report_context(request, "figures"),
        **picker(request, period),
        "dimensions": [(each, saying.words(said)) for each, said in DIMENSIONS.items()],
        "by": dimension,
    }
    if dimension is not None:
        return await page(
            request, "report_figures.html", {**context, **await _broken_down(request, period, dimension)}
        )
    made = await _figures_of(statistics, period, room.reports.source.hotline, request)
    sections: tuple[Section, ...] = (summary(made, saying),)
    if not made.figures.empty:
        sections = (
            *sections,
            chapters.calls(made, saying),
            chapters.load(made, saying),
            desk.clocks(made, saying),
            desk.callbacks(made, saying),
        )
    context |= {
        "sections": sections,
        "marks": marks(made, saying),
        "standing": made.figures.standing,
        "as_of": made.figures.as_of,
    }
    return await page(request, "report_figures.html", context)


async def _figures_of(
    statistics: Statistics, period: Period, hotline: str, request: web.Request
) -> ReportFigures:
    """What the screen of a period needs; the whole report reads more."""
    earlier = period.before()
    by = {
        each: await statistics.by(each, period)
        for each in (Dimension.TOPIC, Dimension.PRODUCT, Dimension.EXECUTOR)
    }
    before = {each: await statistics.by(each, earlier) for each in (Dimension.TOPIC, Dimension.PRODUCT)}
    room = reports_of(request).reports.source.room
    return ReportFigures(
        period=period,
        hotline=hotline,
        rules=statistics.rules,
        figures=by[Dimension.TOPIC].figures,
        earlier=before[Dimension.TOPIC].figures,
        steps=await statistics.series(period, grain_of(period)),
        heat=await statistics.heat(period),
        by=by,
        earlier_by=before,
        waits=await statistics.waits(period),
        losses=await room.zero_loss.days(period),
        check=await room.recount.last(),
    )


async def _broken_down(request: web.Request, period: Period, dimension: Dimension) -> Mapping[str, object]:
    saying = saying_of(request)
    statistics = reports_of(request).reports.source.room.statistics
    found, before = await statistics.by(dimension, period), await statistics.by(dimension, period.before())
    made = ReportFigures(
        period=period,
        hotline="",
        rules=statistics.rules,
        figures=found.figures,
        earlier=before.figures,
        steps=(),
        heat=Heat(period=period, cells=()),
        by={dimension: found},
        earlier_by={dimension: before},
    )
    title = saying.words(DIMENSIONS[dimension])
    about_calls = dimension in (Dimension.HOUR, Dimension.WEEKDAY, Dimension.HOTLINE, Dimension.OPERATOR)
    codes = (*BY_CALLS, *BY_TICKETS) if about_calls else (*BY_TICKETS, *BY_CALLS)
    chart = desk.topic_chart(made, saying, dimension)
    section = Section(
        name="breakdown",
        title=title,
        sheet=title,
        charts=() if chart is None or dimension in (Dimension.HOUR, Dimension.WEEKDAY) else (chart,),
        tables=(chapters.member_table(made, saying, dimension, "", codes, most=200),),
    )
    return {
        "sections": (section,) if found.rows else (),
        "marks": marks(made, saying),
        "standing": found.figures.standing,
        "as_of": found.figures.as_of,
    }


async def recount(request: web.Request) -> web.Response:
    """What the check of stored figures against the raw rows found."""
    room = reports_of(request).reports.source.room
    today = room.statistics.today()
    period = period_asked(request.query, today)
    if "kind" not in request.query:
        period = Period(first=today - timedelta(days=62), last=today)
    context = {
        **report_context(request, "figures"),
        "check": await room.recount.last(),
        "differences": list(await room.recount.differences(period))[:200],
    }
    return await page(request, "report_recount.html", context)
