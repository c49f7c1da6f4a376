"""Every figure is named and explained in Russian, and nothing that no figure says is translated."""

from callcenter.domain.measures import SPECS
from callcenter.domain.regulation import CLAUSES
from callcenter.services import compliance as clauses
from callcenter.web.measure_wording import MEASURE_WORDS
from callcenter.web.translations import load_words


def test_every_measure_has_its_russian_name_and_formula() -> None:
    russian = load_words()["ru"]
    said = {text for spec in SPECS for text in (spec.name, spec.formula)}
    assert said <= set(MEASURE_WORDS)
    for text in said:
        assert any("а" <= letter <= "я" for letter in russian(text).lower()), text


def test_every_clause_says_in_russian_what_is_counted() -> None:
    said = {
        *(how for counted in clauses._COUNTED.values() for _, how in counted),
        clauses.CALL_WORDS,
        clauses.FROZEN_WORDS,
        clauses.CLOSED_WORDS,
    }
    assert said <= set(MEASURE_WORDS)


def test_every_clause_of_the_regulation_is_counted() -> None:
    told = {"1.6", "3.1", "3.2"}  # of the zero-loss ledgers and of the closings
    assert told | set(clauses._COUNTED) == set(CLAUSES)


def test_every_measure_has_a_code_of_its_own() -> None:
    codes = [spec.code for spec in SPECS]
    assert len(codes) == len(set(codes))
