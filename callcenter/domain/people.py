"""People of the hotline, their roles, and the one policy function every handler asks.

Regulation: 1.4, 1.5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person is in the regulation; one person may hold several roles."""

    OPERATOR = "operator"
    MODERATOR = "moderator"
    EXECUTOR = "executor"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Action(StrEnum):
    """Everything a signed-in person can ask for; each route names exactly one."""

    SEE_WORKSPACE = "workspace.see"
    SEE_LINE = "line.see"
    HANDLE_CALLS = "calls.handle"
    SEE_CALLS = "calls.see"
    SEE_TICKETS = "tickets.see"
    REGISTER_TICKETS = "tickets.register"
    NOTE_ON_TICKETS = "tickets.note"
    MODERATE_TICKETS = "tickets.moderate"
    WORK_ON_TICKETS = "tickets.work"
    HAND_OVER_TICKETS = "tickets.hand_over"
    REOPEN_TICKETS = "tickets.reopen"
    CALL_BACK = "callbacks.place"
    SEE_DIALER = "dialer.see"
    RUN_DIALER = "dialer.run"
    EXPORT_TICKETS = "tickets.export"
    SEE_STATISTICS = "statistics.see"
    EDIT_REPORTS = "reports.edit"
    SETTLE_REMAINDERS = "remainders.settle"
    EDIT_QUESTIONS = "questions.edit"
    SEE_AUDIT = "audit.see"
    READ_WHOLE_AUDIT = "audit.read_whole"
    SEE_STAFFING = "staffing.see"
    EDIT_STAFFING = "staffing.edit"
    EDIT_TOPICS = "topics.edit"
    EDIT_PRODUCTS = "products.edit"
    SEE_TARGETS = "targets.see"
    EDIT_TARGETS = "targets.edit"
    EDIT_LETTERS = "letters.edit"
    EDIT_WEBHOOKS = "webhooks.edit"
    ERASE_CLIENTS = "clients.erase"
    SEE_CLIENTS = "clients.see"
    IMPORT_CLIENTS = "clients.import"
    EDIT_PEOPLE = "people.edit"
    EDIT_SITES = "sites.edit"
    SEE_SYSTEM = "system.see"
    TEND_OUTBOX = "outbox.tend"
    EDIT_TOKENS = "tokens.edit"
    CHANGE_OWN_SETTINGS = "own_settings.change"


_EVERYBODY = frozenset({Action.SEE_WORKSPACE, Action.CHANGE_OWN_SETTINGS})
_FLOOR = _EVERYBODY | {Action.SEE_LINE, Action.SEE_CALLS, Action.SEE_TICKETS, Action.SEE_CLIENTS}

_WORK = frozenset({Action.WORK_ON_TICKETS, Action.HAND_OVER_TICKETS, Action.REOPEN_TICKETS})
_DESK = _FLOOR | {Action.NOTE_ON_TICKETS, Action.SEE_STAFFING}

GRANTS: Mapping[Role, frozenset[Action]] = {
    Role.OPERATOR: _DESK
    | {Action.HANDLE_CALLS, Action.REGISTER_TICKETS, Action.REOPEN_TICKETS, Action.CALL_BACK},
    Role.MODERATOR: _DESK
    | _WORK
    | {
        Action.REGISTER_TICKETS,
        Action.MODERATE_TICKETS,
        Action.EXPORT_TICKETS,
        Action.EDIT_STAFFING,
        Action.SEE_STATISTICS,
        Action.EDIT_QUESTIONS,
        Action.SEE_AUDIT,
        Action.CALL_BACK,
        Action.SEE_DIALER,
    },
    Role.EXECUTOR: _DESK | _WORK | {Action.CALL_BACK},
    Role.SUPERVISOR: _DESK
    | {
        Action.SEE_STATISTICS,
        Action.SETTLE_REMAINDERS,
        Action.EDIT_REPORTS,
        Action.EDIT_QUESTIONS,
        Action.SEE_SYSTEM,
        Action.SEE_AUDIT,
        Action.READ_WHOLE_AUDIT,
        Action.SEE_TARGETS,
        Action.EXPORT_TICKETS,
        Action.EDIT_STAFFING,
        Action.CALL_BACK,
        Action.SEE_DIALER,
        Action.RUN_DIALER,
    },
    Role.ADMIN: _EVERYBODY
    | {
        Action.IMPORT_CLIENTS,
        Action.SEE_CLIENTS,
        Action.EDIT_PEOPLE,
        Action.SEE_STATISTICS,
        Action.EDIT_REPORTS,
        Action.SEE_SYSTEM,
        Action.SEE_STAFFING,
        Action.EDIT_STAFFING,
        Action.EDIT_TOPICS,
        Action.EDIT_PRODUCTS,
        Action.SEE_TARGETS,
        Action.EDIT_TARGETS,
        Action.EDIT_LETTERS,
        Action.EDIT_WEBHOOKS,
        Action.ERASE_CLIENTS,
        Action.READ_WHOLE_AUDIT,
        Action.EDIT_SITES,
        Action.TEND_OUTBOX,
        Action.EDIT_TOKENS,
    },
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One employee. `endpoint` is his phone's PJSIP endpoint (`PJSIP/101`) on the PBX named by `pbx`.

    `email` is where deadline warnings and sign-in links reach him. `scopes`: what a token leaves of his rights
    while it acts as him; None when he acts himself.
    """

    id: int
    login: str
    name: str
    roles: frozenset[Role]
    pbx: str | None = None
    endpoint: str | None = None
    locale: str = "ru"
    theme: str = "auto"
    active: bool = True
    email: str | None = None
    scopes: frozenset[Action] | None = None

    @property
    def mailbox(self) -> str | None:
        """Where letters reach him: his address, else his login where logins are addresses."""
        return self.email or (self.login if "@" in self.login else None)


def may(person: Person | None, action: Action) -> bool:
    """Whether this person may do this; nobody and the dismissed may do nothing, a token no more than its scopes."""
    if person is None or not person.active:
        return False
    if person.scopes is not None and action not in person.scopes:
        return False
    return any(action in GRANTS[role] for role in person.roles)


class PhoneState(StrEnum):
    """What the PBX says of a person's phone."""

    UNKNOWN = "unknown"
    UNREACHABLE = "unreachable"
    IDLE = "idle"
    RINGING = "ringing"
    BUSY = "busy"


@dataclass(frozen=True, kw_only=True, slots=True)
class Presence:
    """A person's telephone as last reported, with the queue pause he set himself."""

    person_id: int
    phone: PhoneState
    in_queue: bool
    paused: bool
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A signed-in browser. The cookie's token is never stored, only its SHA-256."""

    token_sha256: str
    person_id: int
    created_at: datetime
    expires_at: datetime
    user_agent: str
