"""What a real browser asks for when tickets change, and what it leaves alone: two hundred of them share one core."""

import pytest_asyncio
from playwright.async_api import Page, Request, expect

from callcenter.domain.live import FLOOR, LiveKind
from callcenter.domain.ticket import Kind
from tests.browser.conftest import Screens
from tests.browser.desk_scene import DeskHouse
from tests.browser.house import House

ELSEWHERE = {"ticket_id": 5000, "assignee_id": 999, "was_assignee_id": 999}
DRAFTS = "/workspace/parts?want=drafts"


@pytest_asyncio.fixture(loop_scope="session")
async def desk(house: House) -> DeskHouse:
    return await DeskHouse.built(house)


async def tell(house: House, *changes: dict[str, object]) -> None:
    """Tickets changed, told in one commit."""
    async with house.database.uow() as uow:
        for each in changes:
            await uow.live.add(FLOOR, LiveKind.TICKET_CHANGED, each, at=house.clock.now())
        await uow.commit()


class Asked:
    """Every reading of a live part since the page was there."""

    def __init__(self, house: House, page: Page) -> None:
        self._house, self._page = house, page
        self.paths: list[str] = []
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if request.headers.get("hx-request"):
            self.paths.append(request.url.removeprefix(self._house.address).replace("%20", " "))

    async def until(self, path: str, *changes: dict[str, object]) -> None:
        """Tell these changes and wait until this place was read."""
        async with self._page.expect_response(lambda answer: answer.url == self._house.address + path):
            await tell(self._house, *changes)


async def test_an_executors_list_is_read_when_his_tickets_change_and_for_nobody_elses(
    desk: DeskHouse, screens: Screens
) -> None:
    page = await screens.screen("vasiliev", "/my")
    asked, me = Asked(desk.house, page), desk.house.people["vasiliev"].id
    foreign = {**ELSEWHERE, "status": "waiting", "before": "in_progress"}
    await tell(desk.house, *[foreign] * 5)
    taken_away = {**ELSEWHERE, "status": "assigned", "before": "assigned", "was_assignee_id": me}
    given = {**ELSEWHERE, "status": "assigned", "before": "new", "assignee_id": me}
    await asked.until("/my", foreign, taken_away, given, foreign)
    await asked.until(DRAFTS, {**ELSEWHERE, "status": "new", "before": "draft"})
    assert asked.paths == ["/desk/counts", "/my", DRAFTS]


async def test_a_burst_of_new_tickets_is_one_reading_of_the_moderators_list(
    desk: DeskHouse, screens: Screens
) -> None:
    page = await screens.screen("moderator", "/moderation")
    asked = Asked(desk.house, page)
    await tell(desk.house, {**ELSEWHERE, "status": "resolved", "before": "in_progress"})
    back = {**ELSEWHERE, "status": "new", "before": "assigned"}
    await asked.until("/moderation", *[back] * 5)
    await asked.until(DRAFTS, {**ELSEWHERE, "status": "cancelled", "before": "draft"})
    assert asked.paths == ["/desk/counts", "/moderation", DRAFTS]


async def test_a_kept_list_searches_again_for_its_words(desk: DeskHouse, screens: Screens) -> None:
    await desk.new("Не печатается счёт-фактура")
    await desk.new("Не открывается отчёт по зарплате")
    page = await screens.screen("moderator", "/tickets")
    rows = page.locator("#tickets tbody tr")
    await page.locator("[data-slash]").fill("отчёты")
    await page.locator(".filters select[name=kind]").select_option(Kind.REFERENCE)
    await page.locator(".filters button.primary").click()
    await expect(rows).to_have_count(1)
    await page.locator(".keep-list summary").click()
    await page.locator("#view-name").fill("Отчёты")
    await page.locator(".keep-list button.primary").click()
    tab = page.locator(".views a", has_text="Отчёты")
    await expect(tab).to_have_attribute("aria-current", "page")
    assert page.url == f"{desk.house.address}/tickets?view=1"
    await page.goto(f"{desk.house.address}/tickets")
    await expect(rows).to_have_count(2)
    await tab.click()
    await expect(rows).to_have_count(1)
    await expect(page.locator("[data-slash]")).to_have_value("отчёты")
