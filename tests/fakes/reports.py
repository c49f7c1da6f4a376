"""Port `ReportRows` in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from callcenter.domain.calls import Call
from callcenter.domain.document import Cell, TicketLink
from callcenter.domain.report_mailing import Mailing
from callcenter.domain.ticket import Ticket
from callcenter.ports.reports import ExportPage, StoredReport
from tests.fakes.memory import Memory


class FakeReportRows:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def stored(self, name: str, locale: str) -> StoredReport | None:
        return self._memory.reports.get((name, locale))

    async def keep(self, report: StoredReport) -> bool:
        key = (report.name, report.locale)
        if key in self._memory.reports:
            return False
        self._memory.reports[key] = report
        return True

    async def kept(self, limit: int) -> Sequence[StoredReport]:
        newest = sorted(self._memory.reports.values(), key=lambda each: each.last, reverse=True)
        return [replace(each, body={}) for each in newest[:limit]]

    async def mailings(self) -> Sequence[Mailing]:
        return list(self._memory.mailings.values())

    async def save_mailing(self, mailing: Mailing) -> None:
        self._memory.mailings[mailing.kind] = mailing

    async def tickets(
        self, since: datetime, until: datetime, *, after: tuple[datetime, int] | None, limit: int
    ) -> ExportPage:
        return _page(
            ((each.created_at, each.id, self._ticket(each)) for each in self._memory.tickets.values()),
            since,
            until,
            after,
            limit,
        )

    async def calls(
        self, since: datetime, until: datetime, *, after: tuple[datetime, int] | None, limit: int
    ) -> ExportPage:
        return _page(
            ((each.entered_at, each.id, self._call(each)) for each in self._memory.calls.values()),
            since,
            until,
            after,
            limit,
        )

    def _ticket(self, ticket: Ticket) -> tuple[Cell, ...]:
        memory = self._memory
        named = (
            (memory.topics, ticket.topic_id),
            (memory.products, ticket.product_id),
            (memory.organizations, ticket.organization_id),
        )
        topic, product, organization = (
            None if key is None or key not in rows else rows[key].name for rows, key in named
        )
        operator, executor = (
            None if key is None or key not in memory.people else memory.people[key].name
            for key in (ticket.operator_id, ticket.assignee_id)
        )
        return (
            TicketLink(ticket_id=ticket.id),
            ticket.created_at,
            str(ticket.source),
            str(ticket.status),
            ticket.kind and str(ticket.kind),
            topic,
            product,
            organization,
            ticket.subject,
            operator,
            executor,
            ticket.registered_at,
            ticket.ended_at,
            ticket.cancel_reason and str(ticket.cancel_reason),
            ticket.rating,
        )

    def _call(self, call: Call) -> tuple[Cell, ...]:
        began, left = call.queued_at or call.entered_at, call.answered_at or call.ended_at
        talked = None
        if call.answered_at is not None and call.ended_at is not None:
            talked = call.ended_at - call.answered_at
        who = None if call.answered_by is None else self._memory.people[call.answered_by].name
        return (
            call.entered_at,
            self._memory.hotlines[call.hotline_id].name,
            call.caller.e164 or call.caller.raw,
            call.outcome and str(call.outcome),
            None if left is None else left - began,
            talked,
            who,
            TicketLink(ticket_id=call.ticket_id),
        )


def _page(
    every: Iterable[tuple[datetime, int, tuple[Cell, ...]]],
    since: datetime,
    until: datetime,
    after: tuple[datetime, int] | None,
    limit: int,
) -> ExportPage:
    found = sorted(each for each in every if since <= each[0] < until)
    if after is not None:
        found = [each for each in found if each[:2] > after]
    shown = found[:limit]
    last = (shown[-1][0], shown[-1][1]) if len(shown) == limit else None
    return ExportPage(rows=[each[2] for each in shown], after=last)
