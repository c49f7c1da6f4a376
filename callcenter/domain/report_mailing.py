"""Reports by mail: whom they go to, and when each is due. Regulation: 3.1, 3.2."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from callcenter.domain.errors import InvalidInput
from callcenter.domain.statistics import Period

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}", re.ASCII
)
MOST_ADDRESSES = 50
IsWorkingDay = Callable[[date], bool]


class MailingKind(StrEnum):
    """Which report."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailing:
    """Who gets a kind of report, and from which local time on the day it is due. No address: it is not mailed."""

    kind: MailingKind
    addresses: tuple[str, ...] = ()
    at: time = time(9, 0)


def addresses_of(text: str) -> tuple[str, ...]:
    """Addresses separated by commas, semicolons or lines, each once.

    Raises:
        InvalidInput: one is no address, or there are more than fifty.

    >>> addresses_of("a@x.ru; b@x.ru\\na@x.ru")
    ('a@x.ru', 'b@x.ru')
    """
    found = tuple(dict.fromkeys(part for part in re.split(r"[\s,;]+", text.strip()) if part))
    if len(found) > MOST_ADDRESSES:
        raise InvalidInput({"addresses": "too_many"})
    if bad := [each for each in found if len(each) > 254 or not _ADDRESS.fullmatch(each)]:
        raise InvalidInput({"addresses": bad[0][:100]})
    return found


def due_period(kind: MailingKind, today: date, is_working: IsWorkingDay) -> Period | None:
    """The period whose report is due today; None when none is.

    Monthly: the month before, on the first working day of a month. Weekly: the week before, on the first working day
    of a week. Daily: the working day before today, on working days.
    """
    if not is_working(today):
        return None
    if kind is MailingKind.MONTH:
        first = today.replace(day=1)
        if _first_working(first, is_working) != today:
            return None
        before = first - timedelta(days=1)
        return Period.month(before.year, before.month)
    if kind is MailingKind.WEEK:
        monday = today - timedelta(days=today.weekday())
        return (
            Period.week(monday - timedelta(days=1)) if _first_working(monday, is_working) == today else None
        )
    yesterday = today - timedelta(days=1)
    for _ in range(20):
        if is_working(yesterday):
            break
        yesterday -= timedelta(days=1)
    return Period.day(yesterday)


def _first_working(day: date, is_working: IsWorkingDay) -> date | None:
    """The first working day from this one on, within three weeks."""
    return next((each for each in (day + timedelta(days=n) for n in range(21)) if is_working(each)), None)


WAIT_FOR_CLOSING = timedelta(hours=3)
"""So long a due report waits for its figures to be closed; then it goes as it is, and says so."""


def is_time(mailing: Mailing, now: datetime, *, final: bool) -> bool:
    """Whether a due report leaves now (`now` is local time): from its hour on, final or waited for long enough."""
    due = datetime.combine(now.date(), mailing.at, now.tzinfo)
    return now >= due if final else now >= due + WAIT_FOR_CLOSING
