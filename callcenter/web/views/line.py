"""The line as it is now: who waits, whose phone rings, who talks, and who is there to answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callcenter.domain.calls import Call
from callcenter.domain.clients import Client, Organization
from callcenter.domain.people import Action, Person, PhoneState, Presence, may
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.web.views.call_rows import call_rows


class LinePhase(StrEnum):
    """What happens to a caller."""

    WAITS = "waits"
    RINGS = "rings"
    TALKS = "talks"


@dataclass(frozen=True, kw_only=True, slots=True)
class LineRow:
    """One caller on the line. `since` is when he came, or when the talk began; `people` are those whose phones
    ring, or the one who talks."""

    call: Call
    phase: LinePhase
    since: datetime
    people: Sequence[Person]
    client: Client | None
    organization: Organization | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Seat:
    """One operator and his phone; `presence` is None when the PBX said nothing of it yet."""

    person: Person
    presence: Presence | None

    @property
    def phone(self) -> PhoneState:
        """What his phone does, as far as is known."""
        return self.presence.phone if self.presence else PhoneState.UNKNOWN


@dataclass(frozen=True, kw_only=True, slots=True)
class LineView:
    """Everybody on the line, first those who wait, each in the order they came; and the operators."""

    rows: Sequence[LineRow]
    seats: Sequence[Seat]

    @property
    def waiting(self) -> Sequence[LineRow]:
        """Those nobody speaks with yet, the longest first."""
        return [row for row in self.rows if row.phase is not LinePhase.TALKS]

    @property
    def longest_since(self) -> datetime | None:
        """Since when the one who waits longest has been waiting."""
        return min((row.call.entered_at for row in self.waiting), default=None)

    @property
    def free(self) -> int:
        """How many operators could take a call now."""
        return sum(
            seat.phone is PhoneState.IDLE and seat.presence is not None and not seat.presence.paused
            for seat in self.seats
        )


async def line_view(uow: UnitOfWork) -> LineView:
    """The line as everybody sees it; the page marks the rows of its own person."""
    people = {person.id: person for person in await uow.people.all()}
    presence = {each.person_id: each for each in await uow.people.presence()}
    ringing: dict[int, list[int]] = {}
    for each in await uow.calls.all_ringing():
        ringing.setdefault(each.call_id, []).append(each.person_id)
    rows = []
    for row in await call_rows(uow, await uow.calls.open_calls()):
        call = row.call
        at = ringing.get(call.id, [])
        phase, since = _phase(call, rings=bool(at))
        involved = [call.answered_by] if phase is LinePhase.TALKS else at
        rows.append(
            LineRow(
                call=call,
                phase=phase,
                since=since,
                people=[people[who] for who in involved if who is not None and who in people],
                client=row.client,
                organization=row.organization,
            )
        )
    seats = [
        Seat(person=person, presence=presence.get(person.id))
        for person in people.values()
        if person.endpoint and may(person, Action.HANDLE_CALLS)
    ]
    rows.sort(key=lambda row: row.phase is LinePhase.TALKS)
    return LineView(rows=rows, seats=seats)


def _phase(call: Call, *, rings: bool) -> tuple[LinePhase, datetime]:
    if call.answered_at is not None:
        return LinePhase.TALKS, call.answered_at
    return (LinePhase.RINGS if rings else LinePhase.WAITS), call.entered_at
