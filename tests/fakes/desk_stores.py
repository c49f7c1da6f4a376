"""In-memory stores of the help desk: `Topics`, `Messages`, `RemoteSessions`, `Handovers`, `Staffing`, `SavedViews`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.lifecycle import Status
from callcenter.domain.lists import SavedView
from callcenter.domain.messages import Message
from callcenter.domain.remote import RemoteSession
from callcenter.domain.shifts import Leave, Shift, Skills
from callcenter.domain.support import Handover
from callcenter.domain.topics import Topic
from tests.fakes.memory import Memory


class FakeTopics:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def all(self) -> Sequence[Topic]:
        return [self._memory.topics[key] for key in sorted(self._memory.topics)]

    async def add(self, topic: Topic) -> Topic:
        added = replace(topic, id=self._memory.next_id("topic"))
        self._memory.topics[added.id] = added
        return added

    async def save(self, topic: Topic) -> None:
        if topic.id not in self._memory.topics:
            raise NotFound("topic", topic_id=topic.id)
        self._memory.topics[topic.id] = topic


class FakeMessages:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def add(self, message: Message) -> Message:
        added = replace(message, id=self._memory.next_id("message"))
        self._memory.messages[added.id] = added
        return added

    async def of_ticket(self, ticket_id: int) -> Sequence[Message]:
        return [each for each in self._memory.messages.values() if each.ticket_id == ticket_id]

    async def questions_to(self, person_id: int, *, limit: int) -> Sequence[Message]:
        answered = {each.in_reply_to for each in self._memory.messages.values()}
        asked = (each for each in self._memory.messages.values() if each.to_person_id == person_id)
        return [each for each in asked if each.id not in answered][:limit]


class FakeRemoteSessions:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def add(self, session: RemoteSession) -> RemoteSession:
        for each in await self.of_ticket(session.ticket_id):
            if each.person_id == session.person_id and each.ended_at is None:
                raise Conflict("remote session")
        added = replace(session, id=self._memory.next_id("remote"))
        self._memory.remote[added.id] = added
        return added

    async def by_id(self, session_id: int) -> RemoteSession | None:
        return self._memory.remote.get(session_id)

    async def end(self, session: RemoteSession) -> bool:
        present = self._memory.remote.get(session.id)
        if present is None or present.ended_at is not None:
            return False
        self._memory.remote[session.id] = replace(
            present, ended_at=session.ended_at, result=session.result, note=session.note
        )
        return True

    async def of_ticket(self, ticket_id: int) -> Sequence[RemoteSession]:
        return [each for each in self._memory.remote.values() if each.ticket_id == ticket_id]


class FakeHandovers:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def add(self, handover: Handover) -> Handover:
        if any(each.ended_at is None for each in await self.of_ticket(handover.ticket_id)):
            raise Conflict("handover")
        added = replace(handover, id=self._memory.next_id("handover"))
        self._memory.handovers[added.id] = added
        return added

    async def end(self, handover_id: int, *, at: datetime, answer: str) -> bool:
        present = self._memory.handovers.get(handover_id)
        if present is None or present.ended_at is not None:
            return False
        self._memory.handovers[handover_id] = replace(present, ended_at=at, answer=answer)
        return True

    async def of_ticket(self, ticket_id: int) -> Sequence[Handover]:
        return [each for each in self._memory.handovers.values() if each.ticket_id == ticket_id]

    async def overdue(self, now: datetime, *, limit: int) -> Sequence[Handover]:
        late = (
            each for each in self._memory.handovers.values() if each.ended_at is None and each.due_at < now
        )
        return sorted(late, key=lambda each: each.due_at)[:limit]


class FakeStaffing:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def shifts(self) -> Sequence[Shift]:
        return sorted(self._memory.shifts, key=lambda each: (each.person_id, each.weekday, each.starts))

    async def set_shifts(self, person_id: int, shifts: Sequence[Shift]) -> None:
        others = [each for each in self._memory.shifts if each.person_id != person_id]
        self._memory.shifts = others + [replace(each, person_id=person_id) for each in shifts]

    async def leaves(self, since: date) -> Sequence[Leave]:
        found = (each for each in self._memory.leaves.values() if each.ends_on >= since)
        return sorted(found, key=lambda each: (each.starts_on, each.id))

    async def add_leave(self, leave: Leave) -> Leave:
        added = replace(leave, id=self._memory.next_id("leave"))
        self._memory.leaves[added.id] = added
        return added

    async def drop_leave(self, leave_id: int) -> Leave | None:
        return self._memory.leaves.pop(leave_id, None)

    async def skills(self) -> Sequence[Skills]:
        return [self._memory.skills[key] for key in sorted(self._memory.skills)]

    async def set_skills(self, skills: Skills) -> None:
        self._memory.skills.pop(skills.person_id, None)
        if skills.topic_ids or skills.product_ids:
            self._memory.skills[skills.person_id] = skills

    async def loads(self) -> Mapping[int, int]:
        in_hand = (
            each.assignee_id
            for each in self._memory.tickets.values()
            if each.status in {Status.ASSIGNED, Status.IN_PROGRESS} and each.assignee_id is not None
        )
        return Counter(in_hand)

    async def known(self, *, client_id: int | None, organization_id: int | None) -> Mapping[int, int]:
        solved = [
            each
            for each in self._memory.tickets.values()
            if each.status in {Status.CLOSED, Status.RESOLVED} and each.assignee_id is not None
        ]
        of_client = [each for each in solved if client_id is not None and each.client_id == client_id]
        if not of_client and organization_id is not None:
            of_client = [each for each in solved if each.organization_id == organization_id]
        return Counter(each.assignee_id for each in of_client if each.assignee_id is not None)


class FakeSavedViews:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def of_person(self, person_id: int) -> Sequence[SavedView]:
        seen = (e for e in self._memory.views.values() if e.person_id == person_id or e.shared)
        return sorted(seen, key=lambda each: (each.shared, each.position, each.id))

    async def add(self, view: SavedView) -> SavedView:
        added = replace(view, id=self._memory.next_id("view"))
        self._memory.views[added.id] = added
        return added

    async def drop(self, view_id: int, person_id: int) -> bool:
        present = self._memory.views.get(view_id)
        if present is None or present.person_id != person_id:
            return False
        del self._memory.views[view_id]
        return True
