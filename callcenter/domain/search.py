"""Text as it is searched: databases disagree about letters, so both sides are normalised here.

SQLite folds the case of ASCII letters only, and nobody types «ё» consistently.
"""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_NOT_DIGITS = re.compile(r"[^0-9]")
_LOOKS_LIKE_NUMBER = re.compile(r"[\d\s()+\-.]*\d[\d\s()+\-.]*", re.ASCII)
MIN_DIGITS = 4


def normalised(*texts: str | None) -> str:
    """The searchable form of some texts: case folded, «ё» as «е», single spaces.

    >>> normalised("  Семёнов  ИВАН", None, "ООО «Ёлка»")
    'семенов иван ооо «елка»'
    """
    joined = unicodedata.normalize("NFC", " ".join(text for text in texts if text)).casefold()
    return _SPACES.sub(" ", joined.replace("ё", "е")).strip()


def phone_digits(text: str) -> str | None:
    """The digits of a text that looks like (a part of) a telephone number, as they stand in E.164; else None.

    >>> phone_digits("8 (916) 123")
    '7916123'
    >>> phone_digits("45-67")
    '4567'
    >>> phone_digits("1С") is None
    True
    """
    if not _LOOKS_LIKE_NUMBER.fullmatch(text.strip()):
        return None
    digits = _NOT_DIGITS.sub("", text)
    if len(digits) < MIN_DIGITS:
        return None
    if digits.startswith("8") and len(digits) > MIN_DIGITS:
        return "7" + digits[1:]
    return digits
