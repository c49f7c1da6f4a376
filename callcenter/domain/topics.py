"""Topics of requests: a tree that the administrator edits. Regulation: 2.5, 2.6, 2.8."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from callcenter.domain.errors import InvalidInput
from callcenter.domain.ticket import Kind

NAME_LIMIT = 200
DEPTH_LIMIT = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """One place in the tree; `kind` is what a request on it usually is. A retired topic keeps its tickets."""

    id: int
    name: str
    kind: Kind
    parent_id: int | None = None
    position: int = 0
    active: bool = True


FIRST_TOPICS: Sequence[Topic] = (
    Topic(id=1, name="Приобретение и продление программ", kind=Kind.REFERENCE, position=1),
    Topic(id=2, name="Оформление документов", kind=Kind.REFERENCE, position=2),
    Topic(id=3, name="Настройка рабочего места", kind=Kind.REFERENCE, position=3),
    Topic(id=4, name="Работа с интерфейсом", kind=Kind.REFERENCE, position=4),
    Topic(id=5, name="Программа не работает", kind=Kind.OUTAGE, position=5),
    Topic(id=6, name="Вопросы разработчику", kind=Kind.VENDOR, position=6),
    Topic(id=7, name="Ведение учёта", kind=Kind.VENDOR, parent_id=6, position=1),
    Topic(id=8, name="Порядок и сроки отчётности", kind=Kind.VENDOR, parent_id=6, position=2),
    Topic(id=9, name="Законодательство", kind=Kind.VENDOR, parent_id=6, position=3),
)
"""The tree of a new installation: the four of clause 2.5, the outage of 2.8, the vendor's of 2.6."""


def path(topics: Mapping[int, Topic], topic_id: int | None) -> tuple[Topic, ...]:
    """The topic with its parents, root first; empty for no topic. A loop ends where it closes.

    >>> [topic.id for topic in path({topic.id: topic for topic in FIRST_TOPICS}, 8)]
    [6, 8]
    """
    found: list[Topic] = []
    while topic_id is not None and (topic := topics.get(topic_id)) is not None and topic not in found:
        found.insert(0, topic)
        topic_id = topic.parent_id
    return tuple(found)


def in_order(topics: Iterable[Topic]) -> Sequence[tuple[int, Topic]]:
    """The tree as people read it: each topic with its depth, children after their parent."""
    every = sorted(topics, key=lambda topic: (topic.position, topic.id))
    known = {topic.id for topic in every}
    rows: list[tuple[int, Topic]] = []

    def add(parent_id: int | None, depth: int) -> None:
        for topic in every:
            if topic.parent_id == parent_id or (parent_id is None and topic.parent_id not in known):
                if any(topic is seen for _, seen in rows):
                    continue
                rows.append((depth, topic))
                add(topic.id, depth + 1)

    add(None, 0)
    return rows


def check_topic(topic: Topic, topics: Mapping[int, Topic]) -> None:
    """Refuse a topic that cannot stand in the tree.

    Raises:
        InvalidInput: no name, an unknown parent, a loop, or too deep.
    """
    problems: dict[str, str] = {}
    if not topic.name.strip():
        problems["name"] = "required"
    elif len(topic.name) > NAME_LIMIT:
        problems["name"] = "too_long"
    if topic.parent_id is not None:
        above = path(topics, topic.parent_id)
        if not above:
            problems["parent_id"] = "unknown"
        elif topic.id in {each.id for each in above}:
            problems["parent_id"] = "loop"
        elif len(above) >= DEPTH_LIMIT:
            problems["parent_id"] = "too_deep"
    if problems:
        raise InvalidInput(problems)
