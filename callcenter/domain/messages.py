"""What is written on a ticket: to and from the client, among ourselves, to and from the vendor."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callcenter.domain.errors import InvalidInput

TEXT_LIMIT = 20_000


class MessageKind(StrEnum):
    """Who says it to whom. `NOTE` and `QUESTION` never leave the house."""

    TO_CLIENT = "to_client"
    FROM_CLIENT = "from_client"
    ANSWER = "answer"
    NOTE = "note"
    QUESTION = "question"
    TO_VENDOR = "to_vendor"
    FROM_VENDOR = "from_vendor"


SEEN_BY_CLIENT = frozenset({MessageKind.TO_CLIENT, MessageKind.FROM_CLIENT, MessageKind.ANSWER})
"""What the status page may show."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message; `author_id` is None for the client and the vendor.

    `to_person_id` is the asked colleague; his answer is a note that names the question (`in_reply_to`).
    """

    id: int
    ticket_id: int
    at: datetime
    kind: MessageKind
    text: str
    author_id: int | None = None
    to_person_id: int | None = None
    in_reply_to: int | None = None


def checked_text(text: str, *, field: str = "text") -> str:
    """The text without surrounding space; InvalidInput when there is none or too much of it."""
    found = text.strip()
    if not found:
        raise InvalidInput({field: "required"})
    if len(found) > TEXT_LIMIT:
        raise InvalidInput({field: "too_long"})
    return found
