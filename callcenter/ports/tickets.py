"""Tickets and the append-only record of who changed them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from callcenter.domain.audit import AuditFilter, ChainPage
from callcenter.domain.lifecycle import Status
from callcenter.domain.lists import Cursor, Filter, Sort
from callcenter.domain.story import AuditEntry
from callcenter.domain.ticket import Ticket


class Tickets(Protocol):
    """Tickets; `save` refuses a stale version with Conflict."""

    async def hold(self, ticket_id: int) -> None:
        """Wait until no other unit of work holds this ticket, and hold it until this one ends.

        Ticket, clocks and warnings are several rows: who changes them holds the ticket first and reads then.
        """
        ...

    async def by_id(self, ticket_id: int) -> Ticket | None: ...

    async def add(self, ticket: Ticket) -> Ticket:
        """Store a new ticket (its `id` and `version` are ignored)."""
        ...

    async def save(self, ticket: Ticket) -> Ticket:
        """Store the ticket if nobody changed it since `ticket.version`; returns it with its new version."""
        ...

    async def open_draft_of_number(self, e164: str, hotline_id: int) -> Ticket | None:
        """The newest one; until the commit no other unit of work is told about drafts of this number."""
        ...

    async def open_of_number(self, e164: str, *, limit: int) -> Sequence[Ticket]: ...

    async def open_of_client(self, client_id: int, *, limit: int) -> Sequence[Ticket]: ...

    async def drafts(self, *, operator_id: int | None = None, limit: int) -> Sequence[Ticket]: ...

    async def by_ids(self, ticket_ids: Sequence[int]) -> Sequence[Ticket]:
        """Those that exist, in the order asked for."""
        ...

    async def page(self, wanted: Filter, sort: Sort, *, after: Cursor | None, limit: int) -> Sequence[Ticket]:
        """The tickets that follow the cursor in this order; tickets without a due instant come last."""
        ...

    async def count(self, wanted: Filter, *, most: int) -> int:
        """How many tickets fit, counted up to `most`."""
        ...

    async def open_counts(self) -> Mapping[tuple[Status, int | None], int]:
        """How many open tickets there are by status and assignee (drafts: by operator)."""
        ...


class Audit(Protocol):
    """Append-only, hash-chained record of who did what to which ticket and why. Regulation: 2.10."""

    async def record(
        self,
        *,
        at: datetime,
        actor: str,
        ticket_id: int | None,
        action: str,
        reason: str,
        change: dict[str, object],
    ) -> None: ...

    async def of_ticket(self, ticket_id: int) -> Sequence[AuditEntry]:
        """The ticket's story, oldest first."""
        ...

    async def last_of_ticket(self, ticket_id: int) -> AuditEntry | None: ...

    async def of_actor(self, actor: str, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """What somebody did, newest first; `before` is the row to go on from."""
        ...

    async def page(self, wanted: AuditFilter, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """What was asked for, newest first; `before` is the row to go on from."""
        ...

    async def last_id(self) -> int:
        """The number of the newest row, 0 when there is none."""
        ...

    async def chain(self, after: int, previous: str) -> ChainPage:
        """Recompute the next rows behind row `after` whose hash is `previous`; `rows` 0: there are no more."""
        ...
