"""Importing clients, on a real screen."""

from playwright.async_api import FilePayload, expect

from tests.browser.conftest import Screens
from tests.browser.house import House

GOOD = "ФИО;Телефоны;ИНН организации\r\nСидоров Пётр;8 (912) 000-11-22;7707083893\r\n"
BAD = "ФИО;Телефоны;ИНН организации\r\nСидоров Пётр;12;7707083893\r\n"


def file(text: str) -> FilePayload:
    """As a Russian spreadsheet saves it."""
    return {"name": "clients.csv", "mimeType": "text/csv", "buffer": text.encode("cp1251")}


async def test_a_file_is_looked_at_corrected_and_imported_whole(house: House, screens: Screens) -> None:
    page = await screens.screen("admin", "/clients")
    await page.get_by_role("link", name="Загрузить из CSV").click()
    await page.get_by_label("Файл").set_input_files(file(BAD))
    await page.get_by_role("button", name="Просмотреть файл").click()
    await expect(page.locator("#import-result")).to_contain_text("1 негодная строка.")
    await expect(page.locator("#import-result")).to_contain_text("это не полный номер телефона")
    await page.get_by_label("Файл").set_input_files(file(GOOD))
    await page.get_by_role("button", name="Просмотреть файл").click()
    await expect(page.locator("#import-result .note")).to_contain_text("Будет добавлено 1")
    async with house.database.uow(write=False) as uow:
        assert not await uow.clients.by_phone("+79120001122")
    await page.get_by_role("button", name="Загрузить", exact=True).click()
    await expect(page.locator("#import-result .done")).to_contain_text("Загружено: новых 1")
    async with house.database.uow(write=False) as uow:
        assert [client.name for client in await uow.clients.by_phone("+79120001122")] == ["Сидоров Пётр"]


async def test_a_file_that_is_no_table_says_so(house: House, screens: Screens) -> None:
    screens.expect_complaint("422")
    page = await screens.screen("admin", "/clients/import")
    await page.get_by_label("Файл").set_input_files(file("Фамилия;Возраст\r\nСидоров;40\r\n"))
    await page.get_by_role("button", name="Просмотреть файл").click()
    await expect(page.locator("#import-result .problems")).to_have_text("Незнакомый столбец: Фамилия")
