"""What names one person wherever it may have been repeated: his names in any form, his numbers, his addresses.

Stored reports, the names of frequent questions and the like repeat what clients wrote; when a client is forgotten
these marks are taken out of them, and everything else of them stays as it was (152-FZ, article 21).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from callcenter.domain.search import normalised, stemmed

BLANK = "…"
SHORTEST_NAME = 3
"""Letters; initials and particles name nobody."""
_ENDING = 2
_TAIL = 10
"""Digits that tell a number in every way it is written."""
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\+?\d[\d ()\-]{8,22}\d")
_MAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonalMarks:
    """`stems` of his names, `tails` of his numbers (the last ten digits), `mails` in small letters."""

    stems: frozenset[str]
    tails: frozenset[str]
    mails: frozenset[str]

    @classmethod
    def of(cls, names: Iterable[str], numbers: Iterable[str], mails: Iterable[str]) -> Self:
        """The marks of a person by what is known of him.

        >>> marks = PersonalMarks.of(["Пётр Иванов"], ["+79161234567"], ["p@x.ru"])
        >>> marks.without("Продлить подпись Иванову, 8 (916) 123-45-67, P@x.ru")
        'Продлить подпись …, …, …'
        """
        digits = ("".join(filter(str.isdigit, each)) for each in numbers)
        return cls(
            stems=frozenset(
                stemmed(normalised(word))
                for name in names
                for word in _WORD.findall(name)
                if len(word) >= SHORTEST_NAME
            ),
            tails=frozenset(each[-_TAIL:] for each in digits if len(each) >= _TAIL),
            mails=frozenset(each.casefold() for each in mails if each),
        )

    def without_numbers(self, text: str) -> str:
        """The text without his numbers and addresses."""
        found = _MAIL.sub(lambda each: BLANK if each[0].casefold() in self.mails else each[0], text)
        return _NUMBER.sub(lambda each: BLANK if self._his(each[0]) else each[0], found)

    def without(self, text: str) -> str:
        """The text without his names, numbers and addresses."""
        return _WORD.sub(
            lambda each: BLANK if self._his_name(each[0]) else each[0], self.without_numbers(text)
        )

    def names(self, text: str) -> bool:
        """Whether the text holds any of his marks."""
        return self.without(text) != text

    def _his_name(self, word: str) -> bool:
        """A surname's stem keeps or loses its own ending by the case it stands in: «Иванов», «Иванову»."""
        stem = stemmed(normalised(word))
        return stem in self.stems or any(
            min(len(stem), len(each)) > SHORTEST_NAME
            and abs(len(stem) - len(each)) <= _ENDING
            and (stem.startswith(each) or each.startswith(stem))
            for each in self.stems
        )

    def _his(self, number: str) -> bool:
        return "".join(filter(str.isdigit, number))[-_TAIL:] in self.tails

    def without_in_document(self, value: Any, titles: dict[str, str]) -> Any:
        """A stored document's JSON without his numbers anywhere, without his names in rows that held one of them, and
        with `titles` (old to new) said anew.
        """
        if isinstance(value, str):
            return titles.get(value, self.without_numbers(value))
        if isinstance(value, dict):
            return {name: self.without_in_document(each, titles) for name, each in value.items()}
        if not isinstance(value, list):
            return value
        cleaned = [self.without_in_document(each, titles) for each in value]
        about_him = any(isinstance(each, str) and self.without_numbers(each) != each for each in value)
        return [self.without(each) if about_him and isinstance(each, str) else each for each in cleaned]
