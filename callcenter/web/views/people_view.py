"""People as an administrator sees them: with their phones and whether they are signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.people import Person, Presence
from callcenter.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonRow:
    """One employee; `sessions` is in how many browsers he is signed in now."""

    person: Person
    presence: Presence | None
    sessions: int
    has_password: bool


async def person_rows(uow: UnitOfWork, now: datetime) -> Sequence[PersonRow]:
    """Everybody, the active first."""
    presence = {each.person_id: each for each in await uow.people.presence()}
    rows = [
        PersonRow(
            person=person,
            presence=presence.get(person.id),
            sessions=sum(session.expires_at > now for session in await uow.sessions.of_person(person.id)),
            has_password=await uow.people.password_hash(person.id) is not None,
        )
        for person in await uow.people.all()
    ]
    return sorted(rows, key=lambda row: not row.person.active)
