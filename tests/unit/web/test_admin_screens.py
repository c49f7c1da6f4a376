"""The administrator's and the supervisor's screens as the browser asks for them."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from callcenter.domain.errors import InvalidInput
from callcenter.domain.people import Role
from callcenter.domain.shifts import check_shifts
from callcenter.live.in_process import InProcessFeed
from callcenter.mail.press import Press
from callcenter.services.desk import Desk
from callcenter.web import app as web_app
from callcenter.web.administration_room import AdministrationRoom
from callcenter.web.app import create_app
from callcenter.web.pages.staffing import read_hours
from callcenter.web.passwords import Argon2Passwords
from callcenter.web.pictures import redrawn
from callcenter.web.public.room import PublicRoom
from callcenter.web.services import Services
from callcenter.web.settings import WebSettings
from callcenter.web.static_files import StaticFiles
from tests import make
from tests.administration_room import administration_of, letters_of
from tests.desk_house import RULES
from tests.fakes.clock import FakeClock
from tests.fakes.database import FakeDatabase
from tests.fakes.forms import FakeAttachmentFiles
from tests.fakes.notices import FakeNotices
from tests.unit.web.conftest import CHEAP, OWN_ORIGIN, AnyStaticFile, Client, Office


@dataclass(kw_only=True)
class Bureau:
    """An office with its administration; `ask` and `send` are an administrator's."""

    office: Office
    room: AdministrationRoom
    public: PublicRoom

    async def ask(self, path: str, *, login: str = "admin", status: int = 200) -> str:
        answer = await self.office.client.get(path, cookies=self.office.as_(login), allow_redirects=False)
        text = await answer.text()
        assert answer.status == status, text[:400]
        return text

    async def send(self, path: str, fields: object = None, *, login: str = "admin", status: int = 303) -> str:
        answer = await self.office.client.post(
            path,
            data=fields,
            headers=OWN_ORIGIN,
            cookies=self.office.as_(login),
            allow_redirects=False,
        )
        text = await answer.text()
        assert answer.status == status, text[:400]
        return text


@pytest.fixture
async def bureau(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bureau]:
    monkeypatch.setattr(web_app, "load_static_files", lambda: StaticFiles(AnyStaticFile()))
    feed = InProcessFeed(gather_floor=0.0)
    database, clock = FakeDatabase(publish=feed.publish), FakeClock(make.START)
    desk = Desk(open_uow=database.uow, clock=clock, rules=RULES, notices=FakeNotices())
    files = FakeAttachmentFiles()
    room = administration_of(desk, files)
    _, links = letters_of("http://localhost:8080")
    public = PublicRoom.on(desk, links, files, FakeNotices())
    await public.sites.ensure()
    services = Services.on(database.uow, clock, Argon2Passwords(CHEAP), session_length=timedelta(hours=12))
    services = replace(services, administration=room, public=public)
    settings = WebSettings(base_url="http://localhost:8080")
    client: Client = TestClient(TestServer(create_app(services, feed, settings, clock)))
    await client.start_server()
    office = Office(database=database, feed=feed, clock=clock, services=services, client=client)
    admin = await office.hire(Role.ADMIN, login="admin")
    await office.hire(Role.SUPERVISOR, login="supervisor")
    await office.hire(Role.EXECUTOR, login="executor")
    async with office.database.uow() as uow:
        await uow.people.save(replace(admin, email="admin@example.ru"))
        company = await uow.clients.add_organization(make.organization())
        await uow.clients.add_client(make.client(organization_id=company.id))
        await uow.clients.add_product(make.product())
        await uow.commit()
    yield Bureau(office=office, room=room, public=public)
    await client.close()


async def test_without_administration_its_addresses_are_not_found(office: Office) -> None:
    await office.hire(Role.ADMIN, login="admin")
    for path in ("/setup", "/staffing", "/targets", "/letters", "/audit"):
        answer = await office.client.get(path, cookies=office.as_("admin"))
        assert answer.status == 404, path


async def test_each_one_sees_the_sections_he_may_use(bureau: Bureau) -> None:
    admins = await bureau.ask("/setup")
    supervisors = await bureau.ask("/setup", login="supervisor")
    assert 'href="/letters"' in admins and 'href="/letters"' not in supervisors
    assert 'href="/targets"' in supervisors and 'href="/audit"' in supervisors


async def test_hours_are_changed_and_an_overlap_is_said_beside_its_day(bureau: Bureau) -> None:
    good = {"day0": "9-13, 14:00–18:00", "day6": "20:00-24:00"}
    await bureau.send("/staffing/3/shifts", good)
    page = await bureau.ask("/staffing/3")
    assert "9:00–13:00, 14:00–18:00" in page and "20:00–24:00" in page
    bad = await bureau.send("/staffing/3/shifts", {"day1": "9-13, 12-18", "day2": "утром"}, status=422)
    assert "Часы пересекаются." in bad and "Часы пишутся так" in bad
    assert 'value="9-13, 12-18"' in bad and 'value="утром"' in bad, "nothing typed is lost"


@pytest.mark.parametrize(
    ("text", "problem"),
    [("18-9", "reversed"), ("9-25", "hours"), ("9:99-10", "hours"), ("9-10 11-12", "hours")],
)
def test_hours_that_make_no_sense_are_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_hours(text, 2, 1)
    assert refused.value.problems == {"day2": problem}


def test_what_the_form_reads_is_what_the_desk_accepts() -> None:
    check_shifts(read_hours("9-13,14-18", 0, 1))


async def test_a_leave_is_written_down_and_taken_back(bureau: Bureau) -> None:
    await bureau.send("/staffing/3/leave", {"starts_on": "2026-11-25", "ends_on": "27.11.2026"})
    assert "27.11.2026" in await bureau.ask("/staffing/3")
    assert "отпуск" in await bureau.ask("/staffing?week=2026-11-25")
    await bureau.send("/staffing/3/leave/1/drop")
    assert "27.11.2026" not in await bureau.ask("/staffing/3")
    wrong = await bureau.send("/staffing/3/leave", {"starts_on": "завтра"}, status=422)
    assert "Дата пишется так" in wrong and 'value="завтра"' in wrong
    reversed_ = {"starts_on": "2026-11-25", "ends_on": "2026-11-24"}
    assert "Конец раньше начала." in await bureau.send("/staffing/3/leave", reversed_, status=422)


async def test_skills_are_marked(bureau: Bureau) -> None:
    await bureau.send("/staffing/3/skills", FormData([("topic", "2"), ("product", "1")]))
    assert 'name="topic" value="2" checked' in await bureau.ask("/staffing/3")
    await bureau.send("/staffing/3/skills", {"topic": "999"}, status=422)
    await bureau.ask("/staffing/99", status=404)


async def test_a_topic_is_added_moved_retired_and_restored(bureau: Bureau) -> None:
    new = {"name": "Отчётность в СФР", "kind": "reference", "parent": "6", "position": "4"}
    await bureau.send("/topics", new)
    assert "Отчётность в СФР" in await bureau.ask("/topics")
    await bureau.send("/topics/10", {**new, "parent": "", "active": "yes"})
    await bureau.send("/topics/10", new)
    assert "не используется" in await bureau.ask("/topics/10")
    loop = await bureau.send("/topics/6", {"name": "Х", "kind": "vendor", "parent": "7"}, status=422)
    assert "Тема не может подчиняться самой себе." in loop
    assert "Заполните" in await bureau.send("/topics", {"name": " ", "kind": "outage"}, status=422)
    await bureau.ask("/topics/99", status=404)


async def test_a_product_gets_its_developer(bureau: Bureau) -> None:
    fields = {"code": "buh", "name": "Бухгалтерия", "vendor": "Разработчик", "vendor_email": "H@V.Example"}
    await bureau.send("/products/1", fields)
    assert "h@v.example" in await bureau.ask("/products")
    taken = await bureau.send("/products", fields, status=422)
    assert "Такое уже есть." in taken
    wrong = {"code": "a b", "name": "", "vendor_email": "нет"}
    said = await bureau.send("/products", wrong, status=422)
    assert "Буквы и цифры без пробелов." in said and "Это не адрес почты." in said
    await bureau.ask("/products/99", status=404)


async def test_a_contract_is_added_and_changed_on_the_companys_page(bureau: Bureau) -> None:
    fields = {"number": "Д-7", "product": "1", "starts_on": "2026-01-01", "vendor_support": "yes"}
    await bureau.send("/organizations/1/contracts", fields)
    page = await bureau.ask("/organizations/1", login="executor")
    assert "Д-7" in page and "Новый договор" not in page, "an executor reads, he does not edit"
    await bureau.send("/organizations/1/contracts/1", {**fields, "ends_on": "2026-06-30"})
    assert "30.06.2026" in await bureau.ask("/organizations/1/contracts/1")
    assert "закончился" in await bureau.ask("/organizations/1")
    assert "Такое уже есть." in await bureau.send("/organizations/1/contracts", fields, status=422)
    wrong = {"number": "Д-8", "product": "99", "starts_on": "2026-02-01", "ends_on": "2026-01-01"}
    said = await bureau.send("/organizations/1/contracts", wrong, status=422)
    assert "Конец раньше начала." in said and "Выберите из списка." in said
    await bureau.send("/organizations/1/contracts", {**wrong, "starts_on": "вчера"}, status=422)
    await bureau.ask("/organizations/99", status=404)
    await bureau.ask("/organizations/1/contracts/99", status=404)


TABLE = {
    "place": "3",
    "assign": "4,5",
    "resolve.reference": "20",
    "resolve.outage": "60",
    "resolve.vendor": "30",
}


async def test_targets_are_put_into_force_and_taken_back(bureau: Bureau) -> None:
    await bureau.send("/targets", {**TABLE, "resolve.outage.high": "45", "reason": "Приказ 7"})
    page = await bureau.ask("/targets")
    assert "Приказ 7" in page and 'value="4.5"' in page and 'value="45"' in page
    assert "Заполните" in await bureau.send("/targets/configured", {"back_reason": ""}, status=422)
    bureau.office.clock.advance(timedelta(minutes=1))
    await bureau.send("/targets/configured", {"back_reason": "Отмена приказа 7"})
    assert "как в настройках" in await bureau.ask("/targets", login="supervisor")


async def test_wrong_targets_are_said_beside_their_fields(bureau: Bureau) -> None:
    wrong = {**TABLE, "assign": "пять", "reason": "x", "valid_from": "завтра"}
    said = await bureau.send("/targets", wrong, status=422)
    assert "От 1 минуты" in said and "Дата и время пишутся так" in said and 'value="пять"' in said
    past = await bureau.send(
        "/targets", {**TABLE, "reason": "x", "valid_from": "2026-01-01T09:00"}, status=422
    )
    assert "Нельзя ввести задним числом." in past
    await bureau.send("/targets", {**TABLE, "reason": "x"}, login="supervisor", status=403)


async def test_the_calendar_shows_holidays_and_warns_of_years_without_a_decree(bureau: Bureau) -> None:
    november = await bureau.ask("/calendar?month=2026-11", login="supervisor")
    assert "День народного единства" in november
    for wrong in ("нет", "1999-01", "2026-13"):
        assert "2026" in await bureau.ask(f"/calendar?month={wrong}")
    unpublished = bureau.room.targets.calendar.unpublished_years(2026, 2027)
    for year in unpublished:
        assert f"Переносы выходных на {year} год" in november


async def test_a_letter_is_previewed_saved_tried_and_given_back(bureau: Bureau) -> None:
    words = {"subject": "Answer {{ number }}", "text": "Ответ:\n\n{{ about.answer }}\n"}
    seen = await bureau.send("/letters/answered/ru/preview", words, status=200)
    assert "<p>Ответ:</p>" in seen
    await bureau.send("/letters/answered/ru", words)
    assert "наш текст" in await bureau.ask("/letters")
    assert "<p>Ответ:</p>" in await bureau.ask("/letters/answered/ru/preview")
    await bureau.send("/letters/answered/ru/try")
    async with bureau.office.database.uow(write=False) as uow:
        item = (await uow.outbox.newest(limit=1))[0]
    assert (item.to, item.payload["example"]) == ("admin@example.ru", True)
    await bureau.send("/letters/answered/ru/give-back")
    assert "исходный текст" in await bureau.ask("/letters/answered/ru?done=given_back")


async def test_what_is_wrong_with_a_letter_is_said_and_the_text_is_kept(bureau: Bureau) -> None:
    words = {"subject": "Ответ", "text": "{{ about.salary }} {{ about.answer }}"}
    said = await bureau.send("/letters/answered/ru", words, status=422)
    assert "about.salary" in said and "Тема пишется латиницей" in said and 'value="Ответ"' in said
    framed = await bureau.send("/letters/answered/ru/preview", words, status=422)
    assert "about.salary" in framed
    await bureau.ask("/letters/nothing/ru", status=404)
    await bureau.ask("/letters/answered/de", status=404)


async def test_a_preview_may_be_framed_by_us_and_runs_nothing(bureau: Bureau) -> None:
    answer = await bureau.office.client.get(
        "/letters/answered/ru/preview", cookies=bureau.office.as_("admin")
    )
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox" in policy and "frame-ancestors 'self'" in policy and "script-src" not in policy


async def test_the_secret_of_a_webhook_is_shown_once(bureau: Bureau) -> None:
    fields = FormData([("url", "https://crm.example.ru/h"), ("event", "ticket.closed")])
    shown = await bureau.send("/webhooks/new", fields, status=200)
    async with bureau.office.database.uow(write=False) as uow:
        hook = (await uow.webhooks.all())[0]
    assert hook.secret in shown and hook.events == {"ticket.closed"}
    assert hook.secret not in await bureau.ask(f"/webhooks/{hook.id}")
    fresh = await bureau.send(f"/webhooks/{hook.id}/rotate", status=200)
    assert hook.secret not in fresh and "показывается один раз" in fresh
    async with bureau.office.database.uow(write=False) as uow:
        assert (await uow.webhooks.all())[0].secret in fresh


async def test_a_webhook_is_tried_changed_and_switched_off(bureau: Bureau) -> None:
    await bureau.send("/webhooks/new", {"url": "https://a.example/h", "every": "yes"}, status=200)
    await bureau.send("/webhooks/1/try")
    assert "проба" in await bureau.ask("/webhooks/1")
    await bureau.send("/webhooks/1", {"url": "https://a.example/h", "every": "yes"})
    assert "выключен" in (await bureau.ask("/webhooks")).lower()
    await bureau.send("/webhooks/1/try", status=409)
    said = await bureau.send("/webhooks/new", {"url": "ftp://a", "every": ""}, status=422)
    assert "https://" in said
    taken = {"url": "https://a.example/h", "every": "yes"}
    assert "Такое уже есть." in await bureau.send("/webhooks/new", taken, status=422)
    await bureau.ask("/webhooks/99", status=404)


async def test_the_audit_is_filtered_paged_and_tells_in_words(bureau: Bureau) -> None:
    async with bureau.office.database.uow() as uow:
        for number in range(60):
            await uow.audit.record(
                at=bureau.office.clock.now(), actor="person:1", ticket_id=None, action="topic.added",
                reason="", change={"name": f"Тема {number}"},
            )  # fmt: skip
        await uow.commit()
    await bureau.send("/staffing/3/leave", {"starts_on": "2026-11-25", "ends_on": "2026-11-26"})
    page = await bureau.ask("/audit", login="supervisor")
    assert "Добавлена тема: Тема 59" in page and "Тема 5<" not in page
    assert "Отпуск: Executor, 25.11.2026 — 26.11.2026" in page
    before = page.rpartition("before=")[2].partition('"')[0]
    assert "Добавлена тема: Тема 5<" in await bureau.ask(f"/audit?before={before}", login="supervisor")
    only = await bureau.ask("/audit?action=staff.leave&person=1&since=23.11.2026&until=23.11.2026")
    assert "Отпуск: Executor" in only and "Добавлена тема" not in only.partition("<tbody>")[2]
    assert "Ничего подходящего" in await bureau.ask("/audit?ticket=5&person=deadlines")


async def test_the_audit_goes_out_as_a_file_in_which_nothing_is_a_formula(bureau: Bureau) -> None:
    async with bureau.office.database.uow() as uow:
        for number in range(510):
            await uow.audit.record(
                at=bureau.office.clock.now(), actor="person:1", ticket_id=None, action="topic.added",
                reason="=cmd()", change={"name": f"Т{number}"},
            )  # fmt: skip
        await uow.commit()
    text = await bureau.ask("/audit.csv?action=topic.added", login="supervisor")
    lines = text.splitlines()
    assert len(lines) == 511
    assert lines[0].startswith("\ufeff№;Когда;Кто")
    assert ";'=cmd()" in lines[1]


async def test_the_chain_is_verified_from_the_screen(bureau: Bureau) -> None:
    assert "ещё не проверялась" in await bureau.ask("/audit")
    await bureau.send("/audit/verify", login="supervisor")
    task = bureau.room.audit._verifying
    assert task is not None
    await task
    assert "цел до строки" in await bureau.ask("/audit/chain", login="supervisor")


def picture(kind: str, size: tuple[int, int] = (900, 300)) -> bytes:
    body = io.BytesIO()
    Image.new("RGB", size, "#146c3b").save(body, format=kind)
    return body.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_a_logo_is_drawn_anew(bureau: Bureau, kind: str) -> None:
    secret = b"<script>alert(1)</script>"
    form = FormData()
    form.add_field("logo", picture(kind) + secret, filename="logo.svg", content_type="image/svg+xml")
    await bureau.send("/sites/1/logo", form)
    answer = await bureau.office.client.get("/f/hotline/logo")
    body = await answer.read()
    assert answer.headers["Content-Type"] == "image/png" and secret not in body
    assert Image.open(io.BytesIO(body)).size == (480, 160)
    await bureau.send("/sites/1/logo/drop")
    assert (await bureau.office.client.get("/f/hotline/logo")).status == 404


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Заполните это поле."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Файл не читается как картинка."),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 50, "Файл не читается как картинка."),
        (b"0" * (256 * 2**10 + 1), "Картинка велика"),
    ],
)
async def test_what_is_no_picture_is_refused_beside_the_field(bureau: Bureau, body: bytes, said: str) -> None:
    form = FormData()
    form.add_field("logo", body, filename="logo.png", content_type="image/png")
    assert said in await bureau.send("/sites/1/logo", form, status=422)


async def test_a_picture_too_wide_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        await redrawn(picture("PNG", (2001, 4)))
    assert refused.value.problems == {"logo": "too_large"}


async def test_a_client_is_forgotten_only_when_his_number_is_typed(bureau: Bureau) -> None:
    assert "Петров" in await bureau.ask("/clients/1/erase")
    without = await bureau.send("/clients/1/erase", {"confirm": "1"}, status=422)
    assert "по какому требованию" in without
    await bureau.send("/clients/1/erase", {"basis": "№ 12", "confirm": "2"}, status=422)
    done = await bureau.send("/clients/1/erase", {"basis": "№ 12", "confirm": "1"}, status=200)
    assert "Данные клиента № 1 удалены" in done
    await bureau.ask("/clients/1/erase", status=404)


async def test_a_sign_in_link_is_mailed_to_the_persons_address(bureau: Bureau) -> None:
    fields = {"login": "executor", "name": "Э", "role": "executor", "email": "E@Example.ru", "active": "yes"}
    await bureau.send("/people/3", fields)
    assert "e@example.ru" in await bureau.ask("/people")
    assert "e@example.ru" in await bureau.send("/people/3/mail-link", status=200)
    assert "Это не адрес почты." in await bureau.send("/people/3", {**fields, "email": "нет"}, status=422)
    await bureau.send("/people/2/mail-link", status=404)


def test_every_letter_has_a_preview() -> None:
    letters, _ = letters_of()
    press = Press(letters)
    assert press.placeholders("answered")["about.answer"]
    assert press.placeholders("answered")["hotline_number"] == letters.hotline_number != ""
