"""Explicit builders: every value is said here, nothing is random."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from callcenter.domain.calls import (
    Call,
    CallAnswered,
    CallEnded,
    CallEntered,
    CallKey,
    CallOutcome,
    CallQueued,
    FoundBy,
    Hotline,
    PhoneReported,
    PhoneRinging,
    PhoneStopped,
    RingEnd,
)
from callcenter.domain.clients import Client, Contract, Organization, Product
from callcenter.domain.lifecycle import Status
from callcenter.domain.numbers import Number, parse_number
from callcenter.domain.people import Person, Role, Session
from callcenter.domain.ticket import Source, Ticket

PBX = "pbx1"
DID = "88005550640"
CALLER = "+79161234567"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
QUEUE = "hotline"


def at(seconds: float) -> datetime:
    """So many seconds after the first event of a story."""
    return START + timedelta(seconds=seconds)


def key(linkedid: str = "1", pbx: str = PBX) -> CallKey:
    return CallKey(pbx=pbx, linkedid=linkedid)


def hotline(name: str = "Горячая линия", dids: Iterable[str] = ("+78005550640",)) -> Hotline:
    return Hotline(id=0, name=name, dids=frozenset(dids))


def person(
    login: str = "ivanova",
    name: str = "И. Иванова",
    *,
    roles: Iterable[Role] = (Role.OPERATOR,),
    endpoint: str | None = "PJSIP/101",
    pbx: str | None = PBX,
    active: bool = True,
    email: str | None = None,
    id: int = 0,  # noqa: A002 - the field's name
) -> Person:
    return Person(
        id=id,
        login=login,
        name=name,
        roles=frozenset(roles),
        pbx=pbx if endpoint else None,
        endpoint=endpoint,
        active=active,
        email=email,
    )


def session(token: str = "a" * 64, *, person_id: int, created: datetime = START) -> Session:
    return Session(
        token_sha256=token,
        person_id=person_id,
        created_at=created,
        expires_at=created + timedelta(hours=12),
        user_agent="Firefox",
    )


def organization(name: str = "ООО «Ромашка»", inn: str | None = "7707083893") -> Organization:
    return Organization(id=0, name=name, inn=inn)


def client(
    name: str = "Петров Иван Семёнович",
    *,
    phones: Iterable[str] = (CALLER,),
    organization_id: int | None = None,
    email: str | None = None,
) -> Client:
    return Client(id=0, name=name, organization_id=organization_id, phones=tuple(phones), email=email)


def product(code: str = "buh", name: str = "Бухгалтерия", vendor: str | None = "Разработчик") -> Product:
    return Product(id=0, code=code, name=name, vendor=vendor)


def contract(organization_id: int, product_id: int, number: str = "Д-1") -> Contract:
    return Contract(
        id=0,
        organization_id=organization_id,
        product_id=product_id,
        number=number,
        starts_on=START.date(),
        vendor_support=True,
    )


def ticket(
    *,
    status: Status = Status.DRAFT,
    hotline_id: int | None = None,
    caller: str | None = CALLER,
    created: datetime = START,
    missed: CallOutcome | None = None,
    operator_id: int | None = None,
    client_id: int | None = None,
) -> Ticket:
    return Ticket(
        id=0,
        version=0,
        status=status,
        source=Source.CALL,
        hotline_id=hotline_id,
        caller=None if caller is None else parse_number(caller),
        created_at=created,
        updated_at=created,
        missed=missed,
        operator_id=operator_id,
        client_id=client_id,
    )


def call(
    linkedid: str = "1",
    *,
    hotline_id: int,
    ticket_id: int,
    caller: str = CALLER,
    entered: datetime = START,
    pbx: str = PBX,
) -> Call:
    return Call(
        id=0,
        key=key(linkedid, pbx),
        hotline_id=hotline_id,
        ticket_id=ticket_id,
        did=parse_number(DID),
        caller=parse_number(caller),
        caller_name="IVAN",
        found_by=FoundBy.LIVE,
        entered_at=entered,
    )


def number(raw: str) -> Number:
    return parse_number(raw)


def entered(
    linkedid: str = "1",
    second: float = 0,
    *,
    caller: str = CALLER,
    did: str = DID,
    name: str = "",
    found_by: FoundBy = FoundBy.LIVE,
    pbx: str = PBX,
) -> CallEntered:
    return CallEntered(
        key=key(linkedid, pbx),
        at=at(second),
        did=parse_number(did),
        caller=parse_number(caller),
        caller_name=name,
        found_by=found_by,
    )


def queued(linkedid: str = "1", second: float = 1, phone_queue: str = QUEUE) -> CallQueued:
    return CallQueued(key=key(linkedid), at=at(second), phone_queue=phone_queue)


def ringing(linkedid: str = "1", second: float = 2, endpoint: str = "PJSIP/101") -> PhoneRinging:
    return PhoneRinging(key=key(linkedid), at=at(second), endpoint=endpoint, leg=f"leg-{endpoint}")


def stopped(
    linkedid: str = "1",
    second: float = 9,
    endpoint: str = "PJSIP/101",
    reason: RingEnd = RingEnd.NO_ANSWER,
) -> PhoneStopped:
    return PhoneStopped(
        key=key(linkedid), at=at(second), endpoint=endpoint, leg=f"leg-{endpoint}", reason=reason
    )


def answered(linkedid: str = "1", second: float = 5, endpoint: str = "PJSIP/101") -> CallAnswered:
    return CallAnswered(key=key(linkedid), at=at(second), endpoint=endpoint)


def ended(linkedid: str = "1", second: float = 60, outcome: CallOutcome = CallOutcome.ANSWERED) -> CallEnded:
    return CallEnded(key=key(linkedid), at=at(second), outcome=outcome)


def reported(
    endpoint: str = "PJSIP/101",
    second: float = 0,
    *,
    state: str = "idle",
    in_queue: bool = True,
    paused: bool = False,
) -> PhoneReported:
    return PhoneReported(
        pbx=PBX, endpoint=endpoint, at=at(second), state=state, in_queue=in_queue, paused=paused
    )
