"""A client asks to be forgotten (152-FZ, article 21): what is kept of him, and its erasure."""

from typing import Annotated

from pydantic import Field

from callcenter.domain.errors import InvalidInput
from callcenter.domain.people import Action
from callcenter.web.api.fields import Asked, Id, Told
from callcenter.web.api.operation import ApiCall, operation


class EraseBody(Asked):
    """`basis`: the number or date of his request, without his name; `confirm`: the client's number once more."""

    basis: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
    confirm: Id


class Traces(Told):
    """Where his words and numbers stand. `open_tickets` have to be ended first."""

    tickets: list[int]
    open_tickets: list[int]
    messages: int
    attachments: int
    calls: int
    letters: int
    consents: int


class Erased(Told):
    """What was erased."""

    traces: Traces


async def get_traces(call: ApiCall) -> object:
    """What is kept of a client, and would be erased."""
    return await call.administration.erasure.traces(call.person, call.id("client_id"))


async def erase_client(call: ApiCall, body: EraseBody) -> object:
    """Forget a client. Tickets, times and verdicts stay without him; it cannot be undone."""
    client_id = call.id("client_id")
    if body.confirm != client_id:
        raise InvalidInput({"confirm": "another_client"})
    return await call.administration.erasure.erase(call.person, client_id, basis=body.basis)


_ERASE = Action.ERASE_CLIENTS
OPERATIONS = (
    operation("GET", "/clients/{client_id}/traces", _ERASE, get_traces, answer=Traces),
    operation("POST", "/clients/{client_id}/erase", _ERASE, erase_client, answer=Erased),
)
