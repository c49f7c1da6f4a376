"""Telephony links and the leases of nodes (port `Links`)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, or_, select, update

from callcenter.ports.calls import LinkState
from callcenter.store.statement import Connection, Statement, insert_or_ignore, upsert
from callcenter.store.tables_live import lease, link

_ALL = Statement(
    select(link.c.pbx, link.c.state, link.c.since, link.c.heartbeat_at, link.c.node).order_by(link.c.pbx)
)
_REPORT = upsert(link, key=("pbx",))
_NEW_LEASE = insert_or_ignore(lease)
_RENEW = Statement(
    update(lease)
    .where(lease.c.name == bindparam("lease_name"), lease.c.node == bindparam("holder"))
    .returning(lease.c.token),
    columns=("until",),
)
_TAKE = Statement(
    update(lease)
    .where(
        lease.c.name == bindparam("lease_name"),
        or_(lease.c.node.is_(None), lease.c.until <= bindparam("now", type_=lease.c.until.type)),
    )
    .values(token=lease.c.token + 1)
    .returning(lease.c.token),
    columns=("node", "until"),
)
_RELEASE = Statement(
    update(lease)
    .where(lease.c.name == bindparam("lease_name"), lease.c.node == bindparam("holder"))
    .values(node=None)
)
_HOLDS = Statement(
    select(lease.c.node).where(
        lease.c.name == bindparam("lease_name"),
        lease.c.token == bindparam("seen_token"),
        lease.c.node.is_not(None),
    )
)


class Links:
    """Port `Links` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def all(self) -> Sequence[LinkState]:
        return [
            LinkState(pbx=pbx, state=state, since=since, heartbeat_at=heartbeat_at, node=node)
            for pbx, state, since, heartbeat_at, node in await self._db.rows(_ALL)
        ]

    async def report(self, link: LinkState) -> None:
        await self._db.run(
            _REPORT,
            {
                "pbx": link.pbx,
                "state": link.state,
                "since": link.since,
                "heartbeat_at": link.heartbeat_at,
                "node": link.node,
            },
        )

    async def take_lease(self, name: str, node: str, *, now: datetime, until: datetime) -> int | None:
        renewed = await self._db.row(_RENEW, {"lease_name": name, "holder": node, "until": until})
        if renewed is not None:
            return int(renewed[0])
        if await self._db.run(_NEW_LEASE, {"name": name, "node": node, "token": 1, "until": until}):
            return 1
        taken = await self._db.row(_TAKE, {"lease_name": name, "now": now, "node": node, "until": until})
        return None if taken is None else int(taken[0])

    async def release_lease(self, name: str, node: str) -> None:
        await self._db.run(_RELEASE, {"lease_name": name, "holder": node})

    async def holds_lease(self, name: str, token: int) -> bool:
        return await self._db.row(_HOLDS, {"lease_name": name, "seen_token": token}) is not None
