"""The first page: what changed against the period before, and what drove it; computed, never guessed. Regulation: 3.2.

A sentence about a cause names what moved most in the same direction as the whole: topics, products, days, holders.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from callcenter.domain.document import Section
from callcenter.domain.measure_clocks import CLOCKS
from callcenter.domain.questions import Trend
from callcenter.domain.report_figures import ReportFigures
from callcenter.domain.report_saying import Saying
from callcenter.domain.statistics import (
    BreakdownRow,
    Dimension,
    Mark,
    MarkKind,
    Measure,
    PeriodKind,
    Point,
    Standing,
)
from callcenter.domain.words import N_
from sla.timeline import Holder

KEY_FIGURES = (
    "calls.offered", "calls.answered_share", "service_level", "asa",
    "calls.abandoned_share", "aht", "tickets.registered", "tickets.resolved",
    "clock.assign", "clock.resolve-reference", "clock.resolve-outage", "fcr",
)  # fmt: skip
WORTH_NAMING = 0.05
"""A member's part of a change below this is not called a cause."""

HOLDERS = {
    Holder.LINE: N_("the line"),
    Holder.MODERATOR: N_("the moderator"),
    Holder.EXECUTOR: N_("the executor"),
    Holder.CLIENT: N_("the client"),
    Holder.VENDOR: N_("the vendor"),
}
_MARKS = {
    MarkKind.CALENDAR_CHANGED: N_("The period crosses a change of the calendar: %(day)s."),
    MarkKind.TARGETS_CHANGED: N_("The period crosses a change of the targets: %(day)s."),
    MarkKind.ZONE_CHANGED: N_("The period crosses a change of the time zone: %(day)s."),
    MarkKind.LATE_FACTS: N_("Facts about %(day)s came later; the day was counted anew."),
}


def summary(figures: ReportFigures, saying: Saying) -> Section:
    """The main figures and what changed."""
    words = saying.words
    if figures.figures.empty:
        said: tuple[str, ...] = (words("In this period there was not one call and not one ticket."),)
        return Section(name="summary", title=words("Main points"), sheet=words("Summary"), sentences=said)
    shown = [figures.measure(code) for code in KEY_FIGURES if code in figures.figures.measures]
    return Section(
        name="summary",
        title=words("Main points"),
        sheet=words("Summary"),
        sentences=tuple(_sentences(figures, saying)),
        figures=tuple(saying.key_figure(each, figures.before(each.code)) for each in shown),
    )


def marks(figures: ReportFigures, saying: Saying) -> tuple[str, ...]:
    """What must be known before the numbers are read."""
    words = saying.words
    told = []
    if figures.figures.open_days:
        told.append(
            words.plural(
                "%(num)s day of the period is not over: its figures will still change.",
                "%(num)s days of the period are not over: their figures will still change.",
                figures.figures.open_days,
            )
        )
    told.extend(say_mark(each, saying) for each in figures.figures.marks)
    if figures.check is not None and not figures.check.equal:
        count = len(figures.check.differences)
        told.append(
            words.plural(
                "The last recount found %(num)s stored figure that the raw rows do not give.",
                "The last recount found %(num)s stored figures that the raw rows do not give.",
                count,
            )
        )
    return tuple(told)


def say_mark(mark: Mark, saying: Saying) -> str:
    """One mark as a sentence."""
    words = saying.words
    if mark.kind is MarkKind.BAD_ROWS:
        return words.plural(
            "%(num)s row could not be read and is left out.",
            "%(num)s rows could not be read and are left out.",
            mark.count,
        )
    return words(_MARKS[mark.kind], day="–" if mark.day is None else saying.wording.day(mark.day))


def _sentences(figures: ReportFigures, saying: Saying) -> Iterator[str]:
    yield from _load(figures, saying)
    yield from _service(figures, saying)
    yield from _requests(figures, saying)
    yield from _clocks(figures, saying)
    yield from _callbacks(figures, saying)
    yield from _asked(figures, saying)
    yield from _lost(figures, saying)


def _load(figures: ReportFigures, saying: Saying) -> Iterator[str]:
    words = saying.words
    offered, before = figures.measure("calls.offered"), figures.before("calls.offered")
    if before is None:
        yield words(
            "Calls offered: %(value)s. There is no period before to compare with.",
            value=saying.value(offered),
        )
    else:
        yield words(
            "Calls offered: %(value)s, before %(before)s (%(change)s).",
            value=saying.value(offered),
            before=saying.value(before),
            change=saying.change(offered, before),
        )
        named = _drivers(figures, saying, Dimension.TOPIC, "calls.offered")
        if named:
            yield words("What changed the number of calls most, by topic: %(names)s.", names=named)
    busiest = max(figures.steps, key=lambda each: each.value("calls.offered") or 0, default=None)
    if busiest is not None and figures.period.days > 1 and busiest.value("calls.offered"):
        calls = saying.value(busiest.measures["calls.offered"])
        if busiest.period.days == 1:
            day = saying.day(busiest.period.first)
            yield words("The busiest day: %(day)s, %(calls)s calls.", day=day, calls=calls)
        else:
            span = saying.period(busiest.period)
            yield words("Most calls came in %(span)s: %(calls)s.", span=span, calls=calls)


def _service(figures: ReportFigures, saying: Saying) -> Iterator[str]:
    words, level = saying.words, figures.measure("service_level")
    if level.value is None:
        return
    change = saying.change(level, figures.before("service_level"))
    goal = f"{figures.rules.level}/{figures.rules.answer_within}"
    reached = level.value >= figures.rules.level
    said = words("Service level %(value)s, the goal %(goal)s is held", value=saying.value(level), goal=goal)
    if not reached:
        said = words(
            "Service level %(value)s, the goal %(goal)s is missed", value=saying.value(level), goal=goal
        )
    yield f"{said} ({change})." if change else f"{said}."
    worst = _late_days(figures.steps)
    of_days = all(each.period.days == 1 for each in figures.steps)
    if worst and of_days and figures.period.days > 1 and not reached:
        listed = ", ".join(
            words(
                "%(day)s (%(late)s of %(calls)s waited too long)", day=saying.day(day), late=late, calls=calls
            )
            for day, late, calls in worst
        )
        yield words("Most of it was lost on these days: %(days)s.", days=listed)


def _late_days(steps: Sequence[Point]) -> Sequence[tuple[date, int, int]]:
    """The three days with most calls that waited longer than the goal: day, late, all."""
    late = []
    for step in steps:
        level = step.measures.get("service_level")
        if level is not None and level.denominator:
            over = round(level.denominator - (level.numerator or 0))
            if over:
                late.append((step.period.first, over, round(level.denominator)))
    return sorted(late, key=lambda each: (-each[1], each[0]))[:3]


def _requests(figures: ReportFigures, saying: Saying) -> Iterator[str]:
    words = saying.words
    now, before = figures.measure("tickets.registered"), figures.before("tickets.registered")
    if before is not None:
        yield words(
            "Tickets registered: %(value)s, before %(before)s (%(change)s).",
            value=saying.value(now),
            before=saying.value(before),
            change=saying.change(now, before),
        )
    for dimension, sentence in (
        (Dimension.TOPIC, N_("What changed the number of tickets most, by topic: %(names)s.")),
        (Dimension.PRODUCT, N_("What changed the number of tickets most, by product: %(names)s.")),
    ):
        named = _drivers(figures, saying, dimension, "tickets.registered")
        if named:
            yield words(sentence, names=named)


def _clocks(figures: ReportFigures, saying: Saying) -> Iterator[str]:
    words = saying.words
    worse = []
    for clock, (clause, name) in CLOCKS.items():
        now = figures.measure(f"clock.{clock}")
        if now.denominator and now.numerator is not None and now.numerator < now.denominator:
            broken = saying.wording.count(round(now.denominator - now.numerator))
            change = saying.change(now, figures.before(f"clock.{clock}"))
            said = words(
                "%(name)s (%(clause)s): %(broken)s broken", name=words(name), clause=clause, broken=broken
            )
            worse.append(f"{said}, {saying.value(now)}" + (f" ({change})" if change else ""))
    if not worse:
        if any(figures.measure(f"clock.{clock}").denominator for clock in CLOCKS):
            yield words("Every clock of the tickets that ended was kept.")
        return
    yield words("Broken clocks: %(list)s.", list="; ".join(worse))
    over = [(holder, figures.figures.value(f"breach.overrun.{holder}") or 0) for holder in Holder]
    total = sum(minutes for _, minutes in over)
    holder, most = max(over, key=lambda each: each[1])
    if total:
        yield words(
            "Of the minutes over the target most were with %(holder)s: %(minutes)s of %(total)s.",
            holder=words(HOLDERS[holder]),
            minutes=saying.wording.count(round(most)),
            total=saying.wording.count(round(total)),
        )
    guilty = sorted(
        ((broken_clocks(row), row) for row in figures.rows(Dimension.EXECUTOR)), key=lambda e: -e[0]
    )
    named = [
        f"{saying.member(row.member)} ({count})" for count, row in guilty[:3] if count and row.member.key
    ]
    if named:
        yield words("Executors with most broken clocks: %(names)s.", names=", ".join(named))


def broken_clocks(row: BreakdownRow) -> int:
    """How many clocks of all kinds were broken in this row."""
    return round(sum(_rest(row.measures.get(f"clock.{clock}")) for clock in CLOCKS))


def _rest(measure: Measure | None) -> float:
    return 0 if measure is None or not measure.denominator else measure.denominator - (measure.numerator or 0)


def _callbacks(figures: ReportFigures, saying: Saying) -> Iterator[str]:
    words = saying.words
    attempts = figures.measure("callbacks.attempts")
    if not attempts.value:
        return
    cancelled = figures.measure("tickets.cancelled.unreachable")
    yield words(
        "Callbacks: %(attempts)s attempts, %(reached)s reached; tickets cancelled as unreachable: %(cancelled)s.",
        attempts=saying.value(attempts),
        reached=saying.value(figures.measure("callbacks.reached")),
        cancelled=saying.value(cancelled),
    )
    technical = figures.measure("callbacks.technical")
    if technical.value and technical.value >= attempts.value * WORTH_NAMING:
        yield words(
            "Attempts our own side spoilt: %(count)s; they do not count against clients.",
            count=saying.value(technical),
        )


def _asked(figures: ReportFigures, saying: Saying) -> Iterator[str]:
    words = saying.words
    new = [each.name for each in figures.questions if each.trend is Trend.NEW][:3]
    rising = [
        f"{each.name} ({each.before} → {each.tickets})"
        for each in figures.questions
        if each.trend is Trend.RISING
    ]
    if new:
        yield words("New questions: %(names)s.", names="; ".join(new))
    if rising:
        yield words("Asked more often: %(names)s.", names="; ".join(rising[:3]))


def _lost(figures: ReportFigures, saying: Saying) -> Iterator[str]:
    words = saying.words
    if not figures.losses:
        return
    remaining = sum(len(each.open_remainders) for each in figures.losses)
    unproved = [each for each in figures.losses if not each.proved]
    if not unproved:
        yield words.plural(
            "Nothing was lost: on the %(num)s compared day Asterisk's records, our calls and their tickets agree.",
            "Nothing was lost: on all %(num)s compared days Asterisk's records, our calls and their tickets agree.",
            len(figures.losses),
        )
    elif remaining:
        yield words.plural(
            "Not settled yet: %(num)s call on which Asterisk's records and ours do not agree.",
            "Not settled yet: %(num)s calls on which Asterisk's records and ours do not agree.",
            remaining,
        )


def _drivers(figures: ReportFigures, saying: Saying, dimension: Dimension, code: str) -> str:
    """Up to three members that moved the measure most in the direction of the whole; empty when none stands out."""
    before = figures.before(code)
    if before is None:
        return ""
    whole = (figures.measure(code).value or 0) - (before.value or 0)
    if not whole:
        return ""
    moved: list[tuple[float, str]] = []
    seen = set()
    for row in figures.rows(dimension):
        seen.add(row.member.key)
        was = figures.earlier_row(row)
        moved.append(
            ((row.value(code) or 0) - ((was.value(code) if was else 0) or 0), saying.member(row.member))
        )
    earlier = figures.earlier_by.get(dimension)
    gone = () if earlier is None else [row for row in earlier.rows if row.member.key not in seen]
    moved.extend((-(row.value(code) or 0), saying.member(row.member)) for row in gone)
    same_way = [each for each in moved if each[0] * whole > 0 and abs(each[0]) >= abs(whole) * WORTH_NAMING]
    same_way.sort(key=lambda each: (-abs(each[0]), each[1]))
    return ", ".join(
        f"«{name}» ({'+' if by > 0 else '−'}{saying.wording.count(round(abs(by)))})"
        for by, name in same_way[:3]
    )


def is_final(figures: ReportFigures) -> bool:
    """Whether these figures will not change any more."""
    if figures.period.kind is PeriodKind.MONTH:
        return figures.figures.standing is Standing.FROZEN
    return figures.figures.standing is not Standing.LIVE
