"""From what the PBX reported to calls, drafts and pop-ups: one commit per batch. Regulation: 2.1."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain.calls import (
    CallAnswered,
    CallEnded,
    CallEntered,
    CallFact,
    CallKey,
    CallOutcome,
    CallQueued,
    CallTransferred,
    PhoneReported,
    PhoneRinging,
    PhoneStopped,
    RingEnd,
)
from callcenter.domain.errors import Conflict
from callcenter.domain.ticket import DEFAULT_JOIN_WINDOW
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork
from callcenter.services.call_batch import CallBatch
from callcenter.services.inbound_callbacks import InboundCallbacks

Fact = CallFact | PhoneReported
_TRIES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Applied:
    """What became of a batch; `ignored` says by reason how many facts changed nothing."""

    facts: int
    ignored: Mapping[str, int]


class Hotline:
    """Keeps the promise that each call to our numbers is held by exactly one ticket.

    `totals` counts since the start: facts, and ignored ones by reason (`not_our_number`, `unknown_call`,
    `nobodys_phone`, `known_…` for repetitions, `late_ring`).
    """

    def __init__(
        self,
        open_uow: OpenUnitOfWork,
        clock: Clock,
        *,
        join_window: timedelta = DEFAULT_JOIN_WINDOW,
        callbacks: InboundCallbacks | None = None,
    ) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._join_window = join_window
        self._callbacks = callbacks
        self._phones: dict[tuple[str, str], PhoneReported] = {}
        self.totals: Counter[str] = Counter()

    async def apply(self, facts: Sequence[Fact]) -> Applied:
        """Commit a batch, all of it or nothing; to repeat it after an error is safe.

        Raises Unavailable when the database cannot take it now.
        """
        news = [fact for fact in facts if not self._is_stale_phone(fact)]
        ignored = await self._committed(news) if news else Counter()
        ignored["known_phone_state"] += len(facts) - len(news)
        self._remember_phones(news)
        self.totals.update(ignored)
        self.totals["facts"] += len(facts)
        return Applied(facts=len(facts), ignored=+ignored)

    async def reconcile(
        self,
        pbx: str,
        live: Collection[CallKey],
        *,
        found: Sequence[Fact] = (),
        ringing: Collection[tuple[CallKey, str]] | None = None,
        restarted: bool = False,
    ) -> Applied:
        """Make our calls agree with the PBX after a gap.

        `found`: facts of the gap from the snapshot, CEL or CDR. `live`: the calls that are on the PBX now; ours
        that are not among them have ended (interrupted when the PBX restarted, else with unknown outcome, unless
        `found` knows better). `ringing`: (call, endpoint) that ring now; None when that is not known.
        """
        told = await self.apply(found)
        closing = await self._closing(pbx, frozenset(live), ringing, restarted=restarted)
        closed = await self.apply(closing)
        return Applied(
            facts=told.facts + closed.facts, ignored=Counter(told.ignored) + Counter(closed.ignored)
        )

    async def _closing(
        self,
        pbx: str,
        live: frozenset[CallKey],
        ringing: Collection[tuple[CallKey, str]] | None,
        *,
        restarted: bool,
    ) -> list[Fact]:
        now = self._clock.now()
        outcome = CallOutcome.INTERRUPTED if restarted else CallOutcome.UNKNOWN
        facts: list[Fact] = []
        async with self._open_uow(write=False) as uow:
            for call in await uow.calls.open_calls(pbx):
                if call.key not in live:
                    facts.append(CallEnded(key=call.key, at=now, outcome=outcome))
                    continue
                if ringing is None:
                    continue
                for each in await uow.calls.ringing_of_call(call.id):
                    person = await uow.people.by_id(each.person_id)
                    endpoint = "" if person is None else person.endpoint or ""
                    if (call.key, endpoint) not in ringing:
                        facts.append(_stopped(call.key, endpoint, now))
        return facts

    async def _committed(self, facts: Sequence[Fact]) -> Counter[str]:
        """Another node may write the same rows at the same time; then the second look sees what it wrote."""
        for _ in range(_TRIES - 1):
            try:
                return await self._commit(facts)
            except Conflict:
                self.totals["retried_batches"] += 1
        return await self._commit(facts)

    async def _commit(self, facts: Sequence[Fact]) -> Counter[str]:
        async with self._open_uow() as uow:
            batch = CallBatch(
                uow, now=self._clock.now(), join_window=self._join_window, callbacks=self._callbacks
            )
            # a call must be known before anything else is told of it, whatever the order of arrival
            for fact in sorted(facts, key=lambda each: not isinstance(each, CallEntered)):
                await _apply(batch, fact)
            await batch.finish()
            await uow.commit()
        return batch.ignored

    def _is_stale_phone(self, fact: Fact) -> bool:
        if not isinstance(fact, PhoneReported):
            return False
        known = self._phones.get((fact.pbx, fact.endpoint))
        if known is None:
            return False
        same = (known.state, known.in_queue, known.paused) == (fact.state, fact.in_queue, fact.paused)
        return same or fact.at < known.at

    def _remember_phones(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            if isinstance(fact, PhoneReported):
                self._phones[fact.pbx, fact.endpoint] = fact


def _stopped(key: CallKey, endpoint: str, at: datetime) -> PhoneStopped:
    return PhoneStopped(key=key, at=at, endpoint=endpoint, leg="", reason=RingEnd.FAILED)


async def _apply(batch: CallBatch, fact: Fact) -> None:
    match fact:
        case CallEntered():
            await batch.enter(fact)
        case CallQueued():
            await batch.queue(fact)
        case PhoneRinging():
            await batch.ring(fact)
        case PhoneStopped():
            await batch.stop(fact)
        case CallAnswered():
            await batch.answer(fact)
        case CallTransferred():
            await batch.transfer(fact)
        case CallEnded():
            await batch.end(fact)
        case PhoneReported():
            await batch.report_phone(fact)
        case _:
            raise TypeError(f"no rule for the fact {type(fact).__name__}")
