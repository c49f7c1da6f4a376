"""What a request is about, as a list of terms: Russian words in any form, typing errors mended, products by name.

Everything that tells one client from another (names, numbers, addresses) and everything polite is left out. Pure: the
dictionary of word forms comes in as `Morphology`. Regulation: 3.2.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from callcenter.domain.question_lexicon import (
    CASES,
    ENDINGS,
    FAMILIES,
    LOOKALIKES,
    PHRASES,
    STOP_WORDS,
    UNITS,
)
from callcenter.domain.question_spelling import ONE_ERROR_FROM, Spelling
from callcenter.domain.search import normalised, stemmed

READ_CHARACTERS = 3000
"""A request says what it is about at its beginning; what follows is not read."""
MOST_TERMS = 40
LONGEST_WORD = 32
SHORTEST_ROOT = 4

_TAGS = re.compile(r"<(?:script|style)\b.{0,2000}?</(?:script|style)>|<[^<>]{0,300}>", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}|(?:https?://|www\.)\S{1,300}")
_SIGNATURE = re.compile(
    r"\bс уважением\b|\n\s*(?:-{2,}\s*(?:исходное|пересыл|original|forwarded)|отправлено с|sent from)|\n\s*>",
    re.I,
)
_TOKEN = re.compile(
    r"0x[0-9a-f]{4,8}|\d{1,2}-?[a-zа-я]{1,10}(?![a-zа-я])|[a-zа-я]{1,40}(?:-[a-zа-я]{1,40})?|\d+|[.,:!?;\n]"
)
_WITHIN = re.compile(r"(?<=\w)[:.](?=[a-zа-я])")
"""A sign within a name («1С:Бухгалтерия», «Контур.Экстерн») is no pause."""
_FORM_NAME = re.compile(r"\b(\d)\s?-?\s?(ндфл|фсс)\b")
_CODE_BEFORE = ("ошибк", "код")
_CODE = range(2, 7)
_PAUSES = frozenset(".,:!?;\n")
_CYRILLIC = re.compile(r"[а-я]")
_LATIN = re.compile(r"[a-z]")


class Morphology(Protocol):
    """A dictionary of Russian word forms, in small letters with «е» for «ё»."""

    def known(self, word: str) -> bool:
        """Whether this very form is in it."""
        ...

    def lemma(self, word: str) -> str | None:
        """The dictionary form; None for service words and people's names."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestText:
    """One text to be grouped; `ticket_id` only names it."""

    ticket_id: int
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A word as it was written (`form`, errors mended) and the term it stands for, None when it says nothing."""

    form: str
    term: str | None


def tokens(subject: str, text: str) -> list[str]:
    """The words of a request in small letters, in order; «.» stands for a stop or a comma.

    Numbers, mail addresses, links, tags, signatures and quoted letters are left out; the code of an error stays.

    >>> tokens("Ошибка 403", "Добрый день! ИНН 7701234567, <b>6-НДФЛ</b> не уходит, ivan@mail.ru")
    ['ошибка', 'код-403', '.', 'добрый', 'день', '.', 'инн', '.', '6ндфл', 'не', 'уходит']
    """
    body = _SIGNATURE.split(f"\n{text[: READ_CHARACTERS * 2]}", maxsplit=1)[0]
    raw = html.unescape(f"{subject[:300]}\n{body}")[:READ_CHARACTERS]
    lines = (normalised(_CONTROL.sub(" ", line)) for line in _TAGS.sub(" ", raw).splitlines())
    clean = _WITHIN.sub(" ", _ADDRESS.sub(" ", "\n".join(line for line in lines if line)))
    found: list[str] = []
    for word in _TOKEN.findall(_FORM_NAME.sub(r"\1\2", clean)):
        if word in _PAUSES:
            if found and found[-1] != ".":
                found.append(".")
        elif word.isdigit():
            if found and found[-1].startswith(_CODE_BEFORE) and len(word) in _CODE:
                found.append(f"код-{word}")
        elif (kept := _kept(word)) is not None:
            found.append(kept)
    return found[:-1] if found and found[-1] == "." else found


def _kept(word: str) -> str | None:
    """A word in its one spelling, None when it says nothing: a measured amount, a letter salad."""
    if word[0].isdigit() and not word.startswith("0x"):
        digits = re.match(r"\d+", word)
        assert digits is not None
        letters = word[digits.end() :].lstrip("-")
        if letters in {"c", "с"}:
            return f"{digits[0]}с"
        return None if letters in UNITS or len(letters) < 3 else f"{digits[0]}{letters}"
    if len(word) > LONGEST_WORD:
        return None
    if _CYRILLIC.search(word) and _LATIN.search(word):
        return word.translate(LOOKALIKES)
    return word


class Reader:
    """Turns texts into terms. What is an error and what a word of the trade is learnt from all the texts together.

    `products` are further names to be read as one term each, besides the known ones of the trade.
    """

    def __init__(self, morphology: Morphology, products: Iterable[str] = ()) -> None:
        self._morphology = morphology
        self._terms: dict[str, str | None] = {}
        self._mended: dict[str, str] = {}
        names = {name: (name,) for name in products if name.strip()}
        spellings = {**names, **{name: (name, *others) for name, others in PHRASES.items()}}
        self._own = {word for each in spellings.values() for text in each for word in tokens(text, "")}
        self._phrases = self._phrase_table(spellings)

    def read(self, texts: Sequence[RequestText]) -> list[list[Token]]:
        """The tokens of each text, in the order of the texts."""
        split = [tokens(each.subject, each.text) for each in texts]
        counts = Counter(word for words in split for word in set(words))
        self._mended = Spelling(self._morphology, counts, self._own, self.term).corrections()
        return [self._tokens(words) for words in split]

    def term(self, word: str) -> str | None:
        """The term of one written word, None when it says nothing."""
        if word not in self._terms:
            self._terms[word] = self._find_term(word)
        return self._terms[word]

    def terms_of(self, text: str) -> list[str]:
        """The different terms of a phrase that a person typed."""
        return list(dict.fromkeys(each.term for each in self._tokens(tokens(text, "")) if each.term))

    def _find_term(self, word: str) -> str | None:
        if word == "." or len(word) < 2 or word in STOP_WORDS:
            return None
        word = self._undeclined(word)
        lemma: str | None = word
        if _CYRILLIC.search(word) and word not in self._own and not word[0].isdigit():
            lemma = self._morphology.lemma(word) if self._morphology.known(word) else stemmed(word)
        elif word in self._own and self._morphology.known(word):
            lemma = self._morphology.lemma(word) or word
        if lemma is None or lemma in STOP_WORDS:
            return None
        return root(lemma)

    def _undeclined(self, word: str) -> str:
        """A product's name that the dictionary does not know, as it is written in our list."""
        if not self._morphology.known(word):
            for letters in (1, 2, 3):
                if word[-letters:] in CASES and word[:-letters] in self._own and len(word) > ONE_ERROR_FROM:
                    return word[:-letters]
        return word

    def _tokens(self, words: Sequence[str]) -> list[Token]:
        mended = [self._mended.get(word, word) for word in words]
        terms = [self.term(word) for word in mended]
        found: list[Token] = []
        at = 0
        while at < len(mended):
            name, length = self._phrase_at(terms, at)
            if name is not None:
                written = " ".join(mended[at : at + length])
                found.append(Token(form=written if name.islower() else name, term=name))
                at += length
            else:
                found.append(Token(form=mended[at], term=terms[at]))
                at += 1
        return found

    def _phrase_table(
        self, spellings: Mapping[str, Sequence[str]]
    ) -> Mapping[str, Sequence[tuple[tuple[str, ...], str]]]:
        table: dict[str, dict[tuple[str, ...], str]] = {}
        for name, texts in spellings.items():
            for text in texts:
                key = tuple(term for word in tokens(text, "") if (term := self.term(word)) is not None)
                if key:
                    table.setdefault(key[0], {}).setdefault(key, name)
        return {
            first: sorted(each.items(), key=lambda row: (-len(row[0]), row[0]))
            for first, each in table.items()
        }

    def _phrase_at(self, terms: Sequence[str | None], at: int) -> tuple[str | None, int]:
        """The longest name that begins here and how many words it takes."""
        first = terms[at]
        for key, name in self._phrases.get(first, ()) if first is not None else ():
            if tuple(terms[at : at + len(key)]) == key:
                return name, len(key)
        return None, 1


def root(lemma: str) -> str:
    """A dictionary form without what verbs and the nouns made of them differ in, so that a family of words meets.

    >>> {root("открыть"), root("открываться"), root("открытие")}, {root("отправка"), root("отправлять")}
    ({'откр'}, {'отправ'})
    """
    word = lemma.removesuffix("ся").removesuffix("сь") if lemma.endswith(("ться", "тись")) else lemma
    if word in FAMILIES:
        return FAMILIES[word]
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_ROOT:
            return _hardened(word[: -len(ending)])
    return _hardened(word) if len(word) > SHORTEST_ROOT + 1 else word


def _hardened(stem: str) -> str:
    """Consonants that change within a family (обновить, обновлять; загрузить, загружать; запустить, запуск)."""
    if stem.endswith(("бл", "пл", "вл", "мл", "фл")):
        return stem[:-1]
    if stem.endswith("пуст"):
        return f"{stem[:-1]}к"
    return f"{stem[:-1]}з" if stem.endswith("уж") else stem


def terms_in_order(read: Iterable[Token]) -> tuple[str, ...]:
    """The different terms of a text, the first ones first."""
    return tuple(dict.fromkeys(token.term for token in read if token.term is not None))[:MOST_TERMS]
