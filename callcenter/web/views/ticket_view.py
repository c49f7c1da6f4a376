"""Everything one ticket's page shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.domain.attachments import Attachment
from callcenter.domain.calls import Transfer
from callcenter.domain.clients import Contract, Product
from callcenter.domain.ticket import Ticket
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.screen_pop import PossibleClient, caller_card
from callcenter.web.translations import Words
from callcenter.web.views.call_rows import CallRow, call_rows
from callcenter.web.views.story_view import StoryLine, story_lines


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractLine:
    """A contract with the product it covers."""

    contract: Contract
    product: Product | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketView:
    """`possible_clients` is what the caller's number suggests, or the one a form gives; `names` gives people by id."""

    ticket: Ticket
    hotline: str | None
    operator: str | None
    calls: Sequence[CallRow]
    transfers: Sequence[Transfer]
    possible_clients: Sequence[PossibleClient]
    contracts: Sequence[ContractLine]
    other_tickets: Sequence[Ticket]
    names: dict[int, str]
    story: Sequence[StoryLine]
    files: Sequence[Attachment]

    @property
    def reconstructed(self) -> bool:
        """Whether any of its calls was found after a gap of the telephony link."""
        return any(row.call.reconstructed for row in self.calls)


async def ticket_view(uow: UnitOfWork, ticket: Ticket, words: Words) -> TicketView:
    """Gather it."""
    names = {person.id: person.name for person in await uow.people.all()}
    calls = await uow.calls.of_ticket(ticket.id)
    hotlines = {hotline.id: hotline.name for hotline in await uow.calls.hotlines()}
    number = ticket.caller or ticket.contact_phone
    card = await caller_card(uow, number) if number is not None else None
    possible = card.possible_clients if card else ()
    return TicketView(
        ticket=ticket,
        hotline=hotlines.get(ticket.hotline_id) if ticket.hotline_id is not None else None,
        operator=names.get(ticket.operator_id) if ticket.operator_id is not None else None,
        calls=await call_rows(uow, calls),
        transfers=[transfer for call in calls for transfer in await uow.calls.transfers_of(call.id)],
        possible_clients=possible,
        contracts=await contract_lines(
            uow, ticket.organization_id or (possible[0].client.organization_id if possible else None)
        ),
        other_tickets=[other for other in (card.open_tickets if card else ()) if other.id != ticket.id],
        names=names,
        story=story_lines(await uow.audit.of_ticket(ticket.id), names, words),
        files=await uow.attachments.of_ticket(ticket.id),
    )


async def contract_lines(uow: UnitOfWork, organization_id: int | None) -> Sequence[ContractLine]:
    """What a client company bought; nothing for a client without one."""
    if organization_id is None:
        return ()
    return [
        ContractLine(contract=contract, product=await uow.clients.product(contract.product_id))
        for contract in await uow.clients.contracts_of(organization_id)
    ]
