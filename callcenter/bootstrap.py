"""The composition root: reads the settings, builds everything, starts it and stops it."""

import asyncio
import os
import signal
import socket
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web

from ami.agi import AgiServer
from ami.client import Client
from callcenter.building.dialer import build_dialer, callback_room
from callcenter.building.feed import Feed
from callcenter.building.figures import NodeFigures
from callcenter.building.help_desk import build_help_desk
from callcenter.building.outbox import build_outbox
from callcenter.building.questions import build_questions
from callcenter.building.reports import ReportEnclosures, build_reports
from callcenter.building.retention import build_retention
from callcenter.building.services import build_services
from callcenter.building.statistics import build_statistics
from callcenter.building.telephony import hotline_numbers, pbx_settings
from callcenter.calendars import build_calendar
from callcenter.clock import SystemClock
from callcenter.domain.errors import Misconfigured, Unavailable
from callcenter.phone.door import HotlineDoor
from callcenter.phone.listener import ListenerSettings, PbxListener
from callcenter.ports.unit_of_work import OpenUnitOfWork
from callcenter.services.api_answers import KEPT_FOR
from callcenter.services.auto_close import AutoClose
from callcenter.services.deadlines import Deadlines
from callcenter.services.hotline import Hotline
from callcenter.services.telephony import Telephony
from callcenter.store import Database
from callcenter.store.upgrade import check
from callcenter.telemetry import Metrics
from callcenter.web.app import create_app
from callcenter.web.settings import WebSettings
from config.settings import Settings

KEEP_LIVE_LOG = timedelta(hours=12)
PRUNE_EVERY = timedelta(minutes=15)
STOP_WITHIN = 8.0

_log = structlog.get_logger(__name__)


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
        self.feed = Feed(settings)
        self.database = Database(settings.database.url.get_secret_value(), publish=self.feed.publish)
        self._build_rooms()
        self.hotline = Hotline(
            self.database.uow,
            self.clock,
            join_window=settings.drafts.join_window,
            callbacks=self.dialer.inbound,
        )
        self.metrics = Metrics(self._figures())
        self.listeners = self._listeners()
        self.failed: asyncio.Future[None] | None = None
        self._demonstration = demonstration
        self._stack = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []

    def _build_rooms(self) -> None:
        database, settings = self.database, self.settings
        self.help_desk = build_help_desk(database, settings)
        desk = self.help_desk.desk
        self.retention = build_retention(database, settings, self.help_desk.files, node=self.node)
        self.dialer = build_dialer(
            database, settings, self.calendar, desk, clients=self._clients, node=self.node
        )
        self.statistics = build_statistics(database, settings, desk, node=self.node)
        self.questions = build_questions(database, desk, self.statistics.room.statistics, node=self.node)
        self.reports = build_reports(database, settings, self.statistics.room, self.questions.room.questions)
        self.outbox = build_outbox(database, settings, self.help_desk, ReportEnclosures(room=self.reports))
        self.services = build_services(
            database,
            settings,
            self.help_desk,
            callbacks=callback_room(self.dialer, desk),
            statistics=self.statistics.room,
            questions=self.questions.room,
            reports=self.reports,
        )

    def _figures(self) -> NodeFigures:
        return NodeFigures(
            hotline=self.hotline,
            outbox=self.outbox,
            forms=self.help_desk.public.forms,
            feed=self.feed.local,
            dialer=self.dialer.worker,
            gauges=self.statistics.gauges,
            clients=self._clients,
        )

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
        self._spawn(self.outbox.run(), "outbox")
        self._spawn(self.statistics.nightly.run(), "nightly-closing")
        self._spawn(self.statistics.gauges.run(), "gauges")
        self._spawn(self.statistics.live.keep(), "live-days")
        self._spawn(self.reports.mail.run(), "report-mail")
        self._spawn(self.help_desk.administration.targets.run(), "targets")
        if self.settings.dialer.enabled and self.listeners:
            self._spawn(self.dialer.run(), "dialer")
        desk = self.help_desk.desk
        self._spawn(Deadlines(desk, self.feed.local).run(), "deadlines")
        self._spawn(AutoClose(desk).run(), "auto-close")
        self._spawn(self.dialer.missed.run(), "missed-calls")
        self._spawn(self.retention.run(), "retention")
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
            api_requests_per_minute=self.settings.web.api_requests_per_minute,
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
                    await uow.api_answers.forget_older(self.clock.now() - KEPT_FOR)
                    await uow.commit()
            except Unavailable as error:
                _log.warning("what is kept for hours could not be pruned", error=str(error))
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
