"""In-memory `Audit`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from callcenter.domain.audit import AuditFilter, ChainPage
from callcenter.domain.story import AuditEntry
from tests.fakes.memory import Memory


class FakeAudit:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def record(
        self,
        *,
        at: datetime,
        actor: str,
        ticket_id: int | None,
        action: str,
        reason: str,
        change: dict[str, object],
    ) -> None:
        if at.tzinfo is None:
            raise ValueError("a naive datetime cannot be recorded: its time zone is unknown")
        row: dict[str, Any] = {
            "at": at,
            "actor": actor,
            "ticket_id": ticket_id,
            "action": action,
            "reason": reason,
            "change": change,
        }
        self._memory.audit.append(row)

    async def of_ticket(self, ticket_id: int) -> Sequence[AuditEntry]:
        return [each for each in self._entries() if each.ticket_id == ticket_id]

    async def last_of_ticket(self, ticket_id: int) -> AuditEntry | None:
        story = await self.of_ticket(ticket_id)
        return story[-1] if story else None

    async def of_actor(self, actor: str, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
        mine = [e for e in self._entries() if e.actor == actor and (before is None or e.id < before)]
        return mine[::-1][:limit]

    async def page(self, wanted: AuditFilter, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
        found = [
            each
            for each in self._entries()
            if (before is None or each.id < before)
            and wanted.ticket_id in {None, each.ticket_id}
            and wanted.actor in {None, each.actor}
            and wanted.action in {None, each.action}
            and (wanted.since is None or each.at >= wanted.since)
            and (wanted.until is None or each.at < wanted.until)
        ]
        return found[::-1][:limit]

    async def last_id(self) -> int:
        return len(self._memory.audit)

    async def chain(self, after: int, previous: str) -> ChainPage:
        rows = len(self._memory.audit) - after
        return ChainPage(last=after + rows, last_hash=previous, rows=rows)

    def _entries(self) -> list[AuditEntry]:
        return [AuditEntry(id=number, **row) for number, row in enumerate(self._memory.audit, 1)]
