"""Which numbers may be dialled: deny first, digits only."""

import pytest

from dialer.permission import RUSSIA, NumberProblem, NumberRule, may_dial

DENIED = {
    None: NumberProblem.MISSING,
    "": NumberProblem.MISSING,
    "  ": NumberProblem.MISSING,
    "+78401112233": NumberProblem.PAID,
    "+79401112233": NumberProblem.PAID,
    "+78091112233": NumberProblem.PAID,
    "+78031112233": NumberProblem.PAID,
    "+79541112233": NumberProblem.PERSONAL,
    "+78005550640": NumberProblem.TOLL_FREE,
    "+78041112233": NumberProblem.TOLL_FREE,
    "+77011112233": NumberProblem.KAZAKHSTAN,
    "+76011112233": NumberProblem.KAZAKHSTAN,
    "+78801112233": NumberProblem.NOT_LISTED,
    "+71231112233": NumberProblem.NOT_LISTED,
    "+72231112233": NumberProblem.NOT_LISTED,
    "+75231112233": NumberProblem.NOT_LISTED,
    "+7916111223": NumberProblem.WRONG_LENGTH,
    "+791611122334": NumberProblem.WRONG_LENGTH,
    "112": NumberProblem.WRONG_LENGTH,
    "101": NumberProblem.WRONG_LENGTH,
    "491601234": NumberProblem.WRONG_LENGTH,
    "4916012345": NumberProblem.INTERNATIONAL,
    "+493012345678": NumberProblem.INTERNATIONAL,
    "+375291234567": NumberProblem.INTERNATIONAL,
    "8104930123456": NumberProblem.INTERNATIONAL,
    "8~104930123456": NumberProblem.EXTENSION,
    "89161112233": NumberProblem.INTERNATIONAL,
    "+79161112233x12": NumberProblem.EXTENSION,
    "+79161112233,12": NumberProblem.EXTENSION,
    "+79161112233w12": NumberProblem.EXTENSION,
    "+79161112233P1": NumberProblem.EXTENSION,
    "+79161112233 доб. 5": NumberProblem.EXTENSION,
    "+7916111223#": NumberProblem.EXTENSION,
    "*101": NumberProblem.EXTENSION,
    "+7916111223٣": NumberProblem.NOT_DIGITS,
    "+7916111223²": NumberProblem.NOT_DIGITS,
    "+7916111223\n": NumberProblem.NOT_DIGITS,
    "++79161112233": NumberProblem.NOT_DIGITS,
    "anonymous": NumberProblem.NOT_DIGITS,
    "()": NumberProblem.NOT_DIGITS,
    "<unknown>": NumberProblem.EXTENSION,
    "7916111223a": NumberProblem.NOT_DIGITS,
}


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(("number", "problem"), DENIED.items())
def test_number_is_refused_with_its_reason(number: str | None, problem: NumberProblem) -> None:
    permission = may_dial(number)
    assert permission.problem is problem
    assert not permission.allowed
    assert permission.digits == ""


@pytest.mark.parametrize(
    "number",
    ["+73431112233", "+74951112233", "+79031112233", *(f"+78{digit}21112233" for digit in "1234567")],
)
def test_russian_city_and_mobile_numbers_are_dialled_as_digits(number: str) -> None:
    permission = may_dial(number)
    assert permission.allowed
    assert permission.digits == number[1:]


def test_separators_and_a_missing_plus_do_not_matter() -> None:
    assert may_dial("7 (916) 111-22-33").digits == "79161112233"


def test_table_is_a_setting_and_its_first_fitting_rule_decides() -> None:
    rules = (NumberRule(prefixes=("7916",), problem=NumberProblem.PAID), *RUSSIA)
    assert may_dial("+79161112233", rules).problem is NumberProblem.PAID
    assert may_dial("+79171112233", rules).allowed
    assert may_dial("+79171112233", ()).problem is NumberProblem.NOT_LISTED
