"""Other programs are told of our events: one outbox row per event and webhook, in the event's own commit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from callcenter.domain.errors import Conflict, InvalidInput, NotFound
from callcenter.domain.lifecycle import Status
from callcenter.domain.notices import KEEP_TRYING, OutboxItem, OutboxKind, Webhook
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.story import actor_of
from callcenter.domain.ticket import Ticket
from callcenter.ports.people import NewToken
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork

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


PING = "ping"
"""The event of a trial delivery."""
PING_TRIES_FOR = timedelta(minutes=10)

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

    def __init__(self, open_uow: OpenUnitOfWork, new_token: NewToken, clock: Clock) -> None:
        self._open_uow = open_uow
        self._new_token = new_token
        self._clock = clock

    async def add(
        self, url: str, events: frozenset[str], *, by: Person, allow_private: bool = False
    ) -> Webhook:
        """A new webhook with a fresh secret, which is shown once.

        Raises:
            InvalidInput: not a web address, or an unknown event.
            Conflict: the address is listed already.
        """
        require(by, Action.EDIT_WEBHOOKS)
        hook = Webhook(
            id=0, url=url.strip(), secret=self._new_token(), events=events, allow_private=allow_private
        )
        _check(hook)
        async with self._open_uow() as uow:
            added = await uow.webhooks.add(hook)
            await self._record(uow, by, "webhook.added", added)
            await uow.commit()
        return added

    async def save(self, hook: Webhook, *, by: Person) -> None:
        """Change it; an empty secret keeps the present one."""
        require(by, Action.EDIT_WEBHOOKS)
        _check(hook)
        async with self._open_uow() as uow:
            present = await uow.webhooks.by_id(hook.id)
            secret = hook.secret or ("" if present is None else present.secret)
            await uow.webhooks.save(replace(hook, secret=secret))
            await self._record(uow, by, "webhook.changed", hook)
            await uow.commit()

    async def rotate(self, webhook_id: int, *, by: Person) -> Webhook:
        """A fresh secret in place of the present one, from the next delivery on; shown once."""
        require(by, Action.EDIT_WEBHOOKS)
        async with self._open_uow() as uow:
            fresh = replace(await _present(uow, webhook_id), secret=self._new_token())
            await uow.webhooks.save(fresh)
            await self._record(uow, by, "webhook.rotated", fresh)
            await uow.commit()
        return fresh

    async def try_out(self, webhook_id: int, *, by: Person) -> int:
        """Queue a `ping` to this webhook, whatever events it asks for; returns the outbox row's number.

        Raises:
            NotFound: there is no such webhook.
            Conflict: it is switched off, so nothing would be sent.
        """
        require(by, Action.EDIT_WEBHOOKS)
        now = self._clock.now()
        async with self._open_uow() as uow:
            hook = await _present(uow, webhook_id)
            if not hook.active:
                raise Conflict("the webhook is switched off", webhook_id=webhook_id)
            item = OutboxItem(
                id=0,
                kind=OutboxKind.WEBHOOK,
                name=PING,
                dedupe_key=f"webhook:{hook.id}:{PING}:{self._new_token()[:64]}",
                to=hook.url,
                payload={"webhook_id": hook.id, "event": PING, "at": now.isoformat(), "body": {}},
                created_at=now,
                next_try_at=now,
                # whoever presses the button waits for the answer; tomorrow it would help nobody
                give_up_at=now + PING_TRIES_FOR,
            )
            added = await uow.outbox.add(item)
            await self._record(uow, by, "webhook.tried", hook)
            await uow.commit()
        assert added is not None
        return added.id

    async def deliveries(self, hook: Webhook, *, limit: int = 20) -> Sequence[OutboxItem]:
        """What was sent to its present address, newest first."""
        async with self._open_uow(write=False) as uow:
            return await uow.webhook_deliveries.last_to(hook.url, limit=limit)

    async def by_id(self, webhook_id: int) -> Webhook:
        """NotFound when there is none."""
        async with self._open_uow(write=False) as uow:
            return await _present(uow, webhook_id)

    async def _record(self, uow: UnitOfWork, by: Person, action: str, hook: Webhook) -> None:
        await uow.audit.record(
            at=self._clock.now(),
            actor=actor_of(by.id),
            ticket_id=None,
            action=action,
            reason="",
            change={
                "webhook_id": hook.id,
                "host": urlsplit(hook.url).hostname,
                "events": sorted(hook.events),
                "active": hook.active,
                "allow_private": hook.allow_private,
            },
        )

    async def all(self) -> list[Webhook]:
        """Every webhook."""
        async with self._open_uow(write=False) as uow:
            return list(await uow.webhooks.all())


async def _present(uow: UnitOfWork, webhook_id: int) -> Webhook:
    hook = await uow.webhooks.by_id(webhook_id)
    if hook is None:
        raise NotFound(f"no webhook {webhook_id}", webhook_id=webhook_id)
    return hook


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
