"""The pop-up of a ringing phone, on real screens."""

import pytest
from playwright.async_api import Page, expect

from callcenter.domain.calls import CallOutcome, RingEnd
from tests import make
from tests.browser.conftest import Screens
from tests.browser.house import House

POP = "#pops .pop"
NUMBER = "+7 916 123-45-67"


async def ring(house: House, *endpoints: str, linkedid: str = "r1") -> None:
    """A known client calls and these phones ring."""
    await house.tell(
        make.entered(linkedid, 10),
        make.queued(linkedid, 11),
        *(make.ringing(linkedid, 12, endpoint) for endpoint in endpoints),
    )


async def pop_of(page: Page) -> str:
    await expect(page.locator(POP)).to_have_count(1)
    return await page.locator(POP).inner_text()


@pytest.mark.regulation("2.1")
async def test_the_ringing_operator_sees_who_calls_and_the_others_do_not(
    house: House, screens: Screens
) -> None:
    ringing = await screens.screen("ivanova")
    idle = await screens.screen("petrov")
    await ring(house, "PJSIP/101")
    text = await pop_of(ringing)
    assert NUMBER in text
    assert "Петров Иван Сергеевич, ООО «Ромашка»" in text
    assert "не подтверждено" in text
    await expect(idle.locator("#line tr[data-key]")).to_have_count(1)
    await expect(idle.locator(POP)).to_have_count(0)


async def test_the_pop_up_goes_when_another_answers_and_says_who(house: House, screens: Screens) -> None:
    mine, winner = await screens.screen("ivanova"), await screens.screen("petrov")
    await ring(house, "PJSIP/101", "PJSIP/102")
    await pop_of(mine)
    await house.tell(make.answered("r1", 15, "PJSIP/102"))
    await expect(mine.locator(POP)).to_have_count(0)
    await expect(mine.locator(".quiet-note")).to_have_text(f"На звонок {NUMBER} отвечает Петров Олег")
    await expect(winner.locator(POP)).to_have_count(0)
    await expect(winner.locator("#own")).to_contain_text(NUMBER)


async def test_the_pop_up_goes_when_the_caller_hangs_up(house: House, screens: Screens) -> None:
    page = await screens.screen("ivanova")
    await ring(house, "PJSIP/101")
    await pop_of(page)
    await house.tell(make.ended("r1", 20, CallOutcome.ABANDONED))
    await expect(page.locator(POP)).to_have_count(0)
    await expect(page.locator(".quiet-note")).to_contain_text("повесил трубку")


async def test_the_pop_up_goes_quietly_when_the_phone_stops_ringing(house: House, screens: Screens) -> None:
    page = await screens.screen("ivanova")
    await ring(house, "PJSIP/101")
    await pop_of(page)
    await house.tell(make.stopped("r1", 20, "PJSIP/101", RingEnd.NO_ANSWER))
    await expect(page.locator(POP)).to_have_count(0)
    await expect(page.locator(".quiet-note")).to_have_count(0)


async def test_the_pop_up_survives_a_reload_and_one_that_was_hidden_stays_hidden(
    house: House, screens: Screens
) -> None:
    page = await screens.screen("ivanova")
    await ring(house, "PJSIP/101")
    await pop_of(page)
    await page.reload()
    await pop_of(page)
    async with page.expect_response("**/seen"):
        await page.keyboard.press("Escape")
    await expect(page.locator(POP)).to_have_count(0)
    await page.reload()
    await page.wait_for_selector("html[data-ready]")
    await expect(page.locator(POP)).to_have_count(0)


async def test_a_call_that_came_while_the_server_was_away_pops_up_when_it_is_back(
    house: House, screens: Screens
) -> None:
    screens.expect_complaint("net::ERR")
    page = await screens.screen("ivanova")
    await house.vanish()
    await page.wait_for_selector("html[data-stream=lost]")
    await ring(house, "PJSIP/101")
    await house.serve()
    assert NUMBER in await pop_of(page)


async def test_a_call_that_came_and_went_while_the_server_was_away_leaves_nothing_on_the_screen(
    house: House, screens: Screens
) -> None:
    screens.expect_complaint("net::ERR")
    page = await screens.screen("ivanova")
    await house.vanish()
    await page.wait_for_selector("html[data-stream=lost]")
    await ring(house, "PJSIP/101")
    await house.tell(make.ended("r1", 20, CallOutcome.ABANDONED))
    await house.serve()
    await page.wait_for_selector("html[data-stream=open]")
    await expect(page.locator("#drafts-count")).to_have_text("1")
    await expect(page.locator(POP)).to_have_count(0)


async def test_three_tabs_hold_one_stream_and_each_shows_the_call_once(
    house: House, screens: Screens
) -> None:
    browser = await screens.browser_of("ivanova")
    tabs = [await screens.tab(browser) for _ in range(3)]
    for tab in tabs:
        await tab.wait_for_selector("html[data-ready]")
    await tabs[0].wait_for_selector("html[data-stream=open]")
    assert house.feed.figures().subscribers == 1
    await ring(house, "PJSIP/101")
    for tab in tabs:
        await pop_of(tab)


async def test_the_next_tab_takes_over_when_the_leading_one_closes(house: House, screens: Screens) -> None:
    browser = await screens.browser_of("ivanova")
    first = await screens.tab(browser)
    await first.wait_for_selector("html[data-stream=open]")
    second = await screens.tab(browser)
    await second.wait_for_selector("html[data-ready]")
    await first.close()
    await ring(house, "PJSIP/101")
    await pop_of(second)
    await second.wait_for_selector("html[data-live=leader][data-stream=open]")


async def test_hiding_in_one_tab_hides_in_all(house: House, screens: Screens) -> None:
    browser = await screens.browser_of("ivanova")
    first, second = await screens.tab(browser), await screens.tab(browser)
    for tab in (first, second):
        await tab.wait_for_selector("html[data-ready]")
    await first.wait_for_selector("html[data-stream=open]")
    await ring(house, "PJSIP/101")
    await pop_of(second)
    await pop_of(first)
    await second.locator(".pop-hide").click()
    await expect(first.locator(POP)).to_have_count(0)


async def test_enter_opens_the_draft_and_the_stream_goes_on(house: House, screens: Screens) -> None:
    page = await screens.screen("ivanova")
    await ring(house, "PJSIP/101")
    await pop_of(page)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_contain_text("№ 1001")
    assert page.url.endswith("/tickets/1001")
    assert house.feed.figures().subscribers == 1
    await house.tell(make.entered("r2", 30, caller="84951234567"), make.ringing("r2", 31))
    assert "+7 495 123-45-67" in await pop_of(page)


async def test_enter_and_escape_belong_to_the_text_that_is_being_typed(
    house: House, screens: Screens
) -> None:
    page = await screens.screen("ivanova", "/calls")
    await page.locator("#number").fill("8916")
    await ring(house, "PJSIP/101")
    await pop_of(page)
    await page.keyboard.press("Escape")
    await expect(page.locator(POP)).to_have_count(0)
    await expect(page.locator("#number")).to_have_value("8916")
    await expect(page.locator("#number")).to_be_focused()


async def test_a_hostile_caller_name_is_only_text(house: House, screens: Screens) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\"></script><script>document.title='owned'</script>"
    page = await screens.screen("ivanova")
    await house.tell(make.entered("r1", 10, name=hostile), make.ringing("r1", 12))
    assert hostile in await pop_of(page)
    await page.reload()
    assert hostile in await pop_of(page)
    await page.keyboard.press("Enter")
    await expect(page.locator("#main")).to_contain_text(hostile)
    assert await page.locator("#main img, #pops img, #main script, #pops script").count() == 0
    assert "owned" not in await page.title()


async def test_a_hidden_number_pops_up_as_hidden_and_nobody_is_suggested(
    house: House, screens: Screens
) -> None:
    page = await screens.screen("ivanova")
    await house.tell(make.entered("r1", 10, caller="anonymous"), make.ringing("r1", 12))
    text = await pop_of(page)
    assert "номер скрыт" in text
    assert "не подтверждено" not in text


async def test_the_call_is_said_aloud_once_and_not_again_after_a_reload(
    house: House, screens: Screens
) -> None:
    page = await screens.screen("ivanova")
    await ring(house, "PJSIP/101")
    await expect(page.locator("#announce-now")).to_contain_text(f"Звонит {NUMBER}. Возможно, Петров Иван")
    await page.reload()
    await pop_of(page)
    await expect(page.locator("#announce-now")).to_have_text("")
