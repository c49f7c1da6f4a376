"""Instants as whole microseconds since 1970 in UTC: exact, comparable, fast. Nothing here reads a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sla.errors import NaiveDatetime, NegativeDuration, OutOfRange

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US

FIRST_YEAR = 1970
LAST_YEAR = 2099


def to_microseconds(at: datetime) -> int:
    """Microseconds from 1970 to `at`; a datetime without a zone is `NaiveDatetime`.

    >>> to_microseconds(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
    1000005
    """
    try:
        return (at - EPOCH) // MICROSECOND
    except TypeError:
        raise NaiveDatetime(f"{at!r} has no time zone: an instant is needed") from None


def to_datetime(microseconds: int) -> datetime:
    """The UTC datetime that many microseconds after 1970.

    >>> to_datetime(1000005).isoformat()
    '1970-01-01T00:00:01.000005+00:00'
    """
    return EPOCH + timedelta(0, 0, microseconds)


def to_duration(length: timedelta) -> int:
    """Microseconds in a duration; a negative one is `NegativeDuration`.

    >>> to_duration(timedelta(minutes=5))
    300000000
    """
    microseconds = length // MICROSECOND
    if microseconds < 0:
        raise NegativeDuration(f"a duration cannot be negative: {length}")
    return microseconds


def year_start(year: int) -> int:
    """Microseconds at which a UTC year begins; a year outside 1970–2100 is `OutOfRange`.

    >>> year_start(1971) == 365 * DAY_US
    True
    """
    if not FIRST_YEAR <= year <= LAST_YEAR + 1:
        raise OutOfRange(f"the calendar covers {FIRST_YEAR} to {LAST_YEAR}, not {year}")
    return to_microseconds(datetime(year, 1, 1, tzinfo=UTC))
