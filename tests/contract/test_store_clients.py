"""Port `Clients`."""

from dataclasses import replace

import pytest

from callcenter.domain.errors import Conflict, NotFound
from callcenter.ports.unit_of_work import OpenUnitOfWork
from tests import make


async def test_a_client_is_found_by_each_of_his_phones(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        company = await uow.clients.add_organization(make.organization())
        petrov = await uow.clients.add_client(
            make.client(
                phones=["+79161234567", "+74951112233"], organization_id=company.id, email="p@firm.test"
            )
        )
        assert await uow.clients.by_phone("+74951112233") == [petrov]
        assert await uow.clients.by_phone("+79161234567") == [petrov]
        assert await uow.clients.by_phone("+79160000000") == []
        assert await uow.clients.by_id(petrov.id) == petrov
        assert await uow.clients.by_email("p@firm.test") == [petrov]
        assert await uow.clients.by_id(999) is None


async def test_clients_and_companies_of_a_list_are_read_together(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        first = await uow.clients.add_organization(make.organization())
        second = await uow.clients.add_organization(make.organization("АО «Вектор»", "7728168971"))
        petrov = await uow.clients.add_client(make.client(phones=["+79161234567", "+74951112233"]))
        anna = await uow.clients.add_client(make.client("Анна", phones=[]))
        await uow.clients.add_client(make.client("Другой", phones=["+79160000001"]))
        assert list(await uow.clients.by_ids([anna.id, 999, petrov.id])) == [petrov, anna]
        assert list(await uow.clients.organizations([second.id, first.id, 999])) == [first, second]
        assert [*await uow.clients.by_ids([]), *await uow.clients.organizations([])] == []


async def test_one_phone_may_belong_to_two_clients(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        first = await uow.clients.add_client(make.client("Первый"))
        second = await uow.clients.add_client(make.client("Второй"))
        assert await uow.clients.by_phone(make.CALLER) == [first, second]


async def test_a_changed_client_keeps_only_his_new_phones(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        stored = await uow.clients.add_client(make.client())
        changed = replace(stored, name="Сидоров", phones=("+79260000001",))
        await uow.clients.save_client(changed)
        assert await uow.clients.by_phone(make.CALLER) == []
        assert await uow.clients.by_phone("+79260000001") == [changed]
        assert await uow.clients.search("сидоров", limit=5) == [changed]
        with pytest.raises(NotFound):
            await uow.clients.save_client(replace(changed, id=999))


@pytest.mark.parametrize(
    "text",
    [
        "семенов",
        "СЕМЁНОВ",
        "иван семёнов",
        "ёлка",
        "ЕЛКА",
        "7707083893",
        "8 (916) 123-45-67",
        "123-45-67",
        "Ёлка Иван",
    ],
)
async def test_a_client_is_found_whatever_the_case_and_the_letter_yo(
    open_uow: OpenUnitOfWork, text: str
) -> None:
    async with open_uow() as uow:
        company = await uow.clients.add_organization(make.organization("ООО «Ёлка»"))
        stored = await uow.clients.add_client(
            make.client("Иван СЕМЁНОВ", phones=["+79161234567"], organization_id=company.id)
        )
        await uow.clients.add_client(make.client("Другой", phones=["+74950000000"]))
        found = await uow.clients.search(text, limit=5)
    if (
        text == "7707083893"
    ):  # ten digits are looked for among phones first: an INN is found by the company's name
        assert found == []
    else:
        assert found == [stored]


@pytest.mark.parametrize("text", ["", "   "])
async def test_an_empty_search_lists_the_first_clients_by_name(open_uow: OpenUnitOfWork, text: str) -> None:
    async with open_uow() as uow:
        second = await uow.clients.add_client(make.client("Борисов"))
        first = await uow.clients.add_client(make.client("Антонов"))
        assert await uow.clients.search(text, limit=5) == [first, second]


@pytest.mark.parametrize("text", ["100%", "_", "\\", "'; drop table client; --"])
async def test_hostile_search_text_finds_nobody(open_uow: OpenUnitOfWork, text: str) -> None:
    async with open_uow() as uow:
        await uow.clients.add_client(make.client())
        assert await uow.clients.search(text, limit=5) == []


async def test_search_returns_no_more_than_asked_for(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        for name in ("Анна", "Анна", "Анна"):
            await uow.clients.add_client(make.client(name))
        assert len(await uow.clients.search("анна", limit=2)) == 2


async def test_organisations_products_and_contracts_keep_their_natural_keys(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        company = await uow.clients.add_organization(make.organization())
        product = await uow.clients.add_product(make.product())
        contract = await uow.clients.add_contract(make.contract(company.id, product.id))
        assert await uow.clients.organization(company.id) == company
        assert await uow.clients.organization_by_inn("7707083893") == company
        assert await uow.clients.product_by_code("buh") == product
        assert await uow.clients.product(product.id) == product
        assert await uow.clients.contracts_of(company.id) == [contract]
        await uow.clients.save_organization(replace(company, name="АО «Ромашка»"))
        await uow.clients.save_product(replace(product, name="Бухгалтерия 3"))
        await uow.clients.save_contract(replace(contract, vendor_support=False))
        assert await uow.clients.organization(company.id) == replace(company, name="АО «Ромашка»")
        assert await uow.clients.product(product.id) == replace(product, name="Бухгалтерия 3")
        assert await uow.clients.contracts_of(company.id) == [replace(contract, vendor_support=False)]


async def test_what_is_not_there_is_none(open_uow: OpenUnitOfWork) -> None:
    async with open_uow(write=False) as uow:
        assert await uow.clients.organization(1) is None
        assert await uow.clients.organization_by_inn("1") is None
        assert await uow.clients.product(1) is None
        assert await uow.clients.product_by_code("x") is None
        assert await uow.clients.contracts_of(1) == []


async def test_a_taken_taxpayer_number_is_a_conflict(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.clients.add_organization(make.organization("А", inn=None))
        await uow.clients.add_organization(make.organization("Б", inn=None))
        await uow.clients.add_organization(make.organization("В"))
        with pytest.raises(Conflict):
            await uow.clients.add_organization(make.organization("Г"))


async def test_a_taken_product_code_is_a_conflict(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.clients.add_product(make.product())
        with pytest.raises(Conflict):
            await uow.clients.add_product(make.product(name="Другой"))
