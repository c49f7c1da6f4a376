"""The regulation clause by clause for one month: kept, broken, evidence, and what explains each breach.

Counts are those of the month's figures, so that this page and the report agree; the tickets behind a count are looked
up when somebody asks for them, on the days that have some. Regulation: 2.10, 3.2.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from callcenter.domain.compliance import (
    BREACHES_SHOWN,
    EVIDENCE_SHOWN,
    LONGEST_SHOWN,
    Breach,
    ClauseLine,
    Evidence,
    MonthCompliance,
)
from callcenter.domain.errors import NotFound
from callcenter.domain.measure_clocks import CLOCKS
from callcenter.domain.measure_rules import RULES
from callcenter.domain.regulation import CLAUSES
from callcenter.domain.statistics import Figures, Grain, Period
from callcenter.ports.statistics import Closing, Statistics
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork
from callcenter.services.day_counting import House

CLOCK_WORDS = "clocks of tickets that ended in the month, by their frozen verdicts"
CALL_WORDS = "calls in Asterisk's records that have their ticket, of the days compared"
FROZEN_WORDS = "the month is frozen and its report can be made again from the same figures"
CLOSED_WORDS = "days over that are counted and stored"
_LONGEST_AT_ONCE = 5000
_KEPT_LONGEST = 1000


def _by_clause() -> Mapping[str, Sequence[tuple[str, str]]]:
    """The measures of each clause with what they count."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, (clause, _) in CLOCKS.items():
        found.setdefault(clause, []).append((f"clock.{name}", CLOCK_WORDS))
    for each in RULES:
        found.setdefault(each.clause, []).append((each.code, each.formula))
    return found


_COUNTED = _by_clause()


class Compliance:
    """Port `Compliance`."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, house: House, statistics: Statistics) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._house = house
        self._statistics = statistics
        self._longest: dict[tuple[date, str], tuple[Closing, Sequence[Breach]]] = {}

    async def month(self, year: int, month: int, *, longest: bool = False) -> MonthCompliance:
        """Every clause for one month, in the regulation's order."""
        period = Period.month(year, month)
        figures = await self._statistics.figures(period)
        lines: list[ClauseLine] = []
        async with self._open_uow(write=False) as uow:
            for clause in CLAUSES:
                lines += [_line(clause, figures, *counted) for counted in _COUNTED.get(clause, ())]
                if clause == "1.6":
                    lines.append(await self._calls(uow, period))
                if clause in ("3.1", "3.2"):
                    lines.append(await self._closings(uow, clause, period))
        if longest:
            lines = [await self._with_longest(each, period) for each in lines]
        return MonthCompliance(period=period, standing=figures.standing, as_of=figures.as_of, lines=lines)

    async def evidence(
        self, year: int, month: int, rule: str, *, before: tuple[datetime, int] | None = None
    ) -> Evidence:
        """The tickets behind one count; only days that have some are looked at, the newest first.

        Raises:
            NotFound: there is no such rule.
        """
        if not any(code == rule for counted in _COUNTED.values() for code, _ in counted):
            raise NotFound("rule", rule=rule)
        counts = await self._days(Period.month(year, month), rule)
        breaches: list[Breach] = []
        kept: list[int] = []
        async with self._open_uow(write=False) as uow:
            for day in (each for each, (_, broken) in counts.items() if broken):
                since, until = Period.day(day).span(self._house.zone)
                if len(breaches) > BREACHES_SHOWN or (before is not None and since > before[0]):
                    continue
                breaches += await uow.compliance.broken(
                    rule,
                    since,
                    until,
                    rules=self._statistics.rules,
                    before=before if before is not None and before[0] < until else None,
                    limit=BREACHES_SHOWN + 1 - len(breaches),
                )
            for day in (each for each, (good, _) in counts.items() if good):
                if len(kept) < EVIDENCE_SHOWN:
                    kept += await uow.compliance.kept(
                        rule,
                        *Period.day(day).span(self._house.zone),
                        rules=self._statistics.rules,
                        limit=EVIDENCE_SHOWN - len(kept),
                    )
        shown = breaches[:BREACHES_SHOWN]
        more = len(breaches) > BREACHES_SHOWN
        after = (shown[-1].judged_at, shown[-1].ticket_id) if more else None
        return Evidence(rule=rule, breaches=shown, after=after, kept=kept)

    async def _days(self, period: Period, rule: str) -> Mapping[date, tuple[int, int]]:
        """How often it was kept and broken each day, the newest day first."""
        steps = await self._statistics.series(period, Grain.DAY)
        return {
            each.period.first: _kept_and_broken(
                each.measures[rule].numerator, each.measures[rule].denominator
            )
            for each in reversed(steps)
        }

    async def _with_longest(self, line: ClauseLine, period: Period) -> ClauseLine:
        """The line with its longest breaches of the whole month, of rules without length its newest."""
        if not line.rule or not line.broken:
            return line
        found: list[Breach] = []
        async with self._open_uow(write=False) as uow:
            closings = {
                each.start: each for each in await uow.statistics.day_closings(period.first, period.last)
            }
            for day, (_, broken) in (await self._days(period, line.rule)).items():
                if broken:
                    found += await self._longest_of(uow, day, line.rule, closings.get(day))
        found = heapq.nlargest(LONGEST_SHOWN, found, key=lambda each: each.over_seconds)
        return replace(line, breaches=[each if each.what else replace(each, what=line.how) for each in found])

    async def _longest_of(
        self, uow: UnitOfWork, day: date, rule: str, closing: Closing | None
    ) -> Sequence[Breach]:
        """The longest breaches of a day without their minutes; those of a closed day are looked up once."""
        known = self._longest.get((day, rule))
        if known is not None and known[0] == closing:
            return known[1]
        found = await uow.compliance.broken(
            rule,
            *Period.day(day).span(self._house.zone),
            rules=self._statistics.rules,
            limit=_LONGEST_AT_ONCE,
        )
        longest = heapq.nlargest(LONGEST_SHOWN, found, key=lambda each: each.over_seconds)
        longest = [replace(each, verdict=None) for each in longest]
        if closing is not None:
            if len(self._longest) > _KEPT_LONGEST:
                self._longest.clear()
            self._longest[day, rule] = (closing, longest)
        return longest

    async def _calls(self, uow: UnitOfWork, period: Period) -> ClauseLine:
        """Each recorded call has its call and its ticket; remainders a person has settled are not broken."""
        ledgers = await uow.losses.ledgers(period.first, period.last)
        open_ones = [each for ledger in ledgers for each in ledger.open_remainders]
        return ClauseLine(
            clause="1.6",
            kept=max(sum(ledger.held for ledger in ledgers) - len(open_ones), 0),
            broken=len(open_ones),
            how=CALL_WORDS,
            breaches=[
                Breach(ticket_id=each.ticket_id or 0, at=each.at, judged_at=each.at, what=str(each.kind))
                for each in open_ones[:LONGEST_SHOWN]
            ],
        )

    async def _closings(self, uow: UnitOfWork, clause: str, period: Period) -> ClauseLine:
        """3.1: days over and closed; 3.2: the month is frozen once it is over."""
        today = self._clock.now().astimezone(self._house.zone).date()
        if clause == "3.2":
            frozen = len(await uow.statistics.month_closings(period.first, period.first))
            over = period.last < today
            return ClauseLine(clause=clause, kept=frozen, broken=int(over and not frozen), how=FROZEN_WORDS)
        closed = len(await uow.statistics.day_closings(period.first, period.last))
        over_days = sum(1 for _ in self._over(period, await uow.statistics.first_event(), today))
        return ClauseLine(clause=clause, kept=closed, broken=max(over_days - closed, 0), how=CLOSED_WORDS)

    def _over(self, period: Period, begun: datetime | None, today: date) -> Iterator[date]:
        """The days of the period that are over, from the first on which anything happened."""
        first = today if begun is None else begun.astimezone(self._house.zone).date()
        return (day for day in period.each_day() if first <= day < today)


def _line(clause: str, figures: Figures, code: str, how: str) -> ClauseLine:
    measure = figures.measures[code]
    kept, broken = _kept_and_broken(measure.numerator, measure.denominator)
    return ClauseLine(clause=clause, kept=kept, broken=broken, how=how, rule=code)


def _kept_and_broken(numerator: float | None, denominator: float | None) -> tuple[int, int]:
    kept = int(numerator or 0)
    return kept, int(denominator or 0) - kept
