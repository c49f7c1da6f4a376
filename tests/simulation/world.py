"""The simulated world: the real policy, worker and services over the in-memory store, a model PBX and a virtual clock.

One random generator decides everything, so a seed is a story. After each step the invariants are checked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.domain.callbacks import CallbackState, Origin
from callcenter.domain.errors import CallCenterError, Unavailable
from callcenter.domain.instants import to_datetime, to_microseconds
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.people import Role
from callcenter.domain.ticket import Ticket
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.callback_endings import CallbackEndings
from callcenter.services.callback_ledger import CallbackLedger
from callcenter.services.callbacks import Callbacks, Wanted
from callcenter.services.dialer_control import DialerControl
from callcenter.services.dialer_rules import DialerCalendar, DialerRules
from callcenter.services.inbound_callbacks import InboundCallbacks
from dialer.admission import Rules
from dialer.attempt import SECOND, Outcome
from dialer.caps import Caps
from dialer.outcome import Evidence, Verdict, classify
from dialer.policy import Policy
from dialer.worker import Worker, WorkerSettings
from sla.calendar import BusinessCalendar
from sla.spec import regulation_spec
from tests import make
from tests.simulation.driving import Crash
from tests.simulation.invariants import Watch
from tests.simulation.model_pbx import ModelPbx
from tests.simulation.surroundings import InMemory, Rows, Surroundings

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=MOSCOW)
CALENDAR = DialerCalendar(BusinessCalendar(regulation_spec()), MOSCOW)
EXECUTORS = 4
NUMBERS = 10


class PlainTickets:
    """Port `CallbackTickets`: the ticket's status and a list of letters, nothing else."""

    def __init__(self) -> None:
        self.letters: list[int] = []

    async def client_away(self, uow: UnitOfWork, ticket: Ticket) -> None:
        if ticket.status is Status.IN_PROGRESS:
            await uow.tickets.save(replace(ticket, status=Status.WAITING))

    async def client_back(self, uow: UnitOfWork, ticket: Ticket) -> None:
        if ticket.status is Status.WAITING:
            await uow.tickets.save(replace(ticket, status=Status.IN_PROGRESS))

    async def unreachable(self, uow: UnitOfWork, ticket: Ticket, counted: object) -> bool:
        if ticket.status not in (Status.IN_PROGRESS, Status.WAITING):
            return False
        cancelled = replace(ticket, status=Status.CANCELLED, cancel_reason=CancelReason.UNREACHABLE)
        await uow.tickets.save(cancelled)
        self.letters.append(ticket.id)
        return True


@dataclass(kw_only=True)
class Node:
    """One worker process; `parked` is what stands still of it, resumed at `until`; `jumped`: it saw a clock jump."""

    name: str
    worker: Worker
    parked: Any = None
    jumped: bool = False
    until: int = 0
    stood_at: str = ""


class VirtualClock:
    """Port `Clock` of a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> datetime:
        return to_datetime(self._world.now)


class World:
    """Everything that is simulated for one seed."""

    def __init__(self, seed: int, surroundings: Surroundings | None = None) -> None:
        self.random = Random(seed)
        self.now = to_microseconds(MONDAY)
        self.steady = 0
        self.surroundings = surroundings or InMemory()
        self.driver = self.surroundings.driver
        self.away = False
        self.driven: Node | None = None
        self.pbx = ModelPbx(random=self.random, now=self.now)
        self.tickets = PlainTickets()
        self.tokens = 0
        self.steps = 0
        self.quiet = False
        self.stands_often_at = ""
        self.weights = list(self._WEIGHTS)
        self.worker_settings = WorkerSettings()
        self.stood_at = ""
        self.show: Callable[[Evidence], Verdict] = classify
        self.rules = DialerRules(
            rules=Rules(policy=Policy(), caps=Caps(concurrent=3, per_second=2), calendar=CALENDAR)
        )
        endings = CallbackEndings(self.rules, self.tickets)
        self.ledger = CallbackLedger(
            self.uow, self.rules, endings, lambda: frozenset({make.PBX} if self.pbx.ready else ())
        )
        self.people = Callbacks(self.uow, VirtualClock(self), self.rules, endings)
        self.inbound = InboundCallbacks(self.tickets)
        self.control = DialerControl(self.uow, VirtualClock(self), self.rules)
        self.watch = Watch(self)
        self.run(self._staff())
        self.start_nodes()

    @property
    def rows(self) -> Rows:
        """What is stored, as it was after the last step."""
        return self.surroundings.rows

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.driver.run(coroutine)

    @asynccontextmanager
    async def uow(self, *, write: bool = True) -> AsyncIterator[UnitOfWork]:
        """A unit of work, unless the database is away."""
        if self.away:
            raise Unavailable("the database is away")
        async with self.surroundings.open_uow(write=write) as uow:
            yield uow

    def _clock(self) -> int:
        return self.now

    def start_nodes(self) -> None:
        """Two fresh worker processes."""
        self.nodes = [self._node("a"), self._node("b")]

    def _node(self, name: str) -> Node:
        worker = Worker(
            self.ledger,
            self.pbx,
            self._clock,
            self._new_id,
            steady=lambda: self.steady,
            settings=self.worker_settings,
            failpoint=self._failpoint,
        )
        return Node(name=name, worker=worker)

    def _new_id(self) -> str:
        self.tokens += 1
        return f"cb-{self.tokens:08d}"

    async def _staff(self) -> None:
        async with self.uow() as uow:
            for number in range(EXECUTORS):
                executor = make.person(
                    f"executor{number}", roles=(Role.EXECUTOR,), endpoint=f"PJSIP/20{number}"
                )
                await uow.people.add(executor, password_hash=None)
            await uow.commit()

    async def _failpoint(self, name: str) -> None:
        if self.quiet:
            return
        chance = self.random.random()
        if chance < 0.01:
            raise Crash(name)
        if chance < 0.02 or (chance < 0.5 and name == self.stands_often_at):
            self.stood_at = name
            await self.driver.stand_still()

    # --- what happens

    def step(self) -> None:
        """One thing happens, then the invariants are checked."""
        self.steps += 1
        happening = self.random.choices(self._HAPPENINGS, weights=self.weights, k=1)[0]
        happening(self)
        self._hear()
        self._check()

    def _check(self) -> None:
        self.run(self.surroundings.refresh())
        self.watch.check()
        self.surroundings.forget_logs()

    def _let_time_pass(self) -> None:
        if not CALENDAR.is_open(self.now) and self.random.random() < 0.7:
            self._advance(CALENDAR.next_open(self.now) - self.now)
        else:
            self._advance(self.random.choice((1, 1, 2, 5, 15, 40, 90, 300, 1200)) * SECOND)

    def _long_pause(self) -> None:
        self._advance(self.random.randint(1, 20) * 3600 * SECOND)

    def _advance(self, by: int) -> None:
        self.now += by
        self.steady += by
        self.pbx.advance(self.now)

    def _clock_jumps(self) -> None:
        """Somebody sets the clock forward: time has not passed, but it seems so."""
        self.now += self.random.randint(2, 300) * 60 * SECOND
        self.pbx.advance(self.now)
        for node in self.nodes:
            node.jumped = True

    def _work(self) -> None:
        node = self.random.choice(self.nodes)
        if node.parked is not None:
            if node.until > self.now:
                return
            standing, node.parked = node.parked, None
            self._drive(node, standing, stood_at=node.stood_at)
        else:
            self._drive(node, node.worker.work())

    def _drive(self, node: Node, work: Any, *, stood_at: str = "") -> None:
        too_late_to_judge = stood_at in ("confirm.after", "place.before")
        self.driven = node
        self.pbx.judge = None if too_late_to_judge else self.watch.placing_is_allowed
        try:
            standing = self.driver.resume(work) if stood_at else self.driver.begin(work)
        except Crash:
            node.worker, node.jumped = self._node(node.name).worker, False
            return
        if standing is not None:
            node.parked, node.stood_at = standing, self.stood_at
            node.until = self.now + self.random.choice((0, 1, 5, 20, 120, 600)) * SECOND

    def _hear(self) -> None:
        """Events arrive, late or never: what is lost must be settled from the records."""
        for event in self.pbx.outbox:
            if self.quiet or (self.pbx.ready and self.random.random() < 0.8):
                verdict = self.show(event.evidence)
                self.run(self.ledger.finish(event.attempt_id, verdict, event.at))
                if self.random.random() < 0.1:
                    assert not self.run(self.ledger.finish(event.attempt_id, verdict, event.at))
        self.pbx.outbox.clear()

    def _ask(self) -> None:
        self.run(self._try(self._ask_for_callback()))

    async def _ask_for_callback(self) -> None:
        number = f"+7916111220{self.random.randrange(NUMBERS)}"
        async with self.uow() as uow:
            if len(self.rows.tickets) >= 60:
                return
            ticket = make.ticket(status=Status.IN_PROGRESS, caller=number, created=to_datetime(self.now))
            stored = await uow.tickets.add(ticket)
            await uow.commit()
        executor_id = 1 + self.random.randrange(EXECUTORS)
        at = None
        if self.random.random() < 0.3:
            at = to_datetime(self.now) + timedelta(minutes=self.random.randint(1, 600))
        wanted = Wanted(ticket_id=stored.id, executor_id=executor_id, origin=Origin.EXECUTOR, at=at)
        await self.people.ask(wanted, by=executor_id)

    async def _try(self, work: Coroutine[Any, Any, object]) -> None:
        """What a person asks for may be refused; that is an answer."""
        try:
            await work
        except CallCenterError:
            self.watch.refusals += 1

    def _some_series(self) -> int:
        return self.random.randint(1, max(1, len(self.rows.callbacks)))

    def _person_acts(self) -> None:
        series, people = self._some_series(), self.people
        later = to_datetime(self.now) + timedelta(minutes=self.random.randint(1, 300))
        acts: tuple[Callable[[], Coroutine[Any, Any, object]], ...] = (
            lambda: people.pause(series, by=1),
            lambda: people.resume(series, by=1),
            lambda: people.resume(series, by=1),
            lambda: people.move(series, later, by=1),
            lambda: people.snooze(series, by=1),
            lambda: people.stop(series, by=1, reason="так надо"),
        )
        self.run(self._try(self.random.choice(acts)()))

    def _machine(self) -> None:
        reached = [
            each.id
            for each in self.rows.callback_attempts.values()
            if each.outcome is Outcome.REACHED and each.machine_marked_at is None
        ]
        if reached:
            self.run(self._try(self.people.mark_machine(self.random.choice(reached), by=1)))

    def _client_calls(self) -> None:
        self.run(self._inbound_call(f"+7916111220{self.random.randrange(NUMBERS)}"))

    async def _inbound_call(self, number: str) -> None:
        async with self.uow() as uow:
            await self.inbound.client_called(uow, number, to_datetime(self.now))
            if self.random.random() < 0.4:
                await self.inbound.client_spoke(uow, number, to_datetime(self.now))
            await uow.commit()

    def _opt_out(self) -> None:
        number = f"+7916111220{self.random.randrange(NUMBERS)}"
        work = self.people.opt_out(number, by="client", reason="") if self.random.random() < 0.3 else None
        self.run(self._try(work or self.people.opt_in(number, by="admin")))

    def _close_ticket(self) -> None:
        self.run(self._close_one())

    async def _close_one(self) -> None:
        async with self.uow() as uow:
            ticket = await uow.tickets.by_id(1000 + self._some_series())
            if ticket is not None and ticket.status in (Status.IN_PROGRESS, Status.WAITING):
                await uow.tickets.save(replace(ticket, status=Status.RESOLVED))
                await uow.commit()

    def _trunk(self) -> None:
        self.pbx.trunk_down = not self.pbx.trunk_down

    def _link(self) -> None:
        self.pbx.ready = not self.pbx.ready

    def _records(self) -> None:
        self.pbx.unreadable = not self.pbx.unreadable

    def _mend(self) -> None:
        self.pbx.ready, self.pbx.trunk_down, self.pbx.unreadable = True, False, False
        if self.random.random() < 0.3:
            self._resume_dialer()
            self.run(self.control.reset_breaker(by="admin"))

    def _kill_pbx(self) -> None:
        self.pbx.kill()

    def _dialer_command(self) -> None:
        control = self.control
        command = self.random.randrange(4)
        if command == 0:
            self.run(control.pause(by="admin", reason="проверка"))
        elif command == 1:
            self.run(control.reset_breaker(by="admin"))
        else:
            self._resume_dialer()

    def _database_away(self) -> None:
        self.away = True
        for node in self.nodes:
            if node.parked is None:
                self._drive(node, node.worker.work())
        self.away = False

    def _resume_dialer(self) -> None:
        """A person has looked: what the clock did is known."""
        self.run(self.control.resume(by="admin"))
        for node in self.nodes:
            node.jumped = False

    _HAPPENINGS = (
        _let_time_pass, _long_pause, _work, _ask, _person_acts, _machine, _client_calls, _opt_out, _close_ticket,
        _trunk, _link, _records, _mend, _kill_pbx, _dialer_command, _database_away, _clock_jumps,
    )  # fmt: skip
    _WEIGHTS = (300, 2, 500, 40, 12, 6, 6, 3, 2, 3, 6, 2, 25, 2, 4, 3, 1)

    def dialer_is_often_paused(self) -> None:
        """Commands to the dialer come all the time."""
        self.weights[self._HAPPENINGS.index(World._dialer_command)] = 300

    def jumps_often(self) -> None:
        """Somebody plays with the clock."""
        self.weights[self._HAPPENINGS.index(World._clock_jumps)] = 40

    def settle_down(self) -> None:
        """Everything is mended and time passes: nothing may stay open."""
        self.quiet = True
        self.pbx.ready, self.pbx.trunk_down, self.pbx.unreadable = True, False, False
        self._resume_dialer()
        for node in self.nodes:
            if node.parked is not None:
                self._drive(node, node.parked, stood_at=node.stood_at)
                node.parked = None
        for _ in range(20_000):
            if not self._open():
                return
            self._advance(CALENDAR.next_open(self.now + 120 * SECOND) - self.now)
            self._hear()
            for node in self.nodes:
                self.run(node.worker.work())
            self._hear()
            self._check()
            if self.rows.dialer_state and self.rows.dialer_state[-1].halted:
                self._resume_dialer()
        raise AssertionError(f"9: still open after weeks of peace: {self._open()}")

    def _open(self) -> list[int]:
        moving = (CallbackState.WAITING, CallbackState.DIALLING)
        return [each.id for each in self.rows.callbacks.values() if each.state in moving]
