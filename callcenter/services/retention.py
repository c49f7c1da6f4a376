"""Personal words and numbers go when their time is over, at night, a few hundred rows at once (152-FZ, article 5).

Each commit leaves one audit row that tells how much of what went; what is left are times, verdicts and totals.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta, tzinfo

import structlog

from callcenter.domain.errors import Conflict, Unavailable
from callcenter.domain.retention import RetentionTerms, Shed
from callcenter.ports.outside import AttachmentFiles
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork

LEASE = "retention"
LEASE_FOR = timedelta(hours=1)
PORTION = 200
NIGHT = (1, 5)
"""Local hours: it begins at one and has ended long before anybody comes to work."""
LOOK_EVERY = timedelta(minutes=20)
BY_RULE = "retention"
"""The actor of what goes by rule."""
ACTION = "retention.shed"
_log = structlog.get_logger(__name__)


class Retention:
    """`run` is a background task of every node, one at a time works; `sweep` lets go of all that is due."""

    def __init__(
        self,
        open_uow: OpenUnitOfWork,
        clock: Clock,
        files: AttachmentFiles,
        terms: RetentionTerms,
        *,
        zone: tzinfo,
        node: str,
    ) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._files = files
        self._terms = terms
        self._zone = zone
        self._node = node
        self._done: date | None = None
        self.failures = 0

    async def run(self) -> None:
        """Look every twenty minutes; sweep once a night."""
        while True:
            try:
                await self.look()
            except (Unavailable, Conflict) as error:
                self.failures += 1
                _log.warning("the retention of personal data could not be kept", error=str(error))
            await asyncio.sleep(LOOK_EVERY.total_seconds())

    async def look(self) -> int:
        """Sweep if it is night, was not done tonight, and no other node does it; how many rows went."""
        local = self._clock.now().astimezone(self._zone)
        if not NIGHT[0] <= local.hour < NIGHT[1] or self._done == local.date() or not await self._leads():
            return 0
        gone = await self.sweep()
        self._done = local.date()
        return gone

    async def sweep(self) -> int:
        """Let go of everything that is due now; how many rows."""
        gone = 0
        for kind, term, shed in (
            ("files", self._terms.files, self._shed_files),
            ("letters", self._terms.letters, self._empty_letters),
            ("strangers", self._terms.strangers, self._forget_strangers),
            ("senders", self._terms.senders, self._empty_senders),
            ("sign_ins", self._terms.sign_ins, self._shed_sign_ins),
        ):
            if term is not None:
                gone += await self._sweep_kind(kind, self._clock.now() - term, shed)
        return gone

    async def _sweep_kind(
        self, kind: str, before: datetime, shed: Callable[[UnitOfWork, datetime], Awaitable[Shed]]
    ) -> int:
        """Portion by portion until one was not full."""
        gone = 0
        while True:
            async with self._open_uow() as uow:
                portion = await shed(uow, before)
                if portion.rows:
                    await uow.audit.record(
                        at=self._clock.now(),
                        actor=BY_RULE,
                        ticket_id=None,
                        action=ACTION,
                        reason="",
                        change={"kind": kind, "before": before.isoformat(), "rows": portion.rows},
                    )
                    await uow.commit()
            # after the commit: a body that outlives its row is harmless, a row without its body is not
            for name in portion.files:
                await self._files.forget(name)
            gone += portion.rows
            if portion.rows < PORTION or kind == "sign_ins":
                return gone

    async def _shed_files(self, uow: UnitOfWork, before: datetime) -> Shed:
        names = await uow.retention.shed_files(ended_before=before, limit=PORTION)
        return Shed(rows=len(names), files=tuple(names))

    async def _empty_letters(self, uow: UnitOfWork, before: datetime) -> Shed:
        return Shed(rows=await uow.retention.empty_letters(settled_before=before, limit=PORTION))

    async def _forget_strangers(self, uow: UnitOfWork, before: datetime) -> Shed:
        rows, names = await uow.retention.forget_strangers(ended_before=before, limit=PORTION)
        return Shed(rows=rows, files=tuple(names))

    async def _empty_senders(self, uow: UnitOfWork, before: datetime) -> Shed:
        return Shed(rows=await uow.retention.empty_senders(sent_before=before, limit=PORTION))

    async def _shed_sign_ins(self, uow: UnitOfWork, before: datetime) -> Shed:
        return Shed(rows=await uow.retention.shed_sign_ins(ended_before=before))

    async def _leads(self) -> bool:
        now = self._clock.now()
        async with self._open_uow() as uow:
            token = await uow.links.take_lease(LEASE, self._node, now=now, until=now + LEASE_FOR)
            await uow.commit()
        return token is not None
