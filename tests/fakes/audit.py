"""In-memory `Audit`."""

from datetime import datetime
from typing import Any

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
