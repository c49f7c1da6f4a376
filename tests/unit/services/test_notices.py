"""Letters: to whom, when, and never more than one cancel notice a day. Regulation: 2.9."""

from dataclasses import replace

import pytest

from callcenter.domain.notices import CANCEL_NOTICES_SPREAD, Notice
from callcenter.domain.ticket import Ticket
from tests import make
from tests.desk_house import moscow
from tests.fakes.database import FakeDatabase
from tests.public_house import PublicHouse

CALLS = {"called_at": [make.START.isoformat()], "resume_token": "never-store-this"}


@pytest.fixture
async def house() -> PublicHouse:
    return await PublicHouse.built(FakeDatabase().uow)


async def ticket_of(house: PublicHouse, email: str | None = "petr@example.ru") -> Ticket:
    async with house.open_uow() as uow:
        ticket = await uow.tickets.add(replace(make.ticket(), contact_email=email))
        await uow.commit()
    return ticket


async def told(house: PublicHouse, notice: Notice, ticket: Ticket, **more: object) -> bool:
    async with house.open_uow() as uow:
        queued = await house.notices.queue(uow, notice, ticket, **more)  # type: ignore[arg-type]
        await uow.commit()
    return queued


async def cancelled(house: PublicHouse, ticket: Ticket) -> bool:
    return await told(house, Notice.CANCELLED_UNREACHABLE, ticket, about=CALLS)


@pytest.mark.regulation("2.9")
async def test_three_cancelled_tickets_of_one_client_are_told_of_on_three_days(house: PublicHouse) -> None:
    for _ in range(3):
        assert await cancelled(house, await ticket_of(house))
    due = [each.next_try_at for each in await house.letters()]
    assert due == [make.START, moscow("24 9:00"), moscow("25 9:00")]


@pytest.mark.regulation("2.9")
async def test_another_client_is_told_the_same_day(house: PublicHouse) -> None:
    await cancelled(house, await ticket_of(house))
    await cancelled(house, await ticket_of(house, "anna@example.ru"))
    assert [each.next_try_at for each in await house.letters()] == [make.START, make.START]


async def test_a_flood_of_cancelled_tickets_ends_after_a_week(house: PublicHouse) -> None:
    queued = [await cancelled(house, await ticket_of(house)) for _ in range(CANCEL_NOTICES_SPREAD + 1)]
    assert queued == [True] * CANCEL_NOTICES_SPREAD + [False]


async def test_nobody_without_an_address_is_written_to(house: PublicHouse) -> None:
    assert not await cancelled(house, await ticket_of(house, None))
    assert await house.letters() == []


async def test_a_confirmed_clients_own_address_is_used_where_the_form_had_none(house: PublicHouse) -> None:
    async with house.open_uow() as uow:
        known = await uow.clients.add_client(make.client(email="known@example.ru"))
        ticket = await uow.tickets.add(replace(make.ticket(client_id=known.id)))
        await uow.commit()
    assert await told(house, Notice.ANSWERED, ticket, about={"answer": "Да"})
    assert [each.to for each in await house.letters()] == ["known@example.ru"]


async def test_the_same_letter_about_the_same_version_is_written_once(house: PublicHouse) -> None:
    ticket = await ticket_of(house)
    assert await told(house, Notice.ANSWERED, ticket, about={"answer": "Да"})
    assert not await told(house, Notice.ANSWERED, ticket, about={"answer": "Да"})
    assert await told(house, Notice.ANSWERED, replace(ticket, version=2), about={"answer": "Да"})


async def test_an_employee_is_written_to_only_where_his_sign_in_name_is_an_address(
    house: PublicHouse,
) -> None:
    ticket = await ticket_of(house)
    async with house.open_uow() as uow:
        boss = await uow.people.add(make.person("boss@example.ru", endpoint=None), password_hash=None)
        await uow.commit()
    about = {"clock": "resolve", "level": "80"}
    assert await told(house, Notice.WARNING, ticket, to_person=boss.id, about=about)
    assert not await told(house, Notice.WARNING, ticket, to_person=house.moderator.id, about=about)
    assert not await told(house, Notice.WARNING, ticket, to_person=777, about=about)


async def test_secrets_and_other_peoples_links_stay_out_of_the_outbox(house: PublicHouse) -> None:
    ticket = await ticket_of(house)
    await cancelled(house, ticket)
    about = {"dossier": "…", "vendor": "Разработчик"}
    await told(house, Notice.VENDOR_DOSSIER, ticket, to="help@vendor.example", about=about)
    to_client, to_vendor = await house.letters()
    assert "never-store-this" not in repr(to_client)
    assert "nonce" in to_client.payload
    assert "nonce" not in to_vendor.payload
