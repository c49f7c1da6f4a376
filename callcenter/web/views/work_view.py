"""A ticket as the people who work on it see it: its text, its letters, its clocks, and what may be done now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callcenter.domain.clients import Product
from callcenter.domain.lifecycle import TRANSITIONS, CancelReason, Step
from callcenter.domain.messages import Message
from callcenter.domain.people import Action, Person, Role, may
from callcenter.domain.policy import may_on
from callcenter.domain.proposal import Proposal
from callcenter.domain.remote import RemoteResult, RemoteSession, RemoteTool, launch_url
from callcenter.domain.ticket import Kind, Priority, Ticket
from callcenter.domain.topics import Topic, in_order
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.moderation import REJECTS
from callcenter.services.registration import Promise
from callcenter.services.ticket_reading import TicketDetails


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why something was not done: mistakes by field or a sentence, with what was typed into which form."""

    form: str
    typed: Mapping[str, Any]
    problems: Mapping[str, str] = field(default_factory=dict)
    conflict: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Classes:
    """What a ticket may be said to be; `topics` with their depth in the tree."""

    products: Sequence[Product]
    topics: Sequence[tuple[int, Topic]]
    kinds: Sequence[Kind] = tuple(Kind)
    priorities: Sequence[Priority] = tuple(Priority)
    results: Sequence[RemoteResult] = tuple(RemoteResult)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkView:
    """`executors` are whom it may be given to; `promise` is what is still to be said to the client.

    `questions` are those this person was asked here and has not answered, `colleagues` whom he may ask.
    """

    details: TicketDetails
    executors: Sequence[Person]
    proposal: Proposal | None
    promise: Promise | None
    may_work: bool
    may_moderate: bool
    may_note: bool
    me: int
    colleagues: Sequence[Person]
    questions: Sequence[Message]
    tools: Sequence[RemoteTool]
    choices: Classes
    refusal: Refusal | None = None
    following: Ticket | None = None
    """Where he goes on when this one is out of his hands: what has least time left of what he has."""

    @property
    def may_remote(self) -> bool:
        """Whether a remote session may be begun: on an open, registered ticket of his. Regulation: 2.8."""
        return self.may_write and self.details.ticket.assignee_id is not None

    @property
    def may_classify(self) -> bool:
        """Whether kind, priority, topic and product may be corrected."""
        ticket = self.details.ticket
        return self.may_moderate and ticket.open and ticket.registered_at is not None

    @property
    def own_open_session(self) -> RemoteSession | None:
        """His remote session on this ticket that has not ended."""
        mine = (each for each in self.details.sessions if each.person_id == self.me and each.ended_at is None)
        return next(mine, None)

    @property
    def last_workplace(self) -> str:
        """Where the last session on this ticket went."""
        return self.details.sessions[-1].remote_id if self.details.sessions else ""

    def launch(self, session: RemoteSession) -> str:
        """The link that opens the session's program; empty when it is not configured any more."""
        tool = next((each for each in self.tools if each.code == session.tool), None)
        return "" if tool is None else launch_url(tool, session.remote_id)

    def tool_name(self, code: str) -> str:
        """A program's name."""
        return next((each.name for each in self.tools if each.code == code), code)

    @property
    def answered(self) -> frozenset[int]:
        """Questions that have their answer."""
        return frozenset(each.in_reply_to for each in self.details.messages if each.in_reply_to is not None)

    @property
    def steps(self) -> frozenset[str]:
        """The steps this person may take now, by name."""
        return frozenset(str(step) for step in self.details.steps)

    @property
    def may_reassign(self) -> bool:
        """Whether he may give it to another executor; a moderator assigns instead."""
        ticket = self.details.ticket
        possible = (ticket.status, Step.ASSIGN) in TRANSITIONS and ticket.assignee_id is not None
        return possible and self.may_work and not self.may_moderate

    @property
    def may_write(self) -> bool:
        """Whether he may write to the client: on an open, registered ticket of his."""
        ticket = self.details.ticket
        return self.may_work and ticket.open and ticket.registered_at is not None

    @property
    def rejects(self) -> Sequence[CancelReason]:
        """Why a request may be rejected."""
        return sorted(REJECTS)

    def typed(self, form: str, name: str) -> str:
        """What was typed into a form that was refused; empty for every other."""
        value = self.refusal.typed.get(name, "") if self.refusal and self.refusal.form == form else ""
        return value if isinstance(value, str) else ""

    def problem(self, form: str, name: str) -> str:
        """The mistake of a field of a refused form."""
        return self.refusal.problems.get(name, "") if self.refusal and self.refusal.form == form else ""

    def refused(self, form: str) -> bool:
        """Whether this is the form that was refused."""
        return self.refusal is not None and self.refusal.form == form


async def executors_of(uow: UnitOfWork) -> Sequence[Person]:
    """Everybody who may be given tickets."""
    return [each for each in await uow.people.all() if each.active and Role.EXECUTOR in each.roles]


async def colleagues_of(uow: UnitOfWork, by: Person) -> Sequence[Person]:
    """Everybody he may ask: who works here and writes on tickets."""
    return [each for each in await uow.people.all() if each.id != by.id and may(each, Action.NOTE_ON_TICKETS)]


async def classes(uow: UnitOfWork) -> Classes:
    """The products and the topics there are."""
    active = [each for each in await uow.topics.all() if each.active]
    return Classes(products=await uow.clients.products(), topics=in_order(active))


def open_questions(by: Person, details: TicketDetails) -> Sequence[Message]:
    """What this person was asked on the ticket and has not answered."""
    answered = {each.in_reply_to for each in details.messages}
    return [each for each in details.messages if each.to_person_id == by.id and each.id not in answered]


def rights(by: Person, details: TicketDetails) -> dict[str, bool]:
    """What he may do on this ticket at all."""
    ticket = details.ticket
    return {
        "may_work": may_on(by, Action.WORK_ON_TICKETS, ticket),
        "may_moderate": may_on(by, Action.MODERATE_TICKETS, ticket),
        "may_note": may_on(by, Action.NOTE_ON_TICKETS, ticket),
    }


def unsaid(by: Person, details: TicketDetails, promise: Promise) -> Promise | None:
    """The promise, where this person is to say it and nobody has."""
    ticket = details.ticket
    to_be_said = ticket.open and ticket.registered_at is not None and ticket.said_at is None
    registers = may_on(by, Action.REGISTER_TICKETS, ticket)
    return promise if to_be_said and registers and ticket.source != "form" else None


def kind_of(details: TicketDetails) -> Kind:
    """The ticket's kind; a form's is a reference until somebody knows better."""
    return details.ticket.kind or Kind.REFERENCE
