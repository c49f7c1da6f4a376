"""The card of a ringing call: everything an operator should know before he lifts the receiver.

What it says of the client is what the number suggests; a caller's number is a claim, so nothing is confirmed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.calls import Call, Hotline
from callcenter.domain.clients import Client, Organization
from callcenter.domain.numbers import Number, display
from callcenter.domain.ticket import Ticket
from callcenter.ports.unit_of_work import UnitOfWork

OPEN_TICKETS = 5
LAST_CALLS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class PossibleClient:
    """A client whose card has the caller's number, with his company."""

    client: Client
    organization: Organization | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CallerCard:
    """What we know of a number. Empty for a hidden or malformed one."""

    number: Number
    possible_clients: Sequence[PossibleClient] = ()
    open_tickets: Sequence[Ticket] = ()
    last_calls: Sequence[Call] = ()


async def caller_card(uow: UnitOfWork, number: Number, *, but_call: int | None = None) -> CallerCard:
    """Look the caller up by his number; `but_call` is the present call, which is not one of his last ones."""
    if number.e164 is None:
        return CallerCard(number=number)
    clients = await uow.clients.by_phone(number.e164)
    tickets = {each.id: each for each in await uow.tickets.open_of_number(number.e164, limit=OPEN_TICKETS)}
    for client in clients:
        found = await uow.tickets.open_of_client(client.id, limit=OPEN_TICKETS)
        tickets.update((each.id, each) for each in found)
    newest = sorted(tickets.values(), key=lambda each: (each.updated_at, each.id), reverse=True)
    calls = await uow.calls.last_of_number(number.e164, limit=LAST_CALLS + 1)
    return CallerCard(
        number=number,
        possible_clients=[await _with_organization(uow, client) for client in clients],
        open_tickets=newest[:OPEN_TICKETS],
        last_calls=[each for each in calls if each.id != but_call][:LAST_CALLS],
    )


async def _with_organization(uow: UnitOfWork, client: Client) -> PossibleClient:
    organization = None
    if client.organization_id is not None:
        organization = await uow.clients.organization(client.organization_id)
    return PossibleClient(client=client, organization=organization)


def pop_payload(
    call: Call, hotline: Hotline | None, card: CallerCard, *, ringing_since: datetime
) -> dict[str, object]:
    """The payload of `pop.show`. Instants are ISO 8601 in UTC; `number.display` is None where there is no number.

    `waiting_since` is when the caller entered. `caller_name` is what the other side claims to be called.
    """
    return {
        "call_id": call.id,
        "ticket_id": call.ticket_id,
        "hotline": None if hotline is None else hotline.name,
        "phone_queue": call.phone_queue,
        "number": number_payload(call.caller),
        "caller_name": call.caller_name,
        "possible_clients": [_client(each) for each in card.possible_clients],
        "open_tickets": [_ticket(each) for each in card.open_tickets if each.id != call.ticket_id],
        "last_calls": [_call(each) for each in card.last_calls],
        "waiting_since": call.entered_at.isoformat(),
        "ringing_since": ringing_since.isoformat(),
        "reconstructed": call.reconstructed,
    }


def number_payload(number: Number) -> dict[str, object]:
    """A number as screens need it: to show, to copy, or to say that it is hidden."""
    return {
        "e164": number.e164,
        "display": None if number.e164 is None else display(number.e164),
        "raw": number.raw,
        "hidden": number.hidden,
    }


def _client(possible: PossibleClient) -> dict[str, object]:
    organization = possible.organization
    return {
        "id": possible.client.id,
        "name": possible.client.name,
        "organization": None if organization is None else {"id": organization.id, "name": organization.name},
        "verified": False,
    }


def _ticket(ticket: Ticket) -> dict[str, object]:
    return {
        "id": ticket.id,
        "number": ticket.number,
        "status": str(ticket.status),
        "subject": ticket.subject,
        "missed": None if ticket.missed is None else str(ticket.missed),
        "updated_at": ticket.updated_at.isoformat(),
    }


def _call(call: Call) -> dict[str, object]:
    return {
        "id": call.id,
        "ticket_id": call.ticket_id,
        "entered_at": call.entered_at.isoformat(),
        "outcome": None if call.outcome is None else str(call.outcome),
        "answered_by": call.answered_by,
    }
