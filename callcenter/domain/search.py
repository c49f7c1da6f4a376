"""Text as it is searched: databases disagree about letters, so both sides are normalised here.

SQLite folds the case of ASCII letters only, and nobody types «ё» consistently.
"""

import re
import unicodedata
from functools import lru_cache

from snowballstemmer import stemmer

from callcenter.domain.clients import Client, Organization
from callcenter.domain.ticket import Ticket

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


LONGEST_WORD = 32
MOST_WORDS = 400
MOST_SOUGHT = 6
AREA_AND_MORE = 6
_WORD = re.compile(r"\w+")
_CYRILLIC = re.compile(r"[а-я]")
_RUSSIAN = stemmer("russian")
_ENGLISH = stemmer("english")


@lru_cache(maxsize=65536)
def stemmed(word: str) -> str:
    """A normalised word without its ending, so that its forms meet.

    >>> stemmed("отчеты"), stemmed("отчетами"), stemmed("errors"), stemmed("1с8")
    ('отчет', 'отчет', 'error', '1с8')
    """
    word = word[:LONGEST_WORD]
    if word.isdigit():
        return word
    if _CYRILLIC.search(word):
        return str(_RUSSIAN.stemWord(word))
    return str(_ENGLISH.stemWord(word))


def words(*texts: str | None) -> list[str]:
    """The stems of the texts, each once, in their order."""
    return list(dict.fromkeys(stemmed(word) for word in _WORD.findall(normalised(*texts))))


def phone_words(e164: str) -> tuple[str, str]:
    """A number as two words: from its beginning and from its end, so that either part of it finds it."""
    digits = e164.lstrip("+").removeprefix("7")
    return f"p:{digits}", f"r:{digits[::-1]}"


def ticket_words(ticket: Ticket, client: Client | None, company: Organization | None) -> frozenset[str]:
    """Everything a ticket is found by besides its number."""
    found = words(
        ticket.subject,
        ticket.contact_name,
        ticket.contact_email,
        None if client is None else client.name,
        None if company is None else company.name,
        None if company is None else company.inn,
        ticket.text,
        ticket.answer,
    )[:MOST_WORDS]
    phones = {number.e164 for number in (ticket.caller, ticket.contact_phone) if number and number.e164}
    phones.update(() if client is None else client.phones)
    return frozenset([*found, *(word for phone in phones for word in phone_words(phone))])


def readings(text: str) -> list[list[str]]:
    """What a search may mean: lists of prefixes of words that must all be there, the likelier first.

    Digits may be a telephone number from its beginning, its end, or a plain word such as an INN.

    >>> readings("отчёты Ромашки"), readings("8 (916) 123"), readings("45-67")
    ([['отчет', 'ромашк']], [['p:916123'], ['r:3216197'], ['7916123']], [['r:7654'], ['4567']])
    """
    digits = phone_digits(text)
    if digits is None:
        found = words(text)[:MOST_SOUGHT]
        return [found] if found else []
    ends = [[f"r:{digits[::-1]}"], [digits]]
    return [[f"p:{digits.removeprefix('7')}"], *ends] if len(digits) >= AREA_AND_MORE else ends
