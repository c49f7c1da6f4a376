"""Who works here, how he signs in and what he is told by a session."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from callcenter.domain.people import Person, PhoneState, Presence, Role, Session


class NewToken(Protocol):
    """An unguessable URL-safe string (sessions, links, one-time sign-ins)."""

    def __call__(self) -> str: ...


class Passwords(Protocol):
    """argon2id in a thread, at most two at once; `verify` of an unknown login costs the same."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, stored: str | None, password: str) -> bool: ...


class People(Protocol):
    """Employees, their credentials and their phones."""

    async def by_id(self, person_id: int) -> Person | None: ...

    async def by_login(self, login: str) -> Person | None: ...

    async def by_endpoint(self, pbx: str, endpoint: str) -> Person | None: ...

    async def all(self) -> Sequence[Person]: ...

    async def add(self, person: Person, *, password_hash: str | None) -> Person:
        """Store a new person (his `id` is ignored); Conflict when login or endpoint is taken."""
        ...

    async def save(self, person: Person) -> None: ...

    async def password_hash(self, person_id: int) -> str | None: ...

    async def set_password_hash(self, person_id: int, password_hash: str) -> None: ...

    async def count_with_role(self, role: Role) -> int: ...

    async def presence(self) -> Sequence[Presence]: ...

    async def set_presence(
        self, person_id: int, *, phone: PhoneState, in_queue: bool, paused: bool, at: datetime
    ) -> None: ...


class Sessions(Protocol):
    """Signed-in browsers and one-time sign-in links; both stored as SHA-256 of an opaque token."""

    async def add(self, session: Session) -> None: ...

    async def by_token(self, token_sha256: str) -> Session | None: ...

    async def of_person(self, person_id: int) -> Sequence[Session]: ...

    async def revoke(self, token_sha256: str) -> None: ...

    async def revoke_all(self, person_id: int) -> None: ...

    async def add_one_time(self, token_sha256: str, person_id: int, expires_at: datetime) -> None: ...

    async def use_one_time(self, token_sha256: str, now: datetime) -> int | None:
        """The person the link is for, once; None when unknown, used or expired."""
        ...

    async def add_failure(self, key: str, at: datetime) -> None:
        """Count a refused sign-in; `key` is a SHA-256 of what is limited (login and address)."""
        ...

    async def failures(self, key: str, since: datetime) -> tuple[int, datetime | None]:
        """How many refused sign-ins came after `since`, and when the first of them."""
        ...

    async def forgive(self, key: str, *, only_at: datetime | None = None) -> None:
        """Forget the refused sign-ins of this key, or only those counted at one instant."""
        ...

    async def forget_failures(self, before: datetime) -> None:
        """Drop what no limit looks at any more."""
        ...
