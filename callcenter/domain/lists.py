"""Lists of tickets: what may be filtered and sorted by, and pages that do not shift when rows arrive."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from callcenter.domain.errors import InvalidInput
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.ticket import Kind, Priority, Source, Ticket

PAGE = 50
LARGEST_PAGE = 200


class Sort(StrEnum):
    """The allowed orders; each is an index of the store."""

    TIME_LEFT = "time_left"
    NEWEST = "newest"
    OLDEST = "oldest"
    UPDATED = "updated"


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """Which tickets; an empty field does not filter.

    `overdue_at` keeps what was due before that instant; `since` and `until` bound the arrival, half-open.
    """

    statuses: frozenset[Status] = field(default_factory=frozenset)
    kind: Kind | None = None
    priority: Priority | None = None
    source: Source | None = None
    topic_id: int | None = None
    product_id: int | None = None
    site_id: int | None = None
    client_id: int | None = None
    organization_id: int | None = None
    assignee_id: int | None = None
    operator_id: int | None = None
    cancel_reason: CancelReason | None = None
    missed: bool | None = None
    overdue_at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def by_days(self) -> bool:
        """Whether arrival is bounded: newest and oldest then go by it instead of by number."""
        return self.since is not None or self.until is not None

    def fits(self, ticket: Ticket) -> bool:
        """Whether this ticket is among those meant."""
        if self.statuses and ticket.status not in self.statuses:
            return False
        if any(
            (wanted := getattr(self, name)) is not None and getattr(ticket, name) != wanted for name in EQUAL
        ):
            return False
        if self.missed is not None and (ticket.missed is not None) is not self.missed:
            return False
        if self.overdue_at is not None and not (ticket.open and ticket.overdue(self.overdue_at)):
            return False
        after_begin = self.since is None or ticket.created_at >= self.since
        return after_begin and (self.until is None or ticket.created_at < self.until)


EQUAL = (
    "kind", "priority", "source", "topic_id", "product_id", "site_id", "client_id", "organization_id",
    "assignee_id", "operator_id", "cancel_reason",
)  # fmt: skip
"""Fields of a filter that are fields of a ticket by the same name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """One page of a list: `after` is the cursor the page before ended with."""

    filter: Filter = field(default_factory=Filter)
    sort: Sort = Sort.TIME_LEFT
    after: str | None = None
    limit: int = PAGE


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    """Where a page ended: the ordering instant (None where the order is the number alone) and the number."""

    at: datetime | None
    id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Tickets in order, and the cursor for those after them; None when these were the last."""

    tickets: Sequence[Ticket]
    after: str | None


def written(cursor: Cursor) -> str:
    """A cursor as one opaque word for addresses."""
    value = [None if cursor.at is None else cursor.at.isoformat(), cursor.id]
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def read_cursor(word: str) -> Cursor:
    """The cursor that `written` wrote; InvalidInput on `after` for anything else.

    >>> read_cursor(written(Cursor(at=None, id=1042)))
    Cursor(at=None, id=1042)
    """
    try:
        at, identity = json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
        instant = None if at is None else datetime.fromisoformat(at)
        if type(identity) is not int or (instant is not None and instant.tzinfo is None):
            raise ValueError(word)
    except (ValueError, TypeError) as error:
        raise InvalidInput({"after": "not_a_cursor"}) from error
    return Cursor(at=instant, id=identity)


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedView:
    """A person's named list; a shared one is seen by everybody. `query` is the address's query string."""

    id: int
    person_id: int
    name: str
    query: str
    shared: bool = False
    position: int = 0
