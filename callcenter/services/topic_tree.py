"""The administrator's tree of topics. Regulation: 2.5."""

from collections.abc import Sequence
from dataclasses import replace

from callcenter.domain.errors import NotFound
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.story import actor_of
from callcenter.domain.topics import Topic, check_topic, in_order
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.desk import Desk


class TopicTree:
    """Topics are added, renamed, moved and retired, never deleted: tickets name them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def rows(self, *, retired: bool = False) -> Sequence[tuple[int, Topic]]:
        """The tree as (depth, topic), children after their parent; `retired` shows those out of use as well."""
        async with self._desk.open_uow(write=False) as uow:
            every = await uow.topics.all()
        return in_order(each for each in every if retired or each.active)

    async def add(self, by: Person, topic: Topic) -> Topic:
        """A new topic; InvalidInput by field."""
        require(by, Action.EDIT_TOPICS)
        async with self._desk.open_uow() as uow:
            named = replace(topic, id=0, name=topic.name.strip())
            check_topic(named, {each.id: each for each in await uow.topics.all()})
            added = await uow.topics.add(named)
            await self._record(uow, by, "topic.added", added)
            await uow.commit()
        return added

    async def change(self, by: Person, topic: Topic) -> Topic:
        """Rename, move or retire; NotFound when there is none, InvalidInput by field."""
        require(by, Action.EDIT_TOPICS)
        async with self._desk.open_uow() as uow:
            topics = {each.id: each for each in await uow.topics.all()}
            if topic.id not in topics:
                raise NotFound("topic", topic_id=topic.id)
            named = replace(topic, name=topic.name.strip())
            check_topic(named, topics)
            await uow.topics.save(named)
            await self._record(uow, by, "topic.changed", named)
            await uow.commit()
        return named

    async def _record(self, uow: UnitOfWork, by: Person, action: str, topic: Topic) -> None:
        change: dict[str, object] = {
            "topic_id": topic.id,
            "name": topic.name,
            "kind": str(topic.kind),
            "parent_id": topic.parent_id,
            "active": topic.active,
        }
        await uow.audit.record(
            at=self._desk.clock.now(),
            actor=actor_of(by.id),
            ticket_id=None,
            action=action,
            reason="",
            change=change,
        )
