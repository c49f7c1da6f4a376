"""Frequent questions and staffing as people ask for them, without a browser."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from callcenter.domain.errors import InvalidInput
from callcenter.domain.people import Role
from callcenter.domain.shifts import Shift
from callcenter.domain.statistics import EVERYTHING, Figures, Heat, HeatCell, Measure, Period, Standing, Unit
from callcenter.services.sign_in import fingerprint
from callcenter.services.staffing_load import StaffingAsked, StaffingLoad
from callcenter.web import app as web_app
from callcenter.web.app import create_app
from callcenter.web.passwords import Argon2Passwords
from callcenter.web.question_room import QuestionRoom
from callcenter.web.services import Services
from callcenter.web.settings import WebSettings
from callcenter.web.static_files import StaticFiles
from tests import make
from tests.desk_house import MOSCOW, RULES, moscow
from tests.fakes.database import FakeDatabase
from tests.questions_house import NOVEMBER, REPORT, SIGNATURE, QuestionsHouse
from tests.unit.web.conftest import CHEAP, OWN_ORIGIN, AnyStaticFile, Client


@dataclass
class FakeLoad:
    """Recorded load: cells as given, and the mean handling time."""

    cells: list[HeatCell]
    aht: float | None = 240.0

    def today(self) -> date:
        return date(2026, 11, 30)

    async def heat(self, period: Period, *, halves: bool = False) -> Heat:
        return Heat(period=period, cells=self.cells)

    async def figures(self, period: Period) -> Figures:
        measure = Measure(
            code="aht", name="AHT", value=self.aht, unit=Unit.SECONDS, numerator=None, denominator=None,
            formula="", clause="3.1",
        )  # fmt: skip
        return Figures(
            period=period, selection=EVERYTHING, standing=Standing.CLOSED, as_of=moscow("10:00"),
            measures={"aht": measure}, empty=False,
        )  # fmt: skip


def cell(weekday: int, hour: int, per_day: float, *, abandoned: int = 0, waited: int = 0) -> HeatCell:
    return HeatCell(
        weekday=weekday, hour=hour, days=8, offered=round(per_day * 8), answered=1, abandoned=abandoned,
        wait_seconds=waited, talk_seconds=1, within=1,
    )  # fmt: skip


@dataclass(kw_only=True)
class Office:
    house: QuestionsHouse
    load: FakeLoad
    staffing: StaffingLoad
    client: Client

    async def get(self, path: str, login: str = "supervisor") -> ClientResponse:
        return await self.client.get(path, cookies={"session": login}, allow_redirects=False)

    async def post(self, path: str, login: str = "supervisor", **fields: str) -> ClientResponse:
        return await self.client.post(
            path, data=fields, headers=OWN_ORIGIN, cookies={"session": login}, allow_redirects=False
        )

    async def grouped(self) -> list[int]:
        """A month with two questions; their numbers."""
        await self.house.asked(NOVEMBER, [*REPORT, *SIGNATURE])
        await self.house.grouping.look()
        return [row.question_id for row in (await self.house.month(NOVEMBER)).rows]


@pytest.fixture
async def office(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setattr(web_app, "load_static_files", lambda: StaticFiles(AnyStaticFile()))
    database = FakeDatabase()
    house = await QuestionsHouse.built(database.uow)
    people = house.people
    async with database.uow() as uow:
        for person in (people.operator, people.moderator, people.supervisor, people.admin):
            created = house.house.clock.now()
            await uow.sessions.add(
                make.session(fingerprint(person.login), person_id=person.id, created=created)
            )
        await uow.commit()
    load = FakeLoad([cell(0, 10, 25.0), cell(0, 11, 5.0)])
    staffing = StaffingLoad(database.uow, load, RULES.terms.calendar, MOSCOW)
    clock = house.house.clock
    services = Services.on(
        database.uow, clock, Argon2Passwords(CHEAP), session_length=timedelta(days=2), desk=house.house.desk
    )
    services = replace(services, questions=QuestionRoom(questions=house.questions, staffing=staffing))
    app = create_app(services, house.house.feed, WebSettings(base_url="http://localhost:8080"), clock)
    async with TestClient(TestServer(app)) as client:
        yield Office(house=house, load=load, staffing=staffing, client=client)


@pytest.mark.regulation("3.2")
async def test_the_months_questions_are_listed_with_links(office: Office) -> None:
    report, signature = await office.grouped()
    text = await (await office.get("/reports/questions")).text()
    assert f'href="/reports/questions/{report}?month=2026-11"' in text
    assert f'href="/reports/questions/{signature}?month=2026-11"' in text
    assert "Прочитано 7 обращений" in text


async def test_an_empty_month_says_so(office: Office) -> None:
    assert "Обращений пока нет" in await (await office.get("/reports/questions")).text()
    assert "не группировали" in await (await office.get("/reports/questions?month=2026-09")).text()


async def test_a_month_that_is_none_is_not_found(office: Office) -> None:
    for month in ("2026-13", "x", "0000-01", "2026-11-01", "9" * 40):
        assert (await office.get(f"/reports/questions?month={month}")).status == 404


async def test_a_question_tells_why_its_requests_belong_together(office: Office) -> None:
    report, _ = await office.grouped()
    text = await (await office.get(f"/reports/questions/{report}")).text()
    assert "Общие слова и баллы за них" in text
    assert 'class="word"' in text
    assert REPORT[0] in text


async def test_words_of_clients_are_inert_and_hidden_from_who_may_not_see_requests(office: Office) -> None:
    await office.house.asked(NOVEMBER, ["<script>alert(1)</script> не открывается отчёт"] * 3)
    await office.house.grouping.look()
    seen = await (await office.get("/reports/questions/1")).text()
    assert "<script>alert" not in seen and "&lt;script&gt;alert" in seen
    hidden = await (await office.get("/reports/questions/1", "admin")).text()
    assert "alert(1)" not in hidden


async def test_renaming_keeps_what_was_typed_when_it_is_refused(office: Office) -> None:
    report, _ = await office.grouped()
    address = f"/reports/questions/{report}/rename"
    refused = await office.post(address, title="д" * 201, month="2026-11")
    assert refused.status == 422
    assert "д" * 201 in await refused.text()
    done = await office.post(address, title="Отчёты СБИС", month="2026-11")
    assert (done.status, done.headers["Location"]) == (303, f"/reports/questions/{report}?month=2026-11")
    assert "Отчёты СБИС" in await (await office.get("/reports/questions")).text()


async def test_merging_splitting_and_taking_back_by_the_screens(office: Office) -> None:
    report, signature = await office.grouped()
    merged = await office.post(f"/reports/questions/{signature}/merge", into_id=str(report))
    assert merged.headers["Location"] == f"/reports/questions/{report}"
    assert "объединён с" in await (await office.get("/reports/questions/rules")).text()
    assert (await office.post(f"/reports/questions/{report}/merge", into_id=str(report))).status == 422
    back = await office.post("/reports/questions/rules/1/undo", back="rules")
    assert back.headers["Location"] == "/reports/questions/rules"
    split = await office.post(f"/reports/questions/{report}/split", terms="СБИС", part_title="Только СБИС")
    part = split.headers["Location"]
    assert "Только СБИС" in await (await office.get(part)).text()
    assert (await office.post(f"/reports/questions/{report}/split", part_title="Ничего")).status == 422
    assert (await office.post("/reports/questions/99/rename", title="Имя")).status == 404


async def test_an_operator_sees_and_changes_nothing_of_it(office: Office) -> None:
    await office.grouped()
    assert (await office.get("/reports/questions", "operator")).status == 403
    assert (await office.get("/reports/staffing", "operator")).status == 403
    assert (await office.post("/reports/questions/1/rename", "operator", title="Имя")).status == 403
    assert (await office.post("/reports/questions/1/rename", "admin", title="Имя")).status == 403


async def test_grouping_anew_while_another_node_does_is_said(office: Office) -> None:
    await office.house.asked(NOVEMBER, REPORT)
    now = office.house.house.clock.now()
    async with office.house.house.open_uow() as uow:
        await uow.links.take_lease("questions", "node-2", now=now, until=now + timedelta(minutes=5))
        await uow.commit()
    busy = await office.post("/reports/questions/refresh", month="2026-11")
    assert busy.headers["Location"] == "/reports/questions?month=2026-11&busy=yes"
    assert "прямо сейчас группируются" in await (await office.get(busy.headers["Location"])).text()
    office.house.house.clock.advance(timedelta(minutes=6))
    done = await office.post("/reports/questions/refresh", month="2026-11")
    assert done.headers["Location"] == "/reports/questions?month=2026-11"


async def test_the_list_is_taken_along_as_a_file(office: Office) -> None:
    await office.grouped()
    answer = await office.get("/reports/questions.csv?month=2026-11")
    lines = (await answer.read()).decode().split("\r\n")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="questions-2026-11.csv"'
    assert lines[0].startswith("\ufeff№;Вопрос;Обращений;")
    assert [line.split(";")[2] for line in lines[1:3]] == ["4", "3"]


@pytest.mark.regulation("3.1")
async def test_staffing_shows_the_need_beside_the_shifts_and_the_curve(office: Office) -> None:
    week = await office.staffing.week(office.house.people.supervisor, StaffingAsked())
    ten = next(each for each in week.hours if (each.weekday, each.hour) == (0, 10))
    assert (ten.needed, ten.rostered, ten.on_shift, ten.short) == (4, 4, 1, True)
    assert (week.patience, week.chosen, week.period.last) == (None, ten, date(2026, 11, 29))
    text = await (await office.get("/reports/staffing")).text()
    assert "Эрланг-С" in text and "<svg" in text and "<b>4</b>" in text
    other = await (await office.get("/reports/staffing?cell=0-11")).text()
    assert "11:00–12:00" in other


async def test_staffing_by_the_half_hour_asks_for_each_half_by_its_own_rate(office: Office) -> None:
    halves = [replace(cell(0, 10, calls), half=half) for half, calls in ((0, 5.0), (1, 30.0))]
    office.load.cells = halves
    week = await office.staffing.week(office.house.people.supervisor, StaffingAsked(step=30))
    first, second = (each for each in week.hours if each.weekday == 0 and each.calls)
    assert [(each.begins, each.ends, each.calls) for each in (first, second)] == [
        ("10:00", "10:30", 10.0),
        ("10:30", "11:00", 60.0),
    ]
    assert first.needed is not None and second.needed is not None and first.needed < second.needed
    assert (first.on_shift, week.chosen) == (1, second)
    text = await (await office.get("/reports/staffing?step=30&cell=0-10")).text()
    assert "10:00–10:30" in text
    assert (await office.get("/reports/staffing?step=45")).status == 422


async def test_patience_is_counted_once_enough_hung_up(office: Office) -> None:
    office.load.cells = [cell(0, 10, 25.0, abandoned=20, waited=1800)]
    week = await office.staffing.week(office.house.people.supervisor, StaffingAsked())
    assert week.patience == 90
    assert "Эрланг-А" in await (await office.get("/reports/staffing")).text()


async def test_lost_time_and_work_after_a_call_ask_for_more(office: Office) -> None:
    by = office.house.people.supervisor
    plain = await office.staffing.week(by, StaffingAsked())
    more = await office.staffing.week(by, StaffingAsked(after_call=120, lost=25))
    assert plain.chosen is not None and more.chosen is not None
    assert more.chosen.needed == 5 and more.chosen.rostered == 7
    assert plain.handling == 240 and more.handling == 360


async def test_only_a_shift_that_covers_the_whole_hour_counts(office: Office) -> None:
    operator = office.house.people.operator
    async with office.house.house.open_uow() as uow:
        shift = Shift(person_id=operator.id, weekday=0, starts=time(10, 30), ends=time(12))
        await uow.staffing.set_shifts(operator.id, [shift])
        await uow.commit()
    assert Role.OPERATOR in operator.roles
    week = await office.staffing.week(office.house.people.supervisor, StaffingAsked())
    assert {each.hour: each.on_shift for each in week.hours if each.weekday == 0 and each.calls} == {
        10: 0,
        11: 1,
    }


async def test_without_calls_there_is_nothing_to_compute_from(office: Office) -> None:
    office.load.cells, office.load.aht = [], None
    assert "считать не из чего" in await (await office.get("/reports/staffing")).text()


async def test_a_goal_that_makes_no_sense_is_refused_beside_its_field(office: Office) -> None:
    for query in ("level=0", "level=100", "within=-1", "within=x", "weeks=99", "lost=81"):
        answer = await office.get(f"/reports/staffing?{query}")
        name, value = query.split("=")
        text = await answer.text()
        assert answer.status == 422
        assert f'id="{name}-note"' in text and f'value="{value}"' in text
    assert (await office.get("/reports/staffing.csv?level=0")).status == 422


async def test_an_hour_nobody_knows_shows_the_busiest(office: Office) -> None:
    for odd in ("cell=9-99", "cell=x", "cell=--", "cell=0-3"):
        assert "10:00–11:00" in await (await office.get(f"/reports/staffing?{odd}")).text()


async def test_the_week_is_taken_along_as_a_file(office: Office) -> None:
    lines = (await (await office.get("/reports/staffing.csv")).read()).decode().split("\r\n")
    assert lines[0].startswith("\ufeffДень недели;Час;")
    assert "понедельник;10:00;25,00;4;4;1;" in "\n".join(lines)


def test_what_is_asked_is_checked_by_field() -> None:
    wrong: Mapping[str, int] = {"level": 0, "weeks": 0}
    with pytest.raises(InvalidInput) as refused:
        StaffingAsked(**wrong)
    assert set(refused.value.problems) == {"level", "weeks"}
