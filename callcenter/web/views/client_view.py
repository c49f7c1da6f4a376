"""A client as his card and as a row of a list."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.domain.clients import Client, Organization
from callcenter.domain.ticket import Ticket
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.web.views.call_rows import CallRow, call_rows
from callcenter.web.views.ticket_view import ContractLine, contract_lines

_TICKETS = 20
_CALLS_A_NUMBER = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientRow:
    """A client with his company."""

    client: Client
    organization: Organization | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientView:
    """A client's card."""

    client: Client
    organization: Organization | None
    contracts: Sequence[ContractLine]
    open_tickets: Sequence[Ticket]
    calls: Sequence[CallRow]


async def client_rows(uow: UnitOfWork, clients: Sequence[Client]) -> Sequence[ClientRow]:
    """Rows for these clients; each company is read once."""
    companies: dict[int, Organization | None] = {}
    rows = []
    for client in clients:
        company = client.organization_id
        if company is not None and company not in companies:
            companies[company] = await uow.clients.organization(company)
        rows.append(ClientRow(client=client, organization=companies.get(company) if company else None))
    return rows


async def client_view(uow: UnitOfWork, client: Client) -> ClientView:
    """Everything on the card: company, contracts, open tickets, and the calls of all his numbers."""
    row = (await client_rows(uow, [client]))[0]
    calls = [
        call
        for phone in client.phones
        for call in await uow.calls.last_of_number(phone, limit=_CALLS_A_NUMBER)
    ]
    newest = sorted(
        {call.id: call for call in calls}.values(), key=lambda call: call.entered_at, reverse=True
    )
    return ClientView(
        client=client,
        organization=row.organization,
        contracts=await contract_lines(uow, client.organization_id),
        open_tickets=await uow.tickets.open_of_client(client.id, limit=_TICKETS),
        calls=await call_rows(uow, newest[:_CALLS_A_NUMBER]),
    )
