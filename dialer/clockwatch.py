"""Notices that the wall clock was set, or the machine stood still: what is due then is not what seems due.

Two clocks are read together: one tells the time, the other only ever runs on. Where they went different ways since
the last look, the time was changed: by hand, by a time server, by a machine that was asleep.
"""

from __future__ import annotations

from collections.abc import Callable


class ClockWatch:
    """Compares both clocks (microseconds) at each look; what a time server corrects little by little is no jump."""

    def __init__(self, clock: Callable[[], int], steady: Callable[[], int], threshold: int) -> None:
        if threshold <= 0:
            raise ValueError("a jump is longer than nothing")
        self._clock = clock
        self._steady = steady
        self._threshold = threshold
        self._last = clock(), steady()

    def jump(self) -> int:
        """By how much the clock jumped since the last look (the first: since this watch began), negative for back.

        0 when it went as it should.
        """
        now = self._clock(), self._steady()
        before, self._last = self._last, now
        off = (now[0] - before[0]) - (now[1] - before[1])
        return off if abs(off) > self._threshold else 0
