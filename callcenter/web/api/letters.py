"""The words of our letters: each one seen, changed, previewed, tried on oneself and given back."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from callcenter.domain.errors import InvalidInput, NotFound
from callcenter.domain.letters import LETTER_LOCALES, SUBJECT_LIMIT, TEXT_LIMIT
from callcenter.domain.notices import Notice
from callcenter.domain.people import Action
from callcenter.web.api.fields import Asked, Told
from callcenter.web.api.operation import ApiCall, operation


class LetterBody(Asked):
    """A subject in ASCII, and a text with placeholders like `{{ number }}`."""

    subject: Annotated[str, Field(min_length=1, max_length=SUBJECT_LIMIT, pattern=r"^[\x20-\x7e]*$")]
    text: Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT, pattern=r"^[^\x00]*$")]


class ListedLetter(Told):
    """A letter in one language; `changed_at` null: the delivered words are in force."""

    name: Notice
    locale: str
    changed_at: datetime | None
    changed_by: int | None


class Letter(ListedLetter):
    """Its words, and what may stand in it, each with its example value."""

    subject: str
    text: str
    placeholders: dict[str, str]


class Preview(Told):
    """How the letter looks with example values; `page` is HTML."""

    subject: str
    text: str
    page: str


class SentTo(Told):
    """Where the trial went."""

    address: str


async def list_letters(call: ApiCall) -> object:
    """Every letter in every language."""
    changed = {
        (each.name, each.locale): each for each in await call.administration.letters.overrides(call.person)
    }
    return [
        {
            "name": name,
            "locale": locale,
            "changed_at": own.changed_at if own else None,
            "changed_by": own.changed_by if own else None,
        }
        for name in Notice
        for locale in LETTER_LOCALES
        for own in [changed.get((str(name), locale))]
    ]


async def get_letter(call: ApiCall) -> object:
    """One letter: its words in force, and its placeholders."""
    return await _letter(call)


async def save_letter(call: ApiCall, body: LetterBody) -> object:
    """Use these words from the next letter on."""
    name, locale = _named(call)
    await call.administration.letters.save(call.person, name, locale, body.subject, body.text)
    return await _letter(call)


async def give_back_letter(call: ApiCall) -> None:
    """Back to the delivered words."""
    await call.administration.letters.give_back(call.person, *_named(call))


async def preview_letter(call: ApiCall, body: LetterBody) -> object:
    """How these words would look with example values. Changes nothing."""
    name, locale = _named(call)
    letters = call.administration.letters
    wrong = letters.problems(name, locale, body.subject, body.text)
    if wrong:
        raise InvalidInput({field: key for field, (key, _) in wrong.items()})
    return letters.preview(name, locale, (body.subject, body.text))


async def try_letter(call: ApiCall) -> object:
    """Send the letter in force, with example values, to the asker's own address."""
    return {"address": await call.administration.letters.try_on_self(call.person, *_named(call))}


def _named(call: ApiCall) -> tuple[str, str]:
    name, locale = call.request.match_info["name"], call.request.match_info["locale"]
    if name not in set(Notice) or locale not in LETTER_LOCALES:
        raise NotFound("letter", name=name)
    return name, locale


async def _letter(call: ApiCall) -> dict[str, object]:
    name, locale = _named(call)
    letters = call.administration.letters
    own = await letters.of(call.person, name, locale)
    subject, text = letters.delivered(name, locale) if own is None else (own.subject, own.text)
    return {
        "name": name,
        "locale": locale,
        "changed_at": own.changed_at if own else None,
        "changed_by": own.changed_by if own else None,
        "subject": subject,
        "text": text,
        "placeholders": dict(letters.placeholders(name)),
    }


_EDIT = Action.EDIT_LETTERS
_ONE = "/letters/{name}/{locale}"
OPERATIONS = (
    operation("GET", "/letters", _EDIT, list_letters, answer=list[ListedLetter]),
    operation("GET", _ONE, _EDIT, get_letter, answer=Letter),
    operation("PUT", _ONE, _EDIT, save_letter, answer=Letter),
    operation("DELETE", _ONE, _EDIT, give_back_letter),
    operation("POST", f"{_ONE}/preview", _EDIT, preview_letter, answer=Preview, changes=False),
    operation("POST", f"{_ONE}/try", _EDIT, try_letter, answer=SentTo),
)
