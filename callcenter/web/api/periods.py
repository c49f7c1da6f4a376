"""Periods as programs ask for them: a day, a week, a month around a day, or any two days."""

from datetime import date
from typing import Annotated

from pydantic import Field

from callcenter.domain.errors import InvalidInput
from callcenter.domain.statistics import Dimension, Period, PeriodKind, Selection, known_day
from callcenter.web.api.fields import Asked, Day, Told

Month = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
"""A month as 2026-11."""
Member = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]


class PeriodQuery(Asked):
    """The `day`, `week` or `month` that holds `day` (today without one), or `free` from `first` to `last`."""

    kind: PeriodKind = PeriodKind.DAY
    day: Day | None = None
    first: Day | None = None
    last: Day | None = None


class SelectedQuery(PeriodQuery):
    """The same, of one `member` (its key) of one dimension (`of`) only."""

    of: Dimension | None = None
    member: Member = ""


class PeriodTold(Told):
    """Whole local days, both included."""

    first: date
    last: date
    kind: PeriodKind


def period_of(query: PeriodQuery, today: date) -> Period:
    """The period asked for.

    Raises:
        InvalidInput: an end of a free one is missing, or it is reversed or too long.
    """
    if query.kind is PeriodKind.FREE:
        if query.first is None or query.last is None:
            raise InvalidInput({"last" if query.first is not None else "first": "required"})
        return Period.free(known_day(query.first), known_day(query.last))
    unused = [name for name in ("first", "last") if getattr(query, name) is not None]
    if unused:
        raise InvalidInput(dict.fromkeys(unused, "free_only"))
    day = known_day(query.day or today)
    if query.kind is PeriodKind.MONTH:
        return Period.month(day.year, day.month)
    return Period.week(day) if query.kind is PeriodKind.WEEK else Period.day(day)


def selection_of(query: SelectedQuery) -> Selection:
    """What is selected; everything unless `of` says otherwise."""
    return Selection() if query.of is None else Selection.only(query.of, query.member)


def first_of(month: str) -> date:
    """The first day of a month as 2026-11."""
    return known_day(date.fromisoformat(f"{month}-01"))
