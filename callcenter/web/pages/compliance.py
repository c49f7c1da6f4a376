"""The regulation clause by clause for a month, each breach with its explanation. Regulation: 2.10, 3.2."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from aiohttp import web

from callcenter.domain.compliance import Breach
from callcenter.domain.measure_clocks import CLOCKS
from callcenter.domain.measure_rules import RULES
from callcenter.domain.report_saying import Saying
from callcenter.domain.report_summary import HOLDERS
from callcenter.domain.statistics import Period, PeriodKind
from callcenter.domain.words import N_, Words
from callcenter.web.pages.report_parts import picker, report_context, reports_of, saying_of
from callcenter.web.responses import page
from callcenter.web.views.report_view import period_asked
from sla.timeline import Holder
from sla.verdict import Doing

_DOINGS: Mapping[Doing, str] = {
    Doing.WORKING: N_("counted"),
    Doing.CLOSED: N_("closed hours"),
    Doing.PAUSED: N_("waiting, not counted"),
}
INTERVALS = 40


async def month(request: web.Request) -> web.Response:
    """Every clause of one month."""
    room, saying = reports_of(request).reports.source.room, saying_of(request)
    asked = period_asked(request.query, room.statistics.today(), PeriodKind.MONTH)
    period = Period.month(asked.first.year, asked.first.month)
    found = await room.compliance.month(period.first.year, period.first.month)
    evidence, before = {}, before_asked(request.query.get("before", ""))
    for line in found.lines:
        if line.rule and request.query.get("rule", "") == line.rule:
            evidence[line.rule] = await room.compliance.evidence(
                period.first.year, period.first.month, line.rule, before=before
            )
    context = {
        **report_context(request, "compliance"),
        **picker(request, period),
        "kinds": (),
        "found": found,
        "evidence": evidence,
        "before": before,
        "names": {f"clock.{code}": name for code, (_, name) in CLOCKS.items()}
        | {each.code: each.name for each in RULES},
        "asked_before": said_before,
        "explained": lambda breach: explained(breach, saying),
        "held": lambda breach: held(breach, saying.words),
    }
    return await page(request, "report_compliance.html", context)


def before_asked(text: str) -> tuple[datetime, int] | None:
    """The breach after which the list goes on, as `said_before` wrote it; None for anything else."""
    at, _, ticket = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    known = moment.tzinfo is not None and ticket.isascii() and ticket.isdigit() and len(ticket) < 10
    return (moment, int(ticket)) if known else None


def said_before(after: tuple[datetime, int]) -> str:
    """A place in the list, for an address.

    >>> before_asked(said_before((datetime(2026, 11, 2, tzinfo=UTC), 7)))
    (datetime.datetime(2026, 11, 2, 0, 0, tzinfo=datetime.timezone.utc), 7)
    """
    return f"{after[0].astimezone(UTC).isoformat()}~{after[1]}"


def held(breach: Breach, words: Words) -> str:
    """Who had the ticket how long, the longest first."""
    spans = sorted((breach.held_seconds or {}).items(), key=lambda each: -each[1])
    told = [
        f"{words(HOLDERS[Holder(name)])} {words('%(minutes)s min', minutes=round(seconds / 60))}"
        for name, seconds in spans
        if seconds
    ]
    return ", ".join(told)


def explained(breach: Breach, saying: Saying) -> Sequence[tuple[str, str, str, str]]:
    """The frozen verdict, stretch by stretch: from, to, how long, what it was and with whom."""
    if breach.verdict is None:
        return ()
    words, rows = saying.words, []
    for each in breach.verdict.intervals[:INTERVALS]:
        length = timedelta(seconds=round(each.length.total_seconds()))
        said = words(_DOINGS[each.doing])
        because = f" ({each.name})" if each.name else ""
        rows.append(
            (
                saying.wording.moment(each.start),
                saying.wording.length(length),
                f"{said}{because}",
                words(HOLDERS[each.holder]),
            )
        )
    return rows
