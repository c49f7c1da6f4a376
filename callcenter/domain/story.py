"""The audit as people read it: who did what to a ticket, when and why. Regulation: 2.10."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

DEADLINES = "deadlines"
"""The actor of what the program does by rule when a deadline nears."""

CLIENT = "client"
"""The actor of what a client does on his status page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """One row of the audit. `actor` is `person:7`, or a word such as `telephony`, `client`, `deadlines`."""

    id: int
    at: datetime
    actor: str
    ticket_id: int | None
    action: str
    reason: str
    change: Mapping[str, object]

    @property
    def person_id(self) -> int | None:
        """The person behind it, None for a rule or a client."""
        return person_of(self.actor)


def actor_of(person_id: int) -> str:
    """How a person is named in the audit.

    >>> actor_of(7)
    'person:7'
    """
    return f"person:{person_id}"


def person_of(actor: str) -> int | None:
    """The person an actor names, None for anything else.

    >>> person_of("person:7"), person_of("telephony")
    (7, None)
    """
    word, _, number = actor.partition(":")
    return int(number) if word == "person" and number.isdigit() else None
