"""«It was a person» on the executor's card and on the ticket, as the handlers serve it. Regulation: 2.9, point 2."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from callcenter.domain.lifecycle import Status
from dialer.attempt import Outcome
from tests import make
from tests.api_house import ApiHouse, opened_api
from tests.fakes.database import FakeDatabase
from tests.make_callbacks import a_series, an_attempt

pytestmark = pytest.mark.regulation("2.9")
MACHINE, BUSY = "cb-00000001", "cb-00000002"
SAID = "Это был человек"


@pytest.fixture
async def api() -> AsyncIterator[ApiHouse]:
    """A house whose executor has two open series: Asterisk heard a machine in one, the other client was engaged."""
    async with opened_api(FakeDatabase().uow) as api:
        executor, now = api.people["executor"], api.desk.clock.now()
        async with api.desk.open_uow() as uow:
            for attempt_id, outcome in ((MACHINE, Outcome.ANSWERING_MACHINE), (BUSY, Outcome.BUSY)):
                waiting = make.ticket(status=Status.WAITING, created=now)
                ticket = await uow.tickets.add(replace(waiting, assignee_id=executor.id))
                series = await uow.callbacks.add(a_series(ticket.id, executor.id, updated_at=now))
                attempt = an_attempt(series, attempt_id)
                assert await uow.callback_attempts.add(attempt)
                over = an_attempt(series, attempt.id, outcome=outcome, ended_at=make.at(40), touched=True)
                assert await uow.callback_attempts.finish(over)
            await uow.commit()
        yield api


async def series_of(api: ApiHouse, attempt_id: str) -> tuple[int, int]:
    """The numbers of the series and of its ticket."""
    async with api.desk.open_uow(write=False) as uow:
        attempt = await uow.callback_attempts.by_id(attempt_id)
    assert attempt is not None
    return attempt.callback_id, attempt.ticket_id


async def outcome_of(api: ApiHouse, attempt_id: str) -> Outcome | None:
    async with api.desk.open_uow(write=False) as uow:
        attempt = await uow.callback_attempts.by_id(attempt_id)
    assert attempt is not None
    return attempt.outcome


async def page(api: ApiHouse, path: str) -> str:
    answer = await api.client.get(path, headers=api.session("executor"))
    assert answer.status == 200, await answer.text()
    return await answer.text()


async def say(api: ApiHouse, series_id: int, **fields: str) -> tuple[int, str]:
    answer = await api.client.post(
        f"/callbacks/{series_id}/person", data=fields, headers=api.session("executor"), allow_redirects=False
    )
    return answer.status, await answer.text()


async def test_the_card_offers_it_for_the_machine_only_and_goes_when_it_is_said(api: ApiHouse) -> None:
    series_id, _ = await series_of(api, MACHINE)
    card = await page(api, "/callbacks/card")
    assert card.count(SAID) == 1 and f'hx-post="/callbacks/{series_id}/person"' in card
    assert f'value="{MACHINE}"' in card and BUSY not in card
    status, left = await say(api, series_id, attempt=MACHINE, back="card")
    assert status == 200 and 'data-part="callback-card"' in left and SAID not in left
    assert await outcome_of(api, MACHINE) is Outcome.INTERRUPTED


async def test_the_ticket_offers_it_and_then_says_who_put_it_right(api: ApiHouse) -> None:
    series_id, ticket_id = await series_of(api, MACHINE)
    shown = await page(api, f"/tickets/{ticket_id}")
    assert f'action="/callbacks/{series_id}/person"' in shown and shown.count(SAID) == 1
    assert "Попытка не засчитывается, перезвоним скоро." in shown
    status, _ = await say(api, series_id, attempt=MACHINE)
    assert status == 303
    after = await page(api, f"/tickets/{ticket_id}")
    assert SAID not in after and "АТС приняла его за автоответчик" in after


async def test_the_ticket_of_an_engaged_client_does_not_offer_it(api: ApiHouse) -> None:
    _, ticket_id = await series_of(api, BUSY)
    assert SAID not in await page(api, f"/tickets/{ticket_id}")


async def test_an_attempt_without_a_machine_is_refused_in_words_on_the_card(api: ApiHouse) -> None:
    series_id, _ = await series_of(api, BUSY)
    status, text = await say(api, series_id, attempt=BUSY, back="card")
    assert status == 200 and "Кто-то изменил это раньше вас" in text
    assert await outcome_of(api, BUSY) is Outcome.BUSY


async def test_the_list_of_keys_tells_both_meanings(api: ApiHouse) -> None:
    keys = await page(api, "/callbacks")
    assert "это был автоответчик; или это был человек, если за автоответчик его принял Asterisk" in keys
