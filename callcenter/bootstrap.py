"""The composition root: reads the settings, builds everything, starts it and stops it."""

import asyncio
import os
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web

from ami.agi import AgiServer
from ami.board import Dialplan
from ami.client import Client
from ami.link import LinkSettings
from ami.pbx import PbxSettings
from callcenter.building.dialer import build_dialer, callback_room
from callcenter.building.help_desk import HelpDesk, build_help_desk
from callcenter.building.questions import build_questions
from callcenter.building.reports import ReportEnclosures, build_reports
from callcenter.building.statistics import build_statistics
from callcenter.calendars import build_calendar
from callcenter.clock import SystemClock
from callcenter.domain.calls import Hotline as HotlineNumber
from callcenter.domain.errors import Misconfigured, Unavailable
from callcenter.domain.live import LiveMessage
from callcenter.domain.numbers import parse_number
from callcenter.live.in_process import InProcessFeed
from callcenter.live.redis_streams import RedisStreamsFeed, connect
from callcenter.live.stored_log import StoredLogFollower
from callcenter.phone.door import HotlineDoor
from callcenter.phone.listener import ListenerSettings, PbxListener
from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.services.auto_close import AutoClose
from callcenter.services.deadlines import Deadlines
from callcenter.services.hotline import Hotline
from callcenter.services.telephony import Telephony
from callcenter.store import Database
from callcenter.store.upgrade import check
from callcenter.telemetry import Figure, Metrics
from callcenter.web.app import create_app
from callcenter.web.passwords import Argon2Passwords
from callcenter.web.services import Services
from callcenter.web.settings import WebSettings
from config.settings import Pbx, Settings

KEEP_LIVE_LOG = timedelta(hours=12)
PRUNE_EVERY = timedelta(minutes=15)
STOP_WITHIN = 8.0

_log = structlog.get_logger(__name__)


def pbx_settings(name: str, pbx: Pbx) -> PbxSettings:
    """The settings of one PBX as `ami` wants them.

    Raises:
        Misconfigured: the certificates that should vouch for it cannot be used.
    """
    return PbxSettings(
        name=name,
        link=LinkSettings(
            host=pbx.host,
            port=pbx.port,
            username=pbx.username,
            secret=pbx.secret.get_secret_value(),
            ssl=_trusted(name, pbx) if pbx.tls else None,
        ),
        dialplan=Dialplan(
            trunk_contexts=frozenset(pbx.trunk_contexts), trunk_endpoints=frozenset(pbx.trunk_endpoints)
        ),
    )


def _trusted(name: str, pbx: Pbx) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=pbx.tls_ca)
    except OSError as error:
        raise Misconfigured(
            f"pbx.{name}.tls_ca: {pbx.tls_ca} holds no usable certificates: {error}"
        ) from error


def hotline_numbers(settings: Settings) -> list[HotlineNumber]:
    """The advertised numbers as E.164.

    Raises:
        Misconfigured: something configured as a number is none.
    """
    numbers = []
    for name, hotline in settings.hotline.items():
        dids = {did: parse_number(did).e164 for did in hotline.dids}
        bad = [did for did, e164 in dids.items() if e164 is None]
        if bad:
            raise Misconfigured(f"hotline.{name}.dids: not a telephone number: {', '.join(bad)}")
        numbers.append(HotlineNumber(id=0, name=hotline.name, dids=frozenset(filter(None, dids.values()))))
    return numbers


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """The services on the database alone, for command-line work."""
    database = Database(settings.database.url.get_secret_value())
    await database.open()
    try:
        yield build_services(database, settings)
    finally:
        await database.close()


def build_services(database: Database, settings: Settings, help_desk: HelpDesk | None = None) -> Services:
    """Every service the screens and commands use; the command line does without the help desk's."""
    services = Services.on(
        database.uow,
        SystemClock(),
        Argon2Passwords(),
        session_length=timedelta(hours=settings.web.session_hours),
        desk=None if help_desk is None else help_desk.desk,
    )
    if help_desk is None:
        return services
    return replace(services, public=help_desk.public, administration=help_desk.administration)


class Feed:
    """The live feed of this node; made before the database that publishes to it."""

    def __init__(self, settings: Settings) -> None:
        self.local = InProcessFeed()
        self.shared: RedisStreamsFeed | None = None
        self._redis = connect(url) if (url := settings.redis.url.get_secret_value()) else None

    async def publish(self, messages: Sequence[LiveMessage]) -> None:
        """Right after a commit: to this node's streams, and through Redis to the others'."""
        await (self.shared or self.local).publish(messages)

    async def start(self, database: Database, clock: SystemClock) -> None:
        """Follow the other nodes, where there is a Redis to follow them through."""
        if self._redis is not None:
            self.shared = RedisStreamsFeed(self._redis, StoredLogFollower(database.uow, clock), self.local)
            await self.shared.start()

    async def stop(self) -> None:
        """Stop following."""
        if self.shared is not None:
            await self.shared.stop()
        if self._redis is not None:
            await self._redis.aclose()


class Program:
    """The running program: `async with Program(settings) as program`.

    Entering raises Misconfigured (with what to do) or Unavailable; nothing stays half-started. Leaving stops
    everything within `STOP_WITHIN` seconds; calls in progress live on in Asterisk.
    """

    def __init__(self, settings: Settings, *, demonstration: bool = False) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self.calendar = build_calendar(settings.calendar)
        self.node = settings.node or f"{socket.gethostname()}-{os.getpid()}"
        self.metrics = Metrics(self._figures)
        self.feed = Feed(settings)
        self.database = Database(settings.database.url.get_secret_value(), publish=self.feed.publish)
        self.help_desk = build_help_desk(self.database, settings)
        self.services = build_services(self.database, settings, self.help_desk)
        self.dialer = build_dialer(
            self.database, settings, self.calendar, self.help_desk.desk, clients=self._clients, node=self.node
        )
        self.services = replace(self.services, callbacks=callback_room(self.dialer, self.help_desk.desk))
        self.statistics = build_statistics(self.database, settings, self.help_desk.desk, node=self.node)
        self.services = replace(self.services, statistics=self.statistics.room)
        self.questions = build_questions(
            self.database, self.help_desk.desk, self.statistics.room.statistics, node=self.node
        )
        self.services = replace(self.services, questions=self.questions.room)
        self.reports = build_reports(
            self.database, settings, self.statistics.room, self.questions.room.questions
        )
        self.services = replace(self.services, reports=self.reports)
        self.help_desk.enclosures.reports = ReportEnclosures(room=self.reports)
        self.hotline = Hotline(
            self.database.uow,
            self.clock,
            join_window=settings.drafts.join_window,
            callbacks=self.dialer.inbound,
        )
        self.listeners = self._listeners()
        self.failed: asyncio.Future[None] | None = None
        self._demonstration = demonstration
        self._stack = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def open_uow(self) -> OpenUnitOfWork:
        """Port `OpenUnitOfWork` of the running program."""
        return self.database.uow

    def _listeners(self) -> list[PbxListener]:
        telephony = Telephony(self.database.uow, self.clock, node=self.node)
        return [
            PbxListener(
                ListenerSettings(
                    pbx=pbx_settings(name, pbx),
                    cel_file=pbx.cel_file,
                    cdr_file=pbx.cdr_file,
                    journal_dir=pbx.journal_dir,
                ),
                hotline=self.hotline,
                telephony=telephony,
                clock=self.clock,
                observe=self.metrics.event_to_commit.observe,
                on_attempt=self.dialer.attempts,
            )
            for name, pbx in self.settings.pbx.items()
        ]

    def _clients(self) -> Mapping[str, Client | None]:
        return {listener.name: listener.client for listener in self.listeners}

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        _log.info("stopped", node=self.node)

    async def _start(self) -> None:
        self.failed = asyncio.get_running_loop().create_future()
        await self._open_database()
        await self.feed.start(self.database, self.clock)
        self._stack.push_async_callback(self.feed.stop)
        await self._advertise_numbers()
        await self.help_desk.public.sites.ensure()
        await self.help_desk.administration.targets.refresh()
        self._stack.push_async_callback(self._end_tasks)
        await self._start_agi()
        for listener in self.listeners:
            self._spawn(listener.run(), f"listener-{listener.name}")
        self._spawn(self._prune(), "prune-live-log")
        self._spawn(self.questions.grouping.run(), "questions")
        self._spawn(self.help_desk.outbox.run(), "outbox")
        self._spawn(self.statistics.nightly.run(), "nightly-closing")
        self._spawn(self.statistics.gauges.run(), "gauges")
        self._spawn(self.reports.mail.run(), "report-mail")
        self._spawn(self.help_desk.administration.targets.run(), "targets")
        if self.settings.dialer.enabled and self.listeners:
            self._spawn(self.dialer.run(), "dialer")
        desk = self.help_desk.desk
        self._spawn(Deadlines(desk, self.feed.local).run(), "deadlines")
        self._spawn(AutoClose(desk).run(), "auto-close")
        await self._start_web()
        _log.info("started", node=self.node, address=self.settings.web.address)

    async def _open_database(self) -> None:
        state = await check(self.settings.database.url.get_secret_value())
        if state.revision != state.newest:
            raise Misconfigured(
                f"The database has schema {state.revision or 'none'}, the program needs {state.newest}. "
                "Run: callcenter db upgrade (a new installation: callcenter init)"
            )
        if state.differences:
            raise Misconfigured(f"The database was changed by hand: {'; '.join(state.differences)}")
        await self.database.open()
        self._stack.push_async_callback(self.database.close)

    async def _advertise_numbers(self) -> None:
        async with self.database.uow() as uow:
            await uow.calls.advertise(hotline_numbers(self.settings))
            await uow.commit()

    async def _start_agi(self) -> None:
        agi = self.settings.agi
        if not (agi.enabled and self.settings.pbx):
            return
        server = AgiServer(HotlineDoor(self.calendar.is_open, self.clock.now))
        try:
            await server.start(agi.host, agi.port)
        except OSError as error:
            raise Misconfigured(
                f"agi.port: {agi.host}:{agi.port} cannot be listened on: {error.strerror}"
            ) from error
        self._stack.push_async_callback(server.stop)

    async def _start_web(self) -> None:
        runner = web.AppRunner(
            create_app(self.services, self.feed.local, self._web_settings(), self.clock),
            access_log=None,
            shutdown_timeout=STOP_WITHIN / 2,
        )
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        place = self.settings.web
        try:
            await web.TCPSite(runner, place.host, place.port).start()
        except OSError as error:
            raise Misconfigured(
                f"web.port: {place.host}:{place.port} cannot be listened on: {error.strerror}. "
                "Is the program running already? Choose another with CC_WEB__PORT"
            ) from error

    def _web_settings(self) -> WebSettings:
        first = hotline_numbers(self.settings)[0]
        return WebSettings(
            base_url=self.settings.web.address,
            demonstration=self._demonstration,
            hotline_number=sorted(first.dids)[0],
            time_zone=ZoneInfo(self.settings.calendar.zone),
            node=self.node,
            health_checks={"database": self._database_health, "telephony": self._telephony_health},
            metrics=self.metrics.exposition,
            mail_folder="" if self.settings.mail.host else str(self.settings.mail.files_dir),
            trusted_proxies=self.settings.web.trusted_proxies,
            unpublished_years=lambda now: self.calendar.unpublished_years(now.year, now.year + 1),
        )

    async def _database_health(self) -> str | None:
        async with self.database.uow(write=False) as uow:
            await uow.live.last_id()
        return None

    async def _telephony_health(self) -> str | None:
        async with self.database.uow(write=False) as uow:
            links = {link.pbx: link for link in await uow.links.all()}
        stale = [
            f"{name} since {links[name].since.isoformat() if name in links else 'the start'}"
            for name in self.settings.pbx
            if name not in links or links[name].state != "live"
        ]
        return f"telephony stale: {', '.join(stale)}" if stale else None

    def _figures(self) -> Iterator[Figure]:
        """What this node knows of itself, for `/metrics`."""
        totals = self.hotline.totals
        yield Figure(name="call_facts", help="Facts about calls", values={"": totals["facts"]}, counter=True)
        ignored = {name: value for name, value in totals.items() if name != "facts"}
        yield Figure(
            name="call_facts_ignored",
            help="Facts that changed nothing",
            values=ignored,
            label="why",
            counter=True,
        )
        yield Figure(
            name="outbox_attempts",
            help="Attempts to deliver by how they ended",
            values=dict(self.help_desk.outbox.totals),
            label="end",
            counter=True,
        )
        yield Figure(
            name="public_forms",
            help="Sent forms by what became of them",
            values=dict(self.help_desk.public.forms.totals),
            label="fate",
            counter=True,
        )
        feed = self.feed.local.figures()
        yield Figure(name="live_streams", help="Open live streams", values={"": feed.subscribers})
        yield Figure(
            name="live_messages", help="Messages published", values={"": feed.published}, counter=True
        )
        yield Figure(
            name="live_shed", help="Streams dropped for slowness", values={"": feed.shed}, counter=True
        )
        yield Figure(
            name="dialer",
            help="Steps of the dialer",
            values=self.dialer.worker.counts,
            label="what",
            counter=True,
        )
        yield from self.statistics.gauges.figures()
        clients = self._clients()
        live = {
            name: float(client is not None and client.stale_since is None) for name, client in clients.items()
        }
        yield Figure(name="pbx_link_live", help="1 while the link is live", values=live, label="pbx")
        for fate in (
            "events",
            "malformed",
            "unknown",
            "poisonous",
            "dropped",
            "breaks",
            "restarts",
            "snapshots",
        ):
            values = {
                name: getattr(client.counts, fate) for name, client in clients.items() if client is not None
            }
            yield Figure(name=f"ami_{fate}", help=f"AMI: {fate}", values=values, label="pbx", counter=True)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._task_ended)
        self._tasks.append(task)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        """A background task that ends by itself is a bug: say so and stop, rather than run half."""
        if task.cancelled() or (error := task.exception()) is None:
            return
        _log.error("a part of the program failed", part=task.get_name(), exc_info=error)
        if self.failed is not None and not self.failed.done():
            self.failed.set_exception(error)

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_WITHIN / 2)
        self._tasks = []

    async def _prune(self) -> None:
        while True:
            try:
                async with self.database.uow() as uow:
                    await uow.live.prune(self.clock.now() - KEEP_LIVE_LOG)
                    await uow.commit()
            except Unavailable as error:
                _log.warning("the live log could not be pruned", error=str(error))
            await asyncio.sleep(PRUNE_EVERY.total_seconds())


async def until_stopped(program: Program) -> None:
    """Wait for SIGTERM, SIGINT, or the failure of a part.

    Raises:
        Exception: what the failed part raised.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    assert program.failed is not None
    waiting = asyncio.create_task(stop.wait())
    watched: set[asyncio.Future[Any]] = {waiting, program.failed}
    await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if program.failed.done():
        program.failed.result()
