"""The administration of the browser's house: a desk with tickets, shifts, a leave, a public form, a webhook."""

from dataclasses import dataclass, replace
from datetime import date, time

from callcenter.domain.clients import Product
from callcenter.domain.notices import Webhook
from callcenter.domain.shifts import Leave, Shift
from callcenter.services.desk import Desk
from callcenter.web.administration_room import AdministrationRoom
from callcenter.web.public.room import PublicRoom
from tests.administration_room import administration_of, letters_of
from tests.browser.desk_scene import DeskHouse
from tests.browser.house import House
from tests.desk_house import RULES
from tests.fakes.forms import FakeAttachmentFiles
from tests.fakes.notices import FakeNotices


@dataclass(kw_only=True)
class AdminHouse:
    """The running program with its help desk and administration."""

    house: House
    desk: DeskHouse
    room: AdministrationRoom
    public: PublicRoom
    hook: Webhook

    @classmethod
    async def built(cls, house: House) -> "AdminHouse":
        scene = await DeskHouse.built(house)
        desk = Desk(open_uow=house.database.uow, clock=house.clock, rules=RULES, notices=FakeNotices())
        files = FakeAttachmentFiles()
        room = administration_of(desk, files)
        _, links = letters_of(house.address)
        public = PublicRoom.on(desk, links, files, FakeNotices())
        house.services = replace(house.services, administration=room, public=public)
        await house.vanish()
        await house.serve()
        await public.sites.ensure()
        hook = await public.webhooks.add(
            "https://crm.example.ru/hotline", frozenset({"*"}), by=house.people["admin"]
        )
        built = cls(house=house, desk=scene, room=room, public=public, hook=hook)
        await built._filled()
        return built

    async def _filled(self) -> None:
        people = self.house.people
        admin, gromova, vasiliev = people["admin"], people["gromova"], people["vasiliev"]
        with_mail = replace(admin, email="admin@example.ru")
        async with self.house.database.uow() as uow:
            await uow.people.save(with_mail)
            await uow.commit()
        week = [Shift(person_id=vasiliev.id, weekday=day, starts=time(9), ends=time(18)) for day in range(5)]
        await self.room.staff.set_shifts(admin, vasiliev.id, week)
        halves = [Shift(person_id=0, weekday=day, starts=time(10), ends=time(14)) for day in (0, 2, 4)]
        await self.room.staff.set_shifts(admin, people["ivanova"].id, halves)
        leave = Leave(
            id=0,
            person_id=gromova.id,
            starts_on=date(2026, 11, 25),
            ends_on=date(2026, 12, 4),
            reason="Отпуск",
        )
        await self.room.staff.add_leave(admin, leave)
        vendor = Product(
            id=0, code="zup", name="Зарплата и кадры", vendor="Разработчик", vendor_email="help@v.example"
        )
        await self.room.catalogue.save_product(admin, vendor)
        await self.desk.given("gromova")
        await self.desk.new("Не печатается счёт-фактура")
