"""Handing a ticket over to the developer of the product, and taking the answer back. Regulation: 2.6."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from callcenter.domain.clients import Client, Organization, Product
from callcenter.domain.errors import InvalidInput
from callcenter.domain.lifecycle import Step
from callcenter.domain.messages import Message, MessageKind, checked_text
from callcenter.domain.notices import Notice
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.support import Handover as VendorStay
from callcenter.domain.support import SupportAnswer, support_of
from callcenter.domain.ticket import Ticket
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.desk import Case, Desk, loaded

_TOLD = {
    MessageKind.FROM_CLIENT: "Клиент",
    MessageKind.TO_CLIENT: "Специалист клиенту",
    MessageKind.ANSWER: "Ответ клиенту",
    MessageKind.TO_VENDOR: "Специалист разработчику",
    MessageKind.FROM_VENDOR: "Разработчик",
}
"""What a dossier repeats; notes and questions among ourselves stay in the house."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dossier:
    """What the vendor gets: who asks, about what, and the history, as plain text."""

    vendor: str
    email: str | None
    text: str


class Handover:
    """Clause 2.6: the question goes to the vendor, our clock stands still, his runs."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def support(self, by: Person, *, organization_id: int | None, product_id: int) -> SupportAnswer:
        """Whether the vendor answers for this company, with the words to say; for the operator's form too."""
        require(by, Action.SEE_TICKETS)
        async with self._desk.open_uow(write=False) as uow:
            return await _support(uow, self._desk, organization_id, product_id)

    async def dossier(self, by: Person, ticket_id: int) -> Dossier:
        """The text that would be sent, to be read before it is."""
        require(by, Action.SEE_TICKETS)
        async with self._desk.open_uow(write=False) as uow:
            return await _dossier(uow, await loaded(uow, ticket_id), self._desk.rules.zone)

    async def hand_over(self, by: Person, ticket_id: int, version: int, *, note: str = "") -> Ticket:
        """Send the dossier and stop our clock; the vendor's begins.

        Raises:
            InvalidInput: no product or vendor, or (`support`: `not_covered`) no contract covers the client.
        """
        async with self._desk.case(ticket_id, version, by=by, action=Action.HAND_OVER_TICKETS) as case:
            ticket = case.ticket
            if ticket.product_id is None:
                raise InvalidInput({"product_id": "required"})
            answer = await _support(case.uow, self._desk, ticket.organization_id, ticket.product_id)
            if not answer.covered:
                raise InvalidInput({"support": str(answer.support)})
            if note.strip():
                await _write(case, MessageKind.TO_VENDOR, note.strip(), by.id)
            dossier = await _dossier(case.uow, ticket, self._desk.rules.zone)
            stay = await self._begin(case, dossier, by)
            details: dict[str, object] = {
                "vendor": dossier.vendor,
                "support": str(answer.support),
                "contract": None if answer.contract is None else answer.contract.number,
                "vendor_due_at": stay.due_at.isoformat(),
            }
            if dossier.email is not None:
                about = {"dossier": dossier.text, "vendor": dossier.vendor}
                details["mailed"] = await case.desk.notices.queue(
                    case.uow, Notice.VENDOR_DOSSIER, ticket, to=dossier.email, about=about
                )
            await case.change("ticket.handed_over", ticket, step=Step.HAND_OVER, reason=note, details=details)
        return case.ticket

    async def take_back(self, by: Person, ticket_id: int, version: int, *, answer: str) -> Ticket:
        """The vendor answered: his clock ends, ours runs on."""
        words = checked_text(answer, field="answer")
        async with self._desk.case(ticket_id, version, by=by, action=Action.HAND_OVER_TICKETS) as case:
            late = await _end_stay(case, words)
            await _write(case, MessageKind.FROM_VENDOR, words, None)
            await case.change(
                "ticket.taken_back", case.ticket, step=Step.TAKE_BACK, details={"vendor_late": late}
            )
        return case.ticket

    async def late_vendors(self, by: Person, *, limit: int = 50) -> Sequence[VendorStay]:
        """Stays whose vendor is over his time, longest first."""
        require(by, Action.SEE_TICKETS)
        async with self._desk.open_uow(write=False) as uow:
            return await uow.handovers.overdue(self._desk.clock.now(), limit=limit)

    async def _begin(self, case: Case, dossier: Dossier, by: Person) -> VendorStay:
        rules = self._desk.rules
        return await case.uow.handovers.add(
            VendorStay(
                id=0,
                ticket_id=case.ticket.id,
                vendor=dossier.vendor,
                at=case.now,
                by=by.id,
                due_at=rules.terms.calendar.add(case.now, rules.vendor_time),
                dossier=dossier.text,
            )
        )


async def _support(
    uow: UnitOfWork, desk: Desk, organization_id: int | None, product_id: int
) -> SupportAnswer:
    product = await uow.clients.product(product_id)
    if product is None:
        raise InvalidInput({"product_id": "unknown"})
    contracts = [] if organization_id is None else await uow.clients.contracts_of(organization_id)
    return support_of(product, contracts, desk.clock.now().astimezone(desk.rules.zone).date())


async def _end_stay(case: Case, answer: str) -> bool:
    late = False
    for each in await case.uow.handovers.of_ticket(case.ticket.id):
        if each.ended_at is None:
            await case.uow.handovers.end(each.id, at=case.now, answer=answer)
            late = each.due_at < case.now
    return late


async def _write(case: Case, kind: MessageKind, text: str, author_id: int | None) -> None:
    await case.uow.messages.add(
        Message(id=0, ticket_id=case.ticket.id, at=case.now, kind=kind, text=text, author_id=author_id)
    )


async def _dossier(uow: UnitOfWork, ticket: Ticket, zone: ZoneInfo) -> Dossier:
    product = None if ticket.product_id is None else await uow.clients.product(ticket.product_id)
    if product is None or product.vendor is None:
        raise InvalidInput({"product_id": "no_vendor"})
    client = None if ticket.client_id is None else await uow.clients.by_id(ticket.client_id)
    company = None
    if ticket.organization_id is not None:
        company = await uow.clients.organization(ticket.organization_id)
    lines = _head(ticket, product, client, company)
    for each in await uow.messages.of_ticket(ticket.id):
        if each.kind in _TOLD:
            lines += ["", f"{_TOLD[each.kind]}, {each.at.astimezone(zone):%d.%m.%Y %H:%M}:", each.text]
    files = [each.name for each in await uow.attachments.of_ticket(ticket.id)]
    if files:
        lines += ["", "Приложены файлы:", *files]
    return Dossier(vendor=product.vendor, email=product.vendor_email, text="\n".join(lines))


def _head(ticket: Ticket, product: Product, client: Client | None, company: Organization | None) -> list[str]:
    inn = "" if company is None or company.inn is None else f", ИНН {company.inn}"
    name = ticket.contact_name or ("" if client is None else client.name)
    reach = [ticket.contact_phone.e164 if ticket.contact_phone else None, ticket.contact_email]
    return [
        f"Заявка № {ticket.number}",
        f"Программа: {product.name}",
        f"Организация: {'не указана' if company is None else company.name + inn}",
        f"Обратился: {name}",
        f"Связь: {', '.join(each for each in reach if each) or 'через нас'}",
        "",
        ticket.subject,
        "",
        ticket.text,
    ]
