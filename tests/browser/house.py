"""The running program for browser tests: the real application on SQLite, told of calls as the PBX tells it."""

import hashlib
import os
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web

from callcenter.domain.people import Person, Session
from callcenter.live.in_process import InProcessFeed
from callcenter.services.hotline import Fact, Hotline
from callcenter.services.telephony import Telephony
from callcenter.store import Database
from callcenter.web.app import create_app
from callcenter.web.passwords import Argon2Passwords
from callcenter.web.services import Services
from callcenter.web.settings import WebSettings
from tests import make
from tests.fakes.clock import FakeClock

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
PORTS = range(15500 + 100 * _WORKER, 15600 + 100 * _WORKER)
"""Of this run's worker alone: a house that comes back needs the port it had."""


@dataclass(kw_only=True)
class House:
    """One running program. `people` are its employees by login, each with a signed-in session's token."""

    database_url: str
    clock: FakeClock = field(default_factory=lambda: FakeClock(make.START))
    people: dict[str, Person] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    demonstration: bool = False
    port: int = 0
    _runner: web.AppRunner | None = None

    async def open(self) -> None:
        """Open the database and start to serve."""
        self.feed = InProcessFeed()
        self.database = Database(self.database_url, publish=self.feed.publish)
        await self.database.open()
        self.hotline = Hotline(self.database.uow, self.clock)
        self.telephony = Telephony(self.database.uow, self.clock, node="main")
        self.passwords = Argon2Passwords()
        self.services = Services.on(
            self.database.uow, self.clock, self.passwords, session_length=timedelta(hours=12)
        )
        await self.serve()

    async def serve(self) -> None:
        """Listen, on the same port as before if there was one."""
        for port in [self.port] if self.port else PORTS:
            settings = WebSettings(
                base_url=f"http://localhost:{port}", demonstration=self.demonstration, stream_ping=1.0
            )
            runner = web.AppRunner(
                create_app(self.services, self.feed, settings, self.clock),
                access_log=None,
                shutdown_timeout=0.2,
            )
            await runner.setup()
            try:
                await web.TCPSite(runner, "localhost", port, reuse_address=True).start()
            except OSError:
                await runner.cleanup()
                continue
            self.port, self._runner = port, runner
            return
        raise OSError("no free port for the browser tests")

    async def vanish(self) -> None:
        """The web process goes away; the database stays."""
        assert self._runner is not None
        await self._runner.cleanup()
        self._runner = None

    async def close(self) -> None:
        """Stop everything."""
        if self._runner is not None:
            await self.vanish()
        await self.database.close()

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    async def hire(self, person: Person) -> Person:
        """An employee with a session, as if he had signed in."""
        token = f"token-of-{person.login}"
        async with self.database.uow() as uow:
            hired = await uow.people.add(person, password_hash=None)
            await uow.sessions.add(
                Session(
                    token_sha256=hashlib.sha256(token.encode()).hexdigest(),
                    person_id=hired.id,
                    created_at=self.clock.now(),
                    expires_at=self.clock.now() + timedelta(hours=12),
                    user_agent="Chromium",
                )
            )
            await uow.commit()
        self.people[hired.login] = hired
        self.tokens[hired.login] = token
        return hired

    async def tell(self, *facts: Fact) -> None:
        """What the PBX reports; the clock moves along with it."""
        latest = max(fact.at for fact in facts)
        if latest > self.clock.now():
            self.clock.advance(latest - self.clock.now())
        await self.hotline.apply(facts)

    async def link(self, state: str = "live") -> None:
        """The telephony link as its listener reports it."""
        now = self.clock.now()
        await self.telephony.report(make.PBX, state=state, since=now, reason="", heard=now)
