"""Four dialers on one PostgreSQL, each stopped at random for longer than its lease: nobody is called twice."""

from __future__ import annotations

import asyncio
import os
import signal
from random import Random

import pytest

from tests.crash.conftest import Court, fresh

DUE = int(os.environ.get("CALLCENTER_RACE", "600"))
STOPPED = 0.4
"""Seconds: four times the lease, and longer than an order may be sent or acted on."""


@pytest.fixture
async def url(request: pytest.FixtureRequest) -> str:
    return await fresh("postgresql", request)


@pytest.mark.regulation("2.9")
@pytest.mark.timeout(120 + DUE // 5)
async def test_four_dialers_stopped_at_random_call_nobody_twice(court: Court) -> None:
    random = Random(4)
    await court.series(DUE, executors=300, odd=True)
    dialers = [court.start_dialer() for _ in range(4)]
    stopping = asyncio.create_task(_stop_at_random(court, dialers, random))
    try:
        await _until_called(court)
    finally:
        stopping.cancel()
        await asyncio.gather(stopping, return_exceptions=True)
        for each in dialers:
            court.stop_and_go(each, signal.SIGCONT)
    await court.until_done()
    await court.verdict()
    numbers = [number for _, number in court.judge.invites]
    assert len(numbers) == len(set(numbers)) == DUE


async def _until_called(court: Court) -> None:
    async with court.judge.changed:
        await court.judge.changed.wait_for(lambda: len(court.judge.invites) >= DUE)


async def _stop_at_random(court: Court, dialers: list[int], random: Random) -> None:
    while True:
        unlucky = random.choice(dialers)
        court.stop_and_go(unlucky, signal.SIGSTOP)
        await asyncio.sleep(STOPPED)
        court.stop_and_go(unlucky, signal.SIGCONT)
        await asyncio.sleep(random.uniform(0.0, 0.2))
