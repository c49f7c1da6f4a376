"""A request that is sent twice happens once: `Idempotency-Key`, claimed before, marked in the change's own commit.

The order is: claim the key → the change and the mark "done" in one commit → store the answer. A crash before the
commit frees the key after `ABANDONED_AFTER`; a crash after it leaves a key that is done without an answer, and the
repetition is told so instead of happening again.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

from callcenter.domain.errors import AnswerLost, InFlight, KeyReused
from callcenter.ports.api import KeptAnswer
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork

KEPT_FOR = timedelta(hours=24)
ABANDONED_AFTER = timedelta(minutes=1)
"""A request runs for seconds; one that is unfinished for longer lost its process."""

_present: ContextVar[KeptAnswer | None] = ContextVar("api_request", default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What was (or is again) answered."""

    status: int
    body: str
    etag: str
    repeated: bool = False


class ApiAnswers:
    """Runs requests that carry a key."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock) -> None:
        self._open_uow = open_uow
        self._clock = clock

    async def once(self, key: str, fingerprint: str, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer of `work`, which runs once for this key; an error of it frees the key.

        Raises:
            KeyReused: the key came with another request.
            InFlight: the same request is being carried out right now.
            AnswerLost: it was carried out, but its answer was lost in a crash.
        """
        kept = KeptAnswer(
            key_sha256=hashlib.sha256(key.encode()).hexdigest(),
            fingerprint=fingerprint,
            started_at=self._clock.now(),
        )
        known = await self._claim(kept)
        if known is not None:
            return known
        mark = _present.set(kept)
        try:
            answer = await work()
        except BaseException:
            async with self._open_uow() as uow:
                await uow.api_answers.forget(kept.key_sha256, kept.started_at)
                await uow.commit()
            raise
        finally:
            _present.reset(mark)
        async with self._open_uow() as uow:
            await uow.api_answers.finish(
                replace(kept, done=True, status=answer.status, body=answer.body, etag=answer.etag)
            )
            await uow.commit()
        return answer

    async def _claim(self, kept: KeptAnswer) -> Answer | None:
        now = kept.started_at
        async with self._open_uow() as uow:
            await uow.api_answers.forget_older(now - KEPT_FOR)
            present = await uow.api_answers.by_key(kept.key_sha256)
            if present is not None and present.fingerprint != kept.fingerprint:
                raise KeyReused({"Idempotency-Key": "used_for_another_request"})
            if present is not None and not present.done and present.started_at + ABANDONED_AFTER <= now:
                await uow.api_answers.forget(present.key_sha256, present.started_at)
                present = None
            if present is None and await uow.api_answers.begin(kept):
                await uow.commit()
                return None
        if present is None or not present.done:
            raise InFlight("the same request is being carried out", retry_after=1)
        if present.status is None:
            raise AnswerLost("the request was carried out; its answer was lost, look at the present state")
        return Answer(status=present.status, body=present.body, etag=present.etag, repeated=True)


def keyed(open_uow: OpenUnitOfWork) -> OpenUnitOfWork:
    """The same units of work; the commit of a request that carries a key marks the key in the same transaction."""

    @asynccontextmanager
    async def opened(*, write: bool = True) -> AsyncIterator[UnitOfWork]:
        kept = _present.get()
        async with open_uow(write=write) as uow:
            yield uow if kept is None or not write else cast("UnitOfWork", _Marking(uow, kept))

    return opened


class _Marking:
    """A unit of work that marks the key before it commits; everything else is the real one's."""

    def __init__(self, uow: UnitOfWork, kept: KeptAnswer) -> None:
        self._uow = uow
        self._kept = kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._uow, name)

    async def commit(self) -> None:
        if not await self._uow.api_answers.mark_done(self._kept.key_sha256, self._kept.started_at):
            raise InFlight("the same request was begun anew meanwhile", retry_after=1)
        await self._uow.commit()
