"""Letters that leave with the commit of the change they tell of (port `Notices`). Regulation: 2.9."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from callcenter.domain.notices import (
    KEEP_TRYING,
    OPTIONAL,
    Notice,
    OutboxItem,
    OutboxKind,
    cancel_notice_keys,
)
from callcenter.domain.signing import sha256
from callcenter.domain.ticket import Ticket
from callcenter.ports.unit_of_work import Clock, UnitOfWork
from callcenter.services.status_links import PublicLinks

MORNING = time(9, 0)
"""When a cancel notice leaves that had to wait for another day."""

_NEVER_STORED = frozenset({"resume_token"})
_TO_STRANGERS = frozenset({Notice.VENDOR_DOSSIER, Notice.WARNING, Notice.SIGN_IN})
"""Letters that must not carry the client's status link."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MailNotices:
    """Writes letters into the outbox of the caller's unit of work; `locale` is the language of its readers.

    The row holds names and values only; words come from the templates when it is sent.
    """

    clock: Clock
    links: PublicLinks
    zone: ZoneInfo
    locale: str | None = None

    def speaking(self, locale: str) -> "MailNotices":
        """The same, writing in this language whatever the ticket says."""
        return replace(self, locale=locale)

    async def queue(
        self,
        uow: UnitOfWork,
        notice: Notice,
        ticket: Ticket,
        *,
        to: str | None = None,
        to_person: int | None = None,
        about: Mapping[str, object] | None = None,
    ) -> bool:
        """Port `Notices`: False when there is nobody to write to, or he does not want this notice."""
        address = await _address(uow, ticket, to=to, to_person=to_person)
        if address is None:
            return False
        if notice in OPTIONAL and await uow.outbox.opted_out(self.links.address_key(address)):
            return False
        values = {key: value for key, value in (about or {}).items() if key not in _NEVER_STORED}
        item = await self._item(uow, notice, ticket, address, values)
        if notice is Notice.CANCELLED_UNREACHABLE:
            return await self._on_first_free_day(uow, item)
        return await uow.outbox.add(item) is not None

    async def _item(
        self, uow: UnitOfWork, notice: Notice, ticket: Ticket, to: str, about: dict[str, object]
    ) -> OutboxItem:
        now = self.clock.now()
        payload: dict[str, object] = {
            "locale": self.locale or await _locale(uow, ticket.id),
            "number": ticket.number,
            "about": about,
            "unsubscribe": notice in OPTIONAL,
        }
        if notice not in _TO_STRANGERS:
            payload["nonce"] = (await self.links.ensure(uow.forms, ticket.id, now)).nonce
        content = sha256(json.dumps([to, about], sort_keys=True, default=str))[:16]
        return OutboxItem(
            id=0,
            kind=OutboxKind.MAIL,
            name=notice,
            dedupe_key=f"{notice}:{ticket.id}:{ticket.version}:{content}",
            to=to,
            payload=payload,
            created_at=now,
            next_try_at=now,
            give_up_at=now + KEEP_TRYING,
            ticket_id=ticket.id,
        )

    async def _on_first_free_day(self, uow: UnitOfWork, item: OutboxItem) -> bool:
        """At most one cancel notice per address and day: the next one waits until tomorrow morning."""
        today = item.created_at.astimezone(self.zone).date()
        for key, day in cancel_notice_keys(item.to, today):
            due = item.created_at
            if day != today:
                due = datetime.combine(day, MORNING, tzinfo=self.zone)
            waiting = replace(item, dedupe_key=key, next_try_at=due, give_up_at=due + KEEP_TRYING)
            if await uow.outbox.add(waiting) is not None:
                return True
        return False


async def _address(uow: UnitOfWork, ticket: Ticket, *, to: str | None, to_person: int | None) -> str | None:
    if to is not None:
        return to
    if to_person is not None:
        person = await uow.people.by_id(to_person)
        return person.mailbox if person is not None and person.active else None
    if ticket.contact_email is not None:
        return ticket.contact_email
    if ticket.client_id is None:
        return None
    client = await uow.clients.by_id(ticket.client_id)
    return None if client is None else client.email


async def _locale(uow: UnitOfWork, ticket_id: int) -> str:
    submission = await uow.forms.of_ticket(ticket_id)
    return "ru" if submission is None else submission.locale
