"""Employees, their sign-ins and their phones (ports `People`, `Sessions`)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update

from callcenter.domain.errors import NotFound
from callcenter.domain.people import Person, PhoneState, Presence, Role, Session
from callcenter.store.staffed_spans import note_presence
from callcenter.store.statement import Connection, Statement, insert_into, upsert
from callcenter.store.tables_people import one_time_link, person, presence, session, sign_in_failure

_PERSON = (
    person.c.id,
    person.c.login,
    person.c.name,
    person.c.roles,
    person.c.pbx,
    person.c.endpoint,
    person.c.locale,
    person.c.theme,
    person.c.active,
    person.c.email,
)
_EDITABLE = ("login", "name", "roles", "pbx", "endpoint", "locale", "theme", "active", "email")

_BY_ID = Statement(select(*_PERSON).where(person.c.id == bindparam("id")))
_BY_LOGIN = Statement(select(*_PERSON).where(person.c.login == bindparam("login")))
_BY_ENDPOINT = Statement(
    select(*_PERSON).where(person.c.pbx == bindparam("pbx"), person.c.endpoint == bindparam("endpoint"))
)
_ALL = Statement(select(*_PERSON).order_by(person.c.name, person.c.id))
_ADD = insert_into(person, returning_id=True, skip=("id",))
_SAVE = Statement(update(person).where(person.c.id == bindparam("key")), columns=_EDITABLE)
_HASH = Statement(select(person.c.password_hash).where(person.c.id == bindparam("id")))
_SET_HASH = Statement(update(person).where(person.c.id == bindparam("key")), columns=("password_hash",))
_COUNT_ROLE = Statement(
    select(func.count()).select_from(person).where(person.c.active, person.c.roles.like(bindparam("pattern")))
)
_PRESENCE = Statement(
    select(
        presence.c.person_id, presence.c.phone, presence.c.in_queue, presence.c.paused, presence.c.since
    ).order_by(presence.c.person_id)
)
_SET_PRESENCE = upsert(presence, key=("person_id",))

_SESSION = (
    session.c.token_sha256,
    session.c.person_id,
    session.c.created_at,
    session.c.expires_at,
    session.c.user_agent,
)
_ADD_SESSION = insert_into(session)
_SESSION_BY_TOKEN = Statement(select(*_SESSION).where(session.c.token_sha256 == bindparam("token")))
_SESSIONS_OF = Statement(
    select(*_SESSION).where(session.c.person_id == bindparam("person_id")).order_by(session.c.created_at)
)
_REVOKE = Statement(delete(session).where(session.c.token_sha256 == bindparam("token")))
_REVOKE_ALL = Statement(delete(session).where(session.c.person_id == bindparam("person_id")))
_ADD_LINK = insert_into(one_time_link)
_USE_LINK = Statement(
    update(one_time_link)
    .where(
        one_time_link.c.token_sha256 == bindparam("token"),
        one_time_link.c.used_at.is_(None),
        one_time_link.c.expires_at > bindparam("now"),
    )
    .returning(one_time_link.c.person_id),
    columns=("used_at",),
)
_ADD_FAILURE = insert_into(sign_in_failure, skip=("id",))
_COUNT_FAILURES = Statement(
    select(func.count(), func.min(sign_in_failure.c.at)).where(
        sign_in_failure.c.key == bindparam("key"), sign_in_failure.c.at > bindparam("since")
    )
)
_FORGET_FAILURES = Statement(delete(sign_in_failure).where(sign_in_failure.c.at < bindparam("before")))
_FORGIVE = Statement(delete(sign_in_failure).where(sign_in_failure.c.key == bindparam("key")))
_FORGIVE_ONE = Statement(
    delete(sign_in_failure).where(
        sign_in_failure.c.key == bindparam("key"), sign_in_failure.c.at == bindparam("counted_at")
    )
)


@lru_cache(maxsize=256)
def _roles(written: str) -> frozenset[Role]:
    return frozenset(Role(word) for word in written.split(",") if word)


def _person(row: Sequence[Any]) -> Person:
    identity, login, name, roles, pbx, endpoint, locale, theme, active, email = row
    return Person(
        id=identity,
        login=login,
        name=name,
        roles=_roles(roles),
        pbx=pbx,
        endpoint=endpoint,
        locale=locale,
        theme=theme,
        active=active,
        email=email,
    )


def _columns(value: Person) -> dict[str, Any]:
    return {
        "login": value.login,
        "name": value.name,
        "roles": f",{','.join(sorted(value.roles))},",
        "pbx": value.pbx,
        "endpoint": value.endpoint,
        "locale": value.locale,
        "theme": value.theme,
        "active": value.active,
        "email": value.email,
    }


class People:
    """Port `People` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._everybody: tuple[Person, ...] | None = None

    async def by_id(self, person_id: int) -> Person | None:
        row = await self._db.row(_BY_ID, {"id": person_id})
        return None if row is None else _person(row)

    async def by_login(self, login: str) -> Person | None:
        row = await self._db.row(_BY_LOGIN, {"login": login})
        return None if row is None else _person(row)

    async def by_endpoint(self, pbx: str, endpoint: str) -> Person | None:
        row = await self._db.row(_BY_ENDPOINT, {"pbx": pbx, "endpoint": endpoint})
        return None if row is None else _person(row)

    async def all(self) -> Sequence[Person]:
        # a page asks several times in one transaction: for names, for choices, for proposals
        if self._everybody is None:
            self._everybody = tuple([_person(row) for row in await self._db.rows(_ALL)])
        return list(self._everybody)

    async def add(self, person: Person, *, password_hash: str | None) -> Person:
        self._everybody = None
        row = await self._db.row(_ADD, {**_columns(person), "password_hash": password_hash})
        assert row is not None
        return replace(person, id=row[0])

    async def save(self, person: Person) -> None:
        self._everybody = None
        if not await self._db.run(_SAVE, {**_columns(person), "key": person.id}):
            raise NotFound("person", person_id=person.id)

    async def password_hash(self, person_id: int) -> str | None:
        row = await self._db.row(_HASH, {"id": person_id})
        return None if row is None else row[0]

    async def set_password_hash(self, person_id: int, password_hash: str) -> None:
        if not await self._db.run(_SET_HASH, {"key": person_id, "password_hash": password_hash}):
            raise NotFound("person", person_id=person_id)

    async def count_with_role(self, role: Role) -> int:
        row = await self._db.row(_COUNT_ROLE, {"pattern": f"%,{role},%"})
        return 0 if row is None else int(row[0])

    async def presence(self) -> Sequence[Presence]:
        return [
            Presence(
                person_id=person_id, phone=PhoneState(phone), in_queue=in_queue, paused=paused, since=since
            )
            for person_id, phone, in_queue, paused, since in await self._db.rows(_PRESENCE)
        ]

    async def set_presence(
        self, person_id: int, *, phone: PhoneState, in_queue: bool, paused: bool, at: datetime
    ) -> None:
        await self._db.run(
            _SET_PRESENCE,
            {"person_id": person_id, "phone": phone, "in_queue": in_queue, "paused": paused, "since": at},
        )
        ready = in_queue and not paused and phone is not PhoneState.UNREACHABLE
        await note_presence(self._db, person_id, ready=ready, at=at)


def _session(row: Sequence[Any]) -> Session:
    token, person_id, created_at, expires_at, user_agent = row
    return Session(
        token_sha256=token,
        person_id=person_id,
        created_at=created_at,
        expires_at=expires_at,
        user_agent=user_agent,
    )


class Sessions:
    """Port `Sessions` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, session: Session) -> None:
        await self._db.run(
            _ADD_SESSION,
            {
                "token_sha256": session.token_sha256,
                "person_id": session.person_id,
                "created_at": session.created_at,
                "expires_at": session.expires_at,
                "user_agent": session.user_agent[:400],
            },
        )

    async def by_token(self, token_sha256: str) -> Session | None:
        row = await self._db.row(_SESSION_BY_TOKEN, {"token": token_sha256})
        return None if row is None else _session(row)

    async def of_person(self, person_id: int) -> Sequence[Session]:
        return [_session(row) for row in await self._db.rows(_SESSIONS_OF, {"person_id": person_id})]

    async def revoke(self, token_sha256: str) -> None:
        await self._db.run(_REVOKE, {"token": token_sha256})

    async def revoke_all(self, person_id: int) -> None:
        await self._db.run(_REVOKE_ALL, {"person_id": person_id})

    async def add_one_time(self, token_sha256: str, person_id: int, expires_at: datetime) -> None:
        await self._db.run(
            _ADD_LINK,
            {"token_sha256": token_sha256, "person_id": person_id, "expires_at": expires_at, "used_at": None},
        )

    async def use_one_time(self, token_sha256: str, now: datetime) -> int | None:
        row = await self._db.row(_USE_LINK, {"token": token_sha256, "now": now, "used_at": now})
        return None if row is None else int(row[0])

    async def add_failure(self, key: str, at: datetime) -> None:
        await self._db.run(_ADD_FAILURE, {"key": key, "at": at})

    async def failures(self, key: str, since: datetime) -> tuple[int, datetime | None]:
        row = await self._db.row(_COUNT_FAILURES, {"key": key, "since": since})
        return (0, None) if row is None else (int(row[0]), row[1])

    async def forgive(self, key: str, *, only_at: datetime | None = None) -> None:
        if only_at is None:
            await self._db.run(_FORGIVE, {"key": key})
        else:
            await self._db.run(_FORGIVE_ONE, {"key": key, "counted_at": only_at})

    async def forget_failures(self, before: datetime) -> None:
        await self._db.run(_FORGET_FAILURES, {"before": before})
