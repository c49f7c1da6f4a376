"""In-memory `Audit`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

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

    def _entries(self) -> list[AuditEntry]:
        return [AuditEntry(id=number, **row) for number, row in enumerate(self._memory.audit, 1)]
