"""The dialer's process killed at random while it dials through a real Asterisk: SIPp's own log of INVITEs is the judge.

CALLCENTER_PBX_KILLS=200 python -m pytest tests/asterisk/test_callback_crash.py
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from launcher.calls import start_carrier

from callcenter.domain.callbacks import CallbackState
from callcenter.domain.lifecycle import Status
from callcenter.domain.people import Role
from callcenter.store import Database
from callcenter.store.upgrade import upgrade
from dialer.attempt import Outcome
from tests import make
from tests.asterisk.observer import Observer
from tests.asterisk.sample_pbx import SamplePbx
from tests.databases import opened
from tests.make_callbacks import a_series

KILLS = int(os.environ.get("CALLCENTER_PBX_KILLS", "3"))
CLIENTS = max(6, KILLS)
PATIENCE = 60.0
LOOK = 0.2


async def due_series(database: Database) -> list[int]:
    """Two executors and as many clients as there are, each called once and reached."""
    now = datetime.now(UTC)
    async with database.uow() as uow:
        staff = [
            await uow.people.add(
                make.person(f"e{name}", roles=(Role.EXECUTOR,), endpoint=f"PJSIP/{name}", pbx="main"),
                password_hash=None,
            )
            for name in ("201", "202")
        ]
        series = []
        for number in range(CLIENTS):
            e164 = f"+7916222{number:04d}"
            ticket = await uow.tickets.add(make.ticket(status=Status.IN_PROGRESS, caller=e164))
            wanted = a_series(ticket.id, staff[number % 2].id, number=e164, due_at=now, look_at=now)
            series.append((await uow.callbacks.add(wanted)).id)
        await uow.commit()
    return series


class Dialers:
    """The process that forks dialers, and the one that dials now."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log
        self._alive = 0

    async def start(self) -> None:
        """Start one and wait until it dials."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(b"one more\n")
        told = await asyncio.wait_for(self._process.stdout.readline(), PATIENCE)
        assert told.startswith(b"dialling "), self._log.read_text(errors="replace")
        self._alive = int(told.split()[1])

    def kill(self) -> None:
        """`kill -9` the one that dials."""
        if self._alive:
            os.kill(self._alive, signal.SIGKILL)
            self._alive = 0


@asynccontextmanager
async def dialers(pbx: SamplePbx, url: str, log: Path) -> AsyncIterator[Dialers]:
    """Whatever is alive of them dies in the end."""
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.asterisk.callback_node", str(pbx.directory), url,
            cwd=Path(__file__).parents[2], stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=errors, env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )  # fmt: skip
    started = Dialers(process, log)
    try:
        yield started
    finally:
        started.kill()
        process.kill()
        await process.wait()


def invited(log: Path) -> Counter[str]:
    """How often the carrier was asked to call each number, by its own log; a repeated request is one by its Call-ID."""
    calls = set()
    for message in re.split(r"^-{10,}.*$", log.read_text(errors="replace"), flags=re.MULTILINE):
        asked = re.search(r"^INVITE sip:(\d+)@", message, flags=re.MULTILINE)
        call_id = re.search(r"^Call-ID: *(\S+)", message, flags=re.MULTILINE | re.IGNORECASE)
        if asked and call_id:
            calls.add((asked[1], call_id[1]))
    return Counter(number for number, _ in calls)


@pytest.mark.regulation("2.9")
@pytest.mark.timeout(120 + 10 * KILLS)
async def test_dialer_killed_again_and_again_calls_each_client_once_by_the_carriers_own_log(
    pbx: SamplePbx, ami: Observer, tmp_path: Path
) -> None:
    random, url, log = Random(22), f"sqlite:///{tmp_path}/crash.sqlite3", tmp_path / "sipp.log"
    await upgrade(url)
    trace = ["-trace_msg", "-message_file", str(log), "-message_overwrite", "false"]
    carrier = start_carrier(pbx.facts, "answers_and_hangs_up", 100, 10_000, trace)
    try:
        async with opened(url) as database:
            with pbx.phone("201", "answers", delay=50), pbx.phone("202", "answers", delay=50):
                series = await due_series(database)
                async with dialers(pbx, url, tmp_path / "node.log") as dialer:
                    for _ in range(KILLS):
                        await dialer.start()
                        await asyncio.sleep(random.uniform(0.0, 1.2))
                        dialer.kill()
                    await dialer.start()
                    await _until_over(database, series)
            async with database.uow(write=False) as uow:
                attempts = [each for one in series for each in await uow.callback_attempts.of_callback(one)]
                states = {(await uow.callbacks.by_id(one)).state for one in series}  # type: ignore[union-attr]
    finally:
        carrier.kill()
        await asyncio.to_thread(carrier.wait)
    reached = Counter(each.number[1:] for each in attempts if each.outcome is Outcome.REACHED)
    assert all(not each.in_flight for each in attempts), "an attempt was forgotten"
    assert states == {CallbackState.REACHED}
    assert invited(log) == reached, "the carrier's log and the attempts differ"
    assert set(reached.values()) == {1} and len(reached) == CLIENTS


async def _until_over(database: Database, series: list[int]) -> None:
    """Wait until every series is over, as long as something still ends now and then."""
    still, quiet = len(series), 0.0
    while still:
        await asyncio.sleep(LOOK)
        now_open = await _open(database)
        quiet = quiet + LOOK if now_open == still else 0.0
        assert quiet < PATIENCE, await _standing(database, series)
        still = now_open


async def _open(database: Database) -> int:
    async with database.uow(write=False) as uow:
        counts = dict(await uow.callbacks.count_open(datetime.now(UTC)))
    counts.pop("due", None)
    return sum(counts.values())


async def _standing(database: Database, series: list[int]) -> str:
    """What stands still, for whoever reads the failure."""
    async with database.uow(write=False) as uow:
        state = await uow.dialing.state()
        attempts = [each for one in series for each in await uow.callback_attempts.of_callback(one)]
        counts = await uow.callbacks.count_open(datetime.now(UTC))
    ended = Counter(f"{each.outcome}: {each.rule}" for each in attempts)
    return f"nothing has ended for {PATIENCE:.0f} s: {dict(counts)}, {state}, {dict(ended)}"
