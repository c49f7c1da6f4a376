"""Public holidays and moved working days of a country, from the `holidays` package, as plain values.

Russia moves days off by a government decree, published for one year at a time; a year without a decree has only
the holidays of the Labour Code (article 112), so its days off are not final.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import holidays

from sla.errors import UnknownCountry

DECREE_COUNTRIES = frozenset({"RU"})


@dataclass(frozen=True, kw_only=True, slots=True)
class HolidayYear:
    """What one year has: holidays proper, other days off (moved, in lieu), and weekend days that are worked.

    `working` maps a worked weekend day to the weekday whose place it takes (`None` when not known).
    """

    published: bool
    festive: dict[date, str]
    days_off: dict[date, str]
    working: dict[date, date | None]


@lru_cache(maxsize=16)
def native_language(country: str) -> str | None:
    """The language of the country's own holiday names; a country that is not known is `UnknownCountry`.

    Asked for by name, or the package would take the language of the machine it happens to run on.

    >>> native_language("RU")
    'ru'
    """
    try:
        return holidays.country_holidays(country).default_language
    except NotImplementedError:
        raise UnknownCountry(f"no public holidays are known for {country!r}") from None


@lru_cache(maxsize=512)
def holiday_year(country: str, year: int) -> HolidayYear:
    """The year's days off and moved working days; an unpublished year is marked, not refused.

    >>> holiday_year("RU", 2027).working
    {datetime.date(2027, 2, 20): datetime.date(2027, 2, 22)}
    >>> holiday_year("RU", 2028).published
    False
    """
    found = holidays.country_holidays(country, years=year, language=native_language(country))
    moved = _rows(found, "special_public_holidays", year)
    in_lieu = _rows(found, "special_public_holidays_observed", year)
    given = {date(year, row[0], row[1]) for row in (*moved, *in_lieu)}
    exchanged = {date(year, row[2], row[3]): date(year, row[0], row[1]) for row in moved if len(row) > 3}
    named = {day: found[day] for day in sorted(found) if day.year == year}
    return HolidayYear(
        published=country not in DECREE_COUNTRIES or bool(moved or in_lieu),
        festive={day: name for day, name in named.items() if day not in given},
        days_off={day: name for day, name in named.items() if day in given},
        working={day: exchanged.get(day) for day in sorted(found.weekend_workdays) if day.year == year},
    )


def _rows(found: Any, table: str, year: int) -> tuple[tuple[int, ...], ...]:
    """The rows the package keeps for a year: a single row stands there without its outer brackets."""
    rows: Any = getattr(found, table, {}).get(year, ())
    return (rows,) if rows and not isinstance(rows[0], tuple) else tuple(rows)


def unpublished(country: str | None, years: Iterable[int]) -> tuple[int, ...]:
    """Those years whose decree is not known yet; none without a country or where no decree is needed.

    >>> unpublished("RU", range(2026, 2030))
    (2028, 2029)
    """
    if country is None:
        return ()
    return tuple(year for year in years if not holiday_year(country, year).published)
