"""One line of an import, checked and compared with what is stored: to create, to update, or as it was."""

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from callcenter.domain.clients import Client, Contract, Organization, Product
from callcenter.domain.numbers import parse_number
from callcenter.domain.search import normalised
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.client_table import Row


class Kind(StrEnum):
    """What a file holds."""

    ORGANIZATIONS = "organizations"
    CLIENTS = "clients"
    PRODUCTS = "products"
    CONTRACTS = "contracts"


COLUMNS: Mapping[Kind, Mapping[str, Sequence[str]]] = {
    Kind.ORGANIZATIONS: {
        "inn": ("инн", "taxpayer number"),
        "name": ("название", "наименование", "организация", "organization"),
    },
    Kind.CLIENTS: {
        "name": ("фио", "имя", "клиент", "client"),
        "phones": ("телефоны", "телефон", "phone"),
        "email": ("почта", "эл. почта", "e-mail"),
        "organization_inn": ("инн организации", "инн", "inn"),
    },
    Kind.PRODUCTS: {
        "code": ("код",),
        "name": ("название", "наименование", "продукт", "product"),
        "vendor": ("разработчик",),
    },
    Kind.CONTRACTS: {
        "organization_inn": ("инн организации", "инн", "inn"),
        "product_code": ("код продукта", "продукт", "product"),
        "number": ("номер", "номер договора", "договор"),
        "starts_on": ("начало", "действует с", "start"),
        "ends_on": ("окончание", "действует по", "end"),
        "vendor_support": ("поддержка разработчика", "vendor support"),
    },
}
REQUIRED: Mapping[Kind, Sequence[str]] = {
    Kind.ORGANIZATIONS: ("inn", "name"),
    Kind.CLIENTS: ("name",),
    Kind.PRODUCTS: ("code", "name"),
    Kind.CONTRACTS: ("organization_inn", "product_code", "number", "starts_on"),
}

_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s,;<>\"]+")
_PHONE_SEPARATOR = re.compile(r"[,;/\n]")
_YES = frozenset({"да", "yes", "true", "1", "+"})
_NO = frozenset({"", "нет", "no", "false", "0", "-"})
_INN_WEIGHTS = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


class BadCell(Exception):
    """A cell that cannot be imported; becomes a `BadLine`."""

    def __init__(self, column: str, reason: str, value: str = "") -> None:
        super().__init__(reason)
        self.column, self.reason, self.value = column, reason, value


Value = Organization | Client | Product | Contract


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What a line does: `before` is None when it creates; equal to `after` when nothing changes."""

    label: str
    before: Value | None
    after: Value


class Planner:
    """Plans lines of one kind inside a unit of work; a key may come once in a file."""

    def __init__(self, uow: UnitOfWork, kind: Kind) -> None:
        self._clients = uow.clients
        self._kind = kind
        self._seen: set[Hashable] = set()
        self._organizations: dict[str, Organization | None] = {}
        self._products: dict[str, Product | None] = {}

    async def plan(self, row: Row) -> Change:
        """Raises BadCell."""
        match self._kind:
            case Kind.ORGANIZATIONS:
                return await self._organization(row.cells)
            case Kind.CLIENTS:
                return await self._client(row.cells)
            case Kind.PRODUCTS:
                return await self._product(row.cells)
            case Kind.CONTRACTS:
                return await self._contract(row.cells)

    async def _organization(self, cells: Mapping[str, str]) -> Change:
        inn, name = _inn("inn", cells["inn"]), _name("name", cells["name"])
        self._once("inn", inn)
        before = await self._clients.organization_by_inn(inn)
        after = Organization(id=0, name=name, inn=inn) if before is None else replace(before, name=name)
        return Change(label=name, before=before, after=after)

    async def _client(self, cells: Mapping[str, str]) -> Change:
        name, phones, email = _name("name", cells["name"]), _phones(cells["phones"]), _email(cells["email"])
        if not phones and email is None:
            raise BadCell("phones", "phone_or_email_needed")
        organization_id = None
        if cells["organization_inn"]:
            organization_id = (await self._organization_of(cells["organization_inn"])).id
        self._once("email" if email else "name", email or (normalised(name), phones))
        before = await self._known_client(name, phones, email)
        if before is None:
            after = Client(id=0, name=name, organization_id=organization_id, phones=phones, email=email)
        else:
            after = replace(
                before,
                name=name,
                organization_id=organization_id or before.organization_id,
                phones=phones or before.phones,
                email=email or before.email,
            )
        return Change(label=name, before=before, after=after)

    async def _known_client(self, name: str, phones: Sequence[str], email: str | None) -> Client | None:
        found = {each.id: each for each in await self._clients.by_email(email)} if email else {}
        if not found:
            for phone in phones:
                for each in await self._clients.by_phone(phone):
                    if normalised(each.name) == normalised(name):
                        found[each.id] = each
        if len(found) > 1:
            raise BadCell("email" if email else "phones", "several_clients_match", name)
        return next(iter(found.values()), None)

    async def _product(self, cells: Mapping[str, str]) -> Change:
        code, name = _name("code", cells["code"], longest=64), _name("name", cells["name"])
        self._once("code", code)
        before = await self._clients.product_by_code(code)
        vendor = cells["vendor"][:300] or None
        if before is None:
            after = Product(id=0, code=code, name=name, vendor=vendor)
        else:
            after = replace(before, name=name, vendor=vendor or before.vendor)
        return Change(label=name, before=before, after=after)

    async def _contract(self, cells: Mapping[str, str]) -> Change:
        organization = await self._organization_of(cells["organization_inn"])
        product = await self._product_of(cells["product_code"])
        number = _name("number", cells["number"], longest=100)
        self._once("number", (organization.id, product.id, number))
        starts_on = _date("starts_on", cells["starts_on"])
        ends_on = _date("ends_on", cells["ends_on"]) if cells["ends_on"] else None
        if ends_on is not None and ends_on < starts_on:
            raise BadCell("ends_on", "ends_before_it_starts", cells["ends_on"])
        known = await self._clients.contracts_of(organization.id)
        before = next(
            (each for each in known if (each.product_id, each.number) == (product.id, number)), None
        )
        after = Contract(
            id=0 if before is None else before.id,
            organization_id=organization.id,
            product_id=product.id,
            number=number,
            starts_on=starts_on,
            ends_on=ends_on,
            vendor_support=_yes_no("vendor_support", cells["vendor_support"]),
        )
        return Change(label=f"{organization.name}, {number}", before=before, after=after)

    async def _organization_of(self, cell: str) -> Organization:
        inn = _inn("organization_inn", cell)
        if inn not in self._organizations:
            self._organizations[inn] = await self._clients.organization_by_inn(inn)
        found = self._organizations[inn]
        if found is None:
            raise BadCell("organization_inn", "unknown_organization", cell)
        return found

    async def _product_of(self, code: str) -> Product:
        if code not in self._products:
            self._products[code] = await self._clients.product_by_code(code)
        found = self._products[code]
        if found is None:
            raise BadCell("product_code", "unknown_product", code)
        return found

    def _once(self, column: str, key: Hashable) -> None:
        if key in self._seen:
            raise BadCell(column, "repeated_in_file", str(key))
        self._seen.add(key)


async def store(uow: UnitOfWork, change: Change) -> None:
    """Write what a line was planned to do."""
    clients, new = uow.clients, change.before is None
    match change.after:
        case Organization() as value:
            await (clients.add_organization(value) if new else clients.save_organization(value))
        case Client() as value:
            await (clients.add_client(value) if new else clients.save_client(value))
        case Product() as value:
            await (clients.add_product(value) if new else clients.save_product(value))
        case Contract() as value:
            await (clients.add_contract(value) if new else clients.save_contract(value))


def valid_inn(text: str) -> bool:
    """Whether a Russian taxpayer number's check digits fit (10 digits for companies, 12 for persons).

    >>> valid_inn("7707083893"), valid_inn("7707083894"), valid_inn("500100732259")
    (True, False, True)
    """
    if not (text.isascii() and text.isdigit() and len(text) in (10, 12)):
        return False
    digits = [int(each) for each in text]
    return all(
        sum(w * d for w, d in zip(_INN_WEIGHTS[-place:], digits, strict=False)) % 11 % 10 == digits[place]
        for place in ((9,) if len(digits) == 10 else (10, 11))
    )


def _inn(column: str, cell: str) -> str:
    if not valid_inn(cell):
        raise BadCell(column, "bad_inn" if cell else "missing", cell)
    return cell


def _name(column: str, cell: str, *, longest: int = 300) -> str:
    text = " ".join(cell.split())
    if not text:
        raise BadCell(column, "missing")
    if len(text) > longest:
        raise BadCell(column, "cell_too_long", text[:40])
    return text


def _phones(cell: str) -> tuple[str, ...]:
    found: list[str] = []
    for raw in _PHONE_SEPARATOR.split(cell):
        if not raw.strip():
            continue
        e164 = parse_number(raw).e164
        if e164 is None:
            raise BadCell("phones", "bad_phone", raw.strip())
        if e164 not in found:
            found.append(e164)
    return tuple(found)


def _email(cell: str) -> str | None:
    if not cell:
        return None
    if not _EMAIL.fullmatch(cell) or len(cell) > 320:
        raise BadCell("email", "bad_email", cell)
    return cell.casefold()


def _date(column: str, cell: str) -> date:
    for form in ("%d.%m.%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(cell, form).date()  # noqa: DTZ007 - a day, not an instant
        except ValueError:
            continue
    raise BadCell(column, "bad_date" if cell else "missing", cell)


def _yes_no(column: str, cell: str) -> bool:
    word = cell.casefold()
    if word not in _YES | _NO:
        raise BadCell(column, "bad_yes_no", cell)
    return word in _YES
