"""The supervisor's screens in a real browser: the morning, figures, nothing lost, compliance, the report, mailing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from callcenter.domain.report_mailing import MailingKind
from tests.browser.conftest import DESKTOP, LAPTOP, Screens
from tests.browser.house import House
from tests.browser.report_scene import UNEXPLAINED, report_house
from tests.browser.test_screens import AXE, serious_faults
from tests.databases import SqliteTemplate
from tests.reports_house import ReportsHouse

pytestmark = pytest.mark.regulation("3.1")
SCREENS = (
    "/reports",
    "/reports/figures?kind=week&day=2026-11-16",
    "/reports/figures?kind=month&day=2026-11-01&by=topic",
    "/reports/zero-loss",
    "/reports/compliance?kind=month&day=2026-11-01",
    "/reports/document?kind=week&day=2026-11-16",
    "/reports/mailing",
    "/reports/recount",
    "/wallboard",
)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def behind(prepared: None, template: SqliteTemplate) -> AsyncIterator[tuple[House, ReportsHouse]]:
    house, built = await report_house(await template.new())
    yield house, built
    await house.close()


@pytest_asyncio.fixture(loop_scope="session")
async def reports(behind: tuple[House, ReportsHouse], chromium: Browser) -> AsyncIterator[Screens]:
    opened = Screens(house=behind[0], chromium=chromium)
    yield opened
    await opened.close()
    assert opened.unexpected() == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_serious_on_the_report_screens(theme: str, reports: Screens) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in callcenter/web/frontend")
    page = await reports.screen(
        "supervisor", SCREENS[0], theme=theme, size=LAPTOP if theme == "light" else DESKTOP
    )
    for path in SCREENS:
        await page.goto(reports.house.address + path)
        await page.wait_for_selector("html[data-ready]")
        assert await serious_faults(page) == [], path
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, path


async def test_the_morning_page_leads_to_what_needs_an_act_and_it_is_settled_there(
    reports: Screens, behind: tuple[House, ReportsHouse]
) -> None:
    page = await reports.screen("supervisor", "/reports")
    await page.get_by_role("link", name="1 звонок, по которому записи Asterisk и наши расходятся").press(
        "Enter"
    )
    row = page.get_by_role("row").filter(has_text=UNEXPLAINED)
    await row.get_by_label("Что это было").fill("пробный звонок оператора связи")
    await page.keyboard.press("Enter")
    settled = page.get_by_role("region", name="Пояснено")
    await expect(settled).to_contain_text("пробный звонок оператора связи")
    await expect(settled).to_contain_text("Соколов Андрей")
    await page.goto(reports.house.address + "/reports")
    await expect(page.get_by_role("main")).not_to_contain_text("записи Asterisk и наши расходятся")


async def test_a_chart_is_named_and_has_its_numbers_as_a_table(reports: Screens) -> None:
    page = await reports.screen("supervisor", "/reports/figures?kind=week&day=2026-11-16")
    chart = page.get_by_role("img", name="Звонки по дням")
    await expect(chart).to_be_visible()
    panel = page.locator(".chart-panel").filter(has_text="Звонки по дням")
    await panel.get_by_text("Таблицей").press("Enter")
    await expect(panel.get_by_role("columnheader", name="Принято")).to_be_visible()


async def test_a_figure_says_what_it_is_made_of(reports: Screens) -> None:
    page = await reports.screen("supervisor", "/reports/figures?kind=week&day=2026-11-16")
    card = page.locator(".key-figures li").filter(has_text="Доля принятых")
    await expect(card.locator(".made")).to_contain_text(" / ")
    title = await card.get_attribute("title")
    assert title is not None
    assert "п. 2.1" in title


async def test_an_empty_period_says_so(reports: Screens) -> None:
    page = await reports.screen("supervisor", "/reports/figures?kind=day&day=2026-10-01")
    await expect(page.get_by_role("main")).to_contain_text("не было ни звонков, ни заявок")


async def test_addresses_that_are_none_are_refused_beside_the_field_and_kept(
    reports: Screens, behind: tuple[House, ReportsHouse]
) -> None:
    reports.expect_complaint("422")
    page = await reports.screen("supervisor", "/reports/mailing")
    field = page.get_by_label("Кому").first
    await field.fill("head@x.ru; не адрес")
    await page.get_by_role("button", name="Сохранить").first.click()
    await expect(page.get_by_text("Это не адрес: не")).to_be_visible()
    await expect(page.get_by_label("Кому").first).to_have_value("head@x.ru; не адрес")
    await page.get_by_label("Кому").first.fill("head@x.ru")
    await page.get_by_role("button", name="Сохранить").first.click()
    await expect(page.locator(".problem")).to_have_count(0)
    assert (await behind[1].reports.mail.mailings())[MailingKind.DAY].addresses == ("head@x.ru",)


@pytest.mark.regulation("3.2")
async def test_the_report_is_downloaded_as_paper_workbook_and_rows(reports: Screens, tmp_path: Path) -> None:
    page = await reports.screen("supervisor", "/reports/document?kind=week&day=2026-11-16")
    heads = {"PDF": b"%PDF-", "XLSX": b"PK\x03\x04"}
    for name, head in heads.items():
        async with page.expect_download() as started:
            await page.get_by_role("link", name=name, exact=True).click()
        download = await started.value
        path = tmp_path / download.suggested_filename
        await download.save_as(path)
        assert path.name == f"hotline-week-2026-11-16.{name.lower()}"
        assert path.read_bytes().startswith(head)
    async with page.expect_download() as started:
        await page.get_by_role("link", name="Заявки, CSV").click()
    path = tmp_path / "tickets.csv"
    await (await started.value).save_as(path)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("Заявка;Открыта")
    assert len(lines) > 10


async def test_an_operator_has_no_reports(reports: Screens) -> None:
    reports.expect_complaint("403")
    page = await reports.screen("ivanova", "/")
    await expect(page.get_by_role("link", name="Отчёты")).to_have_count(0)
    await page.goto(reports.house.address + "/reports")
    await expect(page.get_by_role("heading", name="Нет доступа")).to_be_visible()
