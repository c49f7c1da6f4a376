"""Which numbers the dialer may dial: a deny-first table over digits. Regulation: 2.9, point 10.

The form is public and the dialer spends money. The table is a setting; Asterisk's dialplan repeats it.
Source: Russian numbering plan (E.164 country code 7; order 205 of the Ministry of Digital Development).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class NumberProblem(StrEnum):
    """Why a number is not dialled; each form has words for them."""

    MISSING = "missing"
    NOT_DIGITS = "not_digits"
    EXTENSION = "extension"
    INTERNATIONAL = "international"
    WRONG_LENGTH = "wrong_length"
    PAID = "paid"
    TOLL_FREE = "toll_free"
    PERSONAL = "personal"
    KAZAKHSTAN = "kazakhstan"
    NOT_LISTED = "not_listed"


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberRule:
    """Numbers that begin with one of these digits are allowed (`problem` None) or denied."""

    prefixes: tuple[str, ...]
    problem: NumberProblem | None = None


RUSSIA: Final[tuple[NumberRule, ...]] = (
    NumberRule(prefixes=("7840", "7940"), problem=NumberProblem.PAID),
    NumberRule(prefixes=("7954",), problem=NumberProblem.PERSONAL),
    NumberRule(prefixes=("7800", "7804"), problem=NumberProblem.TOLL_FREE),
    NumberRule(prefixes=("780",), problem=NumberProblem.PAID),
    NumberRule(prefixes=("76", "77"), problem=NumberProblem.KAZAKHSTAN),
    NumberRule(prefixes=("73", "74", "79", *(f"78{digit}" for digit in "1234567"))),
)
"""The first rule that fits decides; a number that fits none is not listed and not dialled."""

LENGTH: Final = 11
_EXTENSION: Final = re.compile(r"[,;#*wWpPxXдД~]")
_SEPARATORS: Final = re.compile(r"[ ()\-]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """`digits` is what may be dialled, and empty when nothing may."""

    digits: str
    problem: NumberProblem | None = None

    @property
    def allowed(self) -> bool:
        """Whether this number may be dialled."""
        return self.problem is None


def may_dial(number: str | None, rules: Sequence[NumberRule] = RUSSIA) -> Permission:
    """Whether an E.164 number may be dialled, and with which digits.

    >>> may_dial("+79161234567")
    Permission(digits='79161234567', problem=None)
    >>> may_dial("+78005550640").problem
    <NumberProblem.TOLL_FREE: 'toll_free'>
    """
    problem, digits = _syntax(number or "")
    if problem is None:
        problem = _listed(digits, rules)
    return Permission(digits="" if problem else digits, problem=problem)


def _syntax(number: str) -> tuple[NumberProblem | None, str]:
    if not number.strip():
        return NumberProblem.MISSING, ""
    if _EXTENSION.search(number):
        return NumberProblem.EXTENSION, ""
    digits = _SEPARATORS.sub("", number).removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return NumberProblem.NOT_DIGITS, ""
    if digits[0] != "7":
        return _not_ours(digits), ""
    if len(digits) != LENGTH:
        return NumberProblem.WRONG_LENGTH, ""
    return None, digits


def _not_ours(digits: str) -> NumberProblem:
    """A short code, a number that is not E.164, or one of another country."""
    if len(digits) < LENGTH - 1:
        return NumberProblem.WRONG_LENGTH
    return NumberProblem.INTERNATIONAL


def _listed(digits: str, rules: Sequence[NumberRule]) -> NumberProblem | None:
    for rule in rules:
        if digits.startswith(rule.prefixes):
            return rule.problem
    return NumberProblem.NOT_LISTED
