"""A forgotten client is forgotten where his words were repeated: questions, stored reports, the ledger, API answers."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from phonenumbers import is_valid_number, parse
from sqlalchemy import Text, cast, select

from callcenter.domain.callbacks import CallbackState
from callcenter.domain.document import Document, Heading, Section, Table
from callcenter.domain.document_codec import dump_document
from callcenter.domain.questions import (
    AskedQuestion,
    Membership,
    Question,
    QuestionRule,
    QuestionRun,
    RuleKind,
    Trend,
)
from callcenter.domain.zero_loss import LossLedger, MissedCalls, Remainder, RemainderKind
from callcenter.ports.api import KeptAnswer
from callcenter.ports.reports import StoredReport
from callcenter.ports.unit_of_work import OpenUnitOfWork, UnitOfWork
from callcenter.store import Database
from callcenter.store.statement import Statement
from callcenter.store.tables import metadata
from dialer.attempt import Outcome
from tests import make
from tests.desk_house import House
from tests.make_callbacks import a_series, an_attempt

MONTH = date(2026, 11, 1)
NAME = "Продлить подпись Петрову"
NUMBER = "8 916 123-45-67"
OTHER = "+79035550000"


async def repeated(uow: UnitOfWork, house: House, ticket_id: int) -> None:
    """What the night, a report and a program have made of his ticket."""
    now, by = house.clock.now(), house.people.supervisor.id
    words = (("подпись", 2.0), ("петров", 1.0))
    question = await uow.questions.add(
        Question(id=0, name=NAME, words=words, first_month=MONTH, required=("петров",))
    )
    await uow.questions.add_rule(
        QuestionRule(
            id=0, kind=RuleKind.RENAME, question_id=question.id, by=by, at=now, title="Подпись Петрова П."
        )
    )
    run = await uow.questions.start_run(
        QuestionRun(
            id=0,
            month=MONTH,
            at=now,
            texts=1,
            grouped=1,
            weights={"подпись": 2.0, "петров": 1.0},
            forms={"подпись": "подпись", "петров": "Петрову"},
            groups={question.id: words},
        )
    )
    member = Membership(
        ticket_id=ticket_id,
        at=now,
        found_id=question.id,
        question_id=question.id,
        points=1.0,
        terms=("подпись", "петров"),
    )
    await uow.questions.add_members(run.id, [member, replace(member, ticket_id=ticket_id + 1000)])
    asked = AskedQuestion(
        question_id=question.id,
        name=NAME,
        words=words,
        tickets=2,
        before=0,
        expected=0.0,
        trend=Trend.STEADY,
        chance=1.0,
        examples=(ticket_id,),
    )
    await uow.questions.show_run(run, [asked])
    remainder = Remainder(
        id=0,
        day=now.date(),
        kind=RemainderKind.RECORD_ONLY,
        pbx="main",
        linkedid="1",
        at=now,
        caller=NUMBER,
        reason="Петров звонил",
    )
    missed = MissedCalls(missed=0, reached=0, called_back=0, hidden=0, remaining=0)
    ledger = LossLedger(
        day=now.date(),
        recorded=2,
        calls=0,
        tickets=0,
        held=0,
        remainders=[remainder, replace(remainder, linkedid="2", caller=OTHER)],
        missed=missed,
        compared_at=now,
        unread={},
    )
    kept = await uow.losses.keep(ledger)
    await uow.losses.settle(kept.remainders[0].id, by=by, at=now, reason="Петров звонил")
    table = Table(
        title="Остатки",
        headings=(Heading(title="Номер"),),
        rows=((NAME, 2), (NUMBER, "Петров звонил"), (OTHER, "Петров Иван, исполнитель")),
    )
    document = Document(
        name="hotline-2026-11",
        title="Отчёт",
        subtitle="",
        locale="ru",
        made_at=now,
        marks=(),
        sections=(Section(name="questions", title="Вопросы", sheet="Вопросы", tables=(table,)),),
    )
    report = StoredReport(
        name="hotline-2026-11",
        locale="ru",
        first=MONTH,
        last=date(2026, 11, 30),
        made_at=now,
        body=dump_document(document),
    )
    await uow.reports.keep(report)
    answer = KeptAnswer(key_sha256="k" * 64, fingerprint="f" * 64, started_at=now)
    await uow.api_answers.begin(answer)
    await uow.api_answers.finish(replace(answer, done=True, status=200, body='{"contact_name":"Пётр"}'))


@pytest.mark.regulation("2.2")
async def test_what_was_repeated_of_a_forgotten_client_is_forgotten_and_the_rest_stays(
    real: Database,
) -> None:
    house = await House.built(real.uow)
    ticket = await house.registered(contact_name="Пётр Петров", text="Продлить подпись Петрову П. П.")
    async with real.uow() as uow:
        await repeated(uow, house, ticket.id)
        await uow.commit()
    async with real.uow() as uow:
        await uow.erasing.forget(house.caller.id)
        await uow.commit()
    async with real.uow(write=False) as uow:
        question = (await uow.questions.questions())[0]
        rule = (await uow.questions.rules())[0]
        run = await uow.questions.run(MONTH)
        assert run is not None
        asked = (await uow.questions.asked(run.id))[0]
        members = {each.ticket_id: each.terms for each in await uow.questions.members(run.id)}
        ledger = await uow.losses.ledger(house.clock.now().date())
        stored = await uow.reports.stored("hotline-2026-11", "ru")
        answer = await uow.api_answers.by_key("k" * 64)
    assert (question.name, rule.title, asked.name) == (
        "Продлить подпись …",
        "Подпись … П.",
        "Продлить подпись …",
    )
    assert question.words == asked.words == (("подпись", 2.0),)
    assert question.required == ("…",)
    assert (set(run.weights), set(run.forms), run.groups[question.id]) == (
        {"подпись"},
        {"подпись"},
        (("подпись", 2.0),),
    )
    assert (asked.tickets, asked.examples) == (2, (ticket.id,))
    assert [each for each in members[ticket.id] if each] == []
    assert members[ticket.id + 1000] == ("подпись", "петров")
    assert ledger is not None
    assert {(each.caller, each.reason) for each in ledger.remainders} == {("", "… звонил"), (OTHER, "")}
    assert stored is not None
    sections = stored.body["sections"]
    assert isinstance(sections, list)
    rows = sections[0]["tables"][0]["rows"]
    assert rows == [["Продлить подпись …", 2], ["…", "… звонил"], [OTHER, "Петров Иван, исполнитель"]]
    assert answer is not None and (answer.done, answer.status, answer.body) == (True, None, "")


async def test_no_table_of_the_database_holds_his_name_his_number_or_his_address_any_more(
    real: Database,
) -> None:
    """Asked of every table there is, so that a new one is asked too; what is pruned by the hour is left out."""
    house = await House.built(real.uow)
    other = await house.registered(
        client_id=None, contact_name="Анна", contact_phone="8 903 555-00-00", contact_email="anna@example.org"
    )
    ticket = await house.in_work(contact_name="Пётр Петров", text="Петров, +7 916 123-45-67, petr@example.ru")
    await house.work.resolve(house.people.executor, ticket.id, ticket.version, answer="Пётр, перезапустите")
    async with real.uow() as uow:
        await repeated(uow, house, ticket.id)
        await uow.erasing.forget(house.caller.id)
        await uow.commit()
    async with real.uow(write=False) as uow:
        assert await uow.search.find(["p:9035550000"], before=None, limit=5) == [other.id]
    marks = ("9161234567", "7654321619", "petr@example.ru", "8 916 123-45-67")
    found = []
    async with real._database.reading() as transaction:
        for table in metadata.sorted_tables:
            if table.name == "live_event":
                continue
            rows = await transaction.connection.rows(
                Statement(select(*(cast(each, Text) for each in table.c)))
            )
            found += [(table.name, str(row)) for row in rows if any(each in str(row) for each in marks)]
    assert found == []


async def test_reports_that_ended_before_he_came_are_not_read(real: Database) -> None:
    house = await House.built(real.uow)
    await house.registered()
    body: dict[str, object] = {"said": NUMBER}
    long_ago = house.clock.now().date() - timedelta(days=400)
    async with real.uow() as uow:
        await uow.reports.keep(
            StoredReport(
                name="old", locale="ru", first=long_ago, last=long_ago, made_at=house.clock.now(), body=body
            )
        )
        await uow.erasing.forget(house.caller.id)
        await uow.commit()
    async with real.uow(write=False) as uow:
        stored = await uow.reports.stored("old", "ru")
    assert stored is not None and stored.body == body


@pytest.mark.regulation("2.2", "2.9")
async def test_a_client_who_was_called_back_can_be_forgotten_and_his_number_can_be_dialled_for_nobody(
    open_uow: OpenUnitOfWork,
) -> None:
    house = await House.built(open_uow)
    ticket = await house.in_work()
    executor = house.people.executor.id
    async with open_uow() as uow:
        series = await uow.callbacks.add(a_series(ticket.id, executor))
        attempt = an_attempt(series, "1-1")
        await uow.callback_attempts.add(attempt)
        await uow.callback_attempts.finish(
            replace(attempt, ended_at=make.START, outcome=Outcome.NO_ANSWER, rule="x")
        )
        await uow.callbacks.save(
            replace(series, state=CallbackState.WITHDRAWN, due_at=None, look_at=None, ended_at=make.START)
        )
        await uow.commit()
    async with open_uow() as uow:
        await uow.erasing.forget(house.caller.id)
        await uow.commit()
    async with open_uow(write=False) as uow:
        series = (await uow.callbacks.of_ticket(ticket.id))[0]
        attempt = (await uow.callback_attempts.of_ticket(ticket.id))[0]
    assert series.number == attempt.number == "+73000000000"
    assert not is_valid_number(parse(series.number)), "the plan of numbers has no such area"
