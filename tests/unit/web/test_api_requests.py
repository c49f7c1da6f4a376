"""The API over HTTP: who may, which version, once only, what is wrong, how often."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse

from callcenter.domain.errors import Unavailable
from callcenter.domain.lifecycle import Status
from callcenter.domain.people import Action
from callcenter.domain.story import actor_of
from callcenter.services.api_answers import ABANDONED_AFTER, KEPT_FOR
from callcenter.web.settings import WebSettings
from tests import make
from tests.api_house import BASE, ApiHouse, opened_api
from tests.fakes.database import FakeDatabase

KEY = "a-key-of-a-program"


@pytest.fixture
def database() -> FakeDatabase:
    return FakeDatabase()


@pytest.fixture
async def api(database: FakeDatabase) -> AsyncIterator[ApiHouse]:
    async with opened_api(database.uow) as house:
        yield house


async def problem(answer: ClientResponse, status: int, code: str) -> dict[str, Any]:
    assert answer.content_type == "application/problem+json"
    told: dict[str, Any] = await answer.json()
    assert (answer.status, told["status"], told["code"]) == (status, status, code)
    assert told["type"] == f"urn:callcenter:{code}"
    return told


async def test_a_program_takes_a_ticket_through_its_life(api: ApiHouse) -> None:
    draft = await (await api.ask("operator", "POST", "/tickets", {})).json()
    form = {"contact_name": "Пётр", "contact_phone": "8 916 123-45-67", "topic_id": 4, "kind": "reference"}
    form |= {
        "product_id": api.desk.product.id,
        "text": "Не открывается отчёт",
        "client_id": api.desk.caller.id,
    }
    steps: list[tuple[str, str, Any]] = [
        ("operator", "register", {**form, "organization_id": api.desk.company.id, "said": True}),
        ("moderator", "assign", {"to": api.people["executor"].id}),
        ("executor", "accept", None),
        ("executor", "wait", {"reason": "Ждём снимок экрана"}),
        ("executor", "continue", {}),
        ("executor", "resolve", {"answer": "Обновите программу"}),
        ("executor", "confirm", {"reason": "Клиент согласен"}),
    ]
    path, version, statuses = f"/tickets/{draft['id']}", draft["version"], []
    for login, step, body in steps:
        api.desk.clock.advance(timedelta(minutes=1))
        answer = await api.ask(login, "POST", f"{path}/{step}", body, version=version)
        told = await answer.json()
        assert answer.status == 200, told
        version = told["version"]
        assert answer.headers["ETag"] == f'"{version}"'
        statuses.append(told["status"])
    assert statuses == ["new", "assigned", "in_progress", "waiting", "in_progress", "resolved", "closed"]
    story = await (await api.ask("supervisor", "GET", f"{path}/story")).json()
    assert [each["action"] for each in story][-2:] == ["ticket.resolved", "ticket.closed"]
    clocks = await (await api.ask("supervisor", "GET", f"{path}/clocks")).json()
    resolve = next(each for each in clocks["verdicts"] if each["clock"] == "resolve")
    assert [each["holder"] for each in resolve["intervals"]] == [
        "line",
        "moderator",
        "executor",
        "client",
        "executor",
    ]


async def test_a_list_goes_on_where_it_stopped(api: ApiHouse) -> None:
    made = [(await api.desk.registered()).id for _ in range(5)]
    seen: list[int] = []
    after = ""
    while True:
        page = await (
            await api.ask("moderator", "GET", f"/tickets?status=new&sort=newest&limit=2{after}")
        ).json()
        seen += [each["id"] for each in page["tickets"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == sorted(made, reverse=True)


async def test_filters_must_all_fit(api: ApiHouse) -> None:
    await api.desk.registered()
    given = await api.desk.in_work()
    one = await (
        await api.ask("moderator", "GET", "/tickets?status=new&status=in_progress&overdue=false")
    ).json()
    assert len(one["tickets"]) == 2
    mine = api.people["executor"].id
    other = await (await api.ask("moderator", "GET", f"/tickets?assignee_id={mine}&kind=reference")).json()
    assert [each["id"] for each in other["tickets"]] == [given.id]


async def test_nobody_is_let_in_without_a_good_token(api: ApiHouse) -> None:
    for headers in ({}, {"Authorization": "Bearer hct_wrong"}, {"Authorization": "Basic aGN0Xzox"}):
        answer = await api.client.get("/api/v1/tickets", headers=headers)
        await problem(answer, 401, "not_signed_in")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_revoked_token_opens_nothing_at_once(api: ApiHouse) -> None:
    tokens = await api.services.api_tokens.all(api.desk.people.admin)
    mine = next(each.token for each in tokens if each.person.login == "moderator")
    assert (await api.ask("moderator", "GET", "/tickets")).status == 200
    answer = await api.client.delete(f"/api/v1/tokens/{mine.id}", headers=api.session("admin"))
    assert answer.status == 204
    await problem(await api.ask("moderator", "GET", "/tickets"), 401, "not_signed_in")


async def test_a_token_ends_with_its_day_and_with_its_person(api: ApiHouse, database: FakeDatabase) -> None:
    api.secrets["operator"] = await api.token("operator", days=1)
    api.desk.clock.advance(timedelta(days=1))
    await problem(await api.ask("operator", "GET", "/me"), 401, "not_signed_in")
    async with database.uow() as uow:
        await uow.people.save(replace(api.people["executor"], active=False))
        await uow.commit()
    await problem(await api.ask("executor", "GET", "/me"), 401, "not_signed_in")


async def test_a_token_never_does_more_than_its_scopes(api: ApiHouse) -> None:
    """A moderator's token that may only work on tickets works on his own ones, as an executor's does."""
    api.secrets["moderator"] = await api.token("moderator", Action.SEE_TICKETS, Action.WORK_ON_TICKETS)
    ticket = await api.desk.in_work()
    told = await problem(await api.ask("moderator", "GET", "/people"), 403, "forbidden")
    assert told["now"]["action"] == "people.edit"
    answer = await api.ask(
        "moderator", "POST", f"/tickets/{ticket.id}/wait", {"reason": "x"}, version=ticket.version
    )
    await problem(answer, 403, "forbidden")
    me = await (await api.ask("moderator", "GET", "/tickets/counts")).json()
    assert me["open"] == 1


async def test_a_token_for_public_forms_reaches_no_webhook_and_the_other_way_round(api: ApiHouse) -> None:
    """A webhook carries every ticket outside: whoever may colour a form may not add one."""
    hook = {"url": "https://a.example/x", "events": ["ticket.closed"]}
    for scope, reached, refused in (
        (Action.EDIT_SITES, "/sites", "/webhooks"),
        (Action.EDIT_WEBHOOKS, "/webhooks", "/sites"),
    ):
        api.secrets["admin"] = await api.token("admin", scope)
        assert (await api.ask("admin", "GET", reached)).status == 200
        await problem(await api.ask("admin", "GET", refused), 403, "forbidden")
        added = await api.ask("admin", "POST", "/webhooks", hook)
        assert added.status == (201 if reached == "/webhooks" else 403)


async def test_what_a_token_changes_outside_is_told_of_its_person(
    api: ApiHouse, database: FakeDatabase
) -> None:
    api.secrets["admin"] = await api.token("admin", Action.EDIT_WEBHOOKS)
    hook = {"url": "https://a.example/x", "events": ["ticket.closed"]}
    assert (await api.ask("admin", "POST", "/webhooks", hook)).status == 201
    async with database.uow(write=False) as uow:
        found = await uow.audit.of_actor(actor_of(api.people["admin"].id), before=None, limit=5)
    assert "webhook.added" in [row.action for row in found]


async def test_no_token_makes_tokens_or_sign_in_links(api: ApiHouse) -> None:
    person = api.people["operator"].id
    for method, path, body in (
        ("GET", "/tokens", None),
        ("POST", f"/people/{person}/sign-in-link", None),
        ("POST", "/tokens", {"person_id": person, "name": "x", "scopes": ["tickets.see"], "expires_at": "x"}),
    ):
        told = await problem(await api.ask("admin", method, path, body), 403, "forbidden")
        assert told["now"].get("why", "in_person") == "in_person"


async def test_a_token_is_told_once_and_its_last_use_is_known(api: ApiHouse, database: FakeDatabase) -> None:
    body = {"person_id": api.people["operator"].id, "name": "Касса", "scopes": ["own_settings.change"]}
    body["expires_at"] = (api.desk.clock.now() + timedelta(days=10)).isoformat()
    answer = await api.client.post("/api/v1/tokens", json=body, headers=api.session("admin"))
    made = await answer.json()
    assert answer.status == 201
    me = await api.client.get("/api/v1/me", headers={"Authorization": f"Bearer {made['secret']}"})
    assert (await me.json())["actions"] == ["own_settings.change"]
    listed = await (await api.client.get("/api/v1/tokens", headers=api.session("admin"))).json()
    mine = next(each["token"] for each in listed if each["token"]["id"] == made["token"]["id"])
    assert mine["last_used_at"] is not None
    assert made["secret"].startswith(mine["prefix"])
    assert made["secret"] not in repr(database.memory)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"scopes": ["tokens.edit"]}, "scopes"),
        ({"expires_at": "2030-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2026-11-23T06:00:00Z"}, "expires_at"),
        ({"person_id": 999}, "person_id"),
        ({"name": " "}, "name"),
    ],
)
async def test_a_token_has_a_person_scopes_a_name_and_an_end(
    api: ApiHouse, more: dict[str, object], field: str
) -> None:
    end = (api.desk.clock.now() + timedelta(days=10)).isoformat()
    body = {"person_id": 1, "name": "x", "scopes": ["tickets.see"], "expires_at": end, **more}
    answer = await api.client.post("/api/v1/tokens", json=body, headers=api.session("admin"))
    assert list((await problem(answer, 422, "invalid_input"))["problems"]) == [field]


async def test_a_change_names_the_version_it_saw(api: ApiHouse) -> None:
    ticket = await api.desk.registered()
    path, body = f"/tickets/{ticket.id}/assign", {"to": api.people["executor"].id}
    await problem(await api.ask("moderator", "POST", path, body), 428, "version_required")
    for said in ("*", "3", 'W/"3"', '"0"', '"x"'):
        answer = await api.ask("moderator", "POST", path, body, headers={"If-Match": said})
        told = await problem(answer, 422, "invalid_input")
        assert told["problems"] == {"If-Match": "not_a_version"}
    assert (await api.ask("moderator", "POST", path, body, version=ticket.version)).status == 200


async def test_the_second_of_two_is_told_what_it_is_now(api: ApiHouse) -> None:
    ticket = await api.desk.registered()
    path = f"/tickets/{ticket.id}/assign"
    first, second = [
        await api.ask("moderator", "POST", path, {"to": api.people[to].id}, version=ticket.version)
        for to in ("executor", "second")
    ]
    assert first.status == 200
    told = await problem(second, 412, "stale")
    assert told["now"]["status"] == "assigned"
    assert told["now"]["assignee_id"] == api.people["executor"].id
    assert told["now"]["version"] == (await first.json())["version"]


async def test_a_step_that_the_life_cycle_lacks_is_a_conflict(api: ApiHouse) -> None:
    ticket = await api.desk.registered()
    answer = await api.ask("moderator", "POST", f"/tickets/{ticket.id}/confirm", {}, version=ticket.version)
    await problem(answer, 409, "transition_refused")


async def test_a_repeated_request_happens_once_and_is_answered_the_same(api: ApiHouse) -> None:
    ticket = await api.desk.in_work()
    path, body = f"/tickets/{ticket.id}/notes", {"text": "Перезвонить после обеда"}
    first = await api.ask("executor", "POST", path, body, key=KEY)
    again = await api.ask("executor", "POST", path, body, key=KEY)
    assert (first.status, again.status) == (200, 200)
    assert await first.read() == await again.read()
    assert first.headers["ETag"] == again.headers["ETag"]
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    messages = await (await api.ask("executor", "GET", f"/tickets/{ticket.id}/messages")).json()
    assert len([each for each in messages if each["kind"] == "note"]) == 1


async def test_a_key_belongs_to_one_request_of_one_token(api: ApiHouse) -> None:
    ticket = await api.desk.in_work()
    path = f"/tickets/{ticket.id}/notes"
    assert (await api.ask("executor", "POST", path, {"text": "раз"}, key=KEY)).status == 200
    told = await problem(await api.ask("executor", "POST", path, {"text": "два"}, key=KEY), 422, "key_reused")
    assert list(told["problems"]) == ["Idempotency-Key"]
    assert (await api.ask("moderator", "POST", path, {"text": "два"}, key=KEY)).status == 200


async def test_a_refused_request_frees_its_key(api: ApiHouse) -> None:
    ticket = await api.desk.registered()
    path, body = f"/tickets/{ticket.id}/assign", {"to": 999}
    await problem(
        await api.ask("moderator", "POST", path, body, version=ticket.version, key=KEY), 422, "invalid_input"
    )
    body = {"to": api.people["executor"].id}
    answer = await api.ask("moderator", "POST", path, body, version=ticket.version, key=KEY)
    assert answer.status == 200


async def test_a_request_in_flight_is_not_begun_twice(api: ApiHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = await api.desk.in_work()
    begun, go = asyncio.Event(), asyncio.Event()
    note = api.services.desk.work.note  # type: ignore[union-attr]

    async def slow(self: object, *arguments: Any, **more: Any) -> Any:
        begun.set()
        await go.wait()
        return await note(*arguments, **more)

    monkeypatch.setattr("callcenter.services.work.Work.note", slow)
    path, body = f"/tickets/{ticket.id}/notes", {"text": "раз"}
    first = asyncio.create_task(api.ask("executor", "POST", path, body, key=KEY))
    await begun.wait()
    second = await api.ask("executor", "POST", path, body, key=KEY)
    await problem(second, 409, "in_flight")
    assert second.headers["Retry-After"] == "1"
    go.set()
    assert (await first).status == 200


async def test_what_was_committed_is_not_repeated_though_its_answer_was_lost(
    api: ApiHouse, database: FakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await api.desk.in_work()
    path, body = f"/tickets/{ticket.id}/notes", {"text": "раз"}

    async def crash(*_: Any, **__: Any) -> None:
        raise Unavailable("the machine stopped before the answer was stored")

    with monkeypatch.context() as broken:
        broken.setattr("tests.fakes.api_tokens.FakeApiAnswers.finish", crash)
        assert (await api.ask("executor", "POST", path, body, key=KEY)).status == 503
    api.desk.clock.advance(2 * ABANDONED_AFTER)
    await problem(await api.ask("executor", "POST", path, body, key=KEY), 409, "answer_lost")
    assert len(database.memory.messages) == 1


async def test_an_abandoned_request_may_be_begun_anew(
    api: ApiHouse, database: FakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await api.desk.in_work()
    path, body = f"/tickets/{ticket.id}/notes", {"text": "раз"}

    async def crash(*_: Any, **__: Any) -> None:
        raise Unavailable("the machine stopped before the change")

    with monkeypatch.context() as broken:
        broken.setattr("callcenter.services.work.Work.note", crash)
        broken.setattr("tests.fakes.api_tokens.FakeApiAnswers.forget", crash)
        assert (await api.ask("executor", "POST", path, body, key=KEY)).status == 503
    await problem(await api.ask("executor", "POST", path, body, key=KEY), 409, "in_flight")
    api.desk.clock.advance(ABANDONED_AFTER)
    assert (await api.ask("executor", "POST", path, body, key=KEY)).status == 200
    assert len(database.memory.messages) == 1


async def test_a_key_is_forgotten_after_a_day(api: ApiHouse) -> None:
    ticket = await api.desk.in_work()
    path, body = f"/tickets/{ticket.id}/notes", {"text": "раз"}
    await api.ask("executor", "POST", path, body, key=KEY)
    api.desk.clock.advance(KEPT_FOR + timedelta(seconds=1))
    again = await api.ask("executor", "POST", path, body, key=KEY)
    assert "Idempotency-Replayed" not in again.headers


@pytest.mark.parametrize("key", ["short", "with space in it", "x" * 201])
async def test_a_malformed_key_is_refused(api: ApiHouse, key: str) -> None:
    told = await problem(await api.ask("operator", "POST", "/tickets", {}, key=key), 422, "invalid_input")
    assert told["problems"] == {"Idempotency-Key": "malformed"}


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        (b"{", {"body": "json"}),
        (b"[]", {"body": "object"}),
        (b'{"text": "x", "more": 1}', {"more": "unknown"}),
        (b"{}", {"text": "required"}),
        (b'{"text": 5}', {"text": "string_type"}),
        (b'{"text": ""}', {"text": "required"}),
        (b'{"text": "\\u0000"}', {"text": "control_characters"}),
        (b'{"text": "\xff"}', {"body": "json"}),
        (b'{"text": "\\ud800"}', {"body": "json"}),
    ],
)
async def test_wrong_fields_are_listed(api: ApiHouse, body: bytes, problems: dict[str, str]) -> None:
    answer = await api.client.post(
        "/api/v1/tickets/1001/notes",
        data=body,
        headers={**api.bearer("operator"), "Content-Type": "application/json"},
    )
    assert (await problem(answer, 422, "invalid_input"))["problems"] == problems


@pytest.mark.parametrize(
    ("query", "problems"),
    [
        ("limit=0", {"limit": "out_of_range"}),
        ("limit=x", {"limit": "malformed"}),
        ("sort=name", {"sort": "choice"}),
        ("status=new&status=old", {"status.1": "choice"}),
        ("kind=outage&kind=vendor", {"kind": "given_twice"}),
        ("order=id", {"order": "unknown"}),
        ("after=nonsense", {"after": "not_a_cursor"}),
        ("since=2026-11-23", {"since": "malformed"}),
        ("since=2026-11-23T10:00:00", {"since": "zone_missing"}),
        ("since=0001-01-01T00:00:00%2B05:00", {"since": "malformed"}),
    ],
)
async def test_wrong_filters_are_listed(api: ApiHouse, query: str, problems: dict[str, str]) -> None:
    answer = await api.ask("moderator", "GET", f"/tickets?{query}")
    assert (await problem(answer, 422, "invalid_input"))["problems"] == problems


async def test_a_query_nobody_asked_for_is_refused(api: ApiHouse) -> None:
    told = await problem(await api.ask("operator", "GET", "/topics?retired=yes"), 422, "invalid_input")
    assert told["problems"] == {"retired": "unknown"}


async def test_a_body_is_json_and_bounded(api: ApiHouse) -> None:
    address, text = "/api/v1/tickets/1001/notes", api.bearer("operator") | {"Content-Type": "text/plain"}
    await problem(await api.client.post(address, data=b"{}", headers=text), 415, "http_415")
    large = b'{"text": "' + b"x" * 2**20 + b'"}'
    json = api.bearer("operator") | {"Content-Type": "application/json"}
    await problem(await api.client.post(address, data=io.BytesIO(large), headers=json), 413, "http_413")


async def test_unknown_addresses_methods_and_things_are_problems_too(api: ApiHouse) -> None:
    await problem(await api.ask("moderator", "GET", "/nothing"), 404, "http_404")
    await problem(await api.ask("moderator", "POST", "/nothing", {}), 404, "http_404")
    answer = await api.ask("moderator", "DELETE", "/tickets")
    await problem(answer, 405, "http_405")
    assert set(answer.headers["Allow"].split(",")) == {"GET", "POST"}
    await problem(await api.ask("moderator", "GET", "/tickets/77"), 404, "not_found")
    await problem(await api.ask("moderator", "GET", f"/tickets/{10**12}"), 404, "not_found")
    await problem(await api.ask("moderator", "GET", "/tickets/abc"), 404, "http_404")


async def test_a_browser_may_ask_from_our_pages_only(api: ApiHouse) -> None:
    own, foreign = api.session("operator"), api.session("operator") | {"Sec-Fetch-Site": "cross-site"}
    assert (await api.client.post("/api/v1/tickets", json={}, headers=own)).status == 201
    await problem(await api.client.post("/api/v1/tickets", json={}, headers=foreign), 403, "forbidden")


async def test_who_asks_too_often_is_told_when_to_come_again(database: FakeDatabase) -> None:
    async with opened_api(database.uow, WebSettings(base_url=BASE, api_requests_per_minute=3)) as api:
        for _ in range(3):
            assert (await api.ask("operator", "GET", "/me")).status == 200
        answer = await api.ask("operator", "GET", "/me")
        await problem(answer, 429, "too_many_attempts")
        assert answer.headers["Retry-After"] == "20"
        assert (await api.ask("moderator", "GET", "/me")).status == 200
        api.desk.clock.advance(timedelta(seconds=20))
        assert (await api.ask("operator", "GET", "/me")).status == 200


async def test_who_guesses_tokens_is_slowed_down(api: ApiHouse) -> None:
    statuses = [
        (await api.client.get("/api/v1/me", headers={"Authorization": f"Bearer hct_{no}"})).status
        for no in range(31)
    ]
    assert statuses == [401] * 30 + [429]
    assert (await api.ask("operator", "GET", "/me")).status == 200


async def test_a_database_that_is_away_is_said(api: ApiHouse, database: FakeDatabase) -> None:
    database.unavailable = True
    answer = await api.ask("operator", "GET", "/tickets")
    await problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "5"


async def test_a_ticket_whose_clocks_are_lost_is_shown_and_listed_as_such(api: ApiHouse) -> None:
    now = api.desk.clock.now()
    lost = replace(make.ticket(caller=None, status=Status.NEW, created=now), registered_at=now)
    async with api.desk.open_uow() as uow:
        lost = await uow.tickets.add(lost)
        await uow.commit()
    path = f"/tickets/{lost.id}"
    taken = await api.ask("moderator", "POST", f"{path}/take", version=lost.version)
    assert taken.status == 200, await taken.text()
    told = await (await api.ask("moderator", "GET", f"{path}/clocks")).json()
    assert told == {"clocks": [], "verdicts": [], "clocks_unknown": True}
    page = await api.client.get(path, headers=api.session("moderator"))
    assert "сроки неизвестны" in await page.text()
    system = await (await api.ask("supervisor", "GET", "/system")).json()
    assert system["tickets_without_clocks"] == [lost.id]
    page = await api.client.get("/system", headers=api.session("supervisor"))
    assert f'href="/tickets/{lost.id}"' in await page.text()
