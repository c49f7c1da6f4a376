"""In-memory `ApiTokens` and `ApiAnswers`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from callcenter.domain.api_tokens import ApiToken
from callcenter.domain.errors import Conflict
from callcenter.ports.api import KeptAnswer
from tests.fakes.memory import Memory


class FakeApiTokens:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def add(self, token: ApiToken) -> ApiToken:
        if await self.by_hash(token.token_sha256) is not None:
            raise Conflict("token_sha256")
        added = replace(token, id=self._memory.next_id("api_token"))
        self._memory.api_tokens[added.id] = added
        return added

    async def by_hash(self, token_sha256: str) -> ApiToken | None:
        found = (each for each in self._memory.api_tokens.values() if each.token_sha256 == token_sha256)
        return next(found, None)

    async def all(self) -> Sequence[ApiToken]:
        return [each for _, each in sorted(self._memory.api_tokens.items(), reverse=True)]

    async def revoke(self, token_id: int, *, at: datetime) -> bool:
        found = self._memory.api_tokens.get(token_id)
        if found is None or found.revoked_at is not None:
            return False
        self._memory.api_tokens[token_id] = replace(found, revoked_at=at)
        return True

    async def used(self, token_id: int, *, at: datetime) -> None:
        self._memory.api_tokens[token_id] = replace(self._memory.api_tokens[token_id], last_used_at=at)


class FakeApiAnswers:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def by_key(self, key_sha256: str) -> KeptAnswer | None:
        return self._memory.api_answers.get(key_sha256)

    async def begin(self, kept: KeptAnswer) -> bool:
        if kept.key_sha256 in self._memory.api_answers:
            return False
        self._memory.api_answers[kept.key_sha256] = kept
        return True

    async def mark_done(self, key_sha256: str, started_at: datetime) -> bool:
        present = self._memory.api_answers.get(key_sha256)
        if present is None or present.started_at != started_at:
            return False
        self._memory.api_answers[key_sha256] = replace(present, done=True)
        return True

    async def finish(self, kept: KeptAnswer) -> None:
        present = self._memory.api_answers.get(kept.key_sha256)
        if present is not None and present.started_at == kept.started_at:
            self._memory.api_answers[kept.key_sha256] = replace(kept, done=True)

    async def forget(self, key_sha256: str, started_at: datetime) -> None:
        present = self._memory.api_answers.get(key_sha256)
        if present is not None and present.started_at == started_at and not present.done:
            del self._memory.api_answers[key_sha256]

    async def forget_older(self, than: datetime) -> None:
        kept = self._memory.api_answers.items()
        self._memory.api_answers = {key: each for key, each in kept if each.started_at >= than}
