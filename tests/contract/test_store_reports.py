"""Reports that were made, mailing lists and exports: the same on every store."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from callcenter.domain.document import TicketLink
from callcenter.domain.report_mailing import Mailing, MailingKind
from callcenter.ports.reports import StoredReport
from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.services.hotline import Hotline
from tests import make
from tests.fakes.clock import FakeClock

OCTOBER = StoredReport(
    name="hotline-2026-10",
    locale="ru",
    first=date(2026, 10, 1),
    last=date(2026, 10, 31),
    made_at=datetime(2026, 11, 1, 1, 30, tzinfo=UTC),
    body={"title": "Отчёт", "rows": [1, 2.5, None]},
)


async def test_the_first_report_of_a_period_stays(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        assert await uow.reports.keep(OCTOBER)
        assert await uow.reports.keep(replace(OCTOBER, locale="en"))
        await uow.commit()
    async with open_uow() as uow:
        assert not await uow.reports.keep(replace(OCTOBER, body={"title": "another"}))
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert await uow.reports.stored(OCTOBER.name, "ru") == OCTOBER
        assert await uow.reports.stored("hotline-2026-09", "ru") is None


async def test_kept_reports_are_listed_newest_first_without_their_bodies(open_uow: OpenUnitOfWork) -> None:
    september = replace(OCTOBER, name="hotline-2026-09", first=date(2026, 9, 1), last=date(2026, 9, 30))
    async with open_uow() as uow:
        for each in (september, OCTOBER):
            await uow.reports.keep(each)
        await uow.commit()
    async with open_uow(write=False) as uow:
        kept = await uow.reports.kept(10)
        newest = await uow.reports.kept(1)
    assert kept == [replace(OCTOBER, body={}), replace(september, body={})]
    assert newest == kept[:1]


async def test_a_mailing_list_is_replaced_whole(open_uow: OpenUnitOfWork) -> None:
    first = Mailing(kind=MailingKind.MONTH, addresses=("a@x.ru", "b@x.ru"), at=time(8, 30))
    async with open_uow() as uow:
        assert list(await uow.reports.mailings()) == []
        await uow.reports.save_mailing(first)
        await uow.reports.save_mailing(Mailing(kind=MailingKind.DAY))
        await uow.commit()
    async with open_uow() as uow:
        await uow.reports.save_mailing(replace(first, addresses=()))
        await uow.commit()
    async with open_uow(write=False) as uow:
        found = {each.kind: each for each in await uow.reports.mailings()}
    assert found == {
        MailingKind.MONTH: replace(first, addresses=()),
        MailingKind.DAY: Mailing(kind=MailingKind.DAY),
    }


async def test_an_export_gives_each_row_once_page_by_page(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.calls.add_hotline(make.hotline())
        await uow.people.add(make.person(), password_hash=None)
        await uow.commit()
    hotline = Hotline(open_uow, FakeClock(make.START))
    facts = []
    for number in range(7):
        facts += [
            make.entered(f"c{number}", number * 60, caller=f"+7916123450{number}"),
            make.queued(f"c{number}", number * 60 + 1),
            make.answered(f"c{number}", number * 60 + 9),
            make.ended(f"c{number}", number * 60 + 39),
        ]
    await hotline.apply(facts)
    since, until = make.START - timedelta(hours=1), make.START + timedelta(hours=1)
    calls, tickets, after, pages = [], [], None, 0
    while pages == 0 or after is not None:
        async with open_uow(write=False) as uow:
            page = await uow.reports.calls(since, until, after=after, limit=3)
        calls += list(page.rows)
        after, pages = page.after, pages + 1
    assert pages == 3
    assert [tuple(row)[2] for row in calls] == [f"+7916123450{number}" for number in range(7)]
    first = tuple(calls[0])
    assert first[1:] == (
        "Горячая линия", "+79161234500", "answered", timedelta(seconds=8), timedelta(seconds=30),
        make.person().name, TicketLink(ticket_id=1001),
    )  # fmt: skip
    async with open_uow(write=False) as uow:
        tickets = list((await uow.reports.tickets(since, until, after=None, limit=100)).rows)
        nothing = await uow.reports.tickets(until, until + timedelta(days=1), after=None, limit=100)
    assert len({row[0] for row in tickets}) == 7
    assert tuple(tickets[0])[2:4] == ("call", "draft")
    assert (list(nothing.rows), nothing.after) == ([], None)
