"""Personal words and numbers go when their time is over; times, totals and the audit stay."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from callcenter.domain.attachments import Attachment, AttachmentKind, Upload
from callcenter.domain.errors import NotFound
from callcenter.domain.lifecycle import CancelReason
from callcenter.domain.notices import OutboxItem, OutboxKind, OutboxState, Settlement
from callcenter.domain.retention import RetentionTerms
from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.services.retention import ACTION, BY_RULE, PORTION, Retention
from callcenter.store import Database
from callcenter.store.audit import verify
from tests import make
from tests.public_house import PDF, PublicHouse

ZONE = ZoneInfo("Europe/Moscow")
DAY = timedelta(days=1)
NIGHT = datetime(2027, 3, 2, 0, tzinfo=UTC)
"""Three in the morning in Moscow."""


def retention(house: PublicHouse, *, node: str = "a", terms: RetentionTerms | None = None) -> Retention:
    return Retention(
        house.open_uow, house.clock, house.files, terms or RetentionTerms(), zone=ZONE, node=node
    )


@pytest.fixture
async def house(open_uow: OpenUnitOfWork) -> AsyncIterator[PublicHouse]:
    yield await PublicHouse.built(open_uow)


async def ended(house: PublicHouse, **more: object) -> int:
    """A request of somebody nobody knows, with a file, cancelled by a moderator; its letters are delivered."""
    receipt = await house.sent(uploads=[Upload(name="акт.pdf", body=PDF)], **more)
    number = int(receipt.number)
    await house.room.status_pages.cancel(receipt.status_token, "Уже помогли, Пётр")
    async with house.open_uow() as uow:
        for item in await uow.outbox.claim(now=house.clock.now(), until=house.clock.now() + DAY, limit=50):
            delivered = Settlement(state=OutboxState.SENT, next_try_at=house.clock.now())
            await uow.outbox.settle(item, delivered, at=house.clock.now())
        await uow.commit()
    return number


async def audited(house: PublicHouse) -> list[dict[str, object]]:
    async with house.open_uow(write=False) as uow:
        rows = await uow.audit.of_actor(BY_RULE, before=None, limit=100)
    assert all(row.action == ACTION for row in rows)
    return [dict(row.change) for row in reversed(rows)]


async def test_nothing_goes_before_its_time(house: PublicHouse) -> None:
    number = await ended(house)
    house.clock.advance(29 * DAY)
    assert await retention(house).sweep() == 0
    async with house.open_uow(write=False) as uow:
        assert len(await uow.attachments.of_ticket(number)) == 1
    assert await audited(house) == []


async def test_everything_goes_at_its_time_and_each_commit_is_in_the_audit(house: PublicHouse) -> None:
    number = await ended(house)
    async with house.open_uow(write=False) as uow:
        (stored,) = [each.stored_name for each in await uow.attachments.of_ticket(number)]
        before = await uow.tickets.by_id(number)
    house.clock.advance(31 * DAY)
    await retention(house).sweep()
    assert [(row["kind"], row["rows"]) for row in await audited(house)] == [("senders", 1)]

    house.clock.advance(365 * DAY)
    await retention(house).sweep()
    kinds = [row["kind"] for row in await audited(house)]
    assert kinds == ["senders", "files", "letters"]
    async with house.open_uow(write=False) as uow:
        assert not await uow.attachments.of_ticket(number)
        letters = await uow.outbox.of_ticket(number)
        ticket = await uow.tickets.by_id(number)
    assert letters and all((each.to, each.payload) == ("", {}) for each in letters)
    assert ticket is not None and "Ошибка 5" in ticket.text
    with pytest.raises(NotFound):
        await house.files.read(stored)

    house.clock.advance(1095 * DAY)
    await retention(house).sweep()
    async with house.open_uow(write=False) as uow:
        after = await uow.tickets.by_id(number)
        sent = await uow.forms.of_ticket(number)
        consent = await uow.forms.consent_of(number)
        steps = await uow.audit.of_ticket(number)
    assert before is not None and after is not None
    said = (after.text, after.contact_name, after.contact_phone, after.contact_email, after.caller)
    assert not any(said)
    assert (after.status, after.ended_at, after.registered_at, after.cancel_reason) == (
        before.status,
        before.ended_at,
        before.registered_at,
        CancelReason.BY_CLIENT,
    )
    assert sent is not None and (sent.address_key, sent.inn, sent.organization) == ("", "", "")
    assert consent is not None and consent[0].network_address == ""
    assert steps, "what was done stays"
    assert await retention(house).sweep() == 0, "what has gone does not go again"


async def test_a_known_clients_words_stay_until_he_asks(house: PublicHouse) -> None:
    number = await ended(house)
    async with house.open_uow() as uow:
        client = await uow.clients.add_client(make.client("Пётр Петров", phones=("+79161234567",)))
        ticket = await uow.tickets.by_id(number)
        assert ticket is not None
        await uow.tickets.save(replace(ticket, client_id=client.id))
        await uow.commit()
    house.clock.advance(4000 * DAY)
    await retention(house).sweep()
    async with house.open_uow(write=False) as uow:
        kept = await uow.tickets.by_id(number)
    assert kept is not None and "Ошибка 5" in kept.text


async def test_zero_days_keep_for_good(house: PublicHouse) -> None:
    await ended(house)
    house.clock.advance(4000 * DAY)
    forever = RetentionTerms(files=None, letters=None, strangers=None, senders=None, sign_ins=None)
    assert await retention(house, terms=forever).sweep() == 0


async def test_an_open_tickets_files_and_a_waiting_letter_stay(house: PublicHouse) -> None:
    receipt = await house.sent(uploads=[Upload(name="акт.pdf", body=PDF)])
    house.clock.advance(4000 * DAY)
    await retention(house).sweep()
    async with house.open_uow(write=False) as uow:
        assert len(await uow.attachments.of_ticket(int(receipt.number))) == 1
        assert all(each.to for each in await uow.outbox.of_ticket(int(receipt.number)))


async def test_more_than_a_portion_goes_in_several_commits(house: PublicHouse) -> None:
    number, now = await ended(house), house.clock.now()
    async with house.open_uow() as uow:
        for count in range(PORTION):
            await uow.attachments.add(
                Attachment(
                    id=0, ticket_id=number, stored_name=f"f{count:039x}", name="a.pdf", kind=AttachmentKind.PDF,
                    size=1, sha256="0" * 64, at=now, by="client",
                )
            )  # fmt: skip
        await uow.commit()
    house.clock.advance(400 * DAY)
    await retention(house).sweep()
    assert [row["rows"] for row in await audited(house) if row["kind"] == "files"] == [PORTION, 1]


async def test_ended_sessions_and_links_go_and_the_others_stay(house: PublicHouse) -> None:
    now, person = house.clock.now(), house.moderator.id
    async with house.open_uow() as uow:
        await uow.sessions.add(make.session("a" * 64, person_id=person, created=now))
        await uow.sessions.add_one_time("b" * 64, person, now + DAY)
        await uow.commit()
    house.clock.advance(32 * DAY)
    async with house.open_uow() as uow:
        await uow.sessions.add(make.session("c" * 64, person_id=person, created=house.clock.now()))
        await uow.commit()
    assert await retention(house).sweep() == 2
    async with house.open_uow(write=False) as uow:
        assert [each.token_sha256 for each in await uow.sessions.of_person(person)] == ["c" * 64]


async def test_it_sweeps_once_a_night_on_one_node(house: PublicHouse) -> None:
    await ended(house)
    first, second = retention(house, node="a"), retention(house, node="b")
    house.clock.advance(NIGHT + timedelta(hours=9) - house.clock.now())
    assert await first.look() == 0, "not in office hours"
    house.clock.advance(NIGHT + DAY - house.clock.now())
    async with house.open_uow() as uow:
        await uow.links.take_lease("retention", "c", now=house.clock.now(), until=house.clock.now() + DAY)
        await uow.commit()
    assert await second.look() == 0, "another node is at it"
    async with house.open_uow() as uow:
        await uow.links.release_lease("retention", "c")
        await uow.commit()
    assert await first.look() > 0
    assert (await first.look(), await second.look()) == (0, 0)


async def test_the_chain_of_the_audit_is_whole_afterwards(real: Database) -> None:
    house = await PublicHouse.built(real.uow)
    await ended(house)
    house.clock.advance(4000 * DAY)
    assert await retention(house).sweep() > 0
    async with real.uow(write=False) as uow:
        assert (await verify(uow.audit._db)).intact


async def test_a_letter_that_waits_is_never_emptied(house: PublicHouse) -> None:
    now = house.clock.now()
    async with house.open_uow() as uow:
        await uow.outbox.add(
            OutboxItem(
                id=0, kind=OutboxKind.MAIL, name="answered", dedupe_key="x", to="petr@example.ru",
                payload={"about": {}}, created_at=now, next_try_at=now, give_up_at=now + DAY,
            )
        )  # fmt: skip
        await uow.commit()
    house.clock.advance(4000 * DAY)
    assert await retention(house).sweep() == 0


async def test_a_clients_words_never_reach_the_audit_that_nobody_can_empty(house: PublicHouse) -> None:
    number = await ended(house)
    async with house.open_uow(write=False) as uow:
        reasons = [row.reason for row in await uow.audit.of_ticket(number)]
        words = [each.text for each in await uow.messages.of_ticket(number)]
    assert not any("Пётр" in reason for reason in reasons)
    assert "Уже помогли, Пётр" in words
