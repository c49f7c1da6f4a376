"""In-memory `Clients`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from callcenter.domain.clients import Client, Contract, Organization, Product
from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.search import normalised, phone_digits
from tests.fakes.memory import Memory

T = TypeVar("T", Organization, Client, Product, Contract)


class FakeClients:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def by_phone(self, e164: str) -> Sequence[Client]:
        return [each for each in self._memory.clients.values() if e164 in each.phones]

    async def by_id(self, client_id: int) -> Client | None:
        return self._memory.clients.get(client_id)

    async def by_ids(self, client_ids: Sequence[int]) -> Sequence[Client]:
        return [self._memory.clients[each] for each in sorted(client_ids) if each in self._memory.clients]

    async def organizations(self, organization_ids: Sequence[int]) -> Sequence[Organization]:
        known = self._memory.organizations
        return [known[each] for each in sorted(organization_ids) if each in known]

    async def by_email(self, email: str) -> Sequence[Client]:
        return [each for each in self._memory.clients.values() if each.email == email]

    async def organization(self, organization_id: int) -> Organization | None:
        return self._memory.organizations.get(organization_id)

    async def organization_by_inn(self, inn: str) -> Organization | None:
        return next((each for each in self._memory.organizations.values() if each.inn == inn), None)

    async def product_by_code(self, code: str) -> Product | None:
        return next((each for each in self._memory.products.values() if each.code == code), None)

    async def product(self, product_id: int) -> Product | None:
        return self._memory.products.get(product_id)

    async def products(self) -> Sequence[Product]:
        return sorted(self._memory.products.values(), key=lambda each: (each.name, each.id))

    async def add_organization(self, organization: Organization) -> Organization:
        return self._add("organization", self._memory.organizations, organization, _inn)

    async def add_client(self, client: Client) -> Client:
        return self._add("client", self._memory.clients, client, _no_key)

    async def add_product(self, product: Product) -> Product:
        return self._add("product", self._memory.products, product, lambda each: each.code)

    async def add_contract(self, contract: Contract) -> Contract:
        return self._add("contract", self._memory.contracts, contract, _contract_key)

    async def save_organization(self, organization: Organization) -> None:
        self._save(self._memory.organizations, organization, _inn)

    async def save_client(self, client: Client) -> None:
        self._save(self._memory.clients, client, _no_key)

    async def save_product(self, product: Product) -> None:
        self._save(self._memory.products, product, lambda each: each.code)

    async def save_contract(self, contract: Contract) -> None:
        self._save(self._memory.contracts, contract, _contract_key)

    async def contracts_of(self, organization_id: int) -> Sequence[Contract]:
        mine = (e for e in self._memory.contracts.values() if e.organization_id == organization_id)
        return sorted(mine, key=lambda each: (each.starts_on, each.id))

    async def of_organization(self, organization_id: int, *, limit: int) -> Sequence[Client]:
        found = (e for e in self._memory.clients.values() if e.organization_id == organization_id)
        return sorted(found, key=lambda each: (each.name, each.id))[:limit]

    async def search(self, text: str, *, limit: int) -> Sequence[Client]:
        digits, words = phone_digits(text), normalised(text).split()[:4]
        if digits is not None:
            found: Iterable[Client] = (
                each
                for each in self._memory.clients.values()
                if any(digits in phone for phone in each.phones)
            )
        else:
            found = (
                each
                for each in self._memory.clients.values()
                if all(word in self._own(each) or word in self._company(each) for word in words)
            )
        return sorted(found, key=lambda each: (each.name, each.id))[:limit]

    def _own(self, client: Client) -> str:
        return normalised(client.name, client.email)

    def _company(self, client: Client) -> str:
        company = self._memory.organizations.get(client.organization_id or 0)
        return "" if company is None else normalised(company.name, company.inn)

    def _add(self, kind: str, rows: dict[int, T], value: T, key: Callable[[T], object]) -> T:
        added = replace(value, id=self._memory.next_id(kind))
        _check_unique(rows, added, key)
        rows[added.id] = added
        return added

    def _save(self, rows: dict[int, T], value: T, key: Callable[[T], object]) -> None:
        if value.id not in rows:
            raise NotFound(key=value.id)
        _check_unique(rows, value, key)
        rows[value.id] = value


def _check_unique(rows: dict[int, T], value: T, key: Callable[[T], object]) -> None:
    mine = key(value)
    if mine is not None and any(key(each) == mine and each.id != value.id for each in rows.values()):
        raise Conflict(str(mine))


def _inn(organization: Organization) -> str | None:
    return organization.inn


def _no_key(client: Client) -> None:
    return None


def _contract_key(contract: Contract) -> tuple[int, int, str]:
    return (contract.organization_id, contract.product_id, contract.number)
