"""What administrators set up, files, the line, and public doors, over the API."""

import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse, FormData
from PIL import Image

from callcenter.domain.calls import Ringing
from callcenter.services.ticket_files import MOST_FILES
from tests import make
from tests.api_house import ApiHouse, opened_api
from tests.fakes.database import FakeDatabase

PDF = b"%PDF-1.7 a file"


@pytest.fixture
def database() -> FakeDatabase:
    return FakeDatabase()


@pytest.fixture
async def api(database: FakeDatabase) -> AsyncIterator[ApiHouse]:
    async with opened_api(database.uow) as house:
        yield house


async def ok(answer: ClientResponse, status: int = 200) -> Any:
    assert answer.status == status, await answer.text()
    return await answer.json()


async def refused(answer: ClientResponse, status: int) -> Any:
    assert (answer.status, answer.content_type) == (status, "application/problem+json")
    return await answer.json()


async def actions(api: ApiHouse) -> list[str]:
    page = await ok(await api.ask("admin", "GET", "/audit?limit=20"))
    return [each["action"] for each in page["entries"]]


async def put_file(
    api: ApiHouse, login: str, ticket: int, body: bytes | io.BytesIO, name: str = "a.pdf"
) -> ClientResponse:
    headers = {**api.bearer(login), "Content-Type": "application/octet-stream"}
    return await api.client.post(f"/api/v1/tickets/{ticket}/files?name={name}", data=body, headers=headers)


@pytest.mark.regulation("2.4")
async def test_targets_are_changed_in_minutes_and_given_back(api: ApiHouse) -> None:
    now = (await ok(await api.ask("supervisor", "GET", "/targets")))["now"]
    wanted = {**now["minutes"], "assign": 4.0}
    change = await ok(
        await api.ask("admin", "POST", "/targets", {"minutes": wanted, "reason": "Приказ 7"}), 201
    )
    assert change["minutes"]["assign"] == 4.0
    state = await ok(await api.ask("admin", "GET", "/targets"))
    assert (state["now"]["minutes"]["assign"], state["configured"]["minutes"]["assign"]) == (4.0, 5.0)
    wrong = await refused(
        await api.ask("admin", "POST", "/targets", {"minutes": {"assign": 4.0}, "reason": "x"}), 422
    )
    assert wrong["problems"]["resolve.outage"] == "required"
    unknown = {"minutes": {**wanted, "coffee": 1.0}, "reason": "x"}
    assert (await refused(await api.ask("admin", "POST", "/targets", unknown), 422))["problems"] == {
        "coffee": "unknown"
    }
    await ok(await api.ask("admin", "POST", "/targets/configured", {"reason": "Отмена приказа"}), 201)
    state = await ok(await api.ask("admin", "GET", "/targets"))
    assert state["now"]["minutes"]["assign"] == 5.0
    assert len(state["history"]) == 2


@pytest.mark.regulation("1.3")
async def test_the_calendar_is_told_day_by_day(api: ApiHouse) -> None:
    month = await ok(await api.ask("supervisor", "GET", "/calendar?month=2026-11"))
    days = {each["day"]: (each["kind"], each["hours"]) for each in month["days"]}
    assert len(days) == 30
    assert days["2026-11-23"] == ("working", ["09:00-18:00"])
    assert days["2026-11-04"][1] == days["2026-11-22"][1] == []


async def test_a_letter_is_read_previewed_changed_and_given_back(api: ApiHouse) -> None:
    path = "/letters/registered/ru"
    delivered = await ok(await api.ask("admin", "GET", path))
    assert delivered["changed_at"] is None and "number" in delivered["placeholders"]
    words = {"subject": delivered["subject"], "text": delivered["text"] + "\nДо встречи!"}
    shown = await ok(await api.ask("admin", "POST", f"{path}/preview", words))
    assert "До встречи!" in shown["text"] and "<" in shown["page"]
    changed = await ok(await api.ask("admin", "PUT", path, words))
    assert changed["changed_by"] == api.people["admin"].id
    listed = await ok(await api.ask("admin", "GET", "/letters"))
    assert [each["name"] for each in listed if each["changed_at"]] == ["registered"]
    wrong = {**words, "text": "{{ password }}"}
    for method, where in (("PUT", path), ("POST", f"{path}/preview")):
        told = await refused(await api.ask("admin", method, where, wrong), 422)
        assert "text" in told["problems"]
    assert (await refused(await api.ask("admin", "POST", f"{path}/try"), 422))["problems"] == {
        "email": "missing"
    }
    assert (await api.ask("admin", "DELETE", path)).status == 204
    assert (await ok(await api.ask("admin", "GET", path)))["text"] == delivered["text"]
    for nowhere in ("/letters/registered/de", "/letters/love/ru"):
        await refused(await api.ask("admin", "GET", nowhere), 404)


async def test_products_contracts_companies_and_clients_are_brought_one_by_one(api: ApiHouse) -> None:
    product = await ok(
        await api.ask("admin", "POST", "/products", {"code": "erp", "name": "ERP", "vendor": "Разработчик"}),
        201,
    )
    taken = await refused(await api.ask("admin", "POST", "/products", {"code": "erp", "name": "Другая"}), 422)
    assert taken["problems"] == {"code": "taken"}
    await ok(await api.ask("admin", "PUT", f"/products/{product['id']}", {"code": "erp", "name": "ERP 2"}))
    company = await ok(
        await api.ask("admin", "POST", "/organizations", {"name": "АО «Вектор»", "inn": "7728168971"}), 201
    )
    same = await refused(
        await api.ask("admin", "POST", "/organizations", {"name": "Х", "inn": "7728168971"}), 422
    )
    assert same["problems"] == {"inn": "taken"}
    path = f"/organizations/{company['id']}"
    contract = {"product_id": product["id"], "number": "7", "starts_on": "2026-01-01", "vendor_support": True}
    made = await ok(await api.ask("admin", "POST", f"{path}/contracts", contract), 201)
    ended = {**contract, "ends_on": "2026-12-31"}
    await ok(await api.ask("admin", "PUT", f"{path}/contracts/{made['id']}", ended))
    reversed_ = await refused(
        await api.ask("admin", "POST", f"{path}/contracts", {**contract, "ends_on": "2025-01-01"}), 422
    )
    assert reversed_["problems"] == {"ends_on": "reversed"}
    person = {"name": "Анна", "phones": ["8 903 555-00-00"], "organization_id": company["id"]}
    anna = await ok(await api.ask("admin", "POST", "/clients", person), 201)
    await ok(await api.ask("admin", "PUT", f"/clients/{anna['id']}", {**person, "name": "Анна Смирнова"}))
    card = await ok(await api.ask("operator", "GET", path))
    assert [each["name"] for each in card["clients"]] == ["Анна Смирнова"]
    assert card["contracts"][0]["ends_on"] == "2026-12-31"
    await ok(await api.ask("admin", "PUT", path, {"name": "ПАО «Вектор»", "inn": "7728168971"}))


async def test_a_client_is_forgotten_only_when_his_number_is_said_twice(api: ApiHouse) -> None:
    ticket = await api.desk.in_work()
    client = api.desk.caller.id
    path = f"/clients/{client}"
    assert (await ok(await api.ask("admin", "GET", f"{path}/traces")))["open_tickets"] == [ticket.id]
    body = {"basis": "Заявление 12", "confirm": client}
    assert (await refused(await api.ask("admin", "POST", f"{path}/erase", body), 409))["code"] == "conflict"
    await api.desk.work.resolve(api.people["executor"], ticket.id, ticket.version, answer="Готово")
    other = await refused(
        await api.ask("admin", "POST", f"{path}/erase", {**body, "confirm": client + 1}), 422
    )
    assert other["problems"] == {"confirm": "another_client"}
    erased = await ok(await api.ask("admin", "POST", f"{path}/erase", body))
    assert erased["traces"]["tickets"] == [ticket.id]
    await refused(await api.ask("admin", "POST", f"{path}/erase", body), 404)
    assert "client.erased" in await actions(api)


async def test_a_file_is_put_beside_a_ticket_and_read_back_as_it_was(api: ApiHouse) -> None:
    ticket = await api.desk.in_work()
    kept = await ok(await put_file(api, "second", ticket.id, PDF, "..%2Fотчёт%22.pdf"), 201)
    assert (kept["name"], kept["kind"], kept["size"]) == ("отчёт.pdf", "application/pdf", len(PDF))
    assert kept["sha256"] == hashlib.sha256(PDF).hexdigest()
    read = await api.ask("operator", "GET", f"/tickets/{ticket.id}/files/{kept['id']}")
    assert (await read.read(), read.content_type) == (PDF, "application/octet-stream")
    assert read.headers["Content-Disposition"].startswith("attachment;")
    other = await api.desk.registered()
    await refused(await api.ask("operator", "GET", f"/tickets/{other.id}/files/{kept['id']}"), 404)
    story = await ok(await api.ask("operator", "GET", f"/tickets/{ticket.id}/story"))
    assert story[-1]["action"] == "ticket.file_added"
    assert "отчёт" not in str(story[-1]["change"])


async def test_no_program_no_page_and_nothing_too_large_is_kept_as_a_file(
    api: ApiHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await api.desk.in_work()
    for body in (b"MZ\x90\x00 program", b"<html>", b""):
        told = await refused(await put_file(api, "executor", ticket.id, body), 422)
        assert told["problems"] == {"attachments": "wrong_type"}
    await refused(await put_file(api, "executor", ticket.id, io.BytesIO(PDF + bytes(10 * 2**20))), 413)
    await refused(await put_file(api, "executor", 77, PDF), 404)
    headers = {**api.bearer("executor"), "Content-Type": "application/pdf"}
    path = f"/api/v1/tickets/{ticket.id}/files?name=a"
    await refused(await api.client.post(path, data=PDF, headers=headers), 415)
    monkeypatch.setattr("callcenter.services.ticket_files.MOST_FILES", 1)
    assert MOST_FILES > 1
    await ok(await put_file(api, "executor", ticket.id, PDF), 201)
    told = await refused(await put_file(api, "executor", ticket.id, PDF), 422)
    assert told["problems"] == {"attachments": "too_many"}


async def test_a_form_gets_a_picture_that_is_drawn_anew(api: ApiHouse) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), "navy").save(picture, "PNG")
    site = (await ok(await api.ask("admin", "GET", "/sites")))[0]["id"]
    path, png = f"/api/v1/sites/{site}/logo", {**api.bearer("admin"), "Content-Type": "image/png"}
    assert (await api.client.put(path, data=picture.getvalue(), headers=png)).status == 204
    shown = await api.client.get("/f/hotline/logo")
    assert shown.status == 200 and (await shown.read()).startswith(b"\x89PNG")
    for body in (b"", b"not a picture"):
        assert "logo" in (await refused(await api.client.put(path, data=body, headers=png), 422))["problems"]
    assert (await api.client.delete(path, headers=api.bearer("admin"))).status == 204
    assert (await api.client.get("/f/hotline/logo")).status == 404


async def test_a_webhook_gets_a_fresh_secret_and_a_trial(api: ApiHouse) -> None:
    body = {"url": "https://other.example.ru/hook", "events": ["ticket.closed"]}
    made = await ok(await api.ask("admin", "POST", "/webhooks", body), 201)
    path = f"/webhooks/{made['id']}"
    fresh = await ok(await api.ask("admin", "POST", f"{path}/rotate"))
    assert fresh["secret"] != made["secret"]
    queued = await ok(await api.ask("admin", "POST", f"{path}/try"))
    sent = await ok(await api.ask("admin", "GET", f"{path}/deliveries"))
    assert [(each["id"], each["name"]) for each in sent] == [(queued["outbox_id"], "ping")]
    await ok(await api.ask("admin", "PUT", path, {**body, "active": False}))
    await refused(await api.ask("admin", "POST", f"{path}/try"), 409)
    await refused(await api.ask("admin", "POST", "/webhooks/77/rotate"), 404)


async def test_changing_a_person_keeps_what_the_program_sends_of_him(api: ApiHouse) -> None:
    body = {"login": "petrov", "name": "Петров", "roles": ["operator"], "email": "p@example.ru"}
    made = await ok(await api.ask("admin", "POST", "/people", body), 201)
    assert made["email"] == "p@example.ru"
    path = f"/people/{made['id']}"
    session = api.session("admin")
    sent = await api.client.post(f"/api/v1{path}/mail-link", headers=session)
    assert await ok(sent) == {"address": "p@example.ru"}
    await refused(await api.ask("admin", "POST", f"{path}/mail-link"), 403)
    changed = await ok(await api.ask("admin", "PUT", path, {**body, "name": "Петров Пётр"}))
    assert (changed["name"], changed["email"]) == ("Петров Пётр", "p@example.ru")


async def test_everybody_chooses_how_his_own_screens_look(api: ApiHouse) -> None:
    look = {"locale": "en", "theme": "dark"}
    assert (await api.ask("operator", "PUT", "/me/look", look)).status == 204
    assert (await ok(await api.ask("operator", "GET", "/me")))["person"]["locale"] == "en"
    told = await refused(await api.ask("operator", "PUT", "/me/look", {**look, "theme": "pink"}), 422)
    assert told["problems"] == {"theme": "choice"}


@pytest.mark.regulation("2.1")
async def test_the_line_and_ones_own_pop_ups_are_told(api: ApiHouse) -> None:
    operator = api.people["operator"]
    async with api.desk.open_uow() as uow:
        hotline = (await uow.calls.hotlines())[0]
        ticket = await uow.tickets.add(make.ticket(hotline_id=hotline.id, created=api.desk.clock.now()))
        call = await uow.calls.add(make.call(hotline_id=hotline.id, ticket_id=ticket.id))
        ringing = Ringing(call_id=call.id, person_id=operator.id, since=api.desk.clock.now())
        await uow.calls.start_ringing(ringing)
        await uow.commit()
    line = await ok(await api.ask("supervisor", "GET", "/line"))
    assert [(each["call"]["id"], each["phase"]) for each in line["rows"]] == [(call.id, "rings")]
    assert [each["name"] for each in line["rows"][0]["people"]] == [operator.name]
    assert len(await ok(await api.ask("operator", "GET", "/pops"))) == 1
    assert (await api.ask("operator", "POST", f"/pops/{call.id}/seen")).status == 204
    assert await ok(await api.ask("operator", "GET", "/pops")) == []


@pytest.mark.regulation("2.9")
async def test_an_executor_sees_whom_to_call_and_a_supervisor_the_whole_board(api: ApiHouse) -> None:
    ticket = await api.desk.in_work()
    async with api.desk.open_uow() as uow:
        await uow.people.save(replace(api.people["executor"], pbx="main", endpoint="PJSIP/201"))
        await uow.commit()
    checked = await ok(await api.ask("executor", "POST", "/callbacks/check", {"number": "8 840 123-45-67"}))
    assert checked["problem"] is not None
    checked = await ok(await api.ask("executor", "POST", "/callbacks/check", {"number": "8 916 123-45-67"}))
    assert checked["problem"] is None and checked["earliest"]
    asked = await ok(await api.ask("executor", "POST", f"/tickets/{ticket.id}/callbacks", {}), 201)
    own = await ok(await api.ask("executor", "GET", "/callbacks"))
    assert [each["series"]["callback"]["id"] for each in own["open"]] == [asked["id"]]
    assert own["open"][0]["ticket"]["id"] == ticket.id
    assert (await ok(await api.ask("second", "GET", "/callbacks")))["open"] == []
    board = await ok(await api.ask("supervisor", "GET", "/dialer/board"))
    assert [each["ticket"]["id"] for each in board["next_due"]] == [ticket.id]
    assert await ok(await api.ask("executor", "GET", "/callbacks/card")) == []


async def test_a_deadline_is_told_before_a_ticket_is_called_something_else(api: ApiHouse) -> None:
    ticket = await api.desk.registered()
    path = f"/tickets/{ticket.id}/deadline"
    due = [
        (await ok(await api.ask("moderator", "POST", path, {"kind": kind})))["due_at"]
        for kind in ("reference", "outage")
    ]
    assert due == ["2026-11-23T07:30:00Z", "2026-11-23T08:00:00Z"]


@pytest.mark.regulation("2.2")
async def test_a_site_takes_a_form_and_its_client_follows_it_without_a_token(api: ApiHouse) -> None:
    form = await ok(await api.client.get("/api/forms/hotline"))
    api.desk.clock.advance(timedelta(seconds=30))
    body = {
        "token": form["token"],
        "kind": "reference",
        "text": "Как продлить подпись?",
        "name": "Анна",
        "phone": "8 916 765-43-21",
        "consent": True,
    }
    sent = [
        await api.client.post("/api/forms/hotline", json=body, headers={"Idempotency-Key": "one-of-ours"})
        for _ in range(2)
    ]
    assert [each.status for each in sent] == [201, 200]
    receipt = await sent[0].json()
    path = "/api/requests/" + receipt["status_url"].rpartition("/")[2]
    state = await ok(await api.client.get(path))
    assert (state["number"], state["status"]) == (receipt["number"], "new")
    assert state["actions"] == ["cancel", "write"]
    state = await ok(await api.client.post(f"{path}/messages", json={"text": "Очень срочно"}))
    assert [each["text"] for each in state["messages"]] == ["Очень срочно"]
    early = await refused(await api.client.post(f"{path}/confirm", json={}), 409)
    assert early["code"] == "transition_refused"
    ticket = (await api.desk.details(int(receipt["number"]))).ticket
    await api.desk.moderation.answer(api.people["moderator"], ticket.id, ticket.version, answer="По ссылке")
    state = await ok(await api.client.post(f"{path}/confirm", json={"rating": 5, "comment": "Спасибо"}))
    assert (state["status"], state["rating"], state["answer"]) == ("closed", 5, "По ссылке")
    for deed, wrong in (("messages", {"text": ""}), ("rate", {"rating": 6}), ("cancel", {"why": "x"})):
        assert (await refused(await api.client.post(f"{path}/{deed}", json=wrong), 422))["problems"]
    await refused(await api.client.post(f"{path}/cancel", data=b"{}"), 415)
    await refused(await api.client.get("/api/requests/" + "x" * 32), 404)
    await refused(await api.client.post("/api/requests/%F0%9F%98%80/cancel", json={}), 404)


async def test_a_public_door_takes_no_flood(api: ApiHouse) -> None:
    """The same guard as the page: ten messages in ten minutes, and the time to wait is said."""
    form = await ok(await api.client.get("/api/forms/hotline"))
    api.desk.clock.advance(timedelta(seconds=30))
    body = {
        "token": form["token"],
        "kind": "outage",
        "text": "Не открывается",
        "name": "Анна",
        "phone": "8 916 765-43-21",
        "consent": True,
    }
    receipt = await ok(await api.client.post("/api/forms/hotline", json=body), 201)
    path = "/api/requests/" + receipt["status_url"].rpartition("/")[2]
    statuses = []
    for no in range(11):
        api.desk.clock.advance(timedelta(seconds=1))
        answer = await api.client.post(f"{path}/messages", json={"text": f"Сообщение {no}"})
        statuses.append(answer.status)
    assert statuses == [200] * 10 + [429]
    assert answer.headers["Retry-After"] == "600"
    await refused(answer, 429)


async def test_the_sum_told_of_a_clients_file_is_that_of_the_file(api: ApiHouse) -> None:
    """A program that fetches the file compares the two."""
    form = await ok(await api.client.get("/api/forms/hotline"))
    api.desk.clock.advance(timedelta(seconds=30))
    sent = FormData()
    for name, value in {
        "token": form["token"],
        "kind": "reference",
        "text": "Посмотрите снимок экрана",
        "name": "Анна",
        "phone": "8 916 765-43-21",
        "consent": "yes",
    }.items():
        sent.add_field(name, value)
    sent.add_field("attachments", io.BytesIO(PDF), filename="снимок.pdf")
    receipt = await ok(await api.client.post("/api/forms/hotline", data=sent), 201)
    files = await ok(await api.ask("operator", "GET", f"/tickets/{receipt['number']}/files"))
    assert [each["sha256"] for each in files] == [hashlib.sha256(PDF).hexdigest()]
