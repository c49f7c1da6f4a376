"""The audit read as a whole: pages, exports, and the verification of its chain. Regulation: 2.10."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from callcenter.domain.audit import BEFORE_THE_FIRST, AuditCheck, AuditFilter
from callcenter.domain.errors import Conflict
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.story import AuditEntry, actor_of
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork

PAGE = 50
EXPORT_PAGE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditPage:
    """Rows, newest first; `next_before` goes on from here, None at the end. `names` are of all people by id."""

    entries: Sequence[AuditEntry]
    next_before: int | None
    names: Mapping[int, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainState:
    """What is known of the chain: the newest row, the last verification, and how far a running one has come."""

    newest: int
    last: AuditCheck | None
    running: int | None = None

    @property
    def since(self) -> int:
        """Rows that were added since the last verification."""
        return self.newest if self.last is None else max(self.newest - self.last.rows, 0)


class AuditReading:
    """For the supervisor and the administrator. A verification runs beside everything else, one at a time."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._verifying: asyncio.Task[AuditCheck] | None = None
        self._done = 0

    async def page(
        self, by: Person, wanted: AuditFilter, *, before: int | None = None, limit: int = PAGE
    ) -> AuditPage:
        """A page of what was asked for."""
        require(by, Action.READ_WHOLE_AUDIT)
        async with self._open_uow(write=False) as uow:
            found = await uow.audit.page(wanted, before=before, limit=limit + 1)
            names = {each.id: each.name for each in await uow.people.all()}
        more = len(found) > limit
        return AuditPage(
            entries=found[:limit], next_before=found[limit - 1].id if more else None, names=names
        )

    async def export(self, by: Person, wanted: AuditFilter) -> AsyncIterator[AuditPage]:
        """Everything that was asked for, page by page; that it was taken out is itself one audit row."""
        require(by, Action.READ_WHOLE_AUDIT)
        async with self._open_uow() as uow:
            change: dict[str, object] = {
                name: str(value)
                for name in ("ticket_id", "actor", "action", "since", "until")
                if (value := getattr(wanted, name)) is not None
            }
            await uow.audit.record(
                at=self._clock.now(),
                actor=actor_of(by.id),
                ticket_id=None,
                action="audit.exported",
                reason="",
                change=change,
            )
            await uow.commit()
        before: int | None = None
        while True:
            page = await self.page(by, wanted, before=before, limit=EXPORT_PAGE)
            yield page
            if page.next_before is None:
                return
            before = page.next_before

    async def chain(self, by: Person) -> ChainState:
        """What is known of the chain."""
        require(by, Action.READ_WHOLE_AUDIT)
        async with self._open_uow(write=False) as uow:
            newest, last = await uow.audit.last_id(), await uow.audit_checks.last()
        running = self._verifying is not None and not self._verifying.done()
        return ChainState(newest=newest, last=last, running=self._done if running else None)

    def start_verification(self, by: Person) -> "asyncio.Task[AuditCheck]":
        """Verify the whole chain beside everything else; the screen follows `chain`.

        Raises:
            Conflict: one is running already on this node.
        """
        require(by, Action.READ_WHOLE_AUDIT)
        if self._verifying is not None and not self._verifying.done():
            raise Conflict("a verification is running", rows=self._done)
        self._done = 0
        self._verifying = asyncio.create_task(self.verify(by), name="verify-audit")
        return self._verifying

    async def verify(self, by: Person) -> AuditCheck:
        """Recompute every row from the first one; the result is kept and is one audit row.

        An end that was cut off leaves a chain that fits: it is broken after its last row when an earlier
        verification has read more of it.
        """
        require(by, Action.READ_WHOLE_AUDIT)
        async with self._open_uow(write=False) as uow:
            earlier = await uow.audit_checks.last()
        last, previous, broken = 0, BEFORE_THE_FIRST, None
        while broken is None:
            async with self._open_uow(write=False) as uow:
                page = await uow.audit.chain(last, previous)
            if page.rows == 0:
                break
            last, previous, broken = page.last, page.last_hash, page.broken_at
            self._done = last
            await asyncio.sleep(0)
        if broken is None and earlier is not None and last < earlier.rows:
            broken = last + 1
        return await self._keep(by, last, broken)

    async def _keep(self, by: Person, rows: int, broken: int | None) -> AuditCheck:
        now = self._clock.now()
        async with self._open_uow() as uow:
            await uow.audit_checks.add(at=now, by=by.id, rows=rows, broken_at=broken)
            await uow.audit.record(
                at=now,
                actor=actor_of(by.id),
                ticket_id=None,
                action="audit.verified",
                reason="",
                change={"rows": rows, "broken_at": broken},
            )
            await uow.commit()
        async with self._open_uow(write=False) as uow:
            kept = await uow.audit_checks.last()
        assert kept is not None
        return kept
