"""The Protocols for what comes in through public pages and what leaves the house; `ports.UnitOfWork` carries them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from callcenter.domain.attachments import Attachment
from callcenter.domain.forms import Consent, StatusLink, Submission
from callcenter.domain.notices import Delivery, OutboxItem, OutboxState, Settlement, Webhook
from callcenter.domain.sites import Site


class Outbox(Protocol):
    """What is to leave the house; rows are written in the commit of the change they tell of."""

    async def add(self, item: OutboxItem) -> OutboxItem | None:
        """Store a new row (its `id` is ignored); None when its dedupe key is known, and nothing was added."""
        ...

    async def claim(self, *, now: datetime, until: datetime, limit: int) -> Sequence[OutboxItem]:
        """Begin an attempt on due rows, oldest first; no other worker gets them before `until`."""
        ...

    async def next_due(self) -> datetime | None:
        """When the next row becomes due, a claimed one included; None when nothing waits."""
        ...

    async def settle(self, item: OutboxItem, settlement: Settlement, *, at: datetime) -> bool:
        """End the attempt that `item` is; False when a later attempt has begun (our claim had run out)."""
        ...

    async def retry(self, item_id: int, *, now: datetime, give_up_at: datetime) -> bool:
        """Make a refused or waiting row due at once; False when it is neither."""
        ...

    async def by_id(self, item_id: int) -> OutboxItem | None: ...

    async def of_ticket(self, ticket_id: int) -> Sequence[OutboxItem]: ...

    async def newest(
        self, *, state: OutboxState | None = None, before: int | None = None, limit: int
    ) -> Sequence[OutboxItem]:
        """Rows with an id below `before`, newest first."""
        ...

    async def counts(self) -> Mapping[OutboxState, int]: ...

    async def opt_out(self, address_key: str, *, at: datetime) -> bool:
        """Remember that this address wants no optional mail; False when it was known."""
        ...

    async def opted_out(self, address_key: str) -> bool: ...


class Webhooks(Protocol):
    """Addresses of other programs that are told of our events."""

    async def all(self) -> Sequence[Webhook]: ...

    async def by_id(self, webhook_id: int) -> Webhook | None: ...

    async def add(self, value: Webhook) -> Webhook:
        """Store a new one (its `id` is ignored); Conflict when the URL is known."""
        ...

    async def save(self, value: Webhook) -> None: ...


class Sites(Protocol):
    """Public forms with their brands. Regulation: 2.2."""

    async def all(self) -> Sequence[Site]: ...

    async def by_slug(self, slug: str) -> Site | None: ...

    async def by_id(self, site_id: int) -> Site | None: ...

    async def add(self, value: Site) -> Site:
        """Store a new one (its `id` is ignored); Conflict when the slug is taken."""
        ...

    async def save(self, value: Site) -> None: ...


class Forms(Protocol):
    """What came through public forms, consents, and status links. Regulation: 2.2, 2.3."""

    async def by_key(self, site_id: int, key_sha256: str) -> Submission | None: ...

    async def of_ticket(self, ticket_id: int) -> Submission | None: ...

    async def add(self, submission: Submission) -> Submission:
        """Store a new one (its `id` is ignored); Conflict when the site knows the key."""
        ...

    async def count_from(self, address_key: str, since: datetime) -> int:
        """Accepted forms of one network address after `since`."""
        ...

    async def between(self, since: datetime, until: datetime) -> Sequence[Submission]:
        """Forms sent in this time, oldest first; for the report of clause 2.3."""
        ...

    async def add_consent(self, given: Consent, text: str) -> None:
        """Store a consent and, once, the text it was given to."""
        ...

    async def consent_of(self, ticket_id: int) -> tuple[Consent, str] | None: ...

    async def set_link(self, link: StatusLink) -> None:
        """Give the ticket this status link; a former one stops working."""
        ...

    async def link_by_token(self, token_sha256: str) -> StatusLink | None: ...

    async def link_of(self, ticket_id: int) -> StatusLink | None: ...


class Attachments(Protocol):
    """Rows of files that belong to tickets."""

    async def add(self, value: Attachment) -> Attachment: ...

    async def by_id(self, attachment_id: int) -> Attachment | None: ...

    async def of_ticket(self, ticket_id: int) -> Sequence[Attachment]: ...


class AttachmentFiles(Protocol):
    """Bodies of attachments under random names; no part of the transaction: written before, forgotten on failure."""

    async def store(self, body: bytes) -> str:
        """The name it can be read by; Unavailable when it cannot be kept."""
        ...

    async def read(self, name: str) -> bytes:
        """NotFound when there is no such file."""
        ...

    async def forget(self, name: str) -> None: ...


class Carrier(Protocol):
    """Takes one outbox row to its receiver (mail, webhook); says how it ended, and raises only on a bug."""

    async def carry(self, item: OutboxItem) -> Delivery: ...
