"""Clients, their organisations, the products they use and the contracts that cover them."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True, slots=True)
class Organization:
    """A client company; `inn` is the taxpayer number (10 or 12 digits), its natural key."""

    id: int
    name: str
    inn: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """A person who asks for help. `phones` are E.164."""

    id: int
    name: str
    organization_id: int | None = None
    phones: tuple[str, ...] = ()
    email: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """A software product we support; `vendor` is its developer, asked at `vendor_email`. Regulation: 2.6.

    `support_included`: the vendor answers for every user of it, without a separate contract.
    """

    id: int
    code: str
    name: str
    vendor: str | None = None
    vendor_email: str | None = None
    support_included: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Contract:
    """What a client company bought: support of one product for a period (inclusive dates)."""

    id: int
    organization_id: int
    product_id: int
    number: str
    starts_on: date
    ends_on: date | None = None
    vendor_support: bool = False
