"""Telephone numbers at every door: E.164 beside the raw form, a hidden number as a value.

Syntax is not permission: what may be *dialled* is decided elsewhere.
"""

import re
from dataclasses import dataclass

import phonenumbers

HIDDEN_WORDS = frozenset(
    {"", "anonymous", "unknown", "<unknown>", "restricted", "private", "unavailable", "withheld"}
)
_PUNCTUATION = re.compile(r"[\s()\-.\u00a0\u2010-\u2015]")
_DIGITS = re.compile(r"\+?[0-9]{2,15}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """A number as it came and as it is meant; `e164` is None when it is hidden or cannot be a number."""

    raw: str
    e164: str | None

    @property
    def hidden(self) -> bool:
        """True for a caller who withheld his number: never linked to a client, never called back."""
        return self.raw.strip().casefold() in HIDDEN_WORDS


def parse_number(raw: str) -> Number:
    """Read a number in any usual Russian form; a malformed one keeps its raw form and no E.164.

    >>> parse_number("8 (916) 123-45-67").e164
    '+79161234567'
    >>> parse_number("9161234567").e164
    '+79161234567'
    >>> parse_number("anonymous").hidden
    True
    >>> parse_number("101").e164 is None
    True
    """
    text = _PUNCTUATION.sub("", raw.strip())
    if not _DIGITS.fullmatch(text):
        return Number(raw=raw, e164=None)
    return Number(raw=raw, e164=_to_e164(text))


def _to_e164(text: str) -> str | None:
    if text.startswith("8") and len(text) == 11:
        text = "+7" + text[1:]
    elif text.startswith("7") and len(text) == 11:
        text = "+" + text
    elif text.startswith("810"):
        text = "+" + text[3:]
    elif len(text) < 7:
        return None
    try:
        parsed = phonenumbers.parse(text, "RU")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def display(e164: str) -> str:
    """The number as people read it.

    >>> display("+79161234567")
    '+7 916 123-45-67'
    >>> display("+78005550640")
    '8 (800) 555-06-40'
    """
    if e164.startswith("+7800") and len(e164) == 12:
        return f"8 ({e164[2:5]}) {e164[5:8]}-{e164[8:10]}-{e164[10:]}"
    if e164.startswith("+7") and len(e164) == 12:
        return f"+7 {e164[2:5]} {e164[5:8]}-{e164[8:10]}-{e164[10:]}"
    parsed = phonenumbers.parse(e164)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def mask(e164: str) -> str:
    """The number as logs may show it.

    >>> mask("+79161234567")
    '+7916*****67'
    """
    return e164[:5] + "*" * max(0, len(e164) - 7) + e164[-2:]
