"""Whom Asterisk took for a machine, and the executor who knows better, in a real browser. Regulation: 2.9, point 2."""

from __future__ import annotations

from dataclasses import replace

import pytest
import pytest_asyncio
from playwright.async_api import expect

from callcenter.domain.callbacks import CallbackState
from dialer.attempt import Outcome
from dialer.outcome import heard
from tests.browser.conftest import Screens
from tests.browser.desk_scene import DeskHouse
from tests.browser.dialer_scene import ANSWERED, DialerHouse
from tests.browser.house import House

pytestmark = pytest.mark.regulation("2.9")
MACHINE = replace(ANSWERED, **heard("MACHINE LONGGREETING-2500-2500|40|", joined=False))


@pytest_asyncio.fixture(loop_scope="session")
async def dialer(house: House) -> DialerHouse:
    built = await DialerHouse.built(await DeskHouse.built(house))
    await house.link()
    return built


async def test_an_executor_says_by_one_key_on_the_card_that_it_was_a_person(
    dialer: DialerHouse, screens: Screens
) -> None:
    series = await dialer.ask(await dialer.accepted())
    assert await dialer.attempt(MACHINE) is Outcome.ANSWERING_MACHINE
    page = await screens.screen("vasiliev", "/my")
    card = page.locator(".callback-card")
    await expect(card).to_contain_text("автоответчик")
    await expect(card.get_by_role("button", name="Это был человек")).to_be_visible()
    await page.keyboard.press("?")
    await expect(page.locator("#shortcuts")).to_contain_text(
        "или это был человек, если за автоответчик его принял Asterisk"
    )
    await page.keyboard.press("Escape")
    await page.keyboard.press("v")
    await expect(card).to_have_count(0)
    assert await dialer.state(series) is CallbackState.WAITING


async def test_an_executor_says_it_on_the_ticket(dialer: DialerHouse, screens: Screens) -> None:
    ticket = await dialer.accepted()
    await dialer.ask(ticket)
    await dialer.attempt(MACHINE)
    page = await screens.screen("vasiliev", f"/tickets/{ticket.id}")
    await page.locator(".callback-card [data-hides]").click()
    panel = page.locator("#callbacks")
    said = panel.get_by_role("button", name="Это был человек")
    await said.scroll_into_view_if_needed()
    await expect(panel).to_contain_text("Попытка не засчитывается, перезвоним скоро.")
    await page.keyboard.press("v")
    await expect(said).to_have_count(0)
    await expect(panel).to_contain_text("АТС приняла его за автоответчик")
