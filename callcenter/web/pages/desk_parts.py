"""What the desk's handlers share: the services, the sender's form, and how a refusal is told."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from callcenter.domain.errors import Conflict, InvalidInput, NotFound
from callcenter.domain.ticket import Kind, Priority
from callcenter.web.desk_room import DeskRoom
from callcenter.web.desk_wording import say_conflict
from callcenter.web.keys import SERVICES, SETTINGS
from callcenter.web.responses import words_of


def desk_of(request: web.Request) -> DeskRoom:
    """The desk's services; NotFound where the program runs without them."""
    desk = request.app[SERVICES].desk
    if desk is None:
        raise NotFound("the program runs without a help desk")
    return desk


def typed(form: Mapping[str, Any], name: str) -> str:
    """Text as typed, line ends as ours, without other control characters; its length is judged by the service."""
    value = form.get(name, "")
    if not isinstance(value, str):
        raise InvalidInput({name: "choice"})
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each for each in text if each in "\n\t" or ord(each) >= 32)


def typed_line(form: Mapping[str, Any], name: str) -> str:
    """The same on one line."""
    return " ".join(typed(form, name).split())


def number_of(form: Mapping[str, Any], name: str) -> int | None:
    """An id or version that a form sent, None when it sent none."""
    text = typed_line(form, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def version_of(form: Mapping[str, Any]) -> int:
    """The version the sender saw; one who saw none is told how the ticket stands."""
    found = number_of(form, "version")
    return -1 if found is None else found


def kind_and_priority(form: Mapping[str, Any]) -> tuple[Kind, Priority]:
    """What a form says a ticket is; InvalidInput by field when it is none of ours."""
    kind, priority = typed_line(form, "kind"), typed_line(form, "priority") or Priority.NORMAL
    problems = {}
    if kind not in set(Kind):
        problems["kind"] = "required"
    if priority not in set(Priority):
        problems["priority"] = "choice"
    if problems:
        raise InvalidInput(problems)
    return Kind(kind), Priority(priority)


async def conflict_said(request: web.Request, error: Conflict) -> str:
    """Who was faster, in words."""
    async with request.app[SERVICES].open_uow(write=False) as uow:
        names = {each.id: each.name for each in await uow.people.all()}
    words = words_of(request)
    return say_conflict(error, names, request.app[SETTINGS].time_zone, words)
