"""Clients, their organisations, products and contracts."""

from collections.abc import Sequence
from typing import Protocol

from callcenter.domain.clients import Client, Contract, Organization, Product


class Clients(Protocol):
    """Who may be calling: clients, organisations, products, contracts."""

    async def by_phone(self, e164: str) -> Sequence[Client]: ...

    async def by_id(self, client_id: int) -> Client | None: ...

    async def by_ids(self, client_ids: Sequence[int]) -> Sequence[Client]:
        """Those that exist, by number."""
        ...

    async def organizations(self, organization_ids: Sequence[int]) -> Sequence[Organization]:
        """Those that exist, by number."""
        ...

    async def by_email(self, email: str) -> Sequence[Client]:
        """Clients with exactly this (lower-case) address."""
        ...

    async def organization(self, organization_id: int) -> Organization | None: ...

    async def organization_by_inn(self, inn: str) -> Organization | None: ...

    async def product_by_code(self, code: str) -> Product | None: ...

    async def product(self, product_id: int) -> Product | None: ...

    async def products(self) -> Sequence[Product]:
        """All of them, by name."""
        ...

    async def add_organization(self, organization: Organization) -> Organization:
        """Store a new one (its `id` is ignored, as in all `add_…`); Conflict when its natural key is taken."""
        ...

    async def add_client(self, client: Client) -> Client: ...

    async def add_product(self, product: Product) -> Product: ...

    async def add_contract(self, contract: Contract) -> Contract: ...

    async def save_organization(self, organization: Organization) -> None:
        """Store the changed one; NotFound when there is none (as in all `save_…`)."""
        ...

    async def save_client(self, client: Client) -> None: ...

    async def save_product(self, product: Product) -> None: ...

    async def save_contract(self, contract: Contract) -> None: ...

    async def contracts_of(self, organization_id: int) -> Sequence[Contract]: ...

    async def of_organization(self, organization_id: int, *, limit: int) -> Sequence[Client]:
        """People of a company, by name."""
        ...

    async def search(self, text: str, *, limit: int) -> Sequence[Client]:
        """Clients whose name, address, company or INN holds every word, or whose phone holds these digits.

        By name; an empty text finds the first ones.
        """
        ...
