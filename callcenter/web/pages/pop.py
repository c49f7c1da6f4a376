"""Pop-ups: what rings now, put away, who answered; and the address a softphone opens on an incoming call."""

from aiohttp import web

from callcenter.domain.calls import Call
from callcenter.domain.errors import InvalidInput
from callcenter.domain.numbers import Number, parse_number
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.screen_pop import caller_card
from callcenter.web.callback_room import counting_of
from callcenter.web.forms import number_in_path
from callcenter.web.keys import CLOCK, SERVICES
from callcenter.web.responses import page, see_other, visitor
from callcenter.web.shell_state import ringing_pops

_LONGEST = 80


async def ringing(request: web.Request) -> web.Response:
    """The pop-ups that belong on this person's screen now."""
    async with request.app[SERVICES].open_uow(write=False) as uow:
        counting = counting_of(request.app[SERVICES].callbacks)
        return web.json_response(await ringing_pops(uow, visitor(request).person, counting))


async def seen(request: web.Request) -> web.Response:
    """The person put his pop-up away; it does not come back after a reload."""
    call_id = number_in_path(request, "call_id")
    async with request.app[SERVICES].open_uow() as uow:
        now = request.app[CLOCK].now()
        if await uow.calls.acknowledge_ringing(call_id, visitor(request).person.id, at=now):
            await uow.commit()
    return web.Response(status=204)


async def answered_by(request: web.Request) -> web.Response:
    """Who speaks with a caller whose pop-up was withdrawn."""
    name = None
    async with request.app[SERVICES].open_uow(write=False) as uow:
        call = await uow.calls.by_id(number_in_path(request, "call_id"))
        if call is not None and call.answered_by is not None:
            person = await uow.people.by_id(call.answered_by)
            name = None if person is None else person.name
    return web.json_response({"name": name})


async def from_softphone(request: web.Request) -> web.Response:
    """`/pop?number=…&did=…&uniqueid=…`: to the draft of the present call, else the card of that number.

    Every softphone fills in what it knows: MicroSIP and Zoiper the number, Linphone a SIP address around it.

    Raises:
        InvalidInput: there is neither a number nor a call id.
    """
    query = request.query
    number = parse_number(_bare(query.get("number", "")[:_LONGEST]))
    uniqueid = query.get("uniqueid", "")[:_LONGEST]
    if not number.raw and not uniqueid:
        raise InvalidInput({"number": "missing"})
    async with request.app[SERVICES].open_uow(write=False) as uow:
        call = await _present_call(uow, number, parse_number(query.get("did", "")[:_LONGEST]), uniqueid)
        if call is not None:
            return see_other(f"/tickets/{call.ticket_id}")
        card = await caller_card(uow, number)
    return await page(request, "number.html", {"card": card})


async def _present_call(uow: UnitOfWork, number: Number, did: Number, uniqueid: str) -> Call | None:
    """The newest open call with this id, else from this number; a known hotline number narrows the choice."""
    calls = await uow.calls.open_calls()
    by_id = [call for call in calls if uniqueid and call.key.linkedid == uniqueid]
    by_number = [
        call
        for call in calls
        if number.e164 is not None
        and call.caller.e164 == number.e164
        and (did.e164 is None or call.did.e164 == did.e164)
    ]
    return max(by_id or by_number, key=lambda call: call.entered_at, default=None)


def _bare(text: str) -> str:
    """The number inside what a softphone hands over.

    >>> _bare("sip:+79161234567@pbx.example;user=phone")
    '+79161234567'
    """
    text = text.strip().strip("<>")
    for scheme in ("sips:", "sip:", "tel:"):
        text = text.removeprefix(scheme)
    return text.partition("@")[0].partition(";")[0]
