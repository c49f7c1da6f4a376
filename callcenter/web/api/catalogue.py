"""Products with their developers, and companies' contracts. Regulation: 2.6."""

from typing import Annotated

from pydantic import Field, StringConstraints

from callcenter.domain.clients import Contract, Product
from callcenter.domain.errors import Conflict, InvalidInput
from callcenter.domain.people import Action
from callcenter.web.api import answers
from callcenter.web.api.fields import Asked, Day, Id, Line, Name
from callcenter.web.api.operation import ApiCall, operation

Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x20\x7f]*$")]


class ProductBody(Asked):
    """A program we support; `support_included`: its developer answers for every user, without a contract."""

    code: Code
    name: Name
    vendor: Line = ""
    vendor_email: Line = ""
    support_included: bool = False


class ContractBody(Asked):
    """What a company bought; without `ends_on` it does not end by itself."""

    product_id: Id
    number: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
    starts_on: Annotated[Day, Field(strict=False)]
    ends_on: Annotated[Day, Field(strict=False)] | None = None
    vendor_support: bool = False


async def add_product(call: ApiCall, body: ProductBody) -> object:
    """A new product."""
    return await _saved_product(call, 0, body)


async def change_product(call: ApiCall, body: ProductBody) -> object:
    """Change a product."""
    return await _saved_product(call, call.id("product_id"), body)


async def _saved_product(call: ApiCall, product_id: int, body: ProductBody) -> Product:
    wanted = Product(
        id=product_id,
        code=body.code,
        name=body.name,
        vendor=body.vendor.strip() or None,
        vendor_email=body.vendor_email.strip().lower() or None,
        support_included=body.support_included,
    )
    try:
        return await call.administration.catalogue.save_product(call.person, wanted)
    except Conflict as error:
        raise InvalidInput({"code": "taken"}) from error


async def add_contract(call: ApiCall, body: ContractBody) -> object:
    """A new contract of a company."""
    return await _saved_contract(call, 0, body)


async def change_contract(call: ApiCall, body: ContractBody) -> object:
    """Change a contract."""
    return await _saved_contract(call, call.id("contract_id"), body)


async def _saved_contract(call: ApiCall, contract_id: int, body: ContractBody) -> Contract:
    wanted = Contract(id=contract_id, organization_id=call.id("organization_id"), **body.model_dump())
    try:
        return await call.administration.catalogue.save_contract(call.person, wanted)
    except Conflict as error:
        raise InvalidInput({"number": "taken"}) from error


_EDIT = Action.EDIT_PRODUCTS
_CONTRACTS = "/organizations/{organization_id}/contracts"
OPERATIONS = (
    operation("POST", "/products", _EDIT, add_product, answer=answers.Product, status=201),
    operation("PUT", "/products/{product_id}", _EDIT, change_product, answer=answers.Product),
    operation("POST", _CONTRACTS, _EDIT, add_contract, answer=answers.Contract, status=201),
    operation("PUT", f"{_CONTRACTS}/{{contract_id}}", _EDIT, change_contract, answer=answers.Contract),
)
