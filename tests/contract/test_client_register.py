"""One client and one company, added and corrected by hand, on every store."""

from dataclasses import replace

import pytest

from callcenter.domain.clients import Client, Organization
from callcenter.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.services.client_register import ClientRegister
from tests.desk_house import House

ANNA = Client(
    id=0, name=" Анна  Смирнова ", phones=("8 916 765-43-21", "+7 (916) 765-43-21"), email="Anna@Example.RU "
)


async def test_a_client_is_added_and_changed_with_one_audit_row_each_that_names_nobody(
    open_uow: OpenUnitOfWork,
) -> None:
    house = await House.built(open_uow)
    register, admin = ClientRegister(open_uow, house.clock), house.people.admin
    company = await register.save_organization(
        admin, Organization(id=0, name="ООО «Василёк»", inn="7728168971")
    )
    anna = await register.save_client(admin, replace(ANNA, organization_id=company.id))
    assert (anna.name, anna.phones, anna.email) == ("Анна Смирнова", ("+79167654321",), "anna@example.ru")
    await register.save_client(admin, replace(anna, phones=("8 903 555-00-00",)))
    await register.save_organization(admin, replace(company, name="АО «Василёк»"))
    async with open_uow(write=False) as uow:
        kept = await uow.clients.by_id(anna.id)
        firm = await uow.clients.organization(company.id)
        said = await uow.audit.of_actor(f"person:{admin.id}", before=None, limit=10)
    assert kept is not None and kept.phones == ("+79035550000",)
    assert firm is not None and firm.name == "АО «Василёк»"
    assert [each.action for each in said] == [
        "organization.changed",
        "client.changed",
        "client.added",
        "organization.added",
    ]
    assert not any("Смирнова" in str(each.change) or "+7" in str(each.change) for each in said)


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"name": "  "}, {"name": "required"}),
        ({"name": "я" * 301}, {"name": "too_long"}),
        ({"name": "Удалён по требованию"}, {"name": "required"}),
        ({"phones": ("12",)}, {"phones": "phone"}),
        ({"phones": tuple(f"+7916000{no:04}" for no in range(21))}, {"phones": "too_many"}),
        ({"phones": (), "email": None}, {"phones": "phone_or_email_needed"}),
        ({"email": "anna"}, {"email": "email"}),
        ({"organization_id": 77}, {"organization_id": "choice"}),
    ],
)
async def test_what_is_wrong_with_a_client_is_said_by_field(
    open_uow: OpenUnitOfWork, changes: dict[str, object], problems: dict[str, str]
) -> None:
    house = await House.built(open_uow)
    register = ClientRegister(open_uow, house.clock)
    with pytest.raises(InvalidInput) as refused:
        await register.save_client(house.people.admin, replace(ANNA, **changes))  # type: ignore[arg-type]
    assert refused.value.problems == problems


async def test_nobody_else_may_and_what_is_not_there_cannot_be_changed(open_uow: OpenUnitOfWork) -> None:
    house = await House.built(open_uow)
    register, admin = ClientRegister(open_uow, house.clock), house.people.admin
    with pytest.raises(Forbidden):
        await register.save_client(house.people.moderator, ANNA)
    with pytest.raises(NotFound):
        await register.save_client(admin, replace(ANNA, id=77))
    with pytest.raises(NotFound):
        await register.save_organization(admin, Organization(id=77, name="Нет такой"))
    with pytest.raises(InvalidInput):
        await register.save_organization(admin, Organization(id=0, name="А", inn="7707083894"))
    with pytest.raises(Conflict):
        await register.save_organization(admin, Organization(id=0, name="Другая", inn=house.company.inn))
    async with open_uow() as uow:
        await uow.erasing.forget(house.caller.id)
        await uow.commit()
    with pytest.raises(NotFound):
        await register.save_client(admin, replace(ANNA, id=house.caller.id))
