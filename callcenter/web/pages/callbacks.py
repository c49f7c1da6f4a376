"""An executor's day of callbacks, and the card on his screen before he hears the client. Regulation: 2.9."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from callcenter.domain.callbacks import CallbackState
from callcenter.domain.clients import Client, Organization
from callcenter.services.callback_views import SeriesView, TicketSeries
from callcenter.web.keys import CLOCK, SERVICES
from callcenter.web.pages.callback_parts import callback_room, callback_words
from callcenter.web.responses import page, part, visitor
from callcenter.web.views.call_rows import possible_client
from callcenter.web.views.callback_view import NO_REFUSAL, CallbackRefusal
from dialer.outcome import NOT_RUNG


@dataclass(frozen=True, kw_only=True, slots=True)
class CallbackRow:
    """A series in a list: with its ticket, the executor's telephone, and whom the ticket is from."""

    view: SeriesView
    row: TicketSeries
    client: Client | None
    organization: Organization | None


async def callback_rows(request: web.Request, views: Sequence[SeriesView]) -> Sequence[CallbackRow]:
    """Rows for these series, in their order."""
    found = await callback_room(request).views.with_tickets(views)
    rows = []
    async with request.app[SERVICES].open_uow(write=False) as uow:
        for each in found:
            client, organization = None, None
            if not each.ticket.contact_name:  # who filed it is known better than whose the number may be
                client, organization = await possible_client(uow, each.callback.number)
            if each.ticket.client_id is not None:
                client = await uow.clients.by_id(each.ticket.client_id)
            if each.ticket.organization_id is not None:
                organization = await uow.clients.organization(each.ticket.organization_id)
            rows.append(CallbackRow(view=each.view, row=each, client=client, organization=organization))
    return rows


async def day(request: web.Request) -> web.Response:
    """What is to be called, is on the line, and has ended today."""
    return await day_page(request)


async def day_page(
    request: web.Request, refusal: CallbackRefusal = NO_REFUSAL, *, status: int = 200
) -> web.Response:
    """The same, also after something on it was refused."""
    room, by = callback_room(request), visitor(request).person
    found = await room.views.day_of(by.id)
    now, dialer = request.app[CLOCK].now(), await room.control.status()
    today = [each for each in found.ended if (each.callback.ended_at or now) >= dialer.today]
    context = {
        "open_rows": await callback_rows(request, sorted(found.open, key=_waits_for_a_person)),
        "ended_rows": await callback_rows(request, today[::-1]),
        "phone": await room.views.phone_of(by),
        "off_since": _could_not_ring(found.open),
        "dialer": dialer,
        "cb": await callback_words(request),
        "refusal": refusal,
    }
    return await page(request, "callbacks.html", context, status=status)


def _waits_for_a_person(view: SeriesView) -> bool:
    """Series that do not go on by themselves come last; the rest keeps its order by time."""
    return view.callback.state in (CallbackState.PAUSED, CallbackState.ASKING)


def _could_not_ring(views: Sequence[SeriesView]) -> datetime | None:
    """When his telephone was found off or in use, if nothing has got through to it since."""
    attempts = [view.last for view in views if view.last is not None and not view.last.in_flight]
    newest = max(attempts, key=lambda each: each.claimed_at, default=None)
    return newest.claimed_at if newest is not None and newest.rule == NOT_RUNG else None


async def card(request: web.Request) -> web.Response:
    """The card of the call that rings him; empty while none does."""
    return await card_part(request)


async def card_part(request: web.Request, refusal: CallbackRefusal = NO_REFUSAL) -> web.Response:
    """The same, with what was refused on it."""
    room, by = callback_room(request), visitor(request).person
    cards = await room.views.card_of(by.id)
    rows = await callback_rows(request, [each.view for each in cards])
    beside = {each.ticket.id: (await room.views.on_ticket(each.ticket, by)).beside for each in cards}
    context = {"rows": rows, "beside": beside, "cb": await callback_words(request), "refusal": refusal}
    return part(request, "callback_card.html", context)


async def count(request: web.Request) -> web.Response:
    """The figure on the tab: how many clients are still to be called."""
    found = await callback_room(request).views.day_of(visitor(request).person.id)
    return part(request, "callback_count.html", {"count": len(found.open)})
