"""What eight hours a day at these screens come down to: few keys, nothing lost, nothing that reaches over its edge."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, Route, expect

from callcenter.domain.attachments import Attachment, AttachmentKind
from callcenter.domain.clients import Product
from callcenter.domain.lifecycle import Status
from callcenter.domain.registration import TicketFields
from callcenter.domain.ticket import Kind, Ticket
from tests import make
from tests.browser.conftest import DESKTOP, LAPTOP, Screens
from tests.browser.desk_scene import DeskHouse
from tests.browser.house import House
from tests.browser.test_screens import AXE, serious_faults

LONG = "Константинопольский-Преображенский Александр-Вольдемар Святославович"
ENDLESS = "Ъ" * 90
HOSTILE = f'<script>alert(1)</script> "><img src=x onerror=alert(2)> {{{{7*7}}}} {ENDLESS}'
OVER_THE_EDGE = """() => {
  const found = [];
  for (const panel of document.querySelectorAll('main .panel, main .act-panel, main .title-row')) {
    const right = panel.getBoundingClientRect().right + 1;
    for (const each of panel.querySelectorAll('*')) {
      if (each.closest('.scroll-x, .unseen, select, iframe, .clip, .gist')) continue;
      const box = each.getBoundingClientRect();
      if (box.width > 0 && box.right > right) found.push(each.outerHTML.slice(0, 120));
    }
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push('the page scrolls sideways');
  return found;
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def desk(house: House) -> AsyncIterator[DeskHouse]:
    yield await DeskHouse.built(house)


@pytest.fixture(scope="session")
def axe() -> Path:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in callcenter/web/frontend")
    return AXE


class CountedKeys:
    """A keyboard that counts what an operator must press beside the client's own words."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.pressed = 0

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.pressed += 1
            await self._page.keyboard.press(key)


@pytest.mark.regulation("2.1")
async def test_call_after_call_is_registered_with_twenty_keys_and_no_mouse(
    desk: DeskHouse, screens: Screens
) -> None:
    page = await screens.screen("ivanova")
    for n in range(1, 4):
        keys = CountedKeys(page)
        start = 100.0 * n
        await desk.house.tell(
            make.entered(f"c{n}", start), make.queued(f"c{n}", start + 1), make.ringing(f"c{n}", start + 2)
        )
        await expect(page.locator(".pop")).to_be_visible()
        await keys.press("Enter")
        await expect(page.locator("#client_search")).to_be_focused()
        await desk.house.tell(make.answered(f"c{n}", start + 5))
        await keys.press("Tab", "Space")
        await expect(page.locator("#contact_name")).to_have_value("Петров Иван Сергеевич")
        await keys.press("Tab", "Tab", "Tab", "Tab")
        await expect(page.locator("#topic_id")).to_be_focused()
        await keys.press("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "Tab", "ArrowDown")
        await expect(page.locator("[name=kind][value=reference]")).to_be_checked()
        await keys.press("Tab", "Tab")
        await expect(page.locator("#text")).to_be_focused()
        await page.keyboard.type(f"Вопрос {n}")
        await keys.press("Tab", "Tab", "Space", "Control+Enter")
        await expect(page.locator(".title-row")).to_contain_text("Новая")
        registered = await desk.ticket(int((await page.locator("h1").inner_text()).removeprefix("№ ")))
        assert (registered.status, registered.text) == (Status.NEW, f"Вопрос {n}")
        assert registered.said_at is not None
        assert keys.pressed <= 20
        await desk.house.tell(make.ended(f"c{n}", start + 90))


@pytest.mark.regulation("2.1")
async def test_a_ringing_telephone_does_not_take_the_focus_from_a_half_typed_form(
    desk: DeskHouse, screens: Screens
) -> None:
    draft = await desk.draft()
    page = await screens.screen("ivanova", f"/tickets/{draft.id}/registration")
    await page.locator("#text").focus()
    await page.keyboard.type("Не откр")
    await desk.house.tell(
        make.entered("r", 400, caller="84951234567"), make.queued("r", 401), make.ringing("r", 402)
    )
    await expect(page.locator(".pop")).to_be_visible()
    await page.keyboard.type("ывается")
    await expect(page.locator("#text")).to_be_focused()
    await expect(page.locator("#text")).to_have_value("Не открывается")
    await page.keyboard.press("Enter")
    await expect(page.locator("#text")).to_have_value("Не открывается\n")
    await expect(page.locator("#announce-now")).to_contain_text("+7 495 123-45-67")


@pytest.mark.regulation("2.5", "2.7")
async def test_an_executor_answers_and_goes_on_to_his_next_ticket_by_one_key(
    desk: DeskHouse, screens: Screens
) -> None:
    first, second = await desk.given(), await desk.given(text="Второй вопрос")
    page = await screens.screen("vasiliev", "/my")
    for given, last in ((first, False), (second, True)):
        await page.keyboard.press("a")
        await expect(page.locator(".title-row")).to_contain_text("В работе")
        await expect(page.locator("h1")).to_have_text(f"№ {given.id}")
        await page.keyboard.press("r")
        await page.keyboard.type("Обновите программу")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".title-row")).to_contain_text("Решена")
        following = page.get_by_role("link", name="Следующая моя")
        if last:
            await expect(following).to_have_count(0)
        else:
            await page.keyboard.press("j")
            await expect(page.locator("h1")).to_have_text(f"№ {second.id}")


async def test_drafts_are_walked_and_opened_by_keyboard(desk: DeskHouse, screens: Screens) -> None:
    draft = await desk.draft()
    page = await screens.screen("ivanova", "/drafts")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text(f"№ {draft.id}")


async def test_a_server_that_does_not_answer_is_said_to_the_eye_and_the_text_is_sent_once_it_is_back(
    desk: DeskHouse, screens: Screens
) -> None:
    screens.expect_complaint("ERR_")
    screens.expect_complaint("htmx:")
    given = await desk.given()
    page = await screens.screen("vasiliev", f"/tickets/{given.id}")
    await page.keyboard.press("n")
    await page.keyboard.type("Перезвонить после обеда")
    await desk.house.vanish()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#unsent")).to_be_visible()
    await expect(page.locator("#unsent")).to_have_text("Сервер не отвечает. Ничего не отправлено.")
    await expect(page.locator("#connection")).to_be_visible()
    await expect(page.locator("#note-text")).to_have_value("Перезвонить после обеда")
    await desk.house.serve()
    await expect(page.locator("#connection")).to_be_hidden(timeout=20_000)
    await page.locator("#note-text").press("Control+Enter")
    await expect(page.locator(".messages")).to_contain_text("Перезвонить после обеда")


async def test_a_double_press_on_a_form_of_the_staff_is_done_once(desk: DeskHouse, screens: Screens) -> None:
    given = await desk.given()
    page = await screens.screen("vasiliev", f"/tickets/{given.id}")
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)
        if len(held) == 1:
            await page.get_by_role("button", name="Сохранить заметку").click()
        await route.continue_()

    await page.route("**/note", hold)
    await page.keyboard.press("n")
    await page.keyboard.type("Одна заметка")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".messages")).to_contain_text("Одна заметка")
    await page.reload()
    assert await page.locator(".messages li", has_text="Одна заметка").count() == 1
    assert len(held) == 1


async def test_files_of_the_client_are_on_the_ticket_and_are_saved_not_opened(
    desk: DeskHouse, screens: Screens
) -> None:
    given = await desk.given()
    async with desk.house.database.uow() as uow:
        await uow.attachments.add(
            Attachment(
                id=0, ticket_id=given.id, stored_name="0" * 32, name="снимок экрана.png", kind=AttachmentKind.PNG,
                size=1_500_000, sha256="0" * 64, at=desk.house.clock.now(), by="client",
            )
        )  # fmt: skip
        await uow.commit()
    page = await screens.screen("vasiliev", f"/tickets/{given.id}")
    file = page.get_by_role("list", name="Файлы").get_by_role("link", name="снимок экрана.png")
    await expect(file).to_have_attribute("download", "")
    await expect(page.get_by_role("list", name="Файлы")).to_contain_text("1,4 МБ")


async def endless_world(desk: DeskHouse) -> dict[str, Ticket]:
    """Names without a space, texts without an end, markup where words are expected."""
    house = desk.house
    async with house.database.uow() as uow:
        company = await uow.clients.add_organization(make.organization(f"ООО «{ENDLESS}»", "7736050003"))
        client = await uow.clients.add_client(
            make.client(
                HOSTILE[:190],
                organization_id=company.id,
                phones=("+79998887766",),
                email=f"{'a' * 60}@b.example",
            )
        )
        product = await uow.clients.add_product(
            Product(id=0, code="long", name=f"Зарплата и кадры государственного учреждения {ENDLESS}")
        )
        await uow.clients.add_contract(make.contract(company.id, product.id, "Д" * 60))
        await uow.commit()
    person = replace(house.people["gromova"], name=LONG, email=f"{'a' * 60}@example.ru")
    async with house.database.uow() as uow:
        await uow.people.save(person)
        await uow.commit()
    await house.tell(
        make.entered("l1", 10, caller="+79998887766", name=HOSTILE[:80]), make.queued("l1", 11),
        make.ringing("l1", 12), make.answered("l1", 20),
    )  # fmt: skip
    operator, moderator = house.people["ivanova"], house.people["moderator"]

    async def registered(text: str) -> Ticket:
        draft = await desk.room.registration.start(operator)
        fields = TicketFields(
            client_id=client.id, organization_id=company.id, contact_name=HOSTILE[:190],
            contact_phone="+79998887766", contact_email=f"{'a' * 60}@b.example", product_id=product.id,
            topic_id=4, kind=Kind.REFERENCE, text=text, subject=HOSTILE[:150],
        )  # fmt: skip
        return await desk.room.registration.register(operator, draft.id, draft.version, fields)

    new, given = await registered(HOSTILE * 5), await registered("слово " * 900)
    given = await desk.room.moderation.assign(moderator, given.id, given.version, to=person.id)
    async with house.database.uow(write=False) as uow:
        draft = (await uow.tickets.drafts(limit=1))[0]
    return {"new": new, "given": given, "draft": draft}


@pytest.mark.parametrize(("theme", "size"), [("light", LAPTOP), ("dark", DESKTOP)], ids=["laptop", "desktop"])
async def test_the_longest_names_and_texts_stay_inside_their_panels(
    theme: str, size: tuple[int, int], desk: DeskHouse, screens: Screens, axe: Path
) -> None:
    world = await endless_world(desk)
    house = desk.house
    gromova = house.people["gromova"].id
    faults: list[str] = []
    browsers: dict[str, BrowserContext] = {}
    for login, path in (
        ("ivanova", "/"),
        ("ivanova", "/drafts"),
        ("ivanova", f"/tickets/{world['draft'].id}"),
        ("ivanova", f"/tickets/{world['draft'].id}/registration"),
        ("ivanova", "/clients"),
        ("ivanova", "/clients/3"),
        ("ivanova", "/calls"),
        ("supervisor", "/"),
        ("moderator", "/moderation"),
        ("moderator", "/tickets"),
        ("moderator", f"/tickets/{world['new'].id}"),
        ("gromova", "/my"),
        ("gromova", f"/tickets/{world['given'].id}"),
        ("admin", "/people"),
        ("admin", f"/people/{gromova}"),
    ):
        if login not in browsers:
            browsers[login] = await screens.browser_of(login, size=size, theme=theme)
        page = await screens.tab(browsers[login], path)
        await page.wait_for_selector("html[data-ready]")
        faults += [f"{path}: {each}" for each in await page.evaluate(OVER_THE_EDGE)]
        if (
            "/tickets/" in path
        ):  # where a long text scrolls by itself; the other screens are looked at elsewhere
            faults += [f"{path}: {each}" for each in await serious_faults(page)]
        await page.close()
    assert faults == []
    await house.tell(make.ended("l1", 60))


async def test_a_long_request_leaves_what_may_be_done_with_it_on_the_screen(
    desk: DeskHouse, screens: Screens
) -> None:
    world = await endless_world(desk)
    page = await screens.screen("gromova", f"/tickets/{world['given'].id}")
    await expect(page.locator("#acts button").first).to_be_in_viewport()
    await page.locator("p.ticket-text").focus()
    await page.keyboard.press("End")
    await expect(page.locator("p.ticket-text")).not_to_have_js_property("scrollTop", 0)


@pytest.mark.regulation("2.1")
async def test_what_another_operator_wrote_on_the_draft_is_said_even_if_the_telephone_wrote_after_him(
    desk: DeskHouse, screens: Screens
) -> None:
    screens.expect_complaint("409")
    draft = await desk.draft()
    page = await screens.screen("ivanova", f"/tickets/{draft.id}/registration")
    await page.locator("#text").fill("Моё")
    petrov = desk.house.people["petrov"]
    await desk.room.registration.fill(petrov, draft.id, draft.version, TicketFields(text="Чужое"))
    await desk.house.tell(make.ended("d1", 60))
    await desk.house.tell(make.entered("d2", 70), make.queued("d2", 71))
    await page.locator("#text").press("Control+Enter")
    await expect(page.get_by_role("alert").first).to_contain_text("Петров Олег")
    await expect(page.locator("#text")).to_have_value("Моё")
    assert (await desk.ticket(draft.id)).text == "Чужое"
