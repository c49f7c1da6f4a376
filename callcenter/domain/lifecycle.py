"""The life of a ticket as one table; README draws it and a test compares the two.

Regulation: 2.1-2.9; statuses as the regulation's pages name them.
"""

from collections.abc import Mapping
from enum import StrEnum

from callcenter.domain.errors import TransitionRefused


class Status(StrEnum):
    """Where a ticket stands. The clocks run in NEW, ASSIGNED and IN_PROGRESS, and pause in WAITING and AT_VENDOR."""

    DRAFT = "draft"
    NEW = "new"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    AT_VENDOR = "at_vendor"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """What people and rules can do to a ticket's status."""

    REGISTER = "register"
    DISCARD = "discard"
    RESTORE = "restore"
    ASSIGN = "assign"
    RETURN = "return"
    ACCEPT = "accept"
    WAIT = "wait"
    CONTINUE = "continue"
    HAND_OVER = "hand_over"
    TAKE_BACK = "take_back"
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    CANCEL = "cancel"


class CancelReason(StrEnum):
    """Why a ticket became «Отменена»."""

    UNREACHABLE = "unreachable"
    BY_CLIENT = "by_client"
    DUPLICATE = "duplicate"
    SPAM = "spam"
    NOT_A_REQUEST = "not_a_request"


OPEN = frozenset(
    {Status.DRAFT, Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING, Status.AT_VENDOR}
)

_S = Status
TRANSITIONS: Mapping[tuple[Status, Step], Status] = {
    (_S.DRAFT, Step.REGISTER): _S.NEW,
    (_S.DRAFT, Step.DISCARD): _S.CANCELLED,
    (_S.NEW, Step.ASSIGN): _S.ASSIGNED,
    (_S.NEW, Step.RESOLVE): _S.RESOLVED,
    (_S.NEW, Step.CANCEL): _S.CANCELLED,
    (_S.ASSIGNED, Step.ASSIGN): _S.ASSIGNED,
    (_S.ASSIGNED, Step.RETURN): _S.NEW,
    (_S.ASSIGNED, Step.ACCEPT): _S.IN_PROGRESS,
    (_S.ASSIGNED, Step.CANCEL): _S.CANCELLED,
    (_S.IN_PROGRESS, Step.ASSIGN): _S.ASSIGNED,
    (_S.IN_PROGRESS, Step.RETURN): _S.NEW,
    (_S.IN_PROGRESS, Step.WAIT): _S.WAITING,
    (_S.IN_PROGRESS, Step.HAND_OVER): _S.AT_VENDOR,
    (_S.IN_PROGRESS, Step.RESOLVE): _S.RESOLVED,
    (_S.IN_PROGRESS, Step.CANCEL): _S.CANCELLED,
    (_S.WAITING, Step.CONTINUE): _S.IN_PROGRESS,
    (_S.WAITING, Step.ASSIGN): _S.ASSIGNED,
    (_S.WAITING, Step.RESOLVE): _S.RESOLVED,
    (_S.WAITING, Step.CANCEL): _S.CANCELLED,
    (_S.AT_VENDOR, Step.TAKE_BACK): _S.IN_PROGRESS,
    (_S.AT_VENDOR, Step.RESOLVE): _S.RESOLVED,
    (_S.AT_VENDOR, Step.CANCEL): _S.CANCELLED,
    (_S.RESOLVED, Step.CONFIRM): _S.CLOSED,
    (_S.RESOLVED, Step.REOPEN): _S.NEW,
    (_S.CLOSED, Step.REOPEN): _S.NEW,
    (_S.CANCELLED, Step.REOPEN): _S.NEW,
    (_S.CANCELLED, Step.RESTORE): _S.DRAFT,
}


def after(status: Status, step: Step) -> Status:
    """The status a step leads to.

    >>> after(Status.DRAFT, Step.REGISTER)
    <Status.NEW: 'new'>

    Raises:
        TransitionRefused: the table has no such step from this status.
    """
    try:
        return TRANSITIONS[status, step]
    except KeyError:
        raise TransitionRefused(f"{step} is not possible from {status}", status=status, step=step) from None
