"""A day at the help desk as its people and its client live it, in real browsers, clause by clause.

A call registered by keyboard is in `test_desk_screens`; here are the other hours of the day.
"""

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from callcenter.domain.lifecycle import Status
from callcenter.domain.people import Person, Session
from callcenter.domain.remote import RemoteResult
from callcenter.domain.shifts import Leave
from callcenter.domain.ticket import Kind, Ticket
from callcenter.services.staffing import Staff
from callcenter.web.desk_room import DeskRoom
from tests import make
from tests.administration_room import administration_of
from tests.browser.conftest import Screens
from tests.browser.desk_scene import DeskHouse
from tests.browser.house import House
from tests.browser.test_public_forms import other_site
from tests.public_house import PublicHouse

VENDOR_MAIL = "help@vendor.example"


@dataclass(kw_only=True)
class Day:
    """The whole house: the desk inside, the public pages, and a page of somebody else that embeds the form."""

    desk: DeskHouse
    public: PublicHouse
    other_site: str

    async def letters(self) -> list[tuple[str, str]]:
        """Every letter that was queued: its name and its reader."""
        return [(each.name, each.to) for each in await self.public.letters()]

    async def newest(self) -> Ticket:
        async with self.desk.house.database.uow(write=False) as uow:
            numbers = [each.ticket_id for each in await uow.forms.between(make.at(-9999), make.at(99999))]
        return await self.desk.ticket(max(numbers))


async def sign_in(house: House, person: Person, login: str) -> None:
    """Give a person who works here already a signed-in browser."""
    token = f"token-of-{login}"
    async with house.database.uow() as uow:
        await uow.sessions.add(
            Session(
                token_sha256=hashlib.sha256(token.encode()).hexdigest(),
                person_id=person.id,
                created_at=house.clock.now(),
                expires_at=house.clock.now() + timedelta(hours=12),
                user_agent="Chromium",
            )
        )
        await uow.commit()
    house.people[login], house.tokens[login] = person, token


@pytest_asyncio.fixture(loop_scope="session")
async def day(house: House) -> AsyncIterator[Day]:
    allowed: list[str] = []
    runner, address = await other_site(house.address, allowed)
    try:
        public = await PublicHouse.built(
            house.database.uow, base_url=house.address, clock=house.clock, origins=allowed
        )
        room = DeskRoom.on(public.desk)
        administration = administration_of(public.desk)
        house.services = replace(house.services, public=public.room, desk=room, administration=administration)
        await house.vanish()
        await house.serve()
        await sign_in(house, public.moderator, "moderator")
        await sign_in(house, public.executor, "vasiliev")
        await house.hire(make.person("gromova", "Громова Елена", roles=public.executor.roles, endpoint=None))
        yield Day(desk=DeskHouse(house=house, room=room), public=public, other_site=address)
    finally:
        await runner.cleanup()


async def sends_a_form_on_another_site(day: Day, page: Page, text: str) -> str:
    """Fill the embedded form; the address of the client's own page."""
    await page.goto(day.other_site)
    frame = page.frame_locator("iframe")
    await frame.locator("#text").fill(text)
    await frame.locator("#product").select_option("zup")
    await frame.locator("#name").fill("Анна Смирнова")
    await frame.locator("#phone").fill("+7 916 765-43-21")
    await frame.locator("#email").fill("anna@example.org")
    await frame.locator("#consent").check()
    day.desk.house.clock.advance(timedelta(seconds=40))
    await frame.locator("#send").click()
    await expect(frame.get_by_role("status")).to_contain_text("принята")
    found = await frame.get_by_role("link", name="Открыть эту страницу").get_attribute("href")
    assert found is not None
    return found if found.startswith("http") else day.desk.house.address + found


@pytest.mark.regulation("2.2", "2.3", "2.4")
async def test_a_form_on_another_site_reaches_the_moderator_at_once_and_is_assigned_within_five_minutes(
    day: Day, screens: Screens
) -> None:
    page = await screens.screen("moderator", "/moderation")
    await expect(page.locator("#moderation .empty")).to_be_visible()
    mine = await screens.screen("vasiliev", "/my")
    outside = await (await screens.browser_of(None)).new_page()
    await sends_a_form_on_another_site(day, outside, "Не начисляется зарплата")
    row = page.locator("#moderation tbody tr")
    await expect(row).to_contain_text("Не начисляется зарплата")
    await expect(row.locator(".left")).to_have_text(re.compile("осталось [45] мин"))
    day.desk.later(4)
    await page.reload()
    await expect(row.locator(".left")).to_have_text(re.compile("осталось (1 мин|[0-9]+ с)"))
    await page.locator("#moderation select").select_option(label="Э. Эльдаров")
    await page.keyboard.press("a")
    await page.keyboard.press("Enter")
    await expect(row).to_have_count(0)
    await expect(mine.locator("#my-tickets tbody tr")).to_contain_text("Не начисляется зарплата")
    given = await day.newest()
    assert (given.status, given.assignee_id) == (Status.ASSIGNED, day.public.executor.id)
    verdicts = (await day.desk.room.reading.details(day.public.moderator, given.id)).verdicts
    assert {str(each.clock): str(each.outcome) for each in verdicts}["assign"] == "kept"
    assert ("registered", "anna@example.org") in await day.letters()


@pytest.mark.regulation("2.7", "2.2")
async def test_an_answer_reaches_the_client_who_opens_the_ticket_again_on_his_page(
    day: Day, screens: Screens
) -> None:
    outside = await (await screens.browser_of(None)).new_page()
    own_page = await sends_a_form_on_another_site(day, outside, "Где посмотреть остатки отпуска?")
    new = await day.newest()
    await day.desk.room.moderation.assign(
        day.public.moderator, new.id, new.version, to=day.public.executor.id
    )
    page = await screens.screen("vasiliev", "/my")
    await page.keyboard.press("a")
    await expect(page.locator(".title-row")).to_contain_text("В работе")
    await page.keyboard.press("r")
    await page.keyboard.type("Отчёты - Кадры - Остатки отпусков")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".title-row")).to_contain_text("Решена")
    assert ("answered", "anna@example.org") in await day.letters()
    moderator = await screens.screen("moderator", "/moderation")
    await outside.goto(own_page)
    await expect(outside.locator("main")).to_contain_text("Отчёты - Кадры - Остатки отпусков")
    await outside.locator("form[action*='/reopen'] textarea").fill("Там пусто")
    await outside.locator("form[action*='/reopen'] button").click()
    await expect(moderator.locator("#moderation tbody tr")).to_contain_text("Где посмотреть остатки отпуска?")
    await expect(page.locator("#ticket-news")).to_contain_text("Заявка возобновлена.")
    await expect(page.locator(".messages")).to_contain_text("Там пусто")
    assert (await day.desk.ticket(new.id)).status is Status.NEW


@pytest.mark.regulation("2.8")
async def test_an_outage_is_restored_by_a_remote_session_that_stays_on_the_ticket(
    day: Day, screens: Screens
) -> None:
    new = await day.desk.new("Программа не запускается")
    outage = await day.desk.room.moderation.classify(
        day.public.moderator,
        new.id,
        new.version,
        kind=Kind.OUTAGE,
        priority=new.priority,
        topic_id=5,
        product_id=1,
    )
    await day.desk.room.moderation.assign(
        day.public.moderator, new.id, outage.version, to=day.public.executor.id
    )
    page = await screens.screen("vasiliev", "/my")
    await page.keyboard.press("a")
    await expect(page.locator(".title-row")).to_contain_text(re.compile("осталось (1 ч|59 мин)"))
    await page.keyboard.press("u")
    await page.locator("#remote-remote_id").fill("123 456 789")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("link", name="Открыть AnyDesk")).to_have_attribute(
        "href", "anydesk:123456789"
    )
    await expect(page.locator(".sessions")).to_contain_text("идёт")
    day.desk.later(20)
    await page.keyboard.press("u")
    await page.locator("#act-end_remote").get_by_label("восстановлено", exact=True).check()
    await page.locator("#end_remote-note").fill("Перезапустили службу")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".sessions")).to_contain_text("Перезапустили службу")
    await page.keyboard.press("r")
    await page.keyboard.type("Служба перезапущена, программа открывается")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".title-row")).to_contain_text("Решена")
    details = await day.desk.room.reading.details(day.public.moderator, new.id)
    (session,) = details.sessions
    assert session.ended_at is not None
    assert (session.tool, session.result) == ("anydesk", RemoteResult.RESTORED)
    assert session.ended_at - session.started_at >= timedelta(minutes=20)
    assert {str(each.clock): str(each.outcome) for each in details.verdicts}["resolve"] == "kept"


@pytest.mark.regulation("2.6")
async def test_a_question_goes_to_the_vendor_as_the_dossier_that_was_shown_and_comes_back(
    day: Day, screens: Screens
) -> None:
    async with day.desk.house.database.uow() as uow:
        product = await uow.clients.product(1)
        assert product is not None
        await uow.clients.save_product(replace(product, vendor_email=VENDOR_MAIL, support_included=True))
        await uow.commit()
    given = await day.desk.given(text="Ошибка в расчёте НДС")
    await day.desk.room.work.accept(day.public.executor, given.id, given.version)
    page = await screens.screen("vasiliev", f"/tickets/{given.id}")
    await page.keyboard.press("h")
    await expect(page.locator("pre.dossier")).to_contain_text("Ошибка в расчёте НДС")
    await expect(page.locator("#act-hand_over")).to_contain_text(VENDOR_MAIL)
    await page.locator("#hand_over-note").fill("Повторяется на версии 3.0.150")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".title-row .left")).to_have_text("стоит: у разработчика")
    assert ("vendor_dossier", VENDOR_MAIL) in await day.letters()
    day.desk.later(45)
    await page.keyboard.press("h")
    await page.locator("#take_back-answer").fill("Исправлено в 3.0.151")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".messages")).to_contain_text("Исправлено в 3.0.151")
    await expect(page.locator(".title-row .left")).to_contain_text("осталось")


@pytest.mark.regulation("2.4", "2.5")
async def test_a_ticket_of_one_who_goes_on_leave_is_given_to_another_who_is_told(
    day: Day, screens: Screens
) -> None:
    given = await day.desk.given()
    today = date(2026, 11, 23)
    leave = Leave(id=0, person_id=day.public.executor.id, starts_on=today, ends_on=today, reason="отпуск")
    _, held = await Staff(day.public.desk).add_leave(day.public.moderator, leave)
    assert [each.id for each in held] == [given.id]
    other = await screens.screen("gromova", "/my")
    page = await screens.screen("moderator", f"/tickets/{given.id}")
    await page.keyboard.press("g")
    choice = page.locator("#assign-to")
    await expect(choice.locator("option").first).to_contain_text("Громова Елена")
    await expect(choice.locator("option").last).to_have_text("Э. Эльдаров: в отпуске")
    await page.locator("#assign-reason").fill("Эльдаров в отпуске")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#ticket")).to_contain_text("Исполнитель: Громова Елена")
    await expect(other.locator("#my-tickets tbody tr")).to_contain_text(f"№ {given.id}")


@pytest.mark.regulation("2.10")
async def test_a_supervisor_reads_who_did_what_to_a_ticket_and_why(day: Day, screens: Screens) -> None:
    given = await day.desk.given()
    room, executor = day.desk.room, day.public.executor
    accepted = await room.work.accept(executor, given.id, given.version)
    waits = await room.work.wait(executor, given.id, accepted.version, reason="Ждём номер версии")
    page = await screens.screen("supervisor", f"/tickets/{given.id}")
    story = page.locator(".story")
    for said in (
        "Заявка оформлена. Иванова Анна",
        "Назначена: Э. Эльдаров. М. Маркова",
        "«Ждём номер версии»",
    ):
        await expect(story).to_contain_text(said)
    await expect(page.locator(".title-row .left")).to_have_text("стоит: ждём клиента")
    await room.work.go_on(executor, given.id, waits.version)
    await expect(story.locator("li").first).to_contain_text("Э. Эльдаров")
    await expect(page.locator("[data-act]")).to_have_count(2)
    await reads_the_audit(page, given)


async def reads_the_audit(page: Page, ticket: Ticket) -> None:
    """The whole audit, narrowed to this ticket, row by row: who, what, why; and the chain that holds it."""
    await page.goto(page.url.partition("/tickets/")[0] + "/audit")
    rows = page.locator("table.audit tbody tr")
    before = await rows.count()
    await page.get_by_role("textbox", name="Заявка").fill(str(ticket.id))
    await page.get_by_role("button", name="Показать").click()
    await expect(page).to_have_url(re.compile(rf"ticket={ticket.id}\b"))
    waited = rows.filter(has_text="Ждём номер версии")
    await expect(waited).to_have_count(1)
    await expect(waited).to_contain_text("Э. Эльдаров")
    await expect(rows.filter(has_text="Назначена: Э. Эльдаров")).to_contain_text("М. Маркова")
    await expect(rows).to_have_count(6)
    await page.get_by_role("button", name="Проверить").click()
    await expect(page.locator("#chain")).to_contain_text("цел до строки")
    await page.get_by_role("link", name="Э. Эльдаров").first.click()
    await expect(rows.filter(has_text="М. Маркова")).to_have_count(0)
    assert before >= 6
