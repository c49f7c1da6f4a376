"""Warnings on time: wakes at the next due instant, says each thing once, survives restarts and several nodes.

No polling by the minute: it sleeps until the earliest stored instant, and is woken when a ticket changes. Which of
several nodes speaks is decided by a unique row. At 4:30 of the assign clock it proposes and, by setting, assigns.
Regulation: 2.4, 2.7, 2.8.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from callcenter.domain.errors import CallCenterError, Conflict, Unavailable
from callcenter.domain.lifecycle import Status
from callcenter.domain.live import FLOOR, LiveKind, LiveMessage
from callcenter.domain.notices import Notice as Letter
from callcenter.domain.story import DEADLINES
from callcenter.domain.ticket import Ticket
from callcenter.domain.ticket_clocks import TicketClock, audiences, wake_at
from callcenter.ports.live import LiveFeed, Subscription
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.desk import Case, Desk
from callcenter.services.moderation import give_by_rule
from sla.deadlines import BREACH, PROPOSE, Notice, due

AT_ONCE = 50
LONGEST_SLEEP = timedelta(minutes=5)
"""How late a warning can be when the hint that a ticket changed was lost between nodes."""
AFTER_FAILURE = timedelta(seconds=5)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Swept:
    """What one look at the due clocks did; `said` counts warnings that were sent, `assigned` tickets given by rule."""

    tickets: int = 0
    said: int = 0
    assigned: int = 0


def _may_set_a_clock(message: LiveMessage) -> bool:
    """A draft has no clock: the four changes of a call are no reason to look."""
    return message.kind is LiveKind.TICKET_CHANGED and message.payload.get("status") != Status.DRAFT


class Deadlines:
    """`run` is a background task of every node; `sweep` is one look, for tests and for `run`.

    `failures` counts looks that the database refused; they are repeated.
    """

    def __init__(self, desk: Desk, feed: LiveFeed) -> None:
        self._desk = desk
        self._feed = feed
        self.failures = 0

    async def run(self) -> None:
        """Warn until cancelled."""
        subscription = self._feed.subscribe(frozenset({FLOOR}))
        try:
            while True:
                subscription = await self._sleep(await self.look(), subscription)
        finally:
            subscription.close()

    async def next_wake(self) -> datetime | None:
        """The earliest instant at which anything is to be said; None while no clock runs."""
        async with self._desk.open_uow(write=False) as uow:
            return await uow.clocks.next_wake()

    async def sweep(self) -> Swept:
        """Say what is due now, ticket by ticket, each in a commit of its own.

        Raises Conflict when a ticket could not be spoken of now, after all others were; it stays due.
        """
        total = Swept()
        refused: Conflict | None = None
        while True:
            async with self._desk.open_uow(write=False) as uow:
                tickets = await uow.clocks.due(self._desk.clock.now(), limit=AT_ONCE)
            for ticket_id in tickets:
                try:
                    said, assigned = await self._speak(ticket_id)
                except Conflict as error:
                    refused = error
                    continue
                total = Swept(
                    tickets=total.tickets + 1, said=total.said + said, assigned=total.assigned + assigned
                )
            if refused is not None:
                raise refused
            if len(tickets) < AT_ONCE:
                return total

    async def look(self) -> timedelta:
        """Sweep, and say how long to sleep; a database that is down is tried again soon."""
        try:
            await self.sweep()
            wake = await self.next_wake()
        except (Unavailable, Conflict):
            self.failures += 1
            return AFTER_FAILURE
        if wake is None:
            return LONGEST_SLEEP
        return min(max(wake - self._desk.clock.now(), timedelta(0)), LONGEST_SLEEP)

    async def _sleep(self, length: timedelta, subscription: Subscription) -> Subscription:
        """Until the time is over or a ticket changed; an inbox that overflowed is replaced."""
        subscription.take_at_once(lambda messages: not any(map(_may_set_a_clock, messages)))
        try:
            async with asyncio.timeout(length.total_seconds()):
                while (message := await subscription.next()) is not None:
                    if _may_set_a_clock(message):
                        subscription.waiting()
                        return subscription
        except TimeoutError:
            return subscription
        return self._feed.subscribe(frozenset({FLOOR}))

    async def _speak(self, ticket_id: int) -> tuple[int, bool]:
        """How many warnings this node sent for a ticket, and whether it gave the ticket to somebody by the rule."""
        try:
            return await self._spoken(ticket_id, assign=self._desk.rules.auto_assign)
        except (Unavailable, Conflict):
            raise
        except CallCenterError:
            _log.exception("a ticket could not be assigned by the rule", ticket_id=ticket_id)
            self.failures += 1
            return await self._spoken(ticket_id, assign=False)

    async def _spoken(self, ticket_id: int, *, assign: bool) -> tuple[int, bool]:
        """Warnings, the turn to propose and the assignment that follows from it: one commit."""
        assigned = False
        async with self._desk.open_uow() as uow:
            await uow.tickets.hold(ticket_id)
            ticket = await uow.tickets.by_id(ticket_id)
            if ticket is None:
                return 0, False
            said, proposed = await self._warn(uow, ticket)
            if proposed and assign:
                case = Case(uow, self._desk, ticket, actor=DEADLINES)
                assigned = await give_by_rule(case) is not None
            await uow.commit()
        return said, assigned

    async def _warn(self, uow: UnitOfWork, ticket: Ticket) -> tuple[int, bool]:
        """How many warnings were sent, and whether it is this node's turn to propose."""
        now, terms = self._desk.clock.now(), self._desk.rules.terms
        sent = await uow.clocks.sent(ticket.id)
        standing, said, proposed = [], 0, False
        for each in await uow.clocks.clocks(ticket.id):
            found = due(each.clock, terms, now, sent)
            for notice in found.notices:
                if not await uow.clocks.claim(notice.key, ticket_id=ticket.id, level=notice.level, at=now):
                    continue
                if notice.level == PROPOSE:
                    proposed = True
                if not notice.superseded:
                    await self._tell(uow, notice, ticket, now)
                    said += 1
            keys = sent | {notice.key for notice in found.notices}
            standing.append(TicketClock(clock=each.clock, wake_at=wake_at(each.clock, terms, now, keys)))
        await uow.clocks.keep(ticket.id, standing)
        return said, proposed

    async def _tell(self, uow: UnitOfWork, notice: Notice, ticket: Ticket, now: datetime) -> None:
        kind = LiveKind.DEADLINE_PROPOSAL if notice.level == PROPOSE else LiveKind.DEADLINE_NEAR
        payload: dict[str, object] = {
            "ticket_id": ticket.id,
            "subject": ticket.subject,
            "clock": str(notice.clock),
            "level": notice.level,
            "due_at": None if notice.due_at is None else notice.due_at.isoformat(),
        }
        for audience in audiences(notice, ticket):
            await uow.live.add(audience, kind, payload, at=now, event_at=notice.at)
        if self._desk.rules.mail_warnings and notice.level != PROPOSE and ticket.assignee_id is not None:
            about = {"clock": str(notice.clock), "level": notice.level}
            await self._desk.notices.queue(
                uow, Letter.WARNING, ticket, to_person=ticket.assignee_id, about=about
            )
        if notice.level == BREACH:
            await uow.audit.record(
                at=now,
                actor=DEADLINES,
                ticket_id=ticket.id,
                action="deadline.breached",
                reason=f"the {notice.clock} target is used up",
                change={"clock": str(notice.clock), "due_at": payload["due_at"]},
            )
