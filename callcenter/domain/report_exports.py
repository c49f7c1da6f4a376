"""Exports row by row: what the columns are called, and how the values of a row are said."""

from collections.abc import Mapping, Sequence

from callcenter.domain.document import Cell
from callcenter.domain.words import N_, Words

TICKET_HEADS = (
    N_("Ticket"), N_("Opened"), N_("Source"), N_("State"), N_("Kind"), N_("Topic"), N_("Product"), N_("Company"),
    N_("Subject"), N_("Operator"), N_("Executor"), N_("Registered"), N_("Ended at"), N_("Cancelled why"), N_("Rating"),
)  # fmt: skip
CALL_HEADS = (
    N_("Entered"), N_("Hotline"), N_("Caller"), N_("Outcome"), N_("Waited"), N_("Talked"), N_("Operator"), N_("Ticket"),
)  # fmt: skip
_SOURCES = {"call": N_("call"), "form": N_("web form"), "operator": N_("operator")}
_STATES = {
    "draft": N_("Draft"), "new": N_("New"), "assigned": N_("Assigned"), "in_progress": N_("In progress"),
    "waiting": N_("Waiting for the client"), "at_vendor": N_("Handed to the developer"), "resolved": N_("Resolved"),
    "closed": N_("Closed"), "cancelled": N_("Cancelled"),
}  # fmt: skip
_KINDS = {"reference": N_("reference"), "outage": N_("outage"), "vendor": N_("to the developer")}
_REASONS = {
    "unreachable": N_("the client could not be reached"), "by_client": N_("by the client"),
    "duplicate": N_("a duplicate"), "spam": N_("spam"), "not_a_request": N_("not a request"),
}  # fmt: skip
_OUTCOMES = {
    "answered": N_("answered"), "abandoned": N_("the caller hung up"), "queue_timeout": N_("nobody answered in time"),
    "queue_empty": N_("no operator on the line"), "queue_full": N_("the line was full"),
    "outside_hours": N_("outside hours"), "interrupted": N_("cut off"), "unknown": N_("outcome unknown"),
}  # fmt: skip
_IN_TICKETS: Mapping[int, Mapping[str, str]] = {2: _SOURCES, 3: _STATES, 4: _KINDS, 13: _REASONS}
_IN_CALLS: Mapping[int, Mapping[str, str]] = {3: _OUTCOMES}


def ticket_row(row: Sequence[Cell], words: Words) -> tuple[Cell, ...]:
    """A row of tickets with the words for its codes."""
    return _said(row, _IN_TICKETS, words)


def call_row(row: Sequence[Cell], words: Words) -> tuple[Cell, ...]:
    """A row of calls with the words for its codes."""
    return _said(row, _IN_CALLS, words)


def _said(row: Sequence[Cell], places: Mapping[int, Mapping[str, str]], words: Words) -> tuple[Cell, ...]:
    said = list(row)
    for place, known in places.items():
        code = said[place]
        if isinstance(code, str) and code in known:
            said[place] = words(known[code])
    return tuple(said)
