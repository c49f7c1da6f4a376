"""Nothing lost: Asterisk's records, our calls and their tickets, day by day; remainders are settled here.

Regulation: 2.1, 2.10.
"""

from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web

from callcenter.domain.errors import InvalidInput
from callcenter.domain.people import Action
from callcenter.domain.statistics import Period
from callcenter.domain.words import N_
from callcenter.domain.zero_loss import RemainderKind
from callcenter.web.bodies import posted
from callcenter.web.forms import number_in_path, text_field
from callcenter.web.keys import SERVICES
from callcenter.web.pages.report_parts import picker, report_context, reports_of
from callcenter.web.responses import page, see_other, visitor, words_of
from callcenter.web.views.report_view import day_asked, period_asked

KINDS: Mapping[RemainderKind, str] = {
    RemainderKind.RECORD_ONLY: N_("only in Asterisk's records: the call is not known here"),
    RemainderKind.CALL_ONLY: N_("only here: Asterisk's records do not have it"),
    RemainderKind.WITHOUT_TICKET: N_("the call has no ticket"),
    RemainderKind.ANSWER_DIFFERS: N_("one side says answered, the other does not"),
}
_TICKETS_NAMED = 30


async def days(request: web.Request) -> web.Response:
    """The days of a period, newest first, and every remainder by name."""
    return await page(request, "report_zero_loss.html", await _context(request))


async def _context(request: web.Request, problem: tuple[int, str, str] | None = None) -> Mapping[str, object]:
    room, words = reports_of(request).reports.source.room, words_of(request)
    today = room.statistics.today()
    period = period_asked(request.query, today)
    if "kind" not in request.query:
        period = Period.free(today - timedelta(days=30), today)
    ledgers = list(await room.zero_loss.days(period))
    live = None
    if period.first <= today <= period.last:
        live = await room.zero_loss.day(today)
        ledgers = [live, *(each for each in ledgers if each.day != today)]
    people = {}
    async with request.app[SERVICES].open_uow(write=False) as uow:
        people = {each.id: each.name for each in await uow.people.all()}
    remainders = [each for ledger in ledgers for each in ledger.remainders]
    return {
        **report_context(request, "zero_loss"),
        **picker(request, period),
        "ledgers": ledgers,
        "open_ones": [each for each in remainders if not each.settled],
        "settled": [each for each in remainders if each.settled],
        "kind_word": lambda kind: words(KINDS[kind]),
        "people": people,
        "may_settle": visitor(request).may(Action.SETTLE_REMAINDERS),
        "named": _TICKETS_NAMED,
        "problem": problem,
        "unread": {name: why for ledger in ledgers[:1] for name, why in ledger.unread.items()},
    }


async def settle(request: web.Request) -> web.Response:
    """Say what a remainder was; the reason stays with it."""
    remainder_id = number_in_path(request, "remainder_id")
    form = await posted(request)
    words, reason = words_of(request), ""
    try:
        reason = text_field(form, "reason", most=500)
        if not reason:
            raise InvalidInput({"reason": "required"})
        await reports_of(request).reports.source.room.zero_loss.settle(
            visitor(request).person, remainder_id, reason
        )
    except InvalidInput:
        said = words("Say in a few words what this call was, at most 500 letters.")
        context = await _context(request, (remainder_id, reason, said))
        return await page(request, "report_zero_loss.html", context, status=422)
    return see_other("/reports/zero-loss")


async def compare(request: web.Request) -> web.Response:
    """Compare one day with Asterisk's records now."""
    form = await posted(request)
    room = reports_of(request).reports.source.room
    day = day_asked(text_field(form, "day", most=10), room.statistics.today())
    await room.zero_loss.compare(day)
    return see_other(f"/reports/zero-loss?kind=day&day={day.isoformat()}")
