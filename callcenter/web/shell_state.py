"""What the shell shows around every page, and what its scripts start from."""

from collections.abc import Mapping, Sequence

from aiohttp import web

from callcenter.domain.lifecycle import Status
from callcenter.domain.lists import Filter
from callcenter.domain.live import LiveKind
from callcenter.domain.people import Action, Person
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.inbound_callbacks import card_lines
from callcenter.services.screen_pop import caller_card, pop_payload
from callcenter.web.callback_room import counting_of
from callcenter.web.keys import CLOCK, SERVICES, SETTINGS, Visitor
from callcenter.web.views.line import LineView, line_view
from callcenter.web.views.link_view import link_views, stale_since
from dialer.attempt import Outcome

_DRAFTS_COUNTED = 100
_DRAFTS = Filter(statuses=frozenset({Status.DRAFT}))


async def shell_state(app: web.Application, who: Visitor) -> Mapping[str, object]:
    """Everything around the page for this person, read in one transaction.

    The newest message id is read first: what is committed afterwards is told again by the stream, and telling
    twice is harmless where telling never is not.
    """
    async with app[SERVICES].open_uow(write=False) as uow:
        live_id = await uow.live.last_id()
        state = dict(await top_state(app, uow, who))
        state["drafts"] = await count_drafts(uow)
        pops = await ringing_pops(uow, who.person, counting_of(app[SERVICES].callbacks))
    desk = app[SERVICES].desk
    counted = desk is not None and who.may(Action.SEE_TICKETS)
    state["desk"] = await desk.lists.counts(who.person) if desk is not None and counted else None
    state["start"] = {
        "person": who.person.id,
        "now": app[CLOCK].now().isoformat(),
        "live_id": live_id,
        "pops": pops,
        "kinds": [*LiveKind, "stream.reset"],
    }
    return state


async def top_state(app: web.Application, uow: UnitOfWork, who: Visitor) -> Mapping[str, object]:
    """The top bar: the line in two figures, telephony, the person's own phone."""
    settings = app[SETTINGS]
    views = link_views(await uow.links.all(), app[CLOCK].now(), settings.link_stale_after)
    presence = {each.person_id: each for each in await uow.people.presence()}
    line: LineView | None = await line_view(uow) if who.may(Action.SEE_LINE) else None
    return {
        "line": line,
        "stale_since": stale_since(views),
        "no_link": not views,
        "phone": presence.get(who.person.id),
    }


async def ringing_pops(
    uow: UnitOfWork, person: Person, counting: frozenset[Outcome]
) -> Sequence[Mapping[str, object]]:
    """The pop-ups that belong on this person's screen now: what rings and was not put away.

    `counting` outcomes of our calls to the client count against him.
    """
    pops = []
    for ringing in await uow.calls.ringing_of_person(person.id):
        call = await uow.calls.by_id(ringing.call_id)
        if call is None or ringing.acknowledged_at is not None:
            continue
        hotline = None if call.did.e164 is None else await uow.calls.hotline_by_did(call.did.e164)
        card = await caller_card(uow, call.caller, but_call=call.id)
        payload = pop_payload(call, hotline, card, ringing_since=ringing.since)
        if call.caller.e164 is not None:
            payload["callbacks"] = await card_lines(uow, call.caller.e164, counting)
        pops.append(payload)
    return pops


async def count_drafts(uow: UnitOfWork) -> str:
    """How many drafts wait to be registered, as the tab shows it."""
    found = await uow.tickets.count(_DRAFTS, most=_DRAFTS_COUNTED)
    return f"{_DRAFTS_COUNTED - 1}+" if found == _DRAFTS_COUNTED else str(found)
