"""The worker of the outbox: what is delivered, tried again, refused, and never done twice."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from callcenter.domain.errors import NotFound, Unavailable
from callcenter.domain.notices import (
    BACK_OFF,
    KEEP_TRYING,
    Delivery,
    DeliveryResult,
    Notice,
    OutboxItem,
    OutboxKind,
    OutboxState,
)
from callcenter.services.outbox import BATCH, LEASE, OutboxDesk, OutboxWorker
from tests import make
from tests.fakes.clock import FakeClock
from tests.fakes.database import FakeDatabase

DELIVERED = Delivery(result=DeliveryResult.DELIVERED)
POSTPONED = Delivery(result=DeliveryResult.POSTPONED, detail="451 later")
REFUSED = Delivery(result=DeliveryResult.REFUSED, detail="550 no such user")


@dataclass
class Carrier:
    """Answers what it was told to; an exception is raised."""

    answer: Delivery | Exception = DELIVERED
    carried: list[OutboxItem] = field(default_factory=list)

    async def carry(self, item: OutboxItem) -> Delivery:
        self.carried.append(item)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Office:
    """A store with a worker, a clock and a carrier."""

    def __init__(self) -> None:
        self.store = FakeDatabase()
        self.clock = FakeClock(make.START)
        self.carrier = Carrier()
        self.worker = OutboxWorker(self.store.uow, self.clock, {OutboxKind.MAIL: self.carrier})
        self.desk = OutboxDesk(self.store.uow, self.clock)

    async def queue(self, key: str = "a") -> OutboxItem:
        async with self.store.uow() as uow:
            ticket = await uow.tickets.add(make.ticket())
            item = await uow.outbox.add(
                OutboxItem(
                    id=0,
                    kind=OutboxKind.MAIL,
                    name=Notice.ANSWERED,
                    dedupe_key=key,
                    to="client@example.org",
                    payload={},
                    created_at=self.clock.now(),
                    next_try_at=self.clock.now(),
                    give_up_at=self.clock.now() + KEEP_TRYING,
                    ticket_id=ticket.id,
                )
            )
            await uow.commit()
        assert item is not None
        return item

    async def stored(self, item: OutboxItem) -> OutboxItem:
        async with self.store.uow(write=False) as uow:
            found = await uow.outbox.by_id(item.id)
        assert found is not None
        return found


async def test_a_letter_is_delivered_once() -> None:
    office = Office()
    item = await office.queue()
    assert await office.worker.deliver_due() == 1
    assert await office.worker.deliver_due() == 0
    assert len(office.carrier.carried) == 1
    assert (await office.stored(item)).state is OutboxState.SENT
    assert office.worker.totals[DeliveryResult.DELIVERED] == 1


async def test_nothing_is_claimed_while_nothing_is_due() -> None:
    office = Office()
    assert await office.worker.deliver_due() == 0
    assert office.store.commits == 0


async def test_a_postponed_letter_waits_longer_each_time_and_is_given_up_in_the_end() -> None:
    office = Office()
    office.carrier.answer = POSTPONED
    item = await office.queue()
    pauses = []
    while (stored := await office.stored(item)).state is OutboxState.WAITING:
        office.clock.advance(stored.next_try_at - office.clock.now())
        await office.worker.deliver_due()
        pauses.append((await office.stored(item)).next_try_at - office.clock.now())
    assert pauses[: len(BACK_OFF)] == list(BACK_OFF)
    assert stored.last_error == "given up: 451 later"
    assert office.clock.now() - make.START <= KEEP_TRYING


async def test_a_refused_letter_is_shown_on_its_ticket_and_never_tried_by_itself() -> None:
    office = Office()
    office.carrier.answer = REFUSED
    item = await office.queue()
    await office.worker.deliver_due()
    office.clock.advance(timedelta(days=30))
    assert await office.worker.deliver_due() == 0
    (row,) = office.store.memory.audit
    assert (row["action"], row["reason"], row["ticket_id"]) == (
        "notice.refused",
        "550 no such user",
        item.ticket_id,
    )
    assert [each.kind for each in office.store.published] == ["outbox.changed"]


async def test_a_person_has_a_refused_letter_tried_again() -> None:
    office = Office()
    office.carrier.answer = REFUSED
    item = await office.queue()
    await office.worker.deliver_due()
    office.carrier.answer = DELIVERED
    await office.desk.retry(item.id, actor="person:1")
    await office.worker.deliver_due()
    assert (await office.stored(item)).state is OutboxState.SENT
    with pytest.raises(NotFound):
        await office.desk.retry(item.id, actor="person:1")


async def test_a_letter_the_program_stumbles_over_is_put_aside_after_three_tries() -> None:
    office = Office()
    office.carrier.answer = ValueError("no such template")
    item = await office.queue()
    for _ in range(3):
        await office.worker.deliver_due()
        office.clock.advance(timedelta(minutes=10))
    stored = await office.stored(item)
    assert stored.state is OutboxState.REFUSED
    assert stored.last_error == "fault of the program: ValueError: no such template"


async def test_one_bad_letter_does_not_hold_up_the_others() -> None:
    office = Office()
    bad, good = await office.queue("bad"), await office.queue("good")

    async def carry(item: OutboxItem) -> Delivery:
        if item.dedupe_key == "bad":
            raise ValueError("bad")
        return DELIVERED

    office.carrier.carry = carry  # type: ignore[method-assign]
    await office.worker.deliver_due()
    assert (await office.stored(bad)).state is OutboxState.WAITING
    assert (await office.stored(good)).state is OutboxState.SENT


async def test_a_worker_that_died_while_sending_is_followed_by_another_with_the_same_message_id() -> None:
    office = Office()
    item = await office.queue()
    async with office.store.uow() as uow:
        await uow.outbox.claim(now=office.clock.now(), until=office.clock.now() + LEASE, limit=1)
        await uow.commit()
    assert await office.worker.deliver_due() == 0
    office.clock.advance(LEASE)
    assert await office.worker.deliver_due() == 1
    assert [each.id for each in office.carrier.carried] == [item.id]


async def test_a_worker_that_was_too_slow_settles_nothing() -> None:
    office = Office()
    item = await office.queue()

    async def carry(claimed: OutboxItem) -> Delivery:
        async with office.store.uow() as uow:
            later = office.clock.now() + LEASE
            await uow.outbox.claim(now=later, until=later + LEASE, limit=1)
            await uow.commit()
        return REFUSED

    office.carrier.carry = carry  # type: ignore[method-assign]
    await office.worker.deliver_due()
    assert (await office.stored(item)).state is OutboxState.SENDING
    assert office.worker.totals["superseded"] == 1


async def test_a_database_that_is_away_is_told_and_nothing_is_sent() -> None:
    office = Office()
    await office.queue()
    office.store.unavailable = True
    with pytest.raises(Unavailable):
        await office.worker.deliver_due()
    assert office.carrier.carried == []


async def test_the_administrator_sees_counts_and_pages() -> None:
    office = Office()
    items = [await office.queue(str(place)) for place in range(BATCH + 2)]
    await office.worker.deliver_due()
    view = await office.desk.look(limit=5)
    assert view.counts == {OutboxState.SENT: BATCH, OutboxState.WAITING: 2}
    assert [each.id for each in view.items] == [each.id for each in reversed(items)][:5]
    rest = await office.desk.look(before=view.next_before, limit=50)
    assert (len(rest.items), rest.next_before) == (BATCH - 3, None)
    office.clock.advance(timedelta(seconds=1))
    assert (await office.desk.look(state=OutboxState.WAITING)).overdue_since == make.START


@pytest.mark.parametrize(
    "answer",
    [
        Delivery(result=DeliveryResult.REFUSED, detail="550 5.1.1 <Client@example.org>: user unknown"),
        Delivery(result=DeliveryResult.REFUSED, detail="553 клиент@почта.рф, client@example.org?"),
    ],
)
async def test_a_servers_answer_carries_no_address_into_the_audit(answer: Delivery) -> None:
    office = Office()
    item = await office.queue()
    office.carrier.answer = answer
    await office.worker.deliver_due()
    async with office.store.uow(write=False) as uow:
        assert item.ticket_id is not None
        (shown,) = [
            row for row in await uow.audit.of_ticket(item.ticket_id) if row.action == "notice.refused"
        ]
    stored = await office.stored(item)
    assert "@" not in shown.reason + stored.last_error
    assert shown.reason.startswith("55")
