"""Colleagues ask each other, moderators do things to many at once and undo them, silent clients' tickets are closed."""

from dataclasses import replace

import pytest

from callcenter.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.lists import Filter, Query, Sort
from callcenter.domain.messages import MessageKind
from callcenter.domain.ticket import Kind, Priority
from callcenter.services.auto_close import AutoClose, closes_at
from callcenter.services.ticket_export import TicketExport
from tests.desk_house import RULES, TERMS, House, moscow
from tests.fakes.database import FakeDatabase


@pytest.fixture
async def house() -> House:
    return await House.built(FakeDatabase().uow)


async def story(house: House, ticket_id: int) -> list[str]:
    return [each.action for each in (await house.details(ticket_id)).story]


@pytest.mark.regulation("2.5")
async def test_a_colleague_is_asked_and_answers_by_a_note_that_never_leaves_the_house(house: House) -> None:
    ticket = await house.in_work()
    people = house.people
    await house.work.ask(people.executor, ticket.id, colleague=people.second.id, text="Где журнал обмена?")
    (question,) = await house.work.questions(people.second)
    assert (question.ticket.id, question.asked.text) == (ticket.id, "Где журнал обмена?")
    assert ("ticket.asked", f"person:{people.second.id}") in await house.told()
    assert await house.work.questions(people.executor) == []
    await house.work.reply(people.second, ticket.id, question=question.asked.id, text="В папке обмена")
    assert await house.work.questions(people.second) == []
    answer = (await house.details(ticket.id)).messages[-1]
    assert (answer.kind, answer.text, answer.in_reply_to) == (
        MessageKind.NOTE,
        "В папке обмена",
        question.asked.id,
    )
    assert ("ticket.replied", f"person:{people.executor.id}") in await house.told()
    assert (await story(house, ticket.id))[-2:] == ["ticket.asked", "ticket.replied"]
    assert [name for name, _ in house.notices.letters()] == ["registered", "assigned"]


async def test_a_question_is_answered_once_and_only_by_the_one_who_was_asked(house: House) -> None:
    ticket = await house.in_work()
    people = house.people
    await house.work.ask(people.executor, ticket.id, colleague=people.second.id, text="Знаете?")
    ((question),) = await house.work.questions(people.second)
    number = question.asked.id
    with pytest.raises(NotFound):
        await house.work.reply(people.operator, ticket.id, question=number, text="Я знаю")
    with pytest.raises(NotFound):
        await house.work.reply(people.second, ticket.id, question=number + 1, text="Да")
    await house.work.reply(people.second, ticket.id, question=number, text="Да")
    with pytest.raises(Conflict):
        await house.work.reply(people.second, ticket.id, question=number, text="Да")


@pytest.mark.parametrize(("who", "why"), [("executor", "oneself"), ("admin", "unknown")])
async def test_a_question_goes_to_somebody_else_who_works_on_tickets(
    house: House, who: str, why: str
) -> None:
    ticket = await house.in_work()
    colleague = getattr(house.people, who).id
    with pytest.raises(InvalidInput) as refused:
        await house.work.ask(house.people.executor, ticket.id, colleague=colleague, text="Знаете?")
    assert refused.value.problems == {"colleague": why}


@pytest.mark.regulation("2.4")
async def test_several_are_rejected_at_once_each_with_its_own_outcome_and_taken_back(house: House) -> None:
    first, second = await house.registered(), await house.registered("10:01")
    by = house.people.moderator
    outcomes = await house.moderation.reject_many(
        by,
        [(first.id, first.version), (second.id, second.version - 1), (77, 1)],
        why=CancelReason.SPAM,
        reason="Реклама",
    )
    assert [each.ticket is not None for each in outcomes] == [True, False, False]
    assert [type(each.error) for each in outcomes[1:]] == [Conflict, NotFound]
    rejected = outcomes[0].ticket
    assert rejected is not None
    assert rejected.status is Status.CANCELLED
    (back,) = await house.moderation.undo_many(by, [(first.id, rejected.version)], reason="Нажали по ошибке")
    assert back.ticket is not None
    assert (back.ticket.status, back.ticket.cancel_reason) == (Status.NEW, None)
    assert (await story(house, first.id))[-1] == "ticket.undone"


@pytest.mark.regulation("2.4")
async def test_an_assignment_of_several_is_undone_unless_somebody_began_to_work(house: House) -> None:
    first, second = await house.registered(), await house.registered("10:01")
    by, to = house.people.moderator, house.people.executor
    given = await house.moderation.assign_many(
        by, [(first.id, first.version), (second.id, second.version)], to=to.id
    )
    tickets = [each.ticket for each in given if each.ticket is not None]
    await house.work.accept(to, tickets[1].id, tickets[1].version)
    undone = await house.moderation.undo_many(by, [(each.id, each.version) for each in tickets], reason="Ой")
    assert [each.error is None for each in undone] == [True, False]
    assert undone[0].ticket is not None
    assert (undone[0].ticket.status, undone[0].ticket.assignee_id) == (Status.NEW, None)


async def test_what_is_done_to_many_is_bounded_and_named(house: House) -> None:
    by, many = house.people.moderator, [(each, 1) for each in range(101)]
    for refused in (
        house.moderation.reject_many(by, many, why=CancelReason.SPAM, reason="x"),
        house.moderation.reject_many(by, [], why=CancelReason.UNREACHABLE, reason="x"),
        house.moderation.reject_many(by, [], why=CancelReason.SPAM, reason=" "),
        house.moderation.undo_many(by, many, reason="x"),
    ):
        with pytest.raises(InvalidInput):
            await refused
    with pytest.raises(Forbidden):
        await house.moderation.undo_many(house.people.executor, [], reason="x")


@pytest.mark.regulation("2.4")
async def test_a_client_whose_request_is_not_taken_is_told_why_when_the_moderator_says_so(
    house: House,
) -> None:
    silent, told = await house.registered(), await house.registered("10:01")
    by = house.people.moderator
    why = CancelReason.NOT_A_REQUEST
    await house.moderation.reject(by, silent.id, silent.version, why=why, reason="Не по адресу")
    assert "rejected" not in [name for name, _ in house.notices.letters()]
    words = "Мы не ведём эту программу"
    await house.moderation.reject(by, told.id, told.version, why=why, reason="Не наша", letter=words)
    assert house.notices.letters()[-1] == ("rejected", "petr@example.ru")
    details = await house.details(told.id)
    assert (details.messages[-1].kind, details.messages[-1].text) == (MessageKind.TO_CLIENT, words)
    assert details.story[-1].change["mailed"] is True


@pytest.mark.regulation("2.7", "2.8")
async def test_before_a_ticket_is_called_an_outage_its_deadline_is_shown(house: House) -> None:
    ticket = await house.registered("10:00")
    by = house.people.moderator
    house.at("10:03")
    preview = await house.moderation.deadline_if(by, ticket.id, kind=Kind.OUTAGE, priority=Priority.NORMAL)
    assert preview == moscow("11:00")
    outage = await house.moderation.classify(
        by,
        ticket.id,
        ticket.version,
        kind=Kind.OUTAGE,
        priority=Priority.NORMAL,
        topic_id=ticket.topic_id,
        product_id=ticket.product_id,
    )
    given = await house.moderation.assign(by, outage.id, outage.version, to=house.people.executor.id)
    assert given.due_at == preview


@pytest.mark.parametrize(
    ("resolved", "days", "closes"),
    [
        ("23 10:00", 3, "27 0:00"),  # Monday; Tuesday to Thursday to object
        ("26 17:59", 3, "2026-12-02T00:00"),  # Thursday; over a weekend
        ("2026-12-30T12:00", 1, "2027-01-12T00:00"),  # the New Year holidays are no working days
    ],
)
def test_working_days_to_object_are_counted_after_the_day_of_the_answer(
    resolved: str, days: int, closes: str
) -> None:
    assert closes_at(TERMS.calendar, moscow(resolved), days) == moscow(closes)


@pytest.mark.regulation("2.10")
async def test_a_resolved_ticket_nobody_objected_to_is_closed_and_the_audit_says_why(house: House) -> None:
    ticket = await house.in_work("10:00")
    executor = house.people.executor
    done = await house.work.resolve(executor, ticket.id, ticket.version, answer="Обновите")
    other = await house.in_work("10:05")
    closing = AutoClose(house.desk)
    house.at("26 23:59")
    assert await closing.sweep() == 0
    house.at("27 0:00")
    assert await closing.sweep() == 1
    details = await house.details(done.id)
    assert (details.ticket.status, details.ticket.answer) == (Status.CLOSED, "Обновите")
    last = details.story[-1]
    assert (last.actor, last.action, last.change["working_days"]) == (
        "auto_close",
        "ticket.closed_by_rule",
        3,
    )
    assert (await house.details(other.id)).ticket.status is Status.IN_PROGRESS
    assert await closing.sweep() == 0


async def test_a_ticket_is_never_closed_by_itself_where_the_setting_says_so() -> None:
    house = await House.built(FakeDatabase().uow, replace(RULES, close_after_days=0))
    ticket = await house.in_work("10:00")
    await house.work.resolve(house.people.executor, ticket.id, ticket.version, answer="Обновите")
    house.at("2027-03-01T10:00")
    assert await AutoClose(house.desk).sweep() == 0


async def test_a_search_keeps_to_the_filter_and_goes_on_where_it_ended(house: House) -> None:
    by = house.people.operator
    made = [await house.registered(text=f"Не открывается отчёт {n}") for n in range(4)]
    await house.moderation.take(house.people.moderator, made[2].id, made[2].version)
    new = Filter(statuses=frozenset({Status.NEW}))
    first = await house.search.among(by, "отчёты", new, limit=2)
    assert [each.id for each in first.tickets] == [made[3].id, made[1].id]
    rest = await house.search.among(by, "отчёты", new, before=first.before, limit=2)
    assert [each.id for each in rest.tickets] == [made[0].id]
    assert rest.before is None
    exact = await house.search.among(by, str(made[2].id), new)
    assert exact.exact is not None
    assert exact.exact.id == made[2].id


@pytest.mark.regulation("2.10")
async def test_who_took_a_list_along_is_written_down_before_he_gets_it(house: House) -> None:
    tickets = [await house.registered(f"10:0{n}") for n in range(3)]
    wanted = Filter(statuses=frozenset({Status.NEW}), since=moscow("0:00"))
    export = TicketExport(house.desk)
    portions = [
        [each.id for each in portion]
        async for portion in export.portions(house.people.supervisor, wanted, Sort.OLDEST)
    ]
    assert portions == [[each.id for each in tickets]]
    done = await house.reading.story_of_person(house.people.supervisor, house.people.supervisor.id)
    assert (done[0].action, done[0].change["filter"]) == (
        "tickets.exported",
        {"statuses": ["new"], "since": moscow("0:00").isoformat()},
    )
    found = [
        [each.id for each in portion]
        async for portion in export.portions(house.people.supervisor, wanted, Sort.OLDEST, text="отчёты")
    ]
    assert found == [[each.id for each in reversed(tickets)]]
    with pytest.raises(Forbidden):
        async for _ in export.portions(house.people.operator, wanted, Sort.OLDEST):
            pass


async def test_a_list_of_some_days_goes_on_where_it_ended(house: House) -> None:
    by = house.people.operator
    tickets = [await house.registered(f"10:0{n}") for n in range(4)]
    query = Query(filter=Filter(since=moscow("10:01")), sort=Sort.NEWEST, limit=2)
    first = await house.lists.page(by, query)
    second = await house.lists.page(by, replace(query, after=first.after))
    assert [each.id for each in (*first.tickets, *second.tickets)] == [
        each.id for each in reversed(tickets[1:])
    ]
    assert second.after is None
    assert await house.lists.count(by, query.filter, most=100) == 3
    with pytest.raises(InvalidInput):
        await house.lists.page(by, replace(query, filter=Filter(), after=first.after))
