"""Employees, their roles, one-time links, and what each of them did."""

from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from callcenter.domain.people import Action, Role, may
from callcenter.services.people import PersonDetails
from callcenter.web.api import answers
from callcenter.web.api.binding import found
from callcenter.web.api.fields import Asked, Id, Name, Told
from callcenter.web.api.operation import ApiCall, operation
from callcenter.web.keys import SETTINGS

_SHOWN = 100
Short = Annotated[str, StringConstraints(max_length=64, pattern=r"^[\x21-\x7e]*$")]


class PersonBody(Asked):
    """An employee; `pbx` and `endpoint` (`PJSIP/101`) name his telephone, `email` is where he is warned."""

    login: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]*$")]
    name: Name
    roles: Annotated[list[Role], Field(min_length=1, max_length=len(Role))]
    pbx: Short = ""
    endpoint: Short = ""
    email: Short = ""
    active: bool = True


class StoryQuery(Asked):
    """Where to go on: rows older than this one."""

    before: Id | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = _SHOWN


class Employee(Told):
    """An employee."""

    id: int
    login: str
    name: str
    roles: Annotated[list[Role], BeforeValidator(sorted)]
    pbx: str | None
    endpoint: str | None
    email: str | None
    locale: str
    active: bool


class Me(Told):
    """Who asks: the person, and what he (by this token) may do."""

    person: Employee
    actions: list[Action]


class MailedTo(Told):
    """Where the letter goes."""

    address: str


class OneTimeLink(Told):
    """An address that lets the person in once, within a day."""

    url: str


def _details(body: PersonBody) -> PersonDetails:
    return PersonDetails(**{**body.model_dump(), "roles": frozenset(body.roles)})


async def me(call: ApiCall) -> object:
    """Who asks, and what he may do."""
    return {"person": call.person, "actions": [each for each in Action if may(call.person, each)]}


async def list_people(call: ApiCall) -> object:
    """Everybody, the dismissed included."""
    async with call.open_uow(write=False) as uow:
        return await uow.people.all()


async def get_person(call: ApiCall) -> object:
    """One employee."""
    person_id = call.id("person_id")
    async with call.open_uow(write=False) as uow:
        return found(await uow.people.by_id(person_id), "person", person_id)


async def add_person(call: ApiCall, body: PersonBody) -> object:
    """A new employee, without a password: he comes in by a one-time link."""
    return await call.services.people.add(_details(body), by=call.person)


async def change_person(call: ApiCall, body: PersonBody) -> object:
    """Change an employee; changed roles or a dismissal end his sessions, so that they hold at once."""
    return await call.services.people.save(call.id("person_id"), _details(body), by=call.person)


async def one_time_link(call: ApiCall) -> object:
    """A link that lets this person in once; it is told only now."""
    person_id = call.id("person_id")
    async with call.open_uow(write=False) as uow:
        person = found(await uow.people.by_id(person_id), "person", person_id)
    token = await call.services.people.one_time_link(person.login, by=call.person)
    return {"url": f"{call.request.app[SETTINGS].origin}/sign-in/once/{token}"}


async def mail_link(call: ApiCall) -> object:
    """Mail this person a link that lets him in once."""
    return {"address": await call.administration.sign_in_letters.send(call.person, call.id("person_id"))}


async def sign_out(call: ApiCall) -> None:
    """End every session of this person."""
    person_id = call.id("person_id")
    async with call.open_uow(write=False) as uow:
        found(await uow.people.by_id(person_id), "person", person_id)
    await call.services.sign_in.end_all(person_id)


async def get_person_story(call: ApiCall, query: StoryQuery) -> object:
    """What a person did, newest first: for those who may see the audit, and of oneself. Regulation: 2.10."""
    return await call.desk.reading.story_of_person(
        call.person, call.id("person_id"), before=query.before, limit=query.limit
    )


_EDIT = Action.EDIT_PEOPLE
_PERSON = "/people/{person_id}"
OPERATIONS = (
    operation("GET", "/me", Action.CHANGE_OWN_SETTINGS, me, answer=Me),
    operation("GET", "/people", _EDIT, list_people, answer=list[Employee]),
    operation("POST", "/people", _EDIT, add_person, answer=Employee, status=201),
    operation("GET", _PERSON, _EDIT, get_person, answer=Employee),
    operation("PUT", _PERSON, _EDIT, change_person, answer=Employee),
    operation(
        "POST",
        f"{_PERSON}/sign-in-link",
        _EDIT,
        one_time_link,
        answer=OneTimeLink,
        in_person=True,
        secret=True,
    ),
    operation("POST", f"{_PERSON}/mail-link", _EDIT, mail_link, answer=MailedTo, in_person=True),
    operation("POST", f"{_PERSON}/sign-out", _EDIT, sign_out),
    operation(
        "GET", f"{_PERSON}/story", Action.SEE_WORKSPACE, get_person_story, answer=list[answers.AuditEntry]
    ),
)
