"""What leaves the house: notices to people and webhooks, each a row of the outbox until it is settled.

A row is written in the same commit as the change it tells of; delivery is a separate, repeatable step and is
honest about it: at least once, with one message id per row so that receivers can tell a repetition.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum


class OutboxKind(StrEnum):
    """By which way a row leaves."""

    MAIL = "mail"
    WEBHOOK = "webhook"


class OutboxState(StrEnum):
    """Where a row stands; SENDING rows whose worker died become due again by themselves."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"


class Notice(StrEnum):
    """Every letter we write, by the name of its template folder (`callcenter/mail/templates`)."""

    REGISTERED = "registered"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    REJECTED = "rejected"
    CANCELLED_UNREACHABLE = "cancelled_unreachable"
    VENDOR_DOSSIER = "vendor_dossier"
    MESSAGE_FROM_EXECUTOR = "message_from_executor"
    WARNING = "warning"
    SIGN_IN = "sign_in"
    REPORT = "report"


OPTIONAL = frozenset({Notice.REGISTERED, Notice.ASSIGNED})
"""What a person may switch off; answers, questions and the cancellation of clause 2.9 he is always told."""


class DeliveryResult(StrEnum):
    """How one attempt to deliver ended."""

    DELIVERED = "delivered"
    POSTPONED = "postponed"
    REFUSED = "refused"


_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """The end of one attempt; `detail` is what the other side said, or why we did not even try."""

    result: DeliveryResult
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxItem:
    """One thing to deliver. `name` is the notice or the webhook's event; `to` an address or a webhook's URL.

    `attempts` counts begun attempts and is the fencing token: only the worker that began attempt N settles it.
    `next_try_at` is when the row is due; while SENDING, when its worker is given up for dead. `give_up_at` is
    when trying ends and a person is asked.
    """

    id: int
    kind: OutboxKind
    name: str
    dedupe_key: str
    to: str
    payload: Mapping[str, object]
    created_at: datetime
    next_try_at: datetime
    give_up_at: datetime
    ticket_id: int | None = None
    state: OutboxState = OutboxState.WAITING
    attempts: int = 0
    last_error: str = ""
    settled_at: datetime | None = None


BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120, 240))
"""Pauses after the first, second, … failed attempt; the last one repeats."""

KEEP_TRYING = timedelta(hours=72)
"""A mail server may be down over a weekend."""

CANCEL_NOTICES_SPREAD = 7
"""Days over which cancel notices to one address are spread at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What becomes of a row after an attempt."""

    state: OutboxState
    next_try_at: datetime
    error: str = ""


def without_addresses(text: str) -> str:
    """A server's words without the mail addresses in them: they go into the audit, which nobody empties.

    >>> without_addresses("550 5.1.1 <petr@example.ru>: user unknown")
    '550 5.1.1 <…>: user unknown'
    """
    return _ADDRESS.sub("…", text)


def settle(item: OutboxItem, delivery: Delivery, now: datetime) -> Settlement:
    """Decide: sent, tried again later, or refused and shown to a person. Never a loop: trying ends."""
    if delivery.result is DeliveryResult.DELIVERED:
        # what the other program answered is worth reading; what a mail server says of its queue is not
        answer = delivery.detail if item.kind is OutboxKind.WEBHOOK else ""
        return Settlement(state=OutboxState.SENT, next_try_at=now, error=answer)
    if delivery.result is DeliveryResult.REFUSED:
        return Settlement(state=OutboxState.REFUSED, next_try_at=now, error=delivery.detail)
    again = now + BACK_OFF[min(max(item.attempts, 1), len(BACK_OFF)) - 1]
    if again > item.give_up_at:
        return Settlement(state=OutboxState.REFUSED, next_try_at=now, error=f"given up: {delivery.detail}")
    return Settlement(state=OutboxState.WAITING, next_try_at=again, error=delivery.detail)


def cancel_notice_keys(address: str, today: date) -> Iterator[tuple[str, date]]:
    """Dedupe keys of cancel notices to this address, one per day from today on: the first free one is taken.

    So an address gets at most one cancel notice a day, and yet every cancelled ticket is told of (2.9, 6).
    """
    short = hashlib.sha256(address.casefold().encode()).hexdigest()[:24]
    for days in range(CANCEL_NOTICES_SPREAD):
        day = today + timedelta(days=days)
        yield f"cancelled:{short}:{day.isoformat()}", day


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """An address of another program that is told of our events; `secret` signs what it gets.

    `events` are names of events, or `*`. `allow_private` lets it point into our own network.
    """

    id: int
    url: str
    secret: str = field(repr=False)
    events: frozenset[str]
    allow_private: bool = False
    active: bool = True

    def wants(self, event: str) -> bool:
        """Whether this event is to be told here."""
        return self.active and (event in self.events or "*" in self.events)
