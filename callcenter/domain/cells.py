"""Numbers of a report as people read them: Russian writes 12,5 % and 1 234, English 12.5% and 1,234."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from callcenter.domain.document import Cell, Share, TicketLink

NOTHING = "–"
_SPACE = "\u00a0"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """How cells are written in one language and time zone."""

    locale: str
    zone: ZoneInfo

    def count(self, value: int) -> str:
        """A whole number with its thousands apart."""
        text = f"{value:,}"
        return text.replace(",", _SPACE) if self.locale == "ru" else text

    def number(self, value: float, digits: int = 1) -> str:
        """A number with this many decimals."""
        text = f"{value:,.{digits}f}"
        return text.replace(",", _SPACE).replace(".", ",") if self.locale == "ru" else text

    def share(self, value: float | None) -> str:
        """A part of one as a percentage with one decimal."""
        if value is None:
            return NOTHING
        return f"{self.number(value * 100)}{_SPACE}%" if self.locale == "ru" else f"{value * 100:.1f}%"

    def length(self, value: timedelta | None) -> str:
        """A length of time as clocks show it: 4:05, 1:20:00."""
        if value is None:
            return NOTHING
        seconds = max(0, round(value.total_seconds()))
        hours, minutes = seconds // 3600, seconds // 60 % 60
        if hours:
            return f"{hours}:{minutes:02d}:{seconds % 60:02d}"
        return f"{minutes}:{seconds % 60:02d}"

    def day(self, value: date) -> str:
        """A day with its year."""
        return f"{value:%d.%m.%Y}"

    def moment(self, value: datetime) -> str:
        """An instant to the minute in the hotline's own time zone."""
        return f"{value.astimezone(self.zone):%d.%m.%Y %H:%M}"

    def cell(self, value: Cell) -> str:
        """Any cell as text."""
        if value is None:
            return NOTHING
        if isinstance(value, str):
            return value
        if isinstance(value, Share):
            return self.share(value.value)
        if isinstance(value, timedelta):
            return self.length(value)
        if isinstance(value, datetime):
            return self.moment(value)
        if isinstance(value, date):
            return self.day(value)
        if isinstance(value, TicketLink):
            return f"№{_SPACE}{value.ticket_id}"
        return self.count(value) if isinstance(value, int) else self.number(value)

    def counts(self, value: Cell) -> str:
        """What a share is made of, for hover and screen readers; empty for other cells."""
        return f"{self.count(value.part)} / {self.count(value.whole)}" if isinstance(value, Share) else ""
