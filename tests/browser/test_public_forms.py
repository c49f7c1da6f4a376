"""Public pages in a real browser: embedded on another origin, by keyboard, on a phone, clicked twice."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, Request, Route, expect

from tests.browser.conftest import ROOT, Screens
from tests.browser.house import House
from tests.public_house import PDF, PublicHouse

AXE = ROOT / "callcenter" / "web" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = (390, 844)
LAPTOP = (1366, 768)
PORTS = range(15950, 15999)
SERIOUS = {"serious", "critical"}


@dataclass(kw_only=True)
class Care:
    """The running program with its public pages, and a page of another site that embeds the care form."""

    house: House
    public: PublicHouse
    other_site: str

    async def typed(self) -> None:
        """Time passes as it does while a person types."""
        self.house.clock.advance(timedelta(seconds=40))

    async def tickets(self) -> list[str]:
        async with self.house.database.uow(write=False) as uow:
            now, week = self.house.clock.now(), timedelta(days=7)
            submissions = await uow.forms.between(now - week, now + week)
        return [str(each.ticket_id) for each in submissions]


async def other_site(form_origin: str, allowed: list[str]) -> tuple[web.AppRunner, str]:
    """A web site of somebody else, on an origin of its own (another host name, another port)."""

    async def page(request: web.Request) -> web.Response:
        body = (
            '<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Чужой сайт</title></head><body>'
            f'<h1>Чужой сайт</h1><script src="{form_origin}/embed.js" data-site="buh" async></script></body></html>'
        )
        return web.Response(text=body, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    for port in PORTS:
        try:
            await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
        except OSError:
            continue
        allowed.append(f"http://127.0.0.1:{port}")
        return runner, f"http://127.0.0.1:{port}"
    raise OSError("no free port")


@pytest_asyncio.fixture(loop_scope="session")
async def care(house: House) -> AsyncIterator[Care]:
    allowed: list[str] = []
    runner, address = await other_site(house.address, allowed)
    try:
        public = await PublicHouse.built(
            house.database.uow, base_url=house.address, clock=house.clock, origins=allowed
        )
        house.services = replace(house.services, public=public.room)
        await house.vanish()
        await house.serve()
        yield Care(house=house, public=public, other_site=address)
    finally:
        await runner.cleanup()


async def fill(page: Page, text: str = "Не открывается отчёт") -> None:
    await page.fill("#text", text)
    await page.fill("#name", "Пётр Петров")
    await page.fill("#phone", "8 916 123-45-67")
    await page.fill("#email", "petr@example.ru")
    await page.check("#consent")


async def serious(page: Page) -> list[str]:
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['html']}"
        for each in found["violations"]
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]


async def test_a_form_is_sent_and_its_page_shows_the_number_and_the_promise(
    care: Care, screens: Screens
) -> None:
    page = await screens.screen(None, "/f/hotline", size=PHONE)
    await fill(page)
    await page.set_input_files(
        "#attachments", [{"name": "отчёт.pdf", "mimeType": "application/pdf", "buffer": PDF}]
    )
    await care.typed()
    await page.click("#send")
    await page.wait_for_url("**/s/*")
    await expect(page.get_by_role("status")).to_contain_text("принята")
    await expect(page.locator(".state")).to_contain_text("Специалист ответит до: сегодня 12:30")
    await expect(page.get_by_role("link", name="отчёт.pdf")).to_be_visible()
    assert len(await care.tickets()) == 1


@pytest.mark.regulation("2.2")
async def test_an_embedded_form_works_on_another_origin_and_grows_with_its_content(
    care: Care, screens: Screens
) -> None:
    page = await (await screens.browser_of(None)).new_page()
    await page.goto(care.other_site)
    frame = page.frame_locator("iframe")
    await frame.locator("#text").fill("Вопрос с чужого сайта")
    await frame.locator("#product").select_option("zup")
    await frame.locator("#name").fill("Анна")
    await frame.locator("#phone").fill("+7 916 123-45-67")
    await frame.locator("#consent").check()
    height = "document.querySelector('iframe').offsetHeight"
    inner = await frame.locator("html").evaluate("element => element.offsetHeight")
    await page.wait_for_function(f"{height} >= {inner}")
    await care.typed()
    await frame.locator("#send").click()
    await expect(frame.get_by_role("status")).to_contain_text("принята")
    await expect(frame.get_by_role("link", name="Открыть эту страницу")).to_be_visible()
    assert len(await care.tickets()) == 1


async def test_a_site_that_is_not_allowed_cannot_show_the_form(care: Care, screens: Screens) -> None:
    saved = await care.public.room.sites.save(
        replace(care.public.care, allowed_origins=()), by=care.public.admin
    )
    screens.expect_complaint("frame-ancestors")
    page = await screens.tab(await screens.browser_of(None), "/f/buh")
    await expect(page.locator("#request")).to_be_visible()
    other = await (await screens.browser_of(None)).new_page()
    messages: list[str] = []
    other.on("console", lambda message: messages.append(message.text))
    async with other.expect_console_message(lambda message: "frame-ancestors" in message.text):
        await other.goto(care.other_site)
    await expect(other.frame_locator("iframe").locator("#request")).to_have_count(0)
    assert saved.allowed_origins == ()


async def test_the_form_is_filled_in_and_sent_by_keyboard_alone(care: Care, screens: Screens) -> None:
    page = await screens.screen(None, "/f/hotline")
    await page.locator("input[name=kind]:checked").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Программа не запускается")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Пётр")
    await page.keyboard.press("Tab")
    await page.keyboard.type("8 916 123-45-67")
    for _ in range(4):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.id") == "send"
    await care.typed()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/s/*")
    await expect(page.locator(".state")).to_contain_text("сегодня 13:00")


async def test_what_is_wrong_stands_beside_each_field_and_nothing_typed_is_lost(
    care: Care, screens: Screens
) -> None:
    screens.expect_complaint("422")
    page = await screens.screen(None, "/f/hotline", size=PHONE)
    await fill(page)
    await page.set_input_files(
        "#attachments", [{"name": "a.pdf", "mimeType": "application/pdf", "buffer": PDF}]
    )
    await page.fill("#phone", "12")
    await page.get_by_text("Указать организацию").click()
    await page.fill("#inn", "123")
    await care.typed()
    await page.click("#send")
    await expect(page.locator("#problems")).to_be_focused()
    await expect(page.locator("#phone-note")).to_contain_text("Укажите номер с кодом")
    await expect(page.locator("#phone")).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#text")).to_have_value("Не открывается отчёт")
    assert await page.evaluate("document.querySelector('#attachments').files.length") == 1
    assert await serious(page) == []
    await page.get_by_role("link", name=re.compile("^Телефон")).click()
    await expect(page.locator("#phone")).to_be_focused()
    await page.fill("#phone", "8 916 123-45-67")
    await page.fill("#inn", "")
    await page.click("#send")
    await page.wait_for_url("**/s/*")


async def test_without_scripts_errors_come_back_beside_their_fields_too(care: Care, screens: Screens) -> None:
    screens.expect_complaint("422")
    context = await screens.chromium.new_context(java_script_enabled=False, locale="ru-RU")
    page = await context.new_page()
    await page.goto(f"{care.house.address}/f/buh")
    await page.fill("#text", "Вопрос")
    await care.typed()
    await page.click("#send")
    await expect(page.locator("#name-note")).to_contain_text("Заполните это поле")
    await expect(page.locator("#text")).to_have_value("Вопрос")
    await page.fill("#name", "Пётр")
    await page.fill("#phone", "8 916 123-45-67")
    await page.check("#consent")
    await page.dblclick("#send")
    await page.wait_for_url("**/s/*")
    assert len(await care.tickets()) == 1
    await context.close()


async def test_a_double_click_is_one_request(care: Care, screens: Screens) -> None:
    page = await screens.screen(None, "/f/hotline")
    await fill(page)
    await care.typed()
    await page.dblclick("#send")
    await page.wait_for_url("**/s/*")
    assert len(await care.tickets()) == 1


async def test_a_lost_connection_loses_nothing_and_the_retry_is_the_same_request(
    care: Care, screens: Screens
) -> None:
    screens.expect_complaint("ERR_")
    page = await screens.screen(None, "/f/hotline")
    await fill(page)
    await care.typed()
    answers = 0

    async def lose_the_first(route: Route, request: Request) -> None:
        nonlocal answers
        if request.method == "POST" and answers == 0:
            answers += 1
            await route.fetch(max_redirects=0)
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/f/hotline*", lose_the_first)
    await page.click("#send")
    await expect(page.locator("#failed")).to_be_visible()
    await expect(page.locator("#text")).to_have_value("Не открывается отчёт")
    first = await care.tickets()
    await page.click("#send")
    await page.wait_for_url("**/s/*")
    assert await care.tickets() == first
    assert len(first) == 1


async def test_typed_words_survive_a_reload(care: Care, screens: Screens) -> None:
    page = await screens.screen(None, "/f/hotline")
    await page.fill("#text", "Половина письма")
    await page.reload()
    await expect(page.locator("#text")).to_have_value("Половина письма")


@pytest.mark.regulation("2.2")
async def test_the_client_writes_cancels_and_reopens_on_his_page(care: Care, screens: Screens) -> None:
    receipt = await care.public.sent()
    page = await screens.screen(None, f"/s/{receipt.status_token}", size=PHONE)
    await page.fill("#message", "<b>Версия</b> 8.3")
    await page.get_by_role("button", name="Отправить").click()
    await expect(page.locator(".talk")).to_contain_text("<b>Версия</b> 8.3")
    await page.get_by_text("Отменить заявку").first.click()
    await page.get_by_role("button", name="Отменить заявку").click()
    await expect(page.locator(".state")).to_contain_text("Отменена вами")
    await page.fill("#message", "Всё-таки нужно")
    await page.get_by_role("button", name="Возобновить заявку").click()
    await expect(page.locator(".state")).to_contain_text("Выбираем специалиста")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/f/hotline", "/f/buh", "status", "unsubscribe"])
async def test_axe_finds_nothing_serious_on_public_pages(
    path: str, theme: str, care: Care, screens: Screens
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in callcenter/web/frontend")
    if path == "status":
        path = f"/s/{(await care.public.sent()).status_token}"
    elif path == "unsubscribe":
        path = f"/unsubscribe/{care.public.links.address_key('a@b.ru')}"
    for size in (PHONE, LAPTOP):
        page = await screens.screen(None, path, size=size, theme=theme)
        assert await serious(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_nothing_reaches_over_the_edge_of_a_small_phone(care: Care, screens: Screens) -> None:
    page = await screens.screen(None, "/f/buh?lang=en", size=(320, 568))
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
