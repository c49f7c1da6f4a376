"""The authorization matrix: role × operation × whose ticket; every cell is asked over HTTP, for API and screens."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse

from callcenter.domain.people import Action, Role
from callcenter.web.api.operation import Operation
from callcenter.web.api.operations import OPERATIONS as ALL_OPERATIONS
from callcenter.web.route import Route
from callcenter.web.routes import ROUTES
from tests.api_house import ALL_SCOPES, ApiHouse, opened_api
from tests.authorization import API, API_OWN_ONLY, API_PUBLIC, LETTERS, OWN_ONLY, RIGHTS
from tests.fakes.database import FakeDatabase

OPERATIONS = [each for each in ALL_OPERATIONS if not each.public]
PUBLIC_OPERATIONS = [each for each in ALL_OPERATIONS if each.public]
QUERIES = {
    "vendors.support": "product_id=1",
    "statistics.breakdown": "by=kind",
    "statistics.members": "of=kind",
    "proofs.evidence": "rule=clock.assign",
    "tickets.add_file": "name=note.txt",
}
PLACES = {"{name}": "registered", "{locale}": "ru", "{kind}": "day", "{slug}": "hotline", "{token}": "t" * 32}
SCREENS = [
    each
    for each in ROUTES
    if isinstance(each.policy, Action) and not each.path.startswith("/api/v1/") and each.path != "/live"
]
"""`/live` is a stream and does not end by itself: test_stream.py."""
TICKET_SCREENS = [
    each
    for each in SCREENS
    if each.policy in OWN_ONLY and "{ticket_id" in each.path and not each.path.endswith("/opt-out")
]
"""Whoever the client tells it may write down that he does not want to be called, whosever ticket it is."""
OWN_ONLY_OPERATIONS = [each for each in OPERATIONS if each.name in API_OWN_ONLY]
WORDS = {"tool": "anydesk", "remote_id": "123456789"}
FORM = {
    "version": "0",
    "to": "4",
    "into": "1",
    "reason": "x",
    "text": "x",
    "answer": "x",
    "note": "x",
    "why": "spam",
}


def one(schema: dict[str, Any], defs: dict[str, Any], name: str = "") -> Any:
    """The smallest value that a schema takes."""
    if "$ref" in schema:
        return one(defs[schema["$ref"].rpartition("/")[2]], defs, name)
    if "anyOf" in schema:
        return one(schema["anyOf"][0], defs, name)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema["type"]
    if kind == "object":
        fields = schema.get("properties", {})
        return {each: one(fields[each], defs, each) for each in schema.get("required", [])}
    if kind == "array":
        return [one(schema["items"], defs, name)] * schema.get("minItems", 0)
    if kind == "string":
        shaped = {"date-time": "2026-12-01T10:00:00Z", "date": "2026-12-01"}.get(schema.get("format", ""))
        return shaped or WORDS.get(name, "x")
    return {"integer": max(1, schema.get("minimum", 1)), "boolean": False}[kind]


def body_of(operation: Operation) -> Any:
    if operation.body is None:
        return None
    schema = operation.body.model_json_schema()
    return one(schema, schema.get("$defs", {}))


@pytest.fixture
async def api() -> AsyncIterator[ApiHouse]:
    async with opened_api(FakeDatabase().uow) as house:
        yield house


def login_of(role: Role) -> str:
    return str(role)


async def asked(
    api: ApiHouse, operation: Operation, login: str, *, ticket: tuple[int, int], session: bool
) -> ClientResponse:
    path = operation.path.replace("{ticket_id}", str(ticket[0]))
    path = path.replace("{person_id}", str(api.people["second"].id))
    path = re.sub(r"\{[a-z_]+\}", lambda place: PLACES.get(place[0], "1"), path)
    if operation.name in QUERIES:
        path += f"?{QUERIES[operation.name]}"
    who = api.session(login) if session else api.bearer(login)
    headers = {**who, **({"If-Match": f'"{ticket[1]}"'} if operation.versioned else {})}
    more: dict[str, Any] = {} if operation.body is None else {"json": body_of(operation)}
    if operation.takes:
        headers["Content-Type"], more = operation.takes[0], {"data": b"a file"}
    return await api.client.request(operation.method, f"/api/v1{path}", headers=headers, **more)


def test_every_operation_and_every_right_stands_in_the_table_and_nothing_else() -> None:
    assert {each.name for each in OPERATIONS} == set(API)
    assert {each.name for each in PUBLIC_OPERATIONS} == API_PUBLIC
    assert {str(each) for each in Action} <= set(RIGHTS)


@pytest.mark.regulation("1.4")
@pytest.mark.parametrize("letter", LETTERS)
async def test_each_role_may_ask_the_api_exactly_what_the_table_says(api: ApiHouse, letter: str) -> None:
    """By token; what no token may do, by the person's own browser."""
    login = login_of(LETTERS[letter])
    wrong = []
    for operation in OPERATIONS:
        # his own ticket where it matters whose it is
        ticket = await api.desk.in_work()
        answer = await asked(
            api, operation, login, ticket=(ticket.id, ticket.version), session=operation.in_person
        )
        allowed = letter in API[operation.name]
        if (answer.status != 403) is not allowed or answer.status in {401, 500, 503}:
            wrong.append((operation.name, answer.status, await answer.text()))
    assert wrong == []


@pytest.mark.parametrize("letter", LETTERS)
async def test_no_token_may_do_what_is_for_people_in_person(api: ApiHouse, letter: str) -> None:
    for operation in (each for each in OPERATIONS if each.in_person):
        answer = await asked(api, operation, login_of(LETTERS[letter]), ticket=(1, 1), session=False)
        assert answer.status == 403, operation.name


@pytest.mark.regulation("2.5")
@pytest.mark.parametrize("operation", OWN_ONLY_OPERATIONS, ids=lambda each: each.name)
async def test_an_executor_works_on_his_own_tickets_only_and_a_moderator_on_any(
    api: ApiHouse, operation: Operation
) -> None:
    statuses = {}
    for login in ("executor", "second", "moderator"):
        ticket = await api.desk.in_work()
        answer = await asked(api, operation, login, ticket=(ticket.id, ticket.version), session=False)
        statuses[login] = answer.status
    assert statuses["second"] == 403
    assert 403 not in {statuses["executor"], statuses["moderator"]}
    assert max(statuses.values()) < 500


@pytest.mark.parametrize("login", ["admin", "moderator"])
async def test_a_token_without_the_scope_is_refused_whatever_its_person_may(
    api: ApiHouse, login: str
) -> None:
    """Between the two they may do nearly everything; the token is lent all scopes but the operation's own."""
    opened = []
    secrets = {
        scope: await api.token(login, *(ALL_SCOPES - {scope}))
        for scope in {Action(each.policy) for each in OPERATIONS}
    }
    for operation in OPERATIONS:
        api.secrets[login] = secrets[Action(operation.policy)]
        answer = await asked(api, operation, login, ticket=(1, 1), session=False)
        if answer.status != 403:
            opened.append((operation.name, answer.status))
    assert opened == []


@pytest.mark.parametrize("operation", PUBLIC_OPERATIONS, ids=lambda each: each.name)
async def test_what_is_public_asks_for_no_token_and_tells_a_stranger_nothing_of_a_request(
    api: ApiHouse, operation: Operation
) -> None:
    path = re.sub(r"\{[a-z_]+\}", lambda place: PLACES.get(place[0], "1"), operation.full_path)
    more: dict[str, Any] = {} if operation.body is None else {"json": body_of(operation)}
    answer = await api.client.request(operation.method, path, **more)
    expected = {"public.describe": 200, "public.send": 422}.get(operation.name, 404)
    assert answer.status == expected, await answer.text()


async def test_what_a_person_did_is_told_to_himself_and_to_who_may_see_the_audit(api: ApiHouse) -> None:
    own = api.people["executor"].id
    assert (await api.ask("executor", "GET", f"/people/{own}/story")).status == 200
    assert (await api.ask("second", "GET", f"/people/{own}/story")).status == 403
    assert (await api.ask("supervisor", "GET", f"/people/{own}/story")).status == 200


async def test_nobody_drops_another_ones_saved_list(api: ApiHouse) -> None:
    view = await (await api.ask("moderator", "POST", "/views", {"name": "Мои", "query": "a=1"})).json()
    assert (await api.ask("executor", "DELETE", f"/views/{view['id']}")).status == 404
    assert (await api.ask("moderator", "DELETE", f"/views/{view['id']}")).status == 204


@pytest.mark.regulation("1.4")
@pytest.mark.parametrize("letter", LETTERS)
async def test_each_role_reaches_exactly_the_screens_of_its_rights(api: ApiHouse, letter: str) -> None:
    login, wrong = login_of(LETTERS[letter]), []
    headers = api.session(login)
    for route in SCREENS:
        ticket = await api.desk.in_work() if "{ticket_id" in route.path else None
        answer = await screen(api, route, headers, 1 if ticket is None else ticket.id, version=0)
        allowed = letter in RIGHTS[str(route.policy)]
        if route in TICKET_SCREENS and letter in "OS" and answer.status == 403:
            continue  # the ticket is somebody else's, and they work on none
        if (answer.status != 403) is not allowed or answer.status >= 500:
            wrong.append((route.method, route.path, answer.status))
        if route.path in {"/sign-out", "/settings/sessions/revoke", "/people/{person_id:[0-9]+}/sign-out"}:
            await api.sign_in()
    assert wrong == []


@pytest.mark.regulation("2.5")
@pytest.mark.parametrize("route", TICKET_SCREENS, ids=lambda each: f"{each.method} {each.path}")
async def test_the_screens_keep_an_executor_off_other_peoples_tickets(api: ApiHouse, route: Route) -> None:
    """What was refused left no trace on the ticket."""
    ticket = await api.desk.in_work()
    answer = await screen(api, route, api.session("second"), ticket.id, version=ticket.version)
    if route.method == "POST":
        assert answer.status in {403, 404, 422}
    details = await api.desk.details(ticket.id)
    assert details.ticket == ticket
    assert [each.text for each in details.messages] == []


async def screen(
    api: ApiHouse, route: Route, headers: dict[str, str], ticket_id: int, *, version: int
) -> ClientResponse:
    path = re.sub(r"\{ticket_id[^}]*\}", str(ticket_id), route.path)
    path = re.sub(r"\{[^}]+\}", "1", path)
    more: dict[str, Any] = {"data": {**FORM, "version": str(version)}} if route.method == "POST" else {}
    return await api.client.request(route.method, path, headers=headers, allow_redirects=False, **more)
