"""Dialers on the real Asterisk that a test may kill: `python -m tests.asterisk.callback_node <run> <url>`.

Started once, it forks a dialer for each line it reads, so that a killed one is replaced quickly.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from dialer.attempt import SECOND
from dialer.breaker import BreakerPolicy
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
    breaker=BreakerPolicy(failures=10**6),
    send_within=SECOND,
    lease=SECOND,
)
"""A killed dialer leaves orders that were never sent; so many in a row would open the breaker, as they should."""


async def dial(run: Path, url: str) -> None:
    """Dial until killed, and say so as soon as it can."""
    nobody: Any = None
    async with running_dialer(SamplePbx(nobody, run), run, url=url, rules=RULES):
        print(f"dialling {os.getpid()}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Fork a dialer for each line on standard input; the dead are reaped by themselves."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asyncio.run(dial(Path(sys.argv[1]), sys.argv[2]))
            os._exit(0)


if __name__ == "__main__":
    main()
