"""Every operation of the API in one place: the routes and the document are made from this list."""

from callcenter.web.api import (
    audit,
    callbacks,
    calls,
    clients,
    drafts,
    moderation,
    outside,
    people,
    staffing,
    tickets,
    tokens,
    topics,
    vendors,
    views,
    work,
)
from callcenter.web.api.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *tickets.OPERATIONS,
    *drafts.OPERATIONS,
    *moderation.OPERATIONS,
    *work.OPERATIONS,
    *vendors.OPERATIONS,
    *views.OPERATIONS,
    *clients.OPERATIONS,
    *callbacks.OPERATIONS,
    *calls.OPERATIONS,
    *topics.OPERATIONS,
    *staffing.OPERATIONS,
    *people.OPERATIONS,
    *audit.OPERATIONS,
    *outside.OPERATIONS,
    *tokens.OPERATIONS,
)
