"""Clause 2.1 and 2.10: from a draft to a registered ticket, told step by step."""

from dataclasses import replace

import pytest

from callcenter.domain.calls import CallOutcome
from callcenter.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, TransitionRefused
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.registration import TicketFields
from callcenter.domain.ticket import Kind, Source
from callcenter.services.registration import place_form
from tests import make
from tests.desk_house import House, moscow
from tests.fakes.database import FakeDatabase


@pytest.fixture
async def house() -> House:
    return await House.built(FakeDatabase().uow)


@pytest.mark.regulation("2.1")
async def test_a_call_becomes_a_registered_ticket_and_the_caller_is_told_when_he_is_answered(
    house: House,
) -> None:
    house.at("10:00")
    async with house.open_uow() as uow:
        first = make.ticket(created=moscow("10:00"), missed=CallOutcome.ABANDONED)
        draft = await uow.tickets.add(first)
        await uow.commit()
    house.at("10:03")
    ticket = await house.registration.register(
        house.people.operator, draft.id, draft.version, house.fields(), said=True
    )
    assert ticket.status is Status.NEW
    assert ticket.arrived_at == moscow("10:00")
    assert ticket.registered_at == ticket.said_at == moscow("10:03")
    assert ticket.said_text == (
        f"Ваша заявка № {ticket.number}. Специалист ответит сегодня до 10:30. "
        "Подать заявку и следить за ней можно самостоятельно: help.example.ru"
    )
    assert ticket.missed is None
    assert ticket.due_at == moscow("10:08")
    assert house.notices.letters() == [("registered", "petr@example.ru")]


@pytest.mark.regulation("2.1")
@pytest.mark.parametrize(
    ("arrived", "kind", "until"),
    [
        ("10:00", Kind.REFERENCE, "сегодня до 10:30"),
        ("10:00", Kind.OUTAGE, "сегодня до 11:00"),
        ("17:50", Kind.REFERENCE, "завтра до 9:20"),
        ("27 17:50", Kind.REFERENCE, "в понедельник, 30 ноября, до 9:20"),
        ("28 12:00", Kind.OUTAGE, "в понедельник, 30 ноября, до 10:00"),
    ],
)
async def test_the_promised_time_is_counted_in_business_minutes(
    house: House, arrived: str, kind: Kind, until: str
) -> None:
    house.at(arrived)
    draft = await house.registration.start(house.people.operator)
    assert f"ответит {until}." in house.registration.promise(draft, kind).text


@pytest.mark.regulation("2.10")
@pytest.mark.parametrize(
    ("without", "problem"),
    [
        ({"contact_name": " "}, {"contact_name": "required"}),
        ({"contact_phone": "", "contact_email": ""}, {"contact_phone": "phone_or_email_required"}),
        ({"text": ""}, {"text": "required"}),
        ({"topic_id": None}, {"topic_id": "required"}),
        ({"kind": None}, {"kind": "required"}),
        ({"kind": Kind.OUTAGE, "product_id": None}, {"product_id": "required_for_this_kind"}),
        ({"kind": Kind.VENDOR, "organization_id": None}, {"organization_id": "required_for_this_kind"}),
        ({"contact_phone": "101"}, {"contact_phone": "not_a_phone"}),
        ({"contact_email": "petr@"}, {"contact_email": "not_an_email"}),
        ({"text": "х" * 20_001}, {"text": "too_long"}),
        ({"client_id": 77}, {"client_id": "unknown"}),
        ({"organization_id": 77}, {"organization_id": "unknown"}),
        ({"product_id": 77}, {"product_id": "unknown"}),
        ({"topic_id": 77}, {"topic_id": "unknown"}),
    ],
)
async def test_an_incomplete_request_is_refused_field_by_field_and_stays_a_draft(
    house: House, without: dict[str, object], problem: dict[str, str]
) -> None:
    draft = await house.registration.start(house.people.operator)
    with pytest.raises(InvalidInput) as refused:
        await house.registration.register(
            house.people.operator, draft.id, draft.version, house.fields(**without)
        )
    assert refused.value.problems == problem
    assert (await house.details(draft.id)).ticket == draft
    assert house.notices.queued == []


async def test_what_was_typed_so_far_is_kept_however_incomplete(house: House) -> None:
    draft = await house.registration.start(house.people.operator)
    filled = await house.registration.fill(
        house.people.operator, draft.id, draft.version, TicketFields(text="Не печатает\nсовсем")
    )
    card = await house.registration.card(house.people.operator, draft.id)
    assert (filled.subject, card.fields.text) == ("Не печатает", "Не печатает\nсовсем")
    assert set(card.missing) == {"contact_name", "contact_phone", "topic_id", "kind"}
    assert set(card.promises) == set(Kind)


async def test_the_form_of_a_call_is_prefilled_with_its_number_and_open_tickets_stand_beside_it(
    house: House,
) -> None:
    other = await house.registered()
    async with house.open_uow() as uow:
        draft = await uow.tickets.add(make.ticket())
        await uow.commit()
    card = await house.registration.card(house.people.operator, draft.id)
    assert card.fields.contact_phone == make.CALLER
    assert card.open_tickets == []
    async with house.open_uow() as uow:
        known = await uow.tickets.save(replace(draft, possible_client_id=house.caller.id))
        await uow.commit()
    card = await house.registration.card(house.people.operator, known.id)
    assert [each.id for each in card.open_tickets] == [other.id]


@pytest.mark.regulation("2.1")
async def test_a_draft_joined_to_an_open_ticket_hands_its_call_over(house: House) -> None:
    stays = await house.registered()
    async with house.open_uow() as uow:
        hotline = (await uow.calls.hotlines())[0]
        draft = await uow.tickets.add(make.ticket(hotline_id=hotline.id))
        call = await uow.calls.add(make.call(hotline_id=hotline.id, ticket_id=draft.id))
        await uow.commit()
    joined = await house.registration.join(house.people.operator, draft.id, draft.version, into=stays.id)
    assert joined.id == stays.id
    details = await house.details(stays.id)
    assert [each.id for each in details.calls] == [call.id]
    assert details.story[-1].action == "call.moved_here"
    left = (await house.details(draft.id)).ticket
    assert (left.status, left.cancel_reason, left.merged_into) == (
        Status.CANCELLED,
        CancelReason.DUPLICATE,
        stays.id,
    )


@pytest.mark.parametrize("into", [0, 99])
async def test_a_draft_cannot_be_joined_to_itself_or_to_nothing(house: House, into: int) -> None:
    draft = await house.registration.start(house.people.operator)
    with pytest.raises(InvalidInput) as refused:
        await house.registration.join(house.people.operator, draft.id, draft.version, into=into or draft.id)
    assert refused.value.problems == {"into": "unknown"}


async def test_a_draft_cannot_be_joined_to_an_ended_ticket(house: House) -> None:
    ended = await house.in_work()
    await house.work.resolve(house.people.executor, ended.id, ended.version, answer="Так")
    draft = await house.registration.start(house.people.operator)
    with pytest.raises(InvalidInput) as refused:
        await house.registration.join(house.people.operator, draft.id, draft.version, into=ended.id)
    assert refused.value.problems == {"into": "not_open"}


async def test_a_discarded_draft_keeps_its_reason_and_can_be_restored(house: House) -> None:
    draft = await house.registration.start(house.people.operator)
    gone = await house.registration.discard(
        house.people.operator, draft.id, draft.version, why=CancelReason.SPAM, reason="реклама"
    )
    assert (gone.status, gone.cancel_reason) == (Status.CANCELLED, CancelReason.SPAM)
    with pytest.raises(InvalidInput):
        await house.work.reopen(house.people.moderator, gone.id, gone.version, reason="ошибка")
    back = await house.registration.restore(house.people.operator, gone.id, gone.version)
    assert (back.status, back.cancel_reason) == (Status.DRAFT, None)


async def test_a_draft_is_not_discarded_as_unreachable_nor_a_registered_ticket_restored(house: House) -> None:
    draft = await house.registration.start(house.people.operator)
    with pytest.raises(InvalidInput):
        await house.registration.discard(
            house.people.operator, draft.id, draft.version, why=CancelReason.UNREACHABLE
        )
    ticket = await house.registered()
    rejected = await house.moderation.reject(
        house.people.moderator, ticket.id, ticket.version, why=CancelReason.SPAM, reason="реклама"
    )
    with pytest.raises(InvalidInput):
        await house.registration.restore(house.people.operator, rejected.id, rejected.version)


@pytest.mark.regulation("2.10")
async def test_of_two_who_register_one_draft_the_second_is_told_what_happened(house: House) -> None:
    draft = await house.registration.start(house.people.operator)
    await house.registration.register(house.people.operator, draft.id, draft.version, house.fields())
    with pytest.raises(Conflict) as refused:
        await house.registration.register(house.people.moderator, draft.id, draft.version, house.fields())
    assert refused.value.details["status"] == "new"
    assert refused.value.details["actor"] == f"person:{house.people.operator.id}"
    assert refused.value.details["action"] == "ticket.registered"


@pytest.mark.regulation("2.10")
async def test_every_change_is_one_row_of_the_audit_without_the_clients_words(house: House) -> None:
    draft = await house.registration.start(house.people.operator)
    await house.registration.register(
        house.people.operator, draft.id, draft.version, house.fields(), said=True
    )
    story = (await house.details(draft.id)).story
    assert [each.action for each in story] == ["ticket.drafted", "ticket.registered"]
    assert story[1].actor == f"person:{house.people.operator.id}"
    assert story[1].change["status"] == ["draft", "new"]
    assert story[1].change["text"] == story[1].change["contact_phone"] == "changed"
    assert "зарплате" not in str(story[1].change)


async def test_the_sentence_can_be_said_after_the_registration(house: House) -> None:
    ticket = await house.registered()
    said = await house.registration.say(house.people.operator, ticket.id, ticket.version)
    assert said.said_at == moscow("10:00")
    assert "сегодня до 10:30" in said.said_text


async def test_an_executor_registers_nothing_and_a_stranger_sees_nothing(house: House) -> None:
    draft = await house.registration.start(house.people.operator)
    with pytest.raises(Forbidden):
        await house.registration.register(house.people.executor, draft.id, draft.version, house.fields())
    with pytest.raises(Forbidden):
        await house.registration.start(house.people.executor)
    with pytest.raises(Forbidden):
        await house.registration.card(house.people.admin, draft.id)
    with pytest.raises(NotFound):
        await house.registration.card(house.people.operator, 77)


async def test_a_registered_ticket_is_not_registered_again(house: House) -> None:
    ticket = await house.registered()
    with pytest.raises(TransitionRefused):
        await house.registration.register(house.people.operator, ticket.id, ticket.version, house.fields())


@pytest.mark.regulation("2.2", "2.3")
async def test_a_form_is_in_the_moderators_list_with_the_commit_that_took_it(house: House) -> None:
    house.at("10:01")
    request = replace(
        make.ticket(caller=None),
        source=Source.FORM,
        contact_name="Анна",
        contact_email="anna@example.ru",
        text="Как продлить программу?",
        subject="Как продлить программу?",
        site_id=1,
        arrived_at=moscow("10:00"),
    )
    async with house.open_uow() as uow:
        ticket = await place_form(uow, house.desk, request)
        await uow.commit()
    page = await house.lists.moderation(house.people.moderator)
    assert [each.id for each in page.tickets] == [ticket.id]
    place = next(each for each in (await house.details(ticket.id)).verdicts if each.clock == "place")
    assert place.elapsed.total_seconds() == 60
    assert house.notices.letters() == [("registered", "anna@example.ru")]
