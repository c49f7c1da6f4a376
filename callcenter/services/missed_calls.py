"""Callbacks asked for by rule: who called and was not answered is called back by whoever is on shift.

Nobody eligible: nothing is asked, the call stays in the moderators' list and is looked at again, until it is too old.
Regulation: 2.1, 2.9.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from callcenter.domain.callbacks import Callback, Origin
from callcenter.domain.errors import Conflict, InvalidInput, NotFound, Unavailable
from callcenter.domain.lifecycle import Status
from callcenter.domain.lists import Cursor, Filter, Sort
from callcenter.domain.missed_calls import Judged, Judgement, MissedCallRule, MissedCase, judge
from callcenter.domain.people import Action, Person, PhoneState, may
from callcenter.domain.proposal import Suggestion
from callcenter.domain.ticket import Ticket
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.callbacks import Callbacks, Wanted, number_of
from callcenter.services.desk import Desk
from callcenter.services.proposing import StaffFacts, staff_facts

RULE = "missed_call"
"""The rule's name in the audit."""
EVERY = timedelta(seconds=20)
"""How often it looks: a shift that begins is no event, and a caller who waits minutes is not hurt by seconds."""
AFTER_FAILURE = timedelta(seconds=30)
PORTION = 100
LAST_CALLS = 20
OTHER_TICKETS = 20
_JOINED_LATE = timedelta(hours=4)
"""A call lasts no longer: the draft it joined was touched at its beginning, its age counts from its end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """What one look did: missed drafts seen, series asked for, callers left waiting because nobody was eligible."""

    seen: int = 0
    asked: int = 0
    nobody: int = 0


class MissedCallCallbacks:
    """`run` is a background task of every node; `sweep` is one look, for tests and for `run`.

    Several nodes may look at once: the ticket is held while it is judged and asked for, so that the second finds the
    series of the first. `failures` counts looks that the database refused; they are repeated.
    """

    def __init__(self, desk: Desk, callbacks: Callbacks, rule: MissedCallRule) -> None:
        self._desk = desk
        self._callbacks = callbacks
        self._rule = rule
        self.failures = 0

    async def run(self) -> None:
        """Ask until cancelled; idle where the rule is off."""
        while self._rule.enabled:
            try:
                await self.sweep()
            except Unavailable:
                self.failures += 1
                await asyncio.sleep(AFTER_FAILURE.total_seconds())
            else:
                await asyncio.sleep(EVERY.total_seconds())
        await asyncio.Event().wait()

    async def sweep(self) -> Looked:
        """Ask for every callback that is due by the rule now, each in a commit of its own."""
        total, after = Looked(), None
        if not self._rule.enabled:
            return total
        oldest = self._desk.clock.now() - self._rule.oldest - _JOINED_LATE
        missed = Filter(statuses=frozenset({Status.DRAFT}), missed=True)
        while True:
            async with self._desk.open_uow(write=False) as uow:
                page = await uow.tickets.page(missed, Sort.UPDATED, after=after, limit=PORTION)
            young = [each for each in page if each.updated_at >= oldest]
            total = await self._portion(young, total)
            if len(young) < PORTION:
                return total
            after = Cursor(at=page[-1].updated_at, id=page[-1].id)

    async def _portion(self, tickets: Sequence[Ticket], total: Looked) -> Looked:
        for ticket in tickets:
            total = replace(total, seen=total.seen + 1)
            async with self._desk.open_uow(write=False) as uow:
                found = await self._judged(uow, ticket)
                if found.said is not Judged.ASK:
                    continue
                best = await self._proposed(uow, ticket)
            if best is None:
                total = replace(total, nobody=total.nobody + 1)
            elif await self._ask(ticket.id, best) is not None:
                total = replace(total, asked=total.asked + 1)
        return total

    async def _ask(self, ticket_id: int, best: Suggestion) -> Callback | None:
        """Judge again while nobody else can, and ask: one commit. None when somebody was faster."""
        try:
            async with self._desk.open_uow() as uow:
                await uow.tickets.hold(ticket_id)
                ticket = await uow.tickets.by_id(ticket_id)
                if ticket is None:
                    return None
                found = await self._judged(uow, ticket)
                if found.said is not Judged.ASK:
                    return None
                series = await self._callbacks.open_series(
                    uow,
                    Wanted(ticket_id=ticket_id, executor_id=best.person_id, origin=Origin.RULE),
                    by=None,
                    reason=_reason(found, best),
                    because={
                        "rule": RULE,
                        "missed": str(found.missed),
                        "waited": int(found.waited.total_seconds()),
                        "executor_id": best.person_id,
                    },
                )
                await uow.commit()
        except (Conflict, InvalidInput, NotFound):
            return None  # a person was faster, or the executor lost his telephone: what is so now decides next time
        self._callbacks.wake()
        return series

    async def _judged(self, uow: UnitOfWork, ticket: Ticket) -> Judgement:
        return judge(await self._case(uow, ticket), self._rule, self._desk.clock.now())

    async def _case(self, uow: UnitOfWork, ticket: Ticket) -> MissedCase:
        number = number_of(ticket)
        series = await uow.callbacks.of_ticket(ticket.id)
        case = MissedCase(ticket=ticket, number=number, series=series)
        if number is None or series:
            return case
        return replace(
            case,
            calls=await uow.calls.of_ticket(ticket.id),
            number_allowed=self._callbacks.number_problem(number) is None,
            opted_out=await uow.dialing.opted_out(number) is not None,
            number_calls=await uow.calls.last_of_number(number, limit=LAST_CALLS),
            beside=await _beside(uow, number, ticket.id),
            open_now=self._callbacks.earliest() <= self._desk.clock.now(),
        )

    async def _proposed(self, uow: UnitOfWork, ticket: Ticket) -> Suggestion | None:
        """The best of those on shift who could speak with him; None when nobody is eligible. Regulation: 2.4."""
        facts = await self._callers(uow)
        known = await uow.staffing.known(client_id=ticket.client_id, organization_id=ticket.organization_id)
        return facts.proposal(ticket, known, facts.candidates()).best

    async def _callers(self, uow: UnitOfWork) -> StaffFacts:
        """Who may be asked: with a telephone that is not off; callbacks in hand weigh as tickets do."""
        facts = await staff_facts(uow, self._desk)
        off = {each.person_id for each in await uow.people.presence() if each.phone is PhoneState.UNREACHABLE}
        people = facts.executors if not self._rule.executors else await uow.people.all()
        able = [each for each in people if self._may_be_asked(each) and each.id not in off]
        loads = {
            each.id: facts.loads.get(each.id, 0) + len(await uow.callbacks.open_of_executor(each.id))
            for each in able
        }
        return replace(facts, executors=able, loads=loads)

    def _may_be_asked(self, person: Person) -> bool:
        named = not self._rule.executors or person.login in self._rule.executors
        return named and person.endpoint is not None and may(person, Action.CALL_BACK)


async def _beside(uow: UnitOfWork, number: str, ticket_id: int) -> Sequence[Callback]:
    """Callbacks of this number on other tickets: every open one, and the ended ones of its open tickets."""
    found = {each.id: each for each in await uow.callbacks.open_of_number(number)}
    for other in await uow.tickets.open_of_number(number, limit=OTHER_TICKETS):
        found.update((each.id, each) for each in await uow.callbacks.of_ticket(other.id))
    return [each for each in found.values() if each.ticket_id != ticket_id and each.number == number]


def _reason(found: Judgement, best: Suggestion) -> str:
    """The rule's reason as the audit keeps it."""
    why = ", ".join(f"{each.because}={each.count}" for each in best.reasons)
    return f"by rule: a missed call, {found.missed}, waited {int(found.waited.total_seconds())} s; {why}"
