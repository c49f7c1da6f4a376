"""Addresses of other programs that are told of our events (port `Webhooks`)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, select, update

from callcenter.domain.errors import NotFound
from callcenter.domain.notices import Webhook
from callcenter.store.statement import Connection, Statement, insert_into
from callcenter.store.tables_outbox import webhook

_CHANGEABLE = ("url", "secret", "events", "allow_private", "active")
_ALL = Statement(select(*webhook.c).order_by(webhook.c.id))
_BY_ID = Statement(select(*webhook.c).where(webhook.c.id == bindparam("id")))
_ADD = insert_into(webhook, returning_id=True, skip=("id",))
_SAVE = Statement(update(webhook).where(webhook.c.id == bindparam("key")), columns=_CHANGEABLE)


def _webhook(row: Sequence[Any]) -> Webhook:
    identity, url, secret, events, allow_private, active = row
    return Webhook(
        id=identity,
        url=url,
        secret=secret,
        events=frozenset(events.split()),
        allow_private=bool(allow_private),
        active=bool(active),
    )


def _columns(value: Webhook) -> dict[str, Any]:
    return {
        "url": value.url,
        "secret": value.secret,
        "events": " ".join(sorted(value.events)),
        "allow_private": value.allow_private,
        "active": value.active,
    }


class Webhooks:
    """Port `Webhooks` on a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def all(self) -> Sequence[Webhook]:
        return [_webhook(row) for row in await self._db.rows(_ALL)]

    async def by_id(self, webhook_id: int) -> Webhook | None:
        row = await self._db.row(_BY_ID, {"id": webhook_id})
        return None if row is None else _webhook(row)

    async def add(self, value: Webhook) -> Webhook:
        row = await self._db.row(_ADD, _columns(value))
        assert row is not None
        return replace(value, id=row[0])

    async def save(self, value: Webhook) -> None:
        if not await self._db.run(_SAVE, {**_columns(value), "key": value.id}):
            raise NotFound(f"no webhook {value.id}", webhook_id=value.id)
