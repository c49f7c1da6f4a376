"""What executors do with tickets, remote sessions included. Regulation: 2.5, 2.7, 2.8."""

from typing import Annotated

from pydantic import StringConstraints

from callcenter.domain.people import Action
from callcenter.domain.remote import RemoteResult
from callcenter.web.api import answers
from callcenter.web.api.fields import Asked, GivenReason, Id, Reason, Told, Words
from callcenter.web.api.operation import ApiCall, operation


class TextBody(Asked):
    """What to write."""

    text: Words


class AskBody(Asked):
    """Whom to ask, and what."""

    colleague: Id
    text: Words


class ReplyBody(Asked):
    """Which question (a message's id), and the answer."""

    question: Id
    text: Words


class WhyBody(Asked):
    """Why; it stays in the audit."""

    reason: GivenReason


class PerhapsWhyBody(Asked):
    """Why, if there is something to say."""

    reason: Reason = ""


class ResolveBody(Asked):
    """The answer to the client."""

    answer: Words


class ReassignBody(Asked):
    """To whom, and why."""

    to: Id
    reason: GivenReason


class RemoteBody(Asked):
    """The tool's code, and the workplace's number in it."""

    tool: Annotated[str, StringConstraints(min_length=1, max_length=32, pattern=r"^[a-z0-9_-]+$")]
    remote_id: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\x20-\x7e]+$")]


class RemoteEndBody(Asked):
    """How the session ended."""

    result: RemoteResult
    note: Reason = ""


class RemoteTool(Told):
    """A program for remote administration."""

    code: str
    name: str


class StartedSession(Told):
    """A session that begins; `url` opens the tool."""

    ticket: answers.Ticket
    session: answers.RemoteSession
    url: str


class Question(Told):
    """What a colleague asked, on which ticket."""

    asked: answers.Message
    ticket: answers.Ticket


async def accept(call: ApiCall) -> object:
    """Begin to work on it."""
    return await call.desk.work.accept(call.person, call.ticket_id, call.version)


async def write(call: ApiCall, body: TextBody) -> object:
    """Write to the client: kept on the ticket and mailed when he has an address."""
    return await call.desk.work.write(call.person, call.ticket_id, call.version, text=body.text)


async def note(call: ApiCall, body: TextBody) -> object:
    """An internal note; it never leaves the house and needs no version."""
    return await call.desk.work.note(call.person, call.ticket_id, text=body.text)


async def ask(call: ApiCall, body: AskBody) -> object:
    """Ask a colleague on the ticket; he is told at once."""
    return await call.desk.work.ask(call.person, call.ticket_id, colleague=body.colleague, text=body.text)


async def questions(call: ApiCall) -> object:
    """What colleagues asked the asker and he has not answered, oldest first."""
    return await call.desk.work.questions(call.person)


async def reply(call: ApiCall, body: ReplyBody) -> object:
    """Answer a colleague's question by an internal note; he is told at once."""
    return await call.desk.work.reply(call.person, call.ticket_id, question=body.question, text=body.text)


async def wait(call: ApiCall, body: WhyBody) -> object:
    """Wait for the client: the clock stands still and the minutes are his."""
    return await call.desk.work.wait(call.person, call.ticket_id, call.version, reason=body.reason)


async def go_on(call: ApiCall, body: PerhapsWhyBody) -> object:
    """The client answered: the clock runs on."""
    return await call.desk.work.go_on(call.person, call.ticket_id, call.version, reason=body.reason)


async def resolve(call: ApiCall, body: ResolveBody) -> object:
    """Answer and end the clock; the client is told and may confirm or reopen."""
    return await call.desk.work.resolve(call.person, call.ticket_id, call.version, answer=body.answer)


async def reassign(call: ApiCall, body: ReassignBody) -> object:
    """Give one's ticket to another executor."""
    return await call.desk.work.reassign(
        call.person, call.ticket_id, call.version, to=body.to, reason=body.reason
    )


async def give_back(call: ApiCall, body: WhyBody) -> object:
    """Return it to the moderators; their five minutes run anew."""
    return await call.desk.work.give_back(call.person, call.ticket_id, call.version, reason=body.reason)


async def confirm(call: ApiCall, body: PerhapsWhyBody) -> object:
    """Close a resolved ticket: the client said it is solved."""
    return await call.desk.work.confirm(call.person, call.ticket_id, call.version, reason=body.reason)


async def reopen(call: ApiCall, body: WhyBody) -> object:
    """It is not solved after all: back to the moderators, the clock runs on where it stood."""
    return await call.desk.work.reopen(call.person, call.ticket_id, call.version, reason=body.reason)


async def remote_tools(call: ApiCall) -> object:
    """The configured programs for remote administration."""
    return list(call.desk.work.tools())


async def start_remote(call: ApiCall, body: RemoteBody) -> object:
    """Record that a session on the client's workplace begins, and get the link that opens it."""
    return await call.desk.work.start_remote(
        call.person, call.ticket_id, call.version, tool=body.tool, remote_id=body.remote_id
    )


async def end_remote(call: ApiCall, body: RemoteEndBody) -> object:
    """Record how a session ended."""
    return await call.desk.work.end_remote(
        call.person, call.ticket_id, call.id("session_id"), result=body.result, note=body.note
    )


_SEE, _WORK, _NOTE = Action.SEE_TICKETS, Action.WORK_ON_TICKETS, Action.NOTE_ON_TICKETS
_TICKET = "/tickets/{ticket_id}"
_TOLD = answers.Ticket
OPERATIONS = (
    operation("POST", f"{_TICKET}/accept", _WORK, accept, answer=_TOLD, versioned=True),
    operation("POST", f"{_TICKET}/messages", _WORK, write, answer=_TOLD, versioned=True),
    operation("POST", f"{_TICKET}/notes", _NOTE, note, answer=_TOLD, tagged=True),
    operation("POST", f"{_TICKET}/questions", _NOTE, ask, answer=_TOLD, tagged=True),
    operation("GET", "/questions", _NOTE, questions, answer=list[Question]),
    operation("POST", f"{_TICKET}/replies", _NOTE, reply, answer=_TOLD, tagged=True),
    operation("POST", f"{_TICKET}/wait", _WORK, wait, answer=_TOLD, versioned=True),
    operation("POST", f"{_TICKET}/continue", _WORK, go_on, answer=_TOLD, versioned=True),
    operation("POST", f"{_TICKET}/resolve", _WORK, resolve, answer=_TOLD, versioned=True),
    operation("POST", f"{_TICKET}/reassign", _WORK, reassign, answer=_TOLD, versioned=True),
    operation("POST", f"{_TICKET}/return", _WORK, give_back, answer=_TOLD, versioned=True),
    operation("POST", f"{_TICKET}/confirm", _WORK, confirm, answer=_TOLD, versioned=True),
    operation("POST", f"{_TICKET}/reopen", Action.REOPEN_TICKETS, reopen, answer=_TOLD, versioned=True),
    operation("GET", "/remote-tools", _SEE, remote_tools, answer=list[RemoteTool]),
    operation(
        "POST",
        f"{_TICKET}/remote-sessions",
        _WORK,
        start_remote,
        answer=StartedSession,
        status=201,
        versioned=True,
    ),
    operation(
        "POST",
        f"{_TICKET}/remote-sessions/{{session_id}}/end",
        _WORK,
        end_remote,
        answer=_TOLD,
        tagged=True,
    ),
)
