"""An executor's callback from his screen to a client's telephone: the program, a real Asterisk, SIPp, and Chromium."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from callcenter.domain.lifecycle import Status
from callcenter.domain.people import Role, Session
from callcenter.store import Database
from callcenter.store.upgrade import upgrade
from tests import make
from tests.asterisk.node import environment, free_port, running
from tests.asterisk.observer import Observer
from tests.asterisk.sample_pbx import SamplePbx
from tests.browser.conftest import ARGUMENTS, BUILT, CHROMIUM

TOKEN = "token-of-vasiliev"
SLOWLY = 20_000
"""How long, in milliseconds, a call on a busy machine may take to show on the screen."""


async def seeded(url: str) -> int:
    """An executor with a session and the telephone 201, and his ticket; returns the ticket's id."""
    await upgrade(url)
    database, now = Database(url), datetime.now(UTC)
    await database.open()
    try:
        async with database.uow() as uow:
            person = make.person(
                "vasiliev", "Васильев Пётр", roles=(Role.EXECUTOR,), endpoint="PJSIP/201", pbx="main"
            )
            executor = await uow.people.add(person, password_hash=None)
            session = Session(
                token_sha256=hashlib.sha256(TOKEN.encode()).hexdigest(),
                person_id=executor.id,
                created_at=now,
                expires_at=now + timedelta(hours=1),
                user_agent="Chromium",
            )
            await uow.sessions.add(session)
            ticket = make.ticket(status=Status.IN_PROGRESS, caller="+79161112233", created=now)
            his = replace(ticket, assignee_id=executor.id, subject="Не печатает чек")
            stored = await uow.tickets.add(his)
            await uow.commit()
        return stored.id
    finally:
        await database.close()


@pytest.mark.regulation("2.9")
async def test_an_executor_calls_a_client_back_from_his_screen_and_sees_how_it_ended(
    pbx: SamplePbx, ami: Observer, tmp_path: Path
) -> None:
    if not (CHROMIUM.exists() and BUILT.exists()):
        pytest.skip("Chromium is not installed, or the front end is not built")
    url = f"sqlite:///{tmp_path / 'screens.db'}"
    ticket_id = await seeded(url)
    async with (
        pbx.carrier("answers_and_hangs_up"),
        running(environment(pbx.facts, url, free_port()), tmp_path) as node,
        async_playwright() as playwright,
    ):
        await node.until_ready()
        with pbx.phone("201", "answers", delay=2500):
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            context = await browser.new_context(viewport={"width": 1366, "height": 768}, locale="ru-RU")
            await context.add_cookies([{"name": "session", "value": TOKEN, "url": node.address}])
            page = await context.new_page()
            await page.goto(f"{node.address}/tickets/{ticket_id}")
            await page.wait_for_selector("html[data-ready][data-stream=open]")
            await page.keyboard.press("b")
            card, panel = page.locator(".callback-card"), page.locator("#callbacks")
            await expect(card).to_contain_text("+7 916 111-22-33", timeout=SLOWLY)
            await expect(card).to_contain_text("Не печатает чек")
            await keep_picture(page.screenshot, "card")
            await expect(panel.locator("header")).to_contain_text("дозвонились", timeout=SLOWLY)
            await expect(panel).to_contain_text("клиент снял трубку")
            await panel.locator(".evidence summary").press("Enter")
            await expect(panel.locator(".evidence")).to_contain_text("по событиям АТС во время звонка")
            await keep_picture(page.screenshot, "result")
            await page.keyboard.press("v")
            await expect(panel).to_contain_text("Васильев Пётр отметил(а) автоответчик")
            await expect(panel.locator("header")).to_contain_text("позвоним")
            await browser.close()


async def keep_picture(screenshot: object, name: str) -> None:
    """A picture for people, where they ask for one."""
    folder = os.environ.get("CALLCENTER_PICTURES")
    if folder:
        await screenshot(path=Path(folder) / f"callback-{name}.png")  # type: ignore[operator]
