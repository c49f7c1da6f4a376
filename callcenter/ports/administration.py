"""The Protocols of what administrators keep and supervisors check; `ports.UnitOfWork` carries the stores."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from callcenter.domain.audit import AuditCheck
from callcenter.domain.erasure import Erased, Traces
from callcenter.domain.letters import LetterOverride, LetterPreview
from callcenter.domain.notices import OutboxItem
from callcenter.domain.targets import TargetChange


class TargetChanges(Protocol):
    """The history of the targets; rows are only ever added."""

    async def all(self) -> Sequence[TargetChange]:
        """Oldest first."""
        ...

    async def add(self, change: TargetChange) -> TargetChange:
        """Store a new one (its `id` is ignored)."""
        ...

    async def running_tickets(self, *, after: int, limit: int) -> Sequence[int]:
        """Tickets with a clock that has not ended, by number, those after `after`."""
        ...


class LetterOverrides(Protocol):
    """Letters whose words were changed here."""

    async def all(self) -> Sequence[LetterOverride]: ...

    async def of(self, name: str, locale: str) -> LetterOverride | None: ...

    async def put(self, override: LetterOverride) -> None:
        """Store it in place of the present one."""
        ...

    async def drop(self, name: str, locale: str) -> bool:
        """Back to the delivered words; False when they were in force already."""
        ...


class AuditChecks(Protocol):
    """Verifications of the audit's chain."""

    async def add(self, *, at: datetime, by: int | None, rows: int, broken_at: int | None) -> None: ...

    async def last(self) -> AuditCheck | None: ...


class Erasing(Protocol):
    """Finding and forgetting what is known of one client. The audit is never touched."""

    async def traces(self, client_id: int) -> Traces: ...

    async def forget(self, client_id: int) -> Erased:
        """Erase his words, numbers and addresses everywhere; tickets, their times and verdicts stay."""
        ...


class WebhookDeliveries(Protocol):
    """What was sent to one webhook."""

    async def last_to(self, url: str, *, limit: int) -> Sequence[OutboxItem]:
        """Newest first."""
        ...


class LetterPress(Protocol):
    """Sets letters in type: the delivered words, and ours in their place. Outside of any transaction."""

    def delivered(self, name: str, locale: str) -> tuple[str, str]:
        """Subject and text as delivered with the program, placeholders and all."""
        ...

    def placeholders(self, name: str) -> Mapping[str, str]:
        """What may stand in this letter, each with its example value."""
        ...

    def problems(self, name: str, locale: str, subject: str, text: str) -> Mapping[str, tuple[str, str]]:
        """What is wrong, by field: a message key and the words it is about; nothing when it can be sent."""
        ...

    def preview(self, name: str, locale: str, subject: str, text: str) -> LetterPreview:
        """The letter with example values; InvalidInput when `problems` has any."""
        ...

    def delivered_preview(self, name: str, locale: str) -> LetterPreview:
        """The delivered letter with example values."""
        ...
