"""The desk where two do the same at the same time, on every store."""

import asyncio

from callcenter.domain.errors import Conflict
from callcenter.domain.lifecycle import Status
from callcenter.domain.search import words
from callcenter.domain.ticket import Ticket
from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.services.deadlines import Deadlines
from tests.desk_house import House


async def test_of_two_moderators_at_the_same_moment_one_wins_and_the_other_is_told(
    open_uow: OpenUnitOfWork,
) -> None:
    house = await House.built(open_uow)
    new = await house.registered()
    both = await asyncio.gather(
        *(
            house.moderation.assign(house.people.moderator, new.id, new.version, to=to.id)
            for to in (house.people.executor, house.people.second)
        ),
        return_exceptions=True,
    )
    (won,) = [each for each in both if isinstance(each, Ticket)]
    (lost,) = [each for each in both if isinstance(each, Conflict)]
    assert lost.details["status"] == "assigned"
    assert lost.details["assignee_id"] == won.assignee_id
    story = (await house.details(new.id)).story
    assert [each.action for each in story].count("ticket.assigned") == 1


async def test_two_nodes_that_wake_together_say_each_warning_once(open_uow: OpenUnitOfWork) -> None:
    house = await House.built(open_uow)
    for _ in range(3):
        await house.registered("10:00")
    other = Deadlines(house.desk, house.feed)
    house.at("10:02:30")
    swept = await asyncio.gather(house.deadlines.sweep(), other.sweep(), return_exceptions=True)
    assert [each for each in swept if isinstance(each, BaseException)] == []
    near = [audience for kind, audience in await house.told() if kind == "deadline.near"]
    assert near == ["role:moderator"] * 3
    assert (await house.deadlines.sweep()).said == 0


async def test_two_nodes_assign_each_ticket_by_rule_once(open_uow: OpenUnitOfWork) -> None:
    house = await House.built(open_uow)
    new = [await house.registered("10:00") for _ in range(5)]
    other = Deadlines(house.desk, house.feed)
    house.at("10:04:30")
    both = await asyncio.gather(house.deadlines.sweep(), other.sweep())
    assert sum(each.assigned for each in both) == 5
    for ticket in new:
        details = await house.details(ticket.id)
        assert details.ticket.status is Status.ASSIGNED
        assert [each.action for each in details.story].count("ticket.assigned") == 1


async def test_a_warning_at_the_same_moment_does_not_take_a_moderators_word(open_uow: OpenUnitOfWork) -> None:
    house = await House.built(open_uow)
    new = [await house.registered("10:00") for _ in range(5)]
    house.at("10:02:30")
    swept, *_ = await asyncio.gather(
        house.deadlines.sweep(),
        *(
            house.moderation.assign(
                house.people.moderator, each.id, each.version, to=house.people.executor.id
            )
            for each in new
        ),
    )
    assert swept.assigned == 0
    for ticket in new:
        assert (await house.details(ticket.id)).ticket.status is Status.ASSIGNED


async def test_writers_of_the_same_new_words_do_not_stop_each_other(open_uow: OpenUnitOfWork) -> None:
    house = await House.built(open_uow)
    texts = ["сбой печати отчёта", "отчёта печати сбой", "печати сбой отчёта"]
    tickets = [await house.registered(text="x") for _ in texts]

    async def put(ticket_id: int, text: str) -> None:
        async with open_uow() as uow:
            await uow.search.put(ticket_id, words(text))
            await uow.commit()

    await asyncio.gather(*(put(each.id, text) for each, text in zip(tickets, texts, strict=True)))
    async with open_uow(write=False) as uow:
        found = await uow.search.find(words("сбой отчёт"), before=None, limit=9)
    assert sorted(found) == [each.id for each in tickets]


async def test_a_whole_life_leaves_the_same_story_on_every_store(open_uow: OpenUnitOfWork) -> None:
    house = await House.built(open_uow)
    ticket = await house.in_work("10:00")
    house.at("10:10")
    waits = await house.work.wait(house.people.executor, ticket.id, ticket.version, reason="ждём")
    house.at("10:20")
    back = await house.client.write(waits.id, text="Вот")
    done = await house.work.resolve(house.people.executor, back.id, back.version, answer="Готово")
    again = await house.client.reopen(done.id, reason="Опять")
    gone = await house.client.cancel(again.id)
    details = await house.details(gone.id)
    assert [each.action for each in details.story] == [
        "ticket.drafted",
        "ticket.registered",
        "ticket.assigned",
        "ticket.accepted",
        "ticket.waiting",
        "client.wrote",
        "ticket.resolved",
        "ticket.reopened",
        "client.cancelled",
    ]
    assert {(str(each.clock), each.number) for each in details.verdicts} == {
        ("resolve", 1),
        ("place", 1),
        ("assign", 1),
        ("assign", 2),
    }
    assert all(each.finished for each in details.verdicts)
    assert await house.deadlines.next_wake() is None
    found = await house.search.find(house.people.operator, "отчёты")
    assert [each.id for each in found.tickets] == [gone.id]
