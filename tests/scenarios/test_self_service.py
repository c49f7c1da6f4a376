"""Clauses 2.2 and 2.3: clients file and follow requests themselves, told step by step."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.domain.attachments import LARGEST_ATTACHMENT, Upload
from callcenter.domain.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    TooManyAttempts,
    TransitionRefused,
    Unavailable,
)
from callcenter.domain.forms import MAX_FILL_TIME, SubmissionLimits, consent_version
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.notices import Notice, OutboxState
from callcenter.domain.ticket import Kind, Source
from callcenter.services.forms import Receipt, placing_times
from callcenter.services.moderation import Moderation
from callcenter.services.status_page import ClientAction
from callcenter.services.work import Work
from callcenter.web.public.room import CONSENT
from tests import make
from tests.fakes.database import FakeDatabase
from tests.public_house import PDF, PublicHouse


@pytest.fixture
def store() -> FakeDatabase:
    return FakeDatabase()


@pytest.fixture
async def house(store: FakeDatabase) -> PublicHouse:
    return await PublicHouse.built(store.uow)


async def refused(house: PublicHouse, slug: str = "hotline", **more: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        await house.sent(slug, **more)
    return caught.value.problems


async def answered(house: PublicHouse, receipt: Receipt) -> None:
    """The moderator assigns, the executor accepts and answers."""
    moderation, work = Moderation(house.desk), Work(house.desk)
    async with house.open_uow(write=False) as uow:
        new = await uow.tickets.by_id(receipt.ticket.id)
    assert new is not None
    given = await moderation.assign(house.moderator, new.id, new.version, to=house.executor.id)
    taken = await work.accept(house.executor, given.id, given.version)
    await work.resolve(house.executor, taken.id, taken.version, answer="Обновите программу.")


@pytest.mark.regulation("2.2")
async def test_a_hotline_form_becomes_a_new_ticket_with_everything_the_client_said(
    house: PublicHouse,
) -> None:
    receipt = await house.sent(organization="ООО «Ромашка»", inn="7707083893")
    ticket = receipt.ticket
    assert (ticket.status, ticket.source, ticket.kind) == (Status.NEW, Source.FORM, Kind.REFERENCE)
    assert (ticket.contact_name, ticket.contact_email) == ("Пётр Петров", "petr@example.ru")
    assert ticket.contact_phone is not None
    assert ticket.contact_phone.e164 == "+79161234567"
    assert ticket.subject == "Не открывается отчёт по зарплате."
    assert ticket.text.endswith("Организация: ООО «Ромашка», ИНН 7707083893")
    assert receipt.number == "1001"


@pytest.mark.regulation("2.2")
async def test_a_care_site_says_which_program_and_an_outage_has_its_own_deadline(house: PublicHouse) -> None:
    receipt = await house.sent("buh", product="zup", kind="outage")
    assert receipt.ticket.site_id == house.care.id
    assert receipt.ticket.product_id is not None
    assert receipt.answer_by - receipt.ticket.arrival == timedelta(minutes=60)


@pytest.mark.regulation("2.3")
async def test_moderators_see_the_form_with_its_commit_and_the_delay_is_recorded(
    house: PublicHouse, store: FakeDatabase
) -> None:
    receipt = await house.sent()
    assert [(each.kind, each.payload["ticket_id"]) for each in store.published] == [
        ("ticket.changed", receipt.ticket.id)
    ]
    async with house.open_uow(write=False) as uow:
        submissions = await uow.forms.between(house.clock.now() - timedelta(days=1), house.clock.now())
        assert submissions == []
        submission = await uow.forms.of_ticket(receipt.ticket.id)
    assert submission is not None
    assert submission.submitted_at == receipt.ticket.arrival
    times = placing_times([submission], timedelta(minutes=3))
    assert (times.forms, times.within_target, times.longest) == (1, 1, timedelta(0))


@pytest.mark.regulation("2.3")
def test_no_forms_make_no_delay() -> None:
    assert placing_times([], timedelta(minutes=3)).longest == timedelta(0)


async def test_a_double_click_is_one_ticket_with_one_number(house: PublicHouse, store: FakeDatabase) -> None:
    form = await house.form()
    first, second = await asyncio.gather(
        house.room.forms.send("hotline", form), house.room.forms.send("hotline", form)
    )
    assert first.number == second.number
    assert first.status_token == second.status_token
    assert sorted([first.repeated, second.repeated]) == [False, True]
    assert len(store.memory.tickets) == 1
    assert len(await house.letters()) == 1


async def test_a_retry_after_a_timeout_shows_the_same_number(house: PublicHouse) -> None:
    form = await house.form()
    first = await house.room.forms.send("hotline", form)
    house.clock.advance(timedelta(minutes=10))
    again = await house.room.forms.send("hotline", form)
    assert (again.number, again.repeated) == (first.number, True)


async def test_a_changed_text_under_the_same_form_is_another_request_and_not_lost(house: PublicHouse) -> None:
    form = await house.form()
    first = await house.room.forms.send("hotline", form)
    other = await house.sent(token=form.token, text="Совсем другой вопрос")
    assert other.number != first.number


async def test_an_api_key_used_for_something_else_is_a_conflict(house: PublicHouse) -> None:
    await house.sent(key="order-12345")
    again = await house.sent(key="order-12345")
    assert again.repeated
    with pytest.raises(Conflict):
        await house.sent(key="order-12345", text="Другой вопрос")


async def test_consent_is_kept_apart_with_its_text_time_and_address(house: PublicHouse) -> None:
    receipt = await house.sent(address="198.51.100.9")
    async with house.open_uow(write=False) as uow:
        kept = await uow.forms.consent_of(receipt.ticket.id)
    assert kept is not None
    consent, text = kept
    assert text == CONSENT["ru"]
    assert consent.text_version == consent_version(CONSENT["ru"])
    assert (consent.at, consent.network_address) == (receipt.ticket.arrival, "198.51.100.9")


async def test_without_consent_nothing_is_kept(house: PublicHouse, store: FakeDatabase) -> None:
    assert await refused(house, consent=False) == {"consent": "consent"}
    assert store.memory.tickets == {}


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("name", "", "required"),
        ("name", "я" * 121, "too_long"),
        ("name", "Пётр\nBcc: x", "control_characters"),
        ("phone", "", "required"),
        ("phone", "12", "phone"),
        ("phone", "anonymous", "phone"),
        ("email", "petr@", "email"),
        ("email", "пётр@пример.рф", "email"),
        ("inn", "7707083894", "inn"),
        ("product", "zup", "choice"),
        ("kind", "vendor", "choice"),
        ("text", "", "required"),
        ("text", "ну", "too_short"),
        ("text", "я" * 5001, "too_long"),
        ("text", "a\x00b", "control_characters"),
    ],
)
async def test_every_wrong_field_is_named(house: PublicHouse, field: str, value: str, problem: str) -> None:
    assert await refused(house, **{field: value}) == {field: problem}


async def test_all_wrong_fields_are_told_at_once(house: PublicHouse) -> None:
    problems = await refused(
        house, name="", phone="1", text="", consent=False, uploads=[Upload(name="a.exe", body=b"MZ\x90")]
    )
    assert set(problems) == {"name", "phone", "text", "consent", "attachments"}


@pytest.mark.parametrize(
    ("phone", "problem"),
    [
        ("8 809 505-12-34", "phone_paid"),
        ("8 800 555-06-40", "phone_toll_free"),
        ("+7 701 123 45 67", "phone_kazakhstan"),
        ("+44 20 7946 0958", "phone_international"),
    ],
)
async def test_a_number_that_may_not_be_dialled_is_warned_of_and_taken_when_insisted_on(
    house: PublicHouse, phone: str, problem: str
) -> None:
    form = await house.form(phone=phone)
    with pytest.raises(InvalidInput) as caught:
        await house.room.forms.send("hotline", form)
    assert caught.value.problems == {"phone": problem}
    digits = "+" + "".join(filter(str.isdigit, phone)).replace("8", "7", 1) if phone[0] == "8" else None
    kept = digits or "+" + "".join(filter(str.isdigit, phone))
    receipt = await house.sent(token=form.token, phone=phone, kept_phone=kept)
    assert receipt.ticket.status is Status.NEW


@pytest.mark.parametrize(
    ("filled_in", "problem"),
    [(timedelta(seconds=2), "form_too_fast"), (MAX_FILL_TIME + timedelta(seconds=1), "form_too_old")],
)
async def test_a_form_sent_too_fast_or_too_late_is_asked_for_again(
    house: PublicHouse, filled_in: timedelta, problem: str
) -> None:
    assert await refused(house, filled_in=filled_in) == {"form": problem}


async def test_a_forged_token_or_one_of_another_site_is_refused(house: PublicHouse) -> None:
    care = (await house.room.forms.open("buh")).token
    house.clock.advance(timedelta(seconds=10))
    for token in ("", "1.2.3", care, care[:-1] + "x", "٣.k.s"):
        assert await refused(house, token=token) == {"form": "form_token"}


async def test_a_filled_trap_is_refused(house: PublicHouse) -> None:
    assert await refused(house, trap="http://spam.example") == {"form": "form_trap"}


async def test_one_address_may_send_only_so_many_forms_yet_a_retry_always_works(store: FakeDatabase) -> None:
    house = await PublicHouse.built(store.uow, limits=SubmissionLimits(per_ten_minutes=2, per_day=3))
    first = await house.form(text="Вопрос 0")
    await house.room.forms.send("hotline", first)
    await house.sent(text="Вопрос 1")
    with pytest.raises(TooManyAttempts):
        await house.sent(text="Вопрос 2")
    assert (await house.room.forms.send("hotline", first)).repeated
    assert (await house.sent(text="Вопрос 2", address="203.0.113.5")).number == "1003"
    house.clock.advance(timedelta(minutes=11))
    await house.sent(text="Вопрос 3")
    house.clock.advance(timedelta(minutes=11))
    with pytest.raises(TooManyAttempts):
        await house.sent(text="Вопрос 4")


async def test_the_network_address_is_not_stored_with_the_form(
    house: PublicHouse, store: FakeDatabase
) -> None:
    await house.sent(address="198.51.100.7")
    (submission,) = store.memory.submissions.values()
    assert "198.51.100.7" not in repr(submission)


async def test_attachments_are_kept_under_random_names_and_given_back_to_their_owner(
    house: PublicHouse,
) -> None:
    receipt = await house.sent(uploads=[Upload(name="../../отчёт.pdf", body=PDF)])
    view = await house.room.status_pages.open(receipt.status_token)
    (file,) = view.attachments
    assert (file.name, file.size) == ("отчёт.pdf", len(PDF))
    assert (await house.room.status_pages.attachment(receipt.status_token, file.id))[1] == PDF
    other = await house.sent(text="Другой вопрос")
    with pytest.raises(NotFound):
        await house.room.status_pages.attachment(other.status_token, file.id)


@pytest.mark.parametrize(
    ("uploads", "problem"),
    [
        ([Upload(name="report.pdf", body=b"MZ\x90\x00 a program")], "wrong_type"),
        ([Upload(name="page.txt", body=b"<html><script>1</script>")], "wrong_type"),
        ([Upload(name="x.svg", body=b"<svg onload=alert(1)>")], "wrong_type"),
        ([Upload(name="empty.txt", body=b"")], "wrong_type"),
        ([Upload(name="big.pdf", body=PDF + bytes(LARGEST_ATTACHMENT))], "too_large"),
        ([Upload(name="a.pdf", body=PDF)] * 6, "too_many"),
    ],
)
async def test_attachments_have_limits_by_size_number_and_content(
    house: PublicHouse, uploads: list[Upload], problem: str
) -> None:
    assert await refused(house, uploads=uploads) == {"attachments": problem}


async def test_files_of_a_form_that_was_not_committed_are_forgotten(
    house: PublicHouse, store: FakeDatabase
) -> None:
    form = await house.form(uploads=[Upload(name="a.pdf", body=PDF), Upload(name="b.txt", body=b"text")])
    whole = house.files.store

    async def store_only_one(body: bytes) -> str:
        if house.files.bodies:
            raise Unavailable("the disk is full")
        return await whole(body)

    house.files.store = store_only_one  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        await house.room.forms.send("hotline", form)
    assert house.files.bodies == {}
    assert store.memory.tickets == {}
    house.files.store = whole  # type: ignore[method-assign]
    assert not (await house.room.forms.send("hotline", form)).repeated


async def test_a_switched_off_or_unknown_site_takes_nothing(house: PublicHouse) -> None:
    await house.room.sites.save(replace(house.care, active=False), by=house.admin)
    for slug in ("buh", "nothing", "../hotline"):
        with pytest.raises(NotFound):
            await house.room.forms.open(slug)


async def test_the_confirmation_leaves_with_the_ticket_in_the_clients_language(house: PublicHouse) -> None:
    receipt = await house.sent(locale="en")
    (letter,) = await house.letters()
    assert (letter.name, letter.to, letter.ticket_id) == (
        Notice.REGISTERED,
        "petr@example.ru",
        receipt.ticket.id,
    )
    assert letter.payload["locale"] == "en"
    assert letter.payload["about"] == {"due_at": receipt.answer_by.isoformat()}
    assert letter.state is OutboxState.WAITING
    token = house.links.status_token(receipt.ticket.id, str(letter.payload["nonce"]))
    assert token == receipt.status_token
    assert receipt.status_token not in repr(letter)


async def test_other_programs_are_told_of_a_form_and_of_its_cancelling_without_personal_words(
    house: PublicHouse,
) -> None:
    await house.room.webhooks.add("https://crm.example/hook", frozenset({"*"}), by=house.admin)
    receipt = await house.sent(email="")
    await house.room.status_pages.cancel(receipt.status_token)
    rows = await house.letters()
    assert [each.name for each in rows] == ["ticket.registered", "ticket.cancelled"]
    assert rows[0].payload["body"] == {"ticket_id": receipt.ticket.id, "status": "new"}


async def test_without_an_address_there_is_no_letter(house: PublicHouse) -> None:
    await house.sent(email="")
    assert await house.letters() == []


async def test_whoever_unsubscribed_gets_no_confirmation_but_still_his_answer(house: PublicHouse) -> None:
    await house.room.unsubscribing.opt_out(house.links.address_key("PETR@example.ru"))
    receipt = await house.sent()
    assert await house.letters() == []
    await answered(house, receipt)
    assert [each.name for each in await house.letters()] == [Notice.ANSWERED]


async def test_a_made_up_unsubscribe_address_is_refused(house: PublicHouse) -> None:
    with pytest.raises(NotFound):
        await house.room.unsubscribing.opt_out("petr@example.ru")


@pytest.mark.regulation("2.2")
async def test_the_client_follows_answers_confirms_and_rates_on_his_page(house: PublicHouse) -> None:
    receipt = await house.sent()
    pages, token = house.room.status_pages, receipt.status_token
    view = await pages.open(token)
    assert view.actions == {ClientAction.WRITE, ClientAction.CANCEL}
    assert view.answer_by == receipt.answer_by
    await pages.write(token, "Версия 8.3")
    await answered(house, receipt)
    view = await pages.open(token)
    assert [(str(each.kind), each.text) for each in view.messages] == [
        ("from_client", "Версия 8.3"),
        ("answer", "Обновите программу."),
    ]
    assert view.actions == {ClientAction.CONFIRM, ClientAction.REOPEN}
    assert view.answer_by is None
    ticket = await pages.confirm(token, rating=5, comment="Спасибо")
    assert (ticket.status, ticket.rating, ticket.rating_text) == (Status.CLOSED, 5, "Спасибо")
    assert (await pages.rate(token, rating=4)).rating == 4


@pytest.mark.regulation("2.2")
async def test_the_client_reopens_what_was_not_solved(house: PublicHouse) -> None:
    receipt = await house.sent()
    await answered(house, receipt)
    ticket = await house.room.status_pages.reopen(receipt.status_token, "Не помогло")
    assert ticket.status in {Status.NEW, Status.ASSIGNED}


async def test_the_client_cancels_and_thinks_better_of_it(house: PublicHouse) -> None:
    receipt = await house.sent()
    pages, token = house.room.status_pages, receipt.status_token
    ticket = await pages.cancel(token)
    assert (ticket.status, ticket.cancel_reason) == (Status.CANCELLED, CancelReason.BY_CLIENT)
    assert (await pages.open(token)).actions == {ClientAction.REOPEN}
    with pytest.raises(TransitionRefused):
        await pages.cancel(token)
    await pages.reopen(token, "Всё-таки нужно")
    assert ClientAction.CANCEL in (await pages.open(token)).actions


async def test_messages_have_limits_and_a_repeated_one_is_kept_once(house: PublicHouse) -> None:
    receipt = await house.sent()
    pages, token = house.room.status_pages, receipt.status_token
    with pytest.raises(InvalidInput):
        await pages.write(token, "  ")
    with pytest.raises(InvalidInput):
        await pages.write(token, "я" * 5001)
    await pages.write(token, "Ау")
    await pages.write(token, "Ау")
    assert len((await pages.open(token)).messages) == 1
    for place in range(9):
        await pages.write(token, f"Ау {place}")
    with pytest.raises(TooManyAttempts):
        await pages.write(token, "И ещё")


@pytest.mark.parametrize("token", ["", "x", "A" * 32, "../" * 8, "я" * 32])
async def test_a_guessed_link_opens_nothing(house: PublicHouse, token: str) -> None:
    await house.sent()
    with pytest.raises(NotFound):
        await house.room.status_pages.open(token)


async def test_the_store_alone_opens_nobodys_page(house: PublicHouse, store: FakeDatabase) -> None:
    receipt = await house.sent()
    assert receipt.status_token not in repr(store.memory)


async def test_a_recognised_number_is_only_a_possible_client(house: PublicHouse) -> None:
    async with house.open_uow() as uow:
        known = await uow.clients.add_client(make.client())
        await uow.commit()
    receipt = await house.sent()
    assert (receipt.ticket.possible_client_id, receipt.ticket.client_id) == (known.id, None)


async def test_refused_forms_are_counted_by_reason(house: PublicHouse) -> None:
    await refused(house, name="")
    await refused(house, trap="x")
    await house.sent()
    assert house.room.forms.totals == {"refused_required": 1, "refused_form_trap": 1, "accepted": 1}
