"""The form of one person: new or changed; mistakes are said beside their fields."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from callcenter.domain.errors import Conflict, InvalidInput, NotFound
from callcenter.domain.people import Person, Role
from callcenter.services.people import PersonDetails
from callcenter.web.bodies import posted
from callcenter.web.forms import text_field
from callcenter.web.keys import SERVICES
from callcenter.web.pages.people import person_in_path
from callcenter.web.pages.setup import room
from callcenter.web.responses import page, see_other, visitor, words_of
from callcenter.web.wording import N_

_PROBLEMS: Mapping[tuple[str, str], str] = {
    ("login", "malformed"): N_("2 to 40 small Latin letters, digits, dots or dashes."),
    ("name", "missing"): N_("Enter the name as colleagues know it."),
    ("roles", "missing"): N_("Choose at least one role."),
    ("roles", "last_administrator"): N_("This is the last administrator; name another one first."),
    ("endpoint", "malformed"): N_("Write the phone as PJSIP/101."),
    ("pbx", "missing"): N_("Say on which PBX the phone is."),
    ("email", "malformed"): N_("This is not a mail address."),
}

_Change = Callable[[PersonDetails], Awaitable[object]]


async def new(request: web.Request) -> web.Response:
    """An empty form."""
    details = PersonDetails(login="", name="", roles=frozenset({Role.OPERATOR}))
    return await _form(request, None, details)


async def add(request: web.Request) -> web.Response:
    """A new employee."""

    async def change(details: PersonDetails) -> object:
        return await request.app[SERVICES].people.add(details, by=visitor(request).person)

    return await _apply(request, None, change)


async def edit(request: web.Request) -> web.Response:
    """The form with what is known."""
    person = await person_in_path(request)
    details = PersonDetails(
        login=person.login,
        name=person.name,
        roles=person.roles,
        pbx=person.pbx or "",
        endpoint=person.endpoint or "",
        active=person.active,
        email=person.email or "",
    )
    return await _form(request, person, details)


async def save(request: web.Request) -> web.Response:
    """A changed employee."""
    person = await person_in_path(request)

    async def change(details: PersonDetails) -> object:
        return await request.app[SERVICES].people.save(person.id, details, by=visitor(request).person)

    return await _apply(request, person, change)


async def _apply(request: web.Request, person: Person | None, change: _Change) -> web.Response:
    fields = await posted(request)
    details = PersonDetails(
        login=text_field(fields, "login").lower(),
        name=text_field(fields, "name"),
        roles=frozenset(Role(each) for each in fields.getall("role", []) if each in set(Role)),
        pbx=text_field(fields, "pbx", most=64),
        endpoint=text_field(fields, "endpoint", most=80),
        active=person is None or fields.get("active") == "yes",
        email=text_field(fields, "email", most=300).lower(),
    )
    words = words_of(request)
    try:
        await change(details)
    except InvalidInput as error:
        problems = {
            field: words(_PROBLEMS.get((field, why), N_("Not accepted")))
            for field, why in error.problems.items()
        }
        return await _form(request, person, details, problems)
    except Conflict:
        taken = words("This login or this phone belongs to somebody else already.")
        return await _form(request, person, details, {"taken": taken})
    return see_other("/people")


async def mail_link(request: web.Request) -> web.Response:
    """Mail the person a link that lets him in once."""
    person = await person_in_path(request)
    try:
        address = await room(request).sign_in_letters.send(visitor(request).person, person.id)
    except InvalidInput:
        raise NotFound("the person has no address", person_id=person.id) from None
    return await page(request, "admin_link_mailed.html", {"named": person, "address": address})


async def _form(
    request: web.Request,
    person: Person | None,
    details: PersonDetails,
    problems: Mapping[str, Any] | None = None,
) -> web.Response:
    async with request.app[SERVICES].open_uow(write=False) as uow:
        known = {link.pbx for link in await uow.links.all()} | {each.pbx for each in await uow.people.all()}
    context = {
        "edited": person,
        "details": details,
        "problems": problems or {},
        "roles": list(Role),
        "pbxs": sorted(filter(None, known)),
    }
    return await page(request, "person.html", context, status=422 if problems else 200)
