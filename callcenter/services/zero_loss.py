"""Asterisk's records = our calls = tickets, day by day, with the remainder by name. Regulation: 2.1, 2.10."""

from collections.abc import Sequence
from datetime import date, timedelta

from callcenter.domain.errors import Conflict, InvalidInput, NotFound
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.statistics import Period
from callcenter.domain.story import actor_of
from callcenter.domain.zero_loss import LossLedger, Remainder, compare
from callcenter.ports.statistics import PbxRecords
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork
from callcenter.services.day_counting import House

REASON_LIMIT = 500
KEPT_FOR = timedelta(seconds=15)
"""So long today's comparison is shown again; it costs by the calls of the day."""


class ZeroLoss:
    """Port `ZeroLoss`."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, house: House, records: PbxRecords) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._house = house
        self._records = records
        self._today: LossLedger | None = None

    async def day(self, day: date) -> LossLedger:
        """The ledger of a day; today and a day never compared are compared now, without keeping it.

        What became of missed calls is always told as it stands now: a caller of yesterday may be reached today.
        """
        now = self._clock.now()
        if day == now.astimezone(self._house.zone).date():
            known = self._today
            fresh = known is not None and timedelta() <= now - known.compared_at < KEPT_FOR
            if known is None or known.day != day or not fresh:
                known = self._today = await self._compared(day)
            return known
        since, until = Period.day(day).span(self._house.zone)
        async with self._open_uow(write=False) as uow:
            kept = await uow.losses.ledger(day)
            missed = await uow.losses.missed(since, until)
        if kept is None:
            return await self._compared(day)
        return LossLedger(
            day=day,
            recorded=kept.recorded,
            calls=kept.calls,
            tickets=kept.tickets,
            held=kept.held,
            remainders=kept.remainders,
            missed=missed,
            compared_at=kept.compared_at,
            unread=kept.unread,
        )

    async def days(self, period: Period) -> Sequence[LossLedger]:
        """The stored ledgers of a period, newest first; days never compared are absent."""
        async with self._open_uow(write=False) as uow:
            return await uow.losses.ledgers(period.first, period.last)

    async def compare(self, day: date) -> LossLedger:
        """Compare now and keep the result; what a person settled stays settled."""
        ledger = await self._compared(day)
        async with self._open_uow() as uow:
            kept = await uow.losses.keep(ledger)
            await uow.commit()
        self._today = None
        return kept

    async def settle(self, by: Person, remainder_id: int, reason: str) -> Remainder:
        """Say what a remainder was; one audit row.

        Raises:
            Forbidden: he may not.
            InvalidInput: no reason, or a novel.
            NotFound: there is no such remainder (any more).
            Conflict: it was settled before.
        """
        require(by, Action.SETTLE_REMAINDERS)
        reason = reason.strip()
        if not reason:
            raise InvalidInput({"reason": "required"})
        if len(reason) > REASON_LIMIT:
            raise InvalidInput({"reason": "too_long"})
        now = self._clock.now()
        async with self._open_uow() as uow:
            found = await uow.losses.remainder(remainder_id)
            if found is None:
                raise NotFound("remainder", remainder_id=remainder_id)
            if not await uow.losses.settle(remainder_id, by=by.id, at=now, reason=reason):
                raise Conflict("the remainder is settled", remainder_id=remainder_id)
            await uow.audit.record(
                at=now,
                actor=actor_of(by.id),
                ticket_id=found.ticket_id,
                action="remainder.settled",
                reason=reason,
                change={"day": found.day.isoformat(), "kind": str(found.kind), "call": found.linkedid},
            )
            settled = await uow.losses.remainder(remainder_id)
            await uow.commit()
        self._today = None
        assert settled is not None
        return settled

    async def _compared(self, day: date) -> LossLedger:
        since, until = Period.day(day).span(self._house.zone)
        recorded, unread = await self._records.calls(since, until)
        records = [each for calls in recorded.values() for each in calls]
        async with self._open_uow(write=False) as uow:
            held = await uow.losses.calls(since, until)
            tickets = await uow.losses.tickets(since, until)
            missed = await uow.losses.missed(since, until)
            kept = await uow.losses.ledger(day)
        settled = {each.key: each for each in ([] if kept is None else kept.remainders) if each.settled}
        remainders = compare(day, records, held, frozenset(recorded))
        return LossLedger(
            day=day,
            recorded=len({(each.pbx, each.linkedid) for each in records}) if recorded else None,
            calls=len(held),
            tickets=tickets,
            held=sum(each.ticket_id is not None for each in held),
            remainders=[settled.get(each.key, each) for each in remainders],
            missed=missed,
            compared_at=self._clock.now(),
            unread=unread,
        )
