"""Mending typing errors by what all the texts together write, the dictionary, and the names of products.

A word is an error when no dictionary knows it and few write it so; or when many do, but it sounds like a known word
(«атчет»). It is mended to the nearest word of the corpus, else to a form of a word that the corpus uses. A wrong mend
is worse than none: short words, numbers and names are left alone. Regulation: 3.2.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Protocol

from rapidfuzz import process
from rapidfuzz.distance import OSA

from callcenter.domain.question_lexicon import LATIN_LAYOUT, STOP_WORDS

OFTEN_ENOUGH = 3
"""In so many texts a spelling that no dictionary knows is taken for a word of the trade, not for an error."""
ONE_ERROR_FROM, TWO_ERRORS_FROM = 4, 8
"""Letters a word must have for one and for two errors to be mended."""
LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюя"

_CYRILLIC = re.compile(r"[а-я]")
_LATIN = re.compile(r"[a-z]")
_SOUND = str.maketrans({"о": "а", "и": "е", "э": "е", "я": "е", "ь": None, "ъ": None})
_TWICE = re.compile(r"(.)\1")


class Dictionary(Protocol):
    """Forms of words that exist."""

    def known(self, word: str) -> bool: ...


class Spelling:
    """The words of a corpus: `counts` is in how many texts each is written, `own` are names of products."""

    def __init__(
        self,
        dictionary: Dictionary,
        counts: Mapping[str, int],
        own: Set[str],
        term: Callable[[str], str | None],
    ) -> None:
        self._dictionary = dictionary
        self._counts = counts
        self._term = term
        self._known = {word for word in counts if self._is_known(word)} | own
        self._right = self._known | {word for word in counts if self._is_of_the_trade(word)}
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(self._right):
            self._by_length.setdefault(len(word), []).append(word)
        self._terms: Counter[str] = Counter()
        for word in sorted(self._known):
            if (found := term(word)) is not None:
                self._terms[found] += counts.get(word, 0) + (word in own)

    def corrections(self) -> dict[str, str]:
        """Misspelt words and what they were meant to be."""
        found = {}
        for word in self._counts:
            if word in self._known or word in STOP_WORDS or not _mendable(word):
                continue
            meant = self._heard(word) if word in self._right else self._meant(word)
            if meant is not None:
                found[word] = meant
        return found

    def _is_known(self, word: str) -> bool:
        return _mendable(word) and _CYRILLIC.search(word) is not None and self._dictionary.known(word)

    def _is_of_the_trade(self, word: str) -> bool:
        return _mendable(word) and self._counts[word] >= OFTEN_ENOUGH and not _is_layout_slip(word)

    def _meant(self, word: str) -> str | None:
        if _LATIN.search(word):
            retyped = word.translate(LATIN_LAYOUT)
            return retyped if retyped in self._right else None
        return self._nearest(word) or self._commonest(_one_edit(word))

    def _heard(self, word: str) -> str | None:
        """A known word that sounds alike."""
        if _CYRILLIC.search(word) is None:
            return None
        sound = sounds(word)
        return self._commonest(each for each in _one_edit(word) if sounds(each) == sound)

    def _nearest(self, word: str) -> str | None:
        """The right word that differs by the fewest errors; of equals the one written most often."""
        for allowed in range(1, 3 if len(word) >= TWO_ERRORS_FROM else 2):
            near = [
                found
                for length in range(len(word) - allowed, len(word) + allowed + 1)
                for found, _, _ in process.extract(
                    word,
                    self._by_length.get(length, ()),
                    scorer=OSA.distance,
                    score_cutoff=allowed,
                    limit=None,
                )
            ]
            if near:
                return min(near, key=lambda found: (-self._counts.get(found, 0), found))
        return None

    def _commonest(self, candidates: Iterator[str]) -> str | None:
        """Of the forms that exist, one of the word that the corpus uses most."""
        found = [
            (-self._terms[term], each)
            for each in candidates
            if self._dictionary.known(each) and (term := self._term(each)) is not None and term in self._terms
        ]
        return min(found)[1] if found else None


def _mendable(word: str) -> bool:
    return len(word) >= ONE_ERROR_FROM and not word[0].isdigit() and not word.startswith("код-")


def _is_layout_slip(word: str) -> bool:
    """Latin letters without a vowel among the first ones: Russian typed on the Latin layout."""
    return _LATIN.search(word) is not None and not re.search(r"[aeiouy]", word[:4])


def sounds(word: str) -> str:
    """How a word is heard, roughly: unstressed vowels alike, no soft signs, no doubled letters.

    >>> sounds("атчет") == sounds("отчет"), sounds("атол") == sounds("стол")
    (True, False)
    """
    return _TWICE.sub(r"\1", word.translate(_SOUND))


def _one_edit(word: str) -> Iterator[str]:
    """Every string one typing error away: a letter more, less, another, or two letters swapped."""
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1 and tail[0] != tail[1]:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in LETTERS:
            if tail and letter != tail[0]:
                yield head + letter + tail[1:]
            yield head + letter + tail
