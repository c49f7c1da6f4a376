"""Reading the audit as a whole: what is asked for, and whether the chain is unbroken. Regulation: 2.10."""

from dataclasses import dataclass
from datetime import datetime

BEFORE_THE_FIRST = "0" * 64
"""The hash that the first row of the chain follows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditFilter:
    """What part of the audit is wanted; None means all. The period is half-open. `action` is a whole name."""

    ticket_id: int | None = None
    actor: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainPage:
    """A piece of the chain that was recomputed: the last row read, its hash, and the first row that does not fit."""

    last: int
    last_hash: str
    rows: int
    broken_at: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditCheck:
    """One verification of the whole chain that came to its end; `by` is None where the program did it by itself."""

    id: int
    at: datetime
    by: int | None
    rows: int
    broken_at: int | None

    @property
    def intact(self) -> bool:
        """Whether every row up to `rows` fits."""
        return self.broken_at is None
