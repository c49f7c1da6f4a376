"""What the worker needs of the outside world: a durable ledger of attempts and a PBX that places them.

Each method of the ledger is one transaction: what it returned is committed. Regulation: 2.9, point 11.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from inspect import iscoroutinefunction
from typing import Final, Protocol

from dialer.outcome import Evidence, Verdict
from dialer.policy import Reason, Why


class LedgerUnavailable(Exception):
    """The ledger cannot be read or written now: nothing was claimed, nothing may be dialled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """One claimed attempt, committed as "dialling" before anything is sent. Instants in microseconds.

    `attempt_id` is the channel id the PBX is told to use. `token` fences: it grows with each taking over. After
    `send_by` the order is not sent any more; after `expires_at` the PBX itself must not dial the client for it.
    `ring_seconds` is for the phone that rings first: the executor's, or with `client_first` the client's.
    `listen`: the PBX is to listen whether a machine answered, before it joins the two.
    """

    attempt_id: str
    token: int
    pbx: str
    number: str
    executor: str
    ring_seconds: int
    claimed_at: int
    send_by: int
    expires_at: int
    client_first: bool = False
    listen: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What a claim brought: an order, or none and when to look again (None: nothing is due). `held` says why.

    `look_again` at once means that something was put off and more may be due behind it.
    """

    order: Order | None = None
    look_again: int | None = None
    held: Reason | None = None


class Ledger(Protocol):
    """The series and attempts at rest. Raises LedgerUnavailable from every method."""

    async def claim(self, now: int, attempt_id: str) -> Claim:
        """Choose the next due series and commit an attempt of it as "dialling" under this id."""
        ...

    async def confirm(self, order: Order, now: int) -> Reason | None:
        """The last look right before sending: None when it may be sent, else why not."""
        ...

    async def sent(self, order: Order, now: int) -> None:
        """The PBX took the order."""
        ...

    async def finish(self, attempt_id: str, verdict: Verdict, now: int, *, token: int | None = None) -> bool:
        """Make the attempt terminal, once, and what follows from it with it.

        False when it was terminal already, is unknown, or (with `token`) another worker has taken it over.
        """
        ...

    async def take_over(self, now: int, limit: int) -> Sequence[Order]:
        """Attempts in flight whose worker has not been heard of in time; ours from now on, with new tokens."""
        ...

    async def keep(self, order: Order, now: int) -> None:
        """The attempt is alive or may become so: look at it again later."""
        ...

    async def withdrawals(self, now: int) -> Sequence[str]:
        """Attempts in flight that somebody asked to be taken back."""
        ...

    async def halt(self, why: Why, detail: str, now: int) -> None:
        """Stop the dialer of all nodes, with an alarm, until a person lets it go on."""
        ...


class Placement(StrEnum):
    """What became of an order: SENT, certainly NOT_SENT, DENIED (the PBX's own table), or UNCERTAIN (answer lost)."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    DENIED = "denied"
    UNCERTAIN = "uncertain"


class PhoneState(StrEnum):
    """What the PBX says of an executor's phone before it is rung."""

    FREE = "free"
    BUSY = "busy"
    AWAY = "away"
    UNKNOWN = "unknown"


class Finding(StrEnum):
    """What the PBX's own record says: ALIVE, OVER (with evidence), NO_TRACE, or it could not be read in full.

    NO_TRACE_RESTARTED: no trace, but the PBX has been started anew since the claim.
    """

    ALIVE = "alive"
    OVER = "over"
    NO_TRACE = "no_trace"
    NO_TRACE_RESTARTED = "no_trace_restarted"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Examination:
    """What was found; `evidence` and `ended_at` (None: not recorded) only when the attempt is OVER."""

    finding: Finding
    evidence: Evidence | None = None
    ended_at: int | None = None


class Pbx(Protocol):
    """The exchange that places calls. It never raises for what can happen to a telephone link."""

    @property
    def ready(self) -> bool:
        """Orders can be sent now."""
        ...

    async def executor_phone(self, order: Order) -> PhoneState:
        """The state of the phone of the order's executor; UNKNOWN where it cannot be told."""
        ...

    async def place(self, order: Order) -> Placement:
        """Send the order once."""
        ...

    async def hang_up(self, attempt_id: str) -> None:
        """End the attempt's channels, if there are any."""
        ...

    async def examine(self, order: Order) -> Examination:
        """What became of it: live channels, then the PBX's database, then its event log, then its call records."""
        ...


STEPS: Final = tuple(
    name for port in (Ledger, Pbx) for name, it in vars(port).items() if iscoroutinefunction(it)
)
"""Everything the worker does to the world, by name: a new method of a port is a new step by itself."""

FAILPOINTS: Final = tuple(f"{step}.{moment}" for step in STEPS for moment in ("before", "after"))
"""Where the worker's process may die: just before and just after each step."""

Failpoint = Callable[[str], Awaitable[None]]
"""Called by name at each of `FAILPOINTS`; a test kills or raises there."""


async def no_failpoint(name: str) -> None:
    """The failpoint of real life: nothing happens."""
