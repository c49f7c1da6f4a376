"""The help desk of the browser's house: its services, a moderator, executors, and requests on their way."""

from dataclasses import dataclass, replace
from datetime import timedelta

from callcenter.domain.people import Role
from callcenter.domain.registration import TicketFields
from callcenter.domain.ticket import Kind, Ticket
from callcenter.services.desk import Desk
from callcenter.web.desk_room import DeskRoom
from tests import make
from tests.browser.house import House
from tests.desk_house import RULES
from tests.fakes.notices import FakeNotices


@dataclass(kw_only=True)
class DeskHouse:
    """The running program with a help desk; `room` is what its screens ask."""

    house: House
    room: DeskRoom

    @classmethod
    async def built(cls, house: House) -> "DeskHouse":
        desk = Desk(open_uow=house.database.uow, clock=house.clock, rules=RULES, notices=FakeNotices())
        room = DeskRoom.on(desk)
        house.services = replace(house.services, desk=room)
        await house.vanish()
        await house.serve()
        for login, name, role in (
            ("moderator", "Морозова Ольга", Role.MODERATOR),
            ("vasiliev", "Васильев Пётр", Role.EXECUTOR),
            ("gromova", "Громова Елена", Role.EXECUTOR),
        ):
            await house.hire(make.person(login, name, roles=[role], endpoint=None))
        return cls(house=house, room=room)

    async def draft(self) -> Ticket:
        """Ivanova talks with a known caller."""
        await self.house.tell(
            make.entered("d1", 10), make.queued("d1", 11), make.ringing("d1", 12), make.answered("d1", 20)
        )
        return await self.ticket(1001)

    async def new(self, text: str = "Не открывается отчёт по зарплате") -> Ticket:
        """A registered request that waits for the moderators."""
        operator = self.house.people["ivanova"]
        draft = await self.room.registration.start(operator)
        fields = TicketFields(
            client_id=1,
            organization_id=1,
            contact_name="Петров Иван",
            contact_phone="8 916 123-45-67",
            contact_email="petrov@romashka.example",
            product_id=1,
            topic_id=4,
            kind=Kind.REFERENCE,
            text=text,
        )
        return await self.room.registration.register(operator, draft.id, draft.version, fields)

    async def given(self, login: str = "vasiliev", text: str = "Не открывается отчёт по зарплате") -> Ticket:
        """A request that was assigned to this executor."""
        new = await self.new(text)
        person = self.house.people[login]
        return await self.room.moderation.assign(
            self.house.people["moderator"], new.id, new.version, to=person.id
        )

    async def ticket(self, ticket_id: int) -> Ticket:
        async with self.house.database.uow(write=False) as uow:
            found = await uow.tickets.by_id(ticket_id)
        assert found is not None
        return found

    def later(self, minutes: float) -> None:
        self.house.clock.advance(timedelta(minutes=minutes))
