"""The administrator and the supervisor at their screens in a real browser."""

from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.admin_scene import AdminHouse
from tests.browser.conftest import DESKTOP, LAPTOP, Screens
from tests.browser.house import House
from tests.browser.test_screens import AXE, serious_faults

PAGES = (
    ("admin", "/setup"),
    ("supervisor", "/staffing"),
    ("moderator", "/staffing/{gromova}"),
    ("admin", "/topics/7"),
    ("admin", "/products/1"),
    ("admin", "/organizations/1"),
    ("admin", "/targets"),
    ("supervisor", "/calendar?month=2026-11"),
    ("admin", "/letters"),
    ("admin", "/letters/answered/ru"),
    ("admin", "/webhooks/1"),
    ("supervisor", "/audit"),
    ("admin", "/sites/1"),
    ("admin", "/clients/2/erase"),
)


@pytest_asyncio.fixture(loop_scope="session")
async def administration(house: House) -> AdminHouse:
    return await AdminHouse.built(house)


@pytest.fixture(scope="session")
def axe() -> Path:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in callcenter/web/frontend")
    return AXE


@pytest.mark.parametrize(("theme", "size"), [("light", LAPTOP), ("dark", DESKTOP)], ids=["light", "dark"])
async def test_the_administrations_screens_fit_the_window_and_axe_finds_nothing_serious(
    theme: str, size: tuple[int, int], administration: AdminHouse, screens: Screens, axe: Path
) -> None:
    ids = {login: person.id for login, person in administration.house.people.items()}
    logins = {login for login, _ in PAGES}
    contexts = {login: await screens.browser_of(login, size=size, theme=theme) for login in logins}
    faults: list[str] = []
    for login, path in PAGES:
        page = await screens.tab(contexts[login], path.format(**ids))
        await page.wait_for_selector("html[data-ready]")
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"{path} is wider than the window")
        faults += [f"{path}: {fault}" for fault in await serious_faults(page)]
        await page.close()
    assert faults == []


async def test_a_letter_is_previewed_before_it_is_saved(administration: AdminHouse, screens: Screens) -> None:
    page = await screens.screen("admin", "/letters/answered/ru")
    preview = page.frame_locator("iframe.letter-preview")
    await expect(preview.locator("body")).to_contain_text("Подтвердите решение")
    await page.fill("#text", "Наш ответ:\n\n{{ about.answer }}\n")
    await page.get_by_role("button", name="Посмотреть набранное").click()
    await expect(preview.locator("body")).to_contain_text("Наш ответ:")
    await page.get_by_role("button", name="Сохранить").click()
    await expect(page.get_by_role("status").first).to_contain_text("Сохранено")


async def test_a_supervisor_verifies_the_audit_and_sees_it_whole(
    administration: AdminHouse, screens: Screens
) -> None:
    page = await screens.screen("supervisor", "/audit")
    await expect(page.locator("table.audit")).to_contain_text("Назначена: Громова Елена")
    await page.get_by_role("button", name="Проверить").click()
    await expect(page.locator("#chain")).to_contain_text("цел до строки")
    await page.get_by_role("link", name="Морозова Ольга").first.click()
    await expect(page.locator("table.audit tbody tr")).to_have_count(1)


async def test_a_shorter_target_is_put_into_force_and_the_history_says_who(
    administration: AdminHouse, screens: Screens
) -> None:
    page = await screens.screen("admin", "/targets")
    await page.get_by_label("Назначение исполнителя").fill("4")
    await page.get_by_label("Причина").first.fill("Приказ 7")
    await page.get_by_role("button", name="Ввести в действие").click()
    await expect(page.locator(".story")).to_contain_text("Назначение исполнителя: 5 → 4")
    await expect(page.locator(".story")).to_contain_text("Администратор")
