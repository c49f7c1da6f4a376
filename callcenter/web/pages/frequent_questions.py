"""What people ask most: the month's list, one question with its reasons, and a person's corrections."""

from collections.abc import Mapping
from datetime import date

from aiohttp import web
from babel.dates import format_date

from callcenter.domain.errors import Conflict, InvalidInput, NotFound
from callcenter.domain.questions import RuleKind, Trend
from callcenter.domain.statistics import Period, known_day
from callcenter.domain.words import N_
from callcenter.ports.questions import QuestionReport
from callcenter.services.questions import Questions
from callcenter.web.bodies import posted
from callcenter.web.forms import number_in_path, text_field
from callcenter.web.pages.desk_parts import number_of
from callcenter.web.pages.question_parts import room_of, tab
from callcenter.web.responses import locale_of, page, see_other, visitor, words_of
from callcenter.web.ticket_csv import MARK, written
from callcenter.web.translations import Words

_TRENDS: Mapping[Trend, str] = {
    Trend.NEW: N_("new"),
    Trend.RISING: N_("rising"),
    Trend.FALLING: N_("falling"),
    Trend.STEADY: "",
}
_PROBLEMS: Mapping[tuple[str, str], str] = {
    ("title", "required"): N_("Give it a name."),
    ("title", "too_long"): N_("A name has at most 200 letters."),
    ("terms", "choose"): N_("Choose one to five words that only the part has."),
    ("into_id", "circle"): N_("That one is a part of this question already."),
}
_KINDS: Mapping[RuleKind, str] = {
    RuleKind.MERGE: N_("counted together with"),
    RuleKind.SPLIT: N_("split off:"),
    RuleKind.RENAME: N_("called"),
}


def questions_of(request: web.Request) -> Questions:
    """The service; NotFound where the program runs without it."""
    return room_of(request).questions


def month_asked(text: str, today: date) -> date:
    """The month of an address («2026-11»), this one when none is given; NotFound for anything else."""
    if not text:
        return today.replace(day=1)
    try:
        return known_day(date.fromisoformat(f"{text}-01"))
    except (ValueError, InvalidInput) as error:
        raise NotFound("no such month", month=text[:20]) from error


def _month_name(request: web.Request, day: date) -> str:
    return str(format_date(day, "LLLL y", locale=locale_of(request)))


async def questions(request: web.Request) -> web.Response:
    """The questions of a month, the most frequent first."""
    service, words = questions_of(request), words_of(request)
    month = month_asked(request.query.get("month", ""), service.today())
    report = await service.of(Period.month(month.year, month.month))
    runs = [each.month for each in await service.months()]
    months = sorted({*runs, month, service.today().replace(day=1)}, reverse=True)
    context = {
        **tab(request, "questions"),
        "report": report,
        "month": month,
        "month_name": lambda day: _month_name(request, day),
        "months": months,
        "most": max((row.tickets for row in report.rows), default=1),
        "trend_word": lambda trend: words(_TRENDS[trend]) if _TRENDS[trend] else "",
        "busy": request.query.get("busy") == "yes",
        "coming": report.at is None and month < service.today().replace(day=1),
    }
    return await page(request, "frequent_questions.html", context)


async def export(request: web.Request) -> web.Response:
    """The same list as a file."""
    service, words = questions_of(request), words_of(request)
    month = month_asked(request.query.get("month", ""), service.today())
    report = await service.of(Period.month(month.year, month.month))
    rows = [[words(name) for name in _COLUMNS], *_lines(report, words)]
    return web.Response(
        body=(MARK + written(rows)).encode(),
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="questions-{month:%Y-%m}.csv"',
        },
    )


_COLUMNS = (
    N_("№"),
    N_("Question"),
    N_("Requests"),
    N_("Month before"),
    N_("Expected"),
    N_("Change"),
    N_("Examples, №"),
    N_("Answers, №"),
)


def _lines(report: QuestionReport, words: Words) -> list[list[str]]:
    return [
        [
            str(row.question_id),
            row.name,
            str(row.tickets),
            str(row.before) if report.compared else "",
            f"{row.expected:.1f}".replace(".", ",") if report.compared else "",
            words(_TRENDS[row.trend]) if _TRENDS[row.trend] else "",
            ", ".join(map(str, row.examples)),
            ", ".join(map(str, row.answers)),
        ]
        for row in report.rows
    ]


async def refresh(request: web.Request) -> web.Response:
    """Group the month anew, now."""
    service = questions_of(request)
    sent = await posted(request)
    month = month_asked(text_field(sent, "month", most=10), service.today())
    address = f"/reports/questions?month={month:%Y-%m}"
    try:
        await service.refresh(visitor(request).person, month)
    except Conflict:
        return see_other(f"{address}&busy=yes")
    return see_other(address)


async def rules(request: web.Request) -> web.Response:
    """What people said of questions, to be looked through and taken back."""
    words = words_of(request)
    spoken = await questions_of(request).spoken()
    kinds = {kind: words(said) for kind, said in _KINDS.items()}
    context = {**tab(request, "questions"), "spoken": spoken, "kinds": kinds}
    return await page(request, "frequent_questions_rules.html", context)


async def undo(request: web.Request) -> web.Response:
    """Take a rule back."""
    rule = await questions_of(request).undo(visitor(request).person, number_in_path(request, "rule_id"))
    sent = await posted(request)
    if sent.get("back") == "rules":
        return see_other("/reports/questions/rules")
    month = text_field(sent, "month", most=10)
    return see_other(f"/reports/questions/{rule.question_id}" + (f"?month={month}" if month else ""))


async def question(request: web.Request) -> web.Response:
    """One question in a month: why its requests belong together, what was answered, what may be corrected."""
    return await _question(request, request.query.get("month", ""), {})


async def rename(request: web.Request) -> web.Response:
    """Call it so."""
    sent, number = await posted(request), number_in_path(request, "question_id")
    title = text_field(sent, "title", most=2000)
    try:
        await questions_of(request).rename(visitor(request).person, number, title)
    except InvalidInput as error:
        return await _question(request, _month(sent), error.problems, typed={"title": title})
    return _back(number, _month(sent))


async def merge(request: web.Request) -> web.Response:
    """Count it together with another one."""
    sent, number = await posted(request), number_in_path(request, "question_id")
    into = number_of(sent, "into_id")
    try:
        await questions_of(request).merge(visitor(request).person, number, -1 if into is None else into)
    except InvalidInput as error:
        return await _question(request, _month(sent), error.problems)
    return _back(number if into is None else into, _month(sent))


async def split(request: web.Request) -> web.Response:
    """Make a part of it a question of its own."""
    sent, number = await posted(request), number_in_path(request, "question_id")
    title = text_field(sent, "part_title", most=2000)
    terms = [each for each in sent.getall("terms", []) if isinstance(each, str)]
    try:
        rule = await questions_of(request).split(visitor(request).person, number, terms, title)
    except InvalidInput as error:
        problems = {{"title": "part_title"}.get(name, name): key for name, key in error.problems.items()}
        return await _question(request, _month(sent), problems, typed={"part_title": title}, terms=terms)
    return _back(rule.into_id or number, _month(sent))


def _month(sent: Mapping[str, object]) -> str:
    return text_field(sent, "month", most=10)


def _back(number: int, month: str) -> web.Response:
    return see_other(f"/reports/questions/{number}" + (f"?month={month}" if month else ""))


async def _question(
    request: web.Request,
    month_text: str,
    problems: Mapping[str, str],
    *,
    typed: Mapping[str, str] | None = None,
    terms: list[str] | None = None,
) -> web.Response:
    service, words = questions_of(request), words_of(request)
    month = month_asked(month_text, service.today())
    found = await service.details(visitor(request).person, month, number_in_path(request, "question_id"))
    said = {
        name: words(_PROBLEMS.get((name.removeprefix("part_"), key), N_("Not accepted")))
        for name, key in problems.items()
    }
    context = {
        **tab(request, "questions"),
        "found": found,
        "month": month,
        "month_name": lambda day: _month_name(request, day),
        "problems": said,
        "typed": typed or {},
        "chosen": terms or [],
        "kinds": {kind: words(said) for kind, said in _KINDS.items()},
        "trend_word": lambda trend: words(_TRENDS[trend]) if _TRENDS[trend] else "",
    }
    return await page(request, "frequent_question.html", context, status=422 if problems else 200)
