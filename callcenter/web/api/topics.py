"""The tree of topics. Regulation: 2.5."""

from typing import Annotated

from pydantic import Field

from callcenter.domain.people import Action
from callcenter.domain.ticket import Kind
from callcenter.domain.topics import Topic
from callcenter.web.api import answers
from callcenter.web.api.fields import Asked, Id, Name
from callcenter.web.api.operation import ApiCall, operation


class TopicBody(Asked):
    """A topic; one out of use is not `active` and keeps its tickets."""

    name: Name
    kind: Kind
    parent_id: Id | None = None
    position: Annotated[int, Field(ge=0, le=10_000)] = 0
    active: bool = True


async def list_topics(call: ApiCall) -> object:
    """Every topic, those out of use included."""
    async with call.open_uow(write=False) as uow:
        return await uow.topics.all()


async def add_topic(call: ApiCall, body: TopicBody) -> object:
    """A new topic."""
    return await call.desk.topics.add(call.person, Topic(id=0, **body.model_dump()))


async def change_topic(call: ApiCall, body: TopicBody) -> object:
    """Rename, move or retire a topic."""
    return await call.desk.topics.change(call.person, Topic(id=call.id("topic_id"), **body.model_dump()))


OPERATIONS = (
    operation("GET", "/topics", Action.SEE_WORKSPACE, list_topics, answer=list[answers.Topic]),
    operation("POST", "/topics", Action.EDIT_TOPICS, add_topic, answer=answers.Topic, status=201),
    operation("PUT", "/topics/{topic_id}", Action.EDIT_TOPICS, change_topic, answer=answers.Topic),
)
