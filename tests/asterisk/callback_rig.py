"""The real dialer on a real Asterisk: store, services, worker and AMI client of one node, with times made short."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ami.client import Client
from ami.signals import LinkState, Signal
from callcenter.clock import SystemClock
from callcenter.domain.callbacks import Callback, CallbackAttempt, CallbackState, Origin
from callcenter.domain.instants import to_microseconds
from callcenter.domain.lifecycle import Status
from callcenter.domain.people import Role
from callcenter.domain.ticket import Ticket
from callcenter.domain.ticket_clocks import DESK_TARGETS
from callcenter.phone.attempts import AttemptListener
from callcenter.phone.placer import AsteriskCalls, RecordFiles
from callcenter.services.callback_endings import CallbackEndings
from callcenter.services.callback_ledger import CallbackLedger
from callcenter.services.callback_tickets import DeskTickets
from callcenter.services.callbacks import Callbacks, Wanted
from callcenter.services.desk import Desk, DeskRules
from callcenter.services.dialer_control import DialerControl, DialerStatus
from callcenter.services.dialer_rules import DialerCalendar, DialerRules
from callcenter.store import Database
from callcenter.store.upgrade import upgrade
from dialer.admission import Rules
from dialer.attempt import SECOND
from dialer.breaker import BreakerPolicy
from dialer.caps import Caps
from dialer.policy import Policy
from dialer.ports import Failpoint, no_failpoint
from dialer.worker import Worker, WorkerSettings
from sla.calendar import BusinessCalendar
from sla.clock import Terms
from sla.spec import always_open_spec
from tests import make
from tests.asterisk.sample_pbx import SamplePbx
from tests.asterisk.test_ami_calls import settings_for
from tests.fakes.notices import FakeNotices

PATIENCE = 30.0
CLIENT = "+79161112233"
MOSCOW = ZoneInfo("Europe/Moscow")
HOURS = BusinessCalendar(always_open_spec("Europe/Moscow"))
QUICK = Policy(
    gap=SECOND // 2,
    executor_ring=3 * SECOND,
    client_ring=2 * SECOND,
    retry_first=SECOND // 2,
    retry_longest=SECOND,
    snooze=SECOND,
)
GENEROUS = Caps(concurrent=10, per_second=20, per_number_a_day=50)


def quick_rules(**changes: object) -> DialerRules:
    """The regulation's rules with times of seconds instead of minutes."""
    rules = Rules(policy=QUICK, caps=GENEROUS, calendar=DialerCalendar(HOURS, MOSCOW))
    quick = DialerRules(rules=rules, breaker=BreakerPolicy(), send_within=5 * SECOND, lease=2 * SECOND)
    return replace(quick, **changes)  # type: ignore[arg-type]


@dataclass(kw_only=True)
class Rig:
    """One node. `signals` is everything AMI told."""

    database: Database
    rules: DialerRules
    notices: FakeNotices
    ledger: CallbackLedger
    callbacks: Callbacks
    control: DialerControl
    calls: AsteriskCalls
    client: Client
    worker: Worker
    executors: Sequence[int]
    signals: list[Signal] = field(default_factory=list)
    heard: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def a_ticket(self, number: str = CLIENT, email: str | None = "petrov@example.org") -> Ticket:
        """A ticket in progress whose client left an address."""
        async with self.database.uow() as uow:
            ticket = make.ticket(status=Status.IN_PROGRESS, caller=number, created=datetime.now(UTC))
            stored = await uow.tickets.add(replace(ticket, contact_email=email))
            await uow.commit()
        return stored

    async def ask(self, ticket: Ticket, *, executor: int = 0, number: str | None = None) -> Callback:
        """The executor asks for a callback now."""
        wanted = Wanted(
            ticket_id=ticket.id,
            executor_id=self.executors[executor],
            origin=Origin.EXECUTOR,
            number=number,
        )
        return await self.callbacks.ask(wanted, by=self.executors[executor])

    async def attempts(self, series: Callback) -> Sequence[CallbackAttempt]:
        async with self.database.uow(write=False) as uow:
            return await uow.callback_attempts.of_callback(series.id)

    async def state(self, series: Callback) -> Callback:
        async with self.database.uow(write=False) as uow:
            found = await uow.callbacks.by_id(series.id)
            assert found is not None
            return found

    async def ticket(self, ticket_id: int) -> Ticket:
        async with self.database.uow(write=False) as uow:
            found = await uow.tickets.by_id(ticket_id)
            assert found is not None
            return found

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something heard makes it true; fails after `PATIENCE` seconds."""
        async with asyncio.timeout(PATIENCE), self.heard:
            await self.heard.wait_for(true)

    async def until_ended(self, series: Callback, count: int = 1) -> Sequence[CallbackAttempt]:
        """Wait until so many attempts of the series are over."""
        async with asyncio.timeout(PATIENCE):
            while True:
                ended = [each for each in await self.attempts(series) if not each.in_flight]
                if len(ended) >= count:
                    return ended
                await self._something()

    async def until_state(self, series: Callback, state: CallbackState) -> Callback:
        """Wait until the series stands so."""
        async with asyncio.timeout(PATIENCE):
            while (found := await self.state(series)).state is not state:
                await self._something()
            return found

    async def until_alarm(self) -> None:
        """Wait until the breaker is open."""
        async with asyncio.timeout(2 * PATIENCE):
            while not (await self.control.status()).alarm:
                await self._something()

    async def until_nothing_in_flight(self) -> DialerStatus:
        """Wait until every call is over."""
        async with asyncio.timeout(PATIENCE):
            while (status := await self.control.status()).in_flight:
                await self._something()
            return status

    async def _something(self) -> None:
        """Something was heard or done; the ledger's own changes have no signal, so look again soon."""
        async with self.heard:
            try:
                async with asyncio.timeout(0.2):
                    await self.heard.wait()
            except TimeoutError:
                return


@asynccontextmanager
async def running_dialer(
    pbx: SamplePbx,
    folder: Path,
    *,
    rules: DialerRules | None = None,
    url: str = "",
    failpoint: Failpoint = no_failpoint,
    worker_settings: WorkerSettings | None = None,
    work: bool = True,
    hints: str = "",
) -> AsyncIterator[Rig]:
    """Start the node and its worker (`work`), and stop them in the end; `hints`: where phones' states are asked for."""
    url = url or f"sqlite:///{folder / 'callbacks.db'}"
    await upgrade(url)
    database = Database(url)
    await database.open()
    try:
        rig = await _rig(pbx, database, rules or quick_rules(), failpoint, worker_settings, hints)
        running = [asyncio.create_task(rig.client.run())]
        try:
            async with asyncio.timeout(PATIENCE):
                await rig.client.wait_until(LinkState.LIVE, sending=True)
            if work:
                running.append(asyncio.create_task(rig.worker.run()))
            yield rig
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
    finally:
        await database.close()


async def _rig(
    pbx: SamplePbx,
    database: Database,
    rules: DialerRules,
    failpoint: Failpoint,
    worker_settings: WorkerSettings | None,
    hints: str,
) -> Rig:
    clock, notices = SystemClock(), FakeNotices()
    terms = Terms(targets=DESK_TARGETS, calendar=HOURS)
    desk = Desk(
        open_uow=database.uow,
        clock=clock,
        rules=DeskRules(terms=terms, zone=MOSCOW, address="http://localhost"),
        notices=notices,
    )
    endings = CallbackEndings(rules, DeskTickets(desk))
    heard = asyncio.Condition()
    clients: dict[str, Client | None] = {}
    files = RecordFiles(
        cel=Path(pbx.facts["files"]["cel"]), cdr=Path(pbx.facts["files"]["cdr"]), hint_context=hints
    )
    calls = AsteriskCalls(lambda: clients, {"main": files})
    ledger = CallbackLedger(database.uow, rules, endings, calls.reachable)
    listener = AttemptListener(ledger)
    signals: list[Signal] = []

    async def take(batch: Sequence[Signal]) -> None:
        for signal in batch:
            signals.append(signal)
            await listener(signal)
        async with heard:
            heard.notify_all()

    client = Client(settings_for(pbx), on_signals=take, clock=clock.now)
    clients["main"] = client
    worker = Worker(
        ledger,
        calls,
        lambda: to_microseconds(clock.now()),
        lambda: f"cb-{secrets.token_hex(12)}",
        settings=worker_settings or WorkerSettings(settle_every=SECOND, trace_within=2 * SECOND),
        failpoint=failpoint,
    )
    executors = await _staff(database)
    return Rig(
        database=database,
        rules=rules,
        notices=notices,
        ledger=ledger,
        callbacks=Callbacks(database.uow, clock, rules, endings, wake=worker.wake),
        control=DialerControl(database.uow, clock, rules),
        calls=calls,
        client=client,
        worker=worker,
        executors=executors,
        signals=signals,
        heard=heard,
    )


async def _staff(database: Database) -> Sequence[int]:
    async with database.uow() as uow:
        known = [each.id for each in await uow.people.all()]
        for name in ("201", "202") if not known else ():
            executor = make.person(
                f"executor{name}", roles=(Role.EXECUTOR,), endpoint=f"PJSIP/{name}", pbx="main"
            )
            known.append((await uow.people.add(executor, password_hash=None)).id)
        await uow.commit()
    return known
