"""Nobody gets optional letters he does not want."""

import re

from callcenter.domain.errors import NotFound
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork

_KEY = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)


class Unsubscribing:
    """Answers, questions and the cancellation of clause 2.9 are still sent: he asked us for help."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock) -> None:
        self._open_uow = open_uow
        self._clock = clock

    async def opt_out(self, address_key: str) -> None:
        """Switch optional letters off for the address behind this key; to repeat it is harmless.

        Raises:
            NotFound: it cannot be one of our keys.
        """
        if not _KEY.fullmatch(address_key):
            raise NotFound("no such address")
        async with self._open_uow() as uow:
            await uow.outbox.opt_out(address_key, at=self._clock.now())
            await uow.commit()
