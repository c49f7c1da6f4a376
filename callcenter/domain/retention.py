"""How long personal words and numbers are kept, and what goes when the time is over (152-FZ, articles 5 and 21).

Rows, times, verdicts and the audit always stay: figures of the past and the chain need them.
"""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionTerms:
    """How long each kind is kept; None: until its client is forgotten.

    `files`: attachments, after the end of their ticket. `letters`: address and text of a letter, after it was
    delivered or refused. `strangers`: words and numbers of tickets that belong to no known client, after their end.
    `senders`: the network key of a public form's sender, after it was sent. `sign_ins`: sessions and one-time links,
    after they ended.
    """

    files: timedelta | None = timedelta(days=365)
    letters: timedelta | None = timedelta(days=365)
    strangers: timedelta | None = timedelta(days=1095)
    senders: timedelta | None = timedelta(days=30)
    sign_ins: timedelta | None = timedelta(days=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shed:
    """What one commit let go of: how many rows, and stored bodies that are to be deleted after the commit."""

    rows: int
    files: tuple[str, ...] = field(default=(), repr=False)
