"""From the settings to the business calendar that everything shares."""

from datetime import timedelta

from callcenter.domain.errors import Misconfigured
from config.settings import Calendar as CalendarSettings
from sla.calendar import BusinessCalendar
from sla.errors import SlaError
from sla.overrides import parse_overrides
from sla.spec import always_open_spec, calendar_spec

SHORT_BY = timedelta(hours=1)


def build_calendar(settings: CalendarSettings) -> BusinessCalendar:
    """The one calendar of the hotline. Regulation: 1.3.

    Raises:
        Misconfigured: hours or overrides make no calendar; the message names the entry and the file's line.
    """
    if settings.always_open:
        return BusinessCalendar(always_open_spec(settings.zone))
    try:
        spec = calendar_spec(
            hours=settings.hours,
            zone=settings.zone,
            country=None if settings.holidays == "none" else settings.holidays,
            short_by=SHORT_BY if settings.short_days else timedelta(0),
            source="calendar.hours",
        )
        if settings.overrides_file is not None:
            text = settings.overrides_file.read_text(encoding="utf-8")
            spec = spec.with_overrides(parse_overrides(text, str(settings.overrides_file)))
        return BusinessCalendar(spec)
    except SlaError as error:
        raise Misconfigured(f"the calendar cannot be used: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"the calendar's overrides cannot be read: {error}") from error
