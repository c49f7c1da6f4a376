"""Whatever people do in whatever order, the desk's promises hold (invariants 19, 20 and the clocks)."""

from collections.abc import Awaitable, Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.domain.errors import Conflict, InvalidInput
from callcenter.domain.lifecycle import TRANSITIONS, CancelReason, Status
from callcenter.domain.ticket import Kind, Priority, Ticket
from sla.clock import ClockState
from tests import make
from tests.desk_house import House
from tests.fakes.database import FakeDatabase

Deed = Callable[[House, Ticket], Awaitable[object]]

DEEDS: list[Deed] = [
    lambda h, t: h.registration.register(h.people.operator, t.id, t.version, h.fields()),
    lambda h, t: h.registration.discard(h.people.operator, t.id, t.version, why=CancelReason.SPAM),
    lambda h, t: h.registration.restore(h.people.operator, t.id, t.version),
    lambda h, t: h.moderation.assign(h.people.moderator, t.id, t.version, to=h.people.executor.id),
    lambda h, t: h.moderation.assign(h.people.moderator, t.id, t.version, to=h.people.second.id),
    lambda h, t: h.moderation.take(h.people.moderator, t.id, t.version),
    lambda h, t: h.moderation.assign_by_rule(t.id),
    lambda h, t: h.moderation.answer(h.people.moderator, t.id, t.version, answer="Так"),
    lambda h, t: h.moderation.classify(
        h.people.moderator, t.id, t.version,
        kind=Kind.OUTAGE, priority=Priority.HIGH, topic_id=5, product_id=h.product.id,
    ),
    lambda h, t: h.work.accept(h.people.moderator, t.id, t.version),
    lambda h, t: h.work.wait(h.people.moderator, t.id, t.version, reason="ждём"),
    lambda h, t: h.work.go_on(h.people.moderator, t.id, t.version),
    lambda h, t: h.work.resolve(h.people.moderator, t.id, t.version, answer="Так"),
    lambda h, t: h.work.give_back(h.people.moderator, t.id, t.version, reason="не моё"),
    lambda h, t: h.work.confirm(h.people.moderator, t.id, t.version),
    lambda h, t: h.work.reopen(h.people.operator, t.id, t.version, reason="опять"),
    lambda h, t: h.handover.hand_over(h.people.moderator, t.id, t.version),
    lambda h, t: h.handover.take_back(h.people.moderator, t.id, t.version, answer="Так"),
    lambda h, t: h.client.write(t.id, text="Ещё"),
    lambda h, t: h.client.cancel(t.id),
    lambda h, t: h.deadlines.sweep(),
]  # fmt: skip
PAUSED = {Status.WAITING, Status.AT_VENDOR}
RUNNING = {Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, len(DEEDS) - 1), st.integers(0, 40)), max_size=25))
async def test_no_order_of_deeds_breaks_a_promise(deeds: list[tuple[int, int]]) -> None:
    house = await House.built(FakeDatabase().uow)
    async with house.open_uow() as uow:
        await uow.clients.add_contract(make.contract(house.company.id, house.product.id))
        await uow.commit()
    before = await house.registration.start(house.people.operator)
    for number, minutes in deeds:
        house.clock.advance((make.at(60 * minutes)) - make.at(0))
        rows = len((await house.details(before.id)).story)
        try:
            await DEEDS[number](house, before)
        except (Conflict, InvalidInput):
            assert (await house.details(before.id)).ticket == before
            continue
        before = await checked(house, before, rows)


async def checked(house: House, before: Ticket, rows: int) -> Ticket:
    """The ticket as it is now, after a look at every promise."""
    details = await house.details(before.id)
    ticket = details.ticket
    if ticket.status is not before.status:
        assert ticket.status in {
            after for (status, _), after in TRANSITIONS.items() if status is before.status
        }
    changes = [each for each in details.story[rows:] if not each.action.startswith("deadline.")]
    assert len(changes) == ticket.version - before.version
    assert (ticket.assignee_id is None) <= (ticket.status not in {Status.ASSIGNED, Status.IN_PROGRESS})
    assert (ticket.status is Status.AT_VENDOR) == any(each.ended_at is None for each in details.handovers)
    assert (ticket.due_at is not None) == (ticket.status in RUNNING)
    assert (ticket.ended_at is None) == ticket.open
    if ticket.registered_at is None:
        assert details.clocks == []
        return ticket
    resolve = next(each.clock for each in details.clocks if each.clock.clock == "resolve")
    expected = ClockState.PAUSED if ticket.status in PAUSED else (
        ClockState.RUNNING if ticket.status in RUNNING else ClockState.FINISHED
    )  # fmt: skip
    assert resolve.state is expected
    return ticket
