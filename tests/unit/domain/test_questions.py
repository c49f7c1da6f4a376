"""Reading and grouping Russian requests: forms, errors, products, reasons, and whatever the form lets in."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from callcenter.domain.errors import InvalidInput
from callcenter.domain.question_groups import JOINS, group_texts, why
from callcenter.domain.question_words import Reader, RequestText, tokens
from callcenter.domain.questions import (
    Findings,
    Question,
    QuestionRule,
    Rulebook,
    RuleKind,
    Trend,
    answer_rank,
    checked_title,
    find_questions,
    likelihood,
    trend_of,
)
from callcenter.morphology import RussianMorphology
from tests.support_texts import Labelled, agreement, generated

MORPHOLOGY = RussianMorphology()
BOUND = 0.85
"""Adjusted Rand index that grouping must reach on the generated corpus; 1 is perfect, 0 is chance."""

BY_HAND: Mapping[str, tuple[str, ...]] = {
    "login": (
        "Не могу войти в личный кабинет, пишет неверный пароль",
        "здравствуйте, не получается зайти в ЛК с паролем",
        "Личный кабинет не принимает пароль!!!",
    ),
    "signature": (
        "Закончилась электронная подпись у директора, как перевыпустить",
        "Перевыпуск ЭЦП, старая подпись закончилась 15.11",
        "нужно перевыпустить электроную подпись",
    ),
    "printing": (
        "После обновления 1С не печатает накладные на принтер HP",
        "Принтер не печатает накладные из 1С",
        "Не выходит накладная на печать, принтер молчит",
    ),
    "exchange": (
        "Не проходит обмен с банком, платежки не уходят",
        "обмен с банком завис, платёжки не отправляются",
        "Платёжки не ушли в банк, обмен выдаёт ошибку",
    ),
    "receipt": (
        "Касса не печатает чек, ошибка фискального накопителя",
        "На кассе ошибка: фискальный накопитель переполнен",
        "Замена фискального накопителя в кассе, как сделать?",
    ),
    "report": (
        "ФНС вернула 6-НДФЛ с ошибкой, как отправить корректировку 6-НДФЛ",
        "Пришёл отказ по 6 НДФЛ, нужна корректировка",
        "Корректировка 6-НДФЛ не отправляется",
    ),
}


def request(text: str, number: int = 1, subject: str = "") -> RequestText:
    return RequestText(ticket_id=number, subject=subject, text=text)


def terms(*texts: str) -> list[list[str]]:
    read = Reader(MORPHOLOGY).read([request(text, number) for number, text in enumerate(texts)])
    return [[token.term for token in each if token.term is not None] for each in read]


def found(texts: Sequence[str], known: Mapping[int, Mapping[str, float]] | None = None) -> Findings:
    return find_questions(
        [request(text, number) for number, text in enumerate(texts)], MORPHOLOGY, known=known
    )


def partition(labelled: Sequence[Labelled]) -> tuple[list[object], list[object]]:
    """Ours and the truth, over the texts that were made from a question; who is in no group is alone."""
    findings = find_questions([each.request for each in labelled], MORPHOLOGY)
    of = {index: number for number, each in enumerate(findings.questions) for index in each.members}
    asked = [index for index, each in enumerate(labelled) if each.label is not None]
    return [of.get(index, -1 - index) for index in asked], [labelled[index].label for index in asked]


def test_forms_of_a_word_and_its_family_are_one_term() -> None:
    first, second, third = terms("отчёты не открываются", "Не могу ОТКРЫТЬ отчет", "при открытии отчётов")
    assert set(first) == set(second) == set(third)


def test_what_tells_clients_apart_and_courtesy_are_left_out() -> None:
    said = "Добрый день! Я Иванова Мария, ИНН 7701234567, 8 (916) 123-45-67, ivan@mail.ru, https://a.ru/x. Спасибо"
    assert terms(said) == [[]]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("в 1с бухгалтерии", "1С:Бухгалтерия"),
        ("1С:Бухгалтерия", "1С:Бухгалтерия"),
        ("крипто про CSP", "КриптоПро"),
        ("из сбиса", "СБИС"),
        ("рутокена", "Рутокен"),
        ("эцп", "электронная подпись"),
        ("электронной подписью", "электронная подпись"),
        ("в личном кабинете", "личный кабинет"),
    ],
)
def test_a_product_is_one_term_however_it_is_written(written: str, name: str) -> None:
    assert name in terms(written)[0]


def test_the_companys_own_products_are_read_as_one_term() -> None:
    (read,) = Reader(MORPHOLOGY, ["Умная Касса Плюс"]).read(
        [request("не работает умной кассой плюс, умная касса плюс")]
    )
    assert [token.term for token in read].count("Умная Касса Плюс") == 2


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("отчот", "отчет"),
        ("обнвление", "обновление"),
        ("принетр", "принтер"),
        ("jnxtn", "отчет"),
        ("атчета", "отчет"),
    ],
)
def test_typing_errors_are_mended_by_what_others_write(wrong: str, right: str) -> None:
    corpus = [right] * 5
    assert terms(wrong, *corpus)[0] == terms(*corpus)[0]


def test_an_error_that_many_make_is_mended_when_it_sounds_right() -> None:
    assert terms(*["атчета"] * 6, *["отчет"] * 4)[0] == ["отчет"]


def test_a_word_of_the_trade_is_not_mended_away() -> None:
    assert terms(*["экспресснакладная"] * 3, *["накладная"] * 9)[0] != terms("накладная")[0]


def test_the_code_of_an_error_is_kept_and_other_numbers_are_not() -> None:
    assert tokens("", "Ошибка 403 в строке 17, код 0x80070005, 5шт, 20.11.2026") == [
        "ошибка", "код-403", "в", "строке", ".", "код", "0x80070005",
    ]  # fmt: skip


def test_a_signature_and_a_quoted_letter_are_not_read() -> None:
    said = "Не печатает принтер\n\nС уважением, касса обмен\n> старое письмо про отчет"
    assert terms(said) == terms("не печатает принтер")


def test_requests_written_by_hand_fall_into_their_questions() -> None:
    texts = [text for texts in BY_HAND.values() for text in texts]
    truth = [label for label, texts in BY_HAND.items() for _ in texts]
    findings = found(texts)
    of = {index: number for number, each in enumerate(findings.questions) for index in each.members}
    assert agreement([of.get(index, -1 - index) for index in range(len(texts))], truth) >= 0.9


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("typos", [0.0, 0.12])
def test_a_generated_corpus_is_grouped_as_it_was_made(seed: int, typos: float) -> None:
    ours, truth = partition(list(generated(2000, seed=seed, typos=typos)))
    assert agreement(ours, truth) >= BOUND


def test_the_same_texts_in_any_order_give_the_same_questions() -> None:
    texts = [each.request for each in generated(400, seed=4)]
    shuffled = texts[:]
    random.Random(1).shuffle(shuffled)
    one, other = find_questions(texts, MORPHOLOGY), find_questions(shuffled, MORPHOLOGY)

    def told(findings: Findings, order: Sequence[RequestText]) -> list[object]:
        return [
            (
                each.name,
                each.words,
                sorted((order[index].ticket_id, points) for index, points in each.members.items()),
            )
            for each in findings.questions
        ]

    assert told(one, texts) == told(other, shuffled)


def test_points_are_the_sum_of_the_reasons_and_reach_the_bound() -> None:
    read = [tuple(each) for each in terms(*(each.request.text for each in generated(300, seed=5)))]
    corpus, groups = group_texts(read)
    for group in groups:
        for index, points in group.members.items():
            reasons = why(read[index], corpus.weight, dict(group.words))
            assert sum(each for _, each in reasons) == pytest.approx(points)
            assert points >= JOINS


def test_a_question_is_named_by_words_that_people_wrote() -> None:
    names = [
        each.name for each in found(BY_HAND["receipt"] + BY_HAND["login"] + BY_HAND["printing"]).questions
    ]
    assert any("фискальн" in name.lower() for name in names)
    assert any("печатает накладные" in name for name in names)


def test_a_known_question_takes_its_texts_before_new_ones_are_made() -> None:
    texts = [*BY_HAND["login"], *BY_HAND["receipt"]]
    first = found(texts)
    known = {number + 7: dict(each.words) for number, each in enumerate(first.questions)}
    again = found([*texts, *BY_HAND["printing"]], known)
    assert {each.question_id for each in again.questions} == {*known, None}


HOSTILE: Mapping[str, Sequence[str]] = {
    "nothing at all": [],
    "empty texts": ["", " ", "\n\n\t"],
    "the same text ten thousand times": ["Не открывается отчёт"] * 10_000,
    "a huge text": ["а" * 200_000, "отчет " * 50_000, "@" * 100_000, "<" * 100_000, "a." * 60_000 + "@"],
    "markup": [
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "<" * 5000 + "b" * 5000,
        "&lt;b&gt; отчет",
    ]
    * 3,
    "control characters": ["\x00\x01отч\x1bет\u202e не \u200bоткрывается\ufeff", "\ud83d\ude00 отчет"] * 3,
    "other languages": [
        "报告打不开",
        "レポート",
        "the report does not open",
        "звіт не відкривається",
        "ხელმოწერა",
    ]
    * 3,
    "numbers and punctuation": ["1234567890 " * 50, "!!!???...", "----", "=1+1", "'; DROP TABLE ticket; --"]
    * 3,
    "one long word": ["я" * 31 + " " + "ы" * 32, "ъ" * 5000] * 3,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_nothing_that_a_form_lets_in_breaks_the_grouping(what: str) -> None:
    texts = HOSTILE[what]
    findings = found(texts)
    assert len(findings.terms) == len(texts)
    assert all(each.members and set(each.members) <= set(range(len(texts))) for each in findings.questions)


def test_ten_thousand_equal_texts_are_one_question() -> None:
    (one,) = found(HOSTILE["the same text ten thousand times"]).questions
    assert len(one.members) == 10_000


def test_markup_is_no_part_of_a_name() -> None:
    texts = ["<b>отчет</b> не <script>alert('код')</script> открывается"] * 4
    (one,) = found(texts).questions
    assert one.name == "Отчет не открывается"


def rule(
    number: int, kind: RuleKind, question: int, into: int | None = None, title: str = ""
) -> QuestionRule:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    return QuestionRule(id=number, kind=kind, question_id=question, into_id=into, title=title, by=1, at=at)


def questions(*numbers: int) -> dict[int, Question]:
    month = date(2026, 11, 1)
    return {
        each: Question(id=each, name=f"в{each}", words=(("а", 1.0),), first_month=month) for each in numbers
    }


def test_a_chain_of_merges_leads_to_its_end_and_a_circle_ends() -> None:
    book = Rulebook(questions(1, 2, 3), [rule(1, RuleKind.MERGE, 1, 2), rule(2, RuleKind.MERGE, 2, 3)])
    assert [book.resolve(each, ()) for each in (1, 2, 3)] == [3, 3, 3]
    circle = Rulebook(questions(1, 2), [rule(1, RuleKind.MERGE, 1, 2), rule(2, RuleKind.MERGE, 2, 1)])
    assert {circle.resolve(1, ()), circle.resolve(2, ())} == {1, 2}


def test_a_part_is_split_off_before_the_whole_is_merged_away() -> None:
    known = questions(1, 2, 3)
    known[2] = replace(known[2], parent_id=1, required=("1С", "откр"))
    book = Rulebook(known, [rule(1, RuleKind.SPLIT, 1, 2), rule(2, RuleKind.MERGE, 1, 3)])
    assert book.resolve(1, ("откр", "отчет", "1С")) == 2
    assert book.resolve(1, ("откр", "отчет")) == 3


def test_a_rule_taken_back_or_about_nothing_says_nothing() -> None:
    taken_back = replace(rule(1, RuleKind.MERGE, 1, 2), revoked_at=datetime(2026, 11, 3, tzinfo=UTC))
    book = Rulebook(questions(1, 2), [taken_back, rule(2, RuleKind.MERGE, 2, 99)])
    assert (book.resolve(1, ()), book.resolve(2, ()), book.title(99)) == (1, 2, "")


def test_the_last_name_given_holds() -> None:
    names = [rule(1, RuleKind.RENAME, 1, title="Первое"), rule(2, RuleKind.RENAME, 1, title="Второе")]
    assert Rulebook(questions(1), names).title(1) == "Второе"


@pytest.mark.parametrize(
    ("now", "before", "share", "known", "trend"),
    [
        (3, 0, 0.5, False, Trend.NEW),
        (2, 0, 0.5, False, Trend.STEADY),
        (3, 1, 0.5, True, Trend.STEADY),
        (4, 0, 0.5, True, Trend.STEADY),
        (20, 5, 0.5, True, Trend.RISING),
        (5, 20, 0.5, True, Trend.FALLING),
        (5, 20, 0.2, True, Trend.STEADY),
        (20, 20, 0.2, True, Trend.RISING),
        (1300, 1000, 0.5, True, Trend.STEADY),
    ],
)
def test_a_change_is_marked_when_it_is_great_and_not_by_chance(
    now: int, before: int, share: float, known: bool, trend: Trend
) -> None:
    assert trend_of(now, before, share=share, known_before=known)[0] is trend


def test_chance_is_the_exact_binomial_one() -> None:
    assert likelihood(8, 2, 0.5) == pytest.approx(2 * (45 + 10 + 1) / 1024)
    assert likelihood(0, 0, 0.5) == likelihood(3, 3, 1.0) == 1.0


def test_answers_that_did_not_satisfy_are_no_examples() -> None:
    ranks = [
        answer_rank(5, confirmed=False),
        answer_rank(4, confirmed=True),
        answer_rank(None, confirmed=True),
    ]
    assert ranks == sorted(ranks, reverse=True)  # type: ignore[type-var]
    assert answer_rank(None, confirmed=False) == 1
    assert answer_rank(3, confirmed=True) is answer_rank(1, confirmed=True) is None


def test_a_name_is_one_line_and_not_empty() -> None:
    assert checked_title("  Отчёты \n СБИС ") == "Отчёты СБИС"
    with pytest.raises(InvalidInput):
        checked_title(" \n ")
