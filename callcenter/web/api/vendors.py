"""Handing tickets over to the developer of the product. Regulation: 2.6."""

from callcenter.domain.people import Action
from callcenter.web.api import answers
from callcenter.web.api.fields import Asked, Id, Reason, Told, Words
from callcenter.web.api.operation import ApiCall, operation


class SupportQuery(Asked):
    """Whose product; without a company: what anybody gets."""

    product_id: Id
    organization_id: Id | None = None


class HandOverBody(Asked):
    """What the developer is told besides the dossier."""

    note: Reason = ""


class TakeBackBody(Asked):
    """What the developer answered."""

    answer: Words


class Dossier(Told):
    """What the developer gets."""

    vendor: str
    email: str | None
    text: str


async def support(call: ApiCall, query: SupportQuery) -> object:
    """Whether the developer answers for this company, with the words to say."""
    return await call.desk.handover.support(
        call.person, organization_id=query.organization_id, product_id=query.product_id
    )


async def dossier(call: ApiCall) -> object:
    """The text that would be sent, to be read before it is."""
    return await call.desk.handover.dossier(call.person, call.ticket_id)


async def hand_over(call: ApiCall, body: HandOverBody) -> object:
    """Send the dossier and stop our clock; the developer's begins."""
    return await call.desk.handover.hand_over(call.person, call.ticket_id, call.version, note=body.note)


async def take_back(call: ApiCall, body: TakeBackBody) -> object:
    """The developer answered: his clock ends, ours runs on."""
    return await call.desk.handover.take_back(call.person, call.ticket_id, call.version, answer=body.answer)


async def late_vendors(call: ApiCall) -> object:
    """Stays whose developer is over his time, longest first."""
    return await call.desk.handover.late_vendors(call.person)


_SEE, _HAND = Action.SEE_TICKETS, Action.HAND_OVER_TICKETS
_TICKET = "/tickets/{ticket_id}"
OPERATIONS = (
    operation("GET", "/support", _SEE, support, answer=answers.SupportAnswer),
    operation("GET", f"{_TICKET}/dossier", _HAND, dossier, answer=Dossier),
    operation("POST", f"{_TICKET}/hand-over", _HAND, hand_over, answer=answers.Ticket, versioned=True),
    operation("POST", f"{_TICKET}/take-back", _HAND, take_back, answer=answers.Ticket, versioned=True),
    operation("GET", "/vendors/late", _SEE, late_vendors, answer=list[answers.Handover]),
)
