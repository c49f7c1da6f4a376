"""Clauses 2.4 and 2.5: distribute within five minutes, or solve it oneself."""

from dataclasses import replace
from datetime import date, time

import pytest

from callcenter.domain.errors import Conflict, Forbidden, InvalidInput, TransitionRefused
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.lists import Filter, Query, SavedView, Sort
from callcenter.domain.people import Role
from callcenter.domain.proposal import Because, Excluded
from callcenter.domain.shifts import Availability, Leave, Shift
from callcenter.domain.ticket import Kind, Priority
from callcenter.domain.topics import Topic
from tests.desk_house import House, moscow
from tests.fakes.database import FakeDatabase


@pytest.fixture
async def house() -> House:
    return await House.built(FakeDatabase().uow)


@pytest.mark.regulation("2.4")
async def test_the_moderators_list_begins_with_what_has_the_least_time(house: House) -> None:
    later = await house.registered("10:02")
    sooner = await house.registered("10:01")
    tomorrow = await house.registered("24 9:00")
    page = await house.lists.moderation(house.people.moderator)
    assert [each.id for each in page.tickets] == [sooner.id, later.id, tomorrow.id]
    assert page.after is None
    counts = await house.lists.counts(house.people.moderator)
    assert (counts.moderation, counts.mine, counts.open) == (3, 0, 3)


@pytest.mark.regulation("2.4")
async def test_assigned_in_time_keeps_the_clock_and_tells_executor_and_client(house: House) -> None:
    new = await house.registered("10:00")
    house.at("10:04")
    given = await house.moderation.assign(
        house.people.moderator, new.id, new.version, to=house.people.executor.id, reason="его программа"
    )
    assert (given.status, given.assignee_id) == (Status.ASSIGNED, house.people.executor.id)
    assert given.due_at == moscow("10:30")
    verdicts = {str(each.clock): str(each.outcome) for each in (await house.details(given.id)).verdicts}
    assert verdicts == {"resolve": "open", "place": "kept", "assign": "kept"}
    assert ("ticket.assigned", f"person:{house.people.executor.id}") in await house.told()
    assert [notice for notice, _ in house.notices.letters()] == ["registered", "assigned"]


@pytest.mark.regulation("2.4")
async def test_of_two_moderators_one_wins_and_the_other_sees_who_has_it(house: House) -> None:
    new = await house.registered()
    await house.moderation.assign(house.people.moderator, new.id, new.version, to=house.people.executor.id)
    with pytest.raises(Conflict) as refused:
        await house.moderation.assign(house.people.moderator, new.id, new.version, to=house.people.second.id)
    assert refused.value.details["status"] == "assigned"
    assert refused.value.details["assignee_id"] == house.people.executor.id


@pytest.mark.regulation("2.4")
async def test_a_moderator_takes_a_ticket_or_answers_it_himself(house: House) -> None:
    new = await house.registered()
    taken = await house.moderation.take(house.people.moderator, new.id, new.version)
    assert taken.assignee_id == house.people.moderator.id
    other = await house.registered()
    house.at("10:04")
    answered = await house.moderation.answer(
        house.people.moderator, other.id, other.version, answer="Обновите программу"
    )
    assert (answered.status, answered.answer) == (Status.RESOLVED, "Обновите программу")
    assert answered.assignee_id == house.people.moderator.id
    assert house.notices.letters()[-1] == ("answered", "petr@example.ru")
    with pytest.raises(InvalidInput):
        await house.moderation.answer(house.people.moderator, other.id, answered.version, answer=" ")


@pytest.mark.regulation("2.4", "2.5")
async def test_the_proposal_weighs_topic_product_client_and_load_and_says_so(house: House) -> None:
    people = house.people
    solved = await house.in_work("9:00")
    await house.work.resolve(people.executor, solved.id, solved.version, answer="Так")
    busy = await house.registered("9:30")
    await house.moderation.assign(people.moderator, busy.id, busy.version, to=people.second.id)
    await house.staff.set_skills(
        people.moderator, people.executor.id, topics=[4], products=[house.product.id]
    )
    new = await house.registered("10:00")
    proposal = await house.moderation.proposal(people.moderator, new.id)
    assert [each.person_id for each in proposal.ranked] == [people.executor.id, people.second.id]
    best = proposal.best
    assert best is not None
    assert [(each.because, each.count) for each in best.reasons] == [
        (Because.SERVES_TOPIC, 0),
        (Because.SERVES_PRODUCT, 0),
        (Because.KNOWS_CLIENT, 1),
        (Because.LOAD, 0),
    ]
    assert best.score == 8
    assert (await house.moderation.proposals(people.moderator, [new.id]))[new.id] == proposal


@pytest.mark.regulation("2.4", "2.5")
async def test_who_is_away_or_serves_something_else_is_not_proposed_and_it_is_said_why(house: House) -> None:
    people = house.people
    today = date(2026, 11, 23)
    leave = Leave(id=0, person_id=people.executor.id, starts_on=today, ends_on=today, reason="отпуск")
    in_hand = await house.in_work("9:00")
    added, to_give_on = await house.staff.add_leave(people.moderator, leave)
    assert [each.id for each in to_give_on] == [in_hand.id]
    await house.staff.set_skills(people.moderator, people.second.id, topics=[1], products=[])
    new = await house.registered("10:00")
    proposal = await house.moderation.proposal(people.moderator, new.id)
    assert proposal.best is None
    assert {each.person_id: each.why for each in proposal.excluded} == {
        people.executor.id: Excluded.ON_LEAVE,
        people.second.id: Excluded.OTHER_TOPICS,
    }
    await house.staff.drop_leave(people.moderator, added.id)
    afternoon = Shift(person_id=people.executor.id, weekday=0, starts=time(13), ends=time(18))
    await house.staff.set_shifts(people.moderator, people.executor.id, [afternoon])
    excluded = (await house.moderation.proposal(people.moderator, new.id)).excluded
    assert {each.person_id: each.why for each in excluded}[people.executor.id] is Excluded.OFF_SHIFT
    assert [each.id for each in await house.staff.on_shift(people.moderator)] == [people.second.id]
    house.at("13:00")
    assert people.executor in await house.staff.on_shift(people.moderator)
    house.at("18:00")
    assert await house.staff.on_shift(people.moderator) == []
    rows = {each.person.id: each for each in await house.staff.all(people.supervisor)}
    assert rows[people.executor.id].now is Availability.OFF_SHIFT
    assert rows[people.executor.id].load == 1


async def test_a_rejected_ticket_says_why_and_is_not_called_unreachable(house: House) -> None:
    new = await house.registered()
    with pytest.raises(InvalidInput):
        await house.moderation.reject(
            house.people.moderator, new.id, new.version, why=CancelReason.UNREACHABLE, reason="нет"
        )
    gone = await house.moderation.reject(
        house.people.moderator, new.id, new.version, why=CancelReason.NOT_A_REQUEST, reason="поздравление"
    )
    assert (gone.status, gone.cancel_reason, gone.due_at) == (
        Status.CANCELLED,
        CancelReason.NOT_A_REQUEST,
        None,
    )
    assert (await house.details(gone.id)).story[-1].reason == "поздравление"


async def test_a_merged_duplicate_leaves_its_words_with_the_ticket_that_stays(house: House) -> None:
    stays = await house.registered(text="Не печатает")
    double = await house.registered(text="Всё ещё не печатает")
    kept = await house.moderation.merge(
        house.people.moderator, double.id, double.version, into=stays.id, reason="то же"
    )
    assert kept.id == stays.id
    assert [each.text for each in (await house.details(stays.id)).messages] == ["Всё ещё не печатает"]
    gone = (await house.details(double.id)).ticket
    assert (gone.cancel_reason, gone.merged_into) == (CancelReason.DUPLICATE, stays.id)


async def test_a_bulk_assignment_says_of_each_ticket_what_became_of_it(house: House) -> None:
    first, second = await house.registered(), await house.registered()
    outcomes = await house.moderation.assign_many(
        house.people.moderator,
        [(first.id, first.version), (second.id, 77), (99, 1)],
        to=house.people.executor.id,
    )
    assert [(each.ticket_id, each.error and each.error.code) for each in outcomes] == [
        (first.id, None),
        (second.id, "conflict"),
        (99, "not_found"),
    ]
    with pytest.raises(InvalidInput):
        await house.moderation.assign_many(house.people.moderator, [(1, 1)] * 101, to=1)


@pytest.mark.regulation("2.7", "2.8")
async def test_another_kind_moves_the_deadline_counted_from_the_same_arrival(house: House) -> None:
    ticket = await house.in_work("10:00")
    house.at("10:20")
    outage = await house.moderation.classify(
        house.people.moderator,
        ticket.id,
        ticket.version,
        kind=Kind.OUTAGE,
        priority=Priority.HIGH,
        topic_id=5,
        product_id=house.product.id,
    )
    assert (ticket.due_at, outage.due_at) == (moscow("10:30"), moscow("11:00"))
    with pytest.raises(InvalidInput) as refused:
        await house.moderation.classify(
            house.people.moderator,
            ticket.id,
            outage.version,
            kind=Kind.OUTAGE,
            priority=Priority.HIGH,
            topic_id=77,
            product_id=77,
        )
    assert refused.value.problems == {"topic_id": "unknown", "product_id": "unknown"}


@pytest.mark.parametrize("to", ["operator", "nobody", "dismissed"])
async def test_only_an_active_executor_can_be_given_a_ticket(house: House, to: str) -> None:
    person_id = house.people.operator.id if to == "operator" else 99
    if to == "dismissed":
        async with house.open_uow() as uow:
            await uow.people.save(replace(house.people.second, active=False))
            await uow.commit()
        person_id = house.people.second.id
    new = await house.registered()
    with pytest.raises(InvalidInput) as refused:
        await house.moderation.assign(house.people.moderator, new.id, new.version, to=person_id)
    assert refused.value.problems == {"to": "not_an_executor"}


async def test_who_is_no_moderator_distributes_nothing(house: House) -> None:
    new = await house.registered()
    for person in (house.people.operator, house.people.executor, house.people.supervisor, house.people.admin):
        with pytest.raises(Forbidden):
            await house.moderation.assign(person, new.id, new.version, to=house.people.executor.id)
        with pytest.raises(Forbidden):
            await house.moderation.proposal(person, new.id)


async def test_a_draft_is_not_assigned(house: House) -> None:
    draft = await house.registration.start(house.people.operator)
    with pytest.raises(TransitionRefused):
        await house.moderation.assign(
            house.people.moderator, draft.id, draft.version, to=house.people.executor.id
        )


async def test_lists_can_be_filtered_sorted_paged_and_saved(house: House) -> None:
    people = house.people
    tickets = [await house.registered(f"10:0{minute}") for minute in range(5)]
    query = Query(filter=Filter(kind=Kind.REFERENCE), sort=Sort.NEWEST, limit=2)
    seen, after = [], None
    while True:
        page = await house.lists.page(people.supervisor, replace(query, after=after))
        seen += [each.id for each in page.tickets]
        if (after := page.after) is None:
            break
    assert seen == [each.id for each in reversed(tickets)]
    for wrong in (replace(query, limit=0), replace(query, limit=201), replace(query, after="нет")):
        with pytest.raises(InvalidInput):
            await house.lists.page(people.supervisor, wrong)
    view = await house.lists.save_view(
        people.supervisor, SavedView(id=0, person_id=0, name=" Горит ", query="sort=time_left")
    )
    assert (view.name, view.person_id) == ("Горит", people.supervisor.id)
    assert await house.lists.views(people.supervisor) == [view]
    await house.lists.drop_view(people.supervisor, view.id)
    assert await house.lists.views(people.supervisor) == []
    with pytest.raises(InvalidInput):
        await house.lists.save_view(people.supervisor, replace(view, name=" "))


@pytest.mark.regulation("2.5")
async def test_the_administrator_grows_the_tree_of_topics_and_nobody_else_does(house: House) -> None:
    added = await house.topics.add(
        house.people.admin, Topic(id=0, name=" Печать ", kind=Kind.REFERENCE, parent_id=4)
    )
    rows = await house.topics.rows()
    assert [(depth, topic.id) for depth, topic in rows][3:5] == [(0, 4), (1, added.id)]
    await house.topics.change(house.people.admin, replace(added, active=False))
    assert added.id not in {topic.id for _, topic in await house.topics.rows()}
    assert added.id in {topic.id for _, topic in await house.topics.rows(retired=True)}
    with pytest.raises(Forbidden):
        await house.topics.add(house.people.moderator, added)
    for wrong, field in (
        (replace(added, name=" "), "name"),
        (replace(added, parent_id=77), "parent_id"),
        (replace(added, parent_id=added.id), "parent_id"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await house.topics.change(house.people.admin, wrong)
        assert field in refused.value.problems


@pytest.mark.regulation("1.4", "2.4")
async def test_a_person_may_hold_several_roles(house: House) -> None:
    both = replace(house.people.operator, roles=frozenset({Role.OPERATOR, Role.MODERATOR}))
    new = await house.registered()
    given = await house.moderation.assign(both, new.id, new.version, to=house.people.executor.id)
    assert given.status is Status.ASSIGNED
