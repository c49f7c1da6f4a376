"""In and out, on real screens."""

from playwright.async_api import expect

from tests import make
from tests.browser.conftest import Screens
from tests.browser.house import House

PASSWORD = "верная лошадь скрепка"


async def test_a_new_person_comes_in_by_a_link_sets_a_password_and_signs_in_with_it(
    house: House, screens: Screens
) -> None:
    screens.expect_complaint("401")
    token = await house.services.people.one_time_link("ivanova")
    page = await screens.screen(None, f"/sign-in/once/{token}")
    await page.get_by_role("button", name="Войти").click()
    await page.wait_for_selector("html[data-ready]")
    await page.goto(f"{house.address}/settings")
    await page.get_by_label("Новый пароль", exact=True).fill(PASSWORD)
    await page.get_by_label("Новый пароль ещё раз").fill(PASSWORD)
    await page.get_by_role("button", name="Сменить пароль").click()
    await expect(page.locator(".done")).to_have_text("Пароль изменён.")

    await page.locator(".who summary").click()
    await page.get_by_role("button", name="Выйти").click()
    await expect(page.locator(".done")).to_have_text("Вы вышли.")
    await page.get_by_label("Логин").fill("ivanova")
    await page.get_by_label("Пароль").fill("неверный пароль")
    await page.get_by_role("button", name="Войти").click()
    await expect(page.locator(".problems")).to_have_text("Неверный логин или пароль.")
    await expect(page.get_by_label("Логин")).to_have_value("ivanova")
    await page.get_by_label("Пароль").fill(PASSWORD)
    await page.get_by_role("button", name="Войти").click()
    await expect(page.locator(".who")).to_contain_text("Иванова Анна")


async def test_a_link_works_once(house: House, screens: Screens) -> None:
    screens.expect_complaint("404")
    token = await house.services.people.one_time_link("ivanova")
    first = await screens.screen(None, f"/sign-in/once/{token}")
    await first.get_by_role("button", name="Войти").click()
    await first.wait_for_selector("html[data-ready]")
    second = await screens.screen(None, f"/sign-in/once/{token}")
    await second.get_by_role("button", name="Войти").click()
    await expect(second.locator(".problems")).to_contain_text("Ссылка уже использована")


async def test_a_revoked_session_loses_its_screen_at_once(house: House, screens: Screens) -> None:
    page = await screens.screen("ivanova")
    other = await screens.screen("petrov")
    await house.services.sign_in.end_all(house.people["ivanova"].id)
    await expect(page.locator(".note")).to_have_text("Сеанс завершён. Войдите, чтобы продолжить.")
    assert house.feed.figures().subscribers == 1
    await house.tell(make.entered("r1", 10), make.ringing("r1", 12, "PJSIP/102"))
    await expect(other.locator("#pops .pop")).to_have_count(1)


async def test_signing_out_in_one_tab_signs_out_all(house: House, screens: Screens) -> None:
    browser = await screens.browser_of("ivanova")
    first, second = await screens.tab(browser), await screens.tab(browser)
    await first.wait_for_selector("html[data-stream=open]")
    await second.wait_for_selector("html[data-ready]")
    await second.locator(".who summary").click()
    await second.get_by_role("button", name="Выйти").click()
    await expect(first.get_by_label("Логин")).to_be_visible()


async def test_who_is_not_signed_in_signs_in_and_comes_back(house: House, screens: Screens) -> None:
    hashed = await house.passwords.hash(PASSWORD)
    async with house.database.uow() as uow:
        await uow.people.set_password_hash(house.people["ivanova"].id, hashed)
        await uow.commit()
    page = await screens.screen(None, "/calls")
    await page.get_by_label("Логин").fill("ivanova")
    await page.get_by_label("Пароль").fill(PASSWORD)
    await page.get_by_role("button", name="Войти").click()
    await expect(page.locator("h1")).to_have_text("Звонки")


async def test_an_administrator_hires_changes_and_dismisses(house: House, screens: Screens) -> None:
    screens.expect_complaint("422")
    page = await screens.screen("admin", "/people")
    await page.get_by_role("link", name="Добавить человека").click()
    await page.get_by_label("Имя").fill("Новиков Пётр")
    await page.get_by_label("Логин").fill("новиков")
    await page.get_by_label("Телефон").fill("PJSIP/104")
    await page.get_by_label("АТС").fill(make.PBX)
    await page.get_by_role("button", name="Сохранить").click()
    await expect(page.locator("#login-note")).to_contain_text("латинских букв")
    await expect(page.get_by_label("Имя")).to_have_value("Новиков Пётр")
    await page.get_by_label("Логин").fill("novikov")
    await page.get_by_role("button", name="Сохранить").click()
    row = page.locator("tr", has_text="Новиков Пётр")
    await expect(row).to_contain_text("PJSIP/104")
    await row.get_by_role("button", name="Ссылка для входа").click()
    await expect(page.locator("#link")).to_be_focused()
    assert f"{house.address}/sign-in/once/" in await page.locator("#link").input_value()

    dismissed = await screens.screen("petrov")
    await page.get_by_role("navigation").get_by_role("link", name="Люди").click()
    await page.get_by_role("link", name="Петров Олег").click()
    await page.get_by_label("Работает здесь и может входить").uncheck()
    await page.get_by_role("button", name="Сохранить").click()
    await expect(page.locator("tr", has_text="Петров Олег")).to_contain_text("уволен")
    await expect(dismissed.get_by_label("Логин")).to_be_visible()
