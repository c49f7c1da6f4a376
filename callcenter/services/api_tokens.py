"""Tokens by which programs ask the API: made and revoked by an administrator, looked up on every request."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from callcenter.domain.api_tokens import PREFIX, SHOWN_PREFIX, ApiToken, problems_of
from callcenter.domain.errors import InvalidInput, NotFound
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.story import actor_of
from callcenter.ports.people import NewToken
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork
from callcenter.services.sign_in import fingerprint

USE_NOTED_EVERY = timedelta(minutes=1)
"""The last use is written down no oftener: reading must not cost a write each time."""
_LONGEST = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedToken:
    """A token with whom it acts as."""

    token: ApiToken
    person: Person


@dataclass(frozen=True, kw_only=True, slots=True)
class NewApiToken:
    """A token just made; `secret` is shown once and kept nowhere."""

    token: ApiToken
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bearer:
    """Who asks by a token: the person, with no more rights than the token's scopes."""

    token: ApiToken
    person: Person


class ApiTokens:
    """The administrator's list of tokens, and the door that opens to them."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, new_token: NewToken) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._new_token = new_token

    async def all(self, by: Person) -> Sequence[ListedToken]:
        """Every token, newest first, the revoked ones included."""
        require(by, Action.EDIT_TOKENS)
        async with self._open_uow(write=False) as uow:
            people = {each.id: each for each in await uow.people.all()}
            return [
                ListedToken(token=each, person=people[each.person_id]) for each in await uow.api_tokens.all()
            ]

    async def create(
        self, by: Person, *, person_id: int, name: str, scopes: frozenset[Action], expires_at: datetime
    ) -> NewApiToken:
        """A token that acts as this person within these scopes.

        Raises:
            InvalidInput: `person_id` (nobody, or dismissed), `name`, `scopes`, or `expires_at` (over a year).
        """
        require(by, Action.EDIT_TOKENS)
        secret, now = PREFIX + self._new_token(), self._clock.now()
        token = ApiToken(
            id=0,
            person_id=person_id,
            name=name.strip(),
            prefix=secret[:SHOWN_PREFIX],
            token_sha256=fingerprint(secret),
            scopes=scopes,
            created_at=now,
            created_by=by.id,
            expires_at=expires_at,
        )
        problems = problems_of(token)
        async with self._open_uow() as uow:
            person = await uow.people.by_id(person_id)
            if person is None or not person.active:
                problems["person_id"] = "unknown"
            if problems:
                raise InvalidInput(problems)
            token = await uow.api_tokens.add(token)
            await uow.audit.record(
                at=now,
                actor=actor_of(by.id),
                ticket_id=None,
                action="api_token.created",
                reason=token.name,
                change={
                    "token_id": token.id,
                    "prefix": token.prefix,
                    "person_id": person_id,
                    "scopes": sorted(token.scopes),
                    "expires_at": expires_at.isoformat(),
                },
            )
            await uow.commit()
        return NewApiToken(token=token, secret=secret)

    async def revoke(self, by: Person, token_id: int) -> None:
        """The token opens nothing from this commit on; NotFound when there is none or it was revoked before."""
        require(by, Action.EDIT_TOKENS)
        now = self._clock.now()
        async with self._open_uow() as uow:
            if not await uow.api_tokens.revoke(token_id, at=now):
                raise NotFound("no such token", token_id=token_id)
            await uow.audit.record(
                at=now,
                actor=actor_of(by.id),
                ticket_id=None,
                action="api_token.revoked",
                reason="",
                change={"token_id": token_id},
            )
            await uow.commit()

    async def bearer(self, secret: str) -> Bearer | None:
        """Who this token acts as; None when it is unknown, revoked, too old, or its person was dismissed."""
        if not secret.startswith(PREFIX) or len(secret) > _LONGEST:
            return None
        now = self._clock.now()
        async with self._open_uow(write=False) as uow:
            token = await uow.api_tokens.by_hash(fingerprint(secret))
            if token is None or not token.good(now):
                return None
            person = await uow.people.by_id(token.person_id)
        if person is None or not person.active:
            return None
        if token.last_used_at is None or token.last_used_at + USE_NOTED_EVERY <= now:
            async with self._open_uow() as uow:
                await uow.api_tokens.used(token.id, at=now)
                await uow.commit()
        return Bearer(token=token, person=replace(person, scopes=token.scopes))
