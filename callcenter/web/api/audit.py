"""The whole audit, and whether its chain is whole. Regulation: 2.10."""

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from callcenter.domain.audit import AuditFilter
from callcenter.domain.people import Action
from callcenter.domain.story import actor_of
from callcenter.web.api import answers
from callcenter.web.api.fields import Asked, Id, Instant, Told
from callcenter.web.api.operation import ApiCall, operation
from callcenter.web.pages import audit as screen


class AuditPart(Asked):
    """What part of it; all of them must fit."""

    ticket_id: Id | None = None
    person_id: Id | None = None
    action: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[a-z_.]+$")] | None = (
        None
    )
    since: Instant | None = None
    until: Instant | None = None


class AuditQuery(AuditPart):
    """What part of it; all of them must fit. Go on with `before`."""

    before: Id | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 100


class AuditPage(Told):
    """Newest first; `names` are the people mentioned. Go on with `before` set to `next`."""

    entries: list[answers.AuditEntry]
    next: int | None = Field(validation_alias="next_before")
    names: dict[int, str]


class AuditCheck(Told):
    """A verification of the whole chain: `broken_at` is the first row that does not fit."""

    at: datetime
    by: int | None
    rows: int
    broken_at: int | None
    intact: bool


class Chain(Told):
    """What is known of the chain: the newest row, the last verification, rows added since.

    `running`: the row that a verification in progress on this node has come to.
    """

    newest: int
    last: AuditCheck | None
    since: int
    running: int | None


def _filter(query: AuditPart) -> AuditFilter:
    return AuditFilter(
        ticket_id=query.ticket_id,
        actor=None if query.person_id is None else actor_of(query.person_id),
        action=query.action,
        since=query.since,
        until=query.until,
    )


async def read_audit(call: ApiCall, query: AuditQuery) -> object:
    """The audit, newest first."""
    return await call.administration.audit.page(
        call.person, _filter(query), before=query.before, limit=query.limit
    )


async def export_audit(call: ApiCall, query: AuditPart) -> web.StreamResponse:
    """The rows as CSV, sent while they are read; that they were taken out is one audit row itself."""
    return await screen.export_of(call.request, _filter(query))


async def get_chain(call: ApiCall) -> object:
    """The state of the chain."""
    return await call.administration.audit.chain(call.person)


async def verify_audit(call: ApiCall) -> object:
    """Recompute every row from the first one; the result is kept and is one audit row itself."""
    return await call.administration.audit.verify(call.person)


OPERATIONS = (
    operation("GET", "/audit", Action.READ_WHOLE_AUDIT, read_audit, answer=AuditPage),
    operation("GET", "/audit/export", Action.READ_WHOLE_AUDIT, export_audit, media="text/csv"),
    operation("GET", "/audit/chain", Action.READ_WHOLE_AUDIT, get_chain, answer=Chain),
    operation("POST", "/audit/verify", Action.READ_WHOLE_AUDIT, verify_audit, answer=AuditCheck),
)
