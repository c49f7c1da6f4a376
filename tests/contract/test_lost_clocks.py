"""A ticket whose record of time is lost: the work on it goes on, nothing is promised or judged, and people see it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from callcenter.commands.program import db_check
from callcenter.domain.lifecycle import Status
from callcenter.domain.ticket import Kind, Priority, Ticket
from callcenter.ports.unit_of_work import OpenUnitOfWork
from tests import make
from tests.databases import SqliteTemplate, opened
from tests.desk_house import House
from tests.fakes.database import FakeDatabase


async def without_clocks(house: House, status: Status = Status.ASSIGNED) -> Ticket:
    """As an import or a damaged backup leaves it: registered, and no step of its time is kept."""
    now = house.clock.now() - timedelta(hours=1)
    plain = make.ticket(caller=None, status=status, created=now)
    lost = replace(
        plain,
        kind=Kind.REFERENCE,
        arrived_at=now,
        registered_at=now,
        assignee_id=house.people.executor.id,
        due_at=now + timedelta(minutes=30),
    )
    async with house.open_uow() as uow:
        added = await uow.tickets.add(lost)
        await uow.commit()
    return added


@pytest.mark.regulation("2.10")
async def test_a_ticket_with_lost_clocks_is_worked_on_to_its_end_without_a_promise(
    open_uow: OpenUnitOfWork,
) -> None:
    house = await House.built(open_uow)
    executor, moderator = house.people.executor, house.people.moderator
    ticket = await without_clocks(house)
    with capture_logs() as logs:
        ticket = await house.work.accept(executor, ticket.id, ticket.version)
        ticket = await house.work.wait(executor, ticket.id, ticket.version, reason="Ждём")
        ticket = await house.work.go_on(executor, ticket.id, ticket.version)
        ticket = await house.moderation.classify(
            moderator,
            ticket.id,
            ticket.version,
            kind=Kind.OUTAGE,
            priority=Priority.HIGH,
            topic_id=None,
            product_id=None,
        )
        assert (
            await house.moderation.deadline_if(
                moderator, ticket.id, kind=Kind.REFERENCE, priority=Priority.NORMAL
            )
            is None
        )
        assert ticket.due_at is None
        ticket = await house.work.resolve(executor, ticket.id, ticket.version, answer="Готово")
        ticket = await house.work.reopen(moderator, ticket.id, ticket.version, reason="Не помогло")
    assert ticket.status is Status.NEW
    assert {each["ticket_id"] for each in logs if "clocks" in each["event"]} == {ticket.id}
    details = await house.details(ticket.id)
    assert details.clocks_unknown
    assert (details.clocks, details.verdicts) == ([], [])


async def test_tickets_with_lost_clocks_are_listed_newest_first(open_uow: OpenUnitOfWork) -> None:
    house = await House.built(open_uow)
    await house.registered()
    await house.registration.start(house.people.operator)
    lost = [
        await without_clocks(house),
        await without_clocks(house),
        await without_clocks(house, Status.CLOSED),
    ]
    first, second, closed = (each.id for each in lost)
    async with open_uow(write=False) as uow:
        assert list(await uow.clocks.unclocked(open_only=True, limit=10)) == [second, first]
        assert list(await uow.clocks.unclocked(open_only=False, limit=10)) == [closed, second, first]
        assert list(await uow.clocks.unclocked(open_only=False, limit=1)) == [closed]


async def test_a_ticket_whose_clocks_are_kept_is_not_called_lost() -> None:
    house = await House.built(FakeDatabase().uow)
    ticket = await house.registered()
    draft = await house.registration.start(house.people.operator)
    assert not (await house.details(ticket.id)).clocks_unknown
    assert not (await house.details(draft.id)).clocks_unknown


async def test_the_check_of_the_database_names_tickets_with_lost_clocks(
    sqlite_template: SqliteTemplate, capsys: pytest.CaptureFixture[str]
) -> None:
    url = await sqlite_template.new()
    environ = {"CC_DATABASE__URL": url}
    assert await db_check(None, environ) is None
    async with opened(url) as database:
        lost = await without_clocks(await House.built(database.uow))
    said = await db_check(None, environ)
    assert said is not None
    assert said.endswith(f"is lost: {lost.id}")
    assert "schema" in capsys.readouterr().out
