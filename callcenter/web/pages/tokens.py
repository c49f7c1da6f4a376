"""Tokens of programs: the administrator's list, a new one shown once, and its end."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web

from callcenter.domain.api_tokens import NEVER_LENT
from callcenter.domain.errors import InvalidInput
from callcenter.domain.people import Action
from callcenter.web.bodies import posted
from callcenter.web.forms import number_in_path, text_field
from callcenter.web.keys import CLOCK, SERVICES, SETTINGS
from callcenter.web.responses import page, see_other, visitor, words_of
from callcenter.web.token_wording import SCOPES
from callcenter.web.wording import N_

LIVES = (30, 90, 180, 366)
"""Days a token may be given."""
_USUAL_LIFE = 90
_PROBLEMS: Mapping[str, str] = {
    "required": N_("Fill in this field."),
    "too_long": N_("This is too long."),
    "unknown": N_("Choose somebody who works here."),
    "choice": N_("Choose from the list."),
    "no_scope": N_("Tick at least one right."),
}


async def tokens(request: web.Request) -> web.Response:
    """Every token, newest first; the ended ones stay listed."""
    rows = await request.app[SERVICES].api_tokens.all(visitor(request).person)
    return await page(request, "tokens.html", {"rows": rows, "now": request.app[CLOCK].now()})


async def new(request: web.Request) -> web.Response:
    """An empty form."""
    return await _form(request, {}, {})


async def create(request: web.Request) -> web.Response:
    """A new token; its page is the only place where the whole of it is ever shown."""
    sent = await posted(request)
    scopes = {str(each) for each in sent.getall("scopes", [])}
    known = frozenset(each for each in Action if each in scopes)
    person_id, days = _number(sent, "person_id"), _number(sent, "days")
    try:
        if days not in LIVES:
            raise InvalidInput({"days": "choice"})
        made = await request.app[SERVICES].api_tokens.create(
            visitor(request).person,
            person_id=person_id,
            name=text_field(sent, "name", most=1000),
            scopes=known,
            expires_at=request.app[CLOCK].now() + timedelta(days=days),
        )
    except InvalidInput as error:
        kept = {"name": sent.get("name", ""), "person_id": person_id, "days": days, "scopes": scopes}
        return await _form(request, kept, error.problems)
    context = {"made": made, "base_url": request.app[SETTINGS].base_url}
    return await page(request, "token_made.html", context)


async def revoke(request: web.Request) -> web.Response:
    """The token opens nothing from now on."""
    await request.app[SERVICES].api_tokens.revoke(
        visitor(request).person, number_in_path(request, "token_id")
    )
    return see_other("/tokens")


async def _form(request: web.Request, typed: Mapping[str, Any], problems: Mapping[str, str]) -> web.Response:
    words = words_of(request)
    async with request.app[SERVICES].open_uow(write=False) as uow:
        people = [each for each in await uow.people.all() if each.active]
    keys = {
        name: "no_scope" if name == "scopes" and key == "required" else key for name, key in problems.items()
    }
    context = {
        "typed": {"days": _USUAL_LIFE, "scopes": frozenset(), **typed},
        "problems": {name: words(_PROBLEMS.get(key, N_("Not accepted"))) for name, key in keys.items()},
        "people": people,
        "lives": LIVES,
        "scopes": [
            (each, words(SCOPES[each])) for each in Action if each in SCOPES and each not in NEVER_LENT
        ],
    }
    return await page(request, "token.html", context, status=422 if problems else 200)


def _number(sent: Mapping[str, Any], name: str) -> int:
    value = str(sent.get(name, ""))
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0
