"""Products with their vendors, and what companies bought: contracts. Regulation: 2.6."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.domain.clients import Contract, Organization, Product
from callcenter.domain.errors import InvalidInput, NotFound
from callcenter.domain.forms import is_email
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.story import actor_of
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork

CODE_LIMIT, NAME_LIMIT, NUMBER_LIMIT = 64, 300, 100


@dataclass(frozen=True, kw_only=True, slots=True)
class OrganizationCard:
    """A company with its contracts; `products` are all there are, by id."""

    organization: Organization
    contracts: Sequence[Contract]
    products: dict[int, Product]


class Catalogue:
    """Changes products and contracts; every change is one audit row."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock) -> None:
        self._open_uow = open_uow
        self._clock = clock

    async def products(self, by: Person) -> Sequence[Product]:
        """All of them, by name."""
        require(by, Action.EDIT_PRODUCTS)
        async with self._open_uow(write=False) as uow:
            return await uow.clients.products()

    async def save_product(self, by: Person, product: Product) -> Product:
        """Add (id 0) or change one.

        Raises:
            InvalidInput: by field.
            NotFound: there is no such product.
            Conflict: another product has this code.
        """
        require(by, Action.EDIT_PRODUCTS)
        _check_product(product)
        async with self._open_uow() as uow:
            if product.id == 0:
                product = await uow.clients.add_product(product)
                action = "product.added"
            else:
                await uow.clients.save_product(product)
                action = "product.changed"
            change: dict[str, object] = {
                "product_id": product.id,
                "code": product.code,
                "name": product.name,
                "vendor": product.vendor,
                "support_included": product.support_included,
            }
            await self._record(uow, by, action, change)
            await uow.commit()
        return product

    async def card(self, by: Person, organization_id: int) -> OrganizationCard:
        """A company with its contracts; NotFound when there is none."""
        require(by, Action.SEE_CLIENTS)
        async with self._open_uow(write=False) as uow:
            organization = await _organization(uow, organization_id)
            return OrganizationCard(
                organization=organization,
                contracts=await uow.clients.contracts_of(organization_id),
                products={each.id: each for each in await uow.clients.products()},
            )

    async def save_contract(self, by: Person, contract: Contract) -> Contract:
        """Add (id 0) or change one.

        Raises:
            InvalidInput: by field.
            NotFound: there is no such company or contract.
            Conflict: the company has this contract for this product already.
        """
        require(by, Action.EDIT_PRODUCTS)
        async with self._open_uow() as uow:
            await _organization(uow, contract.organization_id)
            await _check_contract(uow, contract)
            if contract.id == 0:
                contract = await uow.clients.add_contract(contract)
                action = "contract.added"
            else:
                present = await uow.clients.contracts_of(contract.organization_id)
                if all(each.id != contract.id for each in present):
                    raise NotFound("contract", contract_id=contract.id)
                await uow.clients.save_contract(contract)
                action = "contract.changed"
            change: dict[str, object] = {
                "contract_id": contract.id,
                "organization_id": contract.organization_id,
                "product_id": contract.product_id,
                "number": contract.number,
                "from": contract.starts_on.isoformat(),
                "to": None if contract.ends_on is None else contract.ends_on.isoformat(),
                "vendor_support": contract.vendor_support,
            }
            await self._record(uow, by, action, change)
            await uow.commit()
        return contract

    async def _record(self, uow: UnitOfWork, by: Person, action: str, change: dict[str, object]) -> None:
        await uow.audit.record(
            at=self._clock.now(),
            actor=actor_of(by.id),
            ticket_id=None,
            action=action,
            reason="",
            change=change,
        )


async def _organization(uow: UnitOfWork, organization_id: int) -> Organization:
    found = await uow.clients.organization(organization_id)
    if found is None:
        raise NotFound("organization", organization_id=organization_id)
    return found


def _check_product(product: Product) -> None:
    problems: dict[str, str] = {}
    for field, value, most in (("code", product.code, CODE_LIMIT), ("name", product.name, NAME_LIMIT)):
        if not value.strip():
            problems[field] = "required"
        elif len(value) > most:
            problems[field] = "too_long"
    if any(letter.isspace() for letter in product.code):
        problems["code"] = "spaces"
    if product.vendor is not None and len(product.vendor) > NAME_LIMIT:
        problems["vendor"] = "too_long"
    if product.vendor_email is not None and not is_email(product.vendor_email):
        problems["vendor_email"] = "email"
    if product.vendor is None and (product.vendor_email is not None or product.support_included):
        problems["vendor"] = "required"
    if problems:
        raise InvalidInput(problems)


async def _check_contract(uow: UnitOfWork, contract: Contract) -> None:
    problems: dict[str, str] = {}
    if not contract.number.strip():
        problems["number"] = "required"
    elif len(contract.number) > NUMBER_LIMIT:
        problems["number"] = "too_long"
    if await uow.clients.product(contract.product_id) is None:
        problems["product"] = "choice"
    if contract.ends_on is not None and contract.ends_on < contract.starts_on:
        problems["ends_on"] = "reversed"
    if problems:
        raise InvalidInput(problems)
