"""Clauses 2.4, 2.7 and 2.8: warned on time, once, by whoever is awake; proposed and assigned at 4:30."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from callcenter.domain.errors import InvalidInput
from callcenter.domain.lifecycle import Status
from callcenter.domain.live import FLOOR, LiveKind, LiveMessage
from callcenter.domain.targets import TargetChange
from callcenter.domain.ticket import Kind
from callcenter.live.in_process import InProcessFeed
from callcenter.services.deadlines import Deadlines
from callcenter.services.desk import Case
from callcenter.services.sla_replay import SlaReplay
from sla.errors import BadTarget
from sla.verdict import Outcome
from tests.desk_house import RULES, TERMS, House, moscow
from tests.fakes.database import FakeDatabase

BY_HAND = replace(RULES, auto_assign=False)


@pytest.fixture
async def house() -> House:
    return await House.built(FakeDatabase().uow, BY_HAND)


async def warned(house: House, *instants: str) -> list[str]:
    """What the deadlines service tells at each of these instants."""
    rows = []
    for instant in instants:
        house.at(instant)
        before = len(await _messages(house))
        await house.deadlines.sweep()
        for payload, audience in (await _messages(house))[before:]:
            rows.append(f"{instant} {payload['clock']} {payload['level']} {audience}")
    return rows


async def _messages(house: House) -> list[tuple[dict[str, object], str]]:
    async with house.open_uow(write=False) as uow:
        every = await uow.live.after(0, limit=10_000)
    return [(dict(each.payload), each.audience) for each in every if each.kind.startswith("deadline.")]


@pytest.mark.regulation("2.4")
async def test_moderators_are_warned_at_half_time_and_the_supervisor_at_the_breach(house: House) -> None:
    await house.registered("10:00")
    assert await warned(house, "10:02:29", "10:02:30", "10:02:31", "10:04:00", "10:04:30", "10:05:01") == [
        "10:02:30 assign warn50 role:moderator",
        "10:04:00 assign warn80 role:moderator",
        "10:04:30 assign propose role:moderator",
        "10:05:01 assign breach role:moderator",
        "10:05:01 assign breach role:supervisor",
    ]
    assert await house.deadlines.next_wake() == moscow("10:15")


@pytest.mark.regulation("2.7")
async def test_the_executor_is_warned_of_his_own_ticket(house: House) -> None:
    ticket = await house.in_work("10:00")
    me = f"person:{house.people.executor.id}"
    assert await warned(house, "10:14:59", "10:15", "10:24", "10:30", "10:30:01") == [
        f"10:15 resolve warn50 {me}",
        f"10:24 resolve warn80 {me}",
        f"10:30:01 resolve breach {me}",
        "10:30:01 resolve breach role:supervisor",
    ]
    assert (await house.details(ticket.id)).story[-1].action == "deadline.breached"
    assert await house.deadlines.next_wake() is None


@pytest.mark.regulation("2.8")
async def test_a_pause_puts_the_warnings_off_and_a_finished_clock_says_nothing(house: House) -> None:
    ticket = await house.in_work("10:00", kind=Kind.OUTAGE, topic_id=5)
    house.at("10:10")
    waits = await house.work.wait(house.people.executor, ticket.id, ticket.version, reason="ждём")
    assert await house.deadlines.next_wake() is None
    house.at("11:10")
    back = await house.work.go_on(house.people.executor, waits.id, waits.version)
    assert await house.deadlines.next_wake() == moscow("11:30")
    await house.work.resolve(house.people.executor, back.id, back.version, answer="Готово")
    assert await warned(house, "11:30", "12:00") == []


@pytest.mark.regulation("1.3", "2.7")
async def test_a_night_and_a_weekend_are_silent(house: House) -> None:
    await house.in_work("27 17:50")
    assert await house.deadlines.next_wake() == moscow("30 9:05")
    assert await warned(house, "27 18:00", "28 12:00", "30 8:59", "30 9:05") == [
        f"30 9:05 resolve warn50 person:{house.people.executor.id}"
    ]


async def test_whoever_wakes_late_says_only_the_most_serious_thing(house: House) -> None:
    await house.in_work("10:00")
    rows = await warned(house, "10:40")
    assert [row.split()[2] for row in rows] == ["breach", "breach"]


@pytest.mark.regulation("2.4")
async def test_after_a_restart_and_on_two_nodes_nothing_is_said_twice(house: House) -> None:
    await house.registered("10:00")
    await warned(house, "10:02:30")
    other = Deadlines(house.desk, house.feed)
    assert (await other.sweep()).said == 0
    house.at("10:04")
    swept = await asyncio.gather(house.deadlines.sweep(), other.sweep())
    assert sum(each.said for each in swept) == 1


@pytest.mark.regulation("2.4")
async def test_at_four_thirty_the_best_executor_on_shift_is_assigned_and_the_audit_says_why() -> None:
    house = await House.built(FakeDatabase().uow)
    await house.staff.set_skills(house.people.moderator, house.people.second.id, topics=[4], products=[])
    ticket = await house.registered("10:00")
    await warned(house, "10:04:29")
    assert (await house.details(ticket.id)).ticket.status is Status.NEW
    await warned(house, "10:04:30")
    details = await house.details(ticket.id)
    assert (details.ticket.status, details.ticket.assignee_id) == (Status.ASSIGNED, house.people.second.id)
    assert (details.story[-1].actor, details.story[-1].action) == ("deadlines", "ticket.assigned")
    assert "serves_topic" in details.story[-1].reason
    assign = next(each for each in details.verdicts if each.clock == "assign")
    assert assign.outcome is Outcome.KEPT


@pytest.mark.regulation("2.4")
async def test_with_nobody_eligible_nothing_is_assigned_and_the_supervisor_is_warned() -> None:
    house = await House.built(FakeDatabase().uow)
    for person in (house.people.executor, house.people.second):
        await house.staff.set_skills(house.people.moderator, person.id, topics=[1], products=[])
    ticket = await house.registered("10:00")
    rows = await warned(house, "10:04:30")
    assert "10:04:30 assign nobody_eligible role:supervisor" in rows
    details = await house.details(ticket.id)
    assert details.ticket.status is Status.NEW
    assert details.story[-1].action == "ticket.nobody_eligible"


@pytest.mark.regulation("2.4")
async def test_the_setting_decides_whether_the_program_assigns(house: House) -> None:
    ticket = await house.registered("10:00")
    rows = await warned(house, "10:04:30")
    assert rows[-1] == "10:04:30 assign propose role:moderator"
    assert (await house.details(ticket.id)).ticket.status is Status.NEW


@pytest.mark.regulation("2.4")
async def test_a_rule_that_fails_takes_no_warning_with_it_and_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = await House.built(FakeDatabase().uow)
    ticket = await house.registered("10:00")

    async def refuse(case: Case) -> None:
        raise InvalidInput({"to": "not_an_executor"})

    monkeypatch.setattr("callcenter.services.deadlines.give_by_rule", refuse)
    rows = await warned(house, "10:04:30")
    assert rows[-1] == "10:04:30 assign propose role:moderator"
    assert (await house.details(ticket.id)).ticket.status is Status.NEW
    assert house.deadlines.failures == 1


async def test_warnings_are_mailed_where_the_setting_says_so() -> None:
    house = await House.built(FakeDatabase().uow, replace(BY_HAND, mail_warnings=True))
    await house.in_work("10:00")
    await warned(house, "10:15")
    assert house.notices.letters()[-1] == ("warning", f"person:{house.people.executor.id}")


async def test_the_service_outlives_a_database_that_is_down() -> None:
    database = FakeDatabase()
    house = await House.built(database.uow, BY_HAND)
    database.unavailable = True
    assert (await house.deadlines.look()).total_seconds() == 5
    assert house.deadlines.failures == 1
    database.unavailable = False
    assert (await house.deadlines.look()).total_seconds() == 300
    await house.registered("10:00")
    assert (await house.deadlines.look()).total_seconds() == 150


async def test_the_service_wakes_when_a_ticket_changes() -> None:
    warned_of = asyncio.Event()

    async def publish(messages: Sequence[LiveMessage]) -> None:
        if any(each.kind is LiveKind.DEADLINE_NEAR for each in messages):
            warned_of.set()

    database = FakeDatabase(publish=publish)
    house = await House.built(database.uow, BY_HAND)
    running = asyncio.create_task(house.deadlines.run())
    try:
        await asyncio.sleep(0)  # it subscribes before it first looks
        await house.registered("10:00")
        house.at("10:02:30")
        await house.feed.publish(database.published)
        await warned_of.wait()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert house.feed.figures().subscribers == 0


async def test_a_calls_draft_wakes_nobody_for_it_has_no_clock(house: House) -> None:
    looks: list[datetime] = []
    looked = asyncio.Event()

    class Counted(Deadlines):
        async def look(self) -> timedelta:
            looks.append(house.clock.now())
            looked.set()
            return await super().look()

    feed = InProcessFeed(gather_floor=0.0)
    running = asyncio.create_task(Counted(house.desk, feed).run())
    try:
        await looked.wait()
        await feed.publish([_changed(1, "draft")])
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(looks) == 1
        looked.clear()
        await feed.publish([_changed(2, "draft"), _changed(3, "new")])
        await looked.wait()
        assert len(looks) == 2
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _changed(number: int, status: str) -> LiveMessage:
    payload = {"ticket_id": number, "status": status}
    return LiveMessage(
        id=number, audience=FLOOR, kind=LiveKind.TICKET_CHANGED, payload=payload, at=moscow("10:00")
    )


@pytest.mark.regulation("2.7", "2.10")
async def test_recorded_tickets_can_be_judged_under_other_terms_without_changing_them(house: House) -> None:
    ticket = await house.in_work("10:00")
    house.at("10:25")
    await house.work.resolve(house.people.executor, ticket.id, ticket.version, answer="Готово")
    other = SlaReplay(house.open_uow, house.clock, TERMS)
    since, until = moscow("0:00"), moscow("24 0:00")
    found = await other.run(since, until, targets={"resolve.reference": timedelta(minutes=20)})
    assert [(each.ticket, each.before.outcome, each.after.outcome) for each in found.differences] == [
        (ticket.number, Outcome.KEPT, Outcome.BREACHED)
    ]
    assert found.tallies["resolve.reference"].judged == 1
    assert (await other.run(until, until)).tallies == {}
    with pytest.raises(BadTarget):
        await other.run(since, until, targets={"solve": until - since})


@pytest.mark.regulation("2.10")
async def test_what_if_begins_with_the_targets_a_person_has_set(house: House) -> None:
    ticket = await house.in_work("10:00")
    house.at("10:25")
    await house.work.resolve(house.people.executor, ticket.id, ticket.version, answer="Готово")
    stricter = TargetChange(
        id=0, at=moscow("9:00"), by=1, valid_from=moscow("9:00"),
        times={**dict(TERMS.targets.times), "resolve.reference": timedelta(minutes=20)}, reason="приказ",
    )  # fmt: skip
    async with house.open_uow() as uow:
        await uow.target_changes.add(stricter)
        await uow.commit()
    found = await SlaReplay(house.open_uow, house.clock, TERMS).run(
        moscow("0:00"), moscow("24 0:00"), targets={"resolve.reference": timedelta(minutes=30)}
    )
    assert [(each.before.target, each.after.target) for each in found.differences] == [
        (timedelta(minutes=20), timedelta(minutes=30))
    ]


@pytest.mark.regulation("2.10")
async def test_a_verdict_stays_as_it_was_when_the_targets_change_afterwards() -> None:
    database = FakeDatabase()
    house = await House.built(database.uow, BY_HAND)
    ticket = await house.in_work("10:00")
    house.at("10:25")
    await house.work.resolve(house.people.executor, ticket.id, ticket.version, answer="Готово")
    harder = replace(
        TERMS,
        targets=TERMS.targets.with_times({"resolve.reference": timedelta(minutes=20)}),
    )
    later = House(database.uow, replace(BY_HAND, terms=harder))
    later.people = house.people
    later.at("24 10:00")
    verdict = (await later.details(ticket.id)).verdicts[0]
    assert (verdict.outcome, verdict.targets_version) == (Outcome.KEPT, TERMS.targets.version)
