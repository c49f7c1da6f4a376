"""How many operators the calls need, hour by hour, beside who is on shift; and the curve of one hour."""

from collections.abc import Mapping

from aiohttp import web
from babel.dates import get_day_names

from callcenter.domain.errors import InvalidInput
from callcenter.domain.words import N_
from callcenter.services.staffing_load import StaffedHour, StaffingAsked, StaffingLoad, StaffingWeek
from callcenter.web.forms import is_row_number
from callcenter.web.pages.question_parts import room_of, tab
from callcenter.web.responses import locale_of, page, visitor, words_of
from callcenter.web.ticket_csv import MARK, written
from callcenter.web.views import staffing_curve as view

_FIELDS = ("level", "within", "after_call", "lost", "weeks", "step")
_RANGES: Mapping[str, str] = {
    "level": N_("From 1 to 99 percent."),
    "within": N_("From 0 to 3600 seconds."),
    "after_call": N_("From 0 to 3600 seconds."),
    "lost": N_("From 0 to 80 percent."),
    "weeks": N_("From 1 to 52 weeks."),
    "step": N_("By the hour or by the half hour."),
}
_COLUMNS = (
    N_("Weekday"),
    N_("Hour"),
    N_("Calls an hour"),
    N_("Operators on the line"),
    N_("To be on shift"),
    N_("On shift now"),
    N_("Service level with them, %"),
)
_NOT_A_NUMBER = -1


def staffing_of(request: web.Request) -> StaffingLoad:
    """The service; NotFound where the program runs without it."""
    return room_of(request).staffing


def _asked(request: web.Request) -> tuple[StaffingAsked, dict[str, str], dict[str, str]]:
    """What is asked, as typed, and what is wrong with it; a wrong one is asked as by default."""
    standard = StaffingAsked()
    typed = {name: request.query.get(name, str(getattr(standard, name))).strip()[:8] for name in _FIELDS}
    values = {name: int(text) if is_row_number(text) else _NOT_A_NUMBER for name, text in typed.items()}
    try:
        return StaffingAsked(**values), typed, {}
    except InvalidInput as error:
        words = words_of(request)
        return standard, typed, {name: words(_RANGES[name]) for name in error.problems}


def _cell(text: str) -> tuple[int, ...] | None:
    """A step of the week in an address: weekday, hour, and the half where steps are half hours."""
    parts = text.split("-")
    if len(text) < 8 and len(parts) in (2, 3) and all(each.isascii() and each.isdigit() for each in parts):
        return tuple(int(each) for each in parts)
    return None


async def staffing(request: web.Request) -> web.Response:
    """The week and the curve."""
    asked, typed, problems = _asked(request)
    cell = _cell(request.query.get("cell", ""))
    week = await staffing_of(request).week(visitor(request).person, asked, cell=cell)
    hours, rows = view.table(week)
    names = get_day_names("wide", "stand-alone", locale_of(request))
    short = get_day_names("abbreviated", "stand-alone", locale_of(request))
    context = {
        **tab(request, "staffing"),
        "week": week,
        "typed": typed,
        "problems": problems,
        "hours": hours,
        "rows": rows,
        "weekdays": [names[each] for each in range(7)],
        "short_weekdays": [short[each] for each in range(7)],
        "drawing": view.drawing(week),
        "size": (view.WIDTH, view.HEIGHT, view.LEFT, view.RIGHT, view.TOP, view.BOTTOM),
        "query": "&".join(f"{name}={value}" for name, value in typed.items()) if not problems else "",
        "short_hours": sum(each.short for each in week.hours),
    }
    return await page(request, "staffing_curve.html", context, status=422 if problems else 200)


async def export(request: web.Request) -> web.Response:
    """The same table as a file."""
    asked, _, problems = _asked(request)
    if problems:
        raise InvalidInput(problems)
    words = words_of(request)
    week: StaffingWeek = await staffing_of(request).week(visitor(request).person, asked)
    names = get_day_names("wide", "stand-alone", locale_of(request))
    rows = [[words(each) for each in _COLUMNS], *(_line(each, names) for each in week.hours)]
    return web.Response(
        body=(MARK + written(rows)).encode(),
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="staffing-{week.period.last:%Y-%m-%d}.csv"',
        },
    )


def _line(hour: StaffedHour, names: Mapping[int, str]) -> list[str]:
    return [
        names[hour.weekday],
        hour.begins,
        f"{hour.calls:.2f}".replace(".", ","),
        "" if hour.needed is None else str(hour.needed),
        "" if hour.rostered is None else str(hour.rostered),
        str(hour.on_shift),
        "" if hour.level is None else f"{hour.level * 100:.1f}".replace(".", ","),
    ]
