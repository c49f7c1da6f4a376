"""The most frequent questions as people read and correct them. Regulation: 3.2."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from callcenter.domain.errors import Conflict, InvalidInput, NotFound
from callcenter.domain.people import Action, Person, may
from callcenter.domain.policy import require
from callcenter.domain.questions import (
    MOST_SPLIT_WORDS,
    AskedQuestion,
    Membership,
    Question,
    QuestionRule,
    QuestionRun,
    Rulebook,
    RuleKind,
    Trend,
    checked_title,
    explained,
    trend_of,
)
from callcenter.domain.statistics import Period, PeriodKind
from callcenter.domain.story import actor_of
from callcenter.domain.ticket import Ticket
from callcenter.ports.questions import QuestionReport
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork
from callcenter.services.question_grouping import GroupingRules, QuestionGrouping

SHOWN_TICKETS = 25
LOOKED_AT = 1000
OFFERED_WORDS = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class ExplainedTicket:
    """A ticket of a question with why it is there: written word and points, `points` in all."""

    ticket_id: int
    at: datetime
    subject: str
    text: str
    points: float
    why: tuple[tuple[str, float], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenAnswer:
    """An answer that resolved such a question."""

    ticket_id: int
    answer: str
    rating: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionDetails:
    """One question in one month. Tickets and answers are empty for who may not see tickets.

    `words`: written word and weight; `parts`: (term, written word, tickets) that only a part of its tickets hold,
    by which it may be split; `rules`: what people said of it, those taken back as well.
    """

    question: Question
    asked: AskedQuestion | None
    run: QuestionRun
    words: tuple[tuple[str, float], ...]
    tickets: Sequence[ExplainedTicket]
    answers: Sequence[GivenAnswer]
    parts: Sequence[tuple[str, str, int]]
    rules: Sequence[QuestionRule]
    others: Sequence[tuple[int, str]]


class Questions:
    """Port `FrequentQuestions`, and what people say of questions; every word of theirs is a rule with an audit row."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, rules: GroupingRules) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._rules = rules
        self.grouping = QuestionGrouping(open_uow, clock, rules)

    def today(self) -> date:
        """The present local day."""
        return self._clock.now().astimezone(self._rules.zone).date()

    async def of(self, period: Period) -> QuestionReport:
        """The questions of a period: a whole month as it was stored, any other from what its months found."""
        async with self._open_uow(write=False) as uow:
            if period.kind is PeriodKind.MONTH:
                run = await uow.questions.run(period.first)
                if run is None:
                    return _nothing(period)
                rows = await uow.questions.asked(run.id)
                last = (period.first - timedelta(days=1)).replace(day=1)
                compared = await uow.questions.run(last) is not None
                return QuestionReport(
                    period=period,
                    rows=rows,
                    texts=run.texts,
                    grouped=sum(each.tickets for each in rows),
                    at=run.frozen_at or run.at,
                    frozen=run.frozen_at is not None,
                    compared=period.before() if compared else None,
                )
            return await self._counted(uow, period)

    async def _counted(self, uow: UnitOfWork, period: Period) -> QuestionReport:
        runs = {each.month: each for each in await uow.questions.runs()}
        first, last = period.first.replace(day=1), period.last.replace(day=1)
        read = [each for month, each in runs.items() if first <= month <= last]
        if not read:
            return _nothing(period)
        counts = await uow.questions.counts(*period.span(self._rules.zone))
        earlier = period.before()
        compared = earlier.first.replace(day=1) in runs
        before = await uow.questions.counts(*earlier.span(self._rules.zone)) if compared else {}
        questions = {each.id: each for each in await uow.questions.questions()}
        rulebook = Rulebook(questions, await uow.questions.rules())
        share = self._share(period, earlier, max(each.at for each in read)) if compared else None
        rows = [
            _asked(questions[key], rulebook, count, before.get(key, 0), share, earlier)
            for key, count in counts.items()
            if key in questions and key is not None
        ]
        return QuestionReport(
            period=period,
            rows=sorted(rows, key=lambda row: (-row.tickets, row.question_id)),
            texts=sum(counts.values()),
            grouped=sum(row.tickets for row in rows),
            at=max(each.at for each in read),
            frozen=False,
            compared=earlier if share is not None else None,
        )

    def _share(self, period: Period, earlier: Period, at: datetime) -> float | None:
        since, until = period.span(self._rules.zone)
        now = self._rules.calendar.between(since, min(until, max(at, since)))
        then = self._rules.calendar.between(*earlier.span(self._rules.zone))
        return now / (now + then) if now and then else None

    async def months(self) -> Sequence[QuestionRun]:
        """The months that were grouped, newest first."""
        async with self._open_uow(write=False) as uow:
            return await uow.questions.runs()

    async def details(self, by: Person, month: date, question_id: int) -> QuestionDetails:
        """One question in one month; NotFound when there is no such question, or the month was never grouped."""
        require(by, Action.SEE_STATISTICS)
        async with self._open_uow(write=False) as uow:
            questions = {each.id: each for each in await uow.questions.questions()}
            run = await uow.questions.run(month)
            if question_id not in questions or run is None:
                raise NotFound("question", question_id=question_id)
            rules = await uow.questions.rules()
            rows = {each.question_id: each for each in await uow.questions.asked(run.id)}
            members = await uow.questions.members_of(run.id, question_id, limit=LOOKED_AT)
            asked = rows.get(question_id)
            shown = members[:SHOWN_TICKETS] if may(by, Action.SEE_TICKETS) else []
            answer_ids = list(asked.answers) if asked is not None and may(by, Action.SEE_TICKETS) else []
            found = await uow.tickets.by_ids([*(each.ticket_id for each in shown), *answer_ids])
        tickets = {each.id: each for each in found}
        question = questions[question_id]
        words = (asked.words if asked is not None else ()) or question.words
        return QuestionDetails(
            question=question,
            asked=asked,
            run=run,
            words=tuple((run.written(term), weight) for term, weight in words),
            tickets=[_explained(each, run, words, tickets) for each in shown if each.ticket_id in tickets],
            answers=[
                GivenAnswer(ticket_id=each, answer=tickets[each].answer, rating=tickets[each].rating)
                for each in answer_ids
                if each in tickets
            ],
            parts=_parts(members, words, run),
            rules=[rule for rule in rules if question_id in {rule.question_id, rule.into_id}],
            others=[
                (each.question_id, each.name) for each in rows.values() if each.question_id != question_id
            ],
        )

    async def spoken(self) -> Sequence[tuple[QuestionRule, str, str, str]]:
        """Every rule in force, newest first: the rule, who said it, the question's own words, the other's."""
        async with self._open_uow(write=False) as uow:
            questions = {each.id: each.name for each in await uow.questions.questions()}
            people = {each.id: each.name for each in await uow.people.all()}
            rules = [each for each in await uow.questions.rules() if each.revoked_at is None]
        return [
            (
                rule,
                people.get(rule.by, ""),
                questions.get(rule.question_id, ""),
                questions.get(rule.into_id or 0, ""),
            )
            for rule in reversed(rules)
        ]

    async def rename(self, by: Person, question_id: int, title: str) -> QuestionRule:
        """Call a question so from now on; InvalidInput on `title`."""
        name = checked_title(title)
        return await self._say(by, RuleKind.RENAME, question_id, title=name)

    async def merge(self, by: Person, question_id: int, into_id: int) -> QuestionRule:
        """Count this question's tickets for the other one, this month and later.

        Raises:
            InvalidInput: `into_id`, when it is the same question or is itself a part of this one.
        """
        return await self._say(by, RuleKind.MERGE, question_id, into_id=into_id)

    async def split(self, by: Person, question_id: int, terms: Sequence[str], title: str) -> QuestionRule:
        """Make those of its tickets that hold all these terms a question of their own.

        Raises:
            InvalidInput: `terms` (none, too many, unknown) or `title`.
        """
        require(by, Action.EDIT_QUESTIONS)
        name, chosen = checked_title(title), tuple(dict.fromkeys(terms))
        if not 0 < len(chosen) <= MOST_SPLIT_WORDS:
            raise InvalidInput({"terms": "choose"})
        async with self._open_uow() as uow:
            questions = {each.id: each for each in await uow.questions.questions()}
            parent = _known(questions, question_id)
            if not all(0 < len(term) <= 64 and "|" not in term for term in chosen):
                raise InvalidInput({"terms": "choose"})
            part = Question(
                id=0,
                name=name,
                words=parent.words,
                first_month=parent.first_month,
                parent_id=parent.id,
                required=chosen,
            )
            added = await uow.questions.add(part)
            rule = await self._record(uow, by, RuleKind.SPLIT, parent.id, into_id=added.id, title=name)
            await uow.commit()
        await self.grouping.apply_rules()
        return rule

    async def undo(self, by: Person, rule_id: int) -> QuestionRule:
        """Take a rule back; NotFound when there is none, Conflict when it was taken back before."""
        require(by, Action.EDIT_QUESTIONS)
        now = self._clock.now()
        async with self._open_uow() as uow:
            rule = next((each for each in await uow.questions.rules() if each.id == rule_id), None)
            if rule is None:
                raise NotFound("rule", rule_id=rule_id)
            if not await uow.questions.revoke_rule(rule_id, at=now, by=by.id):
                raise Conflict("the rule was taken back before", rule_id=rule_id)
            await uow.audit.record(
                at=now,
                actor=actor_of(by.id),
                ticket_id=None,
                action="question.rule_revoked",
                reason="",
                change={"rule_id": rule_id, "kind": str(rule.kind), "question_id": rule.question_id},
            )
            await uow.commit()
        await self.grouping.apply_rules()
        return rule

    async def refresh(self, by: Person, month: date) -> QuestionReport:
        """Group a month now; Conflict while that is being done elsewhere. A frozen month stays as it is."""
        require(by, Action.SEE_STATISTICS)
        if month > self.today():
            raise InvalidInput({"month": "future"})
        if await self.grouping.group(month) is None:
            raise Conflict("the questions are being grouped", month=month.isoformat())
        return await self.of(Period.month(month.year, month.month))

    async def freeze(self, by: Person | None, month: date) -> QuestionReport:
        """Group a past month for the last time and keep it; `by` None: a rule does it.

        Raises:
            InvalidInput: the month is not over (`month`).
            Conflict: it is being grouped elsewhere.
        """
        if by is not None:
            require(by, Action.SEE_STATISTICS)
        if await self.grouping.group(month, final=True) is None:
            raise Conflict("the questions are being grouped", month=month.isoformat())
        return await self.of(Period.month(month.year, month.month))

    async def _say(
        self, by: Person, kind: RuleKind, question_id: int, *, into_id: int | None = None, title: str = ""
    ) -> QuestionRule:
        require(by, Action.EDIT_QUESTIONS)
        async with self._open_uow() as uow:
            questions = {each.id: each for each in await uow.questions.questions()}
            _known(questions, question_id)
            if into_id is not None:
                _known(questions, into_id)
                rulebook = Rulebook(questions, await uow.questions.rules())
                if into_id == question_id or rulebook.resolve(into_id, ()) == question_id:
                    raise InvalidInput({"into_id": "circle"})
            rule = await self._record(uow, by, kind, question_id, into_id=into_id, title=title)
            await uow.commit()
        await self.grouping.apply_rules()
        return rule

    async def _record(
        self,
        uow: UnitOfWork,
        by: Person,
        kind: RuleKind,
        question_id: int,
        *,
        into_id: int | None,
        title: str,
    ) -> QuestionRule:
        now = self._clock.now()
        rule = await uow.questions.add_rule(
            QuestionRule(
                id=0, kind=kind, question_id=question_id, by=by.id, at=now, into_id=into_id, title=title
            )
        )
        await uow.audit.record(
            at=now,
            actor=actor_of(by.id),
            ticket_id=None,
            action=f"question.{kind}",
            reason="",
            change={"rule_id": rule.id, "question_id": question_id, "into_id": into_id, "title": title},
        )
        return rule


def _known(questions: Mapping[int, Question], question_id: int) -> Question:
    if question_id not in questions:
        raise NotFound("question", question_id=question_id)
    return questions[question_id]


def _nothing(period: Period) -> QuestionReport:
    return QuestionReport(period=period, rows=(), texts=0, grouped=0, at=None, frozen=False, compared=None)


def _asked(
    question: Question, rulebook: Rulebook, count: int, before: int, share: float | None, earlier: Period
) -> AskedQuestion:
    trend, chance, expected = Trend.STEADY, 1.0, 0.0
    if share is not None:
        known = question.first_month <= earlier.last
        trend, chance = trend_of(count, before, share=share, known_before=known)
        expected = before * share / (1 - share)
    return AskedQuestion(
        question_id=question.id,
        name=rulebook.title(question.id),
        words=question.words,
        tickets=count,
        before=before,
        expected=round(expected, 2),
        trend=trend,
        chance=chance,
    )


def _explained(
    member: Membership,
    run: QuestionRun,
    words: Sequence[tuple[str, float]],
    tickets: Mapping[int, Ticket],
) -> ExplainedTicket:
    ticket = tickets[member.ticket_id]
    own = run.groups.get(member.found_id or 0) or tuple(words)
    why = explained(member, dict(own), run.weights)
    return ExplainedTicket(
        ticket_id=member.ticket_id,
        at=member.at,
        subject=ticket.subject,
        text=ticket.text,
        points=member.points,
        why=tuple((run.written(term), points) for term, points in why),
    )


def _parts(
    members: Sequence[Membership], words: Sequence[tuple[str, float]], run: QuestionRun
) -> list[tuple[str, str, int]]:
    """Terms that some of the tickets hold and some do not, the most common first."""
    held = Counter(term for member in members for term in set(member.terms) if term in run.weights)
    foremost = {term for term, _ in words[:2]}
    found = [
        (term, run.written(term), count)
        for term, count in held.items()
        if 1 < count < len(members) and term not in foremost
    ]
    return sorted(found, key=lambda row: (-row[2], row[0]))[:OFFERED_WORDS]
