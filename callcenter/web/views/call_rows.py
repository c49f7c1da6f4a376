"""Calls as rows of a list: with the names of those who answered and what the number suggests."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.domain.calls import Call
from callcenter.domain.clients import Client, Organization
from callcenter.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRow:
    """One call; `client` is only what the number suggests."""

    call: Call
    answered_by: str | None
    client: Client | None
    organization: Organization | None


async def call_rows(uow: UnitOfWork, calls: Sequence[Call]) -> Sequence[CallRow]:
    """Rows for these calls, in their order."""
    names = {person.id: person.name for person in await uow.people.all()}
    known = {
        number: await possible_client(uow, number)
        for number in {call.caller.e164 for call in calls}
        if number
    }
    rows = []
    for call in calls:
        client, organization = known.get(call.caller.e164 or "", (None, None))
        answered_by = names.get(call.answered_by) if call.answered_by is not None else None
        rows.append(CallRow(call=call, answered_by=answered_by, client=client, organization=organization))
    return rows


async def possible_client(uow: UnitOfWork, e164: str) -> tuple[Client | None, Organization | None]:
    """Whom this number suggests: the first client that has it, with his organisation."""
    clients = await uow.clients.by_phone(e164)
    if not clients:
        return None, None
    client = clients[0]
    if client.organization_id is None:
        return client, None
    return client, await uow.clients.organization(client.organization_id)
