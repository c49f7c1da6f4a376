"""People: the list, one-time links, and the end of all a person's sessions."""

from aiohttp import web

from callcenter.domain.errors import NotFound
from callcenter.domain.people import Person
from callcenter.web.forms import number_in_path
from callcenter.web.keys import CLOCK, SERVICES, SETTINGS
from callcenter.web.responses import page, see_other, visitor
from callcenter.web.views.people_view import person_rows


async def people(request: web.Request) -> web.Response:
    """Everybody who works here."""
    async with request.app[SERVICES].open_uow(write=False) as uow:
        rows = await person_rows(uow, request.app[CLOCK].now())
    return await page(request, "people.html", {"rows": rows})


async def one_time_link(request: web.Request) -> web.Response:
    """A link that lets this person in once, shown once."""
    person = await person_in_path(request)
    token = await request.app[SERVICES].people.one_time_link(person.login, by=visitor(request).person)
    link = f"{request.app[SETTINGS].origin}/sign-in/once/{token}"
    return await page(request, "link.html", {"named": person, "link": link})


async def sign_out_everywhere(request: web.Request) -> web.Response:
    """End every session of this person."""
    person = await person_in_path(request)
    await request.app[SERVICES].sign_in.end_all(person.id)
    return see_other("/people")


async def person_in_path(request: web.Request) -> Person:
    """The person the address names.

    Raises:
        NotFound: there is no such person.
    """
    person_id = number_in_path(request, "person_id")
    async with request.app[SERVICES].open_uow(write=False) as uow:
        person = await uow.people.by_id(person_id)
    if person is None:
        raise NotFound(f"no person {person_id}", person_id=person_id)
    return person
