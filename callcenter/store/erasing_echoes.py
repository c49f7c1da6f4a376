"""Forgetting a client where his words were repeated: questions found in texts, stored reports, the zero-loss ledger,
answers kept for programs (port `Erasing`).

What is told of many people stays; what tells of him is taken out by his marks (`domain.personal_marks`).
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from callcenter.domain.personal_marks import BLANK, PersonalMarks
from callcenter.store.statement import Connection, Statement
from callcenter.store.tables_api import api_answer
from callcenter.store.tables_calls import call
from callcenter.store.tables_clients import client, client_phone
from callcenter.store.tables_desk import search_posting, search_word
from callcenter.store.tables_questions import (
    question,
    question_asked,
    question_rule,
    question_run,
    question_ticket,
)
from callcenter.store.tables_reports import report_document
from callcenter.store.tables_statistics import loss_remainder
from callcenter.store.tables_tickets import ticket

_KEY: Any = bindparam("whose")
_AT: Any = bindparam("key")


class Echoes:
    """`his` are a client's tickets and `his_calls` his calls, by the parameter `whose`; before they are forgotten."""

    def __init__(self, his: Select[Any], his_calls: ColumnElement[bool]) -> None:
        tickets = ticket.c.id.in_(his)
        nothing: Any = literal_column("''")
        self._known = Statement(
            union_all(
                select(client.c.name, nothing, func.coalesce(client.c.email, "")).where(client.c.id == _KEY),
                select(nothing, client_phone.c.e164, nothing).where(client_phone.c.client_id == _KEY),
                select(
                    ticket.c.contact_name,
                    func.coalesce(ticket.c.contact_e164, ticket.c.contact_raw, ""),
                    func.coalesce(ticket.c.contact_email, ""),
                ).where(tickets),
                select(nothing, func.coalesce(ticket.c.caller_e164, ticket.c.caller_raw, ""), nothing).where(
                    tickets
                ),
                select(nothing, func.coalesce(call.c.caller_e164, call.c.caller_raw), nothing).where(
                    his_calls
                ),
            ),
            slow=True,
        )
        self._since = Statement(
            select(
                select(func.min(ticket.c.created_at)).where(tickets).scalar_subquery(),
                select(func.min(call.c.entered_at)).where(his_calls).scalar_subquery(),
            ),
            slow=True,
        )
        members = question_ticket.c.ticket_id.in_(his)
        runs = select(question_ticket.c.run_id).where(members).distinct()
        counted = select(question_asked.c.question_id).where(question_asked.c.run_id.in_(runs))
        self._runs = Statement(
            select(question_run.c.id, question_run.c.weights).where(question_run.c.id.in_(runs)), slow=True
        )
        self._questions = Statement(
            select(question.c.id, question.c.name, question.c.words, question.c.required).where(
                question.c.id.in_(counted)
            ),
            slow=True,
        )
        self._asked = Statement(
            select(
                question_asked.c.run_id,
                question_asked.c.question_id,
                question_asked.c.name,
                question_asked.c.words,
            ).where(question_asked.c.question_id.in_(counted)),
            slow=True,
        )
        self._titles = Statement(
            select(question_rule.c.id, question_rule.c.title).where(
                question_rule.c.question_id.in_(counted), question_rule.c.title != ""
            ),
            slow=True,
        )
        self._remainders = Statement(
            select(loss_remainder.c.id, loss_remainder.c.caller, loss_remainder.c.reason).where(
                or_(
                    loss_remainder.c.ticket_id.in_(his),
                    loss_remainder.c.call_id.in_(select(call.c.id).where(his_calls)),
                    loss_remainder.c.call_id.is_(None),
                )
            ),
            slow=True,
        )
        self._words = Statement(
            select(search_posting.c.word_id).where(search_posting.c.ticket_id.in_(his)).distinct(), slow=True
        )
        self._terms = Statement(update(question_ticket).where(members).values(terms=""))

    async def forget(self, db: Connection, client_id: int) -> Sequence[int]:
        """Take him out of everything that repeats him; the words his tickets are found by, for `forget_words`."""
        whose = {"whose": client_id}
        marks = await self._marks(db, whose)
        titles = await self._forget_in_questions(db, whose, marks)
        await self._forget_in_remainders(db, whose, marks)
        await self._forget_in_reports(db, whose, marks, titles)
        await db.run(_ANSWERS)
        return [row[0] for row in await db.rows(self._words, whose)]

    async def forget_words(self, db: Connection, words: Sequence[int]) -> None:
        """Drop those of these words that nothing is found by any more: his numbers stood among them."""
        await db.run_many(_DROP_WORD, [{"key": each} for each in words])

    async def _marks(self, db: Connection, whose: dict[str, int]) -> PersonalMarks:
        rows = await db.rows(self._known, whose)
        names, numbers, mails = ([row[place] or "" for row in rows] for place in range(3))
        return PersonalMarks.of(names, numbers, mails)

    async def _forget_in_questions(
        self, db: Connection, whose: dict[str, int], marks: PersonalMarks
    ) -> dict[str, str]:
        """The names that changed, old to new."""
        titles: dict[str, str] = {}

        def renamed(name: str) -> str:
            titles[name] = marks.without(name)
            return titles[name]

        for run_id, weights in await db.rows(self._runs, whose):
            if (cleaned := _without_terms(weights, marks)) != weights:
                await db.run(_SAVE_RUN, {"key": run_id, "weights": cleaned})
        for key, name, words, required in await db.rows(self._questions, whose):
            await db.run(
                _SAVE_QUESTION,
                {
                    "key": key,
                    "name": renamed(name),
                    "words": _without_words(words, marks),
                    "required": json.dumps(
                        [BLANK if marks.names(each) else each for each in json.loads(required)],
                        ensure_ascii=False,
                    ),
                },
            )
        for run_id, question_id, name, words in await db.rows(self._asked, whose):
            said = {"name": renamed(name), "words": _without_words(words, marks)}
            await db.run(_SAVE_ASKED, {"run": run_id, "key": question_id, **said})
        for key, title in await db.rows(self._titles, whose):
            await db.run(_SAVE_TITLE, {"key": key, "title": renamed(title)})
        await db.run(self._terms, whose)
        return {old: new for old, new in titles.items() if old != new}

    async def _forget_in_remainders(
        self, db: Connection, whose: dict[str, int], marks: PersonalMarks
    ) -> None:
        for key, caller, reason in await db.rows(self._remainders, whose):
            if marks.without_numbers(caller) != caller:
                await db.run(_SAVE_REMAINDER, {"key": key, "caller": "", "reason": marks.without(reason)})

    async def _forget_in_reports(
        self, db: Connection, whose: dict[str, int], marks: PersonalMarks, titles: dict[str, str]
    ) -> None:
        instants = [each for each in (await db.rows(self._since, whose))[0] if each is not None]
        if not instants:
            return
        # one at a time: a body is large
        for name, locale in await db.rows(_REPORTS, {"since": min(instants).date()}):
            at = {"report": name, "language": locale}
            body = (await db.rows(_REPORT, at))[0][0]
            cleaned = marks.without_in_document(body, titles)
            if cleaned != body:
                await db.run(_SAVE_REPORT, {**at, "body": cleaned})


_SAVE_RUN = Statement(update(question_run).where(question_run.c.id == _AT), columns=("weights",))
_DROP_WORD = Statement(
    delete(search_word).where(
        search_word.c.id == _AT,
        ~select(search_posting.c.word_id).where(search_posting.c.word_id == search_word.c.id).exists(),
    )
)
_SAVE_QUESTION = Statement(
    update(question).where(question.c.id == _AT), columns=("name", "words", "required")
)
_SAVE_ASKED = Statement(
    update(question_asked).where(
        question_asked.c.run_id == bindparam("run"), question_asked.c.question_id == _AT
    ),
    columns=("name", "words"),
)
_SAVE_TITLE = Statement(update(question_rule).where(question_rule.c.id == _AT), columns=("title",))
_SAVE_REMAINDER = Statement(
    update(loss_remainder).where(loss_remainder.c.id == _AT), columns=("caller", "reason")
)
_REPORTS = Statement(
    select(report_document.c.name, report_document.c.locale)
    .where(report_document.c.last >= bindparam("since"))
    .order_by(report_document.c.name, report_document.c.locale)
)
_THIS_REPORT = (
    report_document.c.name == bindparam("report"),
    report_document.c.locale == bindparam("language"),
)
_REPORT = Statement(select(report_document.c.body).where(*_THIS_REPORT), slow=True)
_SAVE_REPORT = Statement(update(report_document).where(*_THIS_REPORT), columns=("body",))
_ANSWERS = Statement(update(api_answer).where(api_answer.c.done).values(status=None, body="", etag=""))
"""Kept for a day so that a program may repeat its request; it is told that the answer is lost, and asks anew."""


def _without_words(stored: str, marks: PersonalMarks) -> str:
    """[[term, weight], …] without terms that name him."""
    return json.dumps([each for each in json.loads(stored) if not marks.names(each[0])], ensure_ascii=False)


def _without_terms(stored: str, marks: PersonalMarks) -> str:
    """What explanations of a run are made of, without terms that name him."""
    found = json.loads(stored)
    forms = found.get("forms", {})
    his = {
        term
        for term in {*found.get("weights", {}), *forms}
        if marks.names(term) or marks.names(str(forms.get(term, "")))
    }
    if not his:
        return stored
    for part in ("weights", "forms"):
        found[part] = {term: value for term, value in found.get(part, {}).items() if term not in his}
    found["groups"] = {
        key: [each for each in words if each[0] not in his] for key, words in found.get("groups", {}).items()
    }
    return json.dumps(found, ensure_ascii=False)
