"""What people ask most: a month's list, one question with its reasons, and people's corrections. Regulation: 3.2."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from callcenter.domain.people import Action
from callcenter.domain.questions import MOST_SPLIT_WORDS, TITLE_LIMIT, RuleKind, Trend
from callcenter.domain.statistics import Period
from callcenter.services.questions import QuestionDetails
from callcenter.web.api.fields import Asked, Id, Told
from callcenter.web.api.operation import ApiCall, operation
from callcenter.web.api.periods import Month, PeriodTold, first_of
from callcenter.web.pages import frequent_questions as screen

CSV = "text/csv"
Title = Annotated[str, Field(min_length=1, max_length=TITLE_LIMIT, pattern=r"^[^\x00-\x1f\x7f]*$")]
Term = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]


class MonthOfQuestions(Asked):
    """Which month, as 2026-11; without one, this one."""

    month: Month | None = None


class MonthBody(Asked):
    """Which month, as 2026-11."""

    month: Month


class TitleBody(Asked):
    """How it is to be called."""

    title: Title


class IntoBody(Asked):
    """The question that its tickets count for."""

    into: Id


class SplitBody(Asked):
    """One to five `term`s that only a part of its tickets hold, and the name of that part."""

    terms: Annotated[list[Term], Field(min_length=1, max_length=MOST_SPLIT_WORDS)]
    title: Title


class AskedQuestion(Told):
    """A question in a period. `before`: tickets of the period before; `expected`: as many as then, for as long."""

    question_id: int
    name: str
    words: list[tuple[str, float]]
    tickets: int
    before: int
    expected: float
    trend: Trend
    chance: float
    examples: list[int]
    answers: list[int]


class QuestionReport(Told):
    """The questions of a period, the most frequent first; `at` null: never grouped yet."""

    period: PeriodTold
    rows: list[AskedQuestion]
    texts: int
    grouped: int
    at: datetime | None
    frozen: bool
    compared: PeriodTold | None


class QuestionRule(Told):
    """What a person said of questions; taken back where `revoked_at` is given."""

    id: int
    kind: RuleKind
    question_id: int
    into_id: int | None
    title: str
    by: int
    at: datetime
    revoked_at: datetime | None


class SpokenRule(Told):
    """A rule in force, with the names of its questions and of who said it."""

    rule: QuestionRule
    by: str
    question: str
    other: str


class ExplainedTicket(Told):
    """A ticket of the question, and why it is there: written words with their points."""

    ticket_id: int
    at: datetime
    subject: str
    points: float
    why: list[tuple[str, float]]


class GivenAnswer(Told):
    """An answer that resolved such a question."""

    ticket_id: int
    answer: str
    rating: int | None


class Part(Told):
    """A term that only a part of the tickets holds, by which the question may be split."""

    term: str
    word: str
    tickets: int


class OtherQuestion(Told):
    """Another question, to merge with."""

    id: int
    name: str


class QuestionCard(Told):
    """One question in one month. Tickets and answers are empty for who may not see tickets."""

    id: int
    name: str
    month: date
    asked: AskedQuestion | None
    words: list[tuple[str, float]]
    tickets: list[ExplainedTicket]
    answers: list[GivenAnswer]
    parts: list[Part]
    rules: list[QuestionRule]
    others: list[OtherQuestion]


def _month(call: ApiCall, text: str | None) -> date:
    return call.questions.questions.today().replace(day=1) if text is None else first_of(text)


async def list_questions(call: ApiCall, query: MonthOfQuestions) -> object:
    """The questions of a month, the most frequent first."""
    month = _month(call, query.month)
    return await call.questions.questions.of(Period.month(month.year, month.month))


async def export_questions(call: ApiCall, query: MonthOfQuestions) -> web.StreamResponse:
    """The same list as CSV."""
    del query  # the screen's export reads the same address
    return await screen.export(call.request)


async def refresh_questions(call: ApiCall, body: MonthBody) -> object:
    """Group the month anew, now; a frozen month stays as it is."""
    return await call.questions.questions.refresh(call.person, first_of(body.month))


async def get_question(call: ApiCall, query: MonthOfQuestions) -> object:
    """One question in a month: why its requests belong together, what was answered, what may be corrected."""
    month = _month(call, query.month)
    found = await call.questions.questions.details(call.person, month, call.id("question_id"))
    return _card(found, month)


def _card(found: QuestionDetails, month: date) -> dict[str, object]:
    return {
        "id": found.question.id,
        "name": found.question.name,
        "month": month,
        "asked": found.asked,
        "words": found.words,
        "tickets": found.tickets,
        "answers": found.answers,
        "parts": [{"term": term, "word": word, "tickets": count} for term, word, count in found.parts],
        "rules": found.rules,
        "others": [{"id": key, "name": name} for key, name in found.others],
    }


async def rename_question(call: ApiCall, body: TitleBody) -> object:
    """Call it so from now on."""
    return await call.questions.questions.rename(call.person, call.id("question_id"), body.title)


async def merge_question(call: ApiCall, body: IntoBody) -> object:
    """Count it together with another one."""
    return await call.questions.questions.merge(call.person, call.id("question_id"), body.into)


async def split_question(call: ApiCall, body: SplitBody) -> object:
    """Make a part of it a question of its own (`into_id`)."""
    return await call.questions.questions.split(call.person, call.id("question_id"), body.terms, body.title)


async def list_rules(call: ApiCall) -> object:
    """What people said of questions, newest first."""
    spoken: Sequence[tuple[object, str, str, str]] = await call.questions.questions.spoken()
    return [{"rule": rule, "by": by, "question": name, "other": other} for rule, by, name, other in spoken]


async def undo_rule(call: ApiCall) -> object:
    """Take a rule back."""
    return await call.questions.questions.undo(call.person, call.id("rule_id"))


_SEE, _EDIT = Action.SEE_STATISTICS, Action.EDIT_QUESTIONS
_ALL, _ONE = "/frequent-questions", "/frequent-questions/{question_id}"
OPERATIONS = (
    operation("GET", _ALL, _SEE, list_questions, answer=QuestionReport),
    operation("GET", f"{_ALL}/export", _SEE, export_questions, media=CSV),
    operation("POST", f"{_ALL}/refresh", _SEE, refresh_questions, answer=QuestionReport),
    operation("GET", f"{_ALL}/rules", _SEE, list_rules, answer=list[SpokenRule]),
    operation("POST", f"{_ALL}/rules/{{rule_id}}/undo", _EDIT, undo_rule, answer=QuestionRule),
    operation("GET", _ONE, _SEE, get_question, answer=QuestionCard),
    operation("POST", f"{_ONE}/rename", _EDIT, rename_question, answer=QuestionRule),
    operation("POST", f"{_ONE}/merge", _EDIT, merge_question, answer=QuestionRule),
    operation("POST", f"{_ONE}/split", _EDIT, split_question, answer=QuestionRule),
)
