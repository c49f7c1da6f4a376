"""An operator's own desk: the call he is on, his drafts, and the calls he took last."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.domain.calls import Call
from callcenter.domain.clients import Client, Organization
from callcenter.domain.people import Person
from callcenter.domain.ticket import Ticket
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.web.views.call_rows import CallRow, call_rows, possible_client

_DRAFTS = 8
_LAST_CALLS = 8
_LOOKED_THROUGH = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftRow:
    """A draft with whom its number suggests."""

    ticket: Ticket
    client: Client | None
    organization: Organization | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnDesk:
    """`talking` is the call on his phone, with its ticket."""

    talking: CallRow | None
    drafts: Sequence[DraftRow]
    last_calls: Sequence[CallRow]


async def own_desk(uow: UnitOfWork, person: Person) -> OwnDesk:
    """This person's desk."""
    open_calls = await uow.calls.open_calls()
    talking = [call for call in open_calls if call.answered_by == person.id]
    taken = [call for call in await uow.calls.recent(limit=_LOOKED_THROUGH) if _took(call, person)]
    drafts = await uow.tickets.drafts(operator_id=person.id, limit=_DRAFTS)
    rows = await call_rows(uow, [*talking[:1], *taken[:_LAST_CALLS]])
    return OwnDesk(
        talking=rows[0] if talking else None,
        drafts=await draft_rows(uow, drafts),
        last_calls=rows[1:] if talking else rows,
    )


async def draft_rows(uow: UnitOfWork, tickets: Sequence[Ticket]) -> Sequence[DraftRow]:
    """Rows for these drafts, in their order."""
    rows = []
    for ticket in tickets:
        client, organization = None, None
        if ticket.caller is not None and ticket.caller.e164 is not None:
            client, organization = await possible_client(uow, ticket.caller.e164)
        rows.append(DraftRow(ticket=ticket, client=client, organization=organization))
    return rows


def _took(call: Call, person: Person) -> bool:
    return call.answered_by == person.id and call.ended_at is not None
