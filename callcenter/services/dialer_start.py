"""Before the dialer dials: is this database the one that belongs to the calls already placed?

A database restored from a backup knows nothing of the calls placed after it, and a dialer that believes it calls
people again. Asterisk's own records still tell of those calls, and the hour the dialer was last seen tells its age.
Regulation: 2.9, point 11.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from callcenter.domain.errors import Unavailable
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork
from callcenter.services.dialer_control import halt
from dialer.policy import Why

MARGIN = timedelta(minutes=2)
"""Asterisk's clock may differ from ours by so much."""
BEAT = timedelta(seconds=30)
AFTER_FAILURE = timedelta(seconds=2)

_log = structlog.get_logger(__name__)


class PlacedAttempts(Protocol):
    """The exchange's own records of our attempts (`phone.placer.AsteriskCalls`)."""

    async def attempts_since(self, since: datetime) -> Mapping[str, datetime]: ...


class DialerStart:
    """The check when a node's dialer starts, and its sign of life afterwards. `node` names this process's dialer."""

    def __init__(
        self,
        open_uow: OpenUnitOfWork,
        clock: Clock,
        placed: PlacedAttempts,
        *,
        node: str,
        longest_silence: timedelta = timedelta(days=1),
    ) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._placed = placed
        self._node = node
        self._longest_silence = longest_silence

    async def check(self) -> Why | None:
        """Halt the dialer where the database does not fit the world; returns why, None when all is well."""
        now = self._clock.now()
        async with self._open_uow(write=False) as uow:
            last = await uow.dialing.last_seen()
        doubt = None if last is None else await self._doubt(last, now)
        async with self._open_uow() as uow:
            if doubt is not None:
                why, detail = doubt
                _log.error("the dialer begins stopped, a person must look", why=str(why), detail=detail)
                await halt(uow, why, detail, now)
            await uow.dialing.seen(self._node, now)
            await uow.commit()
        return None if doubt is None else doubt[0]

    async def _doubt(self, last: datetime, now: datetime) -> tuple[Why, str] | None:
        if last - now > MARGIN:
            return (
                Why.CLOCK_JUMPED,
                f"the database was in use until {last:%Y-%m-%d %H:%M} UTC, later than now",
            )
        unknown = await self._unknown(last - MARGIN)
        if unknown:
            newest = max(unknown.values())
            return Why.RESTORED, (
                f"Asterisk placed {len(unknown)} calls this database knows nothing of, "
                f"the last at {newest:%Y-%m-%d %H:%M} UTC"
            )
        async with self._open_uow(write=False) as uow:
            due = (await uow.callbacks.count_open(now)).get("due", 0)
        if due and now - last > self._longest_silence:
            return Why.LONG_SILENCE, f"not run since {last:%Y-%m-%d %H:%M} UTC, {due} callbacks are due"
        return None

    async def _unknown(self, since: datetime) -> dict[str, datetime]:
        placed = await self._placed.attempts_since(since)
        async with self._open_uow(write=False) as uow:
            return {
                attempt_id: at
                for attempt_id, at in placed.items()
                if await uow.callback_attempts.by_id(attempt_id) is None
            }

    async def run(self, checked: asyncio.Event) -> None:
        """Check, as soon as the database can be read; then give a sign of life until cancelled."""
        while not checked.is_set():
            try:
                await self.check()
                checked.set()
            except Unavailable as error:
                _log.warning("the dialer does not begin, the database is away", error=str(error))
                await asyncio.sleep(AFTER_FAILURE.total_seconds())
        while True:
            await asyncio.sleep(BEAT.total_seconds())
            try:
                await self.beat()
            except Unavailable as error:
                _log.warning("the dialer's sign of life was not written", error=str(error))

    async def beat(self) -> None:
        """A sign of life."""
        async with self._open_uow() as uow:
            await uow.dialing.seen(self._node, self._clock.now())
            await uow.commit()
