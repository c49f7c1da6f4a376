"""What of our calls counts against the client is a setting: the API and the pop-up say what the dialer does."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from callcenter.domain.calls import Ringing
from callcenter.domain.lifecycle import Status
from dialer.attempt import Outcome
from dialer.policy import Policy
from tests import make
from tests.api_house import ApiHouse, opened_api
from tests.fakes.database import FakeDatabase
from tests.make_callbacks import a_series, an_attempt

pytestmark = pytest.mark.regulation("2.9")


@pytest.fixture
async def api() -> AsyncIterator[ApiHouse]:
    """A house where only «no answer» counts, and a client who was engaged once and did not answer once."""
    async with opened_api(FakeDatabase().uow, policy=Policy(counted=frozenset({Outcome.NO_ANSWER}))) as api:
        executor, operator = api.people["executor"], api.people["operator"]
        async with api.desk.open_uow() as uow:
            ticket = await uow.tickets.add(make.ticket(status=Status.IN_PROGRESS))
            series = await uow.callbacks.add(a_series(ticket.id, executor.id))
            for number, outcome in enumerate((Outcome.BUSY, Outcome.NO_ANSWER)):
                attempt = an_attempt(series, f"cb-{number:08d}", no=number + 1)
                assert await uow.callback_attempts.add(attempt)
                over = an_attempt(series, attempt.id, outcome=outcome, ended_at=make.at(40), touched=True)
                assert await uow.callback_attempts.finish(over)
            hotline = await uow.calls.add_hotline(make.hotline("Вторая линия", ("+78005550641",)))
            call = await uow.calls.add(make.call(hotline_id=hotline.id, ticket_id=ticket.id))
            ringing = Ringing(call_id=call.id, person_id=operator.id, since=make.START + timedelta(hours=1))
            assert await uow.calls.start_ringing(ringing)
            await uow.commit()
        yield api


async def told(api: ApiHouse, login: str, path: str) -> object:
    answer = await api.ask(login, "GET", path)
    assert answer.status == 200, await answer.text()
    found: object = await answer.json()
    return found


async def test_tickets_attempts_count_as_the_setting_says(api: ApiHouse) -> None:
    day = await told(api, "executor", "/callbacks")
    ticket_id = day["open"][0]["ticket"]["id"]  # type: ignore[index]
    (series,) = await told(api, "executor", f"/tickets/{ticket_id}/callbacks")  # type: ignore[misc]
    counted = {each["outcome"]: each["counted"] for each in series["attempts"]}
    assert (counted, series["counted"]) == ({"busy": False, "no_answer": True}, 1)
    assert series["callback"]["origin"] == "executor"


async def test_own_callbacks_count_as_the_setting_says(api: ApiHouse) -> None:
    day = await told(api, "executor", "/callbacks")
    (row,) = day["open"]  # type: ignore[index]
    assert [each["counted"] for each in row["series"]["attempts"]] == [False, True]
    assert row["series"]["counted"] == 1


async def test_pop_up_counts_as_the_setting_says(api: ApiHouse) -> None:
    (pop,) = await told(api, "operator", "/pops")  # type: ignore[misc]
    assert [(line["attempts"], line["counted"]) for line in pop["callbacks"]] == [(2, 1)]
