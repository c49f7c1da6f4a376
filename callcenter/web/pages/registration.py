"""«Оформить»: a draft becomes a registered ticket on one screen, without the mouse. Regulation: 2.1."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from callcenter.domain.errors import Conflict, InvalidInput
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.registration import LIMITS, TicketFields
from callcenter.domain.story import AuditEntry
from callcenter.domain.ticket import Kind, Priority
from callcenter.services.registration import DISCARDS
from callcenter.web.bodies import posted
from callcenter.web.desk_wording import say_problems
from callcenter.web.forms import number_in_path
from callcenter.web.keys import SERVICES
from callcenter.web.pages.callback_parts import calling_beside
from callcenter.web.pages.desk_parts import conflict_said, desk_of, number_of, typed, typed_line, version_of
from callcenter.web.responses import page, part, see_other, visitor, words_of
from callcenter.web.views.client_choice import choices_for, found_choices, ids_of

_LONGEST_SEARCH = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class _Trouble:
    """Why a form came back: mistakes by field, or that somebody was faster; with what was typed."""

    fields: TicketFields
    version: int
    said: bool
    problems: Mapping[str, str] = field(default_factory=dict)
    conflict: str = ""


async def start(request: web.Request) -> web.Response:
    """A draft without a call."""
    draft = await desk_of(request).registration.start(visitor(request).person)
    return see_other(f"/tickets/{draft.id}/registration")


async def form(request: web.Request) -> web.Response:
    """The form with everything that is known."""
    return await _form(request, number_in_path(request, "ticket_id"))


async def send(request: web.Request) -> web.Response:
    """Register, keep, join to an open ticket or discard, as the pressed button says."""
    desk, ticket_id = desk_of(request), number_in_path(request, "ticket_id")
    sent = await posted(request)
    fields = await _fields(request, sent)
    version, said = version_of(sent), sent.get("said") == "yes"
    try:
        where = await _do_whatever_rings(request, ticket_id, version, fields, sent)
    except InvalidInput as error:
        card = await desk.registration.card(visitor(request).person, ticket_id)
        trouble = _Trouble(fields=fields, version=card.ticket.version, said=said, problems=error.problems)
        return await _form(request, ticket_id, trouble)
    except Conflict as error:
        card = await desk.registration.card(visitor(request).person, ticket_id)
        told = await conflict_said(request, error)
        trouble = _Trouble(fields=fields, version=card.ticket.version, said=said, conflict=told)
        return await _form(request, ticket_id, trouble)
    return see_other(where)


async def _do_whatever_rings(
    request: web.Request, ticket_id: int, version: int, fields: TicketFields, sent: Mapping[str, Any]
) -> str:
    """What telephony wrote on the draft meanwhile (who answered, a further call) is no conflict; a person's change is.

    The form is open while the telephone rings, so answering the call changes the very draft it is about.
    """
    try:
        return await _do(request, ticket_id, version, fields, sent)
    except Conflict as error:
        card = await desk_of(request).registration.card(visitor(request).person, ticket_id)
        if card.ticket.status is not Status.DRAFT:
            raise
        last = await _last_change_by_a_person(request, ticket_id)
        if last is not None and last.id != number_of(sent, "seen"):
            told = {**error.details, "actor": last.actor, "at": last.at.isoformat()}
            raise Conflict(str(error), **told) from error
        return await _do(request, ticket_id, card.ticket.version, fields, sent)


async def _last_change_by_a_person(request: web.Request, ticket_id: int) -> AuditEntry | None:
    """Its row in the audit; None when only telephony has written on the draft."""
    async with request.app[SERVICES].open_uow(write=False) as uow:
        entries = await uow.audit.of_ticket(ticket_id)
    by_people = (each for each in entries if each.person_id is not None)
    return max(by_people, key=lambda each: each.id, default=None)


async def _do(
    request: web.Request, ticket_id: int, version: int, fields: TicketFields, sent: Mapping[str, Any]
) -> str:
    registration, by = desk_of(request).registration, visitor(request).person
    what, _, into = typed_line(sent, "do").partition(":")
    if what == "keep":
        await registration.fill(by, ticket_id, version, fields)
        return f"/tickets/{ticket_id}/registration"
    if what == "join":
        kept = await registration.fill(by, ticket_id, version, fields)
        other = int(into) if into.isascii() and into.isdigit() and len(into) < 10 else -1
        joined = await registration.join(by, ticket_id, kept.version, into=other)
        return f"/tickets/{joined.id}"
    if what == "discard":
        why = typed_line(sent, "why")
        if why not in {str(each) for each in DISCARDS}:
            raise InvalidInput({"why": "choice"})
        kept = await registration.fill(by, ticket_id, version, fields)
        reason = typed_line(sent, "reason")[:1000]
        await registration.discard(by, ticket_id, kept.version, why=CancelReason(why), reason=reason)
        return f"/tickets/{ticket_id}"
    said = sent.get("said") == "yes"
    await registration.register(by, ticket_id, version, fields, said=said)
    return f"/tickets/{ticket_id}"


async def found_clients(request: web.Request) -> web.Response:
    """The clients and companies that fit what is typed; POST, so that no name stands in an address."""
    ticket_id, sent = number_in_path(request, "ticket_id"), await posted(request)
    card = await desk_of(request).registration.card(visitor(request).person, ticket_id)
    chosen = typed_line(sent, "choice")
    text = typed_line(sent, "client_search")[:_LONGEST_SEARCH]
    async with request.app[SERVICES].open_uow(write=False) as uow:
        choices = await found_choices(uow, text, card.ticket, chosen)
    context = {"choices": choices, "chosen": chosen, "typed": text}
    return part(request, "client_choices.html", context)


async def support(request: web.Request) -> web.Response:
    """Whether the developer answers for this company and product, in the words to say."""
    desk, sent = desk_of(request), await posted(request)
    async with request.app[SERVICES].open_uow(write=False) as uow:
        _, organization_id = await ids_of(uow, typed_line(sent, "choice"))
    answer, product_id = None, number_of(sent, "product_id")
    if product_id is not None and sent.get("kind") == Kind.VENDOR:
        answer = await desk.handover.support(
            visitor(request).person, organization_id=organization_id, product_id=product_id
        )
    return part(request, "support_words.html", {"answer": answer})


async def _fields(request: web.Request, sent: Mapping[str, Any]) -> TicketFields:
    async with request.app[SERVICES].open_uow(write=False) as uow:
        client_id, organization_id = await ids_of(uow, typed_line(sent, "choice"))
    kind, priority = typed_line(sent, "kind"), typed_line(sent, "priority")
    return TicketFields(
        client_id=client_id,
        organization_id=organization_id,
        contact_name=typed_line(sent, "contact_name"),
        contact_phone=typed_line(sent, "contact_phone"),
        contact_email=typed_line(sent, "contact_email"),
        product_id=number_of(sent, "product_id"),
        topic_id=number_of(sent, "topic_id"),
        kind=Kind(kind) if kind in set(Kind) else None,
        priority=Priority(priority) if priority in set(Priority) else Priority.NORMAL,
        subject=typed_line(sent, "subject"),
        text=typed(sent, "text"),
    )


async def _form(request: web.Request, ticket_id: int, trouble: _Trouble | None = None) -> web.Response:
    desk, who = desk_of(request), visitor(request)
    card = await desk.registration.card(who.person, ticket_id)
    if card.ticket.status is not Status.DRAFT and trouble is None:
        return see_other(f"/tickets/{ticket_id}")
    fields = card.fields if trouble is None else trouble.fields
    topics, last = await desk.topics.rows(), await _last_change_by_a_person(request, ticket_id)
    async with request.app[SERVICES].open_uow(write=False) as uow:
        choices = await choices_for(uow, card.ticket, fields.client_id, fields.organization_id)
        products = await uow.clients.products()
        calls = await uow.calls.of_ticket(ticket_id)
    chosen = f"c{fields.client_id}" if fields.client_id else f"o{fields.organization_id or ''}"
    context = {
        "card": card,
        "ticket": card.ticket,
        "fields": fields,
        "version": card.ticket.version if trouble is None else trouble.version,
        "seen": last.id if last else 0,
        "said": trouble is not None and trouble.said,
        "problems": say_problems(trouble.problems, words_of(request)) if trouble else {},
        "conflict": trouble.conflict if trouble else "",
        "choices": choices,
        "chosen": chosen,
        "typed": "",
        "products": products,
        "topics": topics,
        "kinds": list(Kind),
        "discards": sorted(DISCARDS),
        "limits": LIMITS,
        "calls": calls,
        "calling": await calling_beside(request, card.ticket),
    }
    status = 200 if trouble is None else 409 if trouble.conflict else 422
    return await page(request, "registration.html", context, status=status)
