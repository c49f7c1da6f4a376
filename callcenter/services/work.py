"""What executors do with a ticket: accept, write, ask, wait, resolve, give on. Regulation: 2.5, 2.7, 2.8."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from callcenter.domain.errors import Conflict, InvalidInput, NotFound
from callcenter.domain.lifecycle import Status, Step
from callcenter.domain.live import LiveKind, to_person
from callcenter.domain.messages import Message, MessageKind, checked_text
from callcenter.domain.notices import Notice
from callcenter.domain.people import Action, Person, may
from callcenter.domain.policy import require
from callcenter.domain.remote import RemoteResult, RemoteSession, RemoteTool, launch_url
from callcenter.domain.ticket import Ticket
from callcenter.services.desk import Case, Desk
from callcenter.services.moderation import give, resolved

MOST_QUESTIONS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class StartedSession:
    """A remote session that was begun, and the link that opens its tool."""

    ticket: Ticket
    session: RemoteSession
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What a colleague asked, and the ticket it is about."""

    asked: Message
    ticket: Ticket


class Work:
    """The executors' work. Each method returns the ticket as it is now; all raise what `Desk.case` raises."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def accept(self, by: Person, ticket_id: int, version: int) -> Ticket:
        """Begin to work on it."""
        async with self._desk.case(ticket_id, version, by=by, action=Action.WORK_ON_TICKETS) as case:
            await case.change("ticket.accepted", case.ticket, step=Step.ACCEPT)
        return case.ticket

    async def write(self, by: Person, ticket_id: int, version: int, *, text: str) -> Ticket:
        """Write to the client: kept on the ticket and mailed when he has an address.

        The audit row says whether a letter was queued (`mailed`).
        """
        words = checked_text(text)
        async with self._desk.case(ticket_id, version, by=by, action=Action.WORK_ON_TICKETS) as case:
            await _add(case, MessageKind.TO_CLIENT, words, by)
            mailed = await case.write(Notice.MESSAGE_FROM_EXECUTOR, {"text": words, "executor": by.name})
            await case.note("ticket.written", details={"mailed": mailed})
        return case.ticket

    async def note(self, by: Person, ticket_id: int, *, text: str) -> Ticket:
        """An internal note; it never leaves the house and needs no version."""
        words = checked_text(text)
        async with self._desk.case(ticket_id, None, by=by, action=Action.NOTE_ON_TICKETS) as case:
            await _add(case, MessageKind.NOTE, words, by)
            await case.note("ticket.noted")
        return case.ticket

    async def ask(self, by: Person, ticket_id: int, *, colleague: int, text: str) -> Ticket:
        """Ask a colleague on the ticket; he is told at once."""
        words = checked_text(text)
        async with self._desk.case(ticket_id, None, by=by, action=Action.NOTE_ON_TICKETS) as case:
            person = await case.uow.people.by_id(colleague)
            if person is None or not may(person, Action.NOTE_ON_TICKETS):
                raise InvalidInput({"colleague": "unknown"})
            if colleague == by.id:
                raise InvalidInput({"colleague": "oneself"})
            await _add(case, MessageKind.QUESTION, words, by, to_person_id=colleague)
            await case.note("ticket.asked", details={"colleague": colleague})
            payload: dict[str, object] = {"ticket_id": ticket_id, "from": by.id, "name": by.name}
            await case.uow.live.add(to_person(colleague), LiveKind.TICKET_ASKED, payload, at=case.now)
        return case.ticket

    async def questions(self, by: Person) -> Sequence[Question]:
        """What colleagues asked this person and he has not answered, oldest first, with their tickets."""
        require(by, Action.NOTE_ON_TICKETS)
        async with self._desk.open_uow(write=False) as uow:
            asked = await uow.messages.questions_to(by.id, limit=MOST_QUESTIONS)
            tickets = {each.id: each for each in await uow.tickets.by_ids([each.ticket_id for each in asked])}
        return [Question(asked=each, ticket=tickets[each.ticket_id]) for each in asked]

    async def reply(self, by: Person, ticket_id: int, *, question: int, text: str) -> Ticket:
        """Answer a colleague's question by an internal note; he is told at once.

        NotFound when this person was not asked that on this ticket, Conflict when he has answered.
        """
        words = checked_text(text)
        async with self._desk.case(ticket_id, None, by=by, action=Action.NOTE_ON_TICKETS) as case:
            messages = await case.uow.messages.of_ticket(ticket_id)
            asked = next((each for each in messages if each.id == question), None)
            if asked is None or asked.to_person_id != by.id:
                raise NotFound("question", question=question)
            if any(each.in_reply_to == question for each in messages):
                raise Conflict(
                    "the question is answered", status=str(case.ticket.status), ticket_id=ticket_id
                )
            await _add(case, MessageKind.NOTE, words, by, in_reply_to=question)
            await case.note("ticket.replied", details={"question": question})
            if asked.author_id is not None:
                payload: dict[str, object] = {"ticket_id": ticket_id, "from": by.id, "name": by.name}
                await case.uow.live.add(
                    to_person(asked.author_id), LiveKind.TICKET_REPLIED, payload, at=case.now
                )
        return case.ticket

    async def wait(self, by: Person, ticket_id: int, version: int, *, reason: str) -> Ticket:
        """Wait for the client: the clock stands still and the minutes are his."""
        words = checked_text(reason, field="reason")
        async with self._desk.case(ticket_id, version, by=by, action=Action.WORK_ON_TICKETS) as case:
            await case.change("ticket.waiting", case.ticket, step=Step.WAIT, reason=words)
        return case.ticket

    async def go_on(self, by: Person, ticket_id: int, version: int, *, reason: str = "") -> Ticket:
        """The client answered: the clock runs on."""
        async with self._desk.case(ticket_id, version, by=by, action=Action.WORK_ON_TICKETS) as case:
            await case.change("ticket.continued", case.ticket, step=Step.CONTINUE, reason=reason)
        return case.ticket

    async def resolve(self, by: Person, ticket_id: int, version: int, *, answer: str) -> Ticket:
        """Answer and end the clock; the client is told and may confirm or reopen."""
        text = checked_text(answer, field="answer")
        async with self._desk.case(ticket_id, version, by=by, action=Action.WORK_ON_TICKETS) as case:
            if case.ticket.status is Status.AT_VENDOR:
                await _end_handover(case, text)
            await resolved(case, by.id, text, assignee_id=case.ticket.assignee_id)
        return case.ticket

    async def reassign(self, by: Person, ticket_id: int, version: int, *, to: int, reason: str) -> Ticket:
        """Give one's ticket to another executor, saying why (leave, another product)."""
        words = checked_text(reason, field="reason")
        async with self._desk.case(ticket_id, version, by=by, action=Action.WORK_ON_TICKETS) as case:
            if to == case.ticket.assignee_id:
                raise InvalidInput({"to": "has_it_already"})
            await give(case, to, reason=words)
        return case.ticket

    async def give_back(self, by: Person, ticket_id: int, version: int, *, reason: str) -> Ticket:
        """Return it to the moderators; their five minutes run anew."""
        words = checked_text(reason, field="reason")
        async with self._desk.case(ticket_id, version, by=by, action=Action.WORK_ON_TICKETS) as case:
            wanted = replace(case.ticket, assignee_id=None)
            await case.change("ticket.returned", wanted, step=Step.RETURN, reason=words)
        return case.ticket

    async def confirm(self, by: Person, ticket_id: int, version: int, *, reason: str = "") -> Ticket:
        """Close a resolved ticket: the client said it is solved."""
        async with self._desk.case(ticket_id, version, by=by, action=Action.WORK_ON_TICKETS) as case:
            await case.change("ticket.closed", case.ticket, step=Step.CONFIRM, reason=reason)
        return case.ticket

    async def reopen(self, by: Person, ticket_id: int, version: int, *, reason: str) -> Ticket:
        """It is not solved after all: back to the moderators, the resolve clock runs on where it stood."""
        words = checked_text(reason, field="reason")
        async with self._desk.case(ticket_id, version, by=by, action=Action.REOPEN_TICKETS) as case:
            await reopened(case, words)
        return case.ticket

    async def start_remote(
        self, by: Person, ticket_id: int, version: int, *, tool: str, remote_id: str
    ) -> StartedSession:
        """Record that a session on the client's workplace begins, and give the link that opens it."""
        chosen = self.tool(tool)
        url = launch_url(chosen, remote_id)
        async with self._desk.case(ticket_id, version, by=by, action=Action.WORK_ON_TICKETS) as case:
            if not case.ticket.open:
                raise Conflict("the ticket is not open", status=str(case.ticket.status), ticket_id=ticket_id)
            for each in await case.uow.remote.of_ticket(ticket_id):
                if each.person_id == by.id and each.ended_at is None:
                    raise Conflict(
                        "your session on this ticket is open already",
                        status=str(case.ticket.status),
                        ticket_id=ticket_id,
                        session_id=each.id,
                    )
            session = await case.uow.remote.add(
                RemoteSession(
                    id=0,
                    ticket_id=ticket_id,
                    person_id=by.id,
                    tool=chosen.code,
                    remote_id=remote_id.strip(),
                    started_at=case.now,
                )
            )
            await case.note("remote.started", details={"tool": chosen.code, "session": session.id})
        return StartedSession(ticket=case.ticket, session=session, url=url)

    async def end_remote(
        self, by: Person, ticket_id: int, session_id: int, *, result: RemoteResult, note: str = ""
    ) -> Ticket:
        """Record how a session ended; Conflict when it had ended before."""
        async with self._desk.case(ticket_id, None, by=by, action=Action.WORK_ON_TICKETS) as case:
            session = await case.uow.remote.by_id(session_id)
            if session is None or session.ticket_id != ticket_id:
                raise NotFound("remote session", session_id=session_id)
            ended = replace(session, ended_at=case.now, result=result, note=note.strip()[:2000])
            if not await case.uow.remote.end(ended):
                raise Conflict("the session has ended", status=str(case.ticket.status), session_id=session_id)
            await case.note("remote.ended", details={"session": session_id, "result": str(result)})
        return case.ticket

    def tools(self) -> Sequence[RemoteTool]:
        """The configured programs for remote administration."""
        return self._desk.rules.tools

    def tool(self, code: str) -> RemoteTool:
        """The tool of this code; InvalidInput (`tool`) when it is not configured."""
        for each in self.tools():
            if each.code == code:
                return each
        raise InvalidInput({"tool": "choice"})


async def reopened(case: Case, reason: str) -> None:
    """Back to the moderators; a cancelled draft is restored and not reopened."""
    if case.ticket.registered_at is None:
        raise InvalidInput({"ticket": "restore_instead"})
    wanted = replace(case.ticket, cancel_reason=None, merged_into=None, assignee_id=None)
    await case.change("ticket.reopened", wanted, step=Step.REOPEN, reason=reason)


async def _add(
    case: Case,
    kind: MessageKind,
    text: str,
    by: Person,
    *,
    to_person_id: int | None = None,
    in_reply_to: int | None = None,
) -> None:
    await case.uow.messages.add(
        Message(
            id=0,
            ticket_id=case.ticket.id,
            at=case.now,
            kind=kind,
            text=text,
            author_id=by.id,
            to_person_id=to_person_id,
            in_reply_to=in_reply_to,
        )
    )


async def _end_handover(case: Case, answer: str) -> None:
    for each in await case.uow.handovers.of_ticket(case.ticket.id):
        if each.ended_at is None:
            await case.uow.handovers.end(each.id, at=case.now, answer=answer)
