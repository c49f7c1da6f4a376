"""The one place that reads the machine's clock; everything else is told the time."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Port `Clock` on the machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the one place


def steady() -> int:
    """Microseconds of a clock that nobody can set; only differences mean anything."""
    return time.monotonic_ns() // 1000
