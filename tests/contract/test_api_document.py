"""The running API against its own document: no fault, nothing undeclared. Every operation is asked, well and badly."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from callcenter.domain.people import Role
from callcenter.domain.shifts import Leave
from callcenter.domain.signing import Signer
from callcenter.domain.ticket import Ticket
from callcenter.services.status_links import PublicLinks
from callcenter.web.api.documents import document_text
from callcenter.web.api.operations import OPERATIONS
from callcenter.web.routes import ROUTES
from tests import make
from tests.api_house import ALL_SCOPES, BASE, ApiHouse, opened_api
from tests.databases import PostgresqlCluster, SqliteTemplate, opened
from tests.fakes.tokens import FakeTokens

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = {"sqlite": (3, 2), "postgresql": (2, 1)}
"""How many of each operation, well and badly: what is refused never comes to the database."""
Document = dict[str, Any]
DAYS = {
    "day": ["2026-11-23", "2026-10-05"],
    "first": ["2026-11-16"],
    "last": ["2026-11-22", "2026-11-23"],
    "month": ["2026-11", "2026-10"],
}
"""Days in which something happened: any others are refused or empty."""


def document() -> Document:
    told: Document = json.loads(document_text())
    return told


def test_the_document_is_valid_openapi_3_1() -> None:
    assert document()["openapi"].startswith("3.1.")
    validate(document())


def test_every_address_of_the_api_is_an_operation_of_the_document_and_the_other_way_round() -> None:
    served = {(each.method, each.path) for each in ROUTES if each.path.startswith("/api/")}
    own = {("GET", "/api/docs"), ("OPTIONS", "/api/forms/{slug}")}
    assert served - own == {(each.method, each.route_path) for each in OPERATIONS}
    told = {(method.upper(), path) for path, methods in document()["paths"].items() for method in methods}
    assert told == {(each.method, each.full_path) for each in OPERATIONS}


def test_operations_and_schemas_have_names_of_their_own() -> None:
    names = [each.name for each in OPERATIONS]
    assert len(names) == len(set(names))
    assert not [name for name in document()["components"]["schemas"] if "__" in name]


def test_every_operation_says_what_it_does_and_whose_right_it_is() -> None:
    for each in (one for methods in document()["paths"].values() for one in methods.values()):
        assert each["summary"]
        assert f"`{each['x-action']}`" in each["description"]


@dataclass(frozen=True, kw_only=True)
class Served:
    """The program on its port; `ids` are what addresses may name, `bearer` may do everything a token may."""

    base_url: str
    ids: dict[str, list[int | str]]
    bearer: dict[str, str]
    session: dict[str, str]
    examples: tuple[int, int]


@pytest.fixture(params=["sqlite", "postgresql"])
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    """The API in a thread of its own, because schemathesis asks without asyncio."""
    template = request.getfixturevalue(
        "sqlite_template" if request.param == "sqlite" else "postgresql_cluster"
    )
    loop, over = asyncio.new_event_loop(), asyncio.Event()
    got = threading.Event()
    told: list[Served | BaseException] = []

    async def live() -> None:
        try:
            async with _served(template, EXAMPLES[request.param]) as one:
                told.append(one)
                got.set()
                await over.wait()
        except BaseException as error:
            told.append(error)
            got.set()
            raise

    thread = threading.Thread(target=lambda: loop.run_until_complete(live()))
    thread.start()
    got.wait()
    if isinstance(told[0], BaseException):
        thread.join()
        loop.close()
        raise told[0]
    yield told[0]
    loop.call_soon_threadsafe(over.set)
    thread.join()
    loop.close()


@asynccontextmanager
async def _served(
    template: SqliteTemplate | PostgresqlCluster, examples: tuple[int, int]
) -> AsyncIterator[Served]:
    async with opened(await template.new()) as database, opened_api(database.uow, counting=True) as house:
        tickets = await _seeded(house)
        everybody = make.person("everybody", "Всем Всемов", roles=list(Role), endpoint=None)
        async with database.uow() as uow:
            everybody = await uow.people.add(everybody, password_hash=None)
            session = make.session("0" * 64, person_id=everybody.id, created=house.desk.clock.now())
            await uow.sessions.add(session)
            await uow.commit()
        made = await house.services.api_tokens.create(
            everybody,
            person_id=everybody.id,
            name="schemathesis",
            scopes=ALL_SCOPES,
            expires_at=house.desk.clock.now() + timedelta(days=30),
        )
        others: list[int | str] = [each.id for each in house.people.values()][:3]
        yield Served(
            base_url=str(house.client.make_url("")).rstrip("/"),
            ids={
                "ticket_id": [each.id for each in tickets],
                "person_id": others,
                "token_id": [2, 3],
                "name": ["registered", "answered"],
                "locale": ["ru", "en"],
                "slug": ["hotline"],
                "kind": ["day", "month"],
                "token": [await _link(house, each) for each in tickets[2:]],
            },
            bearer={"Authorization": f"Bearer {made.secret}"},
            session=house.session("admin"),
            examples=examples,
        )


async def _link(house: ApiHouse, ticket: Ticket) -> str:
    """The token of this ticket's own page."""
    links = PublicLinks(signer=Signer(key=b"k" * 32), base_url=BASE, new_token=FakeTokens())
    async with house.desk.open_uow() as uow:
        link = await links.ensure(uow.forms, ticket.id, house.desk.clock.now())
        await uow.commit()
    return links.status_token(ticket.id, link.nonce)


async def _seeded(house: ApiHouse) -> list[Ticket]:
    """A ticket in every status that matters, with messages, a remote session and a leave."""
    desk, people = house.desk, house.desk.people
    draft = await desk.registration.start(people.operator)
    new = await desk.registered()
    working = await desk.in_work()
    await desk.work.note(people.executor, working.id, text="Перезвонить")
    waiting = await desk.in_work()
    waiting = await desk.work.wait(people.executor, waiting.id, waiting.version, reason="Ждём")
    solved = await desk.in_work()
    solved = await desk.work.resolve(people.executor, solved.id, solved.version, answer="Обновите")
    await desk.staff.add_leave(
        people.supervisor,
        Leave(
            id=0,
            person_id=people.second.id,
            starts_on=desk.clock.now().date(),
            ends_on=desk.clock.now().date(),
        ),
    )
    return [draft, new, working, waiting, solved]


def narrowed(told: Document, ids: dict[str, list[int | str]]) -> Document:
    """The document with addresses and versions that mostly exist, so that more than 404 and 412 is seen."""
    for methods in told["paths"].values():
        for each in methods.values():
            for one in each["parameters"]:
                if one["in"] == "path" and one["schema"]["type"] == "integer":
                    one["schema"] = {"type": "integer", "enum": [*ids.get(one["name"], [1, 2, 3]), 77]}
                elif one["in"] == "path" and one["name"] in ids:
                    one["schema"] = {"type": "string", "enum": [*ids[one["name"]], "nothing"]}
                if one["in"] == "query" and one["name"] in DAYS:
                    one["schema"] = {"type": "string", "enum": DAYS[one["name"]]}
                if one["name"] == "If-Match":
                    one["schema"] = {"type": "string", "enum": [f'"{no}"' for no in range(1, 7)]}
    return told


IN_PERSON = {each.name for each in OPERATIONS if each.in_person}


def test_nothing_undeclared_is_answered_and_nothing_breaks(served: Served) -> None:
    well = schemathesis.openapi.from_dict(narrowed(document(), served.ids))
    badly = schemathesis.openapi.from_dict(document())
    statuses: set[int] = set()
    asked: set[str] = set()
    for schema, mode, examples, more in (
        (well, GenerationMode.POSITIVE, served.examples[0], []),
        (badly, GenerationMode.NEGATIVE, served.examples[1], [negative_data_rejection]),
    ):
        for result in schema.get_all_operations():
            one = result.ok()
            if mode is GenerationMode.NEGATIVE and not (one.body or one.query or one.headers):
                continue
            name = one.definition.raw["operationId"]
            headers = served.session if name in IN_PERSON else served.bearer
            statuses |= _asked(one, mode, examples, served.base_url, headers, [*CHECKS, *more])
            asked.add(name)
    assert asked == {each.name for each in OPERATIONS}
    assert {200, 201, 204, 404, 409, 412, 422} <= statuses


def _asked(
    one: schemathesis.APIOperation,
    mode: GenerationMode,
    examples: int,
    base_url: str,
    headers: dict[str, str],
    checks: list[Any],
) -> set[int]:
    statuses: set[int] = set()

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=one.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        answer = case.call(base_url=base_url, headers=headers)
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=checks)

    ask()
    return statuses
