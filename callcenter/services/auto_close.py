"""Resolved tickets are closed by themselves when the client has said nothing for some working days.

He was told with the answer that he may confirm or reopen; his silence is taken for a yes, and the audit says so.
Regulation: 2.10.
"""

import asyncio
from datetime import date, datetime, time, timedelta

from callcenter.domain.errors import Conflict, NotFound, Unavailable
from callcenter.domain.lifecycle import Status, Step
from callcenter.domain.lists import Cursor, Filter, Sort
from callcenter.domain.ticket import Ticket
from callcenter.services.desk import Desk
from sla.calendar import BusinessCalendar

BY_RULE = "auto_close"
"""The actor of what is closed by rule."""
PORTION = 100
EVERY = timedelta(minutes=30)
"""How often it looks: nobody waits for the minute a silent client's ticket is closed."""
AFTER_FAILURE = timedelta(minutes=1)


def closes_at(calendar: BusinessCalendar, resolved: datetime, days: int) -> datetime:
    """When a ticket resolved at this instant is closed: after `days` whole working days, at the local midnight.

    The day of the answer does not count: the client has the following days to object.
    """
    day: date = resolved.astimezone(calendar.zone).date()
    left = days
    while left:
        day += timedelta(days=1)
        left -= bool(calendar.day(day).hours)
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=calendar.zone)


class AutoClose:
    """`run` is a background task of every node; `sweep` is one look, for tests and for `run`.

    Several nodes may look at once: whoever is second finds another version and lets it be.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.failures = 0

    async def run(self) -> None:
        """Close until cancelled; returns at once where the setting says never."""
        while self._desk.rules.close_after_days:
            try:
                await self.sweep()
            except Unavailable:
                self.failures += 1
                await asyncio.sleep(AFTER_FAILURE.total_seconds())
            else:
                await asyncio.sleep(EVERY.total_seconds())
        await asyncio.Event().wait()

    async def sweep(self) -> int:
        """Close what is due, each in a commit of its own; how many there were."""
        days = self._desk.rules.close_after_days
        if not days:
            return 0
        closed, after = 0, None
        resolved = Filter(statuses=frozenset({Status.RESOLVED}))
        while True:
            async with self._desk.open_uow(write=False) as uow:
                page = await uow.tickets.page(resolved, Sort.OLDEST, after=after, limit=PORTION)
            for ticket in page:
                closed += await self._close(ticket, days)
            if len(page) < PORTION:
                return closed
            after = Cursor(at=None, id=page[-1].id)

    async def _close(self, ticket: Ticket, days: int) -> bool:
        calendar = self._desk.rules.terms.calendar
        if ticket.ended_at is None or self._desk.clock.now() < closes_at(calendar, ticket.ended_at, days):
            return False
        try:
            async with self._desk.acting(ticket.id, ticket.version, actor=BY_RULE) as case:
                await case.change(
                    "ticket.closed_by_rule", case.ticket, step=Step.CONFIRM, details={"working_days": days}
                )
        except (Conflict, NotFound):
            return False  # somebody was faster; what he did decides
        return True
