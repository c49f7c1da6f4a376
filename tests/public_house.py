"""Public pages on any store: a desk, a hotline form, a care site with two products, and real letters in the outbox."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from callcenter.domain.attachments import Upload
from callcenter.domain.forms import SubmissionLimits
from callcenter.domain.notices import OutboxItem
from callcenter.domain.people import Person, Role
from callcenter.domain.signing import Signer
from callcenter.domain.sites import Site, SiteKind
from callcenter.domain.ticket_clocks import DESK_TARGETS
from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.services.desk import Desk, DeskRules
from callcenter.services.forms import Receipt, SentForm
from callcenter.services.notices import MailNotices
from callcenter.services.status_links import PublicLinks
from callcenter.web.public.room import CONSENT, PublicRoom
from sla.calendar import BusinessCalendar
from sla.clock import Terms
from sla.spec import regulation_spec
from tests import make
from tests.fakes.clock import FakeClock
from tests.fakes.forms import FakeAttachmentFiles
from tests.fakes.tokens import FakeTokens

MOSCOW = ZoneInfo("Europe/Moscow")
CARE = "https://buh.example.org"
PDF = b"%PDF-1.7 a report"
FIELDS: Mapping[str, str] = {
    "name": "Пётр Петров",
    "phone": "8 (916) 123-45-67",
    "email": "Petr@Example.ru",
    "text": "Не открывается отчёт по зарплате.\nПишет «Ошибка 5».",
    "kind": "reference",
}


class PublicHouse:
    """`await PublicHouse.built(open_uow)`; the clock stands at Monday 12:00 in Moscow."""

    moderator: Person
    admin: Person
    executor: Person
    care: Site

    def __init__(
        self,
        open_uow: OpenUnitOfWork,
        *,
        base_url: str,
        limits: SubmissionLimits | None,
        clock: FakeClock | None,
    ) -> None:
        self.open_uow = open_uow
        self.clock = clock or FakeClock(make.START)
        self.files = FakeAttachmentFiles()
        self.links = PublicLinks(signer=Signer(key=b"k" * 32), base_url=base_url, new_token=FakeTokens())
        self.notices = MailNotices(clock=self.clock, links=self.links, zone=MOSCOW)
        terms = Terms(targets=DESK_TARGETS, calendar=BusinessCalendar(regulation_spec()))
        rules = DeskRules(terms=terms, zone=MOSCOW, address=f"{base_url}/f/hotline")
        self.desk = Desk(open_uow=open_uow, clock=self.clock, rules=rules, notices=self.notices)
        self.room = PublicRoom.on(self.desk, self.links, self.files, self.notices, limits=limits)

    @classmethod
    async def built(
        cls,
        open_uow: OpenUnitOfWork,
        *,
        base_url: str = "https://hotline.example.org",
        limits: SubmissionLimits | None = None,
        origins: Sequence[str] = (CARE,),
        clock: FakeClock | None = None,
    ) -> "PublicHouse":
        house = cls(open_uow, base_url=base_url, limits=limits, clock=clock)
        async with open_uow() as uow:
            for code, name in (("buh", "Бухгалтерия"), ("zup", "Зарплата")):
                if await uow.clients.product_by_code(code) is None:
                    await uow.clients.add_product(make.product(code, name))
            marks = make.person("moderator", "М. Маркова", roles=[Role.MODERATOR], endpoint=None)
            works = make.person("executor", "Э. Эльдаров", roles=[Role.EXECUTOR], endpoint=None)
            house.moderator = await uow.people.add(marks, password_hash=None)
            house.executor = await uow.people.add(works, password_hash=None)
            rules = make.person("public-admin", "А. Админов", roles=[Role.ADMIN], endpoint=None)
            house.admin = await uow.people.add(rules, password_hash=None)
            await uow.commit()
        await house.room.sites.ensure()
        house.care = await house.room.sites.save(
            Site(
                id=0,
                slug="buh",
                kind=SiteKind.CARE,
                name="Служба заботы «Бухгалтерия»",
                intro="Отвечаем на вопросы о программе.",
                accent="#146c3b",
                products=("buh", "zup"),
                allowed_origins=tuple(origins),
            ),
            by=house.admin,
        )
        return house

    async def form(
        self,
        slug: str = "hotline",
        *,
        token: str | None = None,
        filled_in: timedelta = timedelta(seconds=40),
        uploads: Sequence[Upload] = (),
        consent: bool = True,
        address: str = "198.51.100.7",
        locale: str = "ru",
        trap: str = "",
        kept_phone: str = "",
        key: str | None = None,
        **fields: str,
    ) -> SentForm:
        """A form as a person fills it in: opened, typed for a while, sent."""
        if token is None:
            token = (await self.room.forms.open(slug)).token
            self.clock.advance(filled_in)
        return SentForm(
            fields={**FIELDS, **fields},
            token=token,
            network_address=address,
            submitted_at=self.clock.now(),
            consent_text=CONSENT[locale] if consent else None,
            uploads=uploads,
            trap=trap,
            kept_phone=kept_phone,
            key=key,
            locale=locale,
        )

    async def sent(self, slug: str = "hotline", **more: object) -> Receipt:
        """A form that was accepted."""
        return await self.room.forms.send(slug, await self.form(slug, **more))  # type: ignore[arg-type]

    async def letters(self) -> list[OutboxItem]:
        """Everything in the outbox, oldest first."""
        async with self.open_uow(write=False) as uow:
            return list(reversed(await uow.outbox.newest(limit=100)))
