"""The dialer's process killed at every step and at random: the exchange's own list of INVITEs is the judge.

Regulation: 2.9, point 11.
"""

from __future__ import annotations

import asyncio
import os
from random import Random

import pytest

from callcenter.domain.callbacks import CallbackState
from tests.crash.conftest import Court

FAILPOINTS = [
    "claim.before", "claim.after", "phone.after", "place.before", "send.before", "place.after", "sent.after",
    "take_over.before", "take_over.after", "settle.before", "settle.after",
]  # fmt: skip
KILLS = int(os.environ.get("CALLCENTER_KILLS", "60"))


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize("failpoint", FAILPOINTS)
async def test_dialer_killed_at(court: Court, failpoint: str) -> None:
    await court.series(4, executors=4)
    settling = failpoint.startswith(("take_over.a", "settle"))
    court.start_dialer("place.after" if settling else failpoint)
    if settling:
        await asyncio.sleep(0)
        court.start_dialer(failpoint)
    court.start_dialer()
    await court.until_done()
    attempts = await court.verdict()
    counted = [each for each in attempts if each.outcome == "busy"]
    assert len(counted) == 2 * 3
    assert len([each for each in attempts if each.outcome == "reached"]) == 2


FAULTS = [
    f"{step}:{kind}"
    for step in ("claim", "confirm", "sent", "finish", "take_over", "withdrawals", "place", "examine")
    for kind in ("error", "lost")
]


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize("fault", FAULTS)
async def test_step_that_fails_or_is_done_and_said_to_have_failed(court: Court, fault: str) -> None:
    await court.series(4, executors=4)
    if fault.startswith(("take_over", "examine")):
        court.start_dialer("place.after")
    court.start_dialer(fault=fault)
    await court.until_done()
    attempts = await court.verdict()
    assert len([each for each in attempts if each.outcome == "busy"]) == 2 * 3
    assert len([each for each in attempts if each.outcome == "reached"]) == 2


@pytest.mark.regulation("2.9")
async def test_dialer_killed_after_it_wrote_that_nothing_was_sent(court: Court) -> None:
    await court.series(4, executors=4)
    court.start_dialer("finish.after", fault="place:error")
    court.start_dialer()
    await court.until_done()
    attempts = await court.verdict()
    assert len([each for each in attempts if each.outcome == "busy"]) == 2 * 3


@pytest.mark.regulation("2.9")
async def test_dialer_killed_again_and_again_under_load(court: Court) -> None:
    random = Random(9)
    await court.series(60, executors=40)
    for _ in range(KILLS):
        child = court.start_dialer()
        await court.until_ended(random.randint(0, 3), within=random.uniform(0.02, 0.25))
        court.kill(child)
    court.start_dialer()
    await court.until_done()
    attempts = await court.verdict()
    assert len([each for each in attempts if each.outcome == "busy"]) == 30 * 3
    assert len([each for each in attempts if each.outcome == "reached"]) == 30
    async with court.database.uow(write=False) as uow:
        unreachable = await uow.callbacks.in_state(CallbackState.UNREACHABLE, limit=99)
    assert len(unreachable) == 30
