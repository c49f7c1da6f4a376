"""The most frequent questions (port `QuestionRows`)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, or_, select, update

from callcenter.domain.errors import Conflict
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.questions import (
    AskedQuestion,
    Membership,
    Question,
    QuestionRule,
    QuestionRun,
    RuleKind,
    Trend,
)
from callcenter.ports.questions import AnsweredTicket, StoredText
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_questions import (
    question,
    question_asked,
    question_rule,
    question_run,
    question_ticket,
)
from callcenter.store.tables_tickets import ticket

BUILDING, SHOWN, REPLACED = "building", "shown", "replaced"
_BAR = "|"

_NOT_ASKED = (CancelReason.SPAM, CancelReason.NOT_A_REQUEST, CancelReason.DUPLICATE)
_ASKED = and_(
    ticket.c.registered_at.is_not(None),
    ticket.c.arrived_at >= bindparam("since"),
    ticket.c.arrived_at < bindparam("until"),
    or_(
        ticket.c.cancel_reason.is_(None),
        and_(*(ticket.c.cancel_reason != reason for reason in _NOT_ASKED)),
    ),
    or_(ticket.c.subject != "", ticket.c.text != ""),
)
_FIRST = Statement(
    select(ticket.c.arrived_at).where(ticket.c.arrived_at.is_not(None)).order_by(ticket.c.arrived_at).limit(1)
)
_TEXTS = Statement(
    select(ticket.c.id, ticket.c.arrived_at, ticket.c.subject, ticket.c.text)
    .where(
        _ASKED,
        or_(
            ticket.c.arrived_at > bindparam("after_at"),
            and_(ticket.c.arrived_at == bindparam("after_at"), ticket.c.id > bindparam("after_id")),
        ),
    )
    .order_by(ticket.c.arrived_at, ticket.c.id)
    .limit(bindparam("limit")),
    slow=True,
)
_COUNT_TEXTS = Statement(select(func.count()).select_from(ticket).where(_ASKED), slow=True)

_QUESTIONS = Statement(select(*question.c).order_by(question.c.id))
_ADD = insert_into(question, returning_id=True, skip=("id",))
_SAVE_WORDS = Statement(update(question).where(question.c.id == bindparam("key")), columns=("words",))

_RULES = Statement(
    select(*(column for column in question_rule.c if column.name != "revoked_by")).order_by(
        question_rule.c.id
    )
)
_ADD_RULE = insert_into(question_rule, returning_id=True, skip=("id",))
_REVOKE = Statement(
    update(question_rule).where(question_rule.c.id == bindparam("key"), question_rule.c.revoked_at.is_(None)),
    columns=("revoked_at", "revoked_by"),
)

_START = insert_into(question_run, returning_id=True, skip=("id",))
_RUN = (
    question_run.c.id,
    question_run.c.month,
    question_run.c.at,
    question_run.c.texts,
    question_run.c.grouped,
    question_run.c.skipped,
    question_run.c.frozen_at,
)
_SHOWN = question_run.c.state == SHOWN
_RUNS = Statement(select(*_RUN).where(_SHOWN).order_by(question_run.c.month.desc()))
_RUN_OF = Statement(
    select(*_RUN, question_run.c.weights).where(_SHOWN, question_run.c.month == bindparam("month"))
)
_REPLACE = Statement(
    update(question_run)
    .where(_SHOWN, question_run.c.month == bindparam("key"), question_run.c.frozen_at.is_(None))
    .values(state=REPLACED)
)
_SHOW = Statement(
    update(question_run).where(question_run.c.id == bindparam("key")),
    columns=("state", "at", "texts", "grouped", "skipped", "frozen_at", "weights"),
)
_UNSEEN = Statement(
    select(question_run.c.id).where(
        or_(
            question_run.c.state == REPLACED,
            and_(question_run.c.state == BUILDING, question_run.c.at < bindparam("before")),
        )
    )
)
_SOME_MEMBERS = (
    select(question_ticket.c.ticket_id)
    .where(question_ticket.c.run_id == bindparam("run_id"))
    .limit(bindparam("limit"))
)
_DROP_MEMBERS = Statement(
    delete(question_ticket).where(
        question_ticket.c.run_id == bindparam("run_id"),
        question_ticket.c.ticket_id.in_(_SOME_MEMBERS.scalar_subquery()),
    )
)
_DROP_RUN = Statement(delete(question_run).where(question_run.c.id == bindparam("run_id")))

_ADD_MEMBERS = insert_into(question_ticket)
_MEMBER = tuple(column for column in question_ticket.c if column.name != "run_id")
_MEMBERS = Statement(
    select(*_MEMBER)
    .where(question_ticket.c.run_id == bindparam("run_id"))
    .order_by(question_ticket.c.ticket_id),
    slow=True,
)
_MEMBERS_OF = Statement(
    select(*_MEMBER)
    .where(
        question_ticket.c.run_id == bindparam("run_id"),
        question_ticket.c.question_id == bindparam("question_id"),
    )
    .order_by(question_ticket.c.points.desc(), question_ticket.c.ticket_id)
    .limit(bindparam("limit"))
)
_MEMBER_OF_TICKET = Statement(
    select(question_run.c.month, *_MEMBER)
    .join(question_run, question_run.c.id == question_ticket.c.run_id)
    .where(question_ticket.c.ticket_id == bindparam("ticket_id"), _SHOWN)
    .order_by(question_run.c.month.desc())
    .limit(1)
)
_MOVE = Statement(
    update(question_ticket).where(
        question_ticket.c.run_id == bindparam("key"), question_ticket.c.ticket_id == bindparam("ticket")
    ),
    columns=("question_id",),
)
_COUNTS = Statement(
    select(question_ticket.c.question_id, func.count())
    .join(question_run, question_run.c.id == question_ticket.c.run_id)
    .where(
        _SHOWN,
        question_ticket.c.at >= bindparam("since"),
        question_ticket.c.at < bindparam("until"),
    )
    .group_by(question_ticket.c.question_id),
    slow=True,
)
_DROP_ASKED = Statement(delete(question_asked).where(question_asked.c.run_id == bindparam("run_id")))
_ADD_ASKED = insert_into(question_asked)
_ASKED_OF = Statement(
    select(*(column for column in question_asked.c if column.name not in {"run_id", "position"}))
    .where(question_asked.c.run_id == bindparam("run_id"))
    .order_by(question_asked.c.position)
)
_ANSWERED = Statement(
    select(
        question_ticket.c.ticket_id,
        question_ticket.c.question_id,
        ticket.c.rating,
        ticket.c.status,
        question_ticket.c.points,
    )
    .join(ticket, ticket.c.id == question_ticket.c.ticket_id)
    .where(
        question_ticket.c.run_id == bindparam("run_id"),
        question_ticket.c.question_id.is_not(None),
        or_(ticket.c.status == Status.RESOLVED, ticket.c.status == Status.CLOSED),
        ticket.c.answer != "",
    )
    .order_by(question_ticket.c.ticket_id),
    slow=True,
)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _pairs(words: Sequence[Any]) -> tuple[tuple[str, float], ...]:
    return tuple((str(term), float(weight)) for term, weight in words)


def _words(stored: str) -> tuple[tuple[str, float], ...]:
    return _pairs(json.loads(stored))


def _question(row: Sequence[Any]) -> Question:
    identity, name, words, first_month, parent_id, required = row
    return Question(
        id=identity,
        name=name,
        words=_words(words),
        first_month=first_month,
        parent_id=parent_id,
        required=tuple(json.loads(required)),
    )


def _run(row: Sequence[Any]) -> QuestionRun:
    identity, month, at, texts, grouped, skipped, frozen_at = row[:7]
    read = json.loads(row[7]) if len(row) > 7 else {"weights": {}, "forms": {}, "groups": {}}
    return QuestionRun(
        id=identity,
        month=month,
        at=at,
        texts=texts,
        grouped=grouped,
        skipped=skipped,
        frozen_at=frozen_at,
        weights=read["weights"],
        forms=read["forms"],
        groups={int(key): _pairs(words) for key, words in read["groups"].items()},
    )


def _member(row: Sequence[Any]) -> Membership:
    ticket_id, at, found_id, question_id, points, terms = row
    return Membership(
        ticket_id=ticket_id,
        at=at,
        found_id=found_id,
        question_id=question_id,
        points=points,
        terms=tuple(terms.split(_BAR)) if terms else (),
    )


def _asked(row: Sequence[Any]) -> AskedQuestion:
    question_id, name, words, tickets, before, expected, trend, chance, examples, answers = row
    return AskedQuestion(
        question_id=question_id,
        name=name,
        words=_words(words),
        tickets=tickets,
        before=before,
        expected=expected,
        trend=Trend(trend),
        chance=chance,
        examples=tuple(json.loads(examples)),
        answers=tuple(json.loads(answers)),
    )


def _text(row: Sequence[Any]) -> StoredText:
    ticket_id, at, subject, text = row
    if isinstance(subject, str) and isinstance(text, str):
        return StoredText(ticket_id=ticket_id, at=at, subject=subject, text=text)
    return StoredText(ticket_id=ticket_id, at=at, subject="", text="", readable=False)


class QuestionRows:
    """Port `QuestionRows` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def first_arrival(self) -> datetime | None:
        row = await self._db.row(_FIRST)
        return None if row is None else row[0]

    async def texts(
        self, since: datetime, until: datetime, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[StoredText]:
        at, number = after if after is not None else (since, 0)
        values = {"since": since, "until": until, "after_at": at, "after_id": number, "limit": limit}
        return [_text(row) for row in await self._db.rows(_TEXTS, values)]

    async def count_texts(self, since: datetime, until: datetime) -> int:
        row = await self._db.row(_COUNT_TEXTS, {"since": since, "until": until})
        assert row is not None
        return int(row[0])

    async def questions(self) -> Sequence[Question]:
        return [_question(row) for row in await self._db.rows(_QUESTIONS)]

    async def add(self, question: Question) -> Question:
        row = await self._db.row(
            _ADD,
            {
                "name": question.name,
                "words": _json(question.words),
                "first_month": question.first_month,
                "parent_id": question.parent_id,
                "required": _json(question.required),
            },
        )
        assert row is not None
        return replace(question, id=row[0])

    async def save_words(self, words: Mapping[int, Sequence[tuple[str, float]]]) -> None:
        rows = [{"key": key, "words": _json(each)} for key, each in sorted(words.items())]
        await self._db.run_many(_SAVE_WORDS, rows)

    async def rules(self) -> Sequence[QuestionRule]:
        found = []
        for identity, kind, question_id, into_id, title, by, at, revoked_at in await self._db.rows(_RULES):
            found.append(
                QuestionRule(
                    id=identity,
                    kind=RuleKind(kind),
                    question_id=question_id,
                    into_id=into_id,
                    title=title,
                    by=by,
                    at=at,
                    revoked_at=revoked_at,
                )
            )
        return found

    async def add_rule(self, rule: QuestionRule) -> QuestionRule:
        row = await self._db.row(
            _ADD_RULE,
            {
                "kind": rule.kind,
                "question_id": rule.question_id,
                "into_id": rule.into_id,
                "title": rule.title,
                "by": rule.by,
                "at": rule.at,
                "revoked_at": None,
                "revoked_by": None,
            },
        )
        assert row is not None
        return replace(rule, id=row[0])

    async def revoke_rule(self, rule_id: int, *, at: datetime, by: int) -> bool:
        values = {"key": rule_id, "revoked_at": at, "revoked_by": by}
        return bool(await self._db.run(_REVOKE, values))

    async def start_run(self, run: QuestionRun) -> QuestionRun:
        row = await self._db.row(_START, {**_run_columns(run), "month": run.month, "state": BUILDING})
        assert row is not None
        return replace(run, id=row[0])

    async def add_members(self, run_id: int, members: Sequence[Membership]) -> None:
        rows = [
            {
                "run_id": run_id,
                "ticket_id": each.ticket_id,
                "at": each.at,
                "found_id": each.found_id,
                "question_id": each.question_id,
                "points": each.points,
                "terms": _BAR.join(each.terms),
            }
            for each in members
        ]
        await self._db.run_many(_ADD_MEMBERS, rows)

    async def show_run(self, run: QuestionRun, asked: Sequence[AskedQuestion]) -> None:
        present = await self.run(run.month)
        if present is not None and present.frozen_at is not None and present.id != run.id:
            raise Conflict("the month is frozen", month=run.month.isoformat())
        await self._db.run(_REPLACE, {"key": run.month})
        await self._db.run(_SHOW, {**_run_columns(run), "key": run.id, "state": SHOWN})
        await self.replace_asked(run.id, asked)

    async def runs(self) -> Sequence[QuestionRun]:
        return [_run(row) for row in await self._db.rows(_RUNS)]

    async def run(self, month: date) -> QuestionRun | None:
        row = await self._db.row(_RUN_OF, {"month": month})
        return None if row is None else _run(row)

    async def clear_unseen(self, *, started_before: datetime, limit: int) -> int:
        dropped = 0
        for (run_id,) in await self._db.rows(_UNSEEN, {"before": started_before}):
            gone = await self._db.run(_DROP_MEMBERS, {"run_id": run_id, "limit": limit - dropped})
            dropped += gone
            if dropped >= limit:
                break
            await self._db.run(_DROP_ASKED, {"run_id": run_id})
            await self._db.run(_DROP_RUN, {"run_id": run_id})
        return dropped

    async def members(self, run_id: int) -> Sequence[Membership]:
        return [_member(row) for row in await self._db.rows(_MEMBERS, {"run_id": run_id})]

    async def members_of(self, run_id: int, question_id: int, *, limit: int) -> Sequence[Membership]:
        values = {"run_id": run_id, "question_id": question_id, "limit": limit}
        return [_member(row) for row in await self._db.rows(_MEMBERS_OF, values)]

    async def member(self, ticket_id: int) -> tuple[QuestionRun, Membership] | None:
        row = await self._db.row(_MEMBER_OF_TICKET, {"ticket_id": ticket_id})
        if row is None:
            return None
        run = await self.run(row[0])
        assert run is not None
        return run, _member(row[1:])

    async def move_members(self, run_id: int, moved: Mapping[int, int | None]) -> None:
        rows = [
            {"key": run_id, "ticket": ticket_id, "question_id": question_id}
            for ticket_id, question_id in sorted(moved.items())
        ]
        await self._db.run_many(_MOVE, rows)

    async def replace_asked(self, run_id: int, asked: Sequence[AskedQuestion]) -> None:
        await self._db.run(_DROP_ASKED, {"run_id": run_id})
        rows = [
            {
                "run_id": run_id,
                "question_id": each.question_id,
                "position": position,
                "name": each.name,
                "words": _json(each.words),
                "tickets": each.tickets,
                "before": each.before,
                "expected": each.expected,
                "trend": each.trend,
                "chance": each.chance,
                "examples": _json(each.examples),
                "answers": _json(each.answers),
            }
            for position, each in enumerate(asked)
        ]
        await self._db.run_many(_ADD_ASKED, rows)

    async def asked(self, run_id: int) -> Sequence[AskedQuestion]:
        return [_asked(row) for row in await self._db.rows(_ASKED_OF, {"run_id": run_id})]

    async def counts(self, since: datetime, until: datetime) -> Mapping[int | None, int]:
        return {row[0]: row[1] for row in await self._db.rows(_COUNTS, {"since": since, "until": until})}

    async def answered(self, run_id: int) -> Sequence[AnsweredTicket]:
        return [
            AnsweredTicket(
                ticket_id=ticket_id,
                question_id=question_id,
                rating=rating,
                confirmed=status == Status.CLOSED,
                points=points,
            )
            for ticket_id, question_id, rating, status, points in await self._db.rows(
                _ANSWERED, {"run_id": run_id}
            )
        ]


def _run_columns(run: QuestionRun) -> dict[str, object]:
    return {
        "at": run.at,
        "texts": run.texts,
        "grouped": run.grouped,
        "skipped": run.skipped,
        "frozen_at": run.frozen_at,
        "weights": _json(
            {"weights": dict(run.weights), "forms": dict(run.forms), "groups": dict(run.groups)}
        ),
    }
