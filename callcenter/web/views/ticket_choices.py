"""What a list of tickets may be filtered by, as its form offers it, and the tabs of saved lists."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.domain.clients import Product
from callcenter.domain.people import Person, Role
from callcenter.domain.sites import Site
from callcenter.domain.topics import Topic, in_order
from callcenter.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True, slots=True)
class Tab:
    """A saved or built-in list; `count` is empty where it is not counted. `view_id` is None for a built-in one."""

    name: str
    address: str
    current: bool
    count: str = ""
    view_id: int | None = None
    own: bool = False
    shared: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """The lists of the form; `topics` with their depth in the tree."""

    operators: Sequence[Person]
    executors: Sequence[Person]
    products: Sequence[Product]
    topics: Sequence[tuple[int, Topic]]
    sites: Sequence[Site]


async def choices(uow: UnitOfWork) -> Choices:
    """Everything that may be chosen; the dismissed stay, their tickets do too."""
    people = sorted(await uow.people.all(), key=lambda each: (not each.active, each.name))
    return Choices(
        operators=_of(people, Role.OPERATOR, Role.MODERATOR),
        executors=_of(people, Role.EXECUTOR, Role.MODERATOR),
        products=await uow.clients.products(),
        topics=in_order(await uow.topics.all()),
        sites=await uow.sites.all(),
    )


def _of(people: Sequence[Person], *roles: Role) -> Sequence[Person]:
    return [each for each in people if not each.roles.isdisjoint(roles)]


def counted(found: int, most: int) -> str:
    """A figure that was counted up to `most`.

    >>> counted(7, 100), counted(100, 100)
    ('7', '99+')
    """
    return str(found) if found < most else f"{most - 1}+"
