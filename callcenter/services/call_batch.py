"""A batch of facts inside one transaction.

Each fact may come again or late (live, then from a snapshot, CEL or CDR); the outcome is the same.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.domain import calls as course
from callcenter.domain.calls import (
    Call,
    CallAnswered,
    CallEnded,
    CallEntered,
    CallFact,
    CallQueued,
    CallTransferred,
    Hotline,
    PhoneReported,
    PhoneRinging,
    PhoneStopped,
    RingEnd,
    Ringing,
    Transfer,
    missed_reason,
)
from callcenter.domain.lifecycle import Status
from callcenter.domain.live import FLOOR, LiveKind, to_person
from callcenter.domain.people import Person, PhoneState
from callcenter.domain.ticket import Source, Ticket, joins
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.call_rows import CallRows
from callcenter.services.inbound_callbacks import InboundCallbacks
from callcenter.services.screen_pop import pop_payload

ACTOR = "telephony"
_PHONE_STATES = {str(state): state for state in PhoneState}


class CallBatch:
    """Applies facts to the calls and tickets of one unit of work; `finish` writes what they changed.

    `ignored` counts by reason what changed nothing.
    """

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        now: datetime,
        join_window: timedelta,
        callbacks: InboundCallbacks | None = None,
    ) -> None:
        self.ignored: Counter[str] = Counter()
        self._uow = uow
        self._rows = CallRows(uow)
        self._now = now
        self._join_window = join_window
        self._callbacks = callbacks
        self._phones: dict[int, PhoneReported] = {}

    async def finish(self) -> None:
        """Write each changed row once and tell the floor once."""
        await self._rows.write(self._now)
        await self._write_phones()

    async def enter(self, fact: CallEntered) -> None:
        """Open a draft for a call to one of our numbers, or add the call to his open draft. Regulation: 2.1."""
        hotline = await self._rows.hotline(fact.did.e164)
        if hotline is None:
            self.ignored["not_our_number"] += 1
        elif await self._rows.call(fact.key) is not None:
            self.ignored["known_call"] += 1
        else:
            ticket = await self._draft_for(fact, hotline)
            await self._rows.add_call(_call(fact, hotline, ticket))
            if self._callbacks is not None and fact.caller.e164 is not None:
                await self._callbacks.client_called(self._uow, fact.caller.e164, fact.at)

    async def _draft_for(self, fact: CallEntered, hotline: Hotline) -> Ticket:
        number = fact.caller.e164
        draft = None if number is None else await self._rows.open_draft(number, hotline.id)
        if draft is not None and joins(draft, fact.caller, fact.at, self._join_window):
            joined = replace(draft, updated_at=max(draft.updated_at, fact.at))
            self._rows.change_ticket(joined, fact.at)
            await self._record(joined.id, "call.joined", fact, {"found_by": str(fact.found_by)})
            return joined
        possible = [] if number is None else await self._uow.clients.by_phone(number)
        ticket = await self._rows.add_ticket(_draft(fact, hotline, [each.id for each in possible]))
        await self._record(ticket.id, "ticket.drafted", fact, {"found_by": str(fact.found_by)})
        return ticket

    async def queue(self, fact: CallQueued) -> None:
        """The caller waits in a queue."""
        call = await self._known(fact)
        if call is None:
            return
        waiting = course.queued(call, fact.phone_queue, fact.at)
        if waiting == call:
            self.ignored["known_queue"] += 1
        else:
            self._rows.change_call(waiting, fact.at)

    async def ring(self, fact: PhoneRinging) -> None:
        """A phone rings: its owner alone gets the pop-up, once, with everything known of the caller."""
        call = await self._known(fact)
        if call is None or (person := await self._person(fact.key.pbx, fact.endpoint)) is None:
            return
        if call.ended_at is not None or (call.answered_at is not None and fact.at <= call.answered_at):
            self.ignored["late_ring"] += 1
            return
        ringing = Ringing(call_id=call.id, person_id=person.id, since=fact.at)
        if not await self._uow.calls.start_ringing(ringing):
            self.ignored["known_ring"] += 1
            return
        hotline = await self._rows.hotline(call.did.e164)
        payload = pop_payload(call, hotline, await self._rows.card(call), ringing_since=fact.at)
        if self._callbacks is not None and call.caller.e164 is not None:
            payload["callbacks"] = await self._callbacks.card_lines(self._uow, call.caller.e164)
        audience = to_person(person.id)
        await self._uow.live.add(audience, LiveKind.POP_SHOW, payload, at=self._now, event_at=fact.at)
        self._rows.touch_line(call, fact.at)

    async def stop(self, fact: PhoneStopped) -> None:
        """A phone no longer rings."""
        call = await self._known(fact)
        if call is None or (person := await self._person(fact.key.pbx, fact.endpoint)) is None:
            return
        if await self._stop_one(call, person.id, fact.reason, fact.at):
            self._rows.touch_line(call, fact.at)
        else:
            self.ignored["known_stop"] += 1

    async def answer(self, fact: CallAnswered) -> None:
        """A person speaks with the caller: the draft is his, everybody else's pop-up goes."""
        call = await self._known(fact)
        if call is None:
            return
        if call.answered_at is not None:
            self.ignored["known_answer"] += 1
            return
        person = await self._person(fact.key.pbx, fact.endpoint)
        person_id = None if person is None else person.id
        answered = course.answered(call, person_id, fact.at)
        self._rows.change_call(answered, fact.at)
        await self._stop_all(answered, fact.at, winner=person_id, others=RingEnd.ANSWERED_ELSEWHERE)
        await self._hand_draft_to(person_id, answered, fact)
        await self._settle_missed(answered, fact)
        if self._callbacks is not None and call.caller.e164 is not None:
            await self._callbacks.client_spoke(self._uow, call.caller.e164, fact.at)

    async def transfer(self, fact: CallTransferred) -> None:
        """Another person took the caller over, and with him the draft."""
        call = await self._known(fact)
        if call is None:
            return
        before = await self._person(fact.key.pbx, fact.from_endpoint) if fact.from_endpoint else None
        person = await self._person(fact.key.pbx, fact.to_endpoint)
        transfer = Transfer(
            call_id=call.id,
            at=fact.at,
            from_person_id=None if before is None else before.id,
            to_person_id=None if person is None else person.id,
            to_endpoint=fact.to_endpoint,
        )
        if not await self._uow.calls.add_transfer(transfer):
            self.ignored["known_transfer"] += 1
            return
        self._rows.touch_line(call, fact.at)
        await self._stop_all(call, fact.at, winner=transfer.to_person_id, others=RingEnd.ANSWERED_ELSEWHERE)
        await self._hand_draft_to(transfer.to_person_id, call, fact)

    async def end(self, fact: CallEnded) -> None:
        """The caller is gone; unanswered, his ticket is missed, with the reason."""
        call = await self._known(fact)
        if call is None:
            return
        ended = course.ended(call, fact.outcome, fact.at)
        if ended == call:
            self.ignored["known_end"] += 1
            return
        self._rows.change_call(ended, fact.at)
        await self._stop_all(ended, fact.at, winner=None, others=RingEnd.CALLER_LEFT)
        await self._settle_missed(ended, fact)

    async def report_phone(self, fact: PhoneReported) -> None:
        """A person's phone or his place in the queue changed."""
        person = await self._person(fact.pbx, fact.endpoint)
        if person is None:
            return
        known = self._phones.get(person.id)
        if known is None or known.at <= fact.at:
            self._phones[person.id] = fact

    async def _write_phones(self) -> None:
        """Each phone as it stands after the whole batch; what it was in between, nobody can see."""
        for person_id, fact in self._phones.items():
            phone = _PHONE_STATES.get(fact.state, PhoneState.UNKNOWN)
            await self._uow.people.set_presence(
                person_id, phone=phone, in_queue=fact.in_queue, paused=fact.paused, at=fact.at
            )
            payload: dict[str, object] = {
                "person_id": person_id,
                "phone": str(phone),
                "in_queue": fact.in_queue,
                "paused": fact.paused,
                "since": fact.at.isoformat(),
            }
            await self._uow.live.add(
                FLOOR, LiveKind.PRESENCE_CHANGED, payload, at=self._now, event_at=fact.at
            )

    async def _known(self, fact: CallFact) -> Call | None:
        call = await self._rows.call(fact.key)
        if call is None:
            self.ignored["unknown_call"] += 1
        return call

    async def _person(self, pbx: str, endpoint: str) -> Person | None:
        person = await self._rows.person(pbx, endpoint)
        if person is None:
            self.ignored["nobodys_phone"] += 1
        return person

    async def _stop_all(self, call: Call, at: datetime, *, winner: int | None, others: RingEnd) -> None:
        for ringing in await self._uow.calls.ringing_of_call(call.id):
            reason = RingEnd.ANSWERED if ringing.person_id == winner else others
            await self._stop_one(call, ringing.person_id, reason, at)

    async def _stop_one(self, call: Call, person_id: int, reason: RingEnd, at: datetime) -> bool:
        if not await self._uow.calls.stop_ringing(call.id, person_id, reason=reason, at=at):
            return False
        payload: dict[str, object] = {
            "call_id": call.id,
            "ticket_id": call.ticket_id,
            "reason": str(reason),
        }
        await self._uow.live.add(
            to_person(person_id), LiveKind.POP_WITHDRAW, payload, at=self._now, event_at=at
        )
        return True

    async def _hand_draft_to(self, person_id: int | None, call: Call, fact: CallFact) -> None:
        ticket = await self._rows.ticket(call.ticket_id)
        if person_id is None or ticket.status is not Status.DRAFT or ticket.operator_id == person_id:
            return
        self._rows.change_ticket(
            replace(ticket, operator_id=person_id, updated_at=self._later(ticket, fact)), fact.at
        )
        change: dict[str, object] = {"operator_id": person_id, "before": ticket.operator_id}
        await self._record(ticket.id, "ticket.operator", fact, change)

    async def _settle_missed(self, call: Call, fact: CallFact) -> None:
        missed = missed_reason(await self._rows.calls_of_ticket(call.ticket_id))
        ticket = await self._rows.ticket(call.ticket_id)
        if ticket.missed == missed:
            return
        self._rows.change_ticket(
            replace(ticket, missed=missed, updated_at=self._later(ticket, fact)), fact.at
        )
        change: dict[str, object] = {"missed": None if missed is None else str(missed)}
        await self._record(ticket.id, "ticket.missed", fact, change)

    def _later(self, ticket: Ticket, fact: CallFact) -> datetime:
        return max(ticket.updated_at, fact.at)

    async def _record(self, ticket_id: int, action: str, fact: CallFact, change: dict[str, object]) -> None:
        await self._uow.audit.record(
            at=self._now,
            actor=ACTOR,
            ticket_id=ticket_id,
            action=action,
            reason=f"{fact.key.pbx} {fact.key.linkedid}",
            change={**change, "event_at": fact.at.isoformat()},
        )


def _draft(fact: CallEntered, hotline: Hotline, possible: list[int]) -> Ticket:
    return Ticket(
        id=0,
        version=0,
        status=Status.DRAFT,
        source=Source.CALL,
        hotline_id=hotline.id,
        caller=fact.caller,
        created_at=fact.at,
        updated_at=fact.at,
        possible_client_id=possible[0] if len(possible) == 1 else None,
    )


def _call(fact: CallEntered, hotline: Hotline, ticket: Ticket) -> Call:
    return Call(
        id=0,
        key=fact.key,
        hotline_id=hotline.id,
        ticket_id=ticket.id,
        did=fact.did,
        caller=fact.caller,
        caller_name=fact.caller_name,
        found_by=fact.found_by,
        entered_at=fact.at,
    )
