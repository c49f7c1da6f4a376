"""The web application over the in-memory store; no browser, no front-end build."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from callcenter.domain.people import Person, Role
from callcenter.live.in_process import InProcessFeed
from callcenter.services.sign_in import fingerprint
from callcenter.web import app as web_app
from callcenter.web.app import create_app
from callcenter.web.passwords import Argon2Passwords
from callcenter.web.services import Services
from callcenter.web.settings import WebSettings
from callcenter.web.static_files import StaticFile, StaticFiles
from tests import make
from tests.fakes.clock import FakeClock
from tests.fakes.database import FakeDatabase

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
OWN_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
Client = TestClient[web.Request, web.Application]


class AnyStaticFile(dict[str, StaticFile]):
    """Stands for a built front end: every file is there."""

    def __missing__(self, path: str) -> StaticFile:
        return StaticFile(body=b"built", compressed=None, content_type="text/plain", version="1")


@dataclass(kw_only=True)
class Office:
    """The application with its parts at hand; `client` asks as a browser does."""

    database: FakeDatabase
    feed: InProcessFeed
    clock: FakeClock
    services: Services
    client: Client

    async def hire(self, *roles: Role, login: str = "ivanova", token: str = "") -> Person:
        """A person, signed in under this token (his login when none is given)."""
        async with self.database.uow() as uow:
            endpoint = f"PJSIP/{login}" if Role.OPERATOR in roles else None
            person = await uow.people.add(
                make.person(login, login.title(), roles=roles, endpoint=endpoint), password_hash=None
            )
            await uow.sessions.add(
                make.session(fingerprint(token or login), person_id=person.id, created=self.clock.now())
            )
            await uow.commit()
        return person

    def as_(self, login: str) -> dict[str, str]:
        """The cookie of this person."""
        return {"session": login}


OpenOffice = Callable[[WebSettings], Awaitable[Office]]


@pytest.fixture
async def open_office(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenOffice]:
    monkeypatch.setattr(web_app, "load_static_files", lambda: StaticFiles(AnyStaticFile()))
    opened: list[Client] = []

    async def open_one(settings: WebSettings) -> Office:
        feed = InProcessFeed(gather_floor=0.0)
        database = FakeDatabase(publish=feed.publish)
        clock = FakeClock(make.START)
        services = Services.on(
            database.uow, clock, Argon2Passwords(CHEAP), session_length=timedelta(hours=12)
        )
        client: Client = TestClient(TestServer(create_app(services, feed, settings, clock)))
        await client.start_server()
        opened.append(client)
        return Office(database=database, feed=feed, clock=clock, services=services, client=client)

    yield open_one
    for client in opened:
        await client.close()


@pytest.fixture
async def office(open_office: OpenOffice) -> Office:
    return await open_office(WebSettings(base_url="http://localhost:8080"))
