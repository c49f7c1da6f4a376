"""Administrators and supervisors at work: targets that change, letters, leave, the audit, a client forgotten."""

from datetime import timedelta

import pytest

from callcenter.domain.audit import AuditFilter
from callcenter.domain.erasure import ERASED_NAME
from callcenter.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from callcenter.domain.letters import LetterOverride
from callcenter.domain.notices import Notice, OutboxItem, OutboxKind
from callcenter.domain.people import Role
from callcenter.domain.shifts import Leave
from callcenter.domain.ticket import Kind
from callcenter.mail.letters import body_part
from callcenter.services.sign_in import SignIn
from sla.timeline import ClockName
from sla.verdict import Outcome
from tests import make
from tests.administration_room import administration_of, letters_of
from tests.desk_house import House, moscow
from tests.fakes.database import FakeDatabase
from tests.fakes.passwords import FakePasswords
from tests.fakes.tokens import FakeTokens


class Office:
    """A help desk with its administration."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.letters, _ = letters_of()
        self.room = administration_of(house.desk)

    async def times(self, **minutes: float) -> dict[str, timedelta]:
        """The whole table with these changed."""
        state = await self.room.targets.state(self.house.people.admin)
        table = dict(state.now.times)
        table.update({name.replace("_", "."): timedelta(minutes=value) for name, value in minutes.items()})
        return table

    async def story(self, **wanted: object) -> list[str]:
        """Actions in the audit, newest first."""
        page = await self.room.audit.page(
            self.house.people.supervisor,
            AuditFilter(**wanted),  # type: ignore[arg-type]
        )
        return [each.action for each in page.entries]


@pytest.fixture
async def office() -> Office:
    return Office(await House.built(FakeDatabase().uow))


@pytest.mark.regulation("2.7")
async def test_a_shorter_target_moves_the_deadline_of_a_running_ticket_and_the_audit_says_so(
    office: Office,
) -> None:
    house = office.house
    ticket = await house.in_work("10:00")
    assert ticket.due_at == moscow("10:30")
    house.at("10:05")
    await office.room.targets.change(
        house.people.admin, await office.times(resolve_reference=20), valid_from=None, reason="Приказ 7"
    )
    after = (await house.details(ticket.id)).ticket
    assert after.due_at == moscow("10:20")
    assert (await office.story(ticket_id=ticket.id))[0] == "ticket.target_changed"
    assert "targets.changed" in await office.story(actor=f"person:{house.people.admin.id}")


@pytest.mark.regulation("2.7")
async def test_a_clock_that_stands_still_keeps_its_pause_when_the_target_changes(office: Office) -> None:
    house = office.house
    ticket = await house.in_work("10:00")
    house.at("10:10")
    waiting = await house.work.wait(house.people.executor, ticket.id, ticket.version, reason="ждём файл")
    house.at("11:00")
    await office.room.targets.change(
        house.people.admin, await office.times(resolve_reference=20), valid_from=None, reason="Приказ 7"
    )
    still = (await house.details(ticket.id)).ticket
    assert still.due_at is None
    house.at("12:00")
    going = await house.work.go_on(house.people.executor, ticket.id, still.version)
    assert going.due_at == moscow("12:10"), "ten of twenty minutes were used before the pause"
    assert waiting.version < still.version


@pytest.mark.regulation("2.4")
async def test_what_was_judged_and_what_had_ended_keeps_its_target(office: Office) -> None:
    house = office.house
    new = await house.registered("10:00")
    house.at("10:04")
    given = await house.moderation.assign(
        house.people.moderator, new.id, new.version, to=house.people.executor.id
    )
    taken = await house.work.accept(house.people.executor, given.id, given.version)
    await office.room.targets.change(
        house.people.admin,
        await office.times(assign=2, resolve_reference=60),
        valid_from=None,
        reason="Приказ 8",
    )
    house.at("10:40")
    taken = (await house.details(taken.id)).ticket
    await house.work.resolve(house.people.executor, taken.id, taken.version, answer="Обновите программу")
    verdicts = {each.clock: each for each in (await house.details(taken.id)).verdicts}
    assert (verdicts[ClockName.ASSIGN].target, verdicts[ClockName.ASSIGN].outcome) == (
        timedelta(minutes=5),
        Outcome.KEPT,
    )
    assert (verdicts[ClockName.RESOLVE].target, verdicts[ClockName.RESOLVE].outcome) == (
        timedelta(minutes=60),
        Outcome.KEPT,
    )
    await office.room.targets.change(
        house.people.admin, await office.times(resolve_reference=5), valid_from=None, reason="Приказ 9"
    )
    again = {each.clock: each for each in (await house.details(taken.id)).verdicts}
    assert again[ClockName.RESOLVE] == verdicts[ClockName.RESOLVE]


async def test_a_change_for_later_holds_from_its_instant_and_not_before(office: Office) -> None:
    house = office.house
    ticket = await house.in_work("10:00")
    await office.room.targets.change(
        house.people.admin,
        await office.times(resolve_reference=15),
        valid_from=moscow("10:10"),
        reason="С 10:10",
    )
    assert (await house.details(ticket.id)).ticket.due_at == moscow("10:30")
    house.at("10:10")
    assert await office.room.targets.refresh() == 1
    assert (await house.details(ticket.id)).ticket.due_at == moscow("10:15")
    assert await office.room.targets.refresh() == 0
    assert await office.room.targets.measure_anew() == 0, "measuring again changes nothing"


async def test_no_times_go_back_to_the_configuration(office: Office) -> None:
    house = office.house
    admin, targets = house.people.admin, office.room.targets
    await targets.change(admin, await office.times(assign=9), valid_from=None, reason="проба")
    house.at("10:01")
    await targets.change(admin, {}, valid_from=None, reason="обратно")
    state = await targets.state(admin)
    assert state.now == state.configured
    assert [each.reason for each in state.history] == ["обратно", "проба"]


async def test_targets_that_make_no_sense_are_refused_field_by_field(office: Office) -> None:
    admin = office.house.people.admin
    table = await office.times(assign=0)
    table["resolve.unknown"] = timedelta(minutes=5)
    del table["resolve.outage"]
    with pytest.raises(InvalidInput) as refused:
        await office.room.targets.change(admin, table, valid_from=moscow("9:00"), reason=" ")
    assert refused.value.problems == {
        "assign": "minutes",
        "resolve.unknown": "unknown",
        "resolve.outage": "required",
        "valid_from": "past",
        "reason": "required",
    }


async def test_only_an_administrator_changes_targets_and_a_supervisor_sees_them(office: Office) -> None:
    people = office.house.people
    assert await office.room.targets.state(people.supervisor)
    with pytest.raises(Forbidden):
        await office.room.targets.change(people.supervisor, {}, valid_from=None, reason="сам")
    with pytest.raises(Forbidden):
        await office.room.targets.state(people.executor)


@pytest.mark.regulation("2.4")
async def test_leave_shows_what_is_to_be_given_on(office: Office) -> None:
    house = office.house
    ticket = await house.in_work("10:00")
    today = moscow("10:00").date()
    leave = Leave(id=0, person_id=house.people.executor.id, starts_on=today, ends_on=today)
    _, in_hand = await house.staff.add_leave(house.people.moderator, leave)
    assert [each.id for each in in_hand] == [ticket.id]


@pytest.mark.regulation("2.10")
async def test_a_supervisor_reads_what_a_person_did_and_verifies_the_chain(office: Office) -> None:
    house = office.house
    ticket = await house.in_work("10:00", kind=Kind.OUTAGE)
    await house.work.resolve(house.people.executor, ticket.id, ticket.version, answer="Перезапустили")
    done = await office.story(actor=f"person:{house.people.executor.id}")
    assert done == ["ticket.resolved", "ticket.accepted"]
    check = await office.room.audit.start_verification(house.people.supervisor)
    state = await office.room.audit.chain(house.people.supervisor)
    assert check.intact and state.last == check and state.running is None
    assert state.since == 1, "the row that tells of the verification itself"
    with pytest.raises(Forbidden):
        await office.room.audit.page(house.people.executor, AuditFilter())


async def test_the_audit_is_taken_out_page_by_page_and_that_is_a_row_too(office: Office) -> None:
    house = office.house
    await house.in_work("10:00")
    before = await office.story()
    rows = [
        entry.action
        async for page in office.room.audit.export(house.people.supervisor, AuditFilter())
        for entry in page.entries
    ]
    assert rows == ["audit.exported", *before]
    assert len(before) > 3


async def test_a_forgotten_client_is_gone_once_his_tickets_have_ended(office: Office) -> None:
    house = office.house
    admin, client = house.people.admin, house.caller
    ticket = await house.in_work("10:00")
    with pytest.raises(Conflict) as refused:
        await office.room.erasure.erase(admin, client.id, basis="№ 12")
    assert refused.value.details["tickets"] == [ticket.id]
    await house.work.resolve(house.people.executor, ticket.id, ticket.version, answer="Пётр, готово")
    await house.client.confirm(ticket.id)
    traces = await office.room.erasure.traces(admin, client.id)
    erased = await office.room.erasure.erase(admin, client.id, basis="№ 12")
    assert erased.traces == traces and traces.tickets == (ticket.id,)
    async with house.open_uow(write=False) as uow:
        found = await uow.clients.by_id(client.id)
        rows = await uow.audit.of_ticket(ticket.id)
    assert found is not None and found.name == ERASED_NAME
    assert rows, "the story of the ticket stays"
    assert not any("Пётр" in str(each.change) + each.reason for each in rows)
    with pytest.raises(NotFound):
        await office.room.erasure.erase(admin, client.id, basis="№ 12")


async def test_a_sign_in_link_goes_by_mail_and_the_database_alone_does_not_open_it(office: Office) -> None:
    house = office.house
    async with house.open_uow() as uow:
        person = make.person("new", "Н. Новый", roles=[Role.EXECUTOR], endpoint=None, email="new@example.ru")
        person = await uow.people.add(person, password_hash=None)
        await uow.commit()
    assert await office.room.sign_in_letters.send(house.people.admin, person.id) == "new@example.ru"
    async with house.open_uow(write=False) as uow:
        item = (await uow.outbox.newest(limit=1))[0]
    assert "/sign-in/once/" not in str(item.payload)
    text = str(office.letters.write(item).get_body(("plain",)).get_content())  # type: ignore[union-attr]
    token = text.partition("/sign-in/once/")[2].split()[0]
    assert token not in str(item.payload)
    sign_in = SignIn(house.open_uow, house.clock, FakePasswords(), FakeTokens())
    assert (await sign_in.with_link(token, user_agent="")).person.id == person.id
    with pytest.raises(NotFound):
        await sign_in.with_link(token, user_agent="")
    with pytest.raises(InvalidInput):
        await office.room.sign_in_letters.send(house.people.admin, house.people.executor.id)


async def test_our_words_are_in_the_next_letter_until_they_are_given_back(office: Office) -> None:
    house, letters = office.house, office.room.letters
    admin = house.people.admin
    text = "Добрый день.\n\nПо заявке № {{ number }}:\n{{ about.answer }}\n\n{{ status_url }}\n"
    await letters.save(admin, "answered", "ru", "Request {{ number }}", text)
    own = await letters.of(admin, "answered", "ru")
    preview = letters.preview("answered", "ru", (own.subject, own.text)) if own else None
    assert preview is not None
    assert (preview.subject, "Добрый день." in preview.text) == ("Request 1042", True)
    assert "<p>Добрый день.</p>" in preview.page
    await letters.give_back(admin, "answered", "ru")
    assert await letters.of(admin, "answered", "ru") is None
    assert await office.story(actor=f"person:{admin.id}") == ["letter.given_back", "letter.changed"]


@pytest.mark.parametrize(
    ("field", "subject", "text", "problem"),
    [
        ("text", "S", "", ("required", "")),
        ("text", "S", "{{ about.answer", ("syntax", "1")),
        ("text", "S", "{{ about.answer }} {{ about.salary }}", ("unknown_placeholder", "about.salary")),
        ("text", "S", "{{ number }}", ("missing_placeholder", "about.answer")),
        ("text", "S", "{{ about.answer.__class__ }}", ("not_allowed", ".__class__")),
        ("text", "S", "{{ about.answer|map('upper') }}", ("not_allowed", "|map")),
        ("text", "S", "{% for a in range(9) %}{{ about.answer }}{% endfor %}", ("not_allowed", "for")),
        ("text", "S", "{{ about.answer }}{{ range(9) }}", ("not_allowed", "call")),
        ("text", "S", "{% for a in about.answer %}{{ a._x }}{% endfor %}", ("not_allowed", "._x")),
        ("text", "S", "{% include 'x' %}{{ about.answer }}", ("not_allowed", "include")),
        ("subject", "Тема", "{{ about.answer }}", ("ascii", "")),
        ("subject", "S\nBcc: a@b.ru", "{{ about.answer }}", ("ascii", "")),
        ("subject", "{{ about.answer }}", "{{ about.answer }}", ("unknown_placeholder", "about.answer")),
    ],
)
async def test_words_that_cannot_be_sent_are_refused_beside_their_field(
    office: Office, field: str, subject: str, text: str, problem: tuple[str, str]
) -> None:
    letters = office.room.letters
    assert letters.problems("answered", "ru", subject, text)[field] == problem
    with pytest.raises(InvalidInput):
        await letters.save(office.house.people.admin, "answered", "ru", subject, text)


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_every_delivered_letter_can_be_taken_as_ours_unchanged(office: Office, locale: str) -> None:
    for name in Notice:
        subject, text = office.room.letters.delivered(name, locale)
        assert office.room.letters.problems(name, locale, subject, text) == {}, name
        assert office.room.letters.preview(name, locale, (subject, text)).text
        assert office.room.letters.preview(name, locale, None).page


async def test_hostile_values_stay_text_in_our_words(office: Office) -> None:
    own = LetterOverride(
        name="answered", locale="ru", subject="S", text="{{ about.answer }}",
        changed_at=make.START, changed_by=1,
    )  # fmt: skip
    item = OutboxItem(
        id=1, kind=OutboxKind.MAIL, name="answered", dedupe_key="", to="a@example.ru",
        payload={"about": {"answer": "{{ number }} <script>alert(1)</script>"}}, created_at=make.START,
        next_try_at=make.START, give_up_at=make.START,
    )  # fmt: skip
    letter = office.letters.write(item, own=own)
    assert "<script>" not in body_part(letter, "html")
    assert "{{ number }}" in body_part(letter, "plain")
