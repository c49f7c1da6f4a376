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

    `verdict` None: the breach is not of a clock (`what` says which, an English message id), or its stored verdict
    cannot be read any more, and then `what` says so.
    """

    ticket_id: int
    at: datetime
    what: str
    over_seconds: int = 0
    held_seconds: Mapping[str, int] | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClauseLine:
    """One clause in one month. `kept` None: the program has no count for this clause (`how` says what it does).

    `how` is an English message id: what is counted as kept and as broken. `breaches` are the longest first, at most
    `BREACHES_SHOWN`; `broken` counts all. `evidence` are tickets that show it kept, a sample of at most
    `EVIDENCE_SHOWN`.
    """

    clause: str
    kept: int | None
    broken: int | None
    how: str
    breaches: Sequence[Breach] = ()
    evidence: Sequence[int] = ()

    @property
    def share(self) -> float | None:
        """Percent kept; None when there was nothing to keep."""
        if self.kept is None or self.broken is None or not self.kept + self.broken:
            return None
        return 100 * self.kept / (self.kept + self.broken)


BREACHES_SHOWN = 200
EVIDENCE_SHOWN = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthCompliance:
    """Every clause of the regulation, in its order."""

    period: Period
    standing: Standing
    as_of: datetime
    lines: Sequence[ClauseLine]

    def line(self, clause: str) -> ClauseLine:
        """The line of one clause.

        Raises:
            KeyError: no such clause.
        """
        for each in self.lines:
            if each.clause == clause:
                return each
        raise KeyError(clause)
