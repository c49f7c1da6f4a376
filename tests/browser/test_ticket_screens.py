"""The list of tickets, many at once, colleagues, and forms that survive whatever happens meanwhile, in a browser."""

from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from callcenter.domain.lifecycle import Status
from callcenter.domain.ticket import Kind
from tests.browser.conftest import Screens
from tests.browser.desk_scene import DeskHouse
from tests.browser.house import House
from tests.browser.test_screens import AXE, serious_faults

PASSWORD = "correct horse battery staple"


@pytest_asyncio.fixture(loop_scope="session")
async def desk(house: House) -> DeskHouse:
    return await DeskHouse.built(house)


@pytest.fixture(scope="session")
def axe() -> Path:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in callcenter/web/frontend")
    return AXE


async def test_a_ticket_is_found_by_other_forms_of_its_words_and_opened_without_the_mouse(
    desk: DeskHouse, screens: Screens
) -> None:
    first = await desk.new("Не печатается счёт-фактура")
    second = await desk.new("Не открывается отчёт по зарплате")
    page = await screens.screen("ivanova", "/tickets")
    rows = page.locator("#tickets tbody tr")
    await expect(rows).to_have_count(2)
    await page.keyboard.press("/")
    await page.keyboard.type("отчёты")
    await page.keyboard.press("Enter")
    await expect(rows).to_have_count(1)
    assert page.url == f"{desk.house.address}/tickets"
    await page.keyboard.press("/")
    await page.locator("[data-slash]").fill("")
    await page.keyboard.press("Enter")
    await expect(rows).to_have_count(2)
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await expect(page.locator(f'tr[data-key="{second.id}"] a')).to_be_focused()
    await page.keyboard.press("k")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text(f"№ {first.id}")


async def test_a_list_is_filtered_kept_under_a_name_and_forgotten(desk: DeskHouse, screens: Screens) -> None:
    given, _ = await desk.given(), await desk.new()
    page = await screens.screen("moderator", "/tickets")
    rows = page.locator("#tickets tbody tr")
    await expect(rows).to_have_count(2)
    await page.get_by_label("Исполнитель").select_option(label="Васильев Пётр")
    await page.get_by_role("button", name="Показать", exact=True).press("Enter")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text(f"№ {given.id}")
    await page.get_by_text("Сохранить список").press("Enter")
    await page.get_by_label("Название списка").fill("Заявки Васильева")
    await page.get_by_label("видят все").check()
    await page.get_by_label("Название списка").press("Enter")
    tab = page.get_by_role("navigation", name="Списки").get_by_role("link", name="Заявки Васильева")
    await expect(tab).to_have_attribute("aria-current", "page")
    other = await screens.screen("ivanova", "/tickets")
    await other.get_by_role("link", name="Заявки Васильева").press("Enter")
    await expect(other.locator("#tickets tbody tr")).to_have_count(1)
    await expect(other.get_by_role("button", name="Удалить список")).to_have_count(0)
    await page.get_by_role("button", name="Удалить список").press("Enter")
    await expect(tab).to_have_count(0)


async def test_a_row_changes_where_it_stands_and_what_is_new_comes_when_asked_for(
    desk: DeskHouse, screens: Screens
) -> None:
    first, second = await desk.new("Первый вопрос"), await desk.new("Второй вопрос")
    page = await screens.screen("moderator", "/tickets")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    link = page.locator(f'tr[data-key="{first.id}"] a')
    await expect(link).to_be_focused()
    moderator, executor = desk.house.people["moderator"], desk.house.people["vasiliev"]
    await desk.room.moderation.assign(moderator, first.id, first.version, to=executor.id)
    row = page.locator("#tickets tbody tr").first
    await expect(row).to_have_class("changed is-marked")
    await expect(row).to_contain_text("Назначена")
    await expect(link).to_be_focused()
    await expect(row.get_by_role("checkbox")).to_be_checked()
    third = await desk.new("Третий вопрос")
    await expect(page.locator("#list-news")).to_contain_text("могли попасть заявки: 1")
    await expect(page.locator("#tickets tbody tr")).to_have_count(2)
    await page.keyboard.press("u")
    await expect(page.locator("#tickets tbody tr")).to_have_count(3)
    assert {first.id, second.id, third.id} == {
        int(await each.get_attribute("data-key") or "0")
        for each in await page.locator("#tickets tbody tr").all()
    }


async def test_a_supervisor_saves_the_list_he_sees_as_a_file(desk: DeskHouse, screens: Screens) -> None:
    await desk.new("Не открывается отчёт")
    page = await screens.screen("supervisor", "/tickets")
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="Сохранить в CSV").press("Enter")
    path = await (await waiting.value).path()
    text = path.read_text(encoding="utf-8")
    assert text.startswith("\ufeff№;Состояние")
    assert "Не открывается отчёт" in text
    operator = await screens.screen("ivanova", "/tickets")
    await expect(operator.get_by_role("button", name="Сохранить в CSV")).to_have_count(0)


@pytest.mark.regulation("2.4")
async def test_a_moderator_marks_several_assigns_them_and_takes_it_back(
    desk: DeskHouse, screens: Screens
) -> None:
    tickets = [await desk.new(f"Вопрос {n}") for n in range(3)]
    page = await screens.screen("moderator", "/moderation")
    for _ in range(2):
        await page.keyboard.press("j")
        await page.keyboard.press("x")
    await expect(page.locator("#marked")).to_contain_text("Отмечено: 2")
    await page.locator("#many-to").select_option(label="Громова Елена")
    await page.get_by_role("button", name="Назначить отмеченные").press("Enter")
    await expect(page.locator(".outcomes")).to_contain_text("Назначено: 2 из 2")
    gromova = desk.house.people["gromova"].id
    assert [(await desk.ticket(each.id)).assignee_id for each in tickets] == [gromova, gromova, None]
    await page.keyboard.press("z")
    await expect(page.locator(".outcomes")).to_contain_text("Возвращено: 2 из 2")
    await expect(page.locator("#moderation tbody tr")).to_have_count(3)
    assert [(await desk.ticket(each.id)).status for each in tickets] == [Status.NEW] * 3


@pytest.mark.regulation("2.4")
async def test_several_are_rejected_for_one_reason_and_a_missing_reason_loses_nothing(
    desk: DeskHouse, screens: Screens
) -> None:
    screens.expect_complaint("422")
    await desk.new("Купите рекламу"), await desk.new("Купите ещё рекламу")
    page = await screens.screen("moderator", "/moderation")
    await page.get_by_label("Отметить все на экране").check()
    await page.locator("#marked summary").press("Enter")
    await page.locator("#many-reason").fill("Реклама")
    await page.get_by_role("button", name="Отклонить отмеченные").press("Enter")
    await expect(page.get_by_role("alert").first).to_contain_text("Ничего не сделано")
    await expect(page.locator("#many-reason")).to_have_value("Реклама")
    await expect(page.locator("#marked")).to_contain_text("Отмечено: 2")
    await page.locator("#marked").get_by_label("спам").check()
    await page.get_by_role("button", name="Отклонить отмеченные").press("Enter")
    await expect(page.locator(".outcomes")).to_contain_text("Отклонено: 2 из 2")
    await expect(page.locator("#moderation tbody tr")).to_have_count(0)


@pytest.mark.regulation("2.7", "2.8")
async def test_before_a_ticket_is_corrected_its_new_deadline_is_shown(
    desk: DeskHouse, screens: Screens
) -> None:
    new = await desk.new()
    page = await screens.screen("moderator", f"/tickets/{new.id}")
    await page.keyboard.press("l")
    deadline = page.locator(".new-deadline")
    await expect(deadline).to_contain_text("сегодня 12:30")
    await page.locator("#act-classify").get_by_label("неработоспособность").check()
    await expect(deadline).to_contain_text("сегодня 13:00")
    async with page.expect_response(lambda answer: answer.request.method == "POST"):
        await page.keyboard.press("Control+Enter")
    await expect(page.locator("#ticket")).to_contain_text("неработоспособность")
    assert (await desk.ticket(new.id)).kind is Kind.OUTAGE


@pytest.mark.regulation("2.5")
async def test_a_colleague_is_asked_sees_it_at_once_and_answers_by_a_note(
    desk: DeskHouse, screens: Screens
) -> None:
    given = await desk.given()
    asked = await screens.screen("gromova", "/my")
    await expect(asked.locator("#asked-count")).to_have_text("0")
    page = await screens.screen("vasiliev", f"/tickets/{given.id}")
    await page.keyboard.press("q")
    await page.locator("#ask-colleague").select_option(label="Громова Елена")
    await page.locator("#ask-text").fill("Где журнал обмена?")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".messages")).to_contain_text("ещё нет ответа")
    await expect(asked.locator("#asked-count")).to_have_text("1")
    await asked.get_by_role("link", name="Вопросы").press("Enter")
    await asked.locator("#questions").get_by_role("link", name=f"№ {given.id}").press("Enter")
    question = asked.get_by_role("region", name="Вопрос к вам")
    await expect(question).to_contain_text("Васильев Пётр спрашивает вас")
    await question.get_by_role("textbox").fill("В папке обмена")
    await question.get_by_role("textbox").press("Control+Enter")
    await expect(asked.locator("#asked-count")).to_have_text("0")
    await expect(question).to_have_count(0)
    await expect(page.locator(".messages")).to_contain_text("В папке обмена")
    await expect(page.locator("#ticket-news")).to_contain_text("На вопрос коллеги отвечено.")


@pytest.mark.regulation("2.5", "2.7")
async def test_a_similar_past_answer_is_inserted_and_mended(desk: DeskHouse, screens: Screens) -> None:
    executor = desk.house.people["vasiliev"]
    old = await desk.given()
    accepted = await desk.room.work.accept(executor, old.id, old.version)
    await desk.room.work.resolve(executor, old.id, accepted.version, answer="Обновите программу")
    given = await desk.given()
    await desk.room.work.accept(executor, given.id, given.version)
    page = await screens.screen("vasiliev", f"/tickets/{given.id}")
    await page.keyboard.press("r")
    await page.keyboard.type("Здравствуйте.")
    await page.get_by_role("button", name="Вставить в ответ").press("Enter")
    await expect(page.locator("#resolve-answer")).to_have_value("Здравствуйте.\n\nОбновите программу")
    await expect(page.locator("#resolve-answer")).to_be_focused()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".title-row")).to_contain_text("Решена")
    assert (await desk.ticket(given.id)).answer == "Здравствуйте.\n\nОбновите программу"


@pytest.mark.regulation("2.10")
async def test_what_another_does_meanwhile_changes_the_actions_and_not_what_is_typed(
    desk: DeskHouse, screens: Screens
) -> None:
    given = await desk.given()
    executor, moderator = desk.house.people["vasiliev"], desk.house.people["moderator"]
    accepted = await desk.room.work.accept(executor, given.id, given.version)
    page = await screens.screen("vasiliev", f"/tickets/{given.id}")
    await page.keyboard.press("r")
    await page.keyboard.type("Набранный ответ")
    noted = await desk.room.work.note(moderator, given.id, text="Клиент просил перезвонить")
    news = page.locator("#ticket-news")
    await expect(news).to_contain_text("Морозова Ольга: Добавлена заметка.")
    await expect(page.locator("#resolve-answer")).to_have_value("Набранный ответ")
    await page.get_by_role("button", name="Понятно").press("Enter")
    await expect(news).to_be_hidden()
    await page.locator("#resolve-answer").press("Control+Enter")
    await expect(page.locator(".title-row")).to_contain_text("Решена")
    assert noted.version > accepted.version
    assert (await desk.ticket(given.id)).answer == "Набранный ответ"


async def test_a_text_for_what_is_not_possible_any_more_is_kept_to_be_copied(
    desk: DeskHouse, screens: Screens
) -> None:
    given = await desk.given()
    page = await screens.screen("vasiliev", f"/tickets/{given.id}")
    await page.keyboard.press("m")
    await page.keyboard.type("Какая у вас версия?")
    gromova = desk.house.people["gromova"].id
    await desk.room.moderation.assign(desk.house.people["moderator"], given.id, given.version, to=gromova)
    panel = page.locator("#act-write")
    await expect(panel).to_contain_text("Это действие больше невозможно.")
    await expect(panel.locator("textarea")).to_have_value("Какая у вас версия?")
    await expect(panel.get_by_role("button")).to_be_disabled()
    await expect(page.locator('[data-act="write"]')).to_have_count(0)


async def signs_in_again(page: Page, login: str) -> None:
    await page.wait_for_url("**/sign-in?**")
    await page.get_by_label("Логин").fill(login)
    await page.get_by_label("Пароль").fill(PASSWORD)
    await page.get_by_label("Пароль").press("Enter")


async def test_a_form_whose_session_expired_comes_back_filled_after_signing_in_again(
    desk: DeskHouse, screens: Screens
) -> None:
    screens.expect_complaint("401")
    house = desk.house
    given = await desk.given()
    hashed = await house.passwords.hash(PASSWORD)
    async with house.database.uow() as uow:
        await uow.people.set_password_hash(house.people["vasiliev"].id, hashed)
        await uow.commit()
    page = await screens.screen("vasiliev", f"/tickets/{given.id}")
    await page.keyboard.press("y")
    await page.keyboard.type("Не моя тема")
    house.clock.advance(timedelta(hours=13))
    await page.keyboard.press("Control+Enter")
    await signs_in_again(page, "vasiliev")
    await expect(page.locator("h1")).to_have_text(f"№ {given.id}")
    await expect(page.locator("#give_back-reason")).to_be_visible()
    await expect(page.locator("#give_back-reason")).to_have_value("Не моя тема")
    await expect(page.locator("#act-give_back")).to_contain_text("набрали раньше и не отправили")
    await page.locator("#give_back-reason").press("Control+Enter")
    await expect(page.locator(".title-row")).to_contain_text("Новая")


async def test_what_was_kept_can_be_dropped_for_what_is_stored(desk: DeskHouse, screens: Screens) -> None:
    page = await screens.screen("admin", "/people/1")
    name = page.locator("#name")
    stored = await name.input_value()
    await name.fill("Набрано и брошено")
    await page.reload()
    await expect(name).to_have_value("Набрано и брошено")
    await page.get_by_role("button", name="Сбросить").press("Enter")
    await expect(name).to_have_value(stored)
    await page.reload()
    await expect(name).to_have_value(stored)


KEPT_FORMS = (
    ("ivanova", "/tickets/{draft}/registration"),
    ("moderator", "/tickets/{new}"),
    ("vasiliev", "/tickets/{given}"),
    ("admin", "/people/new"),
    ("admin", "/sites/new"),
)
TYPE = """() => [...document.querySelectorAll('#main form[method=post]')]
  .filter((form) => form.dataset.keep !== 'no' && !form.closest('[hx-boost=false]'))
  .flatMap((form) => [...form.querySelectorAll('input[type=text], textarea')])
  .map((field, n) => {
    field.value = `набрано ${n}`;
    field.dispatchEvent(new Event('input', {bubbles: true}));
    return field.form.getAttribute('action') + ' ' + field.name;
  })"""
READ = """() => [...document.querySelectorAll('#main form[method=post]')]
  .flatMap((form) => [...form.querySelectorAll('input[type=text], textarea')])
  .filter((field) => field.value.startsWith('набрано'))
  .map((field) => field.form.getAttribute('action') + ' ' + field.name)"""


async def test_what_is_typed_into_any_form_of_the_staff_survives_leaving_its_page(
    desk: DeskHouse, screens: Screens
) -> None:
    draft, new, given = await desk.draft(), await desk.new(), await desk.given()
    await desk.room.work.accept(desk.house.people["vasiliev"], given.id, given.version)
    numbers = {"draft": draft.id, "new": new.id, "given": given.id}
    for login, path in KEPT_FORMS:
        page = await screens.screen(login, path.format(**numbers))
        typed = await page.evaluate(TYPE)
        assert typed, path
        await page.reload()
        await page.wait_for_selector("html[data-ready]")
        assert await page.evaluate(READ) == typed, path


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_lists_and_every_open_form_have_no_serious_fault(
    theme: str, desk: DeskHouse, screens: Screens, axe: Path
) -> None:
    given, new = await desk.given(), await desk.new()
    executor = desk.house.people["vasiliev"]
    accepted = await desk.room.work.accept(executor, given.id, given.version)
    asked = await desk.room.work.ask(
        desk.house.people["gromova"], given.id, colleague=executor.id, text="Так?"
    )
    await desk.room.work.start_remote(
        executor, given.id, asked.version, tool="anydesk", remote_id="123 456 789"
    )
    assert accepted.open
    for login, path, keys in (
        ("moderator", "/tickets", "jx"),
        ("ivanova", "/tickets?status=closed", ""),
        ("moderator", "/moderation", "jx"),
        ("vasiliev", "/questions", ""),
        ("moderator", f"/tickets/{new.id}", "grmqnld"),
        ("vasiliev", f"/tickets/{given.id}", "rwuhgy"),
    ):
        page = await screens.screen(login, path, theme=theme)
        for key in keys or [""]:
            if key:
                await page.locator("h1").first.click()
                await page.keyboard.press(key)
            if "/tickets/" in path:
                await expect(page.locator(".act-panel:not(.asked):visible").first).to_be_visible()
                await page.keyboard.press("Escape") if key != keys[-1] else None
        assert await serious_faults(page) == [], path
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
