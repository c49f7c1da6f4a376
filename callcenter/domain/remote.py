"""Remote administration of a client's workplace: launch links and recorded sessions. Regulation: 2.8."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

from callcenter.domain.errors import InvalidInput

_REMOTE_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z@._ -]{0,63}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteTool:
    """A program for remote administration; `{id}` in `url` is the workplace's address in it."""

    code: str
    name: str
    url: str


DEFAULT_TOOLS: Sequence[RemoteTool] = (
    RemoteTool(code="anydesk", name="AnyDesk", url="anydesk:{id}"),
    RemoteTool(code="rustdesk", name="RustDesk", url="rustdesk://connection/new/{id}"),
    RemoteTool(code="assistant", name="Ассистент", url="assistant://connect/{id}"),
    RemoteTool(code="rudesktop", name="RuDesktop", url="rudesktop://{id}"),
)
"""A setting; these are the first."""


class RemoteResult(StrEnum):
    """How a session ended."""

    RESTORED = "restored"
    NOT_RESTORED = "not_restored"
    NOT_CONNECTED = "not_connected"


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteSession:
    """One session on a client's workplace; open until it has a result."""

    id: int
    ticket_id: int
    person_id: int
    tool: str
    remote_id: str
    started_at: datetime
    ended_at: datetime | None = None
    result: RemoteResult | None = None
    note: str = ""


def launch_url(tool: RemoteTool, remote_id: str) -> str:
    """The link that opens the tool on the client's workplace.

    >>> launch_url(DEFAULT_TOOLS[0], "123 456 789")
    'anydesk:123456789'

    Raises:
        InvalidInput: `remote_id` is no address such tools give out.
    """
    found = remote_id.strip()
    if not _REMOTE_ID.fullmatch(found):
        raise InvalidInput({"remote_id": "not_an_address"})
    return tool.url.replace("{id}", quote(found.replace(" ", ""), safe="@"))
