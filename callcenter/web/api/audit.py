"""The whole audit, and whether its chain is whole. Regulation: 2.10."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from callcenter.domain.audit import AuditFilter
from callcenter.domain.people import Action
from callcenter.domain.story import actor_of
from callcenter.web.api import answers
from callcenter.web.api.fields import Asked, Id, Instant, Told
from callcenter.web.api.operation import ApiCall, operation


class AuditQuery(Asked):
    """What part of it; all of them must fit. Go on with `before`."""

    ticket_id: Id | None = None
    person_id: Id | None = None
    action: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[a-z_.]+$")] | None = (
        None
    )
    since: Instant | None = None
    until: Instant | None = None
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


async def read_audit(call: ApiCall, query: AuditQuery) -> object:
    """The audit, newest first."""
    wanted = AuditFilter(
        ticket_id=query.ticket_id,
        actor=None if query.person_id is None else actor_of(query.person_id),
        action=query.action,
        since=query.since,
        until=query.until,
    )
    return await call.administration.audit.page(call.person, wanted, before=query.before, limit=query.limit)


async def verify_audit(call: ApiCall) -> object:
    """Recompute every row from the first one; the result is kept and is one audit row itself."""
    return await call.administration.audit.verify(call.person)


OPERATIONS = (
    operation("GET", "/audit", Action.READ_WHOLE_AUDIT, read_audit, answer=AuditPage),
    operation("POST", "/audit/verify", Action.READ_WHOLE_AUDIT, verify_audit, answer=AuditCheck),
)
