"""What the handlers of the report screens share: the room, the words, the context of every page."""

from collections.abc import Mapping

from aiohttp import web

from callcenter.domain.errors import NotFound
from callcenter.domain.people import Action
from callcenter.domain.report_saying import Saying
from callcenter.domain.statistics import Period, PeriodKind
from callcenter.domain.words import N_
from callcenter.web.keys import SERVICES
from callcenter.web.reports_room import ReportsRoom
from callcenter.web.responses import visitor, words_of
from callcenter.web.views.report_view import cells, is_wide, period_view, pictures

KINDS: Mapping[PeriodKind, str] = {
    PeriodKind.DAY: N_("Day"),
    PeriodKind.WEEK: N_("Week"),
    PeriodKind.MONTH: N_("Month"),
    PeriodKind.FREE: N_("Free period"),
}


def reports_of(request: web.Request) -> ReportsRoom:
    """The room; NotFound where the program runs without it."""
    room = request.app[SERVICES].reports
    if room is None:
        raise NotFound("the program runs without reports")
    return room


def saying_of(request: web.Request) -> Saying:
    """Words and numbers in the reader's language."""
    return reports_of(request).reports.saying(words_of(request))


def report_context(request: web.Request, here: str) -> Mapping[str, object]:
    """What every report page needs: its tab, how cells and charts are shown."""
    saying = saying_of(request)
    return {
        "here": here,
        "cell": cells(saying),
        "picture": pictures(),
        "is_wide": is_wide,
        "saying": saying,
        "has_questions": request.app[SERVICES].questions is not None,
        "may_mail": visitor(request).may(Action.EDIT_REPORTS),
    }


def picker(request: web.Request, period: Period) -> Mapping[str, object]:
    """The choice of the period at the top of a page."""
    words = words_of(request)
    today = reports_of(request).reports.source.room.statistics.today()
    return {
        "shown": period_view(period, today, saying_of(request)),
        "kinds": [(kind, words(said)) for kind, said in KINDS.items()],
    }
