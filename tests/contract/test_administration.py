"""Stores of what administrators keep and supervisors check, and the audit read as a whole."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.audit import BEFORE_THE_FIRST, AuditFilter
from callcenter.domain.erasure import ERASED_NAME
from callcenter.domain.letters import LetterOverride
from callcenter.domain.notices import OutboxItem, OutboxKind, OutboxState
from callcenter.domain.targets import TargetChange
from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.services.targets import TargetDesk
from callcenter.store import Database
from sla.timeline import ClockName
from tests import make
from tests.desk_house import House, moscow


async def _hired(open_uow: OpenUnitOfWork, email: str | None = None) -> int:
    async with open_uow() as uow:
        person = make.person("admin", "А. Админов", endpoint=None)
        added = await uow.people.add(person, password_hash=None)
        await uow.commit()
    return added.id


async def test_a_change_of_targets_is_kept_with_its_history(open_uow: OpenUnitOfWork) -> None:
    by = await _hired(open_uow)
    first = TargetChange(
        id=0, at=make.START, by=by, valid_from=make.START, times={"assign": timedelta(minutes=4)}, reason="a"
    )
    back = TargetChange(id=0, at=make.START, by=by, valid_from=make.START + timedelta(days=1), reason="b")
    async with open_uow() as uow:
        added = [await uow.target_changes.add(first), await uow.target_changes.add(back)]
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert list(await uow.target_changes.all()) == added


async def test_only_tickets_with_a_clock_that_has_not_ended_are_measured_anew(
    open_uow: OpenUnitOfWork,
) -> None:
    house = await House.built(open_uow)
    running = await house.registered("10:00")
    ended = await house.in_work("10:01")
    await house.work.resolve(house.people.executor, ended.id, ended.version, answer="Перезапустите")
    second = await house.registered("10:02")
    async with open_uow(write=False) as uow:
        every = await uow.target_changes.running_tickets(after=0, limit=10)
        rest = await uow.target_changes.running_tickets(after=running.id, limit=1)
    assert list(every) == [running.id, second.id]
    assert list(rest) == [second.id]


async def test_the_words_of_a_letter_are_replaced_and_given_back(open_uow: OpenUnitOfWork) -> None:
    by = await _hired(open_uow)
    ours = LetterOverride(
        name="answered", locale="ru", subject="S", text="Т", changed_at=make.START, changed_by=by
    )
    later = LetterOverride(
        name="answered", locale="ru", subject="S 2", text="Т 2", changed_at=make.START, changed_by=by
    )
    async with open_uow() as uow:
        await uow.letter_overrides.put(ours)
        await uow.letter_overrides.put(later)
        await uow.commit()
    async with open_uow() as uow:
        assert list(await uow.letter_overrides.all()) == [later]
        assert await uow.letter_overrides.of("answered", "ru") == later
        assert await uow.letter_overrides.of("answered", "en") is None
        assert await uow.letter_overrides.drop("answered", "ru")
        assert not await uow.letter_overrides.drop("answered", "ru")
        await uow.commit()


async def test_the_last_verification_of_the_audit_is_remembered(open_uow: OpenUnitOfWork) -> None:
    by = await _hired(open_uow)
    async with open_uow() as uow:
        assert await uow.audit_checks.last() is None
        await uow.audit_checks.add(at=make.START, by=None, rows=10, broken_at=None)
        await uow.audit_checks.add(at=make.START, by=by, rows=12, broken_at=7)
        await uow.commit()
    async with open_uow(write=False) as uow:
        last = await uow.audit_checks.last()
    assert last is not None and (last.by, last.rows, last.broken_at, last.intact) == (by, 12, 7, False)


async def test_a_person_keeps_his_address(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        person = make.person("e", "Э", endpoint=None, email="e@example.ru")
        added = await uow.people.add(person, password_hash=None)
        await uow.commit()
    async with open_uow(write=False) as uow:
        found = await uow.people.by_id(added.id)
    assert found is not None and found.email == "e@example.ru"


async def test_deliveries_to_one_webhook_are_told_from_others(open_uow: OpenUnitOfWork) -> None:
    def row(key: str, to: str, kind: OutboxKind) -> OutboxItem:
        return OutboxItem(
            id=0, kind=kind, name="n", dedupe_key=key, to=to, payload={}, created_at=make.START,
            next_try_at=make.START, give_up_at=make.START,
        )  # fmt: skip

    async with open_uow() as uow:
        await uow.outbox.add(row("1", "https://a.example", OutboxKind.WEBHOOK))
        await uow.outbox.add(row("2", "https://b.example", OutboxKind.WEBHOOK))
        await uow.outbox.add(row("3", "https://a.example", OutboxKind.MAIL))
        await uow.outbox.add(row("4", "https://a.example", OutboxKind.WEBHOOK))
        await uow.commit()
    async with open_uow(write=False) as uow:
        both = await uow.webhook_deliveries.last_to("https://a.example", limit=5)
        newest = await uow.webhook_deliveries.last_to("https://a.example", limit=1)
    assert [each.dedupe_key for each in both] == ["4", "1"]
    assert [each.dedupe_key for each in newest] == ["4"]


async def test_the_audit_is_read_by_ticket_person_action_and_period(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        for minute, actor, ticket_id, action in (
            (0, "person:1", 1001, "ticket.assigned"),
            (1, "person:2", 1001, "ticket.accepted"),
            (60, "person:1", None, "topic.changed"),
            (61, "person:1", 1002, "ticket.assigned"),
            (120, "deadlines", 1002, "deadline.breached"),
        ):
            at = make.START + timedelta(minutes=minute)
            await uow.audit.record(
                at=at, actor=actor, ticket_id=ticket_id, action=action, reason="", change={}
            )
        await uow.commit()

    async def found(before: int | None = None, limit: int = 10, **wanted: object) -> list[int]:
        async with open_uow(write=False) as uow:
            page = await uow.audit.page(AuditFilter(**wanted), before=before, limit=limit)  # type: ignore[arg-type]
        return [each.id for each in page]

    assert await found() == [5, 4, 3, 2, 1]
    assert await found(before=4, limit=2) == [3, 2]
    assert await found(ticket_id=1001) == [2, 1]
    assert await found(actor="person:1") == [4, 3, 1]
    assert await found(actor="person:1", action="ticket.assigned") == [4, 1]
    assert await found(since=make.START + timedelta(minutes=60)) == [5, 4, 3]
    assert await found(until=make.START + timedelta(minutes=60)) == [2, 1]
    assert await found(since=make.START + timedelta(days=9)) == []
    first, last = make.START + timedelta(minutes=1), make.START + timedelta(minutes=61)
    assert await found(since=first, until=last, actor="person:1") == [3]
    async with open_uow(write=False) as uow:
        assert await uow.audit.last_id() == 5


async def test_the_chain_is_recomputed_piece_by_piece(real: Database) -> None:
    async with real.uow() as uow:
        for _ in range(1003):
            await uow.audit.record(
                at=make.START, actor="person:1", ticket_id=None, action="a", reason="", change={}
            )
        await uow.commit()
    async with real.uow(write=False) as uow:
        first = await uow.audit.chain(0, BEFORE_THE_FIRST)
        second = await uow.audit.chain(first.last, first.last_hash)
        third = await uow.audit.chain(second.last, second.last_hash)
        forged = await uow.audit.chain(first.last, "f" * 64)
    assert (first.rows, second.rows, third.rows) == (1000, 3, 0)
    assert first.broken_at is second.broken_at is third.broken_at is None
    assert forged.broken_at == 1001


@pytest.mark.regulation("2.2")
async def test_a_forgotten_client_leaves_no_word_and_no_number_behind(open_uow: OpenUnitOfWork) -> None:
    house = await House.built(open_uow)
    ticket = await house.in_work("10:00")
    await house.work.write(house.people.executor, ticket.id, ticket.version, text="Пётр, какая у вас версия?")
    ticket = (await house.details(ticket.id)).ticket
    await house.work.resolve(house.people.executor, ticket.id, ticket.version, answer="Пётр, перезапустите")
    async with open_uow() as uow:
        hotline = (await uow.calls.hotlines())[0]
        call = make.call(hotline_id=hotline.id, ticket_id=ticket.id, caller=house.caller.phones[0])
        call = await uow.calls.add(call)
        letter = OutboxItem(
            id=0, kind=OutboxKind.MAIL, name="answered", dedupe_key="x", to="petr@example.ru",
            payload={"about": {"answer": "Пётр"}}, created_at=make.START, next_try_at=make.START,
            give_up_at=make.START, ticket_id=ticket.id,
        )  # fmt: skip
        await uow.outbox.add(letter)
        await uow.commit()
    async with open_uow() as uow:
        traces = await uow.erasing.traces(house.caller.id)
        erased = await uow.erasing.forget(house.caller.id)
        await uow.commit()
    assert (traces.tickets, traces.open_tickets, traces.calls, traces.letters) == ((ticket.id,), (), 1, 1)
    assert traces.messages >= 1
    assert erased.traces == traces
    async with open_uow(write=False) as uow:
        client = await uow.clients.by_id(house.caller.id)
        kept = await uow.tickets.by_id(ticket.id)
        heard = await uow.calls.by_id(call.id)
        sent = (await uow.outbox.of_ticket(ticket.id))[0]
        words = [each.text for each in await uow.messages.of_ticket(ticket.id)]
        found = await uow.search.find(["перезапуст"], before=None, limit=5)
    assert client is not None and (client.name, client.phones, client.email) == (ERASED_NAME, (), None)
    assert kept is not None and kept.version > ticket.version
    assert not any([kept.contact_name, kept.contact_phone, kept.contact_email, kept.text, kept.answer])
    assert heard is not None and (heard.caller.e164, heard.caller_name) == (None, "")
    assert (sent.to, sent.payload, sent.state) == ("", {}, OutboxState.REFUSED)
    assert not any(words)
    assert list(found) == []


async def test_the_people_of_a_company_are_listed_by_name(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        ours = await uow.clients.add_organization(make.organization())
        other = await uow.clients.add_organization(make.organization("АО «Вектор»", "7728168971"))
        for name, company in (("Яковлев", ours.id), ("Андреев", ours.id), ("Борисов", other.id)):
            await uow.clients.add_client(make.client(name, phones=(), organization_id=company))
        await uow.commit()
    async with open_uow(write=False) as uow:
        found = await uow.clients.of_organization(ours.id, limit=5)
        first = await uow.clients.of_organization(ours.id, limit=1)
    assert [each.name for each in found] == ["Андреев", "Яковлев"]
    assert [each.name for each in first] == ["Андреев"]


@pytest.mark.regulation("2.7")
async def test_every_node_counts_running_clocks_by_the_changed_target(open_uow: OpenUnitOfWork) -> None:
    house = await House.built(open_uow)
    here = TargetDesk(house.desk)
    elsewhere = replace(house.desk)
    there = TargetDesk(elsewhere)
    ticket = await house.in_work("10:00")
    times = {**dict(house.desk.rules.terms.targets.times), "resolve.reference": timedelta(minutes=20)}
    await here.change(house.people.admin, times, valid_from=None, reason="Приказ 7")
    moved = (await house.details(ticket.id)).ticket
    assert moved.due_at == moscow("10:20")
    assert elsewhere.rules.terms.targets != house.desk.rules.terms.targets
    assert await there.refresh() == 0, "the first node has counted everything already"
    assert elsewhere.rules.terms.targets == house.desk.rules.terms.targets
    async with open_uow(write=False) as uow:
        stored = await uow.clocks.clocks(ticket.id)
        told = [each.action for each in await uow.audit.of_ticket(ticket.id)]
    assert {each.clock.target for each in stored if each.clock.clock is ClockName.RESOLVE} == {
        timedelta(minutes=20)
    }
    assert told.count("ticket.target_changed") == 1
