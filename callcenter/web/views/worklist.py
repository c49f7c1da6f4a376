"""Tickets as rows of a working list, each with enough to decide without opening it."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.domain.clients import Client, Organization, Product
from callcenter.domain.ticket import Ticket
from callcenter.domain.topics import Topic, path
from callcenter.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkRow:
    """A ticket with the names behind its numbers; `assignee` and `operator` are empty while there is none."""

    ticket: Ticket
    client: Client | None
    organization: Organization | None
    product: Product | None
    topics: Sequence[Topic]
    assignee: str
    operator: str = ""


async def work_rows(uow: UnitOfWork, tickets: Sequence[Ticket]) -> Sequence[WorkRow]:
    """Rows in the order of the tickets; every name is read once."""
    topics = {each.id: each for each in await uow.topics.all()}
    products = {each.id: each for each in await uow.clients.products()}
    names = {each.id: each.name for each in await uow.people.all()}
    client_ids = {each.client_id for each in tickets if each.client_id}
    company_ids = {each.organization_id for each in tickets if each.organization_id}
    clients = {each.id: each for each in await uow.clients.by_ids(sorted(client_ids))}
    companies = {each.id: each for each in await uow.clients.organizations(sorted(company_ids))}
    return [
        WorkRow(
            ticket=each,
            client=clients.get(each.client_id or 0),
            organization=companies.get(each.organization_id or 0),
            product=products.get(each.product_id or 0),
            topics=path(topics, each.topic_id),
            assignee=names.get(each.assignee_id or 0, ""),
            operator=names.get(each.operator_id or 0, ""),
        )
        for each in tickets
    ]
