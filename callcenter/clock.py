"""The one place that reads the machine's clock; everything else is told the time."""

from datetime import UTC, datetime


class SystemClock:
    """Port `Clock` on the machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the one place
