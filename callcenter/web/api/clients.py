"""Clients, companies, products and contracts; and their import."""

from typing import Annotated

from pydantic import Field, StringConstraints

from callcenter.domain.clients import Client, Organization
from callcenter.domain.errors import Conflict, InvalidInput
from callcenter.domain.people import Action, may
from callcenter.services.client_import import Effect
from callcenter.services.client_lines import Kind as ImportKind
from callcenter.services.client_register import MOST_PHONES
from callcenter.web.api import answers
from callcenter.web.api.binding import found
from callcenter.web.api.fields import Asked, Id, Line, Name, Told
from callcenter.web.api.operation import ApiCall, operation

_SHOWN = 100


class ClientSearchBody(Asked):
    """Name, company, INN, address or number; empty: the first by name."""

    text: Line = ""
    limit: Annotated[int, Field(ge=1, le=_SHOWN)] = _SHOWN


class OrganizationBody(Asked):
    """A company; its INN is its natural key."""

    name: Name
    inn: Annotated[str, StringConstraints(max_length=12, pattern=r"^[0-9]*$")] = ""


class ClientBody(Asked):
    """A client; numbers in any usual form. He has a number or an address."""

    name: Name
    organization_id: Id | None = None
    phones: list[Name] = Field(default=[], max_length=MOST_PHONES)
    email: Annotated[str, StringConstraints(max_length=254, pattern=r"^[\x21-\x7e]*$")] = ""


class ImportBody(Asked):
    """A table as text, `;`, `,` or tab between cells, headers in its first line (Russian or English).

    organizations: `inn`, `name`. clients: `name`, `phones`, `email`, `organization_inn`. products: `code`, `name`,
    `vendor`. contracts: `organization_inn`, `product_code`, `number`, `starts_on`, `ends_on`, `vendor_support`.
    """

    kind: ImportKind
    table: Annotated[str, StringConstraints(min_length=1, max_length=1_000_000, pattern=r"^[^\x00]*$")]


class ClientCard(Told):
    """A client with his company, its contracts, and his open tickets."""

    client: answers.Client
    organization: answers.Organization | None
    contracts: list[answers.Contract]
    open_tickets: list[answers.Ticket]


class Company(Told):
    """A company with its contracts and its people (a hundred at most)."""

    organization: answers.Organization
    contracts: list[answers.Contract]
    clients: list[answers.Client]


class BadLine(Told):
    """A line that cannot be imported: `reason` is a key."""

    line: int
    column: str
    reason: str
    value: str


class PlannedLine(Told):
    """What becomes of a line."""

    line: int
    effect: Effect
    label: str


class ImportPlan(Told):
    """What an import does; `possible`: no bad line, and at least one good one. `shown` are the first lines."""

    kind: ImportKind
    created: int
    updated: int
    unchanged: int
    bad: list[BadLine]
    shown: list[PlannedLine]
    possible: bool


async def search_clients(call: ApiCall, body: ClientSearchBody) -> object:
    """Find clients; POST, so that no name or number stands in an address. Changes nothing."""
    async with call.open_uow(write=False) as uow:
        return await uow.clients.search(body.text, limit=body.limit)


async def get_client(call: ApiCall) -> object:
    """A client with his company, its contracts, and his open tickets."""
    client_id = call.id("client_id")
    async with call.open_uow(write=False) as uow:
        client = found(await uow.clients.by_id(client_id), "client", client_id)
        company_id = client.organization_id
        return {
            "client": client,
            "organization": None if company_id is None else await uow.clients.organization(company_id),
            "contracts": [] if company_id is None else await uow.clients.contracts_of(company_id),
            "open_tickets": await uow.tickets.open_of_client(client_id, limit=_SHOWN)
            if may(call.person, Action.SEE_TICKETS)
            else [],
        }


async def get_organization(call: ApiCall) -> object:
    """A company with its contracts and its people."""
    company_id = call.id("organization_id")
    async with call.open_uow(write=False) as uow:
        company = found(await uow.clients.organization(company_id), "organization", company_id)
        return {
            "organization": company,
            "contracts": await uow.clients.contracts_of(company_id),
            "clients": await uow.clients.of_organization(company_id, limit=_SHOWN),
        }


async def add_organization(call: ApiCall, body: OrganizationBody) -> object:
    """A new company."""
    return await _saved_organization(call, 0, body)


async def change_organization(call: ApiCall, body: OrganizationBody) -> object:
    """Change a company."""
    return await _saved_organization(call, call.id("organization_id"), body)


async def _saved_organization(call: ApiCall, organization_id: int, body: OrganizationBody) -> Organization:
    wanted = Organization(id=organization_id, name=body.name, inn=body.inn or None)
    try:
        return await call.administration.clients.save_organization(call.person, wanted)
    except Conflict as error:
        raise InvalidInput({"inn": "taken"}) from error


async def add_client(call: ApiCall, body: ClientBody) -> object:
    """A new client."""
    return await _saved_client(call, 0, body)


async def change_client(call: ApiCall, body: ClientBody) -> object:
    """Change a client; the whole of him is sent."""
    return await _saved_client(call, call.id("client_id"), body)


async def _saved_client(call: ApiCall, client_id: int, body: ClientBody) -> Client:
    wanted = Client(
        id=client_id,
        name=body.name,
        organization_id=body.organization_id,
        phones=tuple(body.phones),
        email=body.email or None,
    )
    return await call.administration.clients.save_client(call.person, wanted)


async def list_products(call: ApiCall) -> object:
    """Every product, by name."""
    async with call.open_uow(write=False) as uow:
        return await uow.clients.products()


async def preview_import(call: ApiCall, body: ImportBody) -> object:
    """What importing this table would do. Changes nothing."""
    return await call.services.client_import.preview(body.kind, body.table.encode())


async def run_import(call: ApiCall, body: ImportBody) -> object:
    """Import the table whole; one bad line refuses it all."""
    return await call.services.client_import.run(body.kind, body.table.encode(), by=call.person)


_SEE, _IMPORT = Action.SEE_CLIENTS, Action.IMPORT_CLIENTS
OPERATIONS = (
    operation("POST", "/clients/search", _SEE, search_clients, answer=list[answers.Client], changes=False),
    operation("GET", "/clients/{client_id}", _SEE, get_client, answer=ClientCard),
    operation("GET", "/organizations/{organization_id}", _SEE, get_organization, answer=Company),
    operation("POST", "/organizations", _IMPORT, add_organization, answer=answers.Organization, status=201),
    operation(
        "PUT", "/organizations/{organization_id}", _IMPORT, change_organization, answer=answers.Organization
    ),
    operation("POST", "/clients", _IMPORT, add_client, answer=answers.Client, status=201),
    operation("PUT", "/clients/{client_id}", _IMPORT, change_client, answer=answers.Client),
    operation("GET", "/products", _SEE, list_products, answer=list[answers.Product]),
    operation("POST", "/clients/import/preview", _IMPORT, preview_import, answer=ImportPlan, changes=False),
    operation("POST", "/clients/import", _IMPORT, run_import, answer=ImportPlan),
)
