"""Clients, organisations, products and contracts (port `Clients`)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ARRAY, Integer, Select, any_, bindparam, delete, func, or_, select, update

from callcenter.domain.clients import Client, Contract, Organization, Product
from callcenter.domain.errors import NotFound
from callcenter.domain.search import normalised, phone_digits
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_clients import client, client_phone, contract, organization, product
from callcenter.store.types import IntegersJson

_CLIENT = (client.c.id, client.c.name, client.c.organization_id, client.c.email)
_ORGANIZATION = (organization.c.id, organization.c.name, organization.c.inn)
_PRODUCT = (
    product.c.id,
    product.c.code,
    product.c.name,
    product.c.vendor,
    product.c.vendor_email,
    product.c.support_included,
)
_CONTRACT = (
    contract.c.id,
    contract.c.organization_id,
    contract.c.product_id,
    contract.c.number,
    contract.c.starts_on,
    contract.c.ends_on,
    contract.c.vendor_support,
)

_BY_PHONE = Statement(
    select(*_CLIENT)
    .join(client_phone, client_phone.c.client_id == client.c.id)
    .where(client_phone.c.e164 == bindparam("e164"))
    .order_by(client.c.id)
)
_BY_ID = Statement(select(*_CLIENT).where(client.c.id == bindparam("id")))
_BY_EMAIL = Statement(select(*_CLIENT).where(client.c.email == bindparam("email")).order_by(client.c.id))


def _listed(asked: Select[Any], key: Any) -> Statement:
    """The rows whose key is in the list `ids`: JSON on SQLite, an array on PostgreSQL."""
    listed = func.json_each(bindparam("ids", type_=IntegersJson)).table_valued("value").c.value
    return Statement(
        asked.where(key.in_(select(listed))),
        postgresql=asked.where(key == any_(bindparam("ids", type_=ARRAY(Integer)))),
    )


_BY_IDS = _listed(select(*_CLIENT).order_by(client.c.id), client.c.id)
_PHONES = _listed(
    select(client_phone.c.client_id, client_phone.c.e164).order_by(
        client_phone.c.client_id, client_phone.c.position
    ),
    client_phone.c.client_id,
)
_ORGANIZATIONS_BY_IDS = _listed(select(*_ORGANIZATION).order_by(organization.c.id), organization.c.id)
_ORGANIZATION_BY_ID = Statement(select(*_ORGANIZATION).where(organization.c.id == bindparam("id")))
_ORGANIZATION_BY_INN = Statement(select(*_ORGANIZATION).where(organization.c.inn == bindparam("inn")))
_PRODUCT_BY_CODE = Statement(select(*_PRODUCT).where(product.c.code == bindparam("code")))
_PRODUCT_BY_ID = Statement(select(*_PRODUCT).where(product.c.id == bindparam("id")))
_PRODUCTS = Statement(select(*_PRODUCT).order_by(product.c.name, product.c.id))
_CONTRACTS_OF = Statement(
    select(*_CONTRACT)
    .where(contract.c.organization_id == bindparam("organization_id"))
    .order_by(contract.c.starts_on, contract.c.id)
)
_OF_ORGANIZATION = Statement(
    select(*_CLIENT)
    .where(client.c.organization_id == bindparam("organization_id"))
    .order_by(client.c.name, client.c.id)
    .limit(bindparam("limit"))
)
_ADD_ORGANIZATION = insert_into(organization, returning_id=True, skip=("id",))
_ADD_CLIENT = insert_into(client, returning_id=True, skip=("id",))
_ADD_PHONE = insert_into(client_phone)
_ADD_PRODUCT = insert_into(product, returning_id=True, skip=("id",))
_ADD_CONTRACT = insert_into(contract, returning_id=True, skip=("id",))
_SAVE_ORGANIZATION = Statement(
    update(organization).where(organization.c.id == bindparam("key")), columns=("name", "inn", "search")
)
_SAVE_CLIENT = Statement(
    update(client).where(client.c.id == bindparam("key")),
    columns=("name", "organization_id", "email", "search"),
)
_DROP_PHONES = Statement(delete(client_phone).where(client_phone.c.client_id == bindparam("client_id")))
_SAVE_PRODUCT = Statement(
    update(product).where(product.c.id == bindparam("key")),
    columns=("code", "name", "vendor", "vendor_email", "support_included"),
)
_SAVE_CONTRACT = Statement(
    update(contract).where(contract.c.id == bindparam("key")),
    columns=("organization_id", "product_id", "number", "starts_on", "ends_on", "vendor_support"),
)
_WORDS = 4
_SEARCH = Statement(
    select(*_CLIENT)
    .outerjoin(organization, organization.c.id == client.c.organization_id)
    .where(
        *(
            or_(
                client.c.search.like(bindparam(f"word{i}"), escape="\\"),
                organization.c.search.like(bindparam(f"word{i}"), escape="\\"),
            )
            for i in range(_WORDS)
        )
    )
    .order_by(client.c.name, client.c.id)
    .limit(bindparam("limit")),
    slow=True,
)
_SEARCH_PHONE = Statement(
    select(*_CLIENT)
    .where(
        client.c.id.in_(
            select(client_phone.c.client_id).where(client_phone.c.e164.like(bindparam("digits"), escape="\\"))
        )
    )
    .order_by(client.c.name, client.c.id)
    .limit(bindparam("limit")),
    slow=True,
)


def _organization(row: Sequence[Any]) -> Organization:
    return Organization(id=row[0], name=row[1], inn=row[2])


def _product(row: Sequence[Any]) -> Product:
    identity, code, name, vendor, vendor_email, support_included = row
    return Product(
        id=identity,
        code=code,
        name=name,
        vendor=vendor,
        vendor_email=vendor_email,
        support_included=support_included,
    )


def _contract(row: Sequence[Any]) -> Contract:
    identity, organization_id, product_id, number, starts_on, ends_on, vendor_support = row
    return Contract(
        id=identity,
        organization_id=organization_id,
        product_id=product_id,
        number=number,
        starts_on=starts_on,
        ends_on=ends_on,
        vendor_support=vendor_support,
    )


class Clients:
    """Port `Clients` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def by_phone(self, e164: str) -> Sequence[Client]:
        return await self._clients(await self._db.rows(_BY_PHONE, {"e164": e164}))

    async def by_id(self, client_id: int) -> Client | None:
        found = await self._clients(await self._db.rows(_BY_ID, {"id": client_id}))
        return found[0] if found else None

    async def by_ids(self, client_ids: Sequence[int]) -> Sequence[Client]:
        if not client_ids:
            return []
        return await self._clients(await self._db.rows(_BY_IDS, {"ids": list(client_ids)}))

    async def organizations(self, organization_ids: Sequence[int]) -> Sequence[Organization]:
        if not organization_ids:
            return []
        rows = await self._db.rows(_ORGANIZATIONS_BY_IDS, {"ids": list(organization_ids)})
        return [_organization(row) for row in rows]

    async def by_email(self, email: str) -> Sequence[Client]:
        return await self._clients(await self._db.rows(_BY_EMAIL, {"email": email}))

    async def organization(self, organization_id: int) -> Organization | None:
        row = await self._db.row(_ORGANIZATION_BY_ID, {"id": organization_id})
        return None if row is None else _organization(row)

    async def organization_by_inn(self, inn: str) -> Organization | None:
        row = await self._db.row(_ORGANIZATION_BY_INN, {"inn": inn})
        return None if row is None else _organization(row)

    async def product_by_code(self, code: str) -> Product | None:
        row = await self._db.row(_PRODUCT_BY_CODE, {"code": code})
        return None if row is None else _product(row)

    async def product(self, product_id: int) -> Product | None:
        row = await self._db.row(_PRODUCT_BY_ID, {"id": product_id})
        return None if row is None else _product(row)

    async def products(self) -> Sequence[Product]:
        return [_product(row) for row in await self._db.rows(_PRODUCTS)]

    async def add_organization(self, organization: Organization) -> Organization:
        return replace(
            organization, id=await self._add(_ADD_ORGANIZATION, _organization_columns(organization))
        )

    async def save_organization(self, organization: Organization) -> None:
        await self._save(_SAVE_ORGANIZATION, organization.id, _organization_columns(organization))

    async def add_client(self, client: Client) -> Client:
        added = replace(client, id=await self._add(_ADD_CLIENT, _client_columns(client)))
        await self._add_phones(added)
        return added

    async def save_client(self, client: Client) -> None:
        await self._save(_SAVE_CLIENT, client.id, _client_columns(client))
        await self._db.run(_DROP_PHONES, {"client_id": client.id})
        await self._add_phones(client)

    async def add_product(self, product: Product) -> Product:
        return replace(product, id=await self._add(_ADD_PRODUCT, _product_columns(product)))

    async def save_product(self, product: Product) -> None:
        await self._save(_SAVE_PRODUCT, product.id, _product_columns(product))

    async def add_contract(self, contract: Contract) -> Contract:
        return replace(contract, id=await self._add(_ADD_CONTRACT, _contract_columns(contract)))

    async def save_contract(self, contract: Contract) -> None:
        await self._save(_SAVE_CONTRACT, contract.id, _contract_columns(contract))

    async def contracts_of(self, organization_id: int) -> Sequence[Contract]:
        rows = await self._db.rows(_CONTRACTS_OF, {"organization_id": organization_id})
        return [_contract(row) for row in rows]

    async def of_organization(self, organization_id: int, *, limit: int) -> Sequence[Client]:
        values = {"organization_id": organization_id, "limit": limit}
        return await self._clients(await self._db.rows(_OF_ORGANIZATION, values))

    async def search(self, text: str, *, limit: int) -> Sequence[Client]:
        digits = phone_digits(text)
        if digits is not None:
            rows = await self._db.rows(_SEARCH_PHONE, {"digits": f"%{digits}%", "limit": limit})
            return await self._clients(rows)
        words = normalised(text).split()[:_WORDS] or [""]
        parameters = {f"word{i}": _containing(words[i % len(words)]) for i in range(_WORDS)}
        return await self._clients(await self._db.rows(_SEARCH, {**parameters, "limit": limit}))

    async def _add(self, statement: Statement, columns: dict[str, Any]) -> int:
        row = await self._db.row(statement, columns)
        assert row is not None
        return int(row[0])

    async def _save(self, statement: Statement, key: int, columns: dict[str, Any]) -> None:
        if not await self._db.run(statement, {**columns, "key": key}):
            raise NotFound(key=key)

    async def _add_phones(self, client: Client) -> None:
        await self._db.run_many(
            _ADD_PHONE,
            [
                {"client_id": client.id, "e164": e164, "position": position}
                for position, e164 in enumerate(client.phones)
            ],
        )

    async def _clients(self, rows: Sequence[Any]) -> list[Client]:
        if not rows:
            return []
        phones: dict[int, list[str]] = {row[0]: [] for row in rows}
        for owner, e164 in await self._db.rows(_PHONES, {"ids": list(phones)}):
            phones[owner].append(e164)
        return [
            Client(
                id=identity,
                name=name,
                organization_id=organization_id,
                phones=tuple(phones[identity]),
                email=email,
            )
            for identity, name, organization_id, email in rows
        ]


def _containing(word: str) -> str:
    """A LIKE pattern in which the word stands for itself."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _organization_columns(value: Organization) -> dict[str, Any]:
    return {"name": value.name, "inn": value.inn, "search": normalised(value.name, value.inn)}


def _client_columns(value: Client) -> dict[str, Any]:
    return {
        "name": value.name,
        "organization_id": value.organization_id,
        "email": value.email,
        "search": normalised(value.name, value.email),
    }


def _product_columns(value: Product) -> dict[str, Any]:
    return {
        "code": value.code,
        "name": value.name,
        "vendor": value.vendor,
        "vendor_email": value.vendor_email,
        "support_included": value.support_included,
    }


def _contract_columns(value: Contract) -> dict[str, Any]:
    return {
        "organization_id": value.organization_id,
        "product_id": value.product_id,
        "number": value.number,
        "starts_on": value.starts_on,
        "ends_on": value.ends_on,
        "vendor_support": value.vendor_support,
    }
