"""A dialer on the real Asterisk that a test may kill: `python -m tests.asterisk.callback_node <run> <url>`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from dialer.attempt import SECOND
from dialer.caps import Caps
from tests.asterisk.callback_rig import QUICK, quick_rules, running_dialer
from tests.asterisk.sample_pbx import SamplePbx

RULES = replace(
    quick_rules(),
    rules=replace(
        quick_rules().rules,
        policy=replace(QUICK, executor_ring=2 * SECOND, ask_after=99),
        caps=Caps(concurrent=10, per_second=20, per_number_a_day=90),
    ),
    send_within=SECOND,
    lease=SECOND,
)


async def dial(run: Path, url: str) -> None:
    """Dial until killed."""
    nobody: Any = None
    async with running_dialer(SamplePbx(nobody, run), run, url=url, rules=RULES):
        print("dialling", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(dial(Path(sys.argv[1]), sys.argv[2]))
