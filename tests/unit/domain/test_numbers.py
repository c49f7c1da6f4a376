"""Telephone numbers as people and trunks write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.numbers import display, mask, parse_number
from callcenter.domain.search import normalised, phone_digits


@pytest.mark.parametrize(
    ("raw", "e164"),
    [
        ("88005550640", "+78005550640"),
        ("+78005550640", "+78005550640"),
        ("78005550640", "+78005550640"),
        ("8 (800) 555-06-40", "+78005550640"),
        ("9161234567", "+79161234567"),
        ("8\u00a0916\u00a0123\u201145\u201167", "+79161234567"),
        ("810441632960961", "+441632960961"),
        ("+441632960961", "+441632960961"),
    ],
)
def test_every_usual_form_is_one_number(raw: str, e164: str) -> None:
    number = parse_number(raw)
    assert (number.e164, number.raw, number.hidden) == (e164, raw, False)


@pytest.mark.parametrize("raw", ["anonymous", "", " ", "<unknown>", "Restricted", "PRIVATE", "unavailable"])
def test_a_withheld_number_is_hidden_and_has_no_e164(raw: str) -> None:
    number = parse_number(raw)
    assert number.hidden
    assert number.e164 is None


@pytest.mark.parametrize(
    "raw",
    ["s", "101", "12", "+7", "89161234567;ext=5", "8916123456７", "٨٩١٦١٢٣٤٥٦٧", "8" * 40, "+7916\n1234567x"],
)
def test_what_is_no_number_keeps_its_raw_form_only(raw: str) -> None:
    number = parse_number(raw)
    assert (number.raw, number.e164, number.hidden) == (raw, None, False)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_numbers(raw: str) -> None:
    number = parse_number(raw)
    assert number.raw == raw
    if number.e164 is not None:
        assert number.e164[0] == "+"
        assert number.e164[1:].isascii()
        assert number.e164[1:].isdigit()
        assert parse_number(number.e164).e164 == number.e164
        assert display(number.e164)


@given(st.integers(9_000_000_000, 9_999_999_999))
def test_a_logged_number_hides_its_middle(digits: int) -> None:
    masked = mask(f"+7{digits}")
    assert len(masked) == 12
    assert masked[5:10] == "*****"


@given(st.text(max_size=60))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
    assert "ё" not in normalised(text)


@pytest.mark.parametrize("text", ["ЁЛКА", "ёлка", "Елка", "е\u0308лка"])
def test_the_letter_yo_is_found_however_it_is_written(text: str) -> None:
    assert normalised(text) == "елка"


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("8 (916) 1", "79161"),
        ("+7 916", "7916"),
        ("4567", "4567"),
        ("456", None),
        ("кв. 5678", None),
        ("", None),
    ],
)
def test_a_part_of_a_number_is_recognised(text: str, digits: str | None) -> None:
    assert phone_digits(text) == digits
