"""Statistics built from the settings: what screens ask, the nightly closing, and the gauges of the hotline."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from callcenter.clock import SystemClock
from callcenter.domain.errors import CallCenterError
from callcenter.domain.numbers import parse_number
from callcenter.domain.statistics import Figures, Period, Rules
from callcenter.phone.day_records import DayRecords, RecordSource
from callcenter.ports.statistics import Present, StatisticsRoom
from callcenter.services.compliance import Compliance
from callcenter.services.day_closing import DayClosing
from callcenter.services.day_counting import House
from callcenter.services.desk import Desk
from callcenter.services.live_days import LiveDays
from callcenter.services.recount import Recount
from callcenter.services.statistics import Statistics
from callcenter.services.zero_loss import ZeroLoss
from callcenter.store import Database
from callcenter.telemetry import Figure
from config.settings import Settings

LEASE = "statistics"
LOOK_EVERY = timedelta(minutes=10)
LEASE_FOR = timedelta(minutes=30)
GAUGES_EVERY = 15.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class StatisticsParts:
    """`nightly.run()`, `gauges.run()` and `live.keep()` go on until cancelled; `gauges.figures()` is for `/metrics`."""

    room: StatisticsRoom
    nightly: "Nightly"
    gauges: "Gauges"
    live: LiveDays


def build_statistics(database: Database, settings: Settings, desk: Desk, *, node: str) -> StatisticsParts:
    """Everything of statistics on one database."""
    clock = SystemClock()
    house = House(zone=ZoneInfo(settings.calendar.zone), terms=lambda: desk.rules.terms)
    recount = Recount(database.uow, clock, house)
    statistics = Statistics(database.uow, clock, house, rules_of(settings))
    zero_loss = ZeroLoss(database.uow, clock, house, day_records(settings))
    compliance = Compliance(database.uow, clock, house, statistics)
    room = StatisticsRoom(statistics=statistics, recount=recount, zero_loss=zero_loss, compliance=compliance)
    closing = DayClosing(database.uow, clock, house, recount)
    return StatisticsParts(
        room=room,
        nightly=Nightly(database, closing, room, node=node),
        gauges=Gauges(database, room),
        live=statistics.live,
    )


def rules_of(settings: Settings) -> Rules:
    """The thresholds as they are set."""
    wanted = settings.statistics
    return Rules(
        answer_within=wanted.answer_within,
        level=wanted.level,
        short_abandon=wanted.short_abandon,
        attempts=settings.dialer.attempts,
        gap=round(settings.dialer.gap.total_seconds() / 60),
    )


def day_records(settings: Settings) -> DayRecords:
    """Asterisk's own records of calls to the advertised numbers."""
    numbers = [parse_number(did).e164 for line in settings.hotline.values() for did in line.dids]
    return DayRecords(
        [
            RecordSource(
                pbx=name,
                cdr_file=pbx.cdr_file,
                cel_file=pbx.cel_file,
                trunk_contexts=frozenset(pbx.trunk_contexts),
            )
            for name, pbx in settings.pbx.items()
        ],
        frozenset(number for number in numbers if number is not None),
    )


class Nightly:
    """Closes, checks and compares the days that are over; one node at a time, and soon after a start too."""

    def __init__(self, database: Database, closing: DayClosing, room: StatisticsRoom, *, node: str) -> None:
        self._database = database
        self._closing = closing
        self._room = room
        self._node = node
        self._clock = SystemClock()
        self.failures = 0

    async def run(self) -> None:
        """Look every ten minutes whether something is due; what fails is said and tried again."""
        while True:
            try:
                if await self._leads():
                    await self.tend()
            except CallCenterError as error:
                self.failures += 1
                _log.warning("the day could not be closed", error=str(error))
            await asyncio.sleep(LOOK_EVERY.total_seconds())

    async def tend(self) -> None:
        """Everything that is due now."""
        closed = await self._closing.tend()
        for day in closed[-31:]:
            await self._room.zero_loss.compare(day)
        if closed:
            _log.info("days closed", first=closed[0].isoformat(), last=closed[-1].isoformat())
        check = await self._room.recount.last()
        if check is not None and not check.equal:
            _log.info("stored figures differed", differences=len(check.differences))

    async def close_due(self) -> Sequence[date]:
        """Close the days that are over, and nothing else."""
        return await self._closing.close_due()

    async def _leads(self) -> bool:
        now = self._clock.now()
        async with self._database.uow() as uow:
            token = await uow.links.take_lease(LEASE, self._node, now=now, until=now + LEASE_FOR)
            await uow.commit()
        return token is not None


class Gauges:
    """The hotline at this moment and today, looked at every few seconds; a scrape costs nothing."""

    def __init__(self, database: Database, room: StatisticsRoom) -> None:
        self._database = database
        self._room = room
        self._clock = SystemClock()
        self._figures: tuple[Figure, ...] = ()

    async def run(self) -> None:
        """Look again and again; while the database is away there are no gauges rather than old ones."""
        while True:
            try:
                self._figures = tuple(await self.look())
            except CallCenterError as error:
                self._figures = ()
                _log.warning("the hotline's gauges could not be read", error=str(error))
            await asyncio.sleep(GAUGES_EVERY)

    def figures(self) -> Iterator[Figure]:
        """What was last seen."""
        yield from self._figures

    async def look(self) -> list[Figure]:
        """Every gauge of the hotline now."""
        now = self._clock.now()
        async with self._database.uow(write=False) as uow:
            present = await uow.statistics.present(now)
            open_tickets: dict[str, float] = {}
            for (status, _), count in (await uow.tickets.open_counts()).items():
                open_tickets[str(status)] = open_tickets.get(str(status), 0) + count
            callbacks = {name: float(count) for name, count in (await uow.callbacks.count_open(now)).items()}
        today = self._room.statistics.today()
        figures = await self._room.statistics.figures(Period.day(today))
        check = await self._room.recount.last()
        ledgers = await self._room.zero_loss.days(Period(first=today - timedelta(days=31), last=today))
        remainders = sum(len(each.open_remainders) for each in ledgers)
        return [
            *_line(present, now),
            *_today(figures),
            _gauge("hotline_tickets_open", "Open tickets by status", open_tickets, "status"),
            _gauge("hotline_tickets_overdue", "Open tickets past a target", present.overdue, "clock"),
            _gauge("hotline_callbacks", "Open series of callbacks by state; due: now", callbacks, "state"),
            _gauge("hotline_remainders_open", "Calls of 31 days that do not agree", {"": remainders}),
            *(
                []
                if check is None
                else [
                    _gauge("hotline_check_equal", "1: the last recount was equal", {"": float(check.equal)}),
                    _gauge("hotline_check_time", "When it was, Unix time", {"": check.at.timestamp()}),
                ]
            ),
        ]


def _gauge(name: str, text: str, values: Mapping[str, float], label: str = "") -> Figure:
    return Figure(name=name, help=text, values=values, label=label)


def _line(present: Present, now: datetime) -> Iterator[Figure]:
    oldest = present.oldest_waiting
    waited = 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())
    yield _gauge(
        "hotline_calls_now",
        "Calls on the line",
        {"waiting": present.waiting, "talking": present.talking},
        "state",
    )
    yield _gauge("hotline_longest_wait_seconds", "Of a caller who waits now", {"": waited})


_TODAY = {
    "hotline_calls_today": (
        "Calls of today by how they ended",
        "outcome",
        ("calls.offered", "calls.answered", "calls.abandoned", "calls.abandoned_short", "calls.lost"),
    ),
    "hotline_tickets_today": (
        "Tickets of today",
        "what",
        ("tickets.opened", "tickets.registered", "tickets.resolved", "tickets.cancelled"),
    ),
    "hotline_clocks_kept_percent": (
        "Clocks kept, of tickets that ended today",
        "clock",
        ("clock.place", "clock.assign", "clock.resolve-reference", "clock.resolve-outage"),
    ),
    "hotline_callback_attempts_today": (
        "Callback attempts of today",
        "what",
        ("callbacks.attempts", "callbacks.unavailable", "callbacks.technical"),
    ),
}
_TODAY_ALONE = {
    "hotline_service_level_percent": ("service_level", "Service level of today, Asterisk's second formula"),
    "hotline_asa_seconds": ("asa", "Average speed of answer today"),
    "hotline_aht_seconds": ("aht", "Average handle time today"),
    "hotline_occupancy_percent": ("occupancy", "Occupancy of operators today"),
}


def _today(figures: Figures) -> Iterator[Figure]:
    """A measure without a value (nobody has called yet) is absent, not zero."""
    for name, (text, label, codes) in _TODAY.items():
        values = {code.partition(".")[2]: figures.value(code) for code in codes}
        known = {key: value for key, value in values.items() if value is not None}
        if known:
            yield _gauge(name, text, known, label)
    for name, (code, text) in _TODAY_ALONE.items():
        value = figures.value(code)
        if value is not None:
            yield _gauge(name, text, {"": value})


GAUGES = (
    *_TODAY,
    *_TODAY_ALONE,
    "hotline_calls_now",
    "hotline_longest_wait_seconds",
    "hotline_tickets_open",
    "hotline_tickets_overdue",
    "hotline_callbacks",
    "hotline_remainders_open",
    "hotline_check_equal",
    "hotline_check_time",
)
"""Every gauge this module may show, without the exporter's prefix."""
