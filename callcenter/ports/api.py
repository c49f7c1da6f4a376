"""The Protocols of what the API keeps: tokens, and what was answered to requests that may be repeated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from callcenter.domain.api_tokens import ApiToken


class ApiTokens(Protocol):
    """Tokens of programs; never deleted, so that what they did stays explained."""

    async def add(self, token: ApiToken) -> ApiToken:
        """Store a new one (its `id` is ignored)."""
        ...

    async def by_hash(self, token_sha256: str) -> ApiToken | None: ...

    async def all(self) -> Sequence[ApiToken]:
        """Newest first."""
        ...

    async def revoke(self, token_id: int, *, at: datetime) -> bool:
        """False when there is no such token or it was revoked before."""
        ...

    async def used(self, token_id: int, *, at: datetime) -> None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptAnswer:
    """What is known of a request that carried a key.

    `started_at` fences: whoever began at another instant may not finish it. `done` is set in the commit of the
    request's change; `status` is None until its answer is stored as well.
    """

    key_sha256: str
    fingerprint: str
    started_at: datetime
    done: bool = False
    status: int | None = None
    body: str = ""
    etag: str = ""


class ApiAnswers(Protocol):
    """Answers to requests with an `Idempotency-Key`."""

    async def by_key(self, key_sha256: str) -> KeptAnswer | None: ...

    async def begin(self, kept: KeptAnswer) -> bool:
        """Claim the key; False when it is held."""
        ...

    async def mark_done(self, key_sha256: str, started_at: datetime) -> bool:
        """Its change is part of this transaction; False when somebody else began meanwhile."""
        ...

    async def finish(self, kept: KeptAnswer) -> None:
        """Store status, body and entity tag of the answer."""
        ...

    async def forget(self, key_sha256: str, started_at: datetime) -> None:
        """Free a key whose request changed nothing; one that is done stays."""
        ...

    async def forget_older(self, than: datetime) -> None:
        """Drop what began before this instant."""
        ...
