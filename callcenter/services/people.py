"""Employees: added, changed, dismissed, let in once; and what each may change of himself."""

import re
from dataclasses import dataclass, replace

from callcenter.domain.errors import InvalidInput, NotFound
from callcenter.domain.forms import is_email
from callcenter.domain.people import Person, Role
from callcenter.ports.people import NewToken
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork
from callcenter.services.sign_in import add_link, end_all_sessions

THEMES = ("auto", "light", "dark")
LOCALES = ("ru", "en")
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}", re.ASCII)
_ENDPOINT = re.compile(r"PJSIP/[A-Za-z0-9_.-]{1,60}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonDetails:
    """What an administrator enters. `endpoint` is the phone (`PJSIP/101`), empty for none."""

    login: str
    name: str
    roles: frozenset[Role]
    pbx: str = ""
    endpoint: str = ""
    active: bool = True
    email: str = ""


class PeopleRegister:
    """Changes of people; every one of them is written to the audit. Regulation: 1.4, 2.10."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, new_token: NewToken) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._new_token = new_token

    async def add(self, details: PersonDetails, *, by: Person) -> Person:
        """A new employee, without a password: he comes in by a one-time link.

        Raises:
            InvalidInput: a field is missing or malformed.
            Conflict: login or phone is taken.
        """
        _check(details)
        async with self._open_uow() as uow:
            person = await uow.people.add(_person(0, details), password_hash=None)
            await self._record(uow, by, "person.added", person)
            await uow.commit()
        return person

    async def save(self, person_id: int, details: PersonDetails, *, by: Person) -> Person:
        """Change an employee; changed roles or a dismissal end his sessions, so that they hold at once.

        Raises:
            NotFound: there is no such person.
            InvalidInput: a field is missing or malformed, or it would leave no active administrator.
            Conflict: login or phone is taken.
        """
        _check(details)
        async with self._open_uow() as uow:
            before = await uow.people.by_id(person_id)
            if before is None:
                raise NotFound(f"no person {person_id}", person_id=person_id)
            person = replace(_person(person_id, details), locale=before.locale, theme=before.theme)
            await uow.people.save(person)
            if not await uow.people.count_with_role(Role.ADMIN):
                raise InvalidInput({"roles": "last_administrator"})
            if (person.roles, person.active) != (before.roles, before.active):
                await end_all_sessions(uow, person_id, self._clock.now())
            await self._record(uow, by, "person.changed", person)
            await uow.commit()
        return person

    async def one_time_link(self, login: str, *, by: Person | None = None) -> str:
        """The token of a link that lets this person in once; `by` is None on the command line.

        Raises:
            NotFound: there is no such person, or he was dismissed.
        """
        async with self._open_uow() as uow:
            person = await uow.people.by_login(login)
            if person is None or not person.active:
                raise NotFound(f"no active person with the login {login}", login=login)
            token = await add_link(uow, person.id, self._new_token, self._clock.now())
            await self._record(uow, by, "person.link", person)
            await uow.commit()
        return token

    async def choose_look(self, person_id: int, *, locale: str, theme: str) -> None:
        """The person's own language and theme.

        Raises:
            InvalidInput: there is no such language or theme.
        """
        if locale not in LOCALES or theme not in THEMES:
            raise InvalidInput({"look": "unknown"})
        async with self._open_uow() as uow:
            person = await uow.people.by_id(person_id)
            if person is None:
                raise NotFound(f"no person {person_id}", person_id=person_id)
            await uow.people.save(replace(person, locale=locale, theme=theme))
            await uow.commit()

    async def _record(self, uow: UnitOfWork, by: Person | None, action: str, person: Person) -> None:
        await uow.audit.record(
            at=self._clock.now(),
            actor="command line" if by is None else f"person:{by.id}",
            ticket_id=None,
            action=action,
            reason="",
            change={
                "person_id": person.id,
                "login": person.login,
                "roles": sorted(person.roles),
                "endpoint": person.endpoint,
                "active": person.active,
                "has_email": person.email is not None,
            },
        )


def _check(details: PersonDetails) -> None:
    problems = {}
    if not _LOGIN.fullmatch(details.login):
        problems["login"] = "malformed"
    if not details.name:
        problems["name"] = "missing"
    if not details.roles:
        problems["roles"] = "missing"
    if details.endpoint and not _ENDPOINT.fullmatch(details.endpoint):
        problems["endpoint"] = "malformed"
    if details.endpoint and not details.pbx:
        problems["pbx"] = "missing"
    if details.email and not is_email(details.email):
        problems["email"] = "malformed"
    if problems:
        raise InvalidInput(problems)


def _person(person_id: int, details: PersonDetails) -> Person:
    return Person(
        id=person_id,
        login=details.login,
        name=details.name,
        roles=details.roles,
        pbx=details.pbx if details.endpoint else None,
        endpoint=details.endpoint or None,
        active=details.active,
        email=details.email or None,
    )
