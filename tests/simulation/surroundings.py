"""What a world stands on: the in-memory store driven by hand, or a real database that is read after each step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import select

from callcenter.domain.callbacks import Callback, CallbackAttempt, DialerState, OptOut
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.store import Database
from callcenter.store.callback_attempts import _attempt
from callcenter.store.callbacks import _callback
from callcenter.store.statement import Statement
from callcenter.store.tables_callbacks import call_opt_out, callback, callback_attempt
from callcenter.store.tables_tickets import ticket
from tests.fakes.database import FakeDatabase
from tests.simulation.driving import ByHand, Driver, OnLoop

_SERIES = Statement(select(*callback.c).order_by(callback.c.id))
_ATTEMPTS = Statement(
    select(*callback_attempt.c).order_by(callback_attempt.c.claimed_at, callback_attempt.c.id)
)
_TICKETS = Statement(select(ticket.c.id, ticket.c.status, ticket.c.cancel_reason))
_OPT_OUTS = Statement(select(call_opt_out.c.number, call_opt_out.c.at))


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketSeen:
    """As much of a ticket as the invariants are about."""

    id: int
    status: Status
    cancel_reason: CancelReason | None


@dataclass(kw_only=True)
class Rows:
    """Everything the invariants look at, as it is stored."""

    callbacks: dict[int, Callback] = field(default_factory=dict)
    callback_attempts: dict[str, CallbackAttempt] = field(default_factory=dict)
    tickets: dict[int, TicketSeen] = field(default_factory=dict)
    call_opt_outs: dict[str, OptOut] = field(default_factory=dict)
    dialer_state: list[DialerState] = field(default_factory=list)


class Surroundings(Protocol):
    """A store with its driver; `rows` are those of the last refresh."""

    driver: Driver

    @property
    def open_uow(self) -> OpenUnitOfWork: ...

    @property
    def rows(self) -> Rows: ...

    async def refresh(self) -> None: ...

    def forget_logs(self) -> None: ...


class InMemory:
    """The fake store, whose rows are always as they are."""

    KEPT_LOG = 200

    def __init__(self) -> None:
        self.driver: Driver = ByHand()
        self.database = FakeDatabase()

    @property
    def open_uow(self) -> OpenUnitOfWork:
        return self.database.uow

    @property
    def rows(self) -> Rows:
        return self.database.memory  # type: ignore[return-value]

    async def refresh(self) -> None:
        """They are."""

    def forget_logs(self) -> None:
        memory = self.database.memory
        if len(memory.audit) > self.KEPT_LOG:
            memory.audit.clear()
            memory.live.clear()


class OnDatabase:
    """SQLite or PostgreSQL, fresh and migrated."""

    def __init__(self, url: str, loop: OnLoop) -> None:
        self.driver: Driver = loop
        self._loop = loop
        self._database = Database(url)
        self.rows = Rows()
        loop.run(self._database.open())

    @property
    def open_uow(self) -> OpenUnitOfWork:
        return self._database.uow

    async def refresh(self) -> None:
        async with self._database.uow(write=False) as uow:
            db = uow.callbacks._db  # type: ignore[attr-defined]
            series = [_callback(row) for row in await db.rows(_SERIES)]
            attempts = [_attempt(row) for row in await db.rows(_ATTEMPTS)]
            tickets = [
                TicketSeen(
                    id=row[0], status=Status(row[1]), cancel_reason=CancelReason(row[2]) if row[2] else None
                )
                for row in await db.rows(_TICKETS)
            ]
            opted = [OptOut(number=row[0], at=row[1], by="", reason="") for row in await db.rows(_OPT_OUTS)]
            state = await uow.dialing.state()
        self.rows = Rows(
            callbacks={each.id: each for each in series},
            callback_attempts={each.id: each for each in attempts},
            tickets={each.id: each for each in tickets},
            call_opt_outs={each.number: each for each in opted},
            dialer_state=[state],
        )

    def forget_logs(self) -> None:
        """A database keeps them."""

    def close(self) -> None:
        """Let the database go, and the loop."""
        self._loop.run(self._database.close())
        self._loop.close()
