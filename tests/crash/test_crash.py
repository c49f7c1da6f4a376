"""The dialer's process killed at every step and at random: the exchange's own list of INVITEs is the judge.

The steps are read off the ports: each is killed before and after, fails, and is done and said to have failed.
Regulation: 2.9, point 11.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from callcenter.domain.callbacks import CallbackState
from dialer.ports import FAILPOINTS, STEPS
from tests.crash.conftest import Court
from tests.crash.judge_pbx import RING

KILLS = int(os.environ.get("CALLCENTER_KILLS", "60"))
CLIENTS = max(60, KILLS // 2 * 2)
"""So many that there is always something to dial."""
SETTLING = frozenset({"take_over", "keep", "examine"})
TAKING_BACK = frozenset({"withdrawals", "hang_up"})
LONG_RING = 60.0
"""Seconds: until the step has come."""


async def brought_to(court: Court, step: str, *, kill_at: str = "", fault: str = "") -> None:
    """A dialer that takes this step, and a second one that goes on when it is dead."""
    if step in SETTLING | TAKING_BACK:
        court.judge.ring = LONG_RING if step in TAKING_BACK | {"keep"} else RING
        court.start_dialer("sent.after" if step in TAKING_BACK else "place.after")
        await court.until_come()
        court.nothing_has_come()
    if step in TAKING_BACK:
        await court.take_back_what_rings()
    if step == "finish" and not fault:
        fault = "place:error"  # an order that was not sent is ended by the worker itself
    court.start_dialer(kill_at, fault, clock_jumps=step == "halt")
    await court.until_come(kill_at)
    court.judge.ring_no_longer()
    court.start_dialer()


async def judged(court: Court) -> None:
    """Two clients were busy three times, two were reached, and the carrier's list agrees."""
    await court.until_done()
    attempts = await court.verdict()
    assert len([each for each in attempts if each.outcome == "busy"]) == 2 * 3
    assert len([each for each in attempts if each.outcome == "reached"]) == 2


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize("failpoint", FAILPOINTS)
async def test_dialer_killed_at(court: Court, failpoint: str) -> None:
    await court.series(4, executors=4)
    await brought_to(court, failpoint.partition(".")[0], kill_at=failpoint)
    await judged(court)


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize("fault", [f"{step}:{kind}" for step in STEPS for kind in ("error", "lost")])
async def test_step_that_fails_or_is_done_and_said_to_have_failed(court: Court, fault: str) -> None:
    await court.series(4, executors=4)
    await brought_to(court, fault.partition(":")[0], fault=fault)
    await judged(court)


@pytest.mark.regulation("2.9")
@pytest.mark.timeout(120 + 2 * KILLS)
async def test_dialer_killed_again_and_again_under_load(court: Court) -> None:
    random = Random(9)
    await court.series(CLIENTS, executors=40)
    for _ in range(KILLS):
        child = court.start_dialer()
        await court.until_ended(random.randint(0, 3), within=random.uniform(0.02, 0.25))
        court.kill(child)
    court.start_dialer()
    await court.until_done()
    attempts = await court.verdict()
    assert len([each for each in attempts if each.outcome == "busy"]) == CLIENTS // 2 * 3
    assert len([each for each in attempts if each.outcome == "reached"]) == CLIENTS // 2
    async with court.database.uow(write=False) as uow:
        unreachable = await uow.callbacks.in_state(CallbackState.UNREACHABLE, limit=CLIENTS)
    assert len(unreachable) == CLIENTS // 2
