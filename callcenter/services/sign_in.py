"""Signing in and out: by password, by a one-time link; sessions that can be ended at any moment."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain.errors import Conflict, InvalidInput, NotFound, NotSignedIn, TooManyAttempts
from callcenter.domain.live import LiveKind, to_person
from callcenter.domain.people import Person, Role, Session
from callcenter.ports.people import NewToken, Passwords
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork

SESSION_LENGTH = timedelta(hours=12)
LINK_LENGTH = timedelta(hours=24)
LIMIT_WINDOW = timedelta(minutes=5)
LIMIT_OF_LOGIN = 5
LIMIT_OF_ADDRESS = 30
SHORTEST_PASSWORD = 10
_USER_AGENT = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedIn:
    """A new session. `token` goes to the browser and is kept nowhere."""

    person: Person
    session: Session
    token: str


class SignIn:
    """Every way in and out. Only SHA-256 of a token is ever stored."""

    def __init__(
        self,
        open_uow: OpenUnitOfWork,
        clock: Clock,
        passwords: Passwords,
        new_token: NewToken,
        *,
        session_length: timedelta = SESSION_LENGTH,
    ) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._passwords = passwords
        self._new_token = new_token
        self._session_length = session_length

    async def with_password(self, login: str, password: str, *, address: str, user_agent: str) -> SignedIn:
        """Sign in; an unknown login costs and says the same as a wrong password.

        Raises:
            TooManyAttempts: five refusals of this login from this address, or thirty from the address, in five
                minutes; `retry_after` is in seconds.
            NotSignedIn: wrong login or password, or the person was dismissed.
        """
        login = login.strip().casefold()
        keys = ((_key(login, address), LIMIT_OF_LOGIN), (_key("", address), LIMIT_OF_ADDRESS))
        now = self._clock.now()
        # counted as refused before the password is compared: many at once do not slip under the limit
        async with self._open_uow() as uow:
            await self._refuse_flood(uow, keys, now)
            for key, _ in keys:
                await uow.sessions.add_failure(key, now)
            await uow.sessions.forget_failures(now - 2 * LIMIT_WINDOW)
            person = await uow.people.by_login(login)
            stored = None if person is None else await uow.people.password_hash(person.id)
            await uow.commit()
        right = await self._passwords.verify(stored, password)
        if person is None or not right or not person.active:
            raise NotSignedIn("wrong login or password")
        async with self._open_uow() as uow:
            await uow.sessions.forgive(keys[0][0])
            await uow.sessions.forgive(keys[1][0], only_at=now)
            signed_in = await self._new_session(uow, person, now, user_agent)
            await uow.commit()
        return signed_in

    async def with_link(self, token: str, *, user_agent: str) -> SignedIn:
        """Sign in by a one-time link.

        Raises:
            NotFound: the link is unknown, used or too old, or its person was dismissed.
        """
        now = self._clock.now()
        async with self._open_uow() as uow:
            person_id = await uow.sessions.use_one_time(fingerprint(token), now)
            person = None if person_id is None else await uow.people.by_id(person_id)
            if person is None or not person.active:
                raise NotFound("this link was used or is too old")
            signed_in = await self._new_session(uow, person, now, user_agent)
            await uow.commit()
        return signed_in

    async def end(self, person_id: int, token_sha256: str) -> None:
        """End one session of this person; his streams on it end with the commit.

        Raises:
            NotFound: he has no such session.
        """
        async with self._open_uow() as uow:
            session = await uow.sessions.by_token(token_sha256)
            if session is None or session.person_id != person_id:
                raise NotFound("no such session")
            await uow.sessions.revoke(token_sha256)
            await _tell_ended(uow, person_id, self._clock.now())
            await uow.commit()

    async def end_all(self, person_id: int) -> None:
        """End every session of this person."""
        async with self._open_uow() as uow:
            await end_all_sessions(uow, person_id, self._clock.now())
            await uow.commit()

    async def change_password(self, session: Session, *, old: str, new: str) -> None:
        """Set the person's own password; his other sessions end, this one stays.

        `old` is not asked of a person who has no password yet.

        Raises:
            InvalidInput: the old password is wrong, or the new one is shorter than ten letters.
        """
        if len(new) < SHORTEST_PASSWORD:
            raise InvalidInput({"new": "too_short"})
        person_id = session.person_id
        async with self._open_uow(write=False) as uow:
            stored = await uow.people.password_hash(person_id)
        if stored is not None and not await self._passwords.verify(stored, old):
            raise InvalidInput({"old": "wrong_password"})
        hashed = await self._passwords.hash(new)
        async with self._open_uow() as uow:
            await uow.people.set_password_hash(person_id, hashed)
            for other in await uow.sessions.of_person(person_id):
                if other.token_sha256 != session.token_sha256:
                    await uow.sessions.revoke(other.token_sha256)
            await _tell_ended(uow, person_id, self._clock.now())
            await uow.commit()

    async def create_first_administrator(self, *, login: str, name: str) -> str:
        """The first person of an installation; returns the token of his one-time link.

        Raises:
            Conflict: there is an administrator already; he makes the others.
        """
        async with self._open_uow() as uow:
            if await uow.people.count_with_role(Role.ADMIN):
                raise Conflict("there is an administrator already: he creates the others under People")
            person = Person(id=0, login=login, name=name, roles=frozenset({Role.ADMIN}))
            added = await uow.people.add(person, password_hash=None)
            token = await add_link(uow, added.id, self._new_token, self._clock.now())
            await uow.commit()
        return token

    async def _new_session(self, uow: UnitOfWork, person: Person, now: datetime, user_agent: str) -> SignedIn:
        token = self._new_token()
        session = Session(
            token_sha256=fingerprint(token),
            person_id=person.id,
            created_at=now,
            expires_at=now + self._session_length,
            user_agent=user_agent[:_USER_AGENT],
        )
        await uow.sessions.add(session)
        return SignedIn(person=person, session=session, token=token)

    async def _refuse_flood(self, uow: UnitOfWork, keys: tuple[tuple[str, int], ...], now: datetime) -> None:
        for key, limit in keys:
            count, first = await uow.sessions.failures(key, now - LIMIT_WINDOW)
            if count >= limit and first is not None:
                wait = first + LIMIT_WINDOW - now
                raise TooManyAttempts("too many wrong passwords", retry_after=int(wait.total_seconds()) + 1)


async def add_link(uow: UnitOfWork, person_id: int, new_token: NewToken, now: datetime) -> str:
    """Store a one-time sign-in link in this transaction; returns its token."""
    token = new_token()
    await store_link(uow, person_id, token, now)
    return token


async def store_link(uow: UnitOfWork, person_id: int, token: str, now: datetime) -> datetime:
    """Let this token sign the person in once; returns until when."""
    until = now + LINK_LENGTH
    await uow.sessions.add_one_time(fingerprint(token), person_id, until)
    return until


async def end_all_sessions(uow: UnitOfWork, person_id: int, now: datetime) -> None:
    """End every session of this person in this transaction."""
    await uow.sessions.revoke_all(person_id)
    await _tell_ended(uow, person_id, now)


async def _tell_ended(uow: UnitOfWork, person_id: int, now: datetime) -> None:
    # each stream of the person looks whether it was his session; the message names none
    await uow.live.add(to_person(person_id), LiveKind.SESSION_ENDED, {}, at=now)


def fingerprint(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _key(login: str, address: str) -> str:
    return hashlib.sha256(f"{login}\n{address}".encode()).hexdigest()
