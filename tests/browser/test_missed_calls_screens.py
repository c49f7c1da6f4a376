"""Missed calls called back by rule, as the moderator, the executor and the supervisor see them."""

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import expect

from callcenter.domain.calls import CallOutcome
from callcenter.domain.missed_calls import MissedCallRule
from callcenter.services.desk import Desk
from callcenter.services.missed_calls import MissedCallCallbacks
from tests import make
from tests.browser.conftest import Screens
from tests.browser.desk_scene import DeskHouse
from tests.browser.dialer_scene import DialerHouse
from tests.browser.house import House
from tests.desk_house import RULES
from tests.fakes.notices import FakeNotices

pytestmark = [pytest.mark.regulation("2.9"), pytest.mark.regulation("2.1")]

RULE = MissedCallRule(enabled=True)


@pytest_asyncio.fixture(loop_scope="session")
async def dialer(house: House) -> DialerHouse:
    built = await DialerHouse.built(await DeskHouse.built(house), missed_rule=RULE)
    await house.link()
    return built


async def missed(house: House, waited: int = 40) -> int:
    """Somebody waited in vain just now; the number of his draft."""
    entered = house.clock.now()
    house.clock.advance(timedelta(seconds=waited))
    async with house.database.uow() as uow:
        hotline = (await uow.calls.hotlines())[0]
        draft = make.ticket(hotline_id=hotline.id, created=entered, missed=CallOutcome.ABANDONED)
        ticket = await uow.tickets.add(draft)
        call = await uow.calls.add(
            make.call("missed-1", hotline_id=hotline.id, ticket_id=ticket.id, entered=entered)
        )
        await uow.calls.save(replace(call, ended_at=house.clock.now(), outcome=CallOutcome.ABANDONED))
        await uow.commit()
    return ticket.id


async def test_missed_caller_is_called_back_by_rule_and_everybody_sees_why(
    dialer: DialerHouse, screens: Screens
) -> None:
    house = dialer.house
    ticket_id = await missed(house)
    drafts = await screens.screen("moderator", "/drafts")
    await expect(drafts.locator("#drafts")).to_contain_text("Перезвонить")
    house.clock.advance(timedelta(minutes=2))
    desk = Desk(open_uow=house.database.uow, clock=house.clock, rules=RULES, notices=FakeNotices())
    assert (await MissedCallCallbacks(desk, dialer.callbacks, RULE).sweep()).asked == 1
    await expect(drafts.locator("#drafts")).to_contain_text("по правилу")
    ticket = await screens.screen("moderator", f"/tickets/{ticket_id}")
    await expect(ticket.locator("#callbacks")).to_contain_text("по правилу: пропущенный звонок")
    await expect(ticket.locator("main")).to_contain_text("ждал 40 с")
    day = await screens.screen("vasiliev", "/callbacks")
    await expect(day.locator("main")).to_contain_text("по правилу: пропущенный звонок")
    board = await screens.screen("moderator", "/dialer")
    await expect(board.locator("main")).to_contain_text("Пропущенные по правилу")
    await expect(board.locator("main")).to_contain_text("Через 2 мин после звонка")
