"""Other programs are told of our events: one outbox row per event and webhook, in the event's own commit."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from callcenter.domain.errors import InvalidInput
from callcenter.domain.lifecycle import Status
from callcenter.domain.notices import KEEP_TRYING, OutboxItem, OutboxKind, Webhook
from callcenter.domain.ticket import Ticket
from callcenter.ports import Clock, NewToken, OpenUnitOfWork, UnitOfWork

EVENTS = frozenset(
    {
        "ticket.registered",
        "ticket.assigned",
        "ticket.resolved",
        "ticket.closed",
        "ticket.cancelled",
        "ticket.reopened",
    }
)
"""Names a webhook may ask for, besides `*`. Payloads hold ids and states, never personal data."""


_OF_STATUS: Mapping[Status, str] = {
    Status.ASSIGNED: "ticket.assigned",
    Status.RESOLVED: "ticket.resolved",
    Status.CLOSED: "ticket.closed",
    Status.CANCELLED: "ticket.cancelled",
}


def ticket_event(before: Ticket, after: Ticket) -> str | None:
    """What other programs are told of a change; None when it is nothing they can ask for."""
    if before.status is after.status:
        return None
    if after.status is Status.NEW:
        return "ticket.registered" if before.status is Status.DRAFT else "ticket.reopened"
    return _OF_STATUS.get(after.status)


async def announce(
    uow: UnitOfWork,
    event: str,
    *,
    key: str,
    payload: Mapping[str, object],
    ticket_id: int | None,
    clock: Clock,
) -> int:
    """Queue the event for every webhook that wants it; `key` names this happening, so a repetition adds nothing.

    Returns how many rows were added.
    """
    now, added = clock.now(), 0
    for hook in await uow.webhooks.all():
        if not hook.wants(event):
            continue
        item = OutboxItem(
            id=0,
            kind=OutboxKind.WEBHOOK,
            name=event,
            dedupe_key=f"webhook:{hook.id}:{event}:{key}",
            to=hook.url,
            payload={"webhook_id": hook.id, "event": event, "at": now.isoformat(), "body": dict(payload)},
            created_at=now,
            next_try_at=now,
            give_up_at=now + KEEP_TRYING,
            ticket_id=ticket_id,
        )
        added += await uow.outbox.add(item) is not None
    return added


class WebhookAdmin:
    """The administrator's list of webhooks."""

    def __init__(self, open_uow: OpenUnitOfWork, new_token: NewToken) -> None:
        self._open_uow = open_uow
        self._new_token = new_token

    async def add(self, url: str, events: frozenset[str], *, allow_private: bool = False) -> Webhook:
        """A new webhook with a fresh secret, which is shown once.

        Raises:
            InvalidInput: not a web address, or an unknown event.
            Conflict: the address is listed already.
        """
        hook = Webhook(
            id=0, url=url.strip(), secret=self._new_token(), events=events, allow_private=allow_private
        )
        _check(hook)
        async with self._open_uow() as uow:
            added = await uow.webhooks.add(hook)
            await uow.commit()
        return added

    async def save(self, hook: Webhook) -> None:
        """Change it; an empty secret keeps the present one."""
        _check(hook)
        async with self._open_uow() as uow:
            present = await uow.webhooks.by_id(hook.id)
            secret = hook.secret or ("" if present is None else present.secret)
            await uow.webhooks.save(replace(hook, secret=secret))
            await uow.commit()

    async def all(self) -> list[Webhook]:
        """Every webhook."""
        async with self._open_uow(write=False) as uow:
            return list(await uow.webhooks.all())


def _check(hook: Webhook) -> None:
    problems: dict[str, str] = {}
    try:
        parts = urlsplit(hook.url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
        usable = usable and hook.url.isascii() and len(hook.url) <= 1000 and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        problems["url"] = "web_address"
    if not hook.events or hook.events - EVENTS - {"*"}:
        problems["events"] = "choice"
    if problems:
        raise InvalidInput(problems)
