"""In-memory `Outbox` and `Webhooks`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.notices import OutboxItem, OutboxState, Settlement, Webhook
from tests.fakes.memory import Memory

_DUE = {OutboxState.WAITING, OutboxState.SENDING}


class FakeOutbox:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def add(self, item: OutboxItem) -> OutboxItem | None:
        if any(each.dedupe_key == item.dedupe_key for each in self._memory.outbox.values()):
            return None
        added = replace(item, id=self._memory.next_id("outbox"))
        self._memory.outbox[added.id] = added
        return added

    async def claim(self, *, now: datetime, until: datetime, limit: int) -> Sequence[OutboxItem]:
        due = (each for each in self._waiting() if each.next_try_at <= now)
        first = sorted(due, key=lambda each: each.next_try_at)[:limit]
        claimed = [
            replace(each, state=OutboxState.SENDING, attempts=each.attempts + 1, next_try_at=until)
            for each in first
        ]
        self._memory.outbox.update((each.id, each) for each in claimed)
        return sorted(claimed, key=lambda each: each.id)

    def _waiting(self) -> list[OutboxItem]:
        return [each for each in self._memory.outbox.values() if each.state in _DUE]

    async def next_due(self) -> datetime | None:
        return min((each.next_try_at for each in self._waiting()), default=None)

    async def settle(self, item: OutboxItem, settlement: Settlement, *, at: datetime) -> bool:
        present = self._memory.outbox[item.id]
        if present.state is not OutboxState.SENDING or present.attempts != item.attempts:
            return False
        self._memory.outbox[item.id] = replace(
            present,
            state=settlement.state,
            next_try_at=settlement.next_try_at,
            last_error=settlement.error[:1000],
            settled_at=None if settlement.state is OutboxState.WAITING else at,
        )
        return True

    async def retry(self, item_id: int, *, now: datetime, give_up_at: datetime) -> bool:
        present = self._memory.outbox.get(item_id)
        if present is None or present.state not in {OutboxState.REFUSED, OutboxState.WAITING}:
            return False
        self._memory.outbox[item_id] = replace(
            present, state=OutboxState.WAITING, next_try_at=now, give_up_at=give_up_at, settled_at=None
        )
        return True

    async def by_id(self, item_id: int) -> OutboxItem | None:
        return self._memory.outbox.get(item_id)

    async def of_ticket(self, ticket_id: int) -> Sequence[OutboxItem]:
        return [each for _, each in sorted(self._memory.outbox.items()) if each.ticket_id == ticket_id]

    async def newest(
        self, *, state: OutboxState | None = None, before: int | None = None, limit: int
    ) -> Sequence[OutboxItem]:
        found = (
            each
            for _, each in sorted(self._memory.outbox.items(), reverse=True)
            if state in {None, each.state} and (before is None or each.id < before)
        )
        return list(found)[:limit]

    async def counts(self) -> Mapping[OutboxState, int]:
        return Counter(each.state for each in self._memory.outbox.values())

    async def opt_out(self, address_key: str, *, at: datetime) -> bool:
        if address_key in self._memory.mail_opt_outs:
            return False
        self._memory.mail_opt_outs[address_key] = at
        return True

    async def opted_out(self, address_key: str) -> bool:
        return address_key in self._memory.mail_opt_outs


class FakeWebhooks:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def all(self) -> Sequence[Webhook]:
        return [each for _, each in sorted(self._memory.webhooks.items())]

    async def by_id(self, webhook_id: int) -> Webhook | None:
        return self._memory.webhooks.get(webhook_id)

    async def add(self, value: Webhook) -> Webhook:
        self._check_unique(value, 0)
        added = replace(value, id=self._memory.next_id("webhook"))
        self._memory.webhooks[added.id] = added
        return added

    async def save(self, value: Webhook) -> None:
        if value.id not in self._memory.webhooks:
            raise NotFound("webhook", webhook_id=value.id)
        self._check_unique(value, value.id)
        self._memory.webhooks[value.id] = value

    def _check_unique(self, value: Webhook, own: int) -> None:
        if any(each.url == value.url and each.id != own for each in self._memory.webhooks.values()):
            raise Conflict("url")
