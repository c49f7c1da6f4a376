"""What every service of the help desk stands on, and how one change of one ticket is made.

A change is: read the ticket, check right and version, decide, then save ticket, clocks, one audit row and the live
message in one commit. Two people who change the same ticket cannot both win; the second is told what it is now.
Regulation: 2.10.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.lifecycle import OPEN, Step, after
from callcenter.domain.live import FLOOR, LiveKind
from callcenter.domain.notices import Notice
from callcenter.domain.numbers import Number
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.promise import DEFAULT_SENTENCE
from callcenter.domain.remote import DEFAULT_TOOLS, RemoteTool
from callcenter.domain.search import ticket_words
from callcenter.domain.story import actor_of
from callcenter.domain.ticket import Ticket
from callcenter.domain.ticket_clocks import due_at, in_order, sla_steps, stand
from callcenter.ports.unit_of_work import Clock, Notices, OpenUnitOfWork, UnitOfWork
from callcenter.services.webhooks import announce, ticket_event
from sla.clock import Terms
from sla.errors import BadTimeline
from sla.timeline import ClockName, Timeline
from sla.timeline import Step as SlaStep
from sla.verdict import judge

_log = structlog.get_logger(__name__)
PERSONAL = frozenset(
    {
        "contact_name",
        "contact_phone",
        "contact_email",
        "caller",
        "subject",
        "text",
        "said_text",
        "answer",
        "rating_text",
    }
)
"""Fields whose words the audit does not repeat: it is never edited, and clients have a right to be forgotten."""

_NOT_TOLD = frozenset({"id", "version", "updated_at", "due_at"})
_SEARCHED = (
    "client_id",
    "organization_id",
    "contact_name",
    "contact_phone",
    "contact_email",
    "subject",
    "text",
    "answer",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskRules:
    """The desk's settings. `address` is the self-service page; `vendor_time` is business time of the vendor.

    `close_after_days`: working days after which a resolved ticket is closed by itself, 0 for never.
    """

    terms: Terms
    zone: ZoneInfo
    address: str
    sentence: str = DEFAULT_SENTENCE
    auto_assign: bool = True
    mail_warnings: bool = False
    vendor_time: timedelta = timedelta(hours=8)
    close_after_days: int = 3
    tools: Sequence[RemoteTool] = DEFAULT_TOOLS


@dataclass(kw_only=True, slots=True)
class Desk:
    """The store, the clock, the rules and the letters: one object, given to every service of the desk.

    `rules` are replaced as a whole when a change of the targets comes into force (`services/targets.py`).
    """

    open_uow: OpenUnitOfWork
    clock: Clock
    rules: DeskRules
    notices: Notices

    @asynccontextmanager
    async def case(
        self, ticket_id: int, version: int | None, *, by: Person, action: Action
    ) -> AsyncIterator["Case"]:
        """Change one ticket as a person; leaving the block commits, an error undoes everything.

        Raises:
            NotFound: no such ticket.
            Forbidden: this person may not do this to this ticket.
            Conflict: it is not what he saw (`version`), or somebody was faster; details say what it is now.
        """
        async with self.acting(ticket_id, version, actor=actor_of(by.id)) as case:
            require(by, action, case.ticket)
            yield case

    @asynccontextmanager
    async def acting(self, ticket_id: int, version: int | None, *, actor: str) -> AsyncIterator["Case"]:
        """The same for a rule or a client, whose right is decided elsewhere."""
        try:
            async with self.open_uow() as uow:
                await uow.tickets.hold(ticket_id)
                ticket = await loaded(uow, ticket_id)
                if version is not None and ticket.version != version:
                    raise await _conflict(uow, ticket)
                case = Case(uow, self, ticket, actor=actor)
                yield case
                await uow.commit()
        except Conflict as error:
            if "status" in error.details:
                raise
            async with self.open_uow(write=False) as uow:
                raise await _conflict(uow, await loaded(uow, ticket_id)) from error


async def loaded(uow: UnitOfWork, ticket_id: int) -> Ticket:
    """The ticket; NotFound when there is none."""
    ticket = await uow.tickets.by_id(ticket_id)
    if ticket is None:
        raise NotFound("ticket", ticket_id=ticket_id)
    return ticket


async def _conflict(uow: UnitOfWork, ticket: Ticket) -> Conflict:
    last = await uow.audit.last_of_ticket(ticket.id)
    return Conflict(
        f"ticket {ticket.number} is {ticket.status} by now",
        ticket_id=ticket.id,
        version=ticket.version,
        status=str(ticket.status),
        assignee_id=ticket.assignee_id,
        actor=None if last is None else last.actor,
        action=None if last is None else last.action,
        at=ticket.updated_at.isoformat(),
    )


class Case:
    """One ticket inside one unit of work; `ticket` is as it stands now. Other rooms may use it in their own."""

    def __init__(self, uow: UnitOfWork, desk: Desk, ticket: Ticket, *, actor: str) -> None:
        self.uow = uow
        self.desk = desk
        self.ticket = ticket
        self.actor = actor
        self.now = max(desk.clock.now(), ticket.created_at)

    async def change(
        self,
        name: str,
        wanted: Ticket,
        *,
        step: Step | None = None,
        reason: str = "",
        details: Mapping[str, object] | None = None,
    ) -> Ticket:
        """Make the ticket `wanted`, taking a step of the life cycle: one audit row `name`, clocks, live message.

        `wanted` is the present ticket with its new fields; status and instants are set here. `details` go into
        the audit row beside the changed fields.

        Raises:
            TransitionRefused: the life cycle has no such step from here.
            Conflict: somebody changed it meanwhile.
        """
        before = self.ticket
        status = before.status if step is None else after(before.status, step)
        wanted = replace(wanted, status=status, updated_at=max(self.now, before.updated_at))
        if status in OPEN:
            wanted = replace(wanted, ended_at=None)
        elif before.status in OPEN:
            wanted = replace(wanted, ended_at=self.now)
        wanted = await self._clocked(step, before, wanted)
        self.ticket = await self.uow.tickets.save(wanted)
        found_anew = step in {Step.REGISTER, Step.DISCARD}
        if found_anew or any(getattr(before, each) != getattr(wanted, each) for each in _SEARCHED):
            await self.index()
        await self._record(name, reason, {**changed(before, wanted), **(details or {})})
        await self._tell(before)
        return self.ticket

    async def note(
        self, name: str, *, reason: str = "", details: Mapping[str, object] | None = None
    ) -> Ticket:
        """Record something that happened on the ticket without changing its fields; its version grows too."""
        return await self.change(name, self.ticket, reason=reason, details=details)

    async def write(self, notice: Notice, about: Mapping[str, object] | None = None) -> bool:
        """Queue a letter to the ticket's contact."""
        return await self.desk.notices.queue(self.uow, notice, self.ticket, about=about)

    async def index(self) -> None:
        """Store the words it is found by."""
        ticket = self.ticket
        client = None if ticket.client_id is None else await self.uow.clients.by_id(ticket.client_id)
        company = None
        if ticket.organization_id is not None:
            company = await self.uow.clients.organization(ticket.organization_id)
        await self.uow.search.put(ticket.id, ticket_words(ticket, client, company))

    async def _clocked(self, step: Step | None, before: Ticket, wanted: Ticket) -> Ticket:
        steps = sla_steps(step, before, wanted, self.now)
        if not steps:
            return wanted
        known = await self.uow.clocks.steps(before.id)
        fresh = in_order(steps, known)
        every = (*known, *fresh)
        terms = self.desk.rules.terms
        sent = await self.uow.clocks.sent(before.id)
        try:
            standing = stand(before.id, every, terms, self.now, sent)
        except BadTimeline as error:
            # the record of its time is lost or damaged: the work goes on, and nothing is promised or judged
            _log.error("the clocks of a ticket are unknown", ticket_id=before.id, error=str(error))
            return replace(wanted, due_at=None)
        await self.uow.clocks.add_steps(before.id, fresh, first=len(known))
        await self.uow.clocks.keep(before.id, standing)
        if step in {Step.RESOLVE, Step.CANCEL, Step.REOPEN}:
            await self._freeze(every, ended=step is not Step.REOPEN)
        return replace(wanted, due_at=due_at(wanted.status, standing))

    async def _freeze(self, steps: Sequence[SlaStep], *, ended: bool) -> None:
        """Judge once, at the end: later calendars and targets change nothing. A reopened clock is judged anew."""
        kept = await self.uow.clocks.verdicts(self.ticket.id)
        if not ended:
            still = [each for each in kept if each.clock is not ClockName.RESOLVE]
            await self.uow.clocks.freeze(self.ticket.id, still)
            return
        timeline = Timeline(ticket=str(self.ticket.id), steps=tuple(steps))
        at = max(self.now, steps[-1].at)
        await self.uow.clocks.freeze(self.ticket.id, judge(timeline, self.desk.rules.terms, at, frozen=kept))

    async def _record(self, name: str, reason: str, change: Mapping[str, object]) -> None:
        await self.uow.audit.record(
            at=self.now,
            actor=self.actor,
            ticket_id=self.ticket.id,
            action=name,
            reason=reason,
            change=dict(change),
        )

    async def _tell(self, before: Ticket) -> None:
        payload: dict[str, object] = {
            "ticket_id": self.ticket.id,
            "status": str(self.ticket.status),
            "before": str(before.status),
            "version": self.ticket.version,
            "assignee_id": self.ticket.assignee_id,
            "was_assignee_id": before.assignee_id,
            "operator_id": self.ticket.operator_id,
            "missed": None if self.ticket.missed is None else str(self.ticket.missed),
            "due_at": None if self.ticket.due_at is None else self.ticket.due_at.isoformat(),
        }
        await self.uow.live.add(FLOOR, LiveKind.TICKET_CHANGED, payload, at=self.now)
        event = ticket_event(before, self.ticket)
        if event is not None:
            told = {"ticket_id": self.ticket.id, "status": str(self.ticket.status)}
            key = f"{self.ticket.id}:{self.ticket.version}"
            await announce(
                self.uow, event, key=key, payload=told, ticket_id=self.ticket.id, clock=self.desk.clock
            )


def changed(before: Ticket, after: Ticket) -> dict[str, object]:
    """What a change did, for the audit: field to [before, after]; personal words are only said to have changed."""
    told: dict[str, object] = {}
    for each in fields(Ticket):
        old, new = getattr(before, each.name), getattr(after, each.name)
        if each.name in _NOT_TOLD or old == new:
            continue
        told[each.name] = "changed" if each.name in PERSONAL else [plain(old), plain(new)]
    return told


def plain(value: object) -> object:
    """A value as the audit keeps it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Number):
        return value.raw
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)
