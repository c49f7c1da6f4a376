"""A believable month for tests of reports: tallies by fixed rules, no randomness, with an unusual week in it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from callcenter.domain.measures import measures
from callcenter.domain.questions import AskedQuestion, Trend
from callcenter.domain.report_figures import BROKEN_DOWN_BY, ReportFigures
from callcenter.domain.statistics import (
    EVERYTHING,
    Breakdown,
    BreakdownRow,
    Check,
    Dimension,
    Figures,
    Heat,
    HeatCell,
    Mark,
    Member,
    Period,
    Point,
    Rules,
    Standing,
)
from callcenter.domain.tally import Tally, merged
from callcenter.domain.zero_loss import LossLedger, MissedCalls, Remainder, RemainderKind

RULES = Rules()
MADE_AT = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
NAMES: Mapping[Dimension, Sequence[tuple[str, str]]] = {
    Dimension.HOTLINE: (("1", "Горячая линия"), ("2", "Служба заботы")),
    Dimension.PRODUCT: (("1", "Бухгалтерия"), ("2", "Отчётность"), ("3", "Кадры"), ("", "")),
    Dimension.TOPIC: (
        ("1", "Консультация по интерфейсу"),
        ("2", "Настройка рабочего места"),
        ("3", "Оформление документов"),
        ("4", "Покупка и продление"),
        ("", ""),
    ),
    Dimension.KIND: (("reference", ""), ("outage", ""), ("vendor", "")),
    Dimension.SOURCE: (("call", ""), ("form", ""), ("operator", "")),
    Dimension.OPERATOR: (("1", "Иванова Анна"), ("2", "Петров Олег"), ("3", "Сидорова Мария"), ("", "")),
    Dimension.EXECUTOR: (("4", "Васильев Пётр"), ("5", "Громова Елена"), ("6", "Лебедев Илья"), ("", "")),
}


def day_tally(day: date, *, share: float = 1.0) -> Tally:
    """A day of the hotline: quiet on Fridays, a bad Thursday in the middle of the month, closed on weekends."""
    tally = Tally()
    if day.weekday() >= 5:
        tally.add("call.outside_hours", round(4 * share))
        return tally
    bad = day.day in (14, 15)
    calls = round((46 + 5 * (4 - day.weekday()) + day.day % 7 + (30 if bad else 0)) * share)
    gone = round(calls * (0.16 if bad else 0.04))
    tally.add("call.answered", calls - gone)
    tally.add("call.abandoned", gone)
    tally.add("call.known", round(calls * 0.96))
    tally.add("call.repeat", round(calls * 0.14))
    for seconds, part in ((6, 0.5), (14, 0.34), (35, 0.1), (70, 0.06)):
        tally.wait("answered", seconds * (3 if bad else 1), round((calls - gone) * part))
    tally.wait("abandoned", 3, gone // 3)
    tally.wait("abandoned", 55, gone - gone // 3)
    tally.add("talk.calls", calls - gone)
    tally.add("talk.seconds", (calls - gone) * 252)
    tally.add("staffed.seconds", round(3 * 9 * 3600 * share))
    _requests(tally, calls, bad=bad)
    return tally


def _requests(tally: Tally, calls: int, *, bad: bool) -> None:
    forms = calls // 4
    tally.add("ticket.opened.call", calls)
    tally.add("ticket.opened.form", forms)
    tally.add("ticket.opened.operator", calls // 20)
    for name, part in (
        ("placed", 1.1),
        ("assigned", 0.8),
        ("resolved", 1.0),
        ("cancelled", 0.04),
        ("reopened", 0.03),
    ):
        tally.add(f"step.{name}", round(calls * part))
    tally.add("ended.closed", round(calls * 0.94))
    tally.add("ended.cancelled", calls // 25)
    tally.add("ended.reason.unreachable", calls // 50)
    tally.add("fcr.tickets", calls)
    tally.add("fcr.first", round(calls * 0.61))
    broken = calls // 6 if bad else calls // 30
    for name, share in (
        ("place", 0.25),
        ("assign", 1.0),
        ("resolve-reference", 0.8),
        ("resolve-outage", 0.15),
    ):
        done = round(calls * share)
        lost = 0 if name == "place" else round(broken * share)
        tally.add(f"clock.{name}.kept", done - lost)
        tally.add(f"clock.{name}.breached", lost)
    for holder, minutes in (("moderator", 9), ("executor", 41), ("client", 12)):
        tally.add(f"held.{holder}", broken * minutes * 60)
        tally.add(f"overrun.{holder}", broken * minutes * 20)
    tally.add("series.asked", calls // 10)
    tally.add("series.reached", calls // 12)
    tally.add("series.unreachable", calls // 50)
    tally.add("series.wrong_number", 1 if bad else 0)
    tally.add("attempt.reached", calls // 12)
    tally.add("attempt.no_answer", calls // 14)
    tally.add("attempt.trunk_failed", 3 if bad else 0)
    tally.add("vendor.handed", calls // 40)
    tally.add("rating.count", calls // 8)
    tally.add("rating.sum", (calls // 8) * 4 + calls // 12)


def figures_of(period: Period, *, share: float = 1.0, marks: Sequence[Mark] = ()) -> Figures:
    """The figures of a period."""
    tally = merged(day_tally(day, share=share) for day in period.each_day())
    return Figures(
        period=period,
        selection=EVERYTHING,
        standing=Standing.FROZEN,
        as_of=MADE_AT,
        measures=measures(tally, RULES),
        empty=tally.empty,
        marks=marks,
    )


def breakdown(dimension: Dimension, figures: Figures, *, share: float, first_more: float = 1.0) -> Breakdown:
    """Members of a dimension, each with a smaller part of the whole than the one before."""
    days = list(figures.period.each_day())
    rows = []
    for place, (key, name) in enumerate(NAMES[dimension]):
        part = share * (0.5, 0.26, 0.14, 0.07, 0.03)[place] * (first_more if place == 0 else 1.0)
        tally = merged(day_tally(day, share=part) for day in days)
        member = Member(dimension=dimension, key=key, name=name)
        rows.append(BreakdownRow(member=member, measures=measures(tally, RULES, part_of=dimension)))
    return Breakdown(dimension=dimension, figures=figures, rows=rows)


def heat(period: Period) -> Heat:
    """Mornings and the hour after lunch are busy."""
    shape = (7, 11, 12, 9, 5, 8, 9, 6, 4)
    cells = [
        HeatCell(
            weekday=weekday,
            hour=9 + place,
            days=4,
            offered=(calls + 4 - weekday) * 4,
            answered=calls * 4,
            abandoned=0,
            wait_seconds=0,
            talk_seconds=0,
            within=0,
        )
        for weekday in range(5)
        for place, calls in enumerate(shape)
    ]
    return Heat(period=period, cells=cells)


def ledger(day: date, *, remainders: int = 0) -> LossLedger:
    """A compared day."""
    calls = day_tally(day).under("call").get("answered", 0)
    at = datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC)
    found = [
        Remainder(
            id=number + 1,
            day=day,
            kind=RemainderKind.RECORD_ONLY,
            pbx="main",
            linkedid=f"1700000000.{number}",
            at=at,
            caller="+79161234567",
        )
        for number in range(remainders)
    ]
    return LossLedger(
        day=day,
        recorded=calls + remainders,
        calls=calls,
        tickets=calls,
        held=calls,
        remainders=found,
        missed=MissedCalls(missed=4, reached=2, called_back=1, hidden=0, remaining=1, tickets=(1042,)),
        compared_at=at + timedelta(hours=12),
        unread={},
    )


def questions() -> Sequence[AskedQuestion]:
    """Four questions, one of them new."""
    told = (
        ("Не открывается отчёт по зарплате", 64, 31, Trend.RISING),
        ("Как настроить подпись документов", 40, 42, Trend.STEADY),
        ("Ошибка при обновлении программы", 22, 0, Trend.NEW),
        ("Продление лицензии", 12, 30, Trend.FALLING),
    )
    return tuple(
        AskedQuestion(
            question_id=number,
            name=name,
            words=(),
            tickets=now,
            before=before,
            expected=float(before),
            trend=trend,
            chance=0.001,
        )
        for number, (name, now, before, trend) in enumerate(told, start=1)
    )


def report_figures(period: Period | None = None, *, marks: Sequence[Mark] = ()) -> ReportFigures:
    """A month against the one before: one topic grew by half, two days were bad."""
    month = period or Period.month(2026, 10)
    now, earlier = figures_of(month, marks=marks), figures_of(month.before(), share=0.9)
    waits: Mapping[str, Counter[int]] = merged(day_tally(day) for day in month.each_day()).waits
    return ReportFigures(
        period=month,
        hotline="8 (800) 555-06-40",
        rules=RULES,
        figures=now,
        earlier=earlier,
        steps=[
            Point(period=Period.day(day), measures=measures(day_tally(day), RULES))
            for day in month.each_day()
        ],
        heat=heat(month),
        by={each: breakdown(each, now, share=1.0, first_more=1.4) for each in BROKEN_DOWN_BY},
        earlier_by={each: breakdown(each, earlier, share=0.9) for each in BROKEN_DOWN_BY},
        waits=waits,
        losses=[
            ledger(day, remainders=1 if day.day == 14 else 0) for day in month.each_day() if day.weekday() < 5
        ],
        questions=questions(),
        check=Check(at=MADE_AT, first=month.first, last=month.last, days=month.days, equal=True),
    )
