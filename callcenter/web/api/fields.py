"""Field types of the API's requests and answers: bounded, free of control characters, instants with a zone."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

LARGEST_ID = 2**31 - 1
_ISO = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
_NO_CONTROLS_BUT_LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


class Asked(BaseModel):
    """What a request holds: nothing but what is named here, typed strictly."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class Told(BaseModel):
    """What an answer holds, read from the values of the domain."""

    model_config = ConfigDict(from_attributes=True, frozen=True, defer_build=True)


def _written_out(value: Any) -> Any:
    if not isinstance(value, datetime) and not (isinstance(value, str) and _ISO.match(value)):
        raise ValueError("an instant is written as 2026-11-23T10:00:00+03:00")
    return value


def _in_range(value: datetime) -> datetime:
    if not _EARLIEST <= value < _LATEST:
        raise ValueError("between the years 2000 and 2200")
    return value.astimezone(UTC)


def _day_in_range(value: date) -> date:
    if not _EARLIEST.date() <= value < _LATEST.date():
        raise ValueError("between the years 2000 and 2200")
    return value


def _seconds(value: Any) -> Any:
    return value.total_seconds() if isinstance(value, timedelta) else value


Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Line = Annotated[str, StringConstraints(max_length=200, pattern=_NO_CONTROLS)]
"""One line of text."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_NO_CONTROLS)]
"""One line that is not empty."""
Words = Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=_NO_CONTROLS_BUT_LINES)]
"""Text of several lines that is not empty."""
OptionalWords = Annotated[str, StringConstraints(max_length=20_000, pattern=_NO_CONTROLS_BUT_LINES)]
Reason = Annotated[str, StringConstraints(max_length=2000, pattern=_NO_CONTROLS_BUT_LINES)]
GivenReason = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=_NO_CONTROLS_BUT_LINES)]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
Instant = Annotated[
    AwareDatetime, Field(strict=False), BeforeValidator(_written_out), AfterValidator(_in_range)
]
Day = Annotated[date, AfterValidator(_day_in_range)]
Seconds = Annotated[float, BeforeValidator(_seconds)]
"""A span of time; negative when it is overdue."""
