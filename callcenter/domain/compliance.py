"""Compliance with the regulation, clause by clause, for one month: kept, broken, evidence, explanation.

A broken clock is explained by its own frozen verdict (`sla`), minute by minute; nothing is judged again here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.statistics import Period, Standing
from sla.verdict import Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """One breach: the ticket, how far over (seconds), who held it how long, and the verdict that explains it.

    `at`: when it was broken; `judged_at`: the instant it is counted by. `verdict` None: the breach is not of a clock
    (`what`, an English message id or nothing, says more), or its stored verdict cannot be read any more, and then
    `what` says so.
    """

    ticket_id: int
    at: datetime
    judged_at: datetime
    what: str
    over_seconds: int = 0
    held_seconds: Mapping[str, int] | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClauseLine:
    """One count of a clause in one month; a clause may have several.

    `how` is an English message id: what is counted as kept and as broken. `rule`: the measure it is, by which its
    evidence is asked for; empty where `breaches` holds all there is. Of a report's lines `breaches` are the longest.
    """

    clause: str
    kept: int
    broken: int
    how: str
    rule: str = ""
    breaches: Sequence[Breach] = ()

    @property
    def share(self) -> float | None:
        """Percent kept; None when there was nothing to keep."""
        if not self.kept + self.broken:
            return None
        return 100 * self.kept / (self.kept + self.broken)


BREACHES_SHOWN = 50
LONGEST_SHOWN = 40
EVIDENCE_SHOWN = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Tickets behind one count: breaches, the newest first, further ones after `after`; and a few that kept it."""

    rule: str
    breaches: Sequence[Breach]
    after: tuple[datetime, int] | None
    kept: Sequence[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthCompliance:
    """Every count of every clause of the regulation, in its order."""

    period: Period
    standing: Standing
    as_of: datetime
    lines: Sequence[ClauseLine]

    def line(self, clause: str) -> ClauseLine:
        """The first line of one clause.

        Raises:
            KeyError: no such clause.
        """
        for each in self.lines:
            if each.clause == clause:
                return each
        raise KeyError(clause)
