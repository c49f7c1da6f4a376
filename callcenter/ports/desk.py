"""The Protocols of the help desk's own stores; `ports.UnitOfWork` carries one of each."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from callcenter.domain.lists import SavedView
from callcenter.domain.messages import Message
from callcenter.domain.remote import RemoteSession
from callcenter.domain.shifts import Leave, Shift, Skills
from callcenter.domain.support import Handover
from callcenter.domain.ticket_clocks import TicketClock
from callcenter.domain.topics import Topic
from sla.timeline import Step, Timeline
from sla.verdict import Verdict


class Topics(Protocol):
    """The tree of topics. Regulation: 2.5."""

    async def all(self) -> Sequence[Topic]: ...

    async def add(self, topic: Topic) -> Topic:
        """Store a new one (its `id` is ignored)."""
        ...

    async def save(self, topic: Topic) -> None:
        """NotFound when there is none."""
        ...


class Messages(Protocol):
    """What was written on tickets."""

    async def add(self, message: Message) -> Message: ...

    async def of_ticket(self, ticket_id: int) -> Sequence[Message]:
        """Oldest first."""
        ...

    async def questions_to(self, person_id: int, *, limit: int) -> Sequence[Message]:
        """What colleagues asked this person and he has not answered, oldest first."""
        ...


class RemoteSessions(Protocol):
    """Sessions of remote administration. Regulation: 2.8."""

    async def add(self, session: RemoteSession) -> RemoteSession:
        """Conflict when this person already has an open session on this ticket."""
        ...

    async def by_id(self, session_id: int) -> RemoteSession | None: ...

    async def end(self, session: RemoteSession) -> bool:
        """Store end, result and note; False when it had ended before."""
        ...

    async def of_ticket(self, ticket_id: int) -> Sequence[RemoteSession]: ...


class Handovers(Protocol):
    """Tickets at their vendors. Regulation: 2.6."""

    async def add(self, handover: Handover) -> Handover:
        """Conflict when the ticket is with its vendor already."""
        ...

    async def end(self, handover_id: int, *, at: datetime, answer: str) -> bool:
        """False when it had ended before."""
        ...

    async def of_ticket(self, ticket_id: int) -> Sequence[Handover]: ...

    async def overdue(self, now: datetime, *, limit: int) -> Sequence[Handover]:
        """Open ones whose vendor is late, longest first."""
        ...


class Staffing(Protocol):
    """Shifts, leave and skills of people, and the facts a proposal weighs. Regulation: 2.4, 2.5."""

    async def shifts(self) -> Sequence[Shift]: ...

    async def set_shifts(self, person_id: int, shifts: Sequence[Shift]) -> None: ...

    async def leaves(self, since: date) -> Sequence[Leave]:
        """Those that end on this day or later."""
        ...

    async def add_leave(self, leave: Leave) -> Leave: ...

    async def drop_leave(self, leave_id: int) -> Leave | None:
        """The dropped one, None when there was none."""
        ...

    async def skills(self) -> Sequence[Skills]:
        """Of everybody who named some."""
        ...

    async def set_skills(self, skills: Skills) -> None: ...

    async def loads(self) -> Mapping[int, int]:
        """Tickets in hand (assigned or in progress) by person."""
        ...

    async def known(self, *, client_id: int | None, organization_id: int | None) -> Mapping[int, int]:
        """Solved tickets of this client (else of this company) by who solved them; the newest two hundred."""
        ...


class TicketClocks(Protocol):
    """Steps, clocks, sent warnings and frozen verdicts of tickets. Regulation: 2.3, 2.4, 2.7, 2.8, 2.10."""

    async def steps(self, ticket_id: int) -> Sequence[Step]: ...

    async def add_steps(self, ticket_id: int, steps: Sequence[Step], *, first: int) -> None:
        """Append; `first` is how many there are, Conflict when somebody else appended meanwhile."""
        ...

    async def clocks(self, ticket_id: int) -> Sequence[TicketClock]: ...

    async def keep(self, ticket_id: int, clocks: Sequence[TicketClock]) -> None:
        """Replace the ticket's stored clocks by these."""
        ...

    async def due(self, now: datetime, *, limit: int) -> Sequence[int]:
        """Tickets with a clock to be looked at, earliest first; costs by what is due, not by what is open."""
        ...

    async def next_wake(self) -> datetime | None: ...

    async def unclocked(self, *, open_only: bool, limit: int) -> Sequence[int]:
        """Registered tickets without any record of their time, newest first: their clocks are unknown."""
        ...

    async def sent(self, ticket_id: int) -> frozenset[str]:
        """Keys of the warnings that were claimed."""
        ...

    async def claim(self, key: str, *, ticket_id: int, level: str, at: datetime) -> bool:
        """True for exactly one caller over all nodes and restarts."""
        ...

    async def freeze(self, ticket_id: int, verdicts: Sequence[Verdict]) -> None:
        """Replace the ticket's stored verdicts by these."""
        ...

    async def verdicts(self, ticket_id: int) -> Sequence[Verdict]: ...

    async def timelines(
        self, since: datetime, until: datetime, *, after: int, limit: int
    ) -> Sequence[Timeline]:
        """Recorded tickets that arrived in the half-open interval, by number, those after `after`."""
        ...


class SearchIndex(Protocol):
    """Words of tickets, normalised and stemmed by `domain.search`; the same on both databases."""

    async def put(self, ticket_id: int, words: Collection[str]) -> None:
        """Make these the words of the ticket."""
        ...

    async def find(self, alternatives: Sequence[str], *, before: int | None, limit: int) -> Sequence[int]:
        """Newest tickets that hold, for each prefix, a word that begins with it."""
        ...

    async def sharing(self, words: Collection[str], *, limit: int) -> Mapping[int, int]:
        """Tickets that share rare words with these: ticket to how many of them."""
        ...


class SavedViews(Protocol):
    """People's named lists."""

    async def of_person(self, person_id: int) -> Sequence[SavedView]:
        """His own and the shared ones, in his order."""
        ...

    async def add(self, view: SavedView) -> SavedView: ...

    async def drop(self, view_id: int, person_id: int) -> bool:
        """Only his own; False when there is none."""
        ...
