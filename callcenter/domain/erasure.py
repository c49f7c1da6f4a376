"""What is forgotten of a client who asks for it (Federal Law 152-FZ, article 21), and what stays."""

from dataclasses import dataclass, field

ERASED_NAME = "Удалён по требованию"


@dataclass(frozen=True, kw_only=True, slots=True)
class Traces:
    """Where a client's words and numbers stand. `open_tickets` have to be ended first."""

    tickets: tuple[int, ...] = ()
    open_tickets: tuple[int, ...] = ()
    messages: int = 0
    attachments: int = 0
    calls: int = 0
    letters: int = 0
    consents: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Erased:
    """What was erased; `files` are stored bodies that are to be deleted after the commit."""

    traces: Traces
    files: tuple[str, ...] = field(default=(), repr=False)
