"""A help desk on any store: people, a client with a contract, and every service, with a clock that is moved.

Times in scenarios are Moscow times of Monday 23 November 2026 unless they say otherwise.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from callcenter.domain.clients import Client, Organization, Product
from callcenter.domain.people import Person, Role
from callcenter.domain.registration import TicketFields
from callcenter.domain.ticket import Kind, Ticket
from callcenter.domain.ticket_clocks import DESK_TARGETS
from callcenter.live.in_process import InProcessFeed
from callcenter.ports.unit_of_work import OpenUnitOfWork, UnitOfWork
from callcenter.services.client_desk import ClientDesk
from callcenter.services.deadlines import Deadlines
from callcenter.services.desk import Desk, DeskRules
from callcenter.services.handover import Handover
from callcenter.services.knowledge import Knowledge
from callcenter.services.moderation import Moderation
from callcenter.services.registration import Registration
from callcenter.services.staffing import Staff
from callcenter.services.ticket_lists import TicketLists
from callcenter.services.ticket_reading import TicketDetails, TicketReading
from callcenter.services.ticket_search import TicketSearch
from callcenter.services.topic_tree import TopicTree
from callcenter.services.work import Work
from sla.calendar import BusinessCalendar
from sla.clock import Terms
from sla.spec import regulation_spec
from tests import make
from tests.fakes.clock import FakeClock
from tests.fakes.notices import FakeNotices

MOSCOW = ZoneInfo("Europe/Moscow")
TERMS = Terms(targets=DESK_TARGETS, calendar=BusinessCalendar(regulation_spec()))
RULES = DeskRules(terms=TERMS, zone=MOSCOW, address="help.example.ru")
VENDOR_MAIL = "help@vendor.example"


def moscow(text: str) -> datetime:
    """`10:05`, `24 10:05` (a day of November 2026) or a whole ISO instant, in Moscow; returned in UTC."""
    if "-" in text:
        local = datetime.fromisoformat(text)
    else:
        day, _, time = text.rpartition(" ")
        hour, minute, second = [*(int(each) for each in time.split(":")), 0][:3]
        local = datetime(2026, 11, int(day or 23), hour, minute, second)
    return local.replace(tzinfo=MOSCOW).astimezone(UTC)


@dataclass(kw_only=True)
class People:
    operator: Person
    moderator: Person
    executor: Person
    second: Person
    supervisor: Person
    admin: Person


class House:
    """`await House.built(open_uow)`; every service is an attribute."""

    people: People
    company: Organization
    caller: Client
    product: Product

    def __init__(self, open_uow: OpenUnitOfWork, rules: DeskRules) -> None:
        self.open_uow = open_uow
        self.clock = FakeClock(moscow("10:00"))
        self.notices = FakeNotices()
        self.desk = Desk(open_uow=open_uow, clock=self.clock, rules=rules, notices=self.notices)
        self.registration = Registration(self.desk)
        self.moderation = Moderation(self.desk)
        self.work = Work(self.desk)
        self.client = ClientDesk(self.desk)
        self.handover = Handover(self.desk)
        self.knowledge = Knowledge(self.desk)
        self.lists = TicketLists(self.desk)
        self.search = TicketSearch(self.desk)
        self.reading = TicketReading(self.desk)
        self.staff = Staff(self.desk)
        self.topics = TopicTree(self.desk)
        self.feed = InProcessFeed()
        self.deadlines = Deadlines(self.desk, self.feed)

    @classmethod
    async def built(cls, open_uow: OpenUnitOfWork, rules: DeskRules = RULES) -> "House":
        house = cls(open_uow, rules)
        async with open_uow() as uow:
            house.people = await _people(uow)
            house.company = await uow.clients.add_organization(make.organization())
            house.caller = await uow.clients.add_client(make.client(organization_id=house.company.id))
            vendor = Product(
                id=0, code="buh", name="Бухгалтерия", vendor="Разработчик", vendor_email=VENDOR_MAIL
            )
            house.product = await uow.clients.add_product(vendor)
            await uow.calls.add_hotline(make.hotline())
            await uow.commit()
        return house

    def at(self, text: str) -> datetime:
        """Move the clock to a Moscow time."""
        now = moscow(text)
        self.clock.advance(now - self.clock.now())
        return now

    def fields(self, **more: object) -> TicketFields:
        """A complete form of a reference question."""
        complete = TicketFields(
            client_id=self.caller.id,
            organization_id=self.company.id,
            contact_name="Пётр Петров",
            contact_phone="8 916 123-45-67",
            contact_email="petr@example.ru",
            product_id=self.product.id,
            topic_id=4,
            kind=Kind.REFERENCE,
            text="Не открывается отчёт по зарплате",
        )
        return replace(complete, **more)  # type: ignore[arg-type]

    async def registered(self, at: str = "10:00", **more: object) -> Ticket:
        """A ticket that an operator registered at this time."""
        self.at(at)
        draft = await self.registration.start(self.people.operator)
        return await self.registration.register(
            self.people.operator, draft.id, draft.version, self.fields(**more)
        )

    async def in_work(self, at: str = "10:00", **more: object) -> Ticket:
        """A ticket the executor has accepted at once."""
        new = await self.registered(at, **more)
        given = await self.moderation.assign(
            self.people.moderator, new.id, new.version, to=self.people.executor.id
        )
        return await self.work.accept(self.people.executor, given.id, given.version)

    async def details(self, ticket_id: int) -> TicketDetails:
        """The ticket's page as the supervisor sees it."""
        return await self.reading.details(self.people.supervisor, ticket_id)

    async def told(self) -> list[tuple[str, str]]:
        """Every live message so far: kind and audience."""
        async with self.open_uow(write=False) as uow:
            return [(str(each.kind), each.audience) for each in await uow.live.after(0, limit=1000)]


async def _people(uow: UnitOfWork) -> People:
    async def add(login: str, name: str, *roles: Role) -> Person:
        person = make.person(login, name, roles=roles, endpoint=None)
        return await uow.people.add(person, password_hash=None)

    return People(
        operator=await add("operator", "О. Орлова", Role.OPERATOR),
        moderator=await add("moderator", "М. Маркова", Role.MODERATOR),
        executor=await add("executor", "Э. Эльдаров", Role.EXECUTOR),
        second=await add("second", "В. Второв", Role.EXECUTOR),
        supervisor=await add("supervisor", "С. Сергеева", Role.SUPERVISOR),
        admin=await add("admin", "А. Админов", Role.ADMIN),
    )
