"""What is done on a ticket's page, one address each; what was refused comes back with everything typed.

Regulation: 2.4-2.8.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from callcenter.domain.errors import Conflict, InvalidInput
from callcenter.domain.lifecycle import CancelReason
from callcenter.domain.people import Person
from callcenter.domain.remote import RemoteResult
from callcenter.services.moderation import REJECTS
from callcenter.web.bodies import posted
from callcenter.web.desk_room import DeskRoom
from callcenter.web.desk_wording import say_problems
from callcenter.web.forms import number_in_path
from callcenter.web.pages.desk_parts import (
    conflict_said,
    desk_of,
    kind_and_priority,
    number_of,
    typed,
    typed_line,
    version_of,
)
from callcenter.web.pages.ticket import ticket_page
from callcenter.web.responses import see_other, visitor, words_of
from callcenter.web.views.work_view import Refusal

_Sent = Mapping[str, Any]
_Do = Callable[[DeskRoom, Person, int, int, _Sent], Awaitable[object]]

_BACK_TO = {"/moderation", "/my"}
"""Lists a person may act from; he comes back to the one he was on."""


def _handler(form: str, do: _Do) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        desk, ticket_id, sent = desk_of(request), number_in_path(request, "ticket_id"), await posted(request)
        try:
            await do(desk, visitor(request).person, ticket_id, version_of(sent), sent)
        except InvalidInput as error:
            said = say_problems(error.problems, words_of(request))
            refusal = Refusal(form=form, typed=dict(sent), problems=said)
            return await _refused(request, ticket_id, refusal, 422)
        except Conflict as error:
            told = await conflict_said(request, error)
            refusal = Refusal(form=form, typed=dict(sent), conflict=told)
            return await _refused(request, ticket_id, refusal, 409)
        back = typed_line(sent, "back")
        return see_other(back if back in _BACK_TO else f"/tickets/{ticket_id}")

    return handle


async def _refused(request: web.Request, ticket_id: int, refusal: Refusal, status: int) -> web.Response:
    """The page with what was typed; its address stays the page's own, so that F5 and coming back find it."""
    answer = await ticket_page(request, ticket_id, refusal, status=status)
    answer.headers["HX-Push-Url"] = f"/tickets/{ticket_id}"
    return answer


async def _say(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    return await desk.registration.say(by, ticket, version)


async def _restore(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    return await desk.registration.restore(by, ticket, version, reason=typed_line(sent, "reason")[:1000])


async def _assign(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    to, reason = number_of(sent, "to"), typed_line(sent, "reason")[:1000]
    if to is None:
        raise InvalidInput({"to": "not_an_executor"})
    return await desk.moderation.assign(by, ticket, version, to=to, reason=reason)


async def _take(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    return await desk.moderation.take(by, ticket, version)


async def _reject(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    why = typed_line(sent, "why")
    if why not in {str(each) for each in REJECTS}:
        raise InvalidInput({"why": "choice"})
    reason, letter = typed(sent, "reason"), typed(sent, "letter")
    return await desk.moderation.reject(
        by, ticket, version, why=CancelReason(why), reason=reason, letter=letter
    )


async def _classify(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    kind, priority = kind_and_priority(sent)
    return await desk.moderation.classify(
        by,
        ticket,
        version,
        kind=kind,
        priority=priority,
        topic_id=number_of(sent, "topic_id"),
        product_id=number_of(sent, "product_id"),
        reason=typed_line(sent, "reason")[:1000],
    )


async def _ask(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    colleague = number_of(sent, "colleague")
    if colleague is None:
        raise InvalidInput({"colleague": "unknown"})
    return await desk.work.ask(by, ticket, colleague=colleague, text=typed(sent, "text"))


async def _reply(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    question = number_of(sent, "question") or 0
    return await desk.work.reply(by, ticket, question=question, text=typed(sent, "text"))


async def _remote(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    tool, remote_id = typed_line(sent, "tool"), typed_line(sent, "remote_id")
    return await desk.work.start_remote(by, ticket, version, tool=tool, remote_id=remote_id)


async def _end_remote(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    result = typed_line(sent, "result")
    if result not in set(RemoteResult):
        raise InvalidInput({"result": "choice"})
    return await desk.work.end_remote(
        by, ticket, number_of(sent, "session") or 0, result=RemoteResult(result), note=typed(sent, "note")
    )


async def _answer(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    return await desk.moderation.answer(by, ticket, version, answer=typed(sent, "answer"))


async def _merge(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    into = number_of(sent, "into")
    if into is None:
        raise InvalidInput({"into": "unknown"})
    return await desk.moderation.merge(by, ticket, version, into=into)


async def _accept(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    return await desk.work.accept(by, ticket, version)


async def _write(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    return await desk.work.write(by, ticket, version, text=typed(sent, "text"))


async def _note(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    return await desk.work.note(by, ticket, text=typed(sent, "text"))


async def _wait(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    return await desk.work.wait(by, ticket, version, reason=typed(sent, "reason"))


async def _go_on(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    return await desk.work.go_on(by, ticket, version)


async def _resolve(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    return await desk.work.resolve(by, ticket, version, answer=typed(sent, "answer"))


async def _reassign(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    to = number_of(sent, "to")
    if to is None:
        raise InvalidInput({"to": "not_an_executor"})
    return await desk.work.reassign(by, ticket, version, to=to, reason=typed(sent, "reason"))


async def _give_back(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    return await desk.work.give_back(by, ticket, version, reason=typed(sent, "reason"))


async def _confirm(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    return await desk.work.confirm(by, ticket, version)


async def _reopen(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    return await desk.work.reopen(by, ticket, version, reason=typed(sent, "reason"))


async def _hand_over(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    return await desk.handover.hand_over(by, ticket, version, note=typed(sent, "note"))


async def _take_back(desk: DeskRoom, by: Person, ticket: int, version: int, sent: _Sent) -> object:
    return await desk.handover.take_back(by, ticket, version, answer=typed(sent, "answer"))


say = _handler("say", _say)
restore = _handler("restore", _restore)
assign = _handler("assign", _assign)
take = _handler("take", _take)
reject = _handler("reject", _reject)
classify = _handler("classify", _classify)
ask = _handler("ask", _ask)
reply = _handler("reply", _reply)
remote = _handler("remote", _remote)
end_remote = _handler("end_remote", _end_remote)
answer = _handler("answer", _answer)
merge = _handler("merge", _merge)
accept = _handler("accept", _accept)
write = _handler("write", _write)
note = _handler("note", _note)
wait = _handler("wait", _wait)
go_on = _handler("go_on", _go_on)
resolve = _handler("resolve", _resolve)
reassign = _handler("reassign", _reassign)
give_back = _handler("give_back", _give_back)
confirm = _handler("confirm", _confirm)
reopen = _handler("reopen", _reopen)
hand_over = _handler("hand_over", _hand_over)
take_back = _handler("take_back", _take_back)
