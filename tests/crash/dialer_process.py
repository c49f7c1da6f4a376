"""A dialer's process that a test may kill: the real worker and ledger on a real database, orders go to the judge.

Started once, it forks a dialer for each line it reads, so that a killed one is replaced within milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import wraps
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.services.callback_endings import CallbackEndings
from callcenter.services.callback_ledger import CallbackLedger
from callcenter.services.dialer_rules import DialerCalendar, DialerRules
from callcenter.store import Database
from dialer.admission import Rules
from dialer.attempt import HOUR, MINUTE, SECOND
from dialer.breaker import BreakerPolicy
from dialer.caps import Caps
from dialer.outcome import Evidence, Source, classify
from dialer.policy import Policy
from dialer.ports import STEPS, Examination, Finding, LedgerUnavailable, Order, Pbx, PhoneState, Placement
from dialer.worker import Worker, WorkerSettings
from sla.calendar import BusinessCalendar
from sla.spec import always_open_spec
from tests import make
from tests.crash.judge_pbx import now
from tests.simulation.model_pbx import SHOWN, Fate
from tests.simulation.world import PlainTickets

MILLISECOND = SECOND // 1000
LEASE = 100 * MILLISECOND
RULES = DialerRules(
    rules=Rules(
        policy=Policy(
            gap=20 * MILLISECOND,
            executor_ring=150 * MILLISECOND,
            client_ring=20 * MILLISECOND,
            retry_first=20 * MILLISECOND,
            retry_longest=20 * MILLISECOND,
            waits={},
            ask_after=1000,
        ),
        caps=Caps(concurrent=500, per_second=100_000, per_number_a_day=90, minutes_a_day=10**6),
        calendar=DialerCalendar(
            BusinessCalendar(always_open_spec("Europe/Moscow")), ZoneInfo("Europe/Moscow")
        ),
    ),
    breaker=BreakerPolicy(failures=10**6, first=MINUTE),
    send_within=150 * MILLISECOND,
    lease=LEASE,
)
WORKER = WorkerSettings(
    look_every=5 * MILLISECOND, settle_every=20 * MILLISECOND, trace_within=50 * MILLISECOND
)


@dataclass(kw_only=True)
class Task:
    """What a dialer is started with; `kill_at`: the failpoint at which it kills itself at once.

    `fault`: `<step>:error`, the step is not done and fails, or `<step>:lost`, it is done and reported as failed; the
    first few times. `clock_jumps`: somebody sets the clock while it works.
    """

    url: str
    socket: str
    kill_at: str = ""
    fault: str = ""
    clock_jumps: bool = False


def shown(fate: str | None) -> Evidence:
    """What the judge's record means."""
    if fate is None:
        return Evidence(source=Source.ASTDB, executor_answered=True, dial_status="EXPIRED")
    return SHOWN[Fate(fate)]


class JudgedPbx:
    """Port `Pbx` over the judge's socket."""

    ready = True

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()

    async def _ask(self, **asked: Any) -> dict[str, Any]:
        async with self._turn:
            self._writer.write(json.dumps(asked).encode() + b"\n")
            answer: dict[str, Any] = json.loads(await self._reader.readline())
            return answer

    async def executor_phone(self, order: Order) -> PhoneState:
        return PhoneState.FREE

    async def place(self, order: Order) -> Placement:
        await self._ask(do="place", **asdict(order))
        return Placement.SENT

    async def hang_up(self, attempt_id: str) -> None:
        await self._ask(do="hang_up", attempt_id=attempt_id)

    async def examine(self, order: Order) -> Examination:
        answer = await self._ask(do="examine", attempt_id=order.attempt_id)
        finding = Finding(answer["finding"])
        if finding is not Finding.OVER:
            return Examination(finding=finding)
        return Examination(finding=finding, evidence=shown(answer["fate"]), ended_at=answer["ended_at"])


FAULTS = 3
STEPS_OF_PBX = frozenset(step for step in STEPS if step in vars(Pbx))


class Faulty:
    """A ledger or PBX one step of which fails its first few times, done or not."""

    def __init__(self, inner: Any, fault: str, failed: Callable[[], Any], here: Callable[[], None]) -> None:
        self._inner = inner
        self._step, _, self._kind = fault.partition(":")
        self._failed = failed
        self._here = here
        self._left = FAULTS

    def __getattr__(self, name: str) -> Any:
        done = getattr(self._inner, name)
        return self._failing(done) if name == self._step else done

    def _failing(self, done: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(done)
        async def step(*told: Any, **named: Any) -> Any:
            if not self._left:
                return await done(*told, **named)
            self._left -= 1
            self._here()
            if self._kind == "lost":
                await done(*told, **named)
            return self._failed()

        return step


def _ledger_fails() -> None:
    raise LedgerUnavailable("so the test wants it")


def _answer_of_a_failed_step(fault: str) -> Callable[[], Any]:
    """What the PBX's side says when a step failed: it never raises."""
    step, _, kind = fault.partition(":")
    if step == "place":
        return lambda: Placement.UNCERTAIN if kind == "lost" else Placement.NOT_SENT
    answers = {"examine": Examination(finding=Finding.UNREADABLE), "executor_phone": PhoneState.UNKNOWN}
    return lambda: answers.get(step)


async def _hear(reader: asyncio.StreamReader, ledger: CallbackLedger) -> None:
    while line := await reader.readline():
        told = json.loads(line)
        try:
            await ledger.finish(told["attempt_id"], classify(shown(told["fate"])), told["ended_at"])
        except LedgerUnavailable:
            continue  # what could not be committed is settled later


def came(socket: str) -> Path:
    """The file that is there when the failpoint or fault of a task has come."""
    return Path(f"{socket}.came")


def _set_forward() -> Callable[[], int]:
    """A clock nobody can set, beside one that was set an hour forward when the dialer had begun."""
    begun = now()
    return lambda: now() - (HOUR if now() > begun + 2 * MILLISECOND else 0)


async def dial(task: Task) -> None:
    """Work until killed."""
    database = Database(task.url, pool_size=4)
    await database.open()
    asking = await asyncio.open_unix_connection(task.socket)
    hearing_reader, hearing_writer = await asyncio.open_unix_connection(task.socket)
    hearing_writer.write(b'{"do": "listen"}\n')
    ledger: Any = CallbackLedger(
        database.uow, RULES, CallbackEndings(RULES, PlainTickets()), lambda: frozenset({make.PBX})
    )
    pbx: Any = JudgedPbx(*asking)

    def here(what: str = task.fault) -> None:
        """What the task is about has come: the test must know that it did."""
        came(task.socket).write_text(what)

    if task.fault.partition(":")[0] in STEPS_OF_PBX:
        pbx = Faulty(pbx, task.fault, _answer_of_a_failed_step(task.fault), here)
    elif task.fault:
        ledger = Faulty(ledger, task.fault, _ledger_fails, here)

    async def failpoint(name: str) -> None:
        if name == task.kill_at:
            here(name)
            os.kill(os.getpid(), signal.SIGKILL)

    worker = Worker(
        ledger,
        pbx,
        now,
        lambda: f"cb-{secrets.token_hex(12)}",
        steady=_set_forward() if task.clock_jumps else None,
        settings=WORKER,
        failpoint=failpoint,
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_hear(hearing_reader, ledger))
        tasks.create_task(worker.run())


def main() -> None:
    """Fork a dialer for each task on standard input and tell its process id; reap the dead."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asyncio.run(dial(Task(**json.loads(line))))
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
