"""What one operation of the API is: address, right, what it takes and answers. The document is written from these."""

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict, TypeAdapter

from callcenter.domain.errors import NotFound
from callcenter.domain.people import Action, Person
from callcenter.ports.statistics import StatisticsRoom
from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.web.administration_room import AdministrationRoom
from callcenter.web.api.fields import LARGEST_ID
from callcenter.web.api.room import ApiRoom
from callcenter.web.callback_room import CallbackRoom
from callcenter.web.desk_room import DeskRoom
from callcenter.web.keys import SERVICES
from callcenter.web.policy import Policy, Public
from callcenter.web.public.room import PublicRoom
from callcenter.web.question_room import QuestionRoom
from callcenter.web.reports_room import ReportsRoom
from callcenter.web.services import Services

PREFIX = "/api/v1"
PUBLIC_PREFIX = "/api"
"""Of what anybody may ask: a public form, and a client's own request by its unguessable link."""
_PLACE = re.compile(r"\{([a-z_]+)\}")
_WORDS_IN_PATH = frozenset({"attempt_id", "name", "locale", "kind", "slug", "token"})
"""Names in addresses that are words; all others are whole numbers."""

_ANY_WORD = frozenset({"slug", "token"})
"""Those that come from outside; what is none of ours is said to be nowhere by the service itself."""

ApiHandler = Callable[..., Awaitable[object]]
Room = TypeVar("Room")


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiCall:
    """One request as handlers see it. `version` is the ticket's version from `If-Match`, 0 where none is asked."""

    request: web.Request
    person: Person
    version: int = 0

    def id(self, name: str) -> int:
        """A number from the address; one too large to be an id is nobody's.

        Raises:
            NotFound: it is too large.
        """
        text = self.request.match_info[name]
        if len(text) > 10 or not 0 < int(text) <= LARGEST_ID:
            raise NotFound(f"no {name} {text[:20]}")
        return int(text)

    @property
    def ticket_id(self) -> int:
        """The ticket in the address."""
        return self.id("ticket_id")

    @property
    def services(self) -> Services:
        """Everything the composition root handed over."""
        return self.request.app[SERVICES]

    @property
    def open_uow(self) -> OpenUnitOfWork:
        """For reading."""
        return self.services.open_uow

    @property
    def desk(self) -> DeskRoom:
        """The help desk; NotFound where the program runs without one."""
        return _there(self.services.desk)

    @property
    def more(self) -> ApiRoom:
        """The help desk's services that only some screens ask; NotFound where the program runs without one."""
        return _there(self.services.api)

    @property
    def public(self) -> PublicRoom:
        """Sites, outbox, webhooks; NotFound where the program runs without them."""
        return _there(self.services.public)

    @property
    def callbacks(self) -> CallbackRoom:
        """The dialer; NotFound where the program runs without one."""
        return _there(self.services.callbacks)

    @property
    def reports(self) -> ReportsRoom:
        """Statistics and reports; NotFound where the program runs without them."""
        return _there(self.services.reports)

    @property
    def statistics(self) -> StatisticsRoom:
        """Figures, checks, the zero-loss ledger, compliance; NotFound where the program runs without them."""
        return _there(self.services.statistics)

    @property
    def questions(self) -> QuestionRoom:
        """Frequent questions and staffing; NotFound where the program runs without them."""
        return _there(self.services.questions)

    @property
    def administration(self) -> AdministrationRoom:
        """What is set up rarely; NotFound where the program runs without a help desk."""
        return _there(self.services.administration)


def _there(room: Room | None) -> Room:
    if room is None:
        raise NotFound("this part of the program is switched off")
    return room


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One address with one method.

    `versioned`: it changes a ticket and wants `If-Match`. `tagged`: its answer carries an `ETag`. `changes`:
    it changes something, so a POST takes an `Idempotency-Key`. `in_person`: no token may do it. `secret`: its answer
    holds one, so it is not kept for a repetition and takes no key. `media`: it answers a file of this type.
    `takes`: its body is a file of one of these types, of `largest` bytes at most. `own`: the handler reads the request
    and writes the answer by itself; `body` and `answer` only describe them.
    """

    method: str
    path: str
    policy: Policy
    handler: ApiHandler
    tag: str
    answer: TypeAdapter[Any] | None
    status: int
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    versioned: bool
    tagged: bool
    changes: bool
    in_person: bool
    secret: bool
    media: str = ""
    takes: tuple[str, ...] = ()
    largest: int = 2**20
    own: Handler | None = None
    more_statuses: tuple[int, ...] = ()

    @property
    def public(self) -> bool:
        """Whether anybody may ask, without a token."""
        return isinstance(self.policy, Public)

    @property
    def name(self) -> str:
        """The stable `operationId`."""
        return f"{self.tag}.{self.handler.__name__}"

    @property
    def keyed(self) -> bool:
        """Whether an `Idempotency-Key` is looked at."""
        return (
            self.method == "POST" and self.changes and not self.secret and not self.media and not self.public
        )

    @property
    def places(self) -> tuple[str, ...]:
        """Names in the address."""
        return tuple(_PLACE.findall(self.path))

    @property
    def full_path(self) -> str:
        """The address as the document writes it."""
        return (PUBLIC_PREFIX if self.public else PREFIX) + self.path

    @property
    def route_path(self) -> str:
        """The address as the router reads it."""
        return _PLACE.sub(lambda found: f"{{{found[1]}:{_shape(found[1])}}}", self.full_path)


def is_word(name: str) -> bool:
    """Whether a name in an address stands for a word and not for a number."""
    return name in _WORDS_IN_PATH


def _shape(name: str) -> str:
    if name in _ANY_WORD:
        return "[^/]+"
    return "[A-Za-z0-9_-]{1,64}" if is_word(name) else "[0-9]+"


def operation(
    method: str,
    path: str,
    policy: Action,
    handler: ApiHandler,
    *,
    answer: Any = None,
    status: int | None = None,
    versioned: bool = False,
    tagged: bool = False,
    changes: bool | None = None,
    in_person: bool = False,
    secret: bool = False,
    media: str = "",
    takes: tuple[str, ...] = (),
    largest: int = 2**20,
) -> Operation:
    """An operation; what it takes is read from the handler's annotations `body` and `query` (a file is `raw`)."""
    hints = get_type_hints(handler)
    given = inspect.signature(handler).parameters
    return Operation(
        method=method,
        path=path,
        policy=policy,
        handler=handler,
        tag=handler.__module__.rpartition(".")[2],
        answer=None if answer is None else _adapter(answer),
        status=status or (200 if answer is not None or media else 204),
        body=hints["body"] if "body" in given else None,
        query=hints["query"] if "query" in given else None,
        versioned=versioned,
        tagged=tagged or versioned,
        changes=method != "GET" if changes is None else changes,
        in_person=in_person,
        secret=secret,
        media=media,
        takes=takes,
        largest=largest,
    )


def public_operation(
    method: str,
    path: str,
    policy: Public,
    handler: Handler,
    *,
    body: type[BaseModel] | None = None,
    answer: Any = None,
    status: int = 200,
    media: str = "",
    more_statuses: tuple[int, ...] = (),
) -> Operation:
    """An operation of the public pages: no token, the handler reads and answers by itself."""
    return Operation(
        method=method,
        path=path,
        policy=policy,
        handler=handler,
        tag="public",
        answer=None if answer is None else _adapter(answer),
        status=status,
        body=body,
        query=None,
        versioned=False,
        tagged=False,
        changes=method != "GET",
        in_person=False,
        secret=True,
        media=media,
        own=handler,
        more_statuses=more_statuses,
    )


def _adapter(answer: Any) -> TypeAdapter[Any]:
    """Made at its first use: a node that is never asked over the API does not pay for a hundred models."""
    if isinstance(answer, type) and issubclass(answer, BaseModel):
        return TypeAdapter(answer)  # its own configuration says the same
    return TypeAdapter(answer, config=ConfigDict(defer_build=True))
