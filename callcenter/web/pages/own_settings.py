"""What each person sets for himself: language, theme, password; and where he is signed in."""

from collections.abc import Mapping

from aiohttp import web

from callcenter.domain.errors import InvalidInput
from callcenter.services.people import THEMES
from callcenter.services.sign_in import SHORTEST_PASSWORD
from callcenter.web.bodies import posted
from callcenter.web.forms import secret_field, text_field
from callcenter.web.keys import CLOCK, SERVICES
from callcenter.web.responses import page, see_other, visitor, words_of
from callcenter.web.translations import LOCALES
from callcenter.web.wording import N_

_PROBLEMS: Mapping[str, str] = {
    "wrong_password": N_("This is not your present password."),
    "too_short": N_("At least 10 characters."),
}


async def form(request: web.Request) -> web.Response:
    """All settings of the person."""
    words = words_of(request)
    done = words("Your password was changed.") if request.query.get("done") == "password" else ""
    return await _form(request, done=done)


async def look(request: web.Request) -> web.Response:
    """Language and theme. A new language needs a whole new page, a new theme does not."""
    fields = await posted(request)
    person = visitor(request).person
    locale = text_field(fields, "locale") or person.locale
    await request.app[SERVICES].people.choose_look(
        person.id, locale=locale, theme=text_field(fields, "theme") or person.theme
    )
    if locale != person.locale and "HX-Request" in request.headers:
        return web.Response(status=204, headers={"HX-Redirect": "/settings"})
    return see_other("/settings")


async def password(request: web.Request) -> web.Response:
    """A new password; the person's other sessions end."""
    fields = await posted(request)
    new, again = secret_field(fields, "new"), secret_field(fields, "again")
    words = words_of(request)
    if new != again:
        return await _form(request, problems={"again": words("The two do not match.")})
    try:
        await request.app[SERVICES].sign_in.change_password(
            visitor(request).session, old=secret_field(fields, "old"), new=new
        )
    except InvalidInput as error:
        problems = {field: words(_PROBLEMS[why]) for field, why in error.problems.items()}
        return await _form(request, problems=problems)
    return see_other("/settings?done=password")


async def revoke(request: web.Request) -> web.Response:
    """End one of the person's own sessions."""
    session = text_field(await posted(request), "session", most=64)
    await request.app[SERVICES].sign_in.end(visitor(request).person.id, session)
    return see_other("/settings")


async def _form(
    request: web.Request, *, problems: Mapping[str, str] | None = None, done: str = ""
) -> web.Response:
    who = visitor(request)
    now = request.app[CLOCK].now()
    async with request.app[SERVICES].open_uow(write=False) as uow:
        has_password = await uow.people.password_hash(who.person.id) is not None
        stored = await uow.sessions.of_person(who.person.id)
    context = {
        "problems": problems or {},
        "done": done,
        "has_password": has_password,
        "sessions": [session for session in stored if session.expires_at > now],
        "present": who.session,
        "locales": LOCALES,
        "themes": THEMES,
        "shortest": SHORTEST_PASSWORD,
    }
    return await page(request, "settings.html", context, status=422 if problems else 200)
