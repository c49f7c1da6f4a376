"""Instants and durations as people say them: «сегодня 14:05», «вчера 9:30», «пт 20.11», «12 мин», «1 ч 05 мин»."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

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
    weekday = format_datetime(local, "EEE", locale=words.locale)
    return f"{weekday} {local:%d.%m} {clock}"


def say_clock(at: datetime, zone: ZoneInfo) -> str:
    """Hours and minutes only."""
    local = at.astimezone(zone)
    return f"{local.hour}:{local.minute:02d}"


def say_exactly(at: datetime, zone: ZoneInfo, words: Words) -> str:
    """The whole instant with seconds and zone, for hover."""
    return format_datetime(at.astimezone(zone), "d MMMM y, HH:mm:ss z", locale=words.locale)


def say_duration(length: timedelta, words: Words) -> str:
    """A length of time in words, whole minutes; under a minute in seconds."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return words("%(seconds)s s", seconds=seconds)
    minutes, hours = seconds // 60 % 60, seconds // 3600
    if hours == 0:
        return words("%(minutes)s min", minutes=minutes)
    return words("%(hours)s h %(minutes)s min", hours=hours, minutes=f"{minutes:02d}")


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
