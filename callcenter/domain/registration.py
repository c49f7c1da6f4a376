"""What a registered request must say: one policy of completeness. Regulation: 2.1, 2.10."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from callcenter.domain.numbers import Number, parse_number
from callcenter.domain.ticket import Kind, Priority, Ticket

LIMITS: Mapping[str, int] = {
    "contact_name": 200,
    "contact_phone": 80,
    "contact_email": 254,
    "subject": 300,
    "text": 20_000,
}
"""Longest accepted value of each field, in characters; forms and the API state the same."""

SUBJECT_FROM_TEXT = 120
_EMAIL = re.compile(r"[^\s@<>()\[\]\\,;:\"]{1,64}@[^\s@<>()\[\]\\,;:\"]+\.[^\s@<>()\[\]\\,;:\".]{2,}")


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketFields:
    """What a person typed on a ticket's form, not yet judged."""

    client_id: int | None = None
    organization_id: int | None = None
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    product_id: int | None = None
    topic_id: int | None = None
    kind: Kind | None = None
    priority: Priority = Priority.NORMAL
    subject: str = ""
    text: str = ""


def fields_of(ticket: Ticket) -> TicketFields:
    """What the form shows of a ticket: typed fields, and the caller's own number where nothing was typed."""
    phone = ticket.contact_phone or (None if ticket.caller is None or ticket.caller.hidden else ticket.caller)
    return TicketFields(
        client_id=ticket.client_id,
        organization_id=ticket.organization_id,
        contact_name=ticket.contact_name,
        contact_phone="" if phone is None else (phone.e164 or phone.raw),
        contact_email=ticket.contact_email or "",
        product_id=ticket.product_id,
        topic_id=ticket.topic_id,
        kind=ticket.kind,
        priority=ticket.priority,
        subject=ticket.subject,
        text=ticket.text,
    )


def unreadable(fields: TicketFields) -> dict[str, str]:
    """What cannot be kept even on a draft: too long, not a number, not an address; field to message key.

    >>> unreadable(TicketFields(contact_phone="abc", contact_email="ivan@"))
    {'contact_phone': 'not_a_phone', 'contact_email': 'not_an_email'}
    """
    problems = {name: "too_long" for name, limit in LIMITS.items() if len(str(getattr(fields, name))) > limit}
    phone, email = fields.contact_phone.strip(), fields.contact_email.strip()
    if phone and "contact_phone" not in problems and parse_number(phone).e164 is None:
        problems["contact_phone"] = "not_a_phone"
    if email and "contact_email" not in problems and not _EMAIL.fullmatch(email):
        problems["contact_email"] = "not_an_email"
    return problems


def filled(ticket: Ticket, fields: TicketFields) -> Ticket:
    """The ticket with what was typed; a missing subject is the text's first line."""
    phone = fields.contact_phone.strip()
    number: Number | None = parse_number(phone) if phone else None
    subject = fields.subject.strip() or _first_line(fields.text)
    return replace(
        ticket,
        client_id=fields.client_id,
        organization_id=fields.organization_id,
        contact_name=fields.contact_name.strip(),
        contact_phone=number,
        contact_email=fields.contact_email.strip().lower() or None,
        product_id=fields.product_id,
        topic_id=fields.topic_id,
        kind=fields.kind,
        priority=fields.priority,
        subject=subject,
        text=fields.text.strip(),
    )


def incomplete(ticket: Ticket) -> dict[str, str]:
    """What is still missing for registration; field to message key, empty when it is complete.

    A name, a way to answer, a topic, a kind and the text always; the product for an outage; product and company
    where the vendor is asked, because his contract must be looked up.
    """
    missing: dict[str, str] = {}
    if not ticket.contact_name:
        missing["contact_name"] = "required"
    if (ticket.contact_phone is None or ticket.contact_phone.e164 is None) and not ticket.contact_email:
        missing["contact_phone"] = "phone_or_email_required"
    if not ticket.text:
        missing["text"] = "required"
    if ticket.topic_id is None:
        missing["topic_id"] = "required"
    if ticket.kind is None:
        missing["kind"] = "required"
    if ticket.product_id is None and ticket.kind in {Kind.OUTAGE, Kind.VENDOR}:
        missing["product_id"] = "required_for_this_kind"
    if ticket.organization_id is None and ticket.kind is Kind.VENDOR:
        missing["organization_id"] = "required_for_this_kind"
    return missing


def _first_line(text: str) -> str:
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if len(first) <= SUBJECT_FROM_TEXT:
        return first
    return first[:SUBJECT_FROM_TEXT].rsplit(" ", 1)[0] + "…"
