"""Public pages and the forms' API over HTTP: headers, errors, and what other sites may do."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer

from callcenter.domain.attachments import Upload
from callcenter.domain.notices import OutboxState, Settlement
from callcenter.domain.people import Role
from callcenter.live.in_process import InProcessFeed
from callcenter.services.sign_in import fingerprint
from callcenter.web import app as web_app
from callcenter.web.app import create_app
from callcenter.web.bodies import LARGEST_BODY
from callcenter.web.keys import SETTINGS
from callcenter.web.passwords import Argon2Passwords
from callcenter.web.services import Services
from callcenter.web.settings import WebSettings
from callcenter.web.static_files import StaticFile, StaticFiles
from tests import make
from tests.fakes.database import FakeDatabase
from tests.public_house import CARE, FIELDS, PDF, PublicHouse
from tests.unit.web.conftest import CHEAP, OWN_ORIGIN, AnyStaticFile, Client

EMBED = StaticFile(body=b"script", compressed=None, content_type="text/javascript", version="1")
PNG = b"\x89PNG\r\n\x1a\n picture"


class Street:
    """The application as strangers see it."""

    def __init__(self, store: FakeDatabase, public: PublicHouse, client: Client) -> None:
        self.store = store
        self.public = public
        self.client = client

    async def token(self, slug: str = "hotline") -> str:
        """A token from a form that has been looked at for a while."""
        answer = await self.client.get(f"/api/forms/{slug}")
        token = (await answer.json())["token"]
        self.public.clock.advance(timedelta(seconds=40))
        return str(token)

    async def body(self, slug: str = "hotline", **more: Any) -> dict[str, Any]:
        return {**FIELDS, "consent": True, "token": await self.token(slug), **more}


@pytest.fixture
async def street(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Street]:
    monkeypatch.setattr(
        web_app, "load_static_files", lambda: StaticFiles(AnyStaticFile({"build/embed.js": EMBED}))
    )
    store = FakeDatabase()
    public = await PublicHouse.built(store.uow, base_url="http://localhost:8080")
    services = replace(
        Services.on(store.uow, public.clock, Argon2Passwords(CHEAP), session_length=timedelta(hours=12)),
        public=public.room,
    )
    settings = WebSettings(base_url="http://localhost:8080")
    client: Client = TestClient(TestServer(create_app(services, InProcessFeed(), settings, public.clock)))
    await client.start_server()
    yield Street(store, public, client)
    await client.close()


async def test_a_program_files_a_request_and_a_repetition_is_the_same_one(street: Street) -> None:
    body, key = await street.body(), {"Idempotency-Key": "order-12345"}
    first = await street.client.post("/api/forms/hotline", json=body, headers=key)
    again = await street.client.post("/api/forms/hotline", json=body, headers=key)
    assert (first.status, again.status) == (201, 200)
    told = await first.json()
    assert told["number"] == (await again.json())["number"] == "1001"
    assert told["status_url"].startswith("http://localhost:8080/s/")
    assert told["answer_by"].startswith("2026-11-23T09:30")
    other = await street.client.post("/api/forms/hotline", json={**body, "text": "Иное"}, headers=key)
    assert other.status == 409


async def test_wrong_fields_are_told_to_programs_by_name(street: Street) -> None:
    answer = await street.client.post("/api/forms/hotline", json=await street.body(phone="12", consent=False))
    assert (answer.status, answer.content_type) == (422, "application/problem+json")
    problem = json.loads(await answer.text())
    assert problem["code"] == "invalid_input"
    assert problem["problems"] == {"phone": "phone", "consent": "consent"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"nothing", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
    ],
)
async def test_what_is_no_form_is_refused_without_a_fault(street: Street, body: bytes, kind: str) -> None:
    answer = await street.client.post("/api/forms/hotline", data=body, headers={"Content-Type": kind})
    assert answer.status == 422


async def test_fields_of_other_types_count_as_empty(street: Street) -> None:
    body = await street.body(name=5, text=["a"], phone=None)
    answer = await street.client.post("/api/forms/hotline", json=body)
    assert set((await answer.json(content_type=None))["problems"]) == {"name", "text", "phone"}


async def test_an_unusable_idempotency_key_is_refused(street: Street) -> None:
    answer = await street.client.post(
        "/api/forms/hotline", json=await street.body(), headers={"Idempotency-Key": "short"}
    )
    assert answer.status == 422


async def test_scripts_of_the_sites_own_pages_may_read_answers_and_errors_others_not(street: Street) -> None:
    for origin, allowed in ((CARE, CARE), ("https://evil.example", None), ("null", None)):
        headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
        answer = await street.client.post("/api/forms/buh", json={}, headers=headers)
        assert (answer.status, answer.headers.get("Access-Control-Allow-Origin")) == (422, allowed)
        asked = await street.client.options("/api/forms/buh", headers=headers)
        assert asked.headers.get("Access-Control-Allow-Origin") == allowed
        assert ("Access-Control-Allow-Headers" in asked.headers) is (allowed is not None)
        assert asked.headers["Vary"] == "Origin"


async def test_there_is_nothing_at_an_unknown_site(street: Street) -> None:
    for path in (
        "/f/nothing",
        "/f/nothing/style.css",
        "/f/nothing/logo",
        "/api/forms/nothing",
        "/f/hotline/logo",
    ):
        assert (await street.client.get(path)).status == 404


async def test_only_the_sites_own_origins_may_show_its_form_in_a_frame(street: Street) -> None:
    for slug, ancestors in (("buh", f"frame-ancestors 'self' {CARE}"), ("hotline", "frame-ancestors 'self'")):
        policy = (await street.client.get(f"/f/{slug}")).headers["Content-Security-Policy"]
        assert policy.endswith(ancestors)
        assert "unsafe-inline" not in policy


async def test_another_site_cannot_send_the_form_in_a_visitors_name(street: Street) -> None:
    form = FormData({**FIELDS, "token": await street.token(), "consent": "yes"})
    headers = {"Origin": CARE, "Sec-Fetch-Site": "cross-site"}
    answer = await street.client.post("/f/hotline", data=form, headers=headers)
    assert answer.status == 403
    assert street.store.memory.tickets == {}


async def test_the_embedding_script_may_be_used_by_every_site(street: Street) -> None:
    answer = await street.client.get("/embed.js")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_hostile_words_are_inert_on_the_form_and_on_the_status_page(street: Street) -> None:
    hostile = '"><script>alert(1)</script>{{ 7*7 }}'
    form = {**FIELDS, "name": hostile, "text": hostile, "phone": "1", "token": await street.token()}
    answer = await street.client.post("/f/hotline", data=form, headers=OWN_ORIGIN)
    page = await answer.text()
    assert answer.status == 422
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    receipt = await street.public.sent(name=hostile, text=hostile)
    page = await (await street.client.get(f"/s/{receipt.status_token}")).text()
    assert "<script>alert" not in page
    assert "{{ 7*7 }}" in page


async def test_a_body_that_is_too_large_is_told_beside_the_files(street: Street) -> None:
    form = FormData({"token": "t"})
    form.add_field("attachments", io.BytesIO(bytes(LARGEST_BODY + 1)), filename="big.bin")
    answer = await street.client.post("/f/hotline", data=form, headers=OWN_ORIGIN)
    assert answer.status == 413
    assert "до 10 МБ" in await answer.text()


async def test_a_program_among_the_files_is_refused_beside_them_and_nothing_typed_is_lost(
    street: Street,
) -> None:
    form = FormData({**FIELDS, "consent": "yes", "token": await street.token()})
    form.add_field("attachments", io.BytesIO(b"MZ\x90\x00 a program"), filename="report.pdf")
    answer = await street.client.post("/f/hotline", data=form, headers=OWN_ORIGIN)
    page = await answer.text()
    assert answer.status == 422
    assert "Можно приложить" in page
    assert FIELDS["name"] in page
    assert street.store.memory.attachments == {}


async def test_too_many_forms_are_asked_to_wait_and_nothing_typed_is_lost(street: Street) -> None:
    for place in range(10):
        await street.public.sent(text=f"Вопрос {place}", address="127.0.0.1")
    form = {**FIELDS, "text": "Последний вопрос", "token": await street.token(), "consent": "yes"}
    answer = await street.client.post("/f/hotline", data=form, headers=OWN_ORIGIN)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "600")
    assert "Последний вопрос" in await answer.text()


@pytest.mark.parametrize(
    ("proxies", "told", "known"),
    [
        ((), "198.51.100.7", "127.0.0.1"),
        (("127.0.0.1",), "198.51.100.7", "198.51.100.7"),
        (("127.0.0.1",), "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (("127.0.0.1", "10.0.0.1"), "198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (("127.0.0.1",), "", "127.0.0.1"),
    ],
)
async def test_a_senders_address_is_believed_only_from_our_own_proxies(
    street: Street, proxies: tuple[str, ...], told: str, known: str
) -> None:
    app = street.client.app
    assert app is not None
    app._state[SETTINGS] = replace(app[SETTINGS], trusted_proxies=proxies)
    answer = await street.client.post(
        "/api/forms/hotline", json=await street.body(), headers={"X-Forwarded-For": told}
    )
    assert answer.status == 201
    (consent,) = street.store.memory.consents.values()
    assert consent.network_address == known


async def test_an_old_form_gets_a_fresh_token_and_can_be_sent_again(street: Street) -> None:
    token = await street.token()
    street.public.clock.advance(timedelta(days=2))
    form = {**FIELDS, "token": token, "consent": "yes"}
    answer = await street.client.post("/f/hotline", data=form, headers=OWN_ORIGIN)
    page = await answer.text()
    assert answer.status == 422
    assert "Форма была открыта долго" in page
    assert token not in page
    assert "Пётр Петров" in page


async def test_a_number_that_is_insisted_on_comes_back_ready_to_be_sent(street: Street) -> None:
    form = {**FIELDS, "phone": "8 809 505-12-34", "token": await street.token(), "consent": "yes"}
    page = await (await street.client.post("/f/hotline", data=form, headers=OWN_ORIGIN)).text()
    assert 'name="kept_phone" value="+78095051234"' in page
    answer = await street.client.post(
        "/f/hotline", data={**form, "kept_phone": "+78095051234"}, headers=OWN_ORIGIN, allow_redirects=False
    )
    assert answer.status == 303


async def test_a_database_that_is_away_is_told_and_nothing_is_accepted(street: Street) -> None:
    form = {**FIELDS, "token": await street.token(), "consent": "yes"}
    street.store.unavailable = True
    answer = await street.client.post("/f/hotline", data=form, headers=OWN_ORIGIN)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize("path", ["/s/guessed", f"/s/{'A' * 32}", f"/s/{'A' * 32}/files/1"])
async def test_a_guessed_status_page_is_not_found(street: Street, path: str) -> None:
    await street.public.sent()
    assert (await street.client.get(path)).status == 404


async def test_what_the_client_may_not_do_is_told_on_his_page(street: Street) -> None:
    path = f"/s/{(await street.public.sent()).status_token}"

    async def asked(action: str, **form: str) -> int:
        return (await street.client.post(f"{path}/{action}", data=form, headers=OWN_ORIGIN)).status

    assert await asked("write", message=" ") == 422
    assert await asked("confirm", rating="7") == 422
    assert await asked("rate") == 422
    assert await asked("confirm") == 409
    assert await asked("destroy") == 404
    assert await asked("write", message="Ау") == 200


async def test_a_file_is_only_ever_downloaded(street: Street) -> None:
    receipt = await street.public.sent(uploads=[Upload(name='от"чёт.pdf', body=PDF)])
    view = await street.public.room.status_pages.open(receipt.status_token)
    answer = await street.client.get(f"/s/{receipt.status_token}/files/{view.attachments[0].id}")
    assert await answer.read() == PDF
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%D0%BE")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_staff_download_a_tickets_file_and_strangers_do_not(street: Street) -> None:
    receipt = await street.public.sent(uploads=[Upload(name="a.pdf", body=PDF)])
    (file,) = street.store.memory.attachments.values()
    path = f"/tickets/{receipt.ticket.id}/files/{file.id}"
    stranger = await street.client.get(path, headers={"Accept": "application/json"})
    assert stranger.status == 401
    async with street.store.uow() as uow:
        person = await uow.people.add(
            make.person("clerk", roles=[Role.EXECUTOR], endpoint=None), password_hash=None
        )
        await uow.sessions.add(make.session(fingerprint("t"), person_id=person.id))
        await uow.commit()
    answer = await street.client.get(path, cookies={"session": "t"})
    assert await answer.read() == PDF
    wrong = await street.client.get(f"/tickets/77/files/{file.id}", cookies={"session": "t"})
    assert wrong.status == 404


async def test_looking_at_the_unsubscribe_page_switches_nothing_off(street: Street) -> None:
    key = street.public.links.address_key("petr@example.ru")
    assert (await street.client.get(f"/unsubscribe/{key}")).status == 200
    assert street.store.memory.mail_opt_outs == {}


async def test_a_mail_programs_own_button_unsubscribes(street: Street) -> None:
    key = street.public.links.address_key("petr@example.ru")
    answer = await street.client.post(f"/unsubscribe/{key}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status == 200
    assert list(street.store.memory.mail_opt_outs) == [key]


async def test_a_site_has_its_colours_and_its_picture(street: Street) -> None:
    css = await (await street.client.get("/f/buh/style.css")).text()
    assert css == ":root{--brand:#146c3b;--on-brand:#ffffff}\n"
    await street.public.room.sites.set_logo(street.public.care.id, PNG, by=street.public.admin)
    answer = await street.client.get("/f/buh/logo")
    assert (answer.content_type, await answer.read()) == ("image/png", PNG)
    await street.public.room.sites.set_logo(street.public.care.id, None, by=street.public.admin)
    assert (await street.client.get("/f/buh/logo")).status == 404
    assert street.public.files.bodies == {}


async def test_the_form_speaks_english_where_it_is_asked_to(street: Street) -> None:
    page = await (await street.client.get("/f/hotline?lang=en")).text()
    assert "File a request" in page
    form = {**FIELDS, "token": await street.token(), "consent": "yes"}
    answer = await street.client.post(
        "/f/hotline?lang=en&embedded=yes", data=form, headers=OWN_ORIGIN, allow_redirects=False
    )
    assert answer.headers["Location"].endswith("?sent=yes&lang=en&embedded=yes")
    assert (await street.public.letters())[0].payload["locale"] == "en"


async def admitted(street: Street, role: Role) -> dict[str, str]:
    """The cookie of an employee of this role."""
    async with street.store.uow() as uow:
        person = await uow.people.add(make.person(str(role), roles=[role], endpoint=None), password_hash=None)
        await uow.sessions.add(make.session(fingerprint(str(role)), person_id=person.id))
        await uow.commit()
    return {"session": str(role)}


async def test_an_administrator_sees_what_was_refused_and_has_it_tried_again(street: Street) -> None:
    await street.public.sent()
    (item,) = await street.public.letters()
    async with street.store.uow() as uow:
        (claimed,) = await uow.outbox.claim(now=street.public.clock.now(), until=make.at(9999), limit=1)
        refused = Settlement(
            state=OutboxState.REFUSED, next_try_at=make.START, error="550 <b>no such user</b>"
        )
        await uow.outbox.settle(claimed, refused, at=make.START)
        await uow.commit()
    admin = await admitted(street, Role.ADMIN)
    page = await (await street.client.get("/outbox?state=refused", cookies=admin)).text()
    assert "заявка зарегистрирована" in page
    assert "550 &lt;b&gt;no such user&lt;/b&gt;" in page
    answer = await street.client.post(f"/outbox/{item.id}/retry", cookies=admin, headers=OWN_ORIGIN)
    assert answer.status == 200
    assert (await street.public.letters())[0].state is OutboxState.WAITING
    gone = await street.client.post("/outbox/777/retry", cookies=admin, headers=OWN_ORIGIN)
    assert gone.status == 404


@pytest.mark.parametrize("query", ["", "?state=nothing", "?before=٣", "?before=99999999999999", "?before=5"])
async def test_the_outgoing_list_bears_any_address(street: Street, query: str) -> None:
    answer = await street.client.get(f"/outbox{query}", cookies=await admitted(street, Role.SUPERVISOR))
    assert answer.status == 200


async def test_a_supervisor_looks_at_the_outgoing_and_changes_nothing(street: Street) -> None:
    supervisor = await admitted(street, Role.SUPERVISOR)
    for path in ("/outbox/1/retry", "/sites/new"):
        assert (await street.client.post(path, cookies=supervisor, headers=OWN_ORIGIN)).status == 403


async def test_an_administrator_adds_and_changes_a_form(street: Street) -> None:
    admin = await admitted(street, Role.ADMIN)
    form = {
        "name": "Служба заботы «Зарплата»",
        "slug": "zup",
        "accent": "#0B5CAD",
        "products": "zup\r\nbuh",
        "allowed_origins": "https://zup.example.org",
        "active": "yes",
    }
    wrong = await street.client.post(
        "/sites/new", data={**form, "allowed_origins": "*", "slug": "Ы"}, cookies=admin, headers=OWN_ORIGIN
    )
    assert wrong.status == 422
    assert "без пути" in await wrong.text()
    added = await street.client.post("/sites/new", data=form, cookies=admin, headers=OWN_ORIGIN)
    assert "Служба заботы «Зарплата»" in await added.text()
    site = next(each for each in await street.public.room.sites.all() if each.slug == "zup")
    assert (site.accent, site.products, site.active) == ("#0b5cad", ("zup", "buh"), True)
    again = await street.client.post("/sites/new", data=form, cookies=admin, headers=OWN_ORIGIN)
    assert "уже есть у другой формы" in await again.text()
    page = await (await street.client.get(f"/sites/{site.id}", cookies=admin)).text()
    assert "embed.js&#34; data-site=&#34;zup&#34;" in page
    off = {name: value for name, value in form.items() if name != "active"}
    await street.client.post(f"/sites/{site.id}", data=off, cookies=admin, headers=OWN_ORIGIN)
    assert (await street.client.get("/f/zup")).status == 404
    assert (await street.client.get("/sites/777", cookies=admin)).status == 404
