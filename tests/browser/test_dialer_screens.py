"""Callbacks in a real browser, by keyboard: an executor, a moderator, an operator, a supervisor, and a client."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from callcenter.domain.callbacks import CallbackState
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.services.callback_desk import Asked
from dialer.attempt import Outcome
from tests import make
from tests.browser.conftest import DESKTOP, LAPTOP, Screens
from tests.browser.desk_scene import DeskHouse
from tests.browser.dialer_scene import (
    ANSWERED,
    ENGAGED,
    NO_RECORD,
    NO_SUCH_NUMBER,
    RANG_OUT,
    TRUNK_DOWN,
    DialerHouse,
)
from tests.browser.house import House
from tests.browser.test_screens import AXE, serious_faults
from tests.public_house import PublicHouse

pytestmark = pytest.mark.regulation("2.9")


@pytest_asyncio.fixture(loop_scope="session")
async def dialer(house: House) -> DialerHouse:
    built = await DialerHouse.built(await DeskHouse.built(house))
    await house.link()
    return built


@pytest.fixture(scope="session")
def axe() -> Path:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in callcenter/web/frontend")
    return AXE


async def test_an_executor_asks_by_one_key_and_sees_the_call_before_he_hears_the_client(
    dialer: DialerHouse, screens: Screens
) -> None:
    ticket = await dialer.accepted()
    page = await screens.screen("vasiliev", f"/tickets/{ticket.id}")
    await page.keyboard.press("b")
    panel = page.locator("#callbacks")
    await expect(panel.locator("header")).to_contain_text("позвоним")
    await dialer.attempt(RANG_OUT)
    await expect(panel).to_contain_text("засчитана: клиент был недоступен")
    await expect(panel).to_contain_text("телефон звонил, никто не ответил")
    await expect(panel.locator("header")).to_contain_text("через 29 мин")
    await panel.locator(".evidence summary").first.press("Enter")
    await expect(panel.locator(".evidence")).to_contain_text("у клиента звонил телефон DialState RINGING")
    dialer.house.clock.advance(timedelta(minutes=31))
    await page.goto(dialer.house.address + "/my")
    order = await dialer.rings()
    card = page.locator(".callback-card")
    await expect(card).to_contain_text("звонит ваш телефон")
    await expect(card).to_contain_text("Петров Иван Сергеевич, ООО «Ромашка»")
    await expect(card).to_contain_text("не ответил")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text(f"№ {ticket.id}")
    await dialer.ends(order, ANSWERED)
    await expect(card).to_contain_text("дозвонились")
    await page.keyboard.press("v")
    await expect(panel).to_contain_text("Васильев Пётр отметил(а) автоответчик")
    await expect(panel.locator("header")).to_contain_text("позвоним")
    await expect(card).to_have_count(0)


async def test_an_executor_puts_a_ringing_call_off_once_without_leaving_his_page(
    dialer: DialerHouse, screens: Screens
) -> None:
    series = await dialer.ask(await dialer.accepted())
    await dialer.rings()
    page = await screens.screen("vasiliev", "/my")
    card = page.locator(".callback-card")
    await expect(card).to_contain_text("Первый звонок по этой заявке")
    async with page.expect_response(f"**/callbacks/{series.id}/snooze"):
        await page.keyboard.press("z")
    await expect(card.locator("[data-card-key=KeyZ]")).to_have_count(0)
    assert page.url.endswith("/my")
    async with dialer.house.database.uow(write=False) as uow:
        (attempt,) = await uow.callback_attempts.of_callback(series.id)
    assert attempt.withdraw_asked_at is not None
    await page.keyboard.press("Escape")
    await expect(card).to_be_hidden()


async def test_a_number_that_costs_money_is_refused_at_the_form_and_nothing_typed_is_lost(
    dialer: DialerHouse, screens: Screens
) -> None:
    screens.expect_complaint("422")
    ticket = await dialer.accepted()
    page = await screens.screen("vasiliev", f"/tickets/{ticket.id}")
    number = page.locator("#ask-number")
    await number.fill("8-809-123-45-67")
    await number.press("Tab")
    await expect(page.locator("#ask")).to_contain_text(
        "Номер +7 809 123-45-67 платный, автодозвон запрещён. Укажите другой номер или позвоните вручную."
    )
    await number.press("Enter")
    await expect(page.locator("#ask-number-said")).to_contain_text("платный")
    await expect(number).to_have_value("8-809-123-45-67")
    await number.fill("8 (903) 111-22-33")
    await number.press("Enter")
    await expect(page.locator("#callbacks header")).to_contain_text("позвоним")
    stored = await dialer.desk.ticket(ticket.id)
    assert stored.contact_phone is not None
    assert stored.contact_phone.e164 == "+79031112233"


async def test_a_callback_outside_hours_moves_to_the_opening_and_the_form_says_so(
    dialer: DialerHouse, screens: Screens
) -> None:
    ticket = await dialer.accepted()
    page = await screens.screen("vasiliev", f"/tickets/{ticket.id}")
    await page.get_by_text("Перезвонить в другое время").press("Enter")
    await page.locator("#ask-at").fill("2026-11-23T21:00")
    await page.locator("#ask-at").blur()
    await expect(page.locator("#ask")).to_contain_text("позвоним завтра 9:00")
    await page.get_by_role("button", name="Назначить").press("Enter")
    await expect(page.locator("#callbacks")).to_contain_text("завтра 9:00, назначенное время")
    await expect(page.locator("#callbacks")).to_contain_text("перенесено в рабочее время")


async def test_a_wrong_number_asks_for_the_right_one_and_a_new_series_begins(
    dialer: DialerHouse, screens: Screens
) -> None:
    ticket = await dialer.accepted()
    await dialer.ask(ticket)
    page = await screens.screen("vasiliev", f"/tickets/{ticket.id}")
    await dialer.attempt(NO_SUCH_NUMBER)
    await expect(page.locator("#callbacks header")).to_contain_text("неверный номер")
    await page.locator("#ask-number").fill("8 903 111 22 33")
    await page.locator("#ask-number").press("Enter")
    await expect(page.locator("#callbacks")).to_contain_text("+7 903 111-22-33")
    await expect(page.locator("#callbacks header")).to_contain_text("позвоним")
    assert (await dialer.desk.ticket(ticket.id)).status is Status.IN_PROGRESS


async def test_who_asked_not_to_be_called_is_not_called_and_a_supervisor_may_allow_it_again(
    dialer: DialerHouse, screens: Screens
) -> None:
    screens.expect_complaint("422")
    ticket = await dialer.accepted()
    series = await dialer.ask(ticket)
    page = await screens.screen("vasiliev", f"/tickets/{ticket.id}")
    await page.get_by_text("Больше не звонить", exact=True).press("Enter")
    await page.locator("#opt_out-reason").fill("Просил не звонить")
    await page.get_by_role("button", name="Больше не звонить на +7 916 123-45-67").press("Enter")
    await expect(page.locator("#callbacks")).to_contain_text("Клиент просил не звонить на +7 916 123-45-67")
    assert await dialer.state(series) is CallbackState.WITHDRAWN
    board = await screens.screen("supervisor", "/dialer")
    await board.locator(".opt-out summary").press("Enter")
    await board.get_by_role("button", name="Снова разрешить").press("Enter")
    await expect(board.locator(".opt-out")).to_contain_text("Напишите причину")
    await board.get_by_label("Почему снова можно звонить").fill("Сам попросил")
    await board.get_by_role("button", name="Снова разрешить").press("Enter")
    await expect(board.locator("#opt-outs")).to_contain_text("Нет.")


async def test_an_executors_day_goes_by_time_and_by_keys(dialer: DialerHouse, screens: Screens) -> None:
    first = await dialer.ask(await dialer.accepted(text="Первый вопрос"))
    page = await screens.screen("vasiliev", "/callbacks")
    rows = page.locator("[data-part=day-open] tr")
    await expect(rows).to_have_count(1)
    asked = Asked(ticket_id=(await dialer.accepted(text="Второй вопрос")).id, number="8 903 111-22-33")
    second = await dialer.room.desk.ask(dialer.house.people["vasiliev"], asked)
    await expect(rows).to_have_count(2)
    await expect(page.locator("#callback-count")).to_have_text("2")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("p")
    await expect(rows.nth(1)).to_contain_text("на паузе")
    assert await dialer.state(second) is CallbackState.PAUSED
    await page.keyboard.press("z")
    await expect(rows.first).to_contain_text("через 9 мин")
    await dialer.room.desk.stop(dialer.house.people["vasiliev"], first.id, reason="Решили письмом")
    await expect(page.locator("[data-part=day-ended]")).to_contain_text("остановлено сотрудником")
    await expect(rows).to_have_count(1)


async def test_the_board_tells_that_calls_do_not_get_out_and_starts_again_when_the_line_is_mended(
    dialer: DialerHouse, screens: Screens
) -> None:
    board = await screens.screen("supervisor", "/dialer", size=DESKTOP)
    await expect(board.locator(".verdict")).to_contain_text("Работает")
    for number in range(3):
        asked = Asked(ticket_id=(await dialer.accepted()).id, number=f"8 903 111-22-0{number}")
        await dialer.room.desk.ask(dialer.house.people["vasiliev"], asked)
        assert await dialer.attempt(TRUNK_DOWN) is Outcome.TRUNK_FAILED
    await dialer.house.link()
    await expect(board.locator(".verdict")).to_contain_text("Звонки не проходят")
    await expect(board.locator(".verdict")).to_contain_text("3 сбоя подряд")
    await expect(board.locator(".outcomes")).to_contain_text("сбой линии")
    await board.get_by_text("Линию починили").press("Enter")
    await board.get_by_label("Что починили").fill("Перезагрузили шлюз")
    await board.get_by_role("button", name="Снова звонить всем").press("Enter")
    await expect(board.locator(".verdict")).to_contain_text("Работает")
    await board.get_by_text("Поставить дозвон на паузу").first.press("Enter")
    await board.get_by_label("Причина").fill("Плановые работы")
    await board.get_by_role("button", name="Поставить дозвон на паузу").press("Enter")
    await expect(board.locator(".verdict")).to_contain_text("Соколов Андрей")
    await expect(board.locator(".verdict")).to_contain_text("«Плановые работы»")
    await board.locator("summary", has_text="Продолжить дозвон").press("Enter")
    await expect(board.get_by_role("button", name="Да, продолжить")).to_be_focused()
    await board.keyboard.press("Enter")
    await expect(board.locator(".verdict")).to_contain_text("Работает")


async def test_an_attempt_nobody_can_account_for_is_decided_by_a_person(
    dialer: DialerHouse, screens: Screens
) -> None:
    series = await dialer.ask(await dialer.accepted())
    board = await screens.screen("supervisor", "/dialer")
    await expect(board.locator("#dialer")).to_contain_text("исход каждого звонка известен")
    await dialer.attempt(NO_RECORD)
    deciding = board.locator("[data-part=dialer-deciding]")
    await expect(deciding).to_contain_text("исход неизвестен, у АТС нет записи об этом звонке")
    spoken = deciding.locator("summary", has_text="Поговорили")
    await spoken.press("Enter")
    await expect(deciding.get_by_role("button", name="Да, поговорили")).to_be_focused()
    await board.keyboard.press("Escape")
    await expect(spoken).to_be_focused()
    assert await dialer.state(series) is CallbackState.WAITING
    await board.keyboard.press("Enter")
    await expect(deciding.get_by_role("button", name="Да, поговорили")).to_be_focused()
    await board.keyboard.press("Enter")
    await expect(board.locator("#dialer")).to_contain_text("исход каждого звонка известен")
    assert await dialer.state(series) is CallbackState.REACHED
    page = await screens.screen("vasiliev", f"/tickets/{series.ticket_id}")
    await page.get_by_role("button", name="Не поговорили: звонить дальше").press("Enter")
    await expect(page.locator("#callbacks header")).to_contain_text("позвоним")
    assert await dialer.state(series) is CallbackState.WAITING


async def test_a_machine_at_the_last_attempt_asks_once_more_before_it_cancels_the_ticket(
    dialer: DialerHouse, screens: Screens
) -> None:
    ticket = await dialer.accepted()
    series = await dialer.ask(ticket)
    for _ in range(2):
        await dialer.attempt(RANG_OUT)
        dialer.house.clock.advance(timedelta(minutes=31))
    await dialer.attempt(ANSWERED)
    page = await screens.screen("vasiliev", "/my")
    card = page.locator(".callback-card")
    await expect(card).to_contain_text("дозвонились")
    await page.keyboard.press("v")
    sure = card.get_by_role("button", name=f"Да, отменить № {ticket.id}")
    await expect(sure).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(sure).to_be_hidden()
    assert await dialer.state(series) is CallbackState.REACHED
    await page.goto(f"{dialer.house.address}/tickets/{ticket.id}")
    await page.keyboard.press("v")
    await expect(page.get_by_role("button", name=f"Да, отменить № {ticket.id}").first).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".title-row")).to_contain_text("Отменена")
    assert (await dialer.desk.ticket(ticket.id)).cancel_reason is CancelReason.UNREACHABLE


async def test_a_second_ticket_said_to_be_spoken_of_is_taken_back_from_the_card(
    dialer: DialerHouse, screens: Screens
) -> None:
    await dialer.ask(await dialer.accepted(text="Первый вопрос"))
    second = await dialer.ask(await dialer.accepted(text="Второй вопрос"))
    await dialer.rings()
    page = await screens.screen("vasiliev", "/my")
    card = page.locator(".callback-card")
    await card.get_by_role("button", name=f"Поговорили и по № {second.ticket_id}").press("Enter")
    back = card.get_by_role("button", name="Вернуть: звонить дальше")
    await expect(back).to_be_visible()
    assert await dialer.state(second) is CallbackState.REACHED
    await back.press("Enter")
    await expect(card.get_by_role("button", name=f"Поговорили и по № {second.ticket_id}")).to_be_visible()
    assert await dialer.state(second) is CallbackState.WAITING


async def test_a_moderator_has_a_missed_caller_called_back_from_the_drafts(
    dialer: DialerHouse, screens: Screens
) -> None:
    abandoned = make.CallOutcome.ABANDONED
    await dialer.house.tell(
        make.entered("m1", 10), make.queued("m1", 11), make.ended("m1", 60, outcome=abandoned)
    )
    page = await screens.screen("moderator", "/drafts")
    row = page.locator("[data-part=drafts] tr")
    await row.get_by_role("combobox").select_option(label="Громова Елена")
    await row.get_by_role("button", name="Перезвонить").press("Enter")
    await expect(row).to_contain_text("позвоним")
    await expect(row).to_contain_text("Громова Елена")
    assert await dialer.attempt(RANG_OUT) is Outcome.NO_ANSWER


async def test_the_client_calls_in_and_two_tickets_are_told_apart_and_settled_in_one_call(
    dialer: DialerHouse, screens: Screens
) -> None:
    first = await dialer.ask(await dialer.accepted(text="Первый вопрос"))
    second = await dialer.ask(await dialer.accepted(text="Второй вопрос"))
    await dialer.attempt(ENGAGED)
    page = await screens.screen("ivanova", "/")
    await dialer.house.tell(make.entered("i1", 60), make.queued("i1", 61), make.ringing("i1", 62))
    calling = page.locator(".pop .calling")
    await expect(calling).to_contain_text(f"мы звонили ему по № {first.ticket_id}: звонков 1")
    await expect(calling).to_contain_text(f"мы звонили ему по № {second.ticket_id}: ещё не звонили")
    await page.reload()
    await expect(calling).to_contain_text(f"№ {second.ticket_id}")
    await dialer.house.tell(make.answered("i1", 70))
    assert await dialer.state(first) is CallbackState.REACHED
    assert await dialer.state(second) is CallbackState.REACHED
    await page.goto(f"{dialer.house.address}/tickets/{first.ticket_id}")
    again = f"О № {second.ticket_id} не говорили: звонить дальше"
    await page.get_by_role("button", name=again).press("Enter")
    await expect(page.get_by_role("button", name=f"Поговорили и по № {second.ticket_id}")).to_be_visible()
    assert await dialer.state(second) is CallbackState.WAITING
    await page.get_by_role("button", name=f"Поговорили и по № {second.ticket_id}").press("Enter")
    await expect(page.get_by_role("button", name=again)).to_be_visible()
    assert await dialer.state(second) is CallbackState.REACHED


async def test_the_third_failure_cancels_and_the_executors_screens_say_so(
    dialer: DialerHouse, screens: Screens
) -> None:
    ticket = await dialer.accepted()
    await dialer.ask(ticket)
    page = await screens.screen("vasiliev", f"/tickets/{ticket.id}")
    for _ in range(3):
        await dialer.attempt(RANG_OUT)
        dialer.house.clock.advance(timedelta(minutes=31))
    await expect(page.locator(".title-row")).to_contain_text("Отменена")
    await expect(page.locator("#callbacks header")).to_contain_text("не дозвонились")
    await expect(page.locator("#callbacks")).to_contain_text("3 из 3")
    await expect(page.locator(".story")).to_contain_text("До клиента не дозвонились: отменена")
    assert (await dialer.desk.ticket(ticket.id)).cancel_reason is CancelReason.UNREACHABLE


async def test_the_letters_link_reopens_a_cancelled_request_by_one_button(
    dialer: DialerHouse, screens: Screens
) -> None:
    house = dialer.house
    public = PublicHouse(house.database.uow, base_url=house.address, limits=None, clock=house.clock)
    await public.room.sites.ensure()
    house.services = replace(house.services, public=public.room)
    await house.vanish()
    await house.serve()
    receipt = await public.sent()
    moderator = house.people["moderator"]
    sent = await dialer.desk.ticket(receipt.ticket.id)
    vasiliev = house.people["vasiliev"]
    given = await dialer.desk.room.moderation.assign(moderator, sent.id, sent.version, to=vasiliev.id)
    await dialer.ask(given)
    for _ in range(3):
        await dialer.attempt(RANG_OUT)
        house.clock.advance(timedelta(minutes=31))
    assert (await dialer.desk.ticket(sent.id)).status is Status.CANCELLED
    page = await screens.screen(None, f"/s/{receipt.status_token}", size=(390, 844))
    await expect(page.get_by_label("Когда вам лучше позвонить")).to_have_value("")
    await page.get_by_role("button", name="Возобновить заявку").click()
    await expect(page.locator(".state")).to_contain_text("Выбираем специалиста")
    reopened = await dialer.desk.ticket(sent.id)
    assert (reopened.status, reopened.assignee_id) == (Status.NEW, None)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_screens_of_callbacks_have_no_serious_fault_and_need_no_sideways_scrolling(
    theme: str, dialer: DialerHouse, screens: Screens, axe: Path
) -> None:
    ticket, other = await dialer.accepted(), await dialer.accepted("gromova", "Другой вопрос")
    await dialer.ask(ticket)
    await dialer.attempt(RANG_OUT)
    await dialer.room.desk.ask(
        dialer.house.people["gromova"], Asked(ticket_id=other.id, number="8 903 111-22-33")
    )
    await dialer.rings()
    for login, path, size in (
        ("vasiliev", f"/tickets/{ticket.id}", LAPTOP),
        ("vasiliev", "/callbacks", LAPTOP),
        ("gromova", "/callbacks", LAPTOP),
        ("moderator", f"/tickets/{other.id}", LAPTOP),
        ("supervisor", "/dialer", LAPTOP),
        ("supervisor", "/dialer", DESKTOP),
    ):
        page = await screens.screen(login, path, theme=theme, size=size)
        await expect(page.locator("h1").first).to_be_attached()
        if login == "gromova":
            await expect(page.locator(".callback-card")).to_be_visible()
        assert await serious_faults(page) == [], path
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
