"""In-memory `People` and `Sessions`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.people import Person, PhoneState, Presence, Role, Session
from tests.fakes.memory import Memory


class FakePeople:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def by_id(self, person_id: int) -> Person | None:
        return self._memory.people.get(person_id)

    async def by_login(self, login: str) -> Person | None:
        return next((each for each in self._memory.people.values() if each.login == login), None)

    async def by_endpoint(self, pbx: str, endpoint: str) -> Person | None:
        found = (
            each for each in self._memory.people.values() if (each.pbx, each.endpoint) == (pbx, endpoint)
        )
        return next(found, None)

    async def all(self) -> Sequence[Person]:
        return sorted(self._memory.people.values(), key=lambda each: (each.name, each.id))

    async def add(self, person: Person, *, password_hash: str | None) -> Person:
        added = replace(person, id=self._memory.next_id("person"))
        self._check_unique(added)
        self._memory.people[added.id] = added
        self._memory.password_hashes[added.id] = password_hash
        return added

    async def save(self, person: Person) -> None:
        if person.id not in self._memory.people:
            raise NotFound("person", person_id=person.id)
        self._check_unique(person)
        self._memory.people[person.id] = person

    def _check_unique(self, person: Person) -> None:
        for other in self._memory.people.values():
            if other.id == person.id:
                continue
            if other.login == person.login:
                raise Conflict("login")
            has_phone = person.pbx is not None and person.endpoint is not None
            if has_phone and (other.pbx, other.endpoint) == (person.pbx, person.endpoint):
                raise Conflict("endpoint")

    async def password_hash(self, person_id: int) -> str | None:
        return self._memory.password_hashes.get(person_id)

    async def set_password_hash(self, person_id: int, password_hash: str) -> None:
        if person_id not in self._memory.people:
            raise NotFound("person", person_id=person_id)
        self._memory.password_hashes[person_id] = password_hash

    async def count_with_role(self, role: Role) -> int:
        return sum(role in each.roles and each.active for each in self._memory.people.values())

    async def presence(self) -> Sequence[Presence]:
        return [self._memory.presence[key] for key in sorted(self._memory.presence)]

    async def set_presence(
        self, person_id: int, *, phone: PhoneState, in_queue: bool, paused: bool, at: datetime
    ) -> None:
        self._memory.presence[person_id] = Presence(
            person_id=person_id, phone=phone, in_queue=in_queue, paused=paused, since=at
        )


class FakeSessions:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def add(self, session: Session) -> None:
        self._memory.sessions[session.token_sha256] = session

    async def by_token(self, token_sha256: str) -> Session | None:
        return self._memory.sessions.get(token_sha256)

    async def of_person(self, person_id: int) -> Sequence[Session]:
        mine = (each for each in self._memory.sessions.values() if each.person_id == person_id)
        return sorted(mine, key=lambda each: each.created_at)

    async def revoke(self, token_sha256: str) -> None:
        self._memory.sessions.pop(token_sha256, None)

    async def revoke_all(self, person_id: int) -> None:
        for session in await self.of_person(person_id):
            del self._memory.sessions[session.token_sha256]

    async def add_one_time(self, token_sha256: str, person_id: int, expires_at: datetime) -> None:
        self._memory.one_time[token_sha256] = (person_id, expires_at)

    async def use_one_time(self, token_sha256: str, now: datetime) -> int | None:
        person_id, expires_at = self._memory.one_time.get(token_sha256, (None, now))
        if person_id is None or expires_at <= now:
            return None
        del self._memory.one_time[token_sha256]
        return person_id

    async def add_failure(self, key: str, at: datetime) -> None:
        self._memory.failures.append((key, at))

    async def failures(self, key: str, since: datetime) -> tuple[int, datetime | None]:
        recent = [at for each, at in self._memory.failures if each == key and at > since]
        return len(recent), min(recent, default=None)

    async def forgive(self, key: str, *, only_at: datetime | None = None) -> None:
        self._memory.failures = [
            each for each in self._memory.failures if each[0] != key or only_at not in {None, each[1]}
        ]

    async def forget_failures(self, before: datetime) -> None:
        self._memory.failures = [each for each in self._memory.failures if each[1] >= before]
