"""Whom a request comes from: clients and companies to choose from, as one list of radio buttons."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.domain.clients import Client, Organization
from callcenter.domain.numbers import display
from callcenter.domain.ticket import Ticket
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.screen_pop import caller_card

_FOUND = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """`value` is what the form sends: `c3` a client, `o5` a company without a known person."""

    value: str
    client: Client | None
    organization: Organization | None
    by_number: bool = False

    @property
    def phone(self) -> str:
        """The client's first number, as people read it."""
        return display(self.client.phones[0]) if self.client and self.client.phones else ""


async def choices_for(
    uow: UnitOfWork, ticket: Ticket, client_id: int | None, organization_id: int | None
) -> Sequence[Choice]:
    """The chosen one first, then whom the number suggests."""
    found: dict[str, Choice] = {}
    if client_id is not None and (client := await uow.clients.by_id(client_id)) is not None:
        found[f"c{client.id}"] = await _of_client(uow, client)
    elif organization_id is not None:
        company = await uow.clients.organization(organization_id)
        if company is not None:
            found[f"o{company.id}"] = Choice(value=f"o{company.id}", client=None, organization=company)
    if ticket.caller is not None:
        for each in (await caller_card(uow, ticket.caller)).possible_clients:
            value = f"c{each.client.id}"
            if value not in found:
                found[value] = Choice(
                    value=value, client=each.client, organization=each.organization, by_number=True
                )
    return list(found.values())


async def found_choices(uow: UnitOfWork, typed: str, ticket: Ticket, chosen: str) -> Sequence[Choice]:
    """Clients by name, company, INN or number, each company once more by itself; a company by its exact INN.

    What is chosen and whom the number suggests stay in front.
    """
    client_id, organization_id = await ids_of(uow, chosen)
    found = {each.value: each for each in await choices_for(uow, ticket, client_id, organization_id)}
    if typed:
        clients = await uow.clients.search(typed, limit=_FOUND)
        rows = [await _of_client(uow, each) for each in clients]
        found.update((each.value, each) for each in rows if each.value not in found)
        companies = [each.organization for each in rows if each.organization is not None]
        by_inn = await uow.clients.organization_by_inn(typed)
        for company in [*companies, *([by_inn] if by_inn else [])]:
            value = f"o{company.id}"
            found.setdefault(value, Choice(value=value, client=None, organization=company))
    return list(found.values())


async def ids_of(uow: UnitOfWork, value: str) -> tuple[int | None, int | None]:
    """The client and the company behind a choice; nobody for an empty or a damaged one."""
    number = int(value[1:]) if value[1:].isascii() and value[1:].isdigit() and len(value) < 11 else None
    if number is None:
        return None, None
    if value.startswith("o"):
        return None, number
    client = await uow.clients.by_id(number)
    return number, None if client is None else client.organization_id


async def _of_client(uow: UnitOfWork, client: Client) -> Choice:
    company = None
    if client.organization_id is not None:
        company = await uow.clients.organization(client.organization_id)
    return Choice(value=f"c{client.id}", client=client, organization=company)
