"""The head of the hotline reads his report: what changed and why, by mail once, and the same a year later.

Regulation: 3.1, 3.2.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from callcenter.building.reports import ReportEnclosures
from callcenter.domain.cells import Wording
from callcenter.domain.errors import Forbidden, InvalidInput
from callcenter.domain.notices import Notice, OutboxItem
from callcenter.domain.people import Person, Role
from callcenter.domain.report import compose, labels
from callcenter.domain.report_mailing import Mailing, MailingKind, addresses_of, due_period
from callcenter.domain.report_saying import Saying
from callcenter.domain.report_summary import is_final
from callcenter.domain.statistics import Mark, MarkKind, Period, Standing
from callcenter.mail.enclosures import Enclosures
from callcenter.services.report_mail import period_of
from callcenter.store import Database
from callcenter.store.statement import Statement
from callcenter.store.tables import metadata
from callcenter.store.upgrade import upgrade
from callcenter.web.translations import load_words
from tests import make
from tests.fakes.clock import FakeClock
from tests.fakes.forms import FakeAttachmentFiles
from tests.make_report import report_figures
from tests.reports_house import CALENDAR, MOSCOW, ReportsHouse
from tests.year import Year
from tests.year_writing import write_sqlite

DELETE_FREEZE = Statement(delete(metadata.tables["month_closing"]))
WORDS = load_words()["ru"]
SAYING = Saying(words=WORDS, wording=Wording(locale="ru", zone=MOSCOW))
OCTOBER = Period.month(2026, 10)


def works(day: date) -> bool:
    return bool(CALENDAR.day(day).hours)


@pytest.mark.regulation("3.2")
def test_the_summary_says_what_changed_and_which_topic_drove_it() -> None:
    said = " ".join(compose(report_figures(), SAYING).sections[0].sentences)
    assert "Поступило звонков: 1\u00a0336, было 1\u00a0206 (+10,8\u00a0%)." in said
    assert "повлияли темы: «Консультация по интерфейсу» (+336)" in said


@pytest.mark.regulation("3.2")
def test_the_summary_names_the_days_on_which_the_service_level_was_lost() -> None:
    said = " ".join(compose(report_figures(), SAYING).sections[0].sentences)
    assert "Больше всего потеряно в эти дни: ср 14.10 (слишком долго ждали 45 из 85), чт 15.10" in said


@pytest.mark.regulation("3.2")
def test_the_summary_names_new_and_rising_questions() -> None:
    said = " ".join(compose(report_figures(), SAYING).sections[0].sentences)
    assert "Новые вопросы: Ошибка при обновлении программы." in said
    assert "Стали спрашивать чаще: Не открывается отчёт по зарплате (31 → 64)." in said


@pytest.mark.regulation("3.2")
def test_the_report_has_the_most_frequent_questions() -> None:
    document = compose(report_figures(), SAYING)
    chapter = next(each for each in document.sections if each.name == "questions")
    assert [row[1] for row in chapter.tables[0].rows][:2] == [
        "Не открывается отчёт по зарплате",
        "Как настроить подпись документов",
    ]


@pytest.mark.regulation("3.1")
def test_every_figure_stands_with_its_counts_formula_and_clause() -> None:
    document = compose(report_figures(), SAYING)
    rows = document.sections[-1].tables[0].rows
    assert len(rows) > 50
    assert all(row[3] and row[4] for row in rows)
    level = next(figure for figure in document.sections[0].figures if "служивания" in figure.name)
    assert level.counts == "1\u00a0028 / 1\u00a0336"


@pytest.mark.regulation("3.1")
def test_a_period_across_a_change_of_targets_is_marked() -> None:
    changed = Mark(kind=MarkKind.TARGETS_CHANGED, day=date(2026, 10, 15))
    assert compose(report_figures(marks=[changed]), SAYING).marks == (
        "Период пересекает смену нормативов: 15.10.2026.",
    )


def test_without_a_period_before_nothing_is_compared() -> None:
    figures = report_figures()
    alone = replace(figures, earlier=replace(figures.earlier, empty=True))
    document = compose(alone, SAYING)
    assert "Сравнить не с чем" in document.sections[0].sentences[0]
    assert all(not figure.change and not figure.earlier for figure in document.sections[0].figures)


def test_only_a_frozen_month_is_final() -> None:
    figures = report_figures()
    assert is_final(figures)
    assert not is_final(replace(figures, figures=replace(figures.figures, standing=Standing.CLOSED)))


@pytest.mark.regulation("3.2")
@pytest.mark.parametrize(
    ("today", "kind", "period"),
    [
        (date(2026, 11, 2), MailingKind.MONTH, Period.month(2026, 10)),  # 1 November is a Sunday
        (date(2026, 11, 3), MailingKind.MONTH, None),
        (date(2026, 11, 1), MailingKind.MONTH, None),
        (date(2026, 1, 12), MailingKind.MONTH, Period.month(2025, 12)),  # the New Year's holidays are over
        (date(2026, 11, 9), MailingKind.WEEK, Period.week(date(2026, 11, 2))),
        (date(2026, 11, 10), MailingKind.WEEK, None),
        (date(2026, 11, 5), MailingKind.DAY, Period.day(date(2026, 11, 3))),  # the 4th is a holiday
        (date(2026, 11, 9), MailingKind.DAY, Period.day(date(2026, 11, 6))),
        (date(2026, 11, 8), MailingKind.DAY, None),
    ],
)
def test_a_report_is_due_on_the_first_working_day(
    today: date, kind: MailingKind, period: Period | None
) -> None:
    assert due_period(kind, today, works) == period


@pytest.mark.parametrize("text", ["Петров <p@x.ru>", "a@x.ru\nBcc:b", "no address", "x" * 300 + "@x.ru"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        addresses_of(text)


@dataclass(kw_only=True)
class Office:
    """A small hotline with two months behind it, at nine on the first working day of November."""

    database: Database
    clock: FakeClock
    house: ReportsHouse
    supervisor: Person

    async def letters(self) -> list[OutboxItem]:
        async with self.database.uow(write=False) as uow:
            return [each for each in await uow.outbox.newest(limit=50) if each.name == Notice.REPORT]


@pytest.fixture(scope="module")
def two_months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reports") / "year.sqlite3"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    write_sqlite(path, Year(seed=3, first=date(2026, 9, 14), days=48, calls_a_day=8).batches())

    async def close() -> None:
        database = Database(f"sqlite:///{path}")
        await database.open()
        clock = FakeClock(datetime(2026, 11, 1, 22, 0, tzinfo=UTC))
        await ReportsHouse.on(database.uow, clock).closing.tend()
        await database.close()

    asyncio.run(close())
    return path


@pytest.fixture
async def office(two_months: Path, tmp_path: Path) -> AsyncIterator[Office]:
    copy = Path(shutil.copy(two_months, tmp_path / "copy.sqlite3"))
    database = Database(f"sqlite:///{copy}")
    await database.open()
    clock = FakeClock(datetime(2026, 11, 2, 6, 1, tzinfo=UTC))
    async with database.uow() as uow:
        supervisor = await uow.people.add(
            make.person("head", "Соколов", roles=[Role.SUPERVISOR], endpoint=None), password_hash=None
        )
        await uow.commit()
    yield Office(
        database=database, clock=clock, house=ReportsHouse.on(database.uow, clock), supervisor=supervisor
    )
    await database.close()


@pytest.mark.regulation("3.2")
async def test_the_monthly_report_leaves_once_however_many_nodes_look(office: Office) -> None:
    await office.house.reports.mail.save(
        office.supervisor, Mailing(kind=MailingKind.MONTH, addresses=("head@x.ru", "director@x.ru"))
    )
    second_node = ReportsHouse.on(office.database.uow, office.clock).reports.mail
    sent = [await mail.send_due() for mail in (office.house.reports.mail, second_node, second_node)]
    assert sent == [2, 0, 0]
    letters = await office.letters()
    assert {each.to for each in letters} == {"head@x.ru", "director@x.ru"}
    assert period_of(letters[0].payload) == OCTOBER
    assert letters[0].ticket_id is None


@pytest.mark.regulation("3.2")
async def test_nothing_leaves_before_its_hour_nor_on_other_days(office: Office) -> None:
    mail = office.house.reports.mail
    await mail.save(office.supervisor, Mailing(kind=MailingKind.MONTH, addresses=("head@x.ru",)))
    office.clock.advance(-timedelta(minutes=10))
    assert await mail.send_due() == 0
    office.clock.advance(timedelta(days=1))
    assert await mail.send_due() == 0


async def test_a_month_that_is_not_frozen_is_waited_for_three_hours_and_then_sent_as_it_is(
    office: Office,
) -> None:
    async with office.database.uow() as uow:
        connection = uow.reports._db
        await connection.run(DELETE_FREEZE)
        await uow.commit()
    mail = office.house.reports.mail
    await mail.save(office.supervisor, Mailing(kind=MailingKind.MONTH, addresses=("head@x.ru",)))
    assert await mail.send_due() == 0
    office.clock.advance(timedelta(hours=3))
    assert await mail.send_due() == 1


@pytest.mark.regulation("3.2")
async def test_the_letter_carries_the_report_as_paper_and_workbook(office: Office, tmp_path: Path) -> None:
    await office.house.reports.mail.send_now(office.supervisor, OCTOBER, ["head@x.ru"])
    (letter,) = await office.letters()
    made = ReportEnclosures(room=office.house.reports)
    enclosures = Enclosures(office.database.uow, FakeAttachmentFiles(), made)
    paper, workbook = await enclosures.of(letter)
    assert (paper.sent_as, workbook.sent_as) == ("hotline-2026-10.pdf", "hotline-2026-10.xlsx")
    assert paper.body.startswith(b"%PDF-")
    assert workbook.body.startswith(b"PK")


async def test_who_may_not_send_reports_is_refused(office: Office) -> None:
    operator = make.person(roles=[Role.OPERATOR])
    with pytest.raises(Forbidden):
        await office.house.reports.mail.send_now(operator, OCTOBER, ["head@x.ru"])
    with pytest.raises(Forbidden):
        await office.house.reports.mail.save(operator, Mailing(kind=MailingKind.DAY))
    with pytest.raises(InvalidInput):
        await office.house.reports.mail.send_now(office.supervisor, OCTOBER, [])


@pytest.mark.regulation("3.2")
async def test_a_kept_month_reads_the_same_after_a_topic_was_renamed(office: Office) -> None:
    reports, files = office.house.reports.reports, office.house.reports.files
    first = await reports.document(OCTOBER, WORDS)
    said = labels(reports.saying(WORDS))
    before = await files.pdf(first, said)
    async with office.database.uow() as uow:
        for topic in await uow.topics.all():
            await uow.topics.save(replace(topic, name=f"Переименована {topic.id}"))
        await uow.commit()
    office.clock.advance(timedelta(days=200))
    later = ReportsHouse.on(office.database.uow, office.clock).reports.reports
    again = await later.document(OCTOBER, WORDS)
    assert again == first
    assert await files.pdf(again, said) == before


@pytest.mark.regulation("3.1")
async def test_the_report_says_what_the_figures_say(office: Office) -> None:
    figures = await office.house.reports.reports.figures(OCTOBER)
    document = compose(figures, SAYING)
    offered = figures.figures.measures["calls.offered"].value
    days = next(each for each in document.sections[1].tables if each.title == "По дням")
    assert offered == sum(int(str(row[1])) for row in days.rows)
    assert document.sections[0].figures[0].value == SAYING.wording.count(round(offered or 0))
    assert document.made_at == figures.figures.as_of


async def test_a_day_that_goes_on_is_not_kept(office: Office) -> None:
    reports = office.house.reports.reports
    await reports.document(Period.day(date(2026, 11, 2)), WORDS)
    assert list(await reports.kept()) == []


async def test_an_export_gives_every_ticket_and_every_call_once(office: Office) -> None:
    reports = office.house.reports.reports
    tickets = [row async for page in reports.tickets(OCTOBER) for row in page]
    calls = [row async for page in reports.calls(OCTOBER) for row in page]
    figures = await office.house.room.statistics.figures(OCTOBER)
    assert len(tickets) == figures.value("tickets.opened")
    assert len(calls) == (figures.value("calls.offered") or 0) + (figures.value("calls.outside_hours") or 0)
    assert len({row[0] for row in tickets}) == len(tickets)


async def test_a_report_of_more_than_a_year_is_refused(office: Office) -> None:
    with pytest.raises(InvalidInput):
        await office.house.reports.reports.figures(Period.free(date(2024, 1, 1), date(2026, 1, 1)))
