"""Instants and durations as people say them: «сегодня 14:05», «вчера 9:30», «пт 20.11», «12 мин», «1 ч 05 мин»."""

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import get_day_names, get_month_names, get_timezone_name

from callcenter.web.translations import Words


def say_moment(at: datetime, now: datetime, zone: ZoneInfo, words: Words) -> str:
    """The instant as a person would say it today.

    Today and yesterday by name; the last and next six days by weekday; this year without the year.
    """
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    clock = f"{local.hour}:{local.minute:02d}"
    days = (local.date() - today).days
    if days == 0:
        return words("today %(time)s", time=clock)
    if days == -1:
        return words("yesterday %(time)s", time=clock)
    if days == 1:
        return words("tomorrow %(time)s", time=clock)
    if local.year != today.year:
        return f"{local:%d.%m.%Y} {clock}"
    if abs(days) > 6:
        return f"{local:%d.%m} {clock}"
    return f"{_weekdays(words.locale)[local.weekday()]} {local:%d.%m} {clock}"


def say_clock(at: datetime, zone: ZoneInfo) -> str:
    """Hours and minutes only."""
    local = at.astimezone(zone)
    return f"{local.hour}:{local.minute:02d}"


def say_exactly(at: datetime, zone: ZoneInfo, words: Words) -> str:
    """The whole instant with seconds and zone, for hover."""
    local = at.astimezone(zone)
    named = _zone_name(zone, local.utcoffset(), local.dst(), words.locale)
    return f"{local.day} {_months(words.locale)[local.month]} {local.year}, {local:%H:%M:%S} {named}"


# babel reads its pattern anew for each instant: a list of fifty rows spent a quarter of its time there


@lru_cache
def _months(locale: str) -> dict[int, str]:
    """The months as they stand in a date."""
    return {number: str(name) for number, name in get_month_names("wide", "format", locale).items()}


@lru_cache
def _weekdays(locale: str) -> dict[int, str]:
    """The weekdays in short, Monday is 0."""
    return {number: str(name) for number, name in get_day_names("abbreviated", "format", locale).items()}


@lru_cache(maxsize=64)
def _zone_name(zone: ZoneInfo, offset: timedelta | None, summer: timedelta | None, locale: str) -> str:
    """The zone in short; summer and winter have names of their own."""
    for month in (1, 7):
        at = datetime(2026, month, 1, tzinfo=zone)
        if at.utcoffset() == offset and at.dst() == summer:
            return get_timezone_name(at, "short", locale=locale)
    return get_timezone_name(zone, "short", locale=locale)


def say_duration(length: timedelta, words: Words) -> str:
    """A length of time in words, whole minutes; under a minute in seconds, from two days on in days and hours."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return words("%(seconds)s s", seconds=seconds)
    minutes, hours = seconds // 60 % 60, seconds // 3600
    if hours == 0:
        return words("%(minutes)s min", minutes=minutes)
    if hours < 48:
        return words("%(hours)s h %(minutes)s min", hours=hours, minutes=f"{minutes:02d}")
    return words("%(days)s d %(hours)s h", days=hours // 24, hours=hours % 24)


def say_size(size: int, words: Words) -> str:
    """A file's size in bytes as people read it: whole kilobytes (of 1024 bytes), megabytes with one digit."""
    if size < 2**20:
        return words("%(size)s KB", size=max(1, round(size / 2**10)))
    return words("%(size)s MB", size=f"{size / 2**20:.1f}".replace(".", "," if words.locale == "ru" else "."))


def say_timer(length: timedelta) -> str:
    """A running time as clocks show it.

    >>> say_timer(timedelta(seconds=100)), say_timer(timedelta(hours=1, seconds=5))
    ('1:40', '1:00:05')
    """
    seconds = max(0, int(length.total_seconds()))
    minutes, hours = seconds // 60 % 60, seconds // 3600
    if hours:
        return f"{hours}:{minutes:02d}:{seconds % 60:02d}"
    return f"{minutes}:{seconds % 60:02d}"
