"""Which node listens to which PBX, and what everybody is told of the telephony link."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain.live import FLOOR, LiveKind
from callcenter.ports.calls import LinkState
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork

LEASE = timedelta(seconds=15)
HEARTBEAT = timedelta(seconds=3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """The right to listen to a PBX until `until`; `token` grows with each new holder.

    `last_heard` is when any node last heard this PBX live, so that the gap since then can be searched.
    """

    token: int
    until: datetime
    last_heard: datetime | None


class Telephony:
    """Leases and reports of telephony links, on the store. Correctness never rests on the lease alone."""

    def __init__(self, open_uow: OpenUnitOfWork, clock: Clock, *, node: str) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._node = node

    async def take_turn(self, pbx: str) -> Turn | None:
        """Take or renew the right to listen; None while another node has it.

        Raises:
            Unavailable: the database cannot be written.
        """
        async with self._open_uow() as uow:
            now = self._clock.now()
            token = await uow.links.take_lease(_lease(pbx), self._node, now=now, until=now + LEASE)
            links = {link.pbx: link for link in await uow.links.all()}
            await uow.commit()
        if token is None:
            return None
        return Turn(
            token=token, until=now + LEASE, last_heard=links[pbx].heartbeat_at if pbx in links else None
        )

    async def give_up_turn(self, pbx: str) -> None:
        """Let another node listen at once."""
        async with self._open_uow() as uow:
            await uow.links.release_lease(_lease(pbx), self._node)
            await uow.commit()

    async def report(self, pbx: str, *, state: str, since: datetime, reason: str, heard: datetime) -> None:
        """Tell the store and every screen how the link is; `heard` is when the PBX was last heard live."""
        link = LinkState(pbx=pbx, state=state, since=since, heartbeat_at=heard, node=self._node)
        async with self._open_uow() as uow:
            now = self._clock.now()
            before = {known.pbx: known for known in await uow.links.all()}.get(pbx)
            await uow.links.report(link)
            if before is None or (before.state, before.since) != (state, since):
                payload: dict[str, object] = {
                    "pbx": pbx, "state": state, "since": since.isoformat(), "reason": reason,
                }  # fmt: skip
                await uow.live.add(FLOOR, LiveKind.LINK_CHANGED, payload, at=now)
            await uow.commit()


def _lease(pbx: str) -> str:
    return f"ami:{pbx}"
