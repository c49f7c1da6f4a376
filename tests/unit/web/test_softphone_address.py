"""The address that any softphone opens on an incoming call."""

import pytest

from callcenter.domain.people import Role
from callcenter.services.hotline import Hotline
from tests import make
from tests.unit.web.conftest import Office


@pytest.fixture
async def ringing(office: Office) -> Office:
    """One call of a known number rings; an earlier one of another number has ended."""
    await office.hire(Role.OPERATOR)
    async with office.database.uow() as uow:
        await uow.calls.add_hotline(make.hotline())
        await uow.clients.add_client(make.client())
        await uow.commit()
    hotline = Hotline(office.database.uow, office.clock)
    await hotline.apply([make.entered("old", 0, caller="84951234567"), make.ended("old", 5)])
    await hotline.apply([make.entered("main-17.1", 10), make.ringing("main-17.1", 11, "PJSIP/ivanova")])
    return office


@pytest.mark.parametrize(
    "query",
    [
        {"number": "+79161234567"},
        {"number": "89161234567", "did": "88005550640"},
        {"number": "sip:+79161234567@pbx.example;user=phone"},
        {"number": "<sip:79161234567@pbx.example>"},
        {"number": "tel:+79161234567"},
        {"uniqueid": "main-17.1"},
        {"number": "anonymous", "uniqueid": "main-17.1"},
    ],
)
async def test_the_present_call_opens_its_draft(query: dict[str, str], ringing: Office) -> None:
    answer = await ringing.client.get(
        "/pop", params=query, cookies=ringing.as_("ivanova"), allow_redirects=False
    )
    assert (answer.status, answer.headers["Location"]) == (303, "/tickets/1002")


async def test_a_number_that_does_not_call_now_gets_its_card(ringing: Office) -> None:
    answer = await ringing.client.get(
        "/pop", params={"number": "84951234567"}, cookies=ringing.as_("ivanova")
    )
    assert answer.status == 200
    assert "+7 495 123-45-67" in await answer.text()


async def test_a_call_to_another_hotline_number_is_not_taken_for_this_one(ringing: Office) -> None:
    query = {"number": "+79161234567", "did": "88001112233"}
    answer = await ringing.client.get("/pop", params=query, cookies=ringing.as_("ivanova"))
    assert answer.status == 200
    assert "Петров Иван" in await answer.text()


@pytest.mark.parametrize("query", [{}, {"number": ""}, {"did": "88005550640"}])
async def test_nothing_to_look_for_is_refused(query: dict[str, str], ringing: Office) -> None:
    answer = await ringing.client.get("/pop", params=query, cookies=ringing.as_("ivanova"))
    assert answer.status == 422


async def test_a_hostile_number_is_only_text(ringing: Office) -> None:
    query = {"number": "<script>alert(1)</script>"}
    answer = await ringing.client.get("/pop", params=query, cookies=ringing.as_("ivanova"))
    assert "<script>alert" not in await answer.text()


async def test_without_a_session_the_softphone_is_sent_to_sign_in_without_the_number(ringing: Office) -> None:
    answer = await ringing.client.get("/pop", params={"number": "+79161234567"}, allow_redirects=False)
    assert answer.headers["Location"] == "/sign-in"
