"""Rights that depend on whose ticket it is, on top of the roles' rights (`people.may`)."""

from callcenter.domain.errors import Forbidden
from callcenter.domain.people import Action, Person, may
from callcenter.domain.ticket import Ticket

OWNED = frozenset({Action.WORK_ON_TICKETS, Action.HAND_OVER_TICKETS, Action.CALL_BACK})
"""An executor does these on his own tickets only, a moderator on any."""


def may_on(person: Person | None, action: Action, ticket: Ticket) -> bool:
    """Whether this person may do this to this ticket."""
    if person is None or not may(person, action):
        return False
    if action not in OWNED or may(person, Action.MODERATE_TICKETS):
        return True
    return ticket.assignee_id == person.id


def require(person: Person | None, action: Action, ticket: Ticket | None = None) -> None:
    """Refuse what `may_on` (or, without a ticket, `may`) does not allow.

    Raises:
        Forbidden: with the action in its details.
    """
    allowed = may(person, action) if ticket is None else may_on(person, action, ticket)
    if not allowed:
        raise Forbidden(f"{action} is not allowed", action=str(action))
