"""A day at the help desk in a real browser, by keyboard: an operator, a moderator, an executor."""

from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.ticket import Kind
from tests.browser.conftest import Screens
from tests.browser.desk_scene import DeskHouse
from tests.browser.house import House
from tests.browser.test_screens import AXE, serious_faults


@pytest_asyncio.fixture(loop_scope="session")
async def desk(house: House) -> DeskHouse:
    return await DeskHouse.built(house)


@pytest.fixture(scope="session")
def axe() -> Path:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in callcenter/web/frontend")
    return AXE


@pytest.mark.regulation("2.1")
async def test_an_operator_registers_a_call_without_the_mouse(desk: DeskHouse, screens: Screens) -> None:
    draft = await desk.draft()
    page = await screens.screen("ivanova", f"/tickets/{draft.id}")
    await page.keyboard.press("e")
    await expect(page.locator("#client_search")).to_be_focused()
    keys = page.keyboard
    async with page.expect_response("**/registration/clients"):
        await keys.type("ромашка")
    await expect(page.locator("#choices")).to_contain_text("ООО «Ромашка»")
    await keys.press("Tab")
    await keys.press("Space")
    await expect(page.locator("#contact_name")).to_have_value("Петров Иван Сергеевич")
    await page.locator("#topic_id").focus()
    for _ in range(5):
        await keys.press("ArrowDown")
    await expect(page.locator("[name=kind][value=outage]")).to_be_checked()
    await keys.press("Tab")
    await keys.press("ArrowDown")
    await expect(page.locator(".promise p:visible")).to_contain_text(f"№ {draft.id}")
    await page.locator("#text").focus()
    await keys.type("Не открывается отчёт")
    await page.locator("[name=said]").focus()
    await keys.press("Space")
    await keys.press("Control+Enter")
    await expect(page.locator("h1")).to_have_text(f"№ {draft.id}")
    await expect(page.locator("#ticket")).to_contain_text("Новая")
    stored = await desk.ticket(draft.id)
    assert (stored.status, stored.kind, stored.client_id) == (Status.NEW, Kind.OUTAGE, 1)
    assert stored.said_at is not None
    assert f"№ {draft.id}" in stored.said_text


@pytest.mark.regulation("2.1")
async def test_what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost(
    desk: DeskHouse, screens: Screens
) -> None:
    screens.expect_complaint("422")
    draft = await desk.draft()
    page = await screens.screen("ivanova", f"/tickets/{draft.id}/registration")
    await page.locator("#text").fill("Вопрос <b>про</b> отчёт")
    await page.locator("#text").press("Control+Enter")
    await expect(page.locator("#contact_name-note")).to_have_text("Спросите, как зовут обратившегося.")
    await expect(page.locator("#topic_id-note")).to_be_visible()
    await expect(page.locator("#text")).to_have_value("Вопрос <b>про</b> отчёт")
    assert (await desk.ticket(draft.id)).status is Status.DRAFT


@pytest.mark.regulation("2.1")
async def test_what_is_typed_survives_a_reload(desk: DeskHouse, screens: Screens) -> None:
    draft = await desk.draft()
    page = await screens.screen("ivanova", f"/tickets/{draft.id}/registration")
    await page.locator("#text").fill("Набрано до половины")
    await page.reload()
    await expect(page.locator("#text")).to_have_value("Набрано до половины")


@pytest.mark.regulation("2.1")
async def test_a_draft_joins_an_open_ticket_of_the_same_client(desk: DeskHouse, screens: Screens) -> None:
    other = await desk.new()
    await desk.draft()
    async with desk.house.database.uow(write=False) as uow:
        draft = (await uow.tickets.drafts(limit=1))[0]
    page = await screens.screen("ivanova", f"/tickets/{draft.id}/registration")
    await page.get_by_role("button", name=f"Это по № {other.id}").press("Enter")
    await expect(page.locator("h1")).to_have_text(f"№ {other.id}")
    joined = await desk.ticket(draft.id)
    assert (joined.cancel_reason, joined.merged_into) == (CancelReason.DUPLICATE, other.id)


@pytest.mark.regulation("2.1")
async def test_a_draft_is_discarded_with_its_reason_and_restored(desk: DeskHouse, screens: Screens) -> None:
    draft = await desk.draft()
    page = await screens.screen("ivanova", f"/tickets/{draft.id}/registration")
    await page.get_by_text("Это не заявка").press("Enter")
    await page.get_by_label("спам").check()
    await page.locator("[value=discard]").press("Enter")
    await expect(page.locator("#ticket")).to_contain_text("Отменена")
    assert (await desk.ticket(draft.id)).cancel_reason is CancelReason.SPAM
    await page.get_by_role("button", name="Вернуть черновик").press("Enter")
    await expect(page.get_by_role("link", name="Оформить")).to_be_visible()
    assert (await desk.ticket(draft.id)).status is Status.DRAFT


@pytest.mark.regulation("2.4")
async def test_a_moderator_assigns_as_proposed_in_two_keystrokes(desk: DeskHouse, screens: Screens) -> None:
    first, second = await desk.new("Первый вопрос"), await desk.new("Второй вопрос")
    page = await screens.screen("moderator", "/moderation")
    await expect(page.locator("#moderation tbody tr")).to_have_count(2)
    await expect(page.locator("#moderation tbody .left").first).to_contain_text("осталось")
    await page.keyboard.press("a")
    await page.keyboard.press("Enter")
    await expect(page.locator("#moderation tbody tr")).to_have_count(1)
    given = await desk.ticket(first.id)
    assert given.status is Status.ASSIGNED
    assert given.assignee_id in {desk.house.people["vasiliev"].id, desk.house.people["gromova"].id}
    assert (await desk.ticket(second.id)).status is Status.NEW
    desk.later(6)
    await page.reload()
    await expect(page.locator("#moderation tbody .left").first).to_contain_text("просрочено на 1 мин")


@pytest.mark.regulation("2.4")
async def test_a_moderator_takes_one_and_rejects_another_with_a_reason(
    desk: DeskHouse, screens: Screens
) -> None:
    first, second = await desk.new("Первый вопрос"), await desk.new("Купите рекламу")
    page = await screens.screen("moderator", "/moderation")
    await page.keyboard.press("t")
    await expect(page.locator("#moderation tbody tr")).to_have_count(1)
    assert (await desk.ticket(first.id)).assignee_id == desk.house.people["moderator"].id
    await page.goto(desk.house.address + f"/tickets/{second.id}")
    await page.get_by_role("button", name="Отклонить").first.press("Enter")
    await page.get_by_label("спам").check()
    await page.locator("#reject-reason").fill("Реклама")
    await page.locator("#reject-reason").press("Control+Enter")
    await expect(page.locator("#ticket")).to_contain_text("Отменена")
    await expect(page.locator(".story")).to_contain_text("«Реклама»")
    assert (await desk.ticket(second.id)).cancel_reason is CancelReason.SPAM


@pytest.mark.regulation("2.4")
async def test_the_slower_moderator_sees_who_was_faster(desk: DeskHouse, screens: Screens) -> None:
    screens.expect_complaint("409")
    new = await desk.new()
    page = await screens.screen("moderator", f"/tickets/{new.id}")
    await page.get_by_role("button", name="Отклонить").first.press("Enter")
    await page.get_by_label("спам").check()
    await page.locator("#reject-reason").fill("Похоже на рекламу")
    await desk.room.work.note(desk.house.people["ivanova"], new.id, text="Не спешите")
    await page.locator("#reject-reason").press("Control+Enter")
    await expect(page.get_by_role("alert").first).to_contain_text("Иванова Анна")
    await expect(page.locator("#reject-reason")).to_have_value("Похоже на рекламу")
    assert (await desk.ticket(new.id)).status is Status.NEW


@pytest.mark.regulation("2.5", "2.7")
async def test_an_executor_accepts_waits_goes_on_and_resolves(desk: DeskHouse, screens: Screens) -> None:
    given = await desk.given()
    page = await screens.screen("vasiliev", "/my")
    await expect(page.locator("#my-tickets tbody .left")).to_contain_text("осталось")
    await page.keyboard.press("a")
    await expect(page.locator("h1")).to_have_text(f"№ {given.id}")
    await expect(page.locator(".title-row")).to_contain_text("В работе")
    for key, text in (("n", "Похоже на старую версию"), ("w", "Ждём номер версии")):
        await page.keyboard.press(key)
        await page.keyboard.type(text)
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#ticket")).to_contain_text(text)
        await expect(page.locator(".act-panel:visible")).to_have_count(0)
    await expect(page.locator(".title-row .left")).to_have_text("стоит: ждём клиента")
    await page.get_by_role("button", name="Продолжить").press("Enter")
    await expect(page.locator(".title-row .left")).to_contain_text("осталось")
    await page.keyboard.press("r")
    await page.keyboard.type("Обновите программу до 8.3.25")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".title-row")).to_contain_text("Решена")
    await expect(page.locator(".story")).to_contain_text("Клиенту отвечено, заявка решена.")
    assert (await desk.ticket(given.id)).answer == "Обновите программу до 8.3.25"


@pytest.mark.regulation("2.5")
async def test_an_executor_gives_a_ticket_on_and_the_other_one_returns_it(
    desk: DeskHouse, screens: Screens
) -> None:
    given = await desk.given()
    page = await screens.screen("vasiliev", f"/tickets/{given.id}")
    await page.get_by_role("button", name="Передать G").press("Enter")
    await page.get_by_label("Кому").select_option(label="Громова Елена")
    await page.locator("#reassign-reason").fill("Ухожу в отпуск")
    await page.locator("#reassign-reason").press("Control+Enter")
    await expect(page.locator("#ticket")).to_contain_text("Исполнитель: Громова Елена")
    assert (await desk.ticket(given.id)).assignee_id == desk.house.people["gromova"].id
    other = await screens.screen("gromova", f"/tickets/{given.id}")
    await other.get_by_role("button", name="Вернуть Y").press("Enter")
    await other.locator("#give_back-reason").fill("Не моя тема")
    await other.locator("#give_back-reason").press("Control+Enter")
    await expect(other.locator(".title-row")).to_contain_text("Новая")


async def test_an_operator_reopens_a_resolved_ticket(desk: DeskHouse, screens: Screens) -> None:
    given = await desk.given()
    executor = desk.house.people["vasiliev"]
    accepted = await desk.room.work.accept(executor, given.id, given.version)
    await desk.room.work.resolve(executor, given.id, accepted.version, answer="Готово")
    page = await screens.screen("ivanova", f"/tickets/{given.id}")
    await page.get_by_role("button", name="Возобновить").first.press("Enter")
    await page.locator("#reopen-reason").fill("Снова не открывается")
    await page.locator("#reopen-reason").press("Control+Enter")
    await expect(page.locator(".title-row")).to_contain_text("Новая")
    await expect(page.locator(".story")).to_contain_text("«Снова не открывается»")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_desks_screens_have_no_serious_fault_and_need_no_sideways_scrolling(
    theme: str, desk: DeskHouse, screens: Screens, axe: Path
) -> None:
    draft = await desk.draft()
    given, new = await desk.given(), await desk.new()
    for login, path in (
        ("ivanova", f"/tickets/{draft.id}/registration"),
        ("ivanova", f"/tickets/{draft.id}"),
        ("moderator", "/moderation"),
        ("moderator", f"/tickets/{new.id}"),
        ("vasiliev", "/my"),
        ("vasiliev", f"/tickets/{given.id}"),
    ):
        page = await screens.screen(login, path, theme=theme)
        await expect(page.locator("h1").first).to_be_attached()
        assert await serious_faults(page) == [], path
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
