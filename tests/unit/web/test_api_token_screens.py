"""The administrator's screens of tokens, and the page that browses the API."""

import re
from collections.abc import AsyncIterator

import pytest

from callcenter.domain.people import Action
from callcenter.web.token_wording import SCOPES
from tests.api_house import ApiHouse, opened_api
from tests.fakes.database import FakeDatabase


@pytest.fixture
def database() -> FakeDatabase:
    return FakeDatabase()


@pytest.fixture
async def api(database: FakeDatabase) -> AsyncIterator[ApiHouse]:
    async with opened_api(database.uow) as house:
        yield house


async def sent(api: ApiHouse, **fields: object) -> tuple[int, str]:
    answer = await api.client.post("/tokens/new", data=fields, headers=api.session("admin"))
    return answer.status, await answer.text()


def test_every_right_has_its_words() -> None:
    assert {str(each) for each in Action} <= set(SCOPES)


async def test_a_token_made_on_the_screen_is_shown_once_and_opens_the_api(
    api: ApiHouse, database: FakeDatabase
) -> None:
    operator = api.people["operator"].id
    status, text = await sent(
        api, name="<b>Касса</b>", person_id=operator, days=30, scopes="own_settings.change"
    )
    assert status == 200
    assert "&lt;b&gt;Касса" in text
    assert "<b>Касса" not in text
    found = re.search(r'value="(hct_[^"]+)"', text)
    assert found is not None
    me = await api.client.get("/api/v1/me", headers={"Authorization": f"Bearer {found[1]}"})
    assert (await me.json())["person"]["login"] == "operator"
    listed = await (await api.client.get("/tokens", headers=api.session("admin"))).text()
    assert found[1] not in listed
    assert found[1][:10] in listed
    last = database.memory.audit[-1]
    assert (last["action"], last["actor"]) == ("api_token.created", f"person:{api.people['admin'].id}")
    assert found[1] not in repr(last)


async def test_an_incomplete_form_comes_back_as_it_was_typed(api: ApiHouse) -> None:
    status, text = await sent(api, name="", person_id="", days=180, scopes="tickets.see")
    assert status == 422
    assert text.count('class="problem"') == 2
    assert '<option value="180" selected>' in text
    assert re.search(r'value="tickets.see" checked', text)
    status, text = await sent(api, name="Касса", person_id=2, days=30)
    assert status == 422
    assert "Отметьте хотя бы одно право." in text
    assert 'value="Касса"' in text


@pytest.mark.parametrize("days", ["", "7", "9999", "x"])
async def test_a_life_is_chosen_from_the_list(api: ApiHouse, days: str) -> None:
    status, text = await sent(api, name="Касса", person_id=2, days=days, scopes="tickets.see")
    assert (status, "Выберите из списка." in text) == (422, True)


async def test_a_right_that_is_not_lent_cannot_be_ticked(api: ApiHouse) -> None:
    page = await (await api.client.get("/tokens/new", headers=api.session("admin"))).text()
    assert "tokens.edit" not in page
    status, _ = await sent(api, name="Касса", person_id=2, days=30, scopes="tokens.edit")
    assert status == 422


async def test_a_revoked_token_stays_listed_as_ended(api: ApiHouse) -> None:
    listed = await api.services.api_tokens.all(api.desk.people.admin)
    mine = next(each.token for each in listed if each.person.login == "operator")
    answer = await api.client.post(
        f"/tokens/{mine.id}/revoke", headers=api.session("admin"), allow_redirects=False
    )
    assert (answer.status, answer.headers["Location"]) == (303, "/tokens")
    text = await (await api.client.get("/tokens", headers=api.session("admin"))).text()
    assert "отозван" in text
    again = await api.client.post(f"/tokens/{mine.id}/revoke", headers=api.session("admin"))
    assert again.status == 404


async def test_the_browser_of_the_api_runs_no_foreign_and_no_inline_code(api: ApiHouse) -> None:
    answer = await api.client.get("/api/docs")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    text = await answer.text()
    assert re.findall(r'(?:src|href)="([^"/]|/[^s])', text) == []
    assert "<style" not in text
    assert set(re.findall(r"<script[^>]*>(.*?)</script>", text)) == {""}


async def test_the_document_is_served_to_anybody_who_asks(api: ApiHouse) -> None:
    answer = await api.client.get("/openapi.json")
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert (await answer.json())["openapi"] == "3.1.1"
