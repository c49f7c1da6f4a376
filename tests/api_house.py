"""The program with its API over any store: a help desk, public forms, a person of each role, and their tokens."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from callcenter.domain.api_tokens import NEVER_LENT
from callcenter.domain.people import Action, Person
from callcenter.domain.signing import Signer
from callcenter.live.in_process import InProcessFeed
from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.services.api_answers import keyed
from callcenter.services.callback_desk import CallbackDesk
from callcenter.services.callback_endings import CallbackEndings
from callcenter.services.callback_tickets import DeskTickets
from callcenter.services.callback_views import CallbackViews
from callcenter.services.callbacks import Callbacks
from callcenter.services.dialer_control import DialerControl
from callcenter.services.dialer_rules import DialerCalendar, DialerRules
from callcenter.services.notices import MailNotices
from callcenter.services.question_grouping import GroupingRules
from callcenter.services.questions import Questions
from callcenter.services.sign_in import fingerprint
from callcenter.services.staffing_load import StaffingLoad
from callcenter.services.status_links import PublicLinks
from callcenter.web import app as web_app
from callcenter.web.app import create_app
from callcenter.web.callback_room import CallbackRoom
from callcenter.web.passwords import Argon2Passwords
from callcenter.web.public.room import PublicRoom
from callcenter.web.question_room import QuestionRoom
from callcenter.web.services import Services
from callcenter.web.settings import WebSettings
from callcenter.web.static_files import StaticFile, StaticFiles
from dialer.admission import Rules
from dialer.caps import Caps
from dialer.policy import Policy
from tests import make
from tests.administration_room import administration_of
from tests.desk_house import MOSCOW, TERMS, House
from tests.fakes.forms import FakeAttachmentFiles
from tests.fakes.tokens import FakeTokens
from tests.questions_house import MORPHOLOGY
from tests.reports_house import ReportsHouse

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
BASE = "http://localhost:8080"
ALL_SCOPES = frozenset(Action) - NEVER_LENT
Client = TestClient[web.Request, web.Application]
Headers = Mapping[str, str]


class AnyStaticFile(dict[str, StaticFile]):
    """Stands for a built front end: every file is there."""

    def __missing__(self, path: str) -> StaticFile:
        return StaticFile(body=b"built", compressed=None, content_type="text/plain", version="1")


@dataclass(kw_only=True)
class ApiHouse:
    """`await house.ask("moderator", "GET", "/tickets")`; `house.desk` is the help desk behind it."""

    desk: House
    services: Services
    client: Client
    secrets: dict[str, str]

    @property
    def people(self) -> Mapping[str, Person]:
        """Everybody by login."""
        people = self.desk.people
        return {
            each.login: each
            for each in (
                people.operator,
                people.moderator,
                people.executor,
                people.second,
                people.supervisor,
                people.admin,
            )
        }

    async def token(self, login: str, *scopes: Action, days: int = 30) -> str:
        """A token of this person; without scopes: with all there are."""
        made = await self.services.api_tokens.create(
            self.desk.people.admin,
            person_id=self.people[login].id,
            name=f"of {login}",
            scopes=frozenset(scopes) or ALL_SCOPES,
            expires_at=self.desk.clock.now() + timedelta(days=days),
        )
        return made.secret

    async def sign_in(self) -> None:
        """Everybody has a browser with a good session."""
        async with self.desk.open_uow() as uow:
            for login, person in self.people.items():
                token = fingerprint(f"session-of-{login}")
                if await uow.sessions.by_token(token) is None:
                    await uow.sessions.add(
                        make.session(token, person_id=person.id, created=self.desk.clock.now())
                    )
            await uow.commit()

    def bearer(self, login: str) -> dict[str, str]:
        """The header of this person's token."""
        return {"Authorization": f"Bearer {self.secrets[login]}"}

    def session(self, login: str) -> dict[str, str]:
        """The headers of this person's browser, on our own page."""
        return {"Cookie": f"session=session-of-{login}", "Sec-Fetch-Site": "same-origin"}

    async def ask(
        self,
        login: str,
        method: str,
        path: str,
        body: object | None = None,
        *,
        version: int | None = None,
        key: str | None = None,
        headers: Headers | None = None,
    ) -> ClientResponse:
        """One request under `/api/v1` with this person's token."""
        sent = {**self.bearer(login), **(headers or {})}
        if version is not None:
            sent["If-Match"] = f'"{version}"'
        if key is not None:
            sent["Idempotency-Key"] = key
        more: dict[str, Any] = {} if body is None else {"json": body}
        return await self.client.request(method, f"/api/v1{path}", headers=sent, **more)


@asynccontextmanager
async def opened_api(
    open_uow: OpenUnitOfWork,
    settings: WebSettings | None = None,
    *,
    counting: bool = False,
    policy: Policy | None = None,
) -> AsyncIterator[ApiHouse]:
    """The program over this store, asked through HTTP; `counting`: with statistics, which want a real database."""
    desk = await House.built(keyed(open_uow))
    links = PublicLinks(signer=Signer(key=b"k" * 32), base_url=BASE, new_token=FakeTokens())
    notices = MailNotices(clock=desk.clock, links=links, zone=MOSCOW)
    services = Services.on(
        open_uow, desk.clock, Argon2Passwords(CHEAP), session_length=timedelta(hours=12), desk=desk.desk
    )
    public = PublicRoom.on(desk.desk, links, FakeAttachmentFiles(), notices)
    await public.sites.ensure()
    services = replace(
        services,
        public=public,
        callbacks=_callbacks(desk, policy or Policy()),
        administration=administration_of(desk.desk),
    )
    if counting:
        reports = ReportsHouse.on(desk.open_uow, desk.clock)
        services = replace(
            services,
            statistics=reports.room,
            reports=reports.reports,
            questions=_questions(desk, reports),
        )
    client: Client = TestClient(
        TestServer(
            _app(services, desk, settings or WebSettings(base_url=BASE, api_requests_per_minute=100_000))
        )
    )
    await client.start_server()
    try:
        house = ApiHouse(desk=desk, services=services, client=client, secrets={})
        for login in house.people:
            house.secrets[login] = await house.token(login)
        await house.sign_in()
        yield house
    finally:
        await client.close()


def _app(services: Services, desk: House, settings: WebSettings) -> web.Application:
    load, web_app.load_static_files = web_app.load_static_files, lambda: StaticFiles(AnyStaticFile())
    try:
        return create_app(services, InProcessFeed(gather_floor=0.0), settings, desk.clock)
    finally:
        web_app.load_static_files = load


def _questions(house: House, reports: ReportsHouse) -> QuestionRoom:
    """Frequent questions and staffing over the same store."""
    calendar = TERMS.calendar
    rules = GroupingRules(zone=MOSCOW, calendar=calendar, morphology=MORPHOLOGY, node="node-1")
    load = StaffingLoad(house.open_uow, reports.room.statistics, calendar, MOSCOW)
    return QuestionRoom(questions=Questions(house.open_uow, house.clock, rules), staffing=load)


def _callbacks(house: House, policy: Policy) -> CallbackRoom:
    """The dialer's services without a dialer that runs."""
    opened, clock = house.open_uow, house.clock
    calendar = DialerCalendar(TERMS.calendar, MOSCOW)
    rules = DialerRules(rules=Rules(policy=policy, caps=Caps(), calendar=calendar))
    endings = CallbackEndings(rules, DeskTickets(house.desk))
    control = DialerControl(opened, clock, rules)
    return CallbackRoom(
        desk=CallbackDesk(house.desk, Callbacks(opened, clock, rules, endings)),
        views=CallbackViews(opened, clock, control),
        control=control,
    )
