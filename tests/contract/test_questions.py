"""Clause 3.2 on every store: the most frequent questions of a month, kept, corrected by people, and compared."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from callcenter.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from callcenter.domain.lifecycle import CancelReason
from callcenter.domain.questions import QuestionRun, Trend
from callcenter.domain.statistics import Period
from callcenter.ports.unit_of_work import OpenUnitOfWork
from tests.questions_house import LABELS, NOVEMBER, OCTOBER, PASSWORD, REPORT, SIGNATURE, QuestionsHouse

DECEMBER = date(2026, 12, 1)


@pytest.fixture
async def house(open_uow: OpenUnitOfWork) -> QuestionsHouse:
    return await QuestionsHouse.built(open_uow)


@pytest.mark.regulation("3.2")
async def test_the_months_questions_are_found_named_and_counted(house: QuestionsHouse) -> None:
    await house.asked(NOVEMBER, [*REPORT, *SIGNATURE, *LABELS, "Где у вас парковка"])
    await house.grouping.look()
    report = await house.month(NOVEMBER)
    assert [row.tickets for row in report.rows] == [4, 3, 3]
    assert "отчет" in report.rows[0].name.lower()
    assert (report.texts, report.grouped, report.frozen, report.compared) == (11, 10, False, None)
    assert all(row.trend is Trend.STEADY for row in report.rows)  # there is nothing to compare with


async def test_a_month_without_requests_says_so(house: QuestionsHouse) -> None:
    await house.grouping.look()
    report = await house.month(NOVEMBER)
    assert (report.empty, report.at) == (True, None)


async def test_a_months_grouping_is_done_again_only_when_requests_came_in(house: QuestionsHouse) -> None:
    await house.asked(NOVEMBER, REPORT)
    assert await house.grouping.look() == [NOVEMBER]
    assert await house.grouping.look() == []
    await house.asked(NOVEMBER, LABELS)
    assert await house.grouping.look() == [NOVEMBER]
    assert sorted((await house.names(NOVEMBER)).values()) == [3, 4]


@pytest.mark.regulation("3.2")
async def test_a_question_keeps_its_number_from_month_to_month(house: QuestionsHouse) -> None:
    await house.asked(OCTOBER, [*REPORT, *SIGNATURE])
    await house.asked(NOVEMBER, [*SIGNATURE, *LABELS, REPORT[1], "не открывается отчет"])
    assert await house.grouping.look() == [OCTOBER, NOVEMBER]
    before = {row.question_id: row.tickets for row in (await house.month(OCTOBER)).rows}
    now = {row.question_id: (row.tickets, row.before) for row in (await house.month(NOVEMBER)).rows}
    assert set(before) < set(now)
    assert {now[key][1] for key in before} == {3, 4}
    assert (await house.month(NOVEMBER)).compared == Period.month(2026, 10)


async def test_new_and_rising_questions_are_marked_and_noise_is_not(house: QuestionsHouse) -> None:
    await house.asked(OCTOBER, [*REPORT, *SIGNATURE])
    await house.asked(NOVEMBER, [*REPORT * 6, *SIGNATURE, SIGNATURE[0], *LABELS])
    await house.grouping.look()
    trends = {row.tickets: row.trend for row in (await house.month(NOVEMBER)).rows}
    assert trends == {24: Trend.RISING, 4: Trend.STEADY, 3: Trend.NEW}


@pytest.mark.regulation("3.2")
async def test_a_frozen_month_never_changes(house: QuestionsHouse) -> None:
    await house.asked(OCTOBER, [*REPORT, *SIGNATURE])
    frozen = await house.questions.freeze(house.people.supervisor, OCTOBER)
    await house.asked(OCTOBER, [*LABELS, *REPORT])
    report = frozen.rows[0].question_id
    await house.questions.rename(house.people.supervisor, report, "Отчёты СБИС")
    await house.grouping.look()
    await house.questions.refresh(house.people.supervisor, OCTOBER)
    assert await house.month(OCTOBER) == frozen == await house.questions.freeze(None, OCTOBER)
    assert frozen.frozen


async def test_a_month_is_not_frozen_before_it_is_over(house: QuestionsHouse) -> None:
    with pytest.raises(InvalidInput) as refused:
        await house.questions.freeze(house.people.supervisor, NOVEMBER)
    assert refused.value.problems == {"month": "not_over"}


async def test_a_month_is_frozen_by_itself_when_its_last_evening_has_settled(house: QuestionsHouse) -> None:
    await house.asked(NOVEMBER, REPORT)
    house.house.at("2026-12-01T05:59")
    await house.grouping.look()
    assert not (await house.month(NOVEMBER)).frozen
    house.house.at("2026-12-01T06:00")
    await house.grouping.look()
    assert (await house.month(NOVEMBER)).frozen


async def test_a_frozen_month_is_not_replaced_by_a_late_grouping(open_uow: OpenUnitOfWork) -> None:
    house = await QuestionsHouse.built(open_uow)
    await house.asked(OCTOBER, REPORT)
    await house.questions.freeze(None, OCTOBER)
    async with open_uow() as uow:
        run = QuestionRun(id=0, month=OCTOBER, at=house.house.clock.now(), texts=0, grouped=0)
        late = await uow.questions.start_run(run)
        with pytest.raises(Conflict):
            await uow.questions.show_run(late, [])


@pytest.mark.regulation("3.2")
async def test_merged_questions_stay_one_next_month(house: QuestionsHouse) -> None:
    await house.asked(OCTOBER, [*REPORT, *SIGNATURE])
    await house.questions.freeze(None, OCTOBER)
    report, signature = (row.question_id for row in (await house.month(OCTOBER)).rows)
    await house.questions.merge(house.people.moderator, signature, report)
    await house.asked(NOVEMBER, [*REPORT, *SIGNATURE])
    await house.grouping.look()
    rows = (await house.month(NOVEMBER)).rows
    assert [(row.question_id, row.tickets, row.before) for row in rows] == [(report, 7, 7)]


async def test_a_merge_is_seen_at_once_and_can_be_taken_back(house: QuestionsHouse) -> None:
    await house.asked(NOVEMBER, [*REPORT, *SIGNATURE])
    await house.grouping.look()
    report, signature = (row.question_id for row in (await house.month(NOVEMBER)).rows)
    rule = await house.questions.merge(house.people.supervisor, signature, report)
    assert [row.tickets for row in (await house.month(NOVEMBER)).rows] == [7]
    await house.questions.undo(house.people.supervisor, rule.id)
    assert [row.tickets for row in (await house.month(NOVEMBER)).rows] == [4, 3]
    with pytest.raises(Conflict):
        await house.questions.undo(house.people.supervisor, rule.id)


async def test_questions_are_not_merged_in_a_circle(house: QuestionsHouse) -> None:
    await house.asked(NOVEMBER, [*REPORT, *SIGNATURE])
    await house.grouping.look()
    report, signature = (row.question_id for row in (await house.month(NOVEMBER)).rows)
    await house.questions.merge(house.people.supervisor, signature, report)
    for question, into in ((report, signature), (report, report)):
        with pytest.raises(InvalidInput) as refused:
            await house.questions.merge(house.people.supervisor, question, into)
        assert refused.value.problems == {"into_id": "circle"}


@pytest.mark.regulation("3.2")
async def test_a_part_that_was_split_off_stays_apart_next_month(house: QuestionsHouse) -> None:
    other = [text.replace("СБИС", "1С").replace("сбис", "1С") for text in REPORT]
    await house.asked(OCTOBER, [*REPORT, *other[:3]])
    await house.grouping.group(OCTOBER)
    whole = (await house.month(OCTOBER)).rows[0]
    assert whole.tickets == 7
    details = await house.questions.details(house.people.moderator, OCTOBER, whole.question_id)
    term = next(term for term, _, count in details.parts if term == "1С" and count == 3)
    await house.questions.split(house.people.moderator, whole.question_id, [term], "Отчёты в 1С")
    assert (await house.names(OCTOBER))["Отчёты в 1С"] == 3
    await house.questions.freeze(None, OCTOBER)
    await house.asked(NOVEMBER, [*REPORT, *other])
    await house.grouping.look()
    november = {row.name: (row.tickets, row.before, row.trend) for row in (await house.month(NOVEMBER)).rows}
    assert november["Отчёты в 1С"] == (4, 3, Trend.STEADY)


async def test_a_split_needs_words_and_a_name(house: QuestionsHouse) -> None:
    await house.asked(NOVEMBER, REPORT)
    await house.grouping.look()
    report = (await house.month(NOVEMBER)).rows[0].question_id
    for terms, title, field in (([], "Имя", "terms"), (["x" * 80], "Имя", "terms"), (["СБИС"], " ", "title")):
        with pytest.raises(InvalidInput) as refused:
            await house.questions.split(house.people.moderator, report, terms, title)
        assert field in refused.value.problems


@pytest.mark.regulation("3.2")
async def test_a_name_that_a_person_gave_holds_next_month_until_it_is_taken_back(
    house: QuestionsHouse,
) -> None:
    await house.asked(OCTOBER, REPORT)
    await house.grouping.group(OCTOBER)
    report = (await house.month(OCTOBER)).rows[0]
    rule = await house.questions.rename(house.people.moderator, report.question_id, "  Отчёты   СБИС ")
    await house.asked(NOVEMBER, REPORT)
    await house.grouping.look()
    assert await house.names(NOVEMBER) == {"Отчёты СБИС": 4} == await house.names(OCTOBER)
    await house.questions.undo(house.people.moderator, rule.id)
    assert await house.names(NOVEMBER) == {report.name: 4}


@pytest.mark.parametrize("title", ["", "   ", "о" * 201])
async def test_a_name_is_given_and_fits(house: QuestionsHouse, title: str) -> None:
    with pytest.raises(InvalidInput):
        await house.questions.rename(house.people.moderator, 1, title)


async def test_every_word_of_a_person_leaves_one_audit_row(
    house: QuestionsHouse, open_uow: OpenUnitOfWork
) -> None:
    await house.asked(NOVEMBER, [*REPORT, *SIGNATURE])
    await house.grouping.look()
    report, signature = (row.question_id for row in (await house.month(NOVEMBER)).rows)
    by = house.people.supervisor
    rule = await house.questions.rename(by, report, "Отчёты")
    await house.questions.merge(by, signature, report)
    await house.questions.split(by, report, ["СБИС"], "СБИС")
    await house.questions.undo(by, rule.id)
    async with open_uow(write=False) as uow:
        rows = await uow.audit.of_actor(f"person:{by.id}", before=None, limit=10)
    actions = [row.action for row in rows if row.action.startswith("question.")]
    assert actions == ["question.rule_revoked", "question.split", "question.merge", "question.rename"]
    assert len(await house.questions.spoken()) == 2


async def test_only_those_who_answer_for_the_statistics_correct_questions(house: QuestionsHouse) -> None:
    await house.asked(NOVEMBER, REPORT)
    await house.grouping.look()
    for person in (house.people.operator, house.people.executor, house.people.admin):
        with pytest.raises(Forbidden):
            await house.questions.rename(person, 1, "Имя")
        with pytest.raises(Forbidden):
            await house.questions.split(person, 1, ["СБИС"], "Имя")
        with pytest.raises(Forbidden):
            await house.questions.undo(person, 1)
    with pytest.raises(Forbidden):
        await house.questions.details(house.people.operator, NOVEMBER, 1)


async def test_who_may_not_see_tickets_sees_no_words_of_clients(house: QuestionsHouse) -> None:
    tickets = await house.asked(NOVEMBER, REPORT)
    await house.answered(tickets[0], "Обновите СБИС", rating=5)
    await house.grouping.look()
    report = (await house.month(NOVEMBER)).rows[0].question_id
    seen = await house.questions.details(house.people.admin, NOVEMBER, report)
    assert (seen.tickets, seen.answers) == ([], [])
    whole = await house.questions.details(house.people.supervisor, NOVEMBER, report)
    assert (len(whole.tickets), [each.answer for each in whole.answers]) == (4, ["Обновите СБИС"])


async def test_what_is_not_there_is_not_found(house: QuestionsHouse) -> None:
    by = house.people.supervisor
    await house.asked(NOVEMBER, REPORT)
    await house.grouping.look()
    with pytest.raises(NotFound):
        await house.questions.details(by, NOVEMBER, 99)
    with pytest.raises(NotFound):
        await house.questions.details(by, OCTOBER, 1)
    with pytest.raises(NotFound):
        await house.questions.merge(by, 99, 1)
    with pytest.raises(NotFound):
        await house.questions.undo(by, 99)


async def test_the_reason_of_a_membership_adds_up_to_its_points(house: QuestionsHouse) -> None:
    await house.asked(NOVEMBER, [*REPORT, *SIGNATURE, *LABELS])
    await house.grouping.look()
    for row in (await house.month(NOVEMBER)).rows:
        details = await house.questions.details(house.people.supervisor, NOVEMBER, row.question_id)
        for each in details.tickets:
            assert sum(points for _, points in each.why) == pytest.approx(each.points, abs=0.002)
            assert each.points >= 0.45


@pytest.mark.regulation("3.2")
async def test_answers_that_satisfied_come_first_and_none_that_did_not(house: QuestionsHouse) -> None:
    tickets = await house.asked(NOVEMBER, [*REPORT, REPORT[0]])
    await house.answered(tickets[0], "Не поможет", rating=1)
    await house.answered(tickets[1], "Переустановите плагин")
    await house.answered(tickets[2], "Обновите СБИС", rating=5)
    await house.answered(tickets[3], "Очистите кэш", closed=True)
    await house.answered(tickets[4], "обновите  сбис", rating=4)
    await house.grouping.look()
    assert (await house.month(NOVEMBER)).rows[0].answers == (tickets[2].id, tickets[3].id, tickets[1].id)


async def test_spam_and_duplicates_are_no_questions(house: QuestionsHouse) -> None:
    tickets = await house.asked(NOVEMBER, [*REPORT, *REPORT])
    for ticket, reason in zip(tickets, [CancelReason.SPAM, CancelReason.DUPLICATE], strict=False):
        await house.cancelled(ticket, reason)
    await house.cancelled(tickets[2], CancelReason.UNREACHABLE)
    await house.grouping.look()
    assert (await house.month(NOVEMBER)).texts == 6


async def test_any_period_counts_what_its_months_found(house: QuestionsHouse) -> None:
    await house.asked(OCTOBER, [*REPORT, *PASSWORD])
    await house.asked(NOVEMBER, [*REPORT, *LABELS])
    await house.grouping.look()
    both = await house.questions.of(Period.free(OCTOBER, date(2026, 11, 30)))
    assert sorted(row.tickets for row in both.rows) == [3, 3, 8]
    assert (both.texts, both.compared, both.frozen) == (14, None, False)
    day = await house.questions.of(Period.day(date(2026, 11, 2)))
    assert [row.tickets for row in day.rows] == [4, 3]
    assert (await house.questions.of(Period.day(date(2026, 1, 2)))).empty


async def test_two_nodes_do_not_group_at_once(house: QuestionsHouse, open_uow: OpenUnitOfWork) -> None:
    await house.asked(NOVEMBER, REPORT)
    now = house.house.clock.now()
    async with open_uow() as uow:
        await uow.links.take_lease("questions", "node-2", now=now, until=now + timedelta(minutes=5))
        await uow.commit()
    assert await house.grouping.look() == []
    with pytest.raises(Conflict):
        await house.questions.refresh(house.people.supervisor, NOVEMBER)
    house.house.clock.advance(timedelta(minutes=6))
    assert await house.grouping.look() == [NOVEMBER]


async def test_groupings_that_were_replaced_or_broken_off_are_dropped(
    house: QuestionsHouse, open_uow: OpenUnitOfWork
) -> None:
    await house.asked(NOVEMBER, REPORT)
    async with open_uow() as uow:
        run = QuestionRun(id=0, month=NOVEMBER, at=house.house.clock.now(), texts=4, grouped=4)
        broken = await uow.questions.start_run(run)
        await uow.commit()
    await house.grouping.look()
    async with open_uow(write=False) as uow:
        members = await uow.questions.members((await uow.questions.runs())[0].id)
    async with open_uow() as uow:
        await uow.questions.add_members(broken.id, [replace(each, points=0.0) for each in members])
        await uow.commit()
    house.house.clock.advance(timedelta(hours=2))
    await house.questions.refresh(house.people.supervisor, NOVEMBER)
    await house.grouping.look()
    async with open_uow(write=False) as uow:
        assert await uow.questions.members(broken.id) == []
        assert len(await uow.questions.members((await uow.questions.runs())[0].id)) == 4


async def test_a_ticket_tells_its_question(house: QuestionsHouse, open_uow: OpenUnitOfWork) -> None:
    tickets = await house.asked(NOVEMBER, [*REPORT, "Где у вас парковка"])
    await house.grouping.look()
    async with open_uow(write=False) as uow:
        found = await uow.questions.member(tickets[0].id)
        none = await uow.questions.member(tickets[4].id)
        assert await uow.questions.member(1) is None
    assert found is not None and found[1].question_id == (await house.month(NOVEMBER)).rows[0].question_id
    assert none is not None and none[1].question_id is None


async def test_a_future_month_is_not_grouped(house: QuestionsHouse) -> None:
    with pytest.raises(InvalidInput):
        await house.questions.refresh(house.people.supervisor, DECEMBER)
