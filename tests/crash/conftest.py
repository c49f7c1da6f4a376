"""Databases of each kind, the judge, and dialers that may be killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callcenter.clock import SystemClock
from callcenter.domain.callbacks import CallbackAttempt, CallbackState
from callcenter.domain.lifecycle import Status
from callcenter.domain.people import Role
from callcenter.services.dialer_control import DialerControl
from callcenter.store import Database
from tests import make
from tests.crash.dialer_process import RULES, Task, came
from tests.crash.judge_pbx import JudgePbx
from tests.databases import PostgresqlCluster, SqliteTemplate, opened, postgresql_binaries
from tests.make_callbacks import a_series
from tests.simulation.model_pbx import Fate

PATIENCE = 40.0
"""Seconds without any call ending; how many calls there are does not matter."""
LOOK = 0.05
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[PostgresqlCluster]:
    if postgresql_binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    cluster = PostgresqlCluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A fresh database; one of PostgreSQL's is emptied and given back, a new one takes longer than the test."""
    address = await fresh(request.param, request)
    yield address
    if request.param == "postgresql":
        cluster: PostgresqlCluster = request.getfixturevalue("postgresql_cluster")
        await cluster.clear(address)


async def fresh(kind: str, request: pytest.FixtureRequest) -> str:
    """The url of a fresh migrated database."""
    if kind == "sqlite":
        template: SqliteTemplate = request.getfixturevalue("sqlite_template")
        return await template.new()
    cluster: PostgresqlCluster = request.getfixturevalue("postgresql_cluster")
    return await cluster.new()


def fate_of(number: str) -> Fate:
    """Numbers that end in an odd digit answer; the others are busy, so their tickets end after three attempts."""
    return Fate.ANSWERS if int(number[-1]) % 2 else Fate.BUSY


class Court:
    """The judge and the store of one test, and how to start and kill dialers."""

    def __init__(
        self, url: str, database: Database, judge: JudgePbx, socket: Path, spawner: subprocess.Popen[str]
    ) -> None:
        self.url = url
        self.database = database
        self.judge = judge
        self.children: set[int] = set()
        self._socket = socket
        self._spawner = spawner

    async def open(self) -> None:
        await self.judge.start(self._socket)

    async def close(self) -> None:
        for child in set(self.children):
            self.kill(child)
        await self.judge.stop()

    def start_dialer(self, kill_at: str = "", fault: str = "", *, clock_jumps: bool = False) -> int:
        """Start a dialer and return its process id."""
        task = Task(
            url=self.url, socket=str(self._socket), kill_at=kill_at, fault=fault, clock_jumps=clock_jumps
        )
        assert self._spawner.stdin is not None and self._spawner.stdout is not None
        self._spawner.stdin.write(json.dumps(asdict(task)) + "\n")
        self._spawner.stdin.flush()
        child = int(self._spawner.stdout.readline())
        self.children.add(child)
        return child

    def kill(self, child: int) -> None:
        """`kill -9`; a dialer that is dead already stays so."""
        self.children.discard(child)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)

    def stop_and_go(self, child: int, number: signal.Signals) -> None:
        """SIGSTOP or SIGCONT."""
        with suppress(ProcessLookupError):
            os.kill(child, number)

    async def series(self, count: int, *, executors: int, first: int = 0, odd: bool = False) -> None:
        """So many due series of as many clients."""
        async with self.database.uow() as uow:
            staff = [
                await uow.people.add(
                    make.person(f"e{number}", roles=(Role.EXECUTOR,), endpoint=f"PJSIP/{1000 + number}"),
                    password_hash=None,
                )
                for number in range(executors)
            ]
            for number in range(first, first + count):
                e164 = f"+7916{2 * number + 1 if odd else number:07d}"
                ticket = await uow.tickets.add(make.ticket(status=Status.IN_PROGRESS, caller=e164))
                executor_id = staff[number % executors].id
                series = a_series(ticket.id, executor_id, number=e164, due_at=LONG_AGO, look_at=LONG_AGO)
                await uow.callbacks.add(series)
            await uow.commit()

    async def open_series(self) -> int:
        """Those that wait or are dialled, by one statement: between two, a series may move from one to the other."""
        async with self.database.uow(write=False) as uow:
            counts = await uow.callbacks.count_open(datetime.now(UTC))
        return counts.get(CallbackState.WAITING, 0) + counts.get(CallbackState.DIALLING, 0)

    async def until_done(self) -> None:
        """Wait until no series is open; a person lets a halted dialer go on. Fails when nothing ends any more."""
        ended, quiet_since = -1, time.monotonic()
        while await self.open_series():
            await self._a_person_looks()
            if len(self.judge.records) > ended:
                ended, quiet_since = len(self.judge.records), time.monotonic()
            assert time.monotonic() - quiet_since < PATIENCE, f"no call ends, {ended} have"
            await self._a_call_ends(within=LOOK)

    async def _a_call_ends(self, *, within: float) -> None:
        async with self.judge.changed:
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self.judge.changed.wait()

    async def _a_person_looks(self) -> None:
        """He lets a dialer that stopped by itself go on."""
        async with self.database.uow(write=False) as uow:
            halted = (await uow.dialing.state()).halted
        if halted:
            await DialerControl(self.database.uow, SystemClock(), RULES).resume(by="admin")

    async def until_come(self, what: str = "") -> None:
        """Wait until the failpoint or fault that a dialer was started with has come (the first one, or this)."""
        async with asyncio.timeout(PATIENCE):
            while not self._has_come(what):
                await self._a_call_ends(within=0.01)

    def _has_come(self, what: str) -> bool:
        told = came(str(self._socket))
        return told.exists() and what in told.read_text()

    def nothing_has_come(self) -> None:
        """What came so far was another's."""
        came(str(self._socket)).unlink()

    async def take_back_what_rings(self) -> None:
        """Somebody asks that each call now under way be taken back."""
        async with asyncio.timeout(PATIENCE):
            while not self.judge.invites:
                await self._a_call_ends(within=0.01)
        async with self.database.uow() as uow:
            for each in await uow.callback_attempts.in_flight():
                await uow.callback_attempts.ask_withdrawal(each.id, datetime.now(UTC))
            await uow.commit()

    async def until_ended(self, more: int, *, within: float) -> None:
        """Wait for so many more calls to end, but not longer than `within` seconds."""
        wanted = len(self.judge.records) + more
        with suppress(TimeoutError):
            async with asyncio.timeout(within), self.judge.changed:
                await self.judge.changed.wait_for(lambda: len(self.judge.records) >= wanted)

    async def all_attempts(self) -> Sequence[CallbackAttempt]:
        async with self.database.uow(write=False) as uow:
            tickets = range(1001, 1001 + 20_000)
            found: list[CallbackAttempt] = []
            for ticket_id in tickets:
                own = await uow.callback_attempts.of_ticket(ticket_id)
                if not own and await uow.tickets.by_id(ticket_id) is None:
                    return found
                found.extend(own)
            return found

    async def verdict(self) -> Sequence[CallbackAttempt]:
        """No attempt placed twice, none lost, every one settled; returns all attempts for further judgement."""
        attempts = {each.id: each for each in await self.all_attempts()}
        invited = [attempt_id for attempt_id, _ in self.judge.invites]
        assert len(invited) == len(set(invited)), "a client was called twice for one attempt"
        assert len(self.judge.orders) == len(set(self.judge.orders)), "an order was sent twice"
        assert set(self.judge.orders) <= set(attempts), "an order was sent that was not committed before"
        assert all(not each.in_flight for each in attempts.values()), "an attempt was forgotten"
        for attempt_id in invited:
            fate, told = self.judge.records[attempt_id][0], attempts[attempt_id].outcome
            possible = {"withdrawn"} if attempt_id in self.judge.hung_up else {"reached", "busy"}
            assert told is not None and told.value in possible, f"{fate} became {told}"
        for each in attempts.values():
            if each.outcome is not None and each.outcome.value in {"reached", "busy"}:
                assert each.id in invited, "an outcome without a call"
        return list(attempts.values())


@pytest.fixture(scope="session")
def spawner() -> Iterator[subprocess.Popen[str]]:
    """The process that forks dialers; it has imported everything before the first one."""
    command = [sys.executable, "-m", "tests.crash.dialer_process"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
async def court(url: str, tmp_path: Path, spawner: subprocess.Popen[str]) -> AsyncIterator[Court]:
    async with opened(url) as database:
        court = Court(url, database, JudgePbx(fate_of), tmp_path / "judge", spawner)
        await court.open()
        yield court
        await court.close()
