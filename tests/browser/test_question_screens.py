"""Frequent questions and staffing in a real browser: read and corrected by keyboard, nothing serious for axe."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from callcenter.services.question_grouping import GroupingRules
from callcenter.services.questions import Questions
from callcenter.services.staffing_load import StaffingLoad
from callcenter.web.question_room import QuestionRoom
from tests.browser.conftest import DESKTOP, LAPTOP, Screens
from tests.browser.house import House
from tests.browser.report_scene import report_house
from tests.browser.test_screens import AXE, serious_faults
from tests.databases import SqliteTemplate
from tests.desk_house import MOSCOW, RULES
from tests.questions_house import LABELS, MORPHOLOGY, NOVEMBER, REPORT, SIGNATURE, ask_in

pytestmark = pytest.mark.regulation("3.2")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def house(prepared: None, template: SqliteTemplate) -> AsyncIterator[House]:
    running, built = await report_house(await template.new())
    calendar = RULES.terms.calendar
    rules = GroupingRules(zone=MOSCOW, calendar=calendar, morphology=MORPHOLOGY, node="main")
    questions = Questions(running.database.uow, running.clock, rules)
    staffing = StaffingLoad(running.database.uow, built.room.statistics, calendar, MOSCOW)
    await ask_in(running.database.uow, NOVEMBER, [*REPORT, *SIGNATURE, *LABELS])
    await questions.grouping.look()
    room = QuestionRoom(questions=questions, staffing=staffing)
    running.services = replace(running.services, questions=room)
    await running.vanish()
    await running.serve()
    yield running
    await running.close()


@pytest_asyncio.fixture(loop_scope="session")
async def screens(house: House, chromium: Browser) -> AsyncIterator[Screens]:
    opened = Screens(house=house, chromium=chromium)
    yield opened
    await opened.close()
    assert opened.unexpected() == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_serious_on_questions_and_staffing(theme: str, screens: Screens) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in callcenter/web/frontend")
    size = LAPTOP if theme == "light" else DESKTOP
    page = await screens.screen("supervisor", "/reports/questions", theme=theme, size=size)
    link = page.locator("table.questions tbody a").first
    one = await link.get_attribute("href")
    for path in ("/reports/questions", one, "/reports/questions/rules", "/reports/staffing?weeks=2"):
        await page.goto(f"{screens.house.address}{path}")
        await page.wait_for_selector("html[data-ready]")
        assert await serious_faults(page) == [], path
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


async def test_a_question_is_renamed_and_the_name_taken_back_by_keyboard(screens: Screens) -> None:
    page = await screens.screen("supervisor", "/reports/questions")
    row = page.locator("table.questions tbody tr").first
    named = await row.locator("a").first.inner_text()
    await row.locator("a").first.press("Enter")
    await expect(page.locator("h1")).to_have_text(named)
    await page.fill("#title", "Отчёты <b>СБИС</b>")
    await page.press("#title", "Enter")
    await expect(page.locator("h1")).to_have_text("Отчёты <b>СБИС</b>")
    await page.get_by_role("button", name="Вернуть как было").press("Enter")
    await expect(page.locator("h1")).to_have_text(named)


async def test_an_hour_of_the_week_shows_its_curve(screens: Screens) -> None:
    page = await screens.screen("supervisor", "/reports/staffing?weeks=2")
    hour = page.locator("table.staffing td a").first
    await hour.press("Enter")
    await expect(page.locator("table.staffing td.chosen")).to_have_count(1)
    await expect(page.get_by_role("img", name="Доля звонков, принятых вовремя")).to_be_visible()
