"""Takes what waits in the outbox to its receivers, and shows people what did not arrive.

At least once: a worker that dies between the receiver's "yes" and our commit sends again, under the same message id.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from callcenter.domain.errors import NotFound, Unavailable
from callcenter.domain.live import FLOOR, LiveKind
from callcenter.domain.notices import (
    KEEP_TRYING,
    Delivery,
    DeliveryResult,
    OutboxItem,
    OutboxKind,
    OutboxState,
    settle,
    without_addresses,
)
from callcenter.ports.outside import Carrier
from callcenter.ports.tickets import Audit
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork

LEASE = timedelta(minutes=5)
"""Longer than any attempt may take; then another worker tries again."""

BATCH = 10
LOOK_EVERY = timedelta(seconds=2)
POISON_TRIES = 3
ACTOR = "outbox"
_log = structlog.get_logger(__name__)


class OutboxWorker:
    """Runs on any number of nodes at once; `totals` counts delivered, postponed, refused and superseded attempts."""

    def __init__(
        self, open_uow: OpenUnitOfWork, clock: Clock, carriers: Mapping[OutboxKind, Carrier]
    ) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._carriers = carriers
        self._woken = asyncio.Event()
        self.totals: Counter[str] = Counter()

    def wake(self) -> None:
        """Something was just committed: look at once."""
        self._woken.set()

    async def run(self) -> None:
        """Deliver for ever; a database that is away is waited for."""
        while True:
            self._woken.clear()
            try:
                if await self.deliver_due() == BATCH:
                    continue
            except Unavailable as error:
                _log.warning("the outbox cannot be read", error=str(error))
            try:
                await asyncio.wait_for(self._woken.wait(), LOOK_EVERY.total_seconds())
            except TimeoutError:
                continue

    async def deliver_due(self) -> int:
        """One round: how many rows were tried.

        Raises:
            Unavailable: the database cannot be written; rows in flight become due again by themselves.
        """
        async with self._open_uow(write=False) as uow:
            due = await uow.outbox.next_due()
        now = self._clock.now()
        if due is None or due > now:
            return 0
        async with self._open_uow() as uow:
            items = await uow.outbox.claim(now=now, until=now + LEASE, limit=BATCH)
            await uow.commit()
        await asyncio.gather(*(self._deliver(item) for item in items))
        return len(items)

    async def _deliver(self, item: OutboxItem) -> None:
        delivery = await self._carried(item)
        delivery = replace(delivery, detail=without_addresses(delivery.detail))
        now = self._clock.now()
        settlement = settle(item, delivery, now)
        async with self._open_uow() as uow:
            if not await uow.outbox.settle(item, settlement, at=now):
                self.totals["superseded"] += 1
                return
            if settlement.state is OutboxState.REFUSED:
                await self._show(uow.audit, item, settlement.error, now)
            if settlement.state is not OutboxState.SENT or item.attempts > 1:
                counts = {str(state): count for state, count in (await uow.outbox.counts()).items()}
                await uow.live.add(FLOOR, LiveKind.OUTBOX_CHANGED, dict(counts), at=now)
            await uow.commit()
        self.totals[delivery.result] += 1

    async def _carried(self, item: OutboxItem) -> Delivery:
        try:
            return await self._carriers[item.kind].carry(item)
        except Exception as error:  # noqa: BLE001 - one bad row must not stop the others; it is put aside after 3 tries
            _log.exception("an outbox row cannot be delivered", outbox_id=item.id, name=item.name)
            last = item.attempts >= POISON_TRIES
            return Delivery(
                result=DeliveryResult.REFUSED if last else DeliveryResult.POSTPONED,
                detail=f"fault of the program: {type(error).__name__}: {error}",
            )

    async def _show(self, audit: Audit, item: OutboxItem, error: str, now: datetime) -> None:
        if item.ticket_id is None:
            return
        await audit.record(
            at=now,
            actor=ACTOR,
            ticket_id=item.ticket_id,
            action="notice.refused",
            reason=error[:500],
            change={"notice": item.name, "outbox_id": item.id, "kind": str(item.kind)},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxView:
    """What the administrator's screen shows: counts by state, and a page of rows, newest first.

    `next_before` goes on from here, None at the end. `overdue_since` is when the oldest due row should have gone.
    """

    counts: Mapping[OutboxState, int]
    items: Sequence[OutboxItem]
    next_before: int | None
    overdue_since: datetime | None


class OutboxDesk:
    """The administrator's view of the outbox."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock) -> None:
        self._open_uow = open_uow
        self._clock = clock

    async def look(
        self, *, state: OutboxState | None = None, before: int | None = None, limit: int = 50
    ) -> OutboxView:
        """A page of the outbox."""
        async with self._open_uow(write=False) as uow:
            counts = await uow.outbox.counts()
            items = await uow.outbox.newest(state=state, before=before, limit=limit + 1)
            due = await uow.outbox.next_due()
        more = len(items) > limit
        return OutboxView(
            counts=counts,
            items=items[:limit],
            next_before=items[limit - 1].id if more else None,
            overdue_since=due if due is not None and due < self._clock.now() else None,
        )

    async def retry(self, item_id: int, *, actor: str) -> None:
        """Try a refused (or waiting) row again now, on a person's word.

        Raises:
            NotFound: there is no such row, or it was sent meanwhile.
        """
        now = self._clock.now()
        async with self._open_uow() as uow:
            item = await uow.outbox.by_id(item_id)
            if item is None or not await uow.outbox.retry(item_id, now=now, give_up_at=now + KEEP_TRYING):
                raise NotFound("nothing to try again", outbox_id=item_id)
            await uow.audit.record(
                at=now,
                actor=actor,
                ticket_id=item.ticket_id,
                action="notice.retried",
                reason="",
                change={"notice": item.name, "outbox_id": item.id},
            )
            await uow.commit()
