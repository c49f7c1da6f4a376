"""Taking one person out of what was written of many."""

import pytest

from callcenter.domain.personal_marks import PersonalMarks

MARKS = PersonalMarks.of(["Анна Петрова", "А. Ёлкина"], ["+79161234567", "101"], ["Anna@Example.ru", ""])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Перезвоните Анне Петровой", "Перезвоните … …"),
        ("ёлкиной не пришёл счёт", "… не пришёл счёт"),
        ("анализ петроглифов", "анализ петроглифов"),
        ("тел. +7 916 123-45-67, доб. 101", "тел. …, доб. 101"),
        ("89161234567 и 89161234568", "… и 89161234568"),
        ("пишите: anna@example.ru", "пишите: …"),
        ("пишите: vanna@example.ru", "пишите: vanna@example.ru"),
        ("=1+1 <b>Петрова</b>", "=1+1 <b>…</b>"),
        ("", ""),
    ],
)
def test_names_in_any_form_numbers_and_addresses_go_and_the_rest_stays(text: str, expected: str) -> None:
    assert MARKS.without(text) == expected
    assert MARKS.names(text) is (text != expected)


def test_of_a_person_of_whom_nothing_is_known_nothing_is_taken_out() -> None:
    nobody = PersonalMarks.of([], ["", "anonymous"], [""])
    assert nobody.without("Анна, 89161234567, anna@example.ru") == "Анна, 89161234567, anna@example.ru"


def test_in_a_document_names_go_only_where_his_number_stood_beside_them() -> None:
    body = {
        "rows": [["Петрова, исполнитель", 5], ["8 916 123-45-67", "Петрова звонила", None]],
        "name": "old",
    }
    assert MARKS.without_in_document(body, {"old": "new"}) == {
        "rows": [["Петрова, исполнитель", 5], ["…", "… звонила", None]],
        "name": "new",
    }
