"""Series of callbacks, their attempts and the state of the dialer. Regulation: 2.9."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from callcenter.domain.callbacks import (
    AttemptStage,
    Callback,
    CallbackAttempt,
    CallbackState,
    DialerState,
    OptOut,
)
from dialer.attempt import Outcome


class Callbacks(Protocol):
    """Series of callbacks; `save` refuses a stale version with Conflict. Regulation: 2.9."""

    async def add(self, callback: Callback) -> Callback:
        """Store a new series (its `id` and `version` are ignored); Conflict when the ticket has an open one."""
        ...

    async def by_id(self, callback_id: int) -> Callback | None: ...

    async def save(self, callback: Callback) -> Callback:
        """Store the series if nobody changed it since `callback.version`; returns it with its new version."""
        ...

    async def due(self, now: datetime, *, limit: int) -> Sequence[Callback]:
        """Waiting series to look at, earliest first, held against others until the commit; those held are skipped."""
        ...

    async def of_ticket(self, ticket_id: int) -> Sequence[Callback]:
        """All series of a ticket, oldest first."""
        ...

    async def open_of_number(self, e164: str) -> Sequence[Callback]: ...

    async def open_of_executor(self, person_id: int) -> Sequence[Callback]:
        """His open series, the next due first."""
        ...

    async def ended_of_executor(self, person_id: int, since: datetime) -> Sequence[Callback]: ...

    async def in_state(self, state: CallbackState, *, limit: int) -> Sequence[Callback]:
        """Series that stand so, the earliest due (or else the longest standing) first."""
        ...

    async def count_open(self, now: datetime) -> Mapping[str, int]:
        """How many open series there are by state, and as `due` how many waiting ones are past their instant."""
        ...


class CallbackAttempts(Protocol):
    """The attempts of all series: the dialer's durable queue. At most one in flight per number and per executor."""

    async def add(self, attempt: CallbackAttempt) -> bool:
        """Store a new attempt in flight; False when its number or its executor has one in flight already."""
        ...

    async def by_id(self, attempt_id: str) -> CallbackAttempt | None: ...

    async def of_callback(self, callback_id: int) -> Sequence[CallbackAttempt]:
        """All attempts of a series, oldest first."""
        ...

    async def of_ticket(self, ticket_id: int) -> Sequence[CallbackAttempt]: ...

    async def in_flight(self) -> Sequence[CallbackAttempt]: ...

    async def claimed_since(self, since: datetime) -> int: ...

    async def touched_since(self, e164: str, since: datetime) -> int:
        """How many ended attempts of all tickets touched this number."""
        ...

    async def count_by_outcome(self, since: datetime) -> Mapping[str, int]:
        """How many attempts that began since then ended so; one marked as a machine counts as such."""
        ...

    async def of_outcome(self, outcome: Outcome, since: datetime) -> Sequence[CallbackAttempt]:
        """Attempts that began since then and ended so, the oldest first."""
        ...

    async def lapsed(self, now: datetime, *, limit: int) -> Sequence[CallbackAttempt]:
        """Attempts in flight past their lease, held until the commit; those held by others are skipped."""
        ...

    async def lease(self, attempt_id: str, *, token: int, until: datetime, new_token: int) -> bool:
        """Hold an attempt in flight under `new_token` until then; False when `token` is not its token any more."""
        ...

    async def advance(self, attempt_id: str, stage: AttemptStage) -> bool:
        """Note how far an attempt in flight has come; False when it is over, unknown, or was further already."""
        ...

    async def ask_withdrawal(self, attempt_id: str, at: datetime) -> bool:
        """Ask that an attempt in flight be taken back; False when it is over or was asked before."""
        ...

    async def finish(self, attempt: CallbackAttempt, *, token: int | None = None) -> bool:
        """Make it terminal as `attempt` says; False when it was so already, or `token` is not its token any more."""
        ...

    async def mark_machine(self, attempt_id: str, *, by: int, at: datetime) -> bool:
        """A machine had answered; False when that was said before."""
        ...

    async def correct_machine(self, attempt: CallbackAttempt) -> bool:
        """What was taken for a machine was none: keep outcome, rule and evidence; False when it stands otherwise."""
        ...


class Dialing(Protocol):
    """What all nodes share about dialling: the dialer's state, and numbers that must not be called."""

    async def state(self) -> DialerState: ...

    async def state_to_change(self) -> DialerState:
        """The state, held until the commit."""
        ...

    async def save_state(self, state: DialerState) -> None: ...

    async def seen(self, node: str, at: datetime) -> None:
        """The dialer of this node lives."""
        ...

    async def last_seen(self) -> datetime | None:
        """When any node's dialer lived last; None: never on this database."""
        ...

    async def opted_out(self, e164: str) -> OptOut | None: ...

    async def opt_out(self, opt_out: OptOut) -> bool:
        """False when the number was opted out before."""
        ...

    async def opt_in(self, e164: str) -> bool:
        """False when it was not opted out."""
        ...

    async def opt_outs(self, *, limit: int) -> Sequence[OptOut]:
        """Numbers that must not be called, the newest first."""
        ...
