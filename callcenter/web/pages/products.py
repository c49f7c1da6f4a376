"""Products with their developers, and contracts on a company's page. Regulation: 2.6."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from aiohttp import web

from callcenter.domain.clients import Contract, Product
from callcenter.domain.errors import Conflict, InvalidInput, NotFound
from callcenter.domain.people import Action
from callcenter.web.bodies import posted
from callcenter.web.forms import is_row_number, number_in_path, text_field
from callcenter.web.keys import CLOCK, SERVICES, SETTINGS
from callcenter.web.pages.setup import room, said_problems
from callcenter.web.pages.staffing import read_date
from callcenter.web.responses import page, see_other, visitor

_LONG = 1000
_SHOWN = 50
_EMPTY = Product(id=0, code="", name="")


async def products(request: web.Request) -> web.Response:
    """The list with a form for a new product."""
    return await _products(request, _EMPTY, {})


async def add_product(request: web.Request) -> web.Response:
    """A new product."""
    return await _apply_product(request, _EMPTY)


async def edit_product(request: web.Request) -> web.Response:
    """One product in the form."""
    return await _products(request, await _product(request), {})


async def save_product(request: web.Request) -> web.Response:
    """A changed product."""
    return await _apply_product(request, await _product(request))


async def _product(request: web.Request) -> Product:
    product_id = number_in_path(request, "product_id")
    for each in await room(request).catalogue.products(visitor(request).person):
        if each.id == product_id:
            return each
    raise NotFound("product", product_id=product_id)


async def _apply_product(request: web.Request, present: Product) -> web.Response:
    fields = await posted(request)
    typed = Product(
        id=present.id,
        code=text_field(fields, "code", most=_LONG),
        name=text_field(fields, "name", most=_LONG),
        vendor=text_field(fields, "vendor", most=_LONG) or None,
        vendor_email=text_field(fields, "vendor_email", most=_LONG).lower() or None,
        support_included=fields.get("support_included") == "yes",
    )
    try:
        await room(request).catalogue.save_product(visitor(request).person, typed)
    except InvalidInput as error:
        return await _products(request, typed, error.problems)
    except Conflict:
        return await _products(request, typed, {"code": "taken"})
    return see_other("/products")


async def _products(request: web.Request, edited: Product, problems: Mapping[str, str]) -> web.Response:
    context = {
        "rows": await room(request).catalogue.products(visitor(request).person),
        "edited": edited,
        "problems": said_problems(request, problems),
    }
    return await page(request, "admin_products.html", context, status=422 if problems else 200)


async def organization(request: web.Request) -> web.Response:
    """A company: its people and its contracts."""
    return await _organization(request, None, {}, {})


async def edit_contract(request: web.Request) -> web.Response:
    """The company's page with one contract in the form."""
    return await _organization(request, await _contract(request), {}, {})


async def add_contract(request: web.Request) -> web.Response:
    """A new contract."""
    return await _apply_contract(request, None)


async def save_contract(request: web.Request) -> web.Response:
    """A changed contract."""
    return await _apply_contract(request, await _contract(request))


async def _contract(request: web.Request) -> Contract:
    card = await room(request).catalogue.card(
        visitor(request).person, number_in_path(request, "organization_id")
    )
    contract_id = number_in_path(request, "contract_id")
    for each in card.contracts:
        if each.id == contract_id:
            return each
    raise NotFound("contract", contract_id=contract_id)


async def _apply_contract(request: web.Request, present: Contract | None) -> web.Response:
    fields = await posted(request)
    typed = {
        name: text_field(fields, name, most=_LONG) for name in ("product", "number", "starts_on", "ends_on")
    }
    typed["vendor_support"] = "yes" if fields.get("vendor_support") == "yes" else ""
    starts, ends = read_date(typed["starts_on"]), read_date(typed["ends_on"])
    problems: dict[str, str] = {}
    if starts is None:
        problems["starts_on"] = "date"
    if typed["ends_on"] and ends is None:
        problems["ends_on"] = "date"
    if problems:
        return await _organization(request, present, typed, problems)
    product = typed["product"]
    wanted = Contract(
        id=0,
        organization_id=number_in_path(request, "organization_id"),
        product_id=int(product) if is_row_number(product) else 0,
        number=typed["number"],
        starts_on=starts or date.min,
        ends_on=ends,
        vendor_support=bool(typed["vendor_support"]),
    )
    if present is not None:
        wanted = replace(wanted, id=present.id)
    try:
        await room(request).catalogue.save_contract(visitor(request).person, wanted)
    except InvalidInput as error:
        return await _organization(request, present, typed, error.problems)
    except Conflict:
        return await _organization(request, present, typed, {"number": "taken"})
    return see_other(f"/organizations/{wanted.organization_id}")


async def _organization(
    request: web.Request, edited: Contract | None, typed: Mapping[str, str], problems: Mapping[str, str]
) -> web.Response:
    who = visitor(request)
    card = await room(request).catalogue.card(who.person, number_in_path(request, "organization_id"))
    async with request.app[SERVICES].open_uow(write=False) as uow:
        people = await uow.clients.of_organization(card.organization.id, limit=_SHOWN)
    context = {
        "card": card,
        "people": people,
        "edited": edited,
        "typed": typed or _typed(edited),
        "problems": said_problems(request, problems),
        "may_edit": who.may(Action.EDIT_PRODUCTS),
        "today": request.app[CLOCK].now().astimezone(request.app[SETTINGS].time_zone).date(),
    }
    return await page(request, "admin_organization.html", context, status=422 if problems else 200)


def _typed(contract: Contract | None) -> dict[str, str]:
    if contract is None:
        return {"product": "", "number": "", "starts_on": "", "ends_on": "", "vendor_support": ""}
    return {
        "product": str(contract.product_id),
        "number": contract.number,
        "starts_on": contract.starts_on.isoformat(),
        "ends_on": "" if contract.ends_on is None else contract.ends_on.isoformat(),
        "vendor_support": "yes" if contract.vendor_support else "",
    }
