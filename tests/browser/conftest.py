"""A real Chromium against the running program; whatever the browser complains of fails the test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.browser import scene
from tests.browser.house import House
from tests.databases import SqliteTemplate

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
BUILT = ROOT / "callcenter" / "web" / "static" / "build" / "app.js"
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
LAPTOP = (1366, 768)
DESKTOP = (1920, 1080)

SetUp = Callable[[str], Awaitable[BrowserContext]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def prepared() -> None:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    if not BUILT.exists():
        pytest.skip("the front end is not built: npm ci && npm run build in callcenter/web/frontend")


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def chromium(prepared: None) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("browser"))


@pytest_asyncio.fixture(loop_scope="session")
async def house(prepared: None, template: SqliteTemplate) -> AsyncIterator[House]:
    running = House(database_url=await template.new())
    await running.open()
    await scene.people_and_clients(running)
    yield running
    await running.close()


@dataclass(kw_only=True)
class Screens:
    """Opens screens for people and remembers every complaint of the browser about them."""

    house: House
    chromium: Browser
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    async def browser_of(
        self, login: str | None, *, size: tuple[int, int] = LAPTOP, theme: str = "light"
    ) -> BrowserContext:
        """A browser of its own, signed in as this person."""
        context = await self.chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,  # type: ignore[arg-type]
            locale="ru-RU",
            timezone_id="Europe/Moscow",
        )
        self._contexts.append(context)
        if login is not None:
            cookie = {"name": "session", "value": self.house.tokens[login], "url": self.house.address}
            await context.add_cookies([cookie])  # type: ignore[list-item]
        return context

    async def tab(self, context: BrowserContext, path: str = "/") -> Page:
        """A further tab of a browser; ready when its scripts have started and the stream is open."""
        page = await context.new_page()
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        await page.goto(self.house.address + path)
        return page

    async def screen(
        self,
        login: str | None,
        path: str = "/",
        *,
        size: tuple[int, int] = LAPTOP,
        theme: str = "light",
    ) -> Page:
        """A page of the program as this person sees it, with its live stream open."""
        page = await self.tab(await self.browser_of(login, size=size, theme=theme), path)
        if login is not None:
            await page.wait_for_selector("html[data-ready][data-stream=open]")
        return page

    def expect_complaint(self, part: str) -> None:
        """This test makes the browser complain of this, and of nothing else."""
        self.expected.append(part)

    def unexpected(self) -> list[str]:
        return [each for each in self.complaints if not any(part in each for part in self.expected)]

    async def close(self) -> None:
        for context in self._contexts:
            await context.close()

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text}")


@pytest_asyncio.fixture(loop_scope="session")
async def screens(house: House, chromium: Browser) -> AsyncIterator[Screens]:
    opened = Screens(house=house, chromium=chromium)
    yield opened
    await opened.close()
    assert opened.unexpected() == []
