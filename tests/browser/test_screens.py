"""Every screen: readable by everybody in both themes, quiet in the console, whole at both sizes."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser import scene
from tests.browser.conftest import DESKTOP, LAPTOP, ROOT, Screens
from tests.browser.house import House

AXE = ROOT / "callcenter" / "web" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = (
    ("ivanova", "/"),
    ("ivanova", "/drafts"),
    ("ivanova", "/tickets/1001"),
    ("ivanova", "/calls"),
    ("ivanova", "/clients"),
    ("ivanova", "/clients/1"),
    ("ivanova", "/search"),
    ("ivanova", "/pop?number=84951234567"),
    ("ivanova", "/pop?number=89998887766"),
    ("ivanova", "/settings"),
    ("admin", "/people"),
    ("admin", "/people/new"),
    ("admin", "/people/1"),
    ("admin", "/clients/import"),
    ("admin", "/system"),
    ("supervisor", "/system"),
    (None, "/sign-in"),
    (None, "/sign-in/once/some-token"),
)


async def serious_faults(page: Page) -> list[str]:
    """What axe-core finds wrong and calls serious or critical, with the elements."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.fixture(scope="session")
def axe() -> Path:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in callcenter/web/frontend")
    return AXE


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("login", "path"), SCREENS)
async def test_a_screen_has_no_serious_fault_for_anybody(
    login: str | None, path: str, theme: str, house: House, screens: Screens, axe: Path
) -> None:
    await scene.earlier_calls(house)
    await scene.busy_line(house)
    page = await screens.screen(login, path, theme=theme)
    await expect(page.locator("h1").first).to_be_attached()
    assert await serious_faults(page) == []


@pytest.mark.parametrize("size", [LAPTOP, DESKTOP], ids=["laptop", "desktop"])
@pytest.mark.parametrize(("login", "path"), SCREENS)
async def test_a_screen_needs_no_sideways_scrolling(
    login: str | None, path: str, size: tuple[int, int], house: House, screens: Screens
) -> None:
    await scene.earlier_calls(house)
    page = await screens.screen(login, path, size=size)
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_going_from_screen_to_screen_keeps_the_one_stream(house: House, screens: Screens) -> None:
    page = await screens.screen("ivanova")
    await page.evaluate("window.marker = 'same page'")
    for name, title in (("Звонки", "Звонки"), ("Клиенты", "Клиенты"), ("Черновики", "Черновики")):
        await page.get_by_role("navigation").get_by_role("link", name=name).click()
        await expect(page.locator("h1")).to_have_text(title)
        await expect(page.locator('.tabs a[aria-current="page"]')).to_contain_text(name)
    await page.go_back()
    await expect(page.locator("h1")).to_have_text("Клиенты")
    await expect(page.locator('.tabs a[aria-current="page"]')).to_have_text("Клиенты")
    assert await page.evaluate("window.marker") == "same page"
    assert house.feed.figures().subscribers == 1


async def test_the_keys_work_in_the_russian_layout_too(house: House, screens: Screens) -> None:
    page = await screens.screen("ivanova")
    for key, code in (("/", "Slash"), (".", "Slash")):
        await page.evaluate(
            "([key, code]) => document.body.dispatchEvent("
            "new KeyboardEvent('keydown', {key, code, bubbles: true, cancelable: true}))",
            [key, code],
        )
        await expect(page.locator("#find")).to_be_focused()
        await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("Shift+Slash")
    await expect(page.locator("#shortcuts")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#shortcuts")).to_be_hidden()
    await page.keyboard.press("3")
    await expect(page.locator("h1")).to_have_text("Звонки")


async def test_the_search_finds_a_ticket_a_client_and_a_number(house: House, screens: Screens) -> None:
    await scene.earlier_calls(house)
    page = await screens.screen("ivanova")

    async def find(text: str) -> None:
        await page.keyboard.press("/")
        await page.locator("#find").fill(text)
        await page.keyboard.press("Enter")

    await find("ромашка")
    await expect(page.locator("#main")).to_contain_text("Петров Иван Сергеевич")
    assert "ромашка" not in page.url
    await find("8 (495) 123-45-67")
    await expect(page.locator("#main")).to_contain_text("Кузнецова Елена")
    await find("1001")
    await expect(page.locator("h1")).to_have_text("№ 1001")


async def test_the_screens_speak_english_to_those_who_want_it(house: House, screens: Screens) -> None:
    page = await screens.screen("ivanova", "/settings")
    await page.get_by_label("English").check()
    await page.get_by_label("тёмное").check()
    assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
    await page.locator("form[action='/settings/look'] button").click()
    await expect(page.locator("h1")).to_have_text("My settings")
    assert await page.evaluate("document.documentElement.lang") == "en"
    assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
    await expect(page.locator(".tabs")).to_contain_text("Calls")


async def test_the_theme_is_the_computers_until_it_is_chosen(house: House, screens: Screens) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = await screens.screen("ivanova"), await screens.screen("petrov", theme="dark")
    assert await light.evaluate(ground) == "rgb(243, 245, 247)"
    assert await dark.evaluate(ground) == "rgb(16, 21, 26)"


async def test_stale_telephony_is_said_and_taken_back(house: House, screens: Screens) -> None:
    page = await screens.screen("ivanova")
    await expect(page.locator("#top-state .stale")).to_have_count(0)
    await house.link("connecting")
    await expect(page.locator("#top-state .stale")).to_have_text("телефония: данные устарели с 12:00")
    await house.link("live")
    await expect(page.locator("#top-state .stale")).to_have_count(0)


async def test_the_line_follows_the_calls_and_its_clocks_run(house: House, screens: Screens) -> None:
    page = await screens.screen("petrov")
    await expect(page.locator("#line")).to_contain_text("На линии никого нет.")
    await scene.busy_line(house)
    await expect(page.locator("#line tbody tr")).to_have_count(3)
    await expect(page.locator("#line-title + span")).to_contain_text("2 ждут")
    first = page.locator("#line tbody tr").first.locator("time")
    shown = await first.inner_text()
    await expect(first).not_to_have_text(shown)
    assert await page.locator("#line tr.mine").count() == 1
