"""The regulation clause by clause for one month: kept, broken, evidence, and what explains each breach.

Regulation: 2.10, 3.2. Counts of clocks are those of the month's figures, so that this page and the report agree.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from callcenter.domain.compliance import (
    BREACHES_SHOWN,
    EVIDENCE_SHOWN,
    Breach,
    ClauseLine,
    MonthCompliance,
)
from callcenter.domain.measures import CLOCKS
from callcenter.domain.regulation import CLAUSES
from callcenter.domain.statistics import Figures, Period, Standing
from callcenter.ports.statistics import Statistics
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork
from callcenter.services.day_counting import House

KEPT_FOR = timedelta(minutes=10)
KEPT_LIVE = timedelta(seconds=15)
_NOT_COUNTED = {
    "1.3": "the calendar of the program follows the clause; calls outside it get the announcement and a ticket",
    "1.4": "the roles of the clause are the roles of the program; every action is checked against them",
    "2.5": "the topics of the clause are the program's topics; a proposal weighs who serves them",
}
_RULES = {
    "2.1": ("said", "registered from a call with the deadline said to the caller"),
    "2.2": ("consent", "forms accepted with a stored consent"),
    "2.9": ("series", "series that ended «unreachable» after exactly the counted attempts of the clause"),
    "2.10": ("complete", "registered with topic, kind and a way to answer"),
}
_CLOCK_OF = {clause: name for name, (clause, _) in CLOCKS.items()}
_CLOCK_WORDS = "clocks of tickets that ended in the month, by their frozen verdicts"


class Compliance:
    """Port `Compliance`; `attempts`: how many counted attempts the settings ask for. Regulation: 2.9."""

    def __init__(
        self,
        open_uow: OpenUnitOfWork,
        clock: Clock,
        house: House,
        statistics: Statistics,
        *,
        attempts: int = 3,
    ) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._house = house
        self._statistics = statistics
        self._attempts = attempts
        self._kept: dict[date, tuple[datetime, MonthCompliance]] = {}

    async def month(self, year: int, month: int) -> MonthCompliance:
        """Every clause for one month, in the regulation's order.

        Evidence is looked up among all tickets of the month, so the answer is kept for `KEPT_FOR`, of a month that
        goes on for `KEPT_LIVE`; a day closed anew ends it at once.
        """
        period, now = Period.month(year, month), self._clock.now()
        figures = await self._statistics.figures(period)
        known = self._kept.get(period.first)
        if known is not None:
            live = Standing.LIVE in (figures.standing, known[1].standing)
            same = live or known[1].as_of == figures.as_of
            if same and timedelta() <= now - known[0] < (KEPT_LIVE if live else KEPT_FOR):
                return known[1]
        found = await self._look(period, figures)
        self._kept[period.first] = (now, found)
        return found

    async def _look(self, period: Period, figures: Figures) -> MonthCompliance:
        since, until = period.span(self._house.zone)
        async with self._open_uow(write=False) as uow:
            lines = [await self._line(uow, clause, period, figures, since, until) for clause in CLAUSES]
        return MonthCompliance(period=period, standing=figures.standing, as_of=figures.as_of, lines=lines)

    async def _line(
        self,
        uow: UnitOfWork,
        clause: str,
        period: Period,
        figures: Figures,
        since: datetime,
        until: datetime,
    ) -> ClauseLine:
        if clause in _NOT_COUNTED:
            return ClauseLine(clause=clause, kept=None, broken=None, how=_NOT_COUNTED[clause])
        if clause in _RULES:
            rule, how = _RULES[clause]
            return await self._rule(uow, clause, rule, how, since, until)
        if clause in _CLOCK_OF:
            return await self._clocks(uow, clause, figures, since, until)
        if clause == "1.6":
            return await self._calls(uow, period)
        return await self._closings(uow, clause, period)

    async def _rule(
        self, uow: UnitOfWork, clause: str, rule: str, how: str, since: datetime, until: datetime
    ) -> ClauseLine:
        found = await uow.compliance.obeyed(
            rule, since, until, attempts=self._attempts, kept=EVIDENCE_SHOWN, broken=BREACHES_SHOWN
        )
        breaches = [Breach(ticket_id=ticket_id, at=at, what=how) for ticket_id, at in found.breaches]
        return ClauseLine(
            clause=clause,
            kept=found.kept,
            broken=found.broken,
            how=how,
            breaches=breaches,
            evidence=found.evidence,
        )

    async def _clocks(
        self, uow: UnitOfWork, clause: str, figures: Figures, since: datetime, until: datetime
    ) -> ClauseLine:
        name = _CLOCK_OF[clause]
        clock, _, kind = name.partition("-")
        measure = figures.measures[f"clock.{name}"]
        kept = int(measure.numerator or 0)
        broken = int(measure.denominator or 0) - kept
        breaches: Sequence[Breach] = []
        if broken:
            breaches = await uow.compliance.broken_clocks(clock, kind, since, until)
        return ClauseLine(
            clause=clause,
            kept=kept,
            broken=broken,
            how=_CLOCK_WORDS,
            breaches=breaches[:BREACHES_SHOWN],
            evidence=await uow.compliance.kept_clocks(clock, kind, since, until, limit=EVIDENCE_SHOWN),
        )

    async def _calls(self, uow: UnitOfWork, period: Period) -> ClauseLine:
        """Each recorded call has its call and its ticket; remainders a person has settled are not broken."""
        ledgers = await uow.losses.ledgers(period.first, period.last)
        open_ones = [each for ledger in ledgers for each in ledger.open_remainders]
        return ClauseLine(
            clause="1.6",
            kept=max(sum(ledger.held for ledger in ledgers) - len(open_ones), 0),
            broken=len(open_ones),
            how="calls in Asterisk's records that have their ticket, of the days compared",
            breaches=[
                Breach(ticket_id=each.ticket_id or 0, at=each.at, what=str(each.kind))
                for each in open_ones[:BREACHES_SHOWN]
            ],
        )

    async def _closings(self, uow: UnitOfWork, clause: str, period: Period) -> ClauseLine:
        """3.1: days over and closed; 3.2: the month is frozen once it is over."""
        today = self._clock.now().astimezone(self._house.zone).date()
        if clause == "3.2":
            frozen = len(await uow.statistics.month_closings(period.first, period.first))
            over = period.last < today
            return ClauseLine(
                clause=clause,
                kept=frozen,
                broken=int(over and not frozen),
                how="the month is frozen and its report can be made again from the same figures",
            )
        closed = len(await uow.statistics.day_closings(period.first, period.last))
        begun = await uow.statistics.first_event()
        first = today if begun is None else begun.astimezone(self._house.zone).date()
        over_days = sum(first <= day < today for day in period.each_day())
        return ClauseLine(
            clause=clause,
            kept=closed,
            broken=max(over_days - closed, 0),
            how="days over that are counted and stored",
        )
