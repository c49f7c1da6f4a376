"""Targets with their history, and the calendar they are counted by. Regulation: 1.3, 2.3, 2.4, 2.7, 2.8."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from aiohttp import web

from callcenter.domain.errors import InvalidInput
from callcenter.domain.people import Action
from callcenter.domain.targets import TargetChange, target_names
from callcenter.domain.ticket import Kind, Priority
from callcenter.services.targets import TargetState
from callcenter.web.bodies import posted
from callcenter.web.forms import text_field
from callcenter.web.keys import CLOCK, SETTINGS
from callcenter.web.pages.setup import room, said_problems
from callcenter.web.responses import page, see_other, visitor, words_of
from callcenter.web.translations import Words
from callcenter.web.wording import N_, say
from sla.days import Day, DayKind
from sla.targets import Targets

_LONG = 400
_TEXTS: Mapping[str, str] = {
    "place": N_("To be among the moderators’ tickets"),
    "assign": N_("To be assigned"),
}
DAY_KINDS: Mapping[DayKind, str] = {
    DayKind.WORKING: N_("working day"),
    DayKind.SHORT: N_("short day"),
    DayKind.MOVED_WORKING: N_("working by decree"),
    DayKind.WEEKEND: N_("weekend"),
    DayKind.HOLIDAY: N_("holiday"),
    DayKind.MOVED_DAY_OFF: N_("day off by decree"),
    DayKind.OVERRIDE_OPEN: N_("own hours"),
    DayKind.OVERRIDE_CLOSED: N_("closed by our order"),
}


def say_target(name: str, words: Words) -> str:
    """A target's name in words."""
    if name in _TEXTS:
        return words(_TEXTS[name])
    _, _, rest = name.partition(".")
    kind, _, priority = rest.partition(".")
    said = say(Kind(kind), words) if kind in set(Kind) else kind
    if not priority:
        return words("To be resolved: %(kind)s", kind=said)
    return words("%(kind)s, priority %(priority)s", kind=said, priority=say(Priority(priority), words))


def minutes_of(targets: Targets) -> dict[str, str]:
    """Minutes as people write them, by target."""
    return {name: say_minutes(time) for name, time in targets.times}


def say_minutes(time: timedelta) -> str:
    """Minutes without needless decimals.

    >>> say_minutes(timedelta(minutes=30)), say_minutes(timedelta(seconds=90))
    ('30', '1.5')
    """
    return f"{time.total_seconds() / 60:g}"


def read_minutes(text: str) -> timedelta | None:
    """Minutes as people type them, a comma too; None when it is no number."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return timedelta(minutes=number) if 0 < number < 100_000 else timedelta(0)


def read_moment(text: str, request: web.Request) -> datetime | None:
    """Local date and time as browsers or people write them; None when it is none."""
    for form in ("%Y-%m-%dT%H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M"):
        try:
            local = datetime.strptime(text.strip(), form)  # noqa: DTZ007 - the zone follows
        except ValueError:
            continue
        return local.replace(tzinfo=request.app[SETTINGS].time_zone)
    return None


async def targets(request: web.Request) -> web.Response:
    """The table that holds now, and every change of it."""
    return await _page(request, {}, {})


async def change(request: web.Request) -> web.Response:
    """A changed table; an empty finer target is as its kind."""
    fields = await posted(request)
    typed = {name: text_field(fields, name, most=_LONG) for name in target_names()}
    typed["valid_from"] = text_field(fields, "valid_from", most=_LONG)
    typed["reason"] = text_field(fields, "reason", most=_LONG)
    problems: dict[str, str] = {}
    times: dict[str, timedelta] = {}
    for name in target_names():
        if not typed[name]:
            continue
        time = read_minutes(typed[name])
        if time is None:
            problems[name] = "minutes"
        else:
            times[name] = time
    valid_from = read_moment(typed["valid_from"], request) if typed["valid_from"] else None
    if typed["valid_from"] and valid_from is None:
        problems["valid_from"] = "moment"
    if not problems:
        try:
            await room(request).targets.change(
                visitor(request).person, times, valid_from=valid_from, reason=typed["reason"]
            )
        except InvalidInput as error:
            problems = dict(error.problems)
    return await _page(request, typed, problems) if problems else see_other("/targets")


async def configured(request: web.Request) -> web.Response:
    """Back to the table of the configuration, from now on."""
    fields = await posted(request)
    reason = text_field(fields, "back_reason", most=_LONG)
    try:
        await room(request).targets.change(visitor(request).person, {}, valid_from=None, reason=reason)
    except InvalidInput as error:
        return await _page(
            request, {"back_reason": reason}, {f"back_{k}": v for k, v in error.problems.items()}
        )
    return see_other("/targets")


async def _page(request: web.Request, typed: Mapping[str, str], problems: Mapping[str, str]) -> web.Response:
    who, words = visitor(request), words_of(request)
    state = await room(request).targets.state(who.person)
    main = [name for name in target_names() if name.count(".") < 2]
    context = {
        "state": state,
        "main": [(name, say_target(name, words)) for name in main],
        "finer": [(name, say_target(name, words)) for name in target_names() if name not in main],
        "configured": minutes_of(state.configured),
        "typed": {"valid_from": "", "reason": "", "back_reason": "", **minutes_of(state.now), **typed},
        "problems": said_problems(request, problems),
        "history": [(each, _told(state, each, words)) for each in state.history],
        "may_edit": who.may(Action.EDIT_TARGETS),
    }
    return await page(request, "admin_targets.html", context, status=422 if problems else 200)


def _told(state: TargetState, change: TargetChange, words: Words) -> str:
    """What a change set, against the one before it."""
    if not change.times:
        return words("as configured")
    older = [each for each in state.history if each.id < change.id]
    before = older[0].times if older and older[0].times else dict(state.configured.times)
    names = [name for name in target_names() if change.times.get(name) != before.get(name)]
    said = [
        f"{say_target(name, words)}: {_minutes(before.get(name))} → {_minutes(change.times.get(name))}"
        for name in names
    ]
    return "; ".join(said) or words("nothing changed")


def _minutes(time: timedelta | None) -> str:
    return "—" if time is None else say_minutes(time)


async def calendar(request: web.Request) -> web.Response:
    """A month of the business calendar; `?month=2026-11`."""
    today = request.app[CLOCK].now().astimezone(request.app[SETTINGS].time_zone).date()
    first = _month(request.query.get("month", ""), today)
    business = room(request).targets.calendar
    days = business.month(first.year, first.month)
    words = words_of(request)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    before = first - timedelta(days=1)
    context = {
        "first": first,
        "weeks": _weeks(days),
        "today": today,
        "earlier": f"{before:%Y-%m}",
        "later": f"{following:%Y-%m}",
        "working": sum(bool(each.hours) for each in days),
        "special": [each for each in days if each.kind not in {DayKind.WORKING, DayKind.WEEKEND}],
        "kinds": {kind: words(said) for kind, said in DAY_KINDS.items()},
        "say_day": lambda day: say_day(day, words),
        "unpublished": business.unpublished_years(today.year, today.year + 1),
        "zone": business.spec.zone,
    }
    return await page(request, "admin_calendar.html", context)


def say_day(day: Day, words: Words) -> str:
    """The hours of a day."""
    return ", ".join(f"{str(span).replace('-', '–')}" for span in day.hours) or words("closed")


def _month(text: str, today: date) -> date:
    """The month asked for; this one when it is none the calendar covers."""
    try:
        asked = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        return today.replace(day=1)
    return asked if 2000 <= asked.year < 2099 else today.replace(day=1)


def _weeks(days: tuple[Day, ...]) -> list[list[Day | None]]:
    cells: list[Day | None] = [None] * days[0].day.weekday() + list(days)
    cells += [None] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]
