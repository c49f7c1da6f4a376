"""Calls as the hotline keeps them, and which node listens to which PBX."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from callcenter.domain.calls import Call, CallKey, CallOutcome, Hotline, RingEnd, Ringing, Transfer


class Calls(Protocol):
    """Hotline calls and the phones that ring for them."""

    async def hotline_by_did(self, e164: str) -> Hotline | None: ...

    async def hotlines(self) -> Sequence[Hotline]: ...

    async def add_hotline(self, hotline: Hotline) -> Hotline: ...

    async def advertise(self, hotlines: Sequence[Hotline]) -> None:
        """Make these (told apart by name) the only hotlines with numbers; former ones keep their calls."""
        ...

    async def by_key(self, key: CallKey) -> Call | None: ...

    async def by_id(self, call_id: int) -> Call | None: ...

    async def add(self, call: Call) -> Call:
        """Store a new call (its `id` is ignored); Conflict when the key is already held."""
        ...

    async def save(self, call: Call) -> None: ...

    async def open_calls(self, pbx: str | None = None) -> Sequence[Call]:
        """Calls that have not ended, oldest first."""
        ...

    async def last_of_number(self, e164: str, *, limit: int) -> Sequence[Call]: ...

    async def recent(self, *, limit: int) -> Sequence[Call]: ...

    async def of_ticket(self, ticket_id: int) -> Sequence[Call]: ...

    async def move(self, from_ticket: int, to_ticket: int) -> int:
        """Hand all calls of a ticket to another one; how many there were."""
        ...

    async def start_ringing(self, ringing: Ringing) -> bool:
        """False when this person already rings for this call (several devices, several tabs), or rang until
        after `since` (an old report came again)."""
        ...

    async def stop_ringing(self, call_id: int, person_id: int, *, reason: RingEnd, at: datetime) -> bool:
        """False when it did not ring."""
        ...

    async def acknowledge_ringing(self, call_id: int, person_id: int, *, at: datetime) -> bool:
        """The person saw his pop-up; False when it was seen before or does not ring."""
        ...

    async def ringing_of_call(self, call_id: int) -> Sequence[Ringing]:
        """Only phones that still ring."""
        ...

    async def ringing_of_person(self, person_id: int) -> Sequence[Ringing]:
        """Only calls that still ring."""
        ...

    async def all_ringing(self) -> Sequence[Ringing]:
        """Every phone that still rings."""
        ...

    async def add_transfer(self, transfer: Transfer) -> bool:
        """False when this transfer is known."""
        ...

    async def transfers_of(self, call_id: int) -> Sequence[Transfer]: ...

    async def count_by_outcome(
        self, since: datetime, until: datetime
    ) -> Sequence[tuple[CallOutcome | None, int]]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkState:
    """The telephony link of one PBX as its listener last reported it; `heartbeat_at` is renewed while it lives."""

    pbx: str
    state: str
    since: datetime
    heartbeat_at: datetime
    node: str


class Links(Protocol):
    """Which node listens to which PBX, and how its link is."""

    async def all(self) -> Sequence[LinkState]: ...

    async def report(self, link: LinkState) -> None: ...

    async def take_lease(self, name: str, node: str, *, now: datetime, until: datetime) -> int | None:
        """A fencing token that grows with each new holder, or None while another node holds the lease."""
        ...

    async def release_lease(self, name: str, node: str) -> None: ...

    async def holds_lease(self, name: str, token: int) -> bool:
        """Whether this fencing token is still the newest one of this lease."""
        ...
