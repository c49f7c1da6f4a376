"""Clauses 2.5, 2.6, 2.7, 2.8 and 2.10: from an accepted ticket to its end, with its minutes and its story."""

from dataclasses import replace
from datetime import date

import pytest

from callcenter.domain.attachments import Attachment, AttachmentKind
from callcenter.domain.clients import Contract
from callcenter.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, TransitionRefused
from callcenter.domain.lifecycle import CancelReason, Status, Step
from callcenter.domain.messages import MessageKind
from callcenter.domain.remote import RemoteResult
from callcenter.domain.support import Support
from callcenter.domain.ticket import Kind
from sla.verdict import Outcome
from tests import make
from tests.desk_house import VENDOR_MAIL, House, moscow
from tests.fakes.database import FakeDatabase


@pytest.fixture
async def house() -> House:
    return await House.built(FakeDatabase().uow)


async def minutes_held(house: House, ticket_id: int) -> dict[str, int]:
    """Who held the ticket for how many business minutes of its resolve clock."""
    found = next(each for each in (await house.details(ticket_id)).verdicts if each.clock == "resolve")
    return {str(holder): int(held.total_seconds() // 60) for holder, held in found.held.items() if held}


@pytest.mark.regulation("2.7")
async def test_a_reference_request_answered_within_thirty_minutes_keeps_its_deadline(house: House) -> None:
    ticket = await house.in_work("10:00")
    house.at("10:30")
    done = await house.work.resolve(house.people.executor, ticket.id, ticket.version, answer="Обновите")
    verdict = (await house.details(done.id)).verdicts[0]
    assert (done.status, done.ended_at, verdict.outcome) == (
        Status.RESOLVED,
        moscow("10:30"),
        Outcome.KEPT,
    )
    assert house.notices.letters()[-1] == ("answered", "petr@example.ru")
    closed = await house.work.confirm(house.people.executor, done.id, done.version)
    assert closed.status is Status.CLOSED


@pytest.mark.regulation("2.7", "2.10")
async def test_a_breach_is_split_into_the_minutes_of_each_who_held_it(house: House) -> None:
    new = await house.registered("10:00")
    house.at("10:08")
    given = await house.moderation.assign(
        house.people.moderator, new.id, new.version, to=house.people.executor.id
    )
    house.at("10:10")
    mine = await house.work.accept(house.people.executor, given.id, given.version)
    house.at("10:20")
    waits = await house.work.wait(house.people.executor, mine.id, mine.version, reason="просил подождать")
    assert (waits.status, waits.due_at) == (Status.WAITING, None)
    house.at("10:50")
    mine = await house.work.go_on(house.people.executor, waits.id, waits.version)
    assert mine.due_at == moscow("11:00")
    house.at("11:05")
    done = await house.work.resolve(house.people.executor, mine.id, mine.version, answer="Готово")
    assert await minutes_held(house, done.id) == {"moderator": 8, "executor": 27, "client": 30}
    verdict = (await house.details(done.id)).verdicts[0]
    assert (verdict.outcome, verdict.breached_at) == (Outcome.BREACHED, moscow("11:00"))
    assert str(verdict.breached_under) == "executor"


@pytest.mark.regulation("2.8")
async def test_an_outage_is_worked_on_by_remote_administration_and_the_session_is_recorded(
    house: House,
) -> None:
    ticket = await house.in_work("10:00", kind=Kind.OUTAGE, topic_id=5)
    assert ticket.due_at == moscow("11:00")
    started = await house.work.start_remote(
        house.people.executor, ticket.id, ticket.version, tool="rustdesk", remote_id="123 456 789"
    )
    assert started.url == "rustdesk://connection/new/123456789"
    house.at("10:25")
    await house.work.end_remote(
        house.people.executor, ticket.id, started.session.id, result=RemoteResult.RESTORED, note="служба"
    )
    (session,) = (await house.details(ticket.id)).sessions
    assert (session.started_at, session.ended_at) == (moscow("10:00"), moscow("10:25"))
    assert (session.result, session.note) == (RemoteResult.RESTORED, "служба")
    with pytest.raises(Conflict):
        await house.work.end_remote(
            house.people.executor, ticket.id, session.id, result=RemoteResult.RESTORED
        )
    with pytest.raises(NotFound):
        await house.work.end_remote(house.people.executor, ticket.id, 77, result=RemoteResult.RESTORED)


@pytest.mark.parametrize(
    ("tool", "remote_id", "field"),
    [("radmin", "1", "tool"), ("anydesk", "1;calc", "remote_id"), ("anydesk", "", "remote_id")],
)
async def test_a_session_needs_a_known_tool_and_a_possible_address(
    house: House, tool: str, remote_id: str, field: str
) -> None:
    ticket = await house.in_work()
    with pytest.raises(InvalidInput) as refused:
        await house.work.start_remote(
            house.people.executor, ticket.id, ticket.version, tool=tool, remote_id=remote_id
        )
    assert field in refused.value.problems


async def test_no_session_begins_on_an_ended_ticket_nor_twice_at_once(house: House) -> None:
    ticket = await house.in_work()
    begun = await house.work.start_remote(
        house.people.executor, ticket.id, ticket.version, tool="anydesk", remote_id="1"
    )
    with pytest.raises(Conflict) as refused:
        await house.work.start_remote(
            house.people.executor, ticket.id, begun.ticket.version, tool="anydesk", remote_id="1"
        )
    assert refused.value.details["session_id"] == begun.session.id
    done = await house.work.resolve(house.people.executor, ticket.id, begun.ticket.version, answer="Готово")
    with pytest.raises(Conflict):
        await house.work.start_remote(
            house.people.moderator, ticket.id, done.version, tool="anydesk", remote_id="1"
        )


@pytest.mark.regulation("2.5")
async def test_messages_go_where_they_should_and_nowhere_else(house: House) -> None:
    people = house.people
    ticket = await house.in_work()
    asked = await house.work.ask(people.executor, ticket.id, colleague=people.second.id, text="Встречал?")
    await house.work.note(people.second, ticket.id, text="Да, в октябре")
    letters = len(house.notices.queued)
    fresh = (await house.details(ticket.id)).ticket
    await house.work.write(people.executor, ticket.id, fresh.version, text="Пришлите снимок")
    await house.client.write(ticket.id, text="Вот снимок")
    messages = (await house.details(ticket.id)).messages
    assert [(each.kind, each.author_id) for each in messages] == [
        (MessageKind.QUESTION, people.executor.id),
        (MessageKind.NOTE, people.second.id),
        (MessageKind.TO_CLIENT, people.executor.id),
        (MessageKind.FROM_CLIENT, None),
    ]
    assert house.notices.letters()[letters:] == [("message_from_executor", "petr@example.ru")]
    told = await house.told()
    assert ("ticket.asked", f"person:{people.second.id}") in told
    assert ("ticket.written", f"person:{people.executor.id}") in told
    assert asked.version > ticket.version
    for empty in ("", " \n"):
        with pytest.raises(InvalidInput):
            await house.work.note(people.executor, ticket.id, text=empty)
    with pytest.raises(InvalidInput):
        await house.work.ask(people.executor, ticket.id, colleague=99, text="?")


async def test_a_client_who_writes_ends_the_wait(house: House) -> None:
    ticket = await house.in_work("10:00")
    waits = await house.work.wait(house.people.executor, ticket.id, ticket.version, reason="ждём снимок")
    house.at("10:20")
    back = await house.client.write(waits.id, text="Вот")
    assert (back.status, back.due_at) == (Status.IN_PROGRESS, moscow("10:50"))


@pytest.mark.regulation("2.5")
async def test_an_executor_works_on_his_own_tickets_only(house: House) -> None:
    people = house.people
    new = await house.registered()
    given = await house.moderation.assign(people.moderator, new.id, new.version, to=people.executor.id)
    for person in (people.second, people.operator, people.supervisor, people.admin):
        with pytest.raises(Forbidden):
            await house.work.accept(person, given.id, given.version)
    assert Step.ACCEPT not in (await house.reading.details(people.second, given.id)).steps
    assert Step.ACCEPT in (await house.reading.details(people.executor, given.id)).steps


async def test_a_ticket_is_given_on_with_a_reason_or_given_back(house: House) -> None:
    people = house.people
    ticket = await house.in_work("10:00")
    for to in (people.executor.id, people.operator.id):
        with pytest.raises(InvalidInput):
            await house.work.reassign(people.executor, ticket.id, ticket.version, to=to, reason="отпуск")
    given = await house.work.reassign(
        people.executor, ticket.id, ticket.version, to=people.second.id, reason="отпуск"
    )
    assert (given.status, given.assignee_id) == (Status.ASSIGNED, people.second.id)
    house.at("10:10")
    back = await house.work.give_back(people.second, given.id, given.version, reason="не моя программа")
    assert (back.status, back.assignee_id, back.due_at) == (Status.NEW, None, moscow("10:15"))
    assert [each.number for each in (await house.details(back.id)).verdicts] == [1, 1, 1, 2]


@pytest.mark.regulation("2.8")
async def test_a_reopened_ticket_goes_on_where_its_clock_stood(house: House) -> None:
    ticket = await house.in_work("10:00")
    house.at("10:20")
    done = await house.work.resolve(house.people.executor, ticket.id, ticket.version, answer="Готово")
    house.at("24 10:00")
    again = await house.client.reopen(done.id, reason="Опять")
    assert (again.status, again.assignee_id, again.ended_at) == (Status.NEW, None, None)
    given = await house.moderation.assign(
        house.people.moderator, again.id, again.version, to=house.people.executor.id
    )
    assert given.due_at == moscow("24 10:10")
    assert (await house.details(done.id)).messages[-1].text == "Опять"


async def test_a_client_confirms_rates_and_cancels(house: House) -> None:
    ticket = await house.in_work()
    done = await house.work.resolve(house.people.executor, ticket.id, ticket.version, answer="Готово")
    with pytest.raises(InvalidInput):
        await house.client.confirm(done.id, rating=6)
    closed = await house.client.confirm(done.id, rating=4, comment="Спасибо")
    assert (closed.status, closed.rating, closed.rating_text) == (Status.CLOSED, 4, "Спасибо")
    assert (await house.client.rate(done.id, rating=5)).rating == 5
    other = await house.registered()
    with pytest.raises(InvalidInput):
        await house.client.rate(other.id, rating=5)
    gone = await house.client.cancel(other.id, reason="Уже не надо")
    assert (gone.status, gone.cancel_reason) == (Status.CANCELLED, CancelReason.BY_CLIENT)
    with pytest.raises(TransitionRefused):
        await house.client.cancel(other.id)


@pytest.mark.regulation("2.10")
async def test_the_story_of_a_ticket_names_every_step_with_person_and_reason(house: House) -> None:
    ticket = await house.in_work()
    waits = await house.work.wait(house.people.executor, ticket.id, ticket.version, reason="ждём снимок")
    story = (await house.details(waits.id)).story
    assert [(each.action, each.person_id, each.reason) for each in story] == [
        ("ticket.drafted", house.people.operator.id, ""),
        ("ticket.registered", house.people.operator.id, ""),
        ("ticket.assigned", house.people.moderator.id, ""),
        ("ticket.accepted", house.people.executor.id, ""),
        ("ticket.waiting", house.people.executor.id, "ждём снимок"),
    ]
    own = await house.reading.story_of_person(house.people.executor, house.people.executor.id)
    assert [each.action for each in own] == ["ticket.waiting", "ticket.accepted"]
    with pytest.raises(Forbidden):
        await house.reading.story_of_person(house.people.executor, house.people.second.id)


@pytest.mark.regulation("2.6")
async def test_a_vendors_question_is_handed_over_under_contract_and_the_answer_comes_back(
    house: House,
) -> None:
    async with house.open_uow() as uow:
        await uow.clients.add_contract(make.contract(house.company.id, house.product.id))
        await uow.commit()
    ticket = await house.in_work("10:00", kind=Kind.VENDOR, topic_id=8)
    async with house.open_uow() as uow:
        await uow.attachments.add(
            Attachment(
                id=0,
                ticket_id=ticket.id,
                stored_name="a1",
                name="форма.pdf",
                kind=AttachmentKind.PDF,
                size=7,
                sha256="0" * 64,
                at=moscow("10:00"),
                by="client",
            )
        )
        await uow.commit()
    house.at("10:10")
    there = await house.handover.hand_over(
        house.people.executor, ticket.id, ticket.version, note="Проверьте форму 6"
    )
    assert (there.status, there.due_at) == (Status.AT_VENDOR, None)
    letter = house.notices.queued[-1]
    assert (letter.notice, letter.to) == ("vendor_dossier", VENDOR_MAIL)
    dossier = str(letter.about["dossier"])
    for words in ("ООО «Ромашка», ИНН 7707083893", "Не открывается отчёт", "Проверьте форму 6", "форма.pdf"):
        assert words in dossier
    (stay,) = (await house.details(ticket.id)).handovers
    assert stay.due_at == moscow("24 9:10")
    house.at("24 9:11")
    assert [each.id for each in await house.handover.late_vendors(house.people.supervisor)] == [stay.id]
    back = await house.handover.take_back(
        house.people.executor, ticket.id, there.version, answer="Исправлено в 3.1"
    )
    assert (back.status, back.due_at) == (Status.IN_PROGRESS, moscow("24 9:31"))
    details = await house.details(ticket.id)
    assert details.messages[-1].kind is MessageKind.FROM_VENDOR
    assert details.story[-1].change["vendor_late"] is True
    assert await minutes_held(house, ticket.id) == {"executor": 10, "vendor": 481}


@pytest.mark.regulation("2.6")
@pytest.mark.parametrize(
    ("included", "vendor", "contracts", "support"),
    [
        (True, "Разработчик", [], Support.PROVIDED),
        (False, "Разработчик", [("2026-01-01", "2026-11-23", True)], Support.BY_CONTRACT),
        (False, "Разработчик", [("2026-11-23", None, True)], Support.BY_CONTRACT),
        (False, "Разработчик", [("2026-01-01", "2026-11-22", True)], Support.NOT_COVERED),
        (False, "Разработчик", [("2026-11-24", None, True)], Support.NOT_COVERED),
        (False, "Разработчик", [("2026-01-01", None, False)], Support.NOT_COVERED),
        (False, "Разработчик", [], Support.NOT_COVERED),
        (True, None, [], Support.NO_VENDOR),
    ],
)
async def test_the_form_says_whether_the_vendor_answers_for_this_client(
    house: House,
    included: bool,
    vendor: str | None,
    contracts: list[tuple[str, str | None, bool]],
    support: Support,
) -> None:
    async with house.open_uow() as uow:
        await uow.clients.save_product(replace(house.product, vendor=vendor, support_included=included))
        for number, (starts, ends, covers) in enumerate(contracts):
            await uow.clients.add_contract(
                Contract(
                    id=0,
                    organization_id=house.company.id,
                    product_id=house.product.id,
                    number=str(number),
                    starts_on=date.fromisoformat(starts),
                    ends_on=None if ends is None else date.fromisoformat(ends),
                    vendor_support=covers,
                )
            )
        await uow.commit()
    answer = await house.handover.support(
        house.people.operator, organization_id=house.company.id, product_id=house.product.id
    )
    assert (answer.support, answer.covered) == (
        support,
        support in {Support.PROVIDED, Support.BY_CONTRACT},
    )
    assert answer.words


@pytest.mark.regulation("2.6")
async def test_without_a_contract_nothing_is_handed_over_and_the_paid_route_is_said(house: House) -> None:
    ticket = await house.in_work(kind=Kind.VENDOR, topic_id=8)
    with pytest.raises(InvalidInput) as refused:
        await house.handover.hand_over(house.people.executor, ticket.id, ticket.version)
    assert refused.value.problems == {"support": "not_covered"}
    details = await house.details(ticket.id)
    assert details.ticket == ticket
    assert details.support is not None
    assert "платному договору" in details.support.words


async def test_an_answer_of_ours_ends_the_vendors_stay(house: House) -> None:
    async with house.open_uow() as uow:
        await uow.clients.add_contract(make.contract(house.company.id, house.product.id))
        await uow.commit()
    ticket = await house.in_work(kind=Kind.VENDOR, topic_id=8)
    there = await house.handover.hand_over(house.people.executor, ticket.id, ticket.version)
    await house.work.resolve(house.people.executor, there.id, there.version, answer="Нашли сами")
    assert (await house.details(ticket.id)).handovers[0].ended_at is not None


@pytest.mark.regulation("2.5", "2.7")
async def test_past_answers_to_similar_requests_are_offered_likest_first(house: House) -> None:
    executor = house.people.executor
    for text, answer in (
        ("Не открывается отчёт по зарплате за ноябрь", "Обновите форму отчёта"),
        ("Не печатается отчёт", "Проверьте принтер"),
        ("Настройте обмен с сайтом", "Настроено"),
    ):
        ticket = await house.in_work(text=text, subject="")
        await house.work.resolve(executor, ticket.id, ticket.version, answer=answer)
    new = await house.registered(text="Отчёты по зарплате не открываются")
    found = await house.knowledge.similar(executor, new.id)
    assert [each.answer for each in found] == ["Обновите форму отчёта", "Проверьте принтер"]
    assert found[0].likeness > found[1].likeness
    assert await house.knowledge.answers(executor, "…") == []
    with pytest.raises(NotFound):
        await house.knowledge.similar(executor, 77)


@pytest.mark.parametrize(
    "typed",
    [
        "отчётами зарплата",
        "РОМАШКОЙ",
        "семенович",
        "8 (916) 123-45-67",
        "916123",
        "45-67",
        "7707083893",
        "petr@example.ru",
        "ромаш",
    ],
)
async def test_a_ticket_is_found_by_whatever_one_remembers(house: House, typed: str) -> None:
    ticket = await house.registered()
    await house.registered(
        client_id=None,
        organization_id=None,
        contact_name="Анна",
        contact_phone="+7 495 765-43-21",
        contact_email="",
        text="Обмен",
    )
    found = await house.search.find(house.people.operator, typed)
    assert [each.id for each in found.tickets] == [ticket.id]
    assert found.before is None


async def test_a_number_finds_its_ticket_and_the_search_goes_on_where_it_ended(house: House) -> None:
    tickets = [await house.registered() for _ in range(3)]
    found = await house.search.find(house.people.operator, f"№ {tickets[0].number}")
    assert found.exact is not None
    assert found.exact.id == tickets[0].id
    first = await house.search.find(house.people.operator, "отчёт", limit=2)
    assert [each.id for each in first.tickets] == [tickets[2].id, tickets[1].id]
    rest = await house.search.find(house.people.operator, "отчёт", limit=2, before=first.before)
    assert [each.id for each in rest.tickets] == [tickets[0].id]
    assert (await house.search.find(house.people.operator, "«»")).tickets == []
