"""The words of our letters: each one seen, changed, previewed, tried on oneself and given back."""

from collections.abc import Mapping

from aiohttp import web

from callcenter.domain.errors import InvalidInput, NotFound
from callcenter.domain.letters import LETTER_LOCALES, SUBJECT_LIMIT, LetterPreview
from callcenter.domain.notices import Notice
from callcenter.web.bodies import posted
from callcenter.web.pages.outbox import say_notice
from callcenter.web.pages.setup import room
from callcenter.web.responses import page, see_other, visitor, words_of
from callcenter.web.translations import Words
from callcenter.web.wording import N_

_LONGEST = 20_000
_PREVIEW_POLICY = "; ".join(
    ("default-src 'none'", "style-src 'unsafe-inline'", "frame-ancestors 'self'", "sandbox")
)
"""A letter carries its style inside itself; nothing else of it works."""
_PROBLEMS: Mapping[str, str] = {
    "required": N_("Fill in this field."),
    "too_long": N_("At most %(what)s characters."),
    "syntax": N_("A placeholder or a condition is not written to its end, line %(what)s."),
    "not_allowed": N_("This cannot stand in a letter: %(what)s."),
    "unknown_placeholder": N_("There is no such placeholder in this letter: %(what)s."),
    "missing_placeholder": N_("The letter is for this, and it is missing: {{ %(what)s }}."),
    "ascii": N_("The subject is written in Latin letters, in one line: some mail programs spoil others."),
}


def _problems(found: Mapping[str, tuple[str, str]], words: Words) -> dict[str, str]:
    return {field: words(_PROBLEMS[key], what=what) for field, (key, what) in found.items()}


async def letters(request: web.Request) -> web.Response:
    """Every letter in both languages."""
    words = words_of(request)
    changed = {
        (each.name, each.locale): each
        for each in await room(request).letters.overrides(visitor(request).person)
    }
    rows = [(each, say_notice(each, words)) for each in Notice]
    context = {"rows": rows, "changed": changed, "locales": LETTER_LOCALES}
    return await page(request, "admin_letters.html", context)


async def letter(request: web.Request) -> web.Response:
    """One letter: its words, placeholders and preview."""
    name, locale = _named(request)
    own = await room(request).letters.of(visitor(request).person, name, locale)
    typed = room(request).letters.delivered(name, locale) if own is None else (own.subject, own.text)
    return await _page(request, typed, {})


async def save(request: web.Request) -> web.Response:
    """Use these words from now on."""
    name, locale = _named(request)
    subject, text = await _typed(request)
    letters = room(request).letters
    wrong = letters.problems(name, locale, subject, text)
    if wrong:
        return await _page(request, (subject, text), _problems(wrong, words_of(request)))
    await letters.save(visitor(request).person, name, locale, subject, text)
    return see_other(f"/letters/{name}/{locale}?done=saved")


async def give_back(request: web.Request) -> web.Response:
    """Back to the delivered words."""
    name, locale = _named(request)
    await room(request).letters.give_back(visitor(request).person, name, locale)
    return see_other(f"/letters/{name}/{locale}?done=given_back")


async def try_on_self(request: web.Request) -> web.Response:
    """Send the saved letter to oneself."""
    name, locale = _named(request)
    try:
        await room(request).letters.try_on_self(visitor(request).person, name, locale)
    except InvalidInput:
        return see_other(f"/letters/{name}/{locale}?done=no_address")
    return see_other(f"/letters/{name}/{locale}?done=tried")


async def preview(request: web.Request) -> web.Response:
    """How the saved letter looks."""
    name, locale = _named(request)
    own = await room(request).letters.of(visitor(request).person, name, locale)
    words = None if own is None else (own.subject, own.text)
    return _shown(room(request).letters.preview(name, locale, words))


async def preview_typed(request: web.Request) -> web.Response:
    """How the letter in the form would look; what is wrong with it when it cannot be sent."""
    name, locale = _named(request)
    subject, text = await _typed(request)
    letters = room(request).letters
    wrong = letters.problems(name, locale, subject, text)
    if wrong:
        said = "\n".join(_problems(wrong, words_of(request)).values())
        return _framed(web.Response(text=said, status=422))
    return _shown(letters.preview(name, locale, (subject, text)))


def _shown(found: LetterPreview) -> web.Response:
    return _framed(web.Response(text=found.page, content_type="text/html"))


def _framed(response: web.Response) -> web.Response:
    response.headers["Content-Security-Policy"] = _PREVIEW_POLICY
    return response


def _named(request: web.Request) -> tuple[str, str]:
    name, locale = request.match_info["name"], request.match_info["locale"]
    if name not in set(Notice) or locale not in LETTER_LOCALES:
        raise NotFound("letter", name=name[:40])
    return name, locale


async def _typed(request: web.Request) -> tuple[str, str]:
    fields = await posted(request)
    subject, text = fields.get("subject", ""), fields.get("text", "")
    if not isinstance(subject, str) or not isinstance(text, str):
        raise InvalidInput({"text": "text"})
    return subject.strip()[: 2 * SUBJECT_LIMIT], text.replace("\r\n", "\n")[:_LONGEST]


async def _page(request: web.Request, typed: tuple[str, str], problems: Mapping[str, str]) -> web.Response:
    name, locale = _named(request)
    who, words, letters = visitor(request).person, words_of(request), room(request).letters
    own = await letters.of(who, name, locale)
    context = {
        "name": name,
        "said": say_notice(Notice(name), words),
        "letter_locale": locale,
        "locales": LETTER_LOCALES,
        "subject": typed[0],
        "text": typed[1],
        "own": own,
        "placeholders": letters.placeholders(name),
        "problems": problems,
        "done": request.query.get("done", ""),
        "address": who.mailbox,
    }
    return await page(request, "admin_letter.html", context, status=422 if problems else 200)
