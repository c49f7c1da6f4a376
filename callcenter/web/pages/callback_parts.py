"""What the handlers of callbacks share: the services, the words, and the panel of a ticket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from callcenter.domain.errors import NotFound
from callcenter.domain.people import Action
from callcenter.domain.ticket import Ticket
from callcenter.services.callback_views import Phone, SeriesView, phones_of
from callcenter.services.callbacks import number_of
from callcenter.web.callback_room import CallbackRoom
from callcenter.web.callback_wording import CallbackWords
from callcenter.web.keys import CLOCK, SERVICES, SETTINGS
from callcenter.web.responses import visitor, words_of
from callcenter.web.views.callback_view import (
    NO_REFUSAL,
    CallbackRefusal,
    TicketCallbacks,
    ticket_callbacks,
)


def callback_room(request: web.Request) -> CallbackRoom:
    """The services of callbacks; NotFound where the program runs without a dialer."""
    room = request.app[SERVICES].callbacks
    if room is None:
        raise NotFound("the program runs without a dialer")
    return room


async def callback_words(request: web.Request) -> CallbackWords:
    """The words of callbacks in the request's language, with everybody's names."""
    async with request.app[SERVICES].open_uow(write=False) as uow:
        names = {each.id: each.name for each in await uow.people.all()}
    return CallbackWords(words=words_of(request), names=names, policy=callback_room(request).desk.policy)


async def callbacks_of(
    request: web.Request, ticket: Ticket, refusal: CallbackRefusal = NO_REFUSAL
) -> TicketCallbacks | None:
    """The panel of this ticket for this visitor; None where the program runs without a dialer."""
    room = request.app[SERVICES].callbacks
    if room is None:
        return None
    by = visitor(request).person
    return ticket_callbacks(
        await room.views.on_ticket(ticket, by),
        ticket,
        by,
        room.desk,
        await callback_words(request),
        refusal=refusal,
        now=request.app[CLOCK].now(),
        zone=request.app[SETTINGS].time_zone,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftCallbacks:
    """Callbacks in the list of drafts, for a moderator: `series` by ticket, and whom a missed caller may be given."""

    series: Mapping[int, SeriesView]
    callable: frozenset[int]
    phones: Sequence[Phone]
    cb: CallbackWords


async def draft_callbacks(request: web.Request, drafts: Sequence[Ticket]) -> DraftCallbacks | None:
    """What a moderator sees and may ask for missed calls; None for everybody else. Regulation: 2.9, point 1."""
    room, who = request.app[SERVICES].callbacks, visitor(request)
    if room is None or not who.may(Action.MODERATE_TICKETS):
        return None
    missed = [each for each in drafts if each.missed is not None]
    found = {each.id: await room.views.of_ticket(each.id) for each in missed}
    async with request.app[SERVICES].open_uow(write=False) as uow:
        phones = [each for each in await phones_of(uow) if not each.missing]
    numbers = {each.id: number_of(each) for each in missed}
    return DraftCallbacks(
        series={key: views[-1] for key, views in found.items() if views},
        callable=frozenset(
            key for key, number in numbers.items() if number and room.desk.number_problem(number) is None
        ),
        phones=phones,
        cb=await callback_words(request),
    )


async def calling_beside(request: web.Request, ticket: Ticket) -> Mapping[str, object] | None:
    """On which other tickets this number is being called, for whoever registers its call; None without a dialer."""
    room = request.app[SERVICES].callbacks
    if room is None:
        return None
    beside = (await room.views.on_ticket(ticket, visitor(request).person)).beside
    return {"beside": beside, "cb": await callback_words(request)}
