"""Stores of the help desk: topics, messages, sessions, vendors, staffing, clocks, words, views, lists."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.lists import Cursor, Filter, SavedView, Sort
from callcenter.domain.messages import Message, MessageKind
from callcenter.domain.people import Role
from callcenter.domain.remote import RemoteResult, RemoteSession
from callcenter.domain.search import phone_words, words
from callcenter.domain.shifts import Leave, Shift, Skills
from callcenter.domain.story import AuditEntry
from callcenter.domain.support import Handover
from callcenter.domain.ticket import Kind, Priority, Ticket
from callcenter.domain.ticket_clocks import DESK_TARGETS, stand
from callcenter.domain.topics import FIRST_TOPICS, Topic
from callcenter.ports.unit_of_work import OpenUnitOfWork, UnitOfWork
from sla.calendar import BusinessCalendar
from sla.clock import Terms
from sla.spec import regulation_spec
from sla.timeline import Happening, Step, Timeline
from sla.verdict import judge
from tests import make

TERMS = Terms(targets=DESK_TARGETS, calendar=BusinessCalendar(regulation_spec()))


async def executor(uow: UnitOfWork, login: str = "petrov") -> int:
    person = make.person(login, roles=[Role.EXECUTOR], endpoint=None)
    return (await uow.people.add(person, password_hash=None)).id


def registered(**fields: object) -> Ticket:
    first = replace(
        make.ticket(status=Status.NEW),
        kind=Kind.REFERENCE,
        text="Не открывается отчёт",
        arrived_at=make.at(0),
        registered_at=make.at(60),
    )
    return replace(first, **fields)  # type: ignore[arg-type]


async def test_a_registered_ticket_comes_back_as_it_was_stored(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        person = await executor(uow)
        company = await uow.clients.add_organization(make.organization())
        product = await uow.clients.add_product(
            replace(make.product(), vendor_email="help@vendor.ru", support_included=True)
        )
        assert await uow.clients.product(product.id) == product
        other = await uow.tickets.add(make.ticket())
        whole = registered(
            organization_id=company.id,
            contact_name="Пётр",
            contact_phone=make.number("8 916 123-45-67"),
            contact_email="petr@example.ru",
            product_id=product.id,
            topic_id=FIRST_TOPICS[0].id,
            priority=Priority.HIGH,
            site_id=3,
            assignee_id=person,
            said_at=make.at(61),
            said_text="Ваша заявка",
            answer="Так",
            ended_at=make.at(62),
            rating=5,
            rating_text="Спасибо",
            merged_into=other.id,
            cancel_reason=CancelReason.DUPLICATE,
            due_at=make.at(1800),
        )
        stored = await uow.tickets.add(whole)
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert await uow.tickets.by_id(stored.id) == replace(whole, id=stored.id, version=1)
        assert await uow.tickets.by_ids([stored.id, 5, other.id]) == [stored, other]
        assert await uow.tickets.by_ids([]) == []


async def test_a_list_by_time_left_ends_with_what_does_not_run_and_goes_on_where_it_ended(
    open_uow: OpenUnitOfWork,
) -> None:
    async with open_uow() as uow:
        dues = [300, None, 100, 200, 200]
        ids = []
        for due in dues:
            due_at = None if due is None else make.at(due)
            ids.append((await uow.tickets.add(registered(due_at=due_at))).id)
        await uow.tickets.add(registered(status=Status.CLOSED))
        expected = [ids[2], ids[3], ids[4], ids[0], ids[1]]
        seen: list[int] = []
        after = None
        while rows := await uow.tickets.page(Filter(), Sort.TIME_LEFT, after=after, limit=2):
            seen += [each.id for each in rows]
            after = Cursor(at=rows[-1].due_at, id=rows[-1].id)
        assert seen == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [(Sort.NEWEST, [3, 2, 1, 0]), (Sort.OLDEST, [0, 1, 2, 3]), (Sort.UPDATED, [0, 3, 2, 1])],
)
async def test_lists_go_on_in_every_order(open_uow: OpenUnitOfWork, sort: Sort, expected: list[int]) -> None:
    async with open_uow() as uow:
        ids = [(await uow.tickets.add(registered(updated_at=make.at(n or 100)))).id for n in range(4)]
        seen: list[int] = []
        after = None
        while rows := await uow.tickets.page(Filter(), sort, after=after, limit=3):
            seen += [each.id for each in rows]
            at = rows[-1].updated_at if sort is Sort.UPDATED else None
            after = Cursor(at=at, id=rows[-1].id)
        assert seen == [ids[place] for place in expected]


async def test_a_list_is_filtered_by_any_of_its_fields(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        person = await executor(uow)
        operator = await executor(uow, "sidorov")
        company = await uow.clients.add_organization(make.organization())
        client = await uow.clients.add_client(make.client())
        product = await uow.clients.add_product(make.product())
        wanted = await uow.tickets.add(
            registered(
                status=Status.ASSIGNED,
                kind=Kind.OUTAGE,
                priority=Priority.HIGH,
                topic_id=5,
                product_id=product.id,
                site_id=2,
                client_id=client.id,
                organization_id=company.id,
                assignee_id=person,
                operator_id=operator,
                due_at=make.at(10),
            )
        )
        await uow.tickets.add(registered(status=Status.CANCELLED, cancel_reason=CancelReason.SPAM))
        filters = [
            Filter(statuses=frozenset({Status.ASSIGNED})),
            Filter(statuses=frozenset({Status.ASSIGNED, Status.CLOSED})),
            Filter(kind=Kind.OUTAGE),
            Filter(priority=Priority.HIGH),
            Filter(topic_id=5),
            Filter(product_id=product.id),
            Filter(site_id=2),
            Filter(client_id=client.id),
            Filter(organization_id=company.id),
            Filter(assignee_id=person),
            Filter(operator_id=operator),
            Filter(overdue_at=make.at(11)),
            Filter(missed=False, kind=Kind.OUTAGE, assignee_id=person),
        ]
        for each in filters:
            found = await uow.tickets.page(each, Sort.NEWEST, after=None, limit=9)
            assert [row.id for row in found] == [wanted.id], each
        nothing = [
            Filter(overdue_at=make.at(10)),
            Filter(missed=True),
            Filter(cancel_reason=CancelReason.BY_CLIENT),
        ]
        for each in nothing:
            assert await uow.tickets.page(each, Sort.NEWEST, after=None, limit=9) == []
        assert await uow.tickets.open_counts() == {(Status.ASSIGNED, person): 1}
        assert all([await uow.tickets.count(each, most=9) == 1 for each in filters])
        assert [await uow.tickets.count(Filter(), most=most) for most in (1, 9)] == [1, 2]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [(Sort.NEWEST, [1, 3, 2]), (Sort.OLDEST, [2, 3, 1]), (Sort.UPDATED, [3, 2, 1])],
)
async def test_a_list_of_some_days_goes_by_arrival_and_goes_on_where_it_ended(
    open_uow: OpenUnitOfWork, sort: Sort, expected: list[int]
) -> None:
    async with open_uow() as uow:
        arrivals = [0, 300, 100, 200, 400]
        ids = [
            (await uow.tickets.add(registered(created_at=make.at(at), updated_at=make.at(500 + n)))).id
            for n, at in enumerate(arrivals)
        ]
        wanted = Filter(since=make.at(100), until=make.at(400))
        seen: list[int] = []
        after = None
        while rows := await uow.tickets.page(wanted, sort, after=after, limit=2):
            seen += [each.id for each in rows]
            last = rows[-1]
            at = last.updated_at if sort is Sort.UPDATED else last.created_at
            after = Cursor(at=at, id=last.id)
        assert seen == [ids[place] for place in expected]
        assert await uow.tickets.count(wanted, most=9) == 3


async def test_a_question_waits_for_the_asked_colleague_until_he_answers_it(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        asker, asked = await executor(uow), await executor(uow, "sidorov")
        ticket = await uow.tickets.add(registered())
        first = Message(
            id=0,
            ticket_id=ticket.id,
            at=make.at(1),
            kind=MessageKind.QUESTION,
            text="Знаете?",
            author_id=asker,
            to_person_id=asked,
        )
        question = await uow.messages.add(first)
        later = await uow.messages.add(replace(first, text="А это?"))
        assert list(await uow.messages.questions_to(asked, limit=9)) == [question, later]
        assert list(await uow.messages.questions_to(asked, limit=1)) == [question]
        assert list(await uow.messages.questions_to(asker, limit=9)) == []
        answer = replace(
            first, kind=MessageKind.NOTE, author_id=asked, to_person_id=None, in_reply_to=question.id
        )
        answer = await uow.messages.add(answer)
        assert list(await uow.messages.of_ticket(ticket.id)) == [question, later, answer]
        assert list(await uow.messages.questions_to(asked, limit=9)) == [later]


async def test_a_new_installation_has_the_topics_of_the_regulation(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        assert list(await uow.topics.all()) == list(FIRST_TOPICS)
        added = await uow.topics.add(Topic(id=0, name="Обмен", kind=Kind.REFERENCE, parent_id=4))
        assert added.id == len(FIRST_TOPICS) + 1
        await uow.topics.save(replace(added, active=False))
        assert list(await uow.topics.all()) == [*FIRST_TOPICS, replace(added, active=False)]
        with pytest.raises(NotFound):
            await uow.topics.save(replace(added, id=99))


async def test_messages_are_kept_in_their_order(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        ticket = await uow.tickets.add(make.ticket())
        person = await executor(uow)
        note = Message(
            id=0, ticket_id=ticket.id, at=make.at(1), kind=MessageKind.QUESTION, text="?",
            author_id=person, to_person_id=person,
        )  # fmt: skip
        first = await uow.messages.add(note)
        second = await uow.messages.add(
            replace(note, kind=MessageKind.FROM_CLIENT, author_id=None, to_person_id=None)
        )
        assert await uow.messages.of_ticket(ticket.id) == [first, second]
        assert await uow.messages.of_ticket(5) == []


async def test_a_person_has_one_open_remote_session_on_a_ticket(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        ticket, person = await uow.tickets.add(make.ticket()), await executor(uow)
        begun = RemoteSession(
            id=0, ticket_id=ticket.id, person_id=person, tool="anydesk", remote_id="1", started_at=make.at(1)
        )
        first = await uow.remote.add(begun)
        ended = replace(first, ended_at=make.at(9), result=RemoteResult.RESTORED, note="готово")
        assert await uow.remote.end(ended)
        assert not await uow.remote.end(ended)
        second = await uow.remote.add(begun)
        assert await uow.remote.of_ticket(ticket.id) == [ended, second]
        assert await uow.remote.by_id(first.id) == ended
        assert await uow.remote.by_id(99) is None
        with pytest.raises(Conflict):
            await uow.remote.add(begun)


async def test_a_ticket_is_with_one_vendor_at_a_time(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        ticket, person = await uow.tickets.add(make.ticket()), await executor(uow)
        begun = Handover(
            id=0, ticket_id=ticket.id, vendor="В", at=make.at(1), by=person, due_at=make.at(9), dossier="…"
        )
        first = await uow.handovers.add(begun)
        assert await uow.handovers.overdue(make.at(9), limit=5) == []
        assert await uow.handovers.overdue(make.at(10), limit=5) == [first]
        assert await uow.handovers.end(first.id, at=make.at(20), answer="так")
        assert not await uow.handovers.end(first.id, at=make.at(21), answer="иначе")
        assert await uow.handovers.overdue(make.at(30), limit=5) == []
        second = await uow.handovers.add(begun)
        assert await uow.handovers.of_ticket(ticket.id) == [
            replace(first, ended_at=make.at(20), answer="так"), second,
        ]  # fmt: skip
        with pytest.raises(Conflict):
            await uow.handovers.add(begun)


async def test_shifts_leave_and_skills_are_replaced_as_a_whole(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        person = await executor(uow)
        day = Shift(person_id=person, weekday=0, starts=time(9), ends=time(18))
        await uow.staffing.set_shifts(person, [day, replace(day, weekday=1)])
        await uow.staffing.set_shifts(person, [replace(day, weekday=4)])
        assert await uow.staffing.shifts() == [replace(day, weekday=4)]
        leave = await uow.staffing.add_leave(
            Leave(
                id=0,
                person_id=person,
                starts_on=date(2026, 11, 23),
                ends_on=date(2026, 11, 27),
                reason="отпуск",
            )
        )
        assert await uow.staffing.leaves(date(2026, 11, 27)) == [leave]
        assert await uow.staffing.leaves(date(2026, 11, 28)) == []
        assert await uow.staffing.drop_leave(leave.id) == leave
        assert await uow.staffing.drop_leave(leave.id) is None
        product = await uow.clients.add_product(make.product())
        skills = Skills(person_id=person, topic_ids=frozenset({1, 2}), product_ids=frozenset({product.id}))
        await uow.staffing.set_skills(skills)
        assert await uow.staffing.skills() == [skills]
        await uow.staffing.set_skills(Skills(person_id=person))
        assert await uow.staffing.skills() == []


async def test_load_is_what_is_in_hand_and_who_knows_a_client_is_who_solved_for_him(
    open_uow: OpenUnitOfWork,
) -> None:
    async with open_uow() as uow:
        person, other = await executor(uow), await executor(uow, "sidorov")
        company = await uow.clients.add_organization(make.organization())
        client = await uow.clients.add_client(make.client())
        for status in (Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING, Status.CLOSED):
            await uow.tickets.add(registered(status=status, assignee_id=person, client_id=client.id))
        await uow.tickets.add(
            registered(status=Status.RESOLVED, assignee_id=other, organization_id=company.id)
        )
        assert await uow.staffing.loads() == {person: 2}
        assert await uow.staffing.known(client_id=client.id, organization_id=company.id) == {person: 1}
        assert await uow.staffing.known(client_id=None, organization_id=company.id) == {other: 1}
        assert await uow.staffing.known(client_id=None, organization_id=None) == {}


STEPS = (
    Step(at=make.at(0), what=Happening.ARRIVED, kind="reference", priority="normal"),
    Step(at=make.at(60), what=Happening.SUBMITTED),
    Step(at=make.at(60), what=Happening.PLACED),
)


async def test_clocks_come_back_and_wake_in_the_order_of_their_instants(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        ticket = await uow.tickets.add(registered())
        await uow.clocks.add_steps(ticket.id, STEPS, first=0)
        assert list(await uow.clocks.steps(ticket.id)) == list(STEPS)
        standing = stand(ticket.id, STEPS, TERMS, make.at(60))
        await uow.clocks.keep(ticket.id, standing)
        await uow.clocks.keep(ticket.id, standing)
        kept = await uow.clocks.clocks(ticket.id)
        assert sorted(kept, key=lambda each: each.clock.key) == sorted(
            standing, key=lambda each: each.clock.key
        )
        wake = make.at(60) + timedelta(seconds=150)
        assert await uow.clocks.next_wake() == wake
        assert await uow.clocks.due(wake - timedelta(seconds=1), limit=5) == []
        assert await uow.clocks.due(wake, limit=5) == [ticket.id]


async def test_a_step_is_appended_only_after_the_steps_one_knows(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        ticket = await uow.tickets.add(registered())
        await uow.clocks.add_steps(ticket.id, STEPS, first=0)
        with pytest.raises(Conflict):
            await uow.clocks.add_steps(ticket.id, [Step(at=make.at(90), what=Happening.ASSIGNED)], first=2)


async def test_a_warning_is_claimed_once(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        ticket = await uow.tickets.add(registered())
        assert await uow.clocks.claim(
            "1/assign/1/300/warn50", ticket_id=ticket.id, level="warn50", at=make.at(1)
        )
        assert not await uow.clocks.claim(
            "1/assign/1/300/warn50", ticket_id=ticket.id, level="warn50", at=make.at(2)
        )
        assert await uow.clocks.sent(ticket.id) == {"1/assign/1/300/warn50"}
        await uow.commit()


async def test_a_frozen_verdict_comes_back_with_its_explanation(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        ticket = await uow.tickets.add(registered())
        steps = (*STEPS, Step(at=make.at(600), what=Happening.RESOLVED))
        verdicts = judge(Timeline(ticket=str(ticket.id), steps=steps), TERMS, make.at(700))
        await uow.clocks.freeze(ticket.id, verdicts)
        await uow.clocks.freeze(ticket.id, verdicts)
        assert set(await uow.clocks.verdicts(ticket.id)) == set(verdicts)
        await uow.clocks.add_steps(ticket.id, steps, first=0)
        found = await uow.clocks.timelines(make.at(0), make.at(1), after=0, limit=5)
        assert list(found) == [Timeline(ticket=str(ticket.id), steps=steps)]
        assert await uow.clocks.timelines(make.at(1), make.at(2), after=0, limit=5) == []
        assert await uow.clocks.timelines(make.at(0), make.at(1), after=ticket.id, limit=5) == []


async def test_words_are_found_in_any_form_together_and_newest_first(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.search.put(1, words("Не открываются отчёты ООО «Ромашка»"))
        await uow.search.put(2, words("Отчёт не открылся"))
        await uow.search.put(3, [*words("Настроить обмен"), *phone_words("+79161234567")])

        async def found(text: str, before: int | None = None) -> list[int]:
            return list(await uow.search.find(words(text), before=before, limit=9))

        assert await found("отчётами") == [2, 1]
        assert await found("отчет ромашки") == [1]
        assert await found("отчет обмен") == []
        assert await found("ром") == [1]
        assert await found("ро") == []
        assert await found("не") == [2, 1]
        assert await found("отчет", before=2) == [1]
        assert await found("") == []
        assert await uow.search.find(["p:916123"], before=None, limit=9) == [3]
        assert await uow.search.find(["r:7654"], before=None, limit=9) == [3]
        assert list(await uow.search.find(words("отчет"), before=None, limit=1)) == [2]
        await uow.search.put(2, words("Другое"))
        assert await found("отчет") == [1]
        assert await found("другие") == [2]


async def test_tickets_that_share_more_words_come_first(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.search.put(1, words("не открывается отчёт по зарплате"))
        await uow.search.put(2, words("не печатается отчёт"))
        await uow.search.put(3, words("настроить обмен"))
        shared = await uow.search.sharing(words("отчёт по зарплате"), limit=5)
        assert list(shared.items()) == [(1, 3), (2, 1)]
        assert await uow.search.sharing(words("неизвестное"), limit=5) == {}


async def test_saved_views_are_ones_own_and_the_shared(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        person, other = await executor(uow), await executor(uow, "sidorov")
        mine = await uow.views.add(SavedView(id=0, person_id=person, name="Мои", query="sort=newest"))
        shared = await uow.views.add(SavedView(id=0, person_id=other, name="Все", query="", shared=True))
        await uow.views.add(SavedView(id=0, person_id=other, name="Его", query=""))
        assert await uow.views.of_person(person) == [mine, shared]
        assert not await uow.views.drop(shared.id, person)
        assert await uow.views.drop(mine.id, person)
        assert await uow.views.of_person(person) == [shared]


async def test_the_story_of_a_ticket_and_of_a_person_can_be_read(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        for number, actor in enumerate(["person:1", "telephony", "person:1"], 1):
            await uow.audit.record(
                at=make.at(number),
                actor=actor,
                ticket_id=number % 2,
                action="x",
                reason="",
                change={"n": number},
            )
        await uow.commit()
    async with open_uow(write=False) as uow:
        first = AuditEntry(
            id=1, at=make.at(1), actor="person:1", ticket_id=1, action="x", reason="", change={"n": 1}
        )
        third = replace(first, id=3, at=make.at(3), change={"n": 3})
        assert await uow.audit.of_ticket(1) == [first, third]
        assert await uow.audit.last_of_ticket(1) == third
        assert await uow.audit.last_of_ticket(9) is None
        assert await uow.audit.of_actor("person:1", before=None, limit=9) == [third, first]
        assert await uow.audit.of_actor("person:1", before=3, limit=9) == [first]


async def test_all_calls_of_a_ticket_move_to_another(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        hotline = await uow.calls.add_hotline(make.hotline())
        one, two = await uow.tickets.add(make.ticket()), await uow.tickets.add(make.ticket())
        call = await uow.calls.add(make.call(hotline_id=hotline.id, ticket_id=one.id))
        assert await uow.calls.move(one.id, two.id) == 1
        assert await uow.calls.of_ticket(two.id) == [replace(call, ticket_id=two.id)]
        assert await uow.calls.move(one.id, two.id) == 0
