"""The list of tickets as an address and as a file, without a browser."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from callcenter.domain.errors import InvalidInput
from callcenter.domain.lifecycle import OPEN, CancelReason, Status
from callcenter.domain.lists import Filter, Sort
from callcenter.domain.ticket import Kind, Priority, Source, Ticket
from callcenter.services.sign_in import fingerprint
from callcenter.web import app as web_app
from callcenter.web.app import create_app
from callcenter.web.passwords import Argon2Passwords
from callcenter.web.services import Services
from callcenter.web.settings import WebSettings
from callcenter.web.static_files import StaticFiles
from callcenter.web.ticket_csv import MARK, header, inert, line, written
from callcenter.web.ticket_query import BUILT_IN, NAMES, asked, read_query
from callcenter.web.translations import load_words
from callcenter.web.views.worklist import WorkRow
from tests import make
from tests.desk_house import House
from tests.fakes.database import FakeDatabase
from tests.unit.web.conftest import CHEAP, OWN_ORIGIN, AnyStaticFile, Client

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def wanted(**values: str) -> Filter:
    return asked(values).wanted(7, NOW, MOSCOW)


def test_without_a_word_the_open_tickets_are_asked_for_by_time_left() -> None:
    nothing = asked({})
    assert (nothing.address, nothing.sort) == ("/tickets", Sort.TIME_LEFT)
    assert nothing.wanted(7, NOW, MOSCOW) == Filter(statuses=OPEN)


def test_every_condition_of_an_address_reaches_the_filter() -> None:
    found = wanted(
        status="cancelled",
        kind="outage",
        priority="high",
        source="form",
        reason="spam",
        operator="me",
        executor="3",
        product="4",
        topic="5",
        site="6",
        client="8",
        missed="yes",
        overdue="yes",
    )
    assert found == Filter(
        statuses=frozenset({Status.CANCELLED}),
        kind=Kind.OUTAGE,
        priority=Priority.HIGH,
        source=Source.FORM,
        cancel_reason=CancelReason.SPAM,
        operator_id=7,
        assignee_id=3,
        product_id=4,
        topic_id=5,
        site_id=6,
        client_id=8,
        missed=True,
        overdue_at=NOW,
    )


def test_days_are_whole_local_days() -> None:
    found = wanted(**{"from": "2026-11-20", "to": "2026-11-20"})
    assert found.since == datetime(2026, 11, 20, tzinfo=MOSCOW)
    assert found.until == datetime(2026, 11, 21, tzinfo=MOSCOW)


def test_equal_lists_have_equal_addresses_whatever_their_order() -> None:
    one = asked({"kind": "outage", "status": "any", "unknown": "x", "topic": " "})
    assert one.address == asked({"status": "any", "kind": "outage"}).address
    assert one.address == "/tickets?status=any&kind=outage"
    assert read_query(one.query) == one


def test_what_has_ended_has_no_time_left_and_comes_newest_first() -> None:
    sorts = [
        asked({"status": status, "sort": "time_left"}).sort for status in ("open", "any", "closed", "new")
    ]
    assert sorts == [Sort.TIME_LEFT, Sort.NEWEST, Sort.NEWEST, Sort.TIME_LEFT]


@pytest.mark.parametrize("name", NAMES)
def test_a_value_that_is_none_of_ours_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        asked({name: "1' or 1=1"})
    assert set(refused.value.problems) == {name}


def test_a_saved_list_outlives_a_value_that_is_gone() -> None:
    assert read_query("status=burnt&kind=outage&evil=1").query == "kind=outage"


def test_the_built_in_lists_can_be_read() -> None:
    assert [read_query(query).query for _, query in BUILT_IN] == [query for _, query in BUILT_IN]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_cell_of_a_file_is_a_formula(begin: str) -> None:
    assert inert(f"{begin}cmd|'/c calc'!A1").startswith("'")


def row(ticket: Ticket) -> WorkRow:
    return WorkRow(ticket=ticket, client=None, organization=None, product=None, topics=(), assignee="")


def test_a_line_of_a_file_holds_hostile_words_as_text() -> None:
    words = load_words()["ru"]
    hostile = replace(
        make.ticket(),
        contact_name='=HYPERLINK("http://evil";"x")',
        subject='Отчёт; "не" открывается\nвторая строка',
        contact_phone=make.number("8 916 123-45-67"),
    )
    text = written([header(words), line(row(hostile), MOSCOW, words)])
    head, body = text.split("\r\n", 1)
    assert len(head.split(";")) == len(header(words))
    assert """"'=HYPERLINK(""http://evil"";""x"")";""" in body
    assert '"Отчёт; ""не"" открывается\nвторая строка"' in body
    assert "'+7 916 123-45-67" in body


@dataclass(kw_only=True)
class DeskOffice:
    """The application with a help desk over the in-memory store; people sign in under their logins."""

    house: House
    client: Client

    async def get(self, login: str, path: str) -> ClientResponse:
        return await self.client.get(path, cookies={"session": login}, allow_redirects=False)

    async def post(self, login: str, path: str, fields: Sequence[tuple[str, str]]) -> ClientResponse:
        return await self.client.post(
            path,
            data=list(fields),
            headers=OWN_ORIGIN,
            cookies={"session": login},
            allow_redirects=False,
        )


@pytest.fixture
async def office(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DeskOffice]:
    monkeypatch.setattr(web_app, "load_static_files", lambda: StaticFiles(AnyStaticFile()))
    database = FakeDatabase()
    house = await House.built(database.uow)
    async with database.uow() as uow:
        for person in (house.people.operator, house.people.moderator, house.people.executor):
            session = make.session(fingerprint(person.login), person_id=person.id, created=house.clock.now())
            await uow.sessions.add(session)
        await uow.commit()
    services = Services.on(
        database.uow, house.clock, Argon2Passwords(CHEAP), session_length=timedelta(hours=12), desk=house.desk
    )
    app = create_app(services, house.feed, WebSettings(base_url="http://localhost:8080"), house.clock)
    async with TestClient(TestServer(app)) as client:
        yield DeskOffice(house=house, client=client)


@pytest.mark.regulation("2.10")
async def test_a_list_is_taken_along_as_a_file_a_spreadsheet_reads(office: DeskOffice) -> None:
    await office.house.registered(text="=1+1 и ещё вопрос", contact_name="@Пётр", client_id=None)
    await office.house.in_work("10:05")
    answer = await office.post("moderator", "/tickets/export", [("status", "new")])
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tickets-2026-11-23-1005.csv"'
    lines = (await answer.read()).decode().split("\r\n")
    assert lines[0].startswith(f"{MARK}№;Состояние;")
    assert len(lines) == 3
    assert "'=1+1 и ещё вопрос" in lines[1]
    assert "'@Пётр" in lines[1]
    assert (await office.post("operator", "/tickets/export", [])).status == 403


async def test_an_empty_list_is_a_file_with_its_names_only(office: DeskOffice) -> None:
    answer = await office.post("moderator", "/tickets/export", [("status", "closed"), ("q", "отчёт")])
    assert (await answer.read()).decode().count("\r\n") == 1


async def test_words_that_are_searched_never_stand_in_an_address(office: DeskOffice) -> None:
    await office.house.registered(text="Не открывается отчёт")
    moved = await office.post("operator", "/tickets", [("q", " "), ("kind", "outage"), ("status", "open")])
    assert (moved.status, moved.headers["Location"]) == (303, "/tickets?kind=outage")
    found = await office.post("operator", "/tickets", [("q", "отчёты"), ("status", "any")])
    assert (found.status, found.headers["HX-Push-Url"]) == (200, "/tickets?status=any")
    assert 'data-key="1001"' in await found.text()


async def test_an_address_with_a_value_that_is_none_of_ours_is_refused(office: DeskOffice) -> None:
    assert (await office.get("operator", "/tickets?status=burnt")).status == 422
    assert (await office.get("operator", "/tickets?after=zzz")).status == 422


async def test_rows_are_read_again_by_their_numbers(office: DeskOffice) -> None:
    first, second = await office.house.registered(), await office.house.registered("10:01")
    text = await (
        await office.get("operator", f"/tickets/rows?ids={second.id},{first.id},77,x,9{'9' * 30}")
    ).text()
    assert [text.count(f'data-key="{each}"') for each in (first.id, second.id, 77)] == [1, 1, 0]
    assert await (await office.get("operator", "/tickets/rows")).text() == ""


async def test_a_list_is_kept_shared_and_forgotten_by_its_owner_alone(office: DeskOffice) -> None:
    kept = [("name", "Неработоспособность"), ("shared", "yes"), ("kind", "outage")]
    assert (await office.post("moderator", "/tickets/views", kept)).headers[
        "Location"
    ] == "/tickets?kind=outage"
    assert "Неработоспособность" in await (await office.get("operator", "/tickets")).text()
    assert (await office.post("operator", "/tickets/views/1/drop", [])).status == 404
    assert (await office.post("moderator", "/tickets/views/1/drop", [])).status == 303
    assert "Неработоспособность" not in await (await office.get("operator", "/tickets")).text()
    refused = await office.post("moderator", "/tickets/views", [("name", " ")])
    assert refused.status == 422
    assert "Заполните это поле." in await refused.text()


async def test_a_kept_list_keeps_the_words_too_and_no_address_tells_them(office: DeskOffice) -> None:
    text = "Не открывается отчёт по зарплате"
    outage = await office.house.registered(text=text, kind=Kind.OUTAGE)
    question = await office.house.registered("10:01", text=text, kind=Kind.REFERENCE)
    kept = [("name", "Отчёты стоят"), ("kind", "outage"), ("q", "отчёты зарплата")]
    answer = await office.post("moderator", "/tickets/views", kept)
    assert answer.headers["Location"] == "/tickets?view=1"
    shown = await (await office.get("moderator", "/tickets?view=1")).text()
    assert [shown.count(f'data-key="{each.id}"') for each in (outage, question)] == [1, 0]
    assert 'value="отчёты зарплата"' in shown
    assert '<a href="/tickets?view=1" aria-current="page">Отчёты стоят' in shown
    assert "/tickets?view=1" not in await (await office.get("operator", "/tickets")).text()
    assert (await office.get("operator", "/tickets?view=1")).status == 404
    assert (await office.get("moderator", "/tickets?view=x")).status == 404


async def test_words_typed_with_a_list_that_could_not_be_kept_are_not_lost(office: DeskOffice) -> None:
    refused = await office.post("moderator", "/tickets/views", [("name", " "), ("q", "отчёты")])
    assert refused.status == 422
    assert 'value="отчёты"' in await refused.text()


@pytest.mark.regulation("2.4")
async def test_what_stopped_one_of_many_is_said_and_the_others_go_on(office: DeskOffice) -> None:
    house = office.house
    first, second = await house.registered(), await house.registered("10:01")
    await house.moderation.take(house.people.moderator, second.id, second.version)
    marked = [("ticket", f"{each.id}:{each.version}") for each in (first, second)]
    to = str(house.people.executor.id)
    answer = await office.post("moderator", "/moderation", [*marked, ("do", "assign"), ("to", to)])
    text = await answer.text()
    assert answer.status == 200
    assert "Назначено: 1 из 2" in text
    assert "заявку изменил(а) М. Маркова" in text


@pytest.mark.parametrize(
    "fields",
    [
        [("do", "assign"), ("to", "1")],
        [("do", "assign"), ("ticket", "1001:1")],
        [("do", "reject"), ("ticket", "1001:1"), ("reason", "x")],
        [("do", "reject"), ("ticket", "1001:1"), ("why", "spam"), ("reason", " ")],
        [("do", "burn"), ("ticket", "1001:1")],
        [("do", "undo"), ("ticket", "1001")],
    ],
)
async def test_an_incomplete_wish_for_many_does_nothing_and_says_what_is_missing(
    office: DeskOffice, fields: list[tuple[str, str]]
) -> None:
    ticket = await office.house.registered()
    answer = await office.post("moderator", "/moderation", fields)
    assert answer.status == 422
    assert "Ничего не сделано" in await answer.text()
    assert (await office.house.details(ticket.id)).ticket == ticket


async def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(office: DeskOffice) -> None:
    ticket = await office.house.in_work()
    office.house.clock.advance(timedelta(hours=13))
    host = f"{office.client.host}:{office.client.port}"
    for headers, back in (
        ({"HX-Request": "true", "HX-Current-URL": f"http://{host}/tickets/{ticket.id}"}, "/tickets/1001"),
        ({"HX-Request": "true", "HX-Current-URL": "http://evil.example/tickets/1"}, None),
        ({"HX-Request": "true"}, None),
    ):
        answer = await office.client.post(
            f"/tickets/{ticket.id}/note",
            data={"text": "x"},
            headers={**OWN_ORIGIN, **headers},
            cookies={"session": "executor"},
            allow_redirects=False,
        )
        expected = "/sign-in" if back is None else f"/sign-in?next={back}"
        assert (answer.status, answer.headers["HX-Redirect"]) == (401, expected)


async def test_beside_a_ticket_what_cannot_be_prepared_says_why(office: DeskOffice) -> None:
    ticket = await office.house.in_work(product_id=None)
    dossier = await (await office.get("executor", f"/tickets/{ticket.id}/dossier")).text()
    assert "нет разработчика" in dossier
    similar = await (await office.get("executor", f"/tickets/{ticket.id}/similar")).text()
    assert "ещё не отвечали" in similar
    deadline = await office.post("moderator", f"/tickets/{ticket.id}/classify/deadline", [("kind", "?")])
    assert "Часы не идут." in await deadline.text()


@pytest.mark.parametrize(
    ("login", "what", "fields", "said"),
    [
        ("executor", "ask", [("text", "?")], "Выберите коллегу"),
        ("executor", "remote", [("tool", "anydesk"), ("remote_id", "1;calc")], "Такого номера"),
        ("executor", "remote/end", [("session", "1")], "Выберите"),
        ("moderator", "classify", [("kind", "")], "Выберите"),
        ("moderator", "classify", [("kind", "outage"), ("priority", "top")], "Выберите"),
        ("moderator", "reject", [("why", "spam"), ("reason", "")], "Заполните"),
    ],
)
async def test_what_is_wrong_in_a_form_of_a_ticket_is_said_beside_it(
    office: DeskOffice, login: str, what: str, fields: list[tuple[str, str]], said: str
) -> None:
    ticket = await office.house.in_work()
    if what == "remote/end":
        started = await office.house.work.start_remote(
            office.house.people.executor, ticket.id, ticket.version, tool="anydesk", remote_id="1"
        )
        ticket = started.ticket
    sent = [("version", str(ticket.version)), *fields]
    answer = await office.post(login, f"/tickets/{ticket.id}/{what}", sent)
    assert (answer.status, answer.headers["HX-Push-Url"]) == (422, f"/tickets/{ticket.id}")
    assert said in await answer.text()


@pytest.mark.parametrize(
    ("login", "start"),
    [("operator", "/"), ("moderator", "/moderation"), ("executor", "/my"), ("supervisor", "/")],
)
async def test_who_signs_in_begins_where_his_work_is(login: str, start: str, office: DeskOffice) -> None:
    person = getattr(office.house.people, login)
    async with office.house.open_uow() as uow:
        await uow.people.set_password_hash(person.id, await Argon2Passwords(CHEAP).hash("a long password"))
        await uow.commit()
    fields = [("login", login), ("password", "a long password")]
    answer = await office.post("nobody", "/sign-in", fields)
    assert (answer.status, answer.headers["Location"]) == (303, start)
    answer = await office.post("nobody", "/sign-in", [*fields, ("next", "/calls")])
    assert answer.headers["Location"] == "/calls"


@pytest.mark.regulation("2.2")
async def test_the_clients_number_of_a_form_suggests_who_he_is(office: DeskOffice) -> None:
    ticket = await office.house.registered(client_id=None, organization_id=None)
    page = await (await office.get("moderator", f"/tickets/{ticket.id}")).text()
    assert office.house.caller.name in page
    assert "не подтверждено" in page
