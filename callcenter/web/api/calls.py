"""Calls to the hotline, and the state of its telephony."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from callcenter.domain.errors import InvalidInput
from callcenter.domain.numbers import parse_number
from callcenter.domain.people import Action
from callcenter.web.api import answers
from callcenter.web.api.binding import found
from callcenter.web.api.fields import Asked, Name, Told
from callcenter.web.api.operation import ApiCall, operation


class CallsQuery(Asked):
    """How many."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 50


class NumberBody(Asked):
    """A telephone number in any usual form."""

    number: Name


class LinkState(Told):
    """The link to one PBX as its listener last reported it."""

    pbx: str
    state: str
    since: datetime
    heartbeat_at: datetime
    node: str


async def list_calls(call: ApiCall, query: CallsQuery) -> object:
    """The newest calls."""
    async with call.open_uow(write=False) as uow:
        return await uow.calls.recent(limit=query.limit)


async def get_call(call: ApiCall) -> object:
    """One call."""
    call_id = call.id("call_id")
    async with call.open_uow(write=False) as uow:
        return found(await uow.calls.by_id(call_id), "call", call_id)


async def calls_of_number(call: ApiCall, body: NumberBody) -> object:
    """The calls of one number; POST, so that it stands in no address. Changes nothing."""
    e164 = parse_number(body.number).e164
    if e164 is None:
        raise InvalidInput({"number": "malformed"})
    async with call.open_uow(write=False) as uow:
        return await uow.calls.last_of_number(e164, limit=200)


async def list_links(call: ApiCall) -> object:
    """How the link to each PBX is."""
    async with call.open_uow(write=False) as uow:
        return await uow.links.all()


_SEE = Action.SEE_CALLS
OPERATIONS = (
    operation("GET", "/calls", _SEE, list_calls, answer=list[answers.Call]),
    operation("GET", "/calls/{call_id}", _SEE, get_call, answer=answers.Call),
    operation("POST", "/calls/search", _SEE, calls_of_number, answer=list[answers.Call], changes=False),
    operation("GET", "/links", Action.SEE_SYSTEM, list_links, answer=list[LinkState]),
)
