"""«Модерация»: what is to be distributed, by time left, with a proposal for each; also for many at once.

Regulation: 2.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from callcenter.domain.errors import CallCenterError, Conflict, InvalidInput
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.people import Person
from callcenter.domain.ticket import Ticket
from callcenter.services.moderation import REJECTS, BulkOutcome
from callcenter.web.bodies import posted
from callcenter.web.desk_wording import say_problems, say_reasons
from callcenter.web.keys import SERVICES
from callcenter.web.pages.desk_parts import conflict_said, desk_of, number_of, typed, typed_line
from callcenter.web.responses import is_swap, page, visitor, words_of
from callcenter.web.shared_parts import shared_page
from callcenter.web.views.executor_options import ExecutorOptions
from callcenter.web.views.work_view import executors_of
from callcenter.web.views.worklist import work_rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one ticket; `why` says what stopped it, empty where it was done."""

    number: str
    ticket: Ticket | None
    why: str
    assignee: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What was done to many: `what` is assign, reject or undo. With `problems` nothing was begun."""

    what: str = ""
    outcomes: Sequence[Outcome] = ()
    problems: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    marked: frozenset[str] = frozenset()

    @property
    def undoable(self) -> Sequence[Ticket]:
        """Those that can be made new again."""
        if self.what == "undo":
            return ()
        back = {Status.ASSIGNED, Status.CANCELLED}
        return [each.ticket for each in self.outcomes if each.ticket and each.ticket.status in back]

    @property
    def succeeded(self) -> int:
        """How many it was done to."""
        return sum(each.ticket is not None for each in self.outcomes)


async def moderation(request: web.Request) -> web.Response:
    """One page of the list; the next one follows its last row."""
    if is_swap(request):  # also how every moderator's browser follows the list
        page_of = typed_line(request.query, "after")
        return await shared_page(request, ("moderation", page_of), lambda: _page(request, Done()))
    return await _page(request, Done())


async def do_many(request: web.Request) -> web.Response:
    """Assign or reject the marked, or undo it; each stands for itself and its outcome is told."""
    sent = await posted(request)
    what = typed_line(sent, "do")
    try:
        marked = _marked(sent.getall("ticket", []))
        outcomes = await _do(request, what, marked, sent)
    except InvalidInput as error:
        kept = {name: typed(sent, name) for name in ("why", "reason", "letter", "to")}
        done = Done(
            what=what,
            problems=say_problems(error.problems, words_of(request)),
            typed=kept,
            marked=frozenset(str(each).partition(":")[0] for each in sent.getall("ticket", [])),
        )
        return await _page(request, done, status=422)
    return await _page(request, Done(what=what, outcomes=await _told(request, outcomes)))


async def _do(
    request: web.Request, what: str, marked: Sequence[tuple[int, int]], sent: Mapping[str, Any]
) -> Sequence[BulkOutcome]:
    service, by = desk_of(request).moderation, visitor(request).person
    words = words_of(request)
    if not marked:
        raise InvalidInput({"tickets": "required"})
    if what == "assign":
        to = number_of(sent, "to")
        if to is None:
            raise InvalidInput({"to": "not_an_executor"})
        return await service.assign_many(by, marked, to=to, reason=typed_line(sent, "reason")[:1000])
    if what == "reject":
        why = typed_line(sent, "why")
        if why not in {str(each) for each in REJECTS}:
            raise InvalidInput({"why": "choice"})
        reason, letter = typed(sent, "reason"), typed(sent, "letter")
        return await service.reject_many(by, marked, why=CancelReason(why), reason=reason, letter=letter)
    if what == "undo":
        return await service.undo_many(by, marked, reason=words("done by mistake"))
    raise InvalidInput({"do": "choice"})


def _marked(sent: Sequence[object]) -> Sequence[tuple[int, int]]:
    """Numbers with the versions that were seen; InvalidInput for anything else."""
    found = []
    for each in sent:
        number, _, version = str(each).partition(":")
        if not (_is_number(number) and _is_number(version)):
            raise InvalidInput({"tickets": "choice"})
        found.append((int(number), int(version)))
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


async def _told(request: web.Request, outcomes: Sequence[BulkOutcome]) -> Sequence[Outcome]:
    async with request.app[SERVICES].open_uow(write=False) as uow:
        names = {each.id: each.name for each in await uow.people.all()}
    return [
        Outcome(
            number=str(each.ticket_id),
            ticket=each.ticket,
            why="" if each.error is None else await _why(request, each.error),
            assignee=names.get(each.ticket.assignee_id or 0, "") if each.ticket else "",
        )
        for each in outcomes
    ]


async def _why(request: web.Request, error: CallCenterError) -> str:
    words = words_of(request)
    if isinstance(error, Conflict):
        return await conflict_said(request, error)
    if isinstance(error, InvalidInput):
        return " ".join(say_problems(error.problems, words).values())
    return words("There is no such ticket.")


async def _page(request: web.Request, done: Done, *, status: int = 200) -> web.Response:
    desk, by, words = desk_of(request), visitor(request).person, words_of(request)
    found = await desk.lists.moderation(by, after=typed_line(request.query, "after") or None)
    proposals = await desk.moderation.proposals(by, [each.id for each in found.tickets])
    async with request.app[SERVICES].open_uow(write=False) as uow:
        rows = await work_rows(uow, found.tickets)
        executors: Sequence[Person] = await executors_of(uow)
    context = {
        "rows": rows,
        "proposals": proposals,
        "after": found.after,
        "reasons": lambda suggestion: say_reasons(suggestion, words),
        "done": done,
        "executors": executors,
        "options": ExecutorOptions(words),
        "rejects": sorted(REJECTS),
    }
    return await page(request, "moderation.html", context, status=status)
