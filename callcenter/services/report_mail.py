"""Reports by mail: due ones go through the outbox, once however many nodes run; anybody allowed sends one now.

Regulation: 3.1, 3.2.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from callcenter.domain.document import Document
from callcenter.domain.errors import InvalidInput, Unavailable
from callcenter.domain.notices import KEEP_TRYING, Notice, OutboxItem, OutboxKind
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.report import file_name
from callcenter.domain.report_mailing import IsWorkingDay, Mailing, MailingKind, due_period, is_time
from callcenter.domain.statistics import Period, PeriodKind, Standing
from callcenter.domain.story import actor_of
from callcenter.domain.words import Words
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork
from callcenter.services.monthly_report import Reports

LOOK_EVERY = timedelta(minutes=1)
SENTENCES = 8
"""Of the summary, in the letter itself."""
_log = structlog.get_logger(__name__)


class ReportMail:
    """Mailing lists and what leaves by them."""

    def __init__(
        self,
        open_uow: OpenUnitOfWork,
        clock: Clock,
        reports: Reports,
        is_working: IsWorkingDay,
        words: Words,
    ) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._reports = reports
        self._is_working = is_working
        self._words = words

    async def run(self) -> None:
        """Look once a minute for ever; a database that is away is waited for."""
        while True:
            try:
                await self.send_due()
            except Unavailable as error:
                _log.warning("reports due cannot be looked for", error=str(error))
            await asyncio.sleep(LOOK_EVERY.total_seconds())

    async def mailings(self) -> Mapping[MailingKind, Mailing]:
        """Every kind, with nobody where nothing was set."""
        async with self._open_uow(write=False) as uow:
            stored = {each.kind: each for each in await uow.reports.mailings()}
        return {kind: stored.get(kind, Mailing(kind=kind)) for kind in MailingKind}

    async def save(self, by: Person, mailing: Mailing) -> None:
        """Set who gets a kind of report, and when; one audit row without the addresses.

        Raises:
            Forbidden: he may not.
        """
        require(by, Action.EDIT_REPORTS)
        now = self._clock.now()
        async with self._open_uow() as uow:
            await uow.reports.save_mailing(mailing)
            await uow.audit.record(
                at=now,
                actor=actor_of(by.id),
                ticket_id=None,
                action="report.mailing",
                reason="",
                change={
                    "kind": str(mailing.kind),
                    "receivers": len(mailing.addresses),
                    "at": f"{mailing.at:%H:%M}",
                },
            )
            await uow.commit()

    async def send_due(self) -> int:
        """Put every report that is due now into the outbox; how many letters were new."""
        zone = self._reports.source.zone
        local = self._clock.now().astimezone(zone)
        sent = 0
        for mailing in (await self.mailings()).values():
            period = due_period(mailing.kind, local.date(), self._is_working)
            if period is None or not mailing.addresses or not is_time(mailing, local, final=True):
                continue
            if not is_time(mailing, local, final=False) and not await self._is_final(period):
                continue
            sent += await self._queue(period, mailing.addresses, key="due")
        return sent

    async def _is_final(self, period: Period) -> bool:
        standing = (await self._reports.source.room.statistics.figures(period)).standing
        if period.kind is PeriodKind.MONTH:
            return standing is Standing.FROZEN
        return standing is not Standing.LIVE

    async def send_now(self, by: Person, period: Period, addresses: Sequence[str]) -> int:
        """Mail a report to these addresses at once, on a person's word; how many letters left for the outbox.

        Raises:
            Forbidden: he may not.
            InvalidInput: there is nobody to send it to.
        """
        require(by, Action.EDIT_REPORTS)
        if not addresses:
            raise InvalidInput({"addresses": "nobody"})
        now = self._clock.now()
        return await self._queue(period, addresses, key=f"{now.timestamp():.0f}", by=by)

    async def _queue(
        self, period: Period, addresses: Sequence[str], *, key: str, by: Person | None = None
    ) -> int:
        """One letter for each address; the dedupe key lets one node win, whoever comes second adds nothing."""
        name, now = file_name(period), self._clock.now()
        keys = {each: f"report:{name}:{key}:{_short(each)}" for each in addresses}
        if by is None and await self._known(name, key, addresses):
            return 0
        document = await self._reports.document(period, self._words)
        added = 0
        async with self._open_uow() as uow:
            for address, dedupe in keys.items():
                item = self._item(document, period, address, dedupe, now)
                added += await uow.outbox.add(item) is not None
            if added:
                await uow.audit.record(
                    at=now,
                    actor="reports" if by is None else actor_of(by.id),
                    ticket_id=None,
                    action="report.mailed",
                    reason="",
                    change={"report": name, "letters": added},
                )
                await uow.commit()
        return added

    async def _known(self, name: str, key: str, addresses: Sequence[str]) -> bool:
        """Whether this node put these letters out already: the report need not be made anew each minute."""
        async with self._open_uow(write=False) as uow:
            newest = await uow.outbox.newest(limit=200)
        known = {each.dedupe_key for each in newest}
        return all(f"report:{name}:{key}:{_short(each)}" in known for each in addresses)

    def _item(
        self, document: Document, period: Period, address: str, dedupe: str, now: datetime
    ) -> OutboxItem:
        summary = document.sections[0].sentences[:SENTENCES] if document.sections else ()
        return OutboxItem(
            id=0,
            kind=OutboxKind.MAIL,
            name=Notice.REPORT,
            dedupe_key=dedupe,
            to=address,
            payload={
                "locale": document.locale,
                "number": document.name.removeprefix("hotline-"),
                "about": {"title": document.title, "sentences": list(summary), "marks": list(document.marks)},
                "report": {
                    "kind": str(period.kind),
                    "first": period.first.isoformat(),
                    "last": period.last.isoformat(),
                },
            },
            created_at=now,
            next_try_at=now,
            give_up_at=now + KEEP_TRYING,
        )

    async def letters(self, limit: int = 20) -> Sequence[OutboxItem]:
        """The newest letters with reports, for the screen: what left, what waits, what was refused and why."""
        async with self._open_uow(write=False) as uow:
            newest = await uow.outbox.newest(limit=500)
        return [each for each in newest if each.name == Notice.REPORT][:limit]


def _short(address: str) -> str:
    return hashlib.sha256(address.casefold().encode()).hexdigest()[:16]


def period_of(payload: Mapping[str, object]) -> Period:
    """The period a letter's row tells of.

    Raises:
        InvalidInput: the row tells of none.
    """
    told = payload.get("report")
    if not isinstance(told, dict):
        raise InvalidInput({"report": "missing"})
    first, last = (datetime.fromisoformat(str(told[end])).date() for end in ("first", "last"))
    return Period(first=first, last=last, kind=PeriodKind(str(told["kind"])))
